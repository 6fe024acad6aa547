// Bools as bits and back, at any length.
#include "runtime/record.h"

#include <random>
#include <vector>

#include "support/catch.h"

using namespace brainpy::runtime;

TEST_CASE("bits are where they are said to be, and come back") {
  std::mt19937 random(7);
  for (const std::int64_t n : {0, 1, 7, 8, 9, 63, 64, 65, 127, 128, 1000}) {
    CAPTURE(n);
    const Tensor bools = make_tensor({DType::bool_, {n}}), words = make_tensor({DType::u64, {bit_words(n)}}),
                 back = make_tensor({DType::bool_, {n}});
    for (std::int64_t i = 0; i < n; ++i) bools.as<bool>()[i] = random() % 3 == 0;
    pack_bits(bools.as<bool>(), n, words.as<std::uint64_t>());
    unpack_bits(words.as<std::uint64_t>(), n, back.as<bool>());
    std::int64_t wrong = 0, set = 0;
    for (std::int64_t i = 0; i < 64 * bit_words(n); ++i) {
      const bool bit = words.as<std::uint64_t>()[i / 64] >> (i % 64) & 1;
      wrong += bit != (i < n && bools.as<bool>()[i]);
      if (i < n) wrong += back.as<bool>()[i] != bools.as<bool>()[i];
      set += bit;
    }
    CHECK(wrong == 0);
    CHECK(count_bits(words.as<std::uint64_t>(), n) == set);
    if (n % 64 != 0) words.as<std::uint64_t>()[n / 64] |= ~std::uint64_t{0} << n % 64;
    CHECK(count_bits(words.as<std::uint64_t>(), n) == set);
  }
}

TEST_CASE("rows of words become rows of bools") {
  const Tensor words = make_tensor({DType::u64, {3, 2}});
  words.as<std::uint64_t>()[0] = 1;           // row 0, element 0
  words.as<std::uint64_t>()[3] = 1U << 5;     // row 1, element 69
  words.as<std::uint64_t>()[4] = 1ULL << 63;  // row 2, element 63
  const Tensor rows = unpack_rows(words, {DType::bool_, {3, 7, 10}});
  std::vector<std::int64_t> set;
  for (std::int64_t i = 0; i < 210; ++i)
    if (rows.as<bool>()[i]) set.push_back(i);
  CHECK(set == std::vector<std::int64_t>{0, 70 + 69, 140 + 63});
  CHECK(unpack_rows(make_tensor({DType::u64, {0, 2}}), {DType::bool_, {0, 70}}).type.size() == 0);
}
