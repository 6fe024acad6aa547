// The positions of set bits, at any number of bits and however many are set.
#include "runtime/set_bits.h"

#include <algorithm>
#include <random>
#include <vector>

#include "support/catch.h"

using namespace brainpy::runtime;

namespace {

std::vector<std::int64_t> positions_of(const std::vector<std::uint64_t>& words, std::int64_t count,
                                       std::int64_t begin = 0) {
  std::vector<std::int64_t> all;
  std::int32_t some[SetBits::room];
  SetBits bits(words.data(), begin, count);
  for (int found = bits.next(some); found > 0; found = bits.next(some)) {
    CHECK(found <= SetBits::room);
    all.insert(all.end(), some, some + found);
  }
  CHECK(bits.next(some) == 0);
  return all;
}

}  // namespace

TEST_CASE("set bits are found in order, each once") {
  constexpr int seed = 11;
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  for (const std::int64_t count : {0, 1, 63, 64, 65, 640, 4095, 4096, 4097, 8192, 12'345, 100'000})
    for (const double density : {0.0, 0.0001, 0.002, 0.1, 0.9, 1.0}) {
      CAPTURE(count, density);
      std::vector<std::uint64_t> words(static_cast<std::size_t>((count + 63) / 64));
      std::vector<std::int64_t> expected;
      std::bernoulli_distribution is_set(density);
      for (std::int64_t i = 0; i < count; ++i)
        if (is_set(random)) {
          words[static_cast<std::size_t>(i / 64)] |= std::uint64_t{1} << i % 64;
          expected.push_back(i);
        }
      CHECK(positions_of(words, count) == expected);
      if (count % 64 != 0) words.back() |= ~std::uint64_t{0} << count % 64;
      CHECK(positions_of(words, count) == expected);
      for (const std::int64_t begin : {std::int64_t{64}, count / 2 / 64 * 64, count / 64 * 64}) {
        if (begin > count) continue;
        const auto first = std::ranges::lower_bound(expected, begin);
        CHECK(positions_of(words, count, begin) == std::vector<std::int64_t>(first, expected.end()));
      }
    }
}

TEST_CASE("a set bit far behind silent blocks is found") {
  std::vector<std::uint64_t> words(64 * 3);
  words[64 * 2 + 63] = std::uint64_t{1} << 63;
  CHECK(positions_of(words, 64 * 64 * 3) == std::vector<std::int64_t>{64 * 64 * 3 - 1});
  CHECK(positions_of(words, 64 * 64 * 3 - 1).empty());
}
