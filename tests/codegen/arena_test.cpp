// The arena: blocks that are needed at the same time lie apart, the others share memory.
#include "compiler/codegen/arena.h"

#include <random>

#include "runtime/buffer.h"
#include "runtime/error.h"
#include "support/catch.h"
#include "support/errors.h"

using namespace brainpy;
using namespace brainpy::compiler::codegen;

namespace {

constexpr auto padding = static_cast<std::int64_t>(runtime::Buffer::padding);

std::int64_t size_of(const ArenaBlock& b) { return b.scalar ? 8 : b.bytes + padding; }

std::int64_t alignment_of(const ArenaBlock& b) {
  return b.scalar ? 8 : static_cast<std::int64_t>(runtime::Buffer::alignment_of(static_cast<std::size_t>(size_of(b))));
}

std::vector<std::int64_t> offsets_of(const std::vector<ArenaBlock>& blocks) {
  std::vector<std::int64_t> offsets;
  for (const ArenaBlock& b : blocks) offsets.push_back(b.offset);
  return offsets;
}

using Offsets = std::vector<std::int64_t>;

}  // namespace

TEST_CASE("blocks of one time lie side by side, blocks of different times in one place") {
  std::vector<ArenaBlock> together = {{{0, 5}, 64}, {{5, 9}, 64}};
  CHECK(pack(together) == 2 * (64 + padding));
  CHECK(offsets_of(together) == Offsets{0, 64 + padding});

  std::vector<ArenaBlock> in_turn = {{{6, 9}, 640}, {{0, 5}, 64}, {{10, forever}, 6400}};
  CHECK(pack(in_turn) == 6400 + padding);
  CHECK(offsets_of(in_turn) == Offsets{0, 0, 0});
}

TEST_CASE("a block takes the first hole that it fits into, numbers take 8 bytes") {
  std::vector<ArenaBlock> blocks = {
      {{0, 1}, 256}, {{0, 9}, 64}, {{0, 3}, 128}, {{0, 9}, 64}, {{2, 9}, 512}, {{4, 9}, 64}, {{5, 9}, 4, true},
  };
  const std::int64_t end = 256 + 64 + 128 + 64 + 4 * padding;
  CHECK(pack(blocks) == end + 512 + padding);
  const std::int64_t second = 256 + padding, third = second + 64 + padding;
  // The hole of the first block is too small for the fifth; the sixth and the number go there.
  CHECK(offsets_of(blocks) == Offsets{0, second, third, third + 128 + padding, end, 0, 64 + padding});
}

TEST_CASE("blocks that meet never overlap and all are aligned, whatever the times and sizes") {
  std::mt19937_64 random(1);
  const auto below = [&](std::int64_t n) {
    return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(n));
  };
  for (int round = 0; round < 200; ++round) {
    std::vector<ArenaBlock> blocks;
    const std::int64_t count = 1 + below(40);
    for (std::int64_t i = 0; i < count; ++i) {
      const Time from = below(60);
      const bool scalar = below(3) == 0;
      blocks.push_back({{from, from + below(20)}, scalar ? 4 : below(below(4) == 0 ? 100'000 : 5000), scalar});
    }
    const std::int64_t arena = pack(blocks);
    std::int64_t end = 0, sum = 0;
    bool apart = true, aligned = true;
    for (const ArenaBlock& a : blocks) {
      end = std::max(end, a.offset + size_of(a));
      sum += size_of(a) + std::max<std::int64_t>(alignment_of(a), runtime::Buffer::alignment) - 1;
      aligned = aligned && a.offset % alignment_of(a) == 0 && a.offset >= 0;
      for (const ArenaBlock& b : blocks)
        apart = apart && (&a == &b || !meet(a.live, b.live) || a.offset + size_of(a) <= b.offset ||
                          b.offset + size_of(b) <= a.offset);
    }
    INFO("round " << round);
    CHECK(apart);
    CHECK(aligned);
    CHECK(arena == end);
    CHECK(arena <= sum);
  }
}

TEST_CASE("nothing needs no arena; a block that ends before it begins is refused") {
  std::vector<ArenaBlock> none;
  CHECK(pack(none) == 0);
  std::vector<ArenaBlock> empty = {{{0, 1}, 0}, {{1, 2}, 0}};
  CHECK(pack(empty) == 2 * padding);  // a vector may still reach behind an array of no elements
  std::vector<ArenaBlock> backwards = {{{0, 1}, 8}, {{3, 2}, 8}};
  CHECK_CONTAINS(text_of<runtime::InternalError>([&] { pack(backwards); }), "pack: a block ends before it begins");
}
