// count_bits against counting by hand, at lengths around its words and its groups of words, and what it refuses.
#include "support/operations.h"

using namespace brainpy;
using namespace brainpy::test;
using Catch::Matchers::Contains;

namespace {

compiler::Attributes of_size(std::int64_t size) { return {{"size", size}}; }

/// Words for `rows` rows of `size` bits of which about one in `sparsity` is set; those past the end are set.
Tensor random_words(std::int64_t rows, std::int64_t size, unsigned sparsity, std::mt19937& random) {
  const std::int64_t words = (size + 63) / 64;
  Tensor t = runtime::make_tensor({DType::u64, {rows, words}});
  for (std::int64_t r = 0; r < rows; ++r)
    for (std::int64_t i = 0; i < 64 * words; ++i) {
      const bool set = i >= size || random() % sparsity == 0;
      t.as<std::uint64_t>()[r * words + i / 64] |= std::uint64_t{set} << (i % 64);
    }
  return t;
}

}  // namespace

TEST_CASE("bits of each row are counted up to its size, whatever is past it") {
  std::mt19937 random(3);
  for (const std::int64_t size : {0, 1, 2, 63, 64, 65, 511, 512, 513, 31 * 64 - 1, 31 * 64, 31 * 64 + 1, 10'000})
    for (const unsigned sparsity : {1U, 3U, 100U}) {
      CAPTURE(size, sparsity);
      const Tensor words = random_words(3, size, sparsity, random);
      const std::int64_t length = words.type.shape[1];
      std::vector<std::int32_t> expected(3);
      for (std::int64_t r = 0; r < 3; ++r)
        for (std::int64_t i = 0; i < size; ++i)
          expected[static_cast<std::size_t>(r)] +=
              words.as<std::uint64_t>()[r * length + i / 64] >> (i % 64) & 1 ? 1 : 0;
      if (sparsity == 1) CHECK(expected[2] == size);
      CHECK(values<std::int32_t>(call1("count_bits", {words}, of_size(size))) == expected);
      const Tensor row = random_words(1, size, sparsity, random);
      const Tensor flat{{DType::u64, {length}}, row.data};
      const Tensor number = call1("count_bits", {flat}, of_size(size));
      CHECK(number.type == i32());
      CHECK(*number.as<std::int32_t>() == values<std::int32_t>(call1("count_bits", {row}, of_size(size)))[0]);
    }
}

TEST_CASE("packed bools are counted as the bools") {
  std::mt19937 random(5);
  for (const Shape& shape : {Shape{0}, Shape{65}, Shape{3, 70}, Shape{2, 0, 3}}) {
    const Tensor bools = random_tensor({DType::bool_, shape}, random);
    List axes;
    for (int a = 0; a < shape.rank(); ++a) axes.push_back(a);
    CHECK(same_bits(call1("count_bits", call("pack_bits", {bools}), of_size(shape.size())),
                    call1("sum", {bools}, {{"axes", axes}})));
  }
}

TEST_CASE("words that do not hold so many elements, and what are no words, are refused") {
  const Tensor words = tensor<std::uint64_t>({2}, {1, 2});
  CHECK_THROWS_WITH(call("count_bits", {words}, of_size(129)), Contains("u64[2]") && Contains("size 129"));
  CHECK_THROWS_AS(call("count_bits", {words}, of_size(64)), ShapeError);
  CHECK_THROWS_AS(call("count_bits", {scalar<std::uint64_t>(1)}, of_size(64)), ShapeError);
  CHECK_THROWS_AS(call("count_bits", {tensor<std::uint64_t>({2, 1}, {1, 2})}, of_size(128)), ShapeError);
  CHECK_THROWS_AS(call("count_bits", {tensor<std::int64_t>({2}, {1, 2})}, of_size(128)), DTypeError);
  CHECK_THROWS_AS(call("count_bits", {tensor<bool>({2}, {true, false})}, of_size(128)), DTypeError);
  CHECK_THROWS_AS(call("count_bits", {words}, of_size(-1)), ValueError);
  CHECK_THROWS_AS(call("count_bits", {words}, of_size(std::int64_t{1} << 31)), ValueError);
  CHECK_THROWS_AS(call("count_bits", {words}), ValueError);
  CHECK_THROWS_AS(call("count_bits", {words, words}, of_size(128)), ValueError);
}
