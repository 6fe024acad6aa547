// Philox 4x32-10 against the known answers of its authors' library (Random123), and the uniform numbers made of it.
#include "compiler/ops/philox.h"

#include <set>

#include "support/catch.h"

using namespace brainpy::compiler;
using Word = lane::Host<std::uint64_t>;

namespace {

std::array<std::uint64_t, 4> words(std::array<std::uint64_t, 2> key, std::array<std::uint64_t, 4> counter) {
  const auto block = philox::philox_4x32<Word>(
      {Word(key[0]), Word(key[1])}, {Word(counter[0]), Word(counter[1]), Word(counter[2]), Word(counter[3])});
  return {block[0].v, block[1].v, block[2].v, block[3].v};
}

using Words = std::array<std::uint64_t, 4>;

}  // namespace

TEST_CASE("philox gives the known answers") {
  CHECK(words({0, 0}, {0, 0, 0, 0}) == Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  constexpr std::uint64_t ones = 0xffffffff;
  CHECK(words({ones, ones}, {ones, ones, ones, ones}) == Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  CHECK(words({0xa4093822, 0x299f31d0}, {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}) ==
        Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("a block's counter is index, attempt, purpose, and its key is low word first") {
  const std::uint64_t key = 0x299f31d0a4093822, index = 0x85a308d3243f6a88;
  const auto block = philox::block(Word(key), Word(index), 0x03707344u, Word(std::uint64_t{0x13198a2e}));
  CHECK(block[0].v == 0xd16cfe09);
  CHECK(block[3].v == 0x24126ea1);
  CHECK(philox::join(block[0], block[1]).v == 0x94fdccebd16cfe09);
}

TEST_CASE("uniform numbers keep their ends") {
  const Word zero = std::uint64_t{0}, ones = std::uint64_t{0xffffffff};
  CHECK(philox::unit_interval<float>(zero, zero).v == 0.0f);
  CHECK(philox::unit_interval<float>(ones, ones).v == 1.0f - 0x1p-24f);
  CHECK(philox::unit_interval<double>(zero, zero).v == 0.0);
  CHECK(philox::unit_interval<double>(ones, ones).v == 1.0 - 0x1p-53);
  CHECK(philox::positive_unit_interval<float>(zero, zero).v == 0x1p-32f);
  CHECK(philox::positive_unit_interval<float>(ones, ones).v == 1.0f);
  CHECK(philox::positive_unit_interval<double>(zero, zero).v == 0x1p-54);
  CHECK(philox::positive_unit_interval<double>(ones, ones).v == 1.0);
}

TEST_CASE("a single changed bit of key, index or purpose changes the block") {
  std::set<std::uint64_t> seen;
  const auto first = [&](std::uint64_t key, std::uint64_t index, std::uint32_t purpose) {
    const auto b = philox::block(Word(key), Word(index), purpose, Word(std::uint64_t{0}));
    seen.insert(philox::join(b[0], b[1]).v);
  };
  first(7, 9, 3);
  for (int bit = 0; bit < 64; ++bit) {
    first(7 ^ (std::uint64_t{1} << bit), 9, 3);
    first(7, 9 ^ (std::uint64_t{1} << bit), 3);
  }
  for (int bit = 0; bit < 32; ++bit) first(7, 9, 3u ^ (1u << bit));
  CHECK(seen.size() == 1 + 64 + 64 + 32);
}
