// Profiled code: the same bits as plain code, sections that add up, caches that keep the two apart, the table at exit.
#include "runtime/profile.h"

#include <cstdlib>
#include <map>

#include "compiler/ir/print.h"
#include "compiler/jit/code.h"
#include "compiler/jit/disk_cache.h"
#include "compiler/jit/executable.h"
#include "compiler/jit/profile.h"
#include "fuzz/compare.h"
#include "runtime/options.h"
#include "support/catch.h"
#include "support/programs.h"
#include "support/temp_folder.h"

using namespace brainpy;
using namespace brainpy::compiler;
using Catch::Matchers::Contains;
using runtime::ProfileRecord;
using runtime::ProfileRow;
using runtime::Tensor;

namespace {

/// Options as they were, at the end of a test.
struct RestoreOptions {
  runtime::Options before = runtime::options();
  ~RestoreOptions() { runtime::options() = before; }
};

/// What the command-line tool prints when it runs a program with these log channels.
std::string tool_output(const std::string& log, const std::string& mode) {
  const TempFolder folder;
  const std::string command = "BRAINPY_CACHE=off BRAINPY_LOG=" + log +
                              " '" BRAINPY_TOOL "' ir '" BRAINPY_SOURCE_DIR "/tests/golden/lif_step.bpir' --run " +
                              mode + " > '" + (folder / "out.txt") + "' 2>&1";
  INFO(command);
  REQUIRE(std::system(command.c_str()) == 0);
  return read_bytes(folder / "out.txt");
}

}  // namespace

TEST_CASE("profiled random programs give the same bits; their sections are shared out completely") {
  int ran = 0;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    const auto program = fuzz::random_program(seed, {.operations = 40});
    INFO("seed " << seed << "\n" << ir::print(*program));
    const std::vector<Tensor> arguments = fuzz::random_arguments(*program, seed);
    const auto symbols_of = [&] {
      fuzz::SymbolTable table = fuzz::random_symbols(*program, seed);
      std::vector<Tensor> symbols;
      for (const ir::Symbol& s : program->symbols) symbols.push_back(table.at(s.name));
      return symbols;
    };
    const auto executable = jit::compile(ir::clone(*program), "fuzz");
    std::vector<Tensor> symbols = symbols_of(), profiled_symbols = symbols_of();
    std::vector<Tensor> results, profiled;
    std::string failure;
    try {
      results = executable->run(arguments, symbols);
    } catch (const Error& e) {
      failure = e.what();
    }
    ProfileRecord record;
    if (!failure.empty()) {
      REQUIRE_THROWS_WITH(executable->run(arguments, profiled_symbols), failure);
      continue;
    }
    ++ran;
    profiled = executable->run(arguments, profiled_symbols);
    for (std::size_t k = 0; k < results.size(); ++k) REQUIRE(fuzz::first_difference(results[k], profiled[k]) == "");
    for (std::size_t k = 0; k < symbols.size(); ++k)
      REQUIRE(fuzz::first_difference(symbols[k], profiled_symbols[k]) == "");
    double share = 0;
    for (const ProfileRow& row : record.by_line()) share += row.share;
    CHECK((share == Approx(1.0) || record.by_line().empty() || record.compiled_seconds() == 0));

    const codegen::Placement placement = codegen::place(executable->program());
    std::map<std::uint32_t, double> parts;
    for (const auto& o : jit::profiled_program(executable->program(), placement, "fuzz")->operations)
      parts[o.section] += o.part;
    for (const auto& [section, part] : parts) CHECK(part == Approx(1.0));
  }
  CHECK(ran > 10);
}

TEST_CASE("a kernel that fails ends its launch; what ran before is counted") {
  test::Maker m;
  ir::Value* x = m.parameter(test::f32({50}));
  ir::Value* at = m.parameter(test::i64({1}));
  m.b.set_location({"user.cpp", 3, "Net.update"});
  ir::Value* y = m.op("exp", {x});
  m.b.set_location({"user.cpp", 4, "Net.update"});
  ir::Value* z = m.op("take", {y, at}, {{"axis", std::int64_t{0}}});
  const auto executable = jit::compile(m.done({z}), "fails");
  std::vector<Tensor> none;
  ProfileRecord record;
  const Tensor values = test::tensor<float>({50}, std::vector<float>(50, 1.f));
  executable->run({values, test::tensor<std::int64_t>({1}, {7})}, none);
  CHECK_THROWS_AS(executable->run({values, test::tensor<std::int64_t>({1}, {70})}, none), IndexError);
  INFO(record.table(40));
  for (const ProfileRow& row : record.by_line()) {
    if (row.line == 3) CHECK(row.calls == 2);
    if (row.line == 4) CHECK(row.calls == 1);
    if (row.line != 0) CHECK(row.object == "Net");
  }
}

TEST_CASE("profiled and plain code are different entries of the caches") {
  const RestoreOptions restore;
  const TempFolder folder;
  runtime::options().cache = folder.path.string();
  jit::clear_memory_cache();
  test::Maker m;
  ir::Value* x = m.parameter(test::f32({100}));
  m.b.set_location({"user.cpp", 3, "Net.update"});
  const auto program = m.done({m.op("tanh", {x})});
  CHECK(jit::key_text(*program, {.profile = true}) != jit::key_text(*program, {}));

  const Tensor values = test::tensor<float>({100}, std::vector<float>(100, 0.5f));
  std::vector<Tensor> none;
  const auto compile = [&] { return jit::compile(ir::clone(*program), "tanh"); };
  const auto plain = compile();
  CHECK(plain->report().cache == jit::CacheResult::compiled);
  {
    ProfileRecord record;
    CHECK(compile()->report().cache == jit::CacheResult::compiled);
    CHECK(jit::DiskCache().stats().files == 2);
    jit::clear_memory_cache();
    const auto from_disk = compile();
    CHECK(from_disk->report().cache == jit::CacheResult::disk_hit);
    from_disk->run({values}, none);
    plain->run({values}, none);
    REQUIRE(record.by_line().size() == 1);
    CHECK(record.by_line()[0].calls == 2);
    CHECK(record.by_line()[0].operations == "tanh");
  }
  jit::clear_memory_cache();
  const auto again = compile();
  CHECK(again->report().cache == jit::CacheResult::disk_hit);
  CHECK(jit::DiskCache().stats().files == 2);
  CHECK(again->text(jit::Stage::llvm) == plain->text(jit::Stage::llvm));
}

TEST_CASE("BRAINPY_LOG=profile prints the table when the process ends") {
  const std::string text = tool_output("profile", "jit");
  INFO(text);
  CHECK_THAT(text, Contains("profile: ") && Contains("ms in compiled code, 1 launch\n"));
  CHECK_THAT(text, Contains("lif.cpp:32") && Contains("LIF"));
  CHECK_THAT(tool_output("profile", "interp"), Contains("no compiled code ran") && Contains("interpreted"));
  CHECK_THAT(tool_output("compile", "jit"), !Contains("profile"));
}
