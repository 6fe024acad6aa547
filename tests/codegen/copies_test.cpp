// Copies that happen at once: the sequence has their effect, with one temporary for each ring and no more.
#include "compiler/codegen/copies.h"

#include <algorithm>
#include <numeric>
#include <random>

#include "runtime/error.h"
#include "support/catch.h"
#include "support/errors.h"

using namespace brainpy;
using namespace brainpy::compiler::codegen;

namespace {

struct Sequence {
  std::vector<Copy> copies;
  int temporaries = 0;
};

/// Slots from 1000 on are the temporaries.
Sequence sequence_of(const std::vector<Copy>& at_once) {
  Sequence s;
  s.copies = in_order(at_once, [&](std::int64_t) { return 1000 + s.temporaries++; });
  return s;
}

/// Every slot holds its own number at first.
std::vector<int> after(const std::vector<Copy>& copies) {
  std::vector<int> slots(1100);
  std::iota(slots.begin(), slots.end(), 0);
  for (const Copy& c : copies) slots[static_cast<std::size_t>(c.to)] = slots[static_cast<std::size_t>(c.from)];
  return slots;
}

bool has_the_effect(const Sequence& s, const std::vector<Copy>& at_once) {
  std::vector<int> expected(1000);
  std::iota(expected.begin(), expected.end(), 0);
  for (const Copy& c : at_once) expected[static_cast<std::size_t>(c.to)] = c.from;
  const std::vector<int> found = after(s.copies);
  return std::equal(expected.begin(), expected.end(), found.begin());
}

}  // namespace

TEST_CASE("a chain of copies begins at its end and needs no temporary") {
  const std::vector<Copy> chain = {{1, 2, 8}, {2, 3, 8}, {3, 4, 8}, {1, 5, 8}};
  const Sequence s = sequence_of(chain);
  CHECK(s.temporaries == 0);
  CHECK(s.copies.size() == 4);
  CHECK(has_the_effect(s, chain));
}

TEST_CASE("a ring goes through a temporary of its size") {
  const std::vector<Copy> swap = {{1, 2, 24}, {2, 1, 24}};
  std::vector<std::int64_t> sizes;
  const std::vector<Copy> copies = in_order(swap, [&](std::int64_t bytes) {
    sizes.push_back(bytes);
    return 9;
  });
  CHECK(sizes == std::vector<std::int64_t>{24});
  REQUIRE(copies.size() == 3);
  for (const Copy& c : copies) CHECK(c.bytes == 24);
  const std::vector<int> slots = after(copies);
  CHECK(slots[1] == 2);
  CHECK(slots[2] == 1);
}

TEST_CASE("any copies: the sequence has their effect, one more copy for each ring") {
  std::mt19937_64 random(2);
  for (int round = 0; round < 500; ++round) {
    const int count = 1 + static_cast<int>(random() % 12);
    std::vector<int> targets(static_cast<std::size_t>(count));
    std::iota(targets.begin(), targets.end(), 1);
    std::vector<Copy> copies;
    std::vector<int> source(targets.size() + 1, 0);  // 0: outside
    for (int to : targets) {
      const int from = static_cast<int>(random() % static_cast<std::uint64_t>(count + 1));
      if (from == to) continue;
      copies.push_back({from, to, 8});
      source[static_cast<std::size_t>(to)] = from;
    }
    int rings = 0;
    for (int to : targets) {  // counted at the smallest slot of each
      int least = to, at = source[static_cast<std::size_t>(to)];
      for (int step = 0; step < count && at != 0 && at != to; ++step) {
        least = std::min(least, at);
        at = source[static_cast<std::size_t>(at)];
      }
      rings += at == to && least == to;
    }
    std::ranges::shuffle(copies, random);
    const Sequence s = sequence_of(copies);
    INFO("round " << round);
    CHECK(has_the_effect(s, copies));
    CHECK(s.temporaries == rings);
    CHECK(s.copies.size() == copies.size() + static_cast<std::size_t>(rings));
  }
}

TEST_CASE("no copies are no sequence; two copies to one slot are refused") {
  CHECK(sequence_of({}).copies.empty());
  CHECK_CONTAINS(text_of<runtime::InternalError>([] {
                   sequence_of({{1, 3, 8}, {2, 3, 8}});
                 }),
                 "in_order: two copies to slot 3");
}
