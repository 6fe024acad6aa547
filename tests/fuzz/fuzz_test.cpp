// Random programs: they verify, their text reads back, and what was read runs to the same bits.
// BRAINPY_FUZZ_SEEDS=lo..hi chooses the seeds; a failure prints its seed.
#include <charconv>
#include <cstdlib>
#include <map>

#include "compiler/ir/parse.h"
#include "compiler/ir/print.h"
#include "compiler/ir/verify.h"
#include "fuzz/compare.h"
#include "fuzz/random_program.h"
#include "support/catch.h"

using namespace brainpy::compiler;

namespace {

struct Seeds {
  std::uint64_t first = 1, last = 200;
};

/// "lo..hi"; anything else is an error, as a typo would test nothing.
Seeds parse_seeds(const std::string& text) {
  Seeds seeds;
  const std::size_t dots = text.find("..");
  const char* const end = text.data() + text.size();
  const char* const middle = text.data() + std::min(dots, text.size());
  const auto low = std::from_chars(text.data(), middle, seeds.first);
  if (dots == std::string::npos || low.ec != std::errc{} || low.ptr != middle)
    throw std::runtime_error("BRAINPY_FUZZ_SEEDS: write lo..hi, such as 1..1000");
  const auto high = std::from_chars(middle + 2, end, seeds.last);
  if (high.ec != std::errc{} || high.ptr != end || seeds.last < seeds.first)
    throw std::runtime_error("BRAINPY_FUZZ_SEEDS: write lo..hi, such as 1..1000");
  return seeds;
}

Seeds seeds() {
  const char* text = std::getenv("BRAINPY_FUZZ_SEEDS");
  return text ? parse_seeds(text) : Seeds{};
}

fuzz::RandomProgramOptions options_for(std::uint64_t seed) {
  fuzz::RandomProgramOptions options;
  options.operations = seed % 10 == 0 ? 200 : 40;
  options.fused = seed % 2 == 0;
  return options;
}

void count(const ir::Region& region, std::map<std::string, int>& counts) {
  for (const auto& op : region.ops) {
    ++counts[op->def->name];
    for (const auto& r : op->regions) count(*r, counts);
  }
}

}  // namespace

TEST_CASE("random programs verify and read back") {
  const auto [first, last] = seeds();
  for (std::uint64_t seed = first; seed <= last; ++seed) {
    const auto program = fuzz::random_program(seed, options_for(seed));
    const std::string text = ir::print(*program, {.locations = true});
    INFO("seed " << seed << "\n" << text);
    REQUIRE_NOTHROW(ir::verify(*program));
    std::unique_ptr<ir::Program> back;
    REQUIRE_NOTHROW(back = ir::parse(text));
    REQUIRE_NOTHROW(ir::verify(*back));
    REQUIRE(ir::print(*back, {.locations = true}) == text);
    const std::string canonical = ir::print(*program, {.canonical = true});
    REQUIRE(ir::print(*back, {.canonical = true}) == canonical);
    REQUIRE(ir::print(*ir::parse(canonical), {.canonical = true}) == canonical);
    REQUIRE(ir::print(*ir::clone(*program), {.locations = true}) == text);
  }
}

TEST_CASE("random programs run to the same bits after a round trip") {
  const auto [first, last] = seeds();
  std::uint64_t finished = 0;
  for (std::uint64_t seed = first; seed <= last; ++seed) {
    const auto program = fuzz::random_program(seed, options_for(seed));
    const std::string text = ir::print(*program);
    INFO("seed " << seed << "\n" << text);
    fuzz::Outcome before, after;
    REQUIRE_NOTHROW(before = fuzz::interpret(*program, seed));
    REQUIRE_NOTHROW(after = fuzz::interpret(*ir::parse(text), seed));
    REQUIRE(fuzz::first_difference(before, after) == "");
    finished += before.error.empty();
  }
  // A kernel may refuse its values and end the run; where most runs end so, little is compared.
  INFO(finished << " programs came to their end");
  CHECK(10 * finished >= 7 * (last - first + 1));
}

TEST_CASE("a seed means one program, and the programs reach every part of the language") {
  CHECK(ir::print(*fuzz::random_program(7)) == ir::print(*fuzz::random_program(7)));
  CHECK(ir::print(*fuzz::random_program(7)) != ir::print(*fuzz::random_program(8)));
  std::map<std::string, int> counts;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) count(fuzz::random_program(seed, options_for(seed))->body, counts);
  for (const char* name : {"const", "read", "write", "yield", "if", "for", "while", "fused"}) {
    INFO(name);
    CHECK(counts[name] >= 50);
  }
  for (const OpDef* def : registry().all()) {
    if (def->shape_class != ShapeClass::map) continue;
    INFO(def->name);
    CHECK(counts[def->name] > 0);
  }
}

TEST_CASE("the comparison sees every bit but those of a NaN") {
  const auto f32 = [](std::uint32_t bits) {
    auto t = brainpy::runtime::make_tensor({fuzz::DType::f32, {2}});
    t.as<std::uint32_t>()[1] = bits;
    return t;
  };
  CHECK(fuzz::same_bits(f32(0x3f800000), f32(0x3f800000)));
  CHECK_FALSE(fuzz::same_bits(f32(0x3f800000), f32(0x3f800001)));
  CHECK_FALSE(fuzz::same_bits(f32(0), f32(0x80000000)));
  CHECK(fuzz::same_bits(f32(0x7fc00000), f32(0xffc00123)));
  CHECK_FALSE(fuzz::same_bits(f32(0x7fc00000), f32(0x7f800000)));
  auto integers = f32(0x7fc00000);
  integers.type.dtype = fuzz::DType::i32;
  auto others = f32(0x7fc00001);
  others.type.dtype = fuzz::DType::i32;
  CHECK_FALSE(fuzz::same_bits(integers, others));
  CHECK_FALSE(fuzz::same_bits(integers, f32(0x7fc00000)));
}

TEST_CASE("errors are part of what a run gave") {
  fuzz::Outcome good, bad, other;
  bad.error = "inv: a value is outside its domain: the matrix is singular";
  other.error = "take: an index is out of range: index 12, axis of 10";
  CHECK(fuzz::first_difference(good, bad) == "errors '' and '" + bad.error + "'");
  CHECK(fuzz::first_difference(bad, other) != "");
  CHECK(fuzz::first_difference(bad, bad) == "");
}

TEST_CASE("seeds are read as lo..hi") {
  CHECK(parse_seeds("3..17").first == 3);
  CHECK(parse_seeds("3..17").last == 17);
  for (const char* bad : {"", "3", "3..", "..3", "5..4", "a..b", "1..2x"}) CHECK_THROWS(parse_seeds(bad));
}
