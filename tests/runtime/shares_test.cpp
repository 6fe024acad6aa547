// Parts for threads of different speeds: where they begin, when they move and when they stay.
#include "runtime/shares.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "runtime/threads.h"
#include "support/catch.h"

using namespace brainpy::runtime;

namespace {

using Bounds = std::vector<std::int64_t>;

/// Loops whose part p takes `ticks[p]` for an element. Out: after how many the bounds moved; -1: they did not.
int loops_until_move(Shares& shares, const std::vector<double>& ticks, int loops) {
  for (int loop = 0; loop < loops; ++loop) {
    for (std::size_t p = 0; p < ticks.size(); ++p) {
      const auto size = static_cast<double>(shares.bounds()[p + 1] - shares.bounds()[p]);
      shares.took(static_cast<int>(p), static_cast<std::uint64_t>(ticks[p] * size));
    }
    if (shares.move()) return loop + 1;
  }
  return -1;
}

}  // namespace

TEST_CASE("balanced parts take equally long") {
  CHECK(balanced_bounds({0, 50, 100}, {1, 1}, 1) == Bounds{0, 50, 100});
  CHECK(balanced_bounds({0, 50, 100}, {1, 3}, 1) == Bounds{0, 75, 100});
  CHECK(balanced_bounds({0, 75, 100}, {1, 1}, 1) == Bounds{0, 75, 100});
  CHECK(balanced_bounds({0, 40, 80, 120}, {4, 2, 1}, 1) == Bounds{0, 17, 51, 120});  // speeds 1, 2, 4 of 7
  CHECK(balanced_bounds({0, 4096, 8192}, {1, 3}, 1024) == Bounds{0, 6144, 8192});
  // The last unit is not whole: 19,720 would be equally long, and 19.3 units are nearer to 19 than to 20.
  CHECK(balanced_bounds({0, 20'480, 40'000}, {8.2, 7.6}, 1024) == Bounds{0, 19'456, 40'000});
}

TEST_CASE("balanced parts keep a unit each while there are enough") {
  CHECK(balanced_bounds({0, 50, 100}, {1, 1e9}, 10) == Bounds{0, 90, 100});
  CHECK(balanced_bounds({0, 50, 100}, {1e9, 1}, 10) == Bounds{0, 10, 100});
  CHECK(balanced_bounds({0, 10, 20, 30}, {1e9, 1e9, 1}, 10) == Bounds{0, 10, 20, 30});
  CHECK(balanced_bounds({0, 5, 10, 15}, {1, 1, 1}, 15) == Bounds{0, 0, 15, 15});  // one unit for three
}

TEST_CASE("parts whose time is not known are as fast as the others") {
  CHECK(balanced_bounds({0, 50, 100}, {0, 0}, 1) == Bounds{0, 50, 100});
  CHECK(balanced_bounds({0, 0, 100}, {7, 10}, 1) == Bounds{0, 50, 100});
  CHECK(balanced_bounds({0, 80, 100}, {8, 0}, 1) == Bounds{0, 50, 100});
}

TEST_CASE("balanced bounds rise from nothing to the count, whatever the times") {
  const unsigned seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  for (int trial = 0; trial < 2000; ++trial) {
    const std::size_t parts = 1 + random() % 9;
    const std::int64_t unit = std::vector<std::int64_t>{1, 7, 512}[random() % 3];
    const auto count = static_cast<std::int64_t>(random() % 5000 + 1);
    Bounds bounds = {0, count};
    while (bounds.size() < parts + 1) bounds.push_back(static_cast<std::int64_t>(random()) & 4095);
    for (std::int64_t& bound : bounds) bound = std::min(bound, count);
    std::ranges::sort(bounds);
    std::vector<double> busy(parts);
    for (double& time : busy) time = random() % 4 == 0 ? 0 : std::exp2(static_cast<double>(random() % 60));
    const Bounds balanced = balanced_bounds(bounds, busy, unit);
    REQUIRE(balanced.size() == bounds.size());
    CHECK(balanced.front() == 0);
    CHECK(balanced.back() == count);
    CHECK(std::ranges::is_sorted(balanced));
    if (balanced == bounds) continue;  // nothing was known
    for (std::size_t p = 0; p < parts; ++p) CHECK((balanced[p] % unit == 0 || balanced[p] == count));
  }
}

TEST_CASE("shares begin equal and stay where all are equally fast") {
  Shares shares(40'000, 2);
  CHECK(shares.parts() == 2);
  CHECK(shares.bounds() == Bounds{0, begin_of_part(40'000, 1, 2), 40'000});
  CHECK(loops_until_move(shares, {1, 1}, 10'000) == -1);
  CHECK(loops_until_move(shares, {1, 1.05}, 10'000) == -1);
}

TEST_CASE("shares move to the faster part, once, and back") {
  Shares shares(40'000, 2);
  CHECK(loops_until_move(shares, {1, 1.5}, 10'000) == Shares::look_every);
  CHECK(shares.bounds() == Bounds{0, 23'552, 40'000});  // nearest to 24,000
  CHECK(loops_until_move(shares, {1, 1.5}, 10'000) == -1);
  CHECK(loops_until_move(shares, {1.5, 1}, Shares::look_every) > 0);
  CHECK(shares.bounds() == Bounds{0, 16'384, 40'000});
}

TEST_CASE("shares move once that pays") {
  // A loop takes 30,000 ticks, and 24,000 at best: what it cost to divide is made up for in 1,000 loops.
  Shares shares(40'960, 2);
  shares.followed(6'000'000);
  const int loops = loops_until_move(shares, {1, 1.5}, 10'000);
  CHECK(loops >= 950);
  CHECK(loops <= 1'300);
  // The next move costs as much again: a short slow spell does not pay for it.
  shares.followed(6'000'000);
  CHECK(loops_until_move(shares, {1.5, 1}, Shares::look_every) == -1);
  CHECK(loops_until_move(shares, {1, 1.5}, 10'000) == -1);
}

TEST_CASE("a part that is interrupted now and then is not slow") {
  Shares shares(40'000, 2);
  for (int loop = 0; loop < 10'000; ++loop) {
    shares.took(0, 1000);
    shares.took(1, loop % 3 == 0 ? 1'000'000 : 1000);
    CHECK_FALSE(shares.move());
  }
}

TEST_CASE("some loops are timed while they run") {
  const auto move_while_one_is_slow = [](Shares& shares) {
    for (int loop = 0; loop < 2 * Shares::look_every; ++loop) {
      { const Shares::Busy busy(shares, 0); }
      {
        const Shares::Busy busy(shares, 1);
        const std::uint64_t begin = ticks();
        while (ticks() - begin < 20'000) continue;
      }
      if (shares.move()) return true;
    }
    return false;
  };
  // Of two units each part has one, however slow it is.
  Shares shares(2 * part_unit, 2);
  CHECK_FALSE(move_while_one_is_slow(shares));
  Shares larger(8 * part_unit, 2);
  CHECK(move_while_one_is_slow(larger));
  CHECK(larger.bounds() == Bounds{0, 7 * part_unit, 8 * part_unit});
}
