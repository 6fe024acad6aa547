// The 128-bit hash: fixed values, no collisions among similar texts, avalanche.
#include "runtime/hash.h"

#include <bit>
#include <set>
#include <string>

#include "support/catch.h"

using namespace brainpy::runtime;

TEST_CASE("a hash is the same on every machine and in every version") {
  CHECK(to_hex(hash128("")) == "d78df8e56f48bd4c3d459061cf70f790");
  CHECK(to_hex(hash128("brain dynamics programming")) == "2e20b0b418d5c747e6635eaf1ca33f98");
  CHECK(to_hex({0, 0x0f}) == "0000000000000000000000000000000f");
}

TEST_CASE("similar texts do not collide") {
  std::set<std::string> seen;
  for (std::size_t zeros = 0; zeros < 100; ++zeros) seen.insert(to_hex(hash128(std::string(zeros, '\0'))));
  for (int i = 0; i < 20000; ++i) seen.insert(to_hex(hash128("program " + std::to_string(i))));
  CHECK(seen.size() == 20100);
}

TEST_CASE("each bit of the input flips about half of the bits of the hash") {
  for (const std::size_t size : {1, 8, 15, 16, 17, 40, 200}) {
    std::string text(size, 'm');
    const Hash128 before = hash128(text);
    int flipped = 0;
    for (std::size_t bit = 0; bit < size * 8; ++bit) {
      text[bit / 8] = static_cast<char>(text[bit / 8] ^ (1 << bit % 8));
      const Hash128 after = hash128(text);
      text[bit / 8] = static_cast<char>(text[bit / 8] ^ (1 << bit % 8));
      const int distance = std::popcount(before.high ^ after.high) + std::popcount(before.low ^ after.low);
      CAPTURE(size, bit);
      CHECK(distance > 30);
      CHECK(distance < 98);
      flipped += distance;
    }
    const double mean = static_cast<double>(flipped) / static_cast<double>(size * 8);
    CHECK(mean > 58);
    CHECK(mean < 70);
  }
}
