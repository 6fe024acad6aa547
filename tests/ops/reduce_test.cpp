// Reductions and scans: the defined order bit for bit, all sets of axes, special numbers, empty arrays, bad input.
#include "support/operands.h"
#include "support/operations.h"

using namespace brainpy;
using namespace brainpy::test;
using Catch::Matchers::Contains;

namespace {

const compiler::Attributes axis0{{"axis", std::int64_t{0}}}, all1{{"axes", List{0}}};

/// The order of the contract, written plainly: 16 interleaved partial results, then a tree.
template <class T, class Combine>
T in_order(const std::vector<T>& x, T identity, Combine combine) {
  std::vector<T> partial(16, identity);
  for (std::size_t j = 0; j < x.size(); ++j) partial[j % 16] = combine(partial[j % 16], x[j]);
  for (std::size_t half : {8U, 4U, 2U, 1U})
    for (std::size_t p = 0; p < half; ++p) partial[p] = combine(partial[p], partial[p + half]);
  return partial[0];
}

/// The elements of one output, in row-major order of the reduced axes.
template <class T>
std::vector<std::vector<T>> reduced_elements(const Tensor& x, const List& axes, std::int64_t outputs) {
  std::vector<std::vector<T>> lists(static_cast<std::size_t>(outputs));
  for (std::int64_t i = 0; i < x.type.size(); ++i) {
    const List place = place_of(x.type.shape, i);
    std::int64_t output = 0;
    for (int a = 0; a < x.type.shape.rank(); ++a)
      if (std::find(axes.begin(), axes.end(), a) == axes.end())
        output = output * x.type.shape[a] + place[static_cast<std::size_t>(a)];
    lists[static_cast<std::size_t>(output)].push_back(x.as<T>()[i]);
  }
  return lists;
}

}  // namespace

TEST_CASE("sums and products have the defined order over any axes") {
  const Shape shape = GENERATE(Shape{1000}, Shape{37}, Shape{5}, Shape{300, 70}, Shape{3, 200}, Shape{1, 33},
                               Shape{33, 1}, Shape{4, 19, 3}, Shape{2, 3, 5, 7});
  constexpr std::uint64_t seed = 3;
  Numbers numbers(seed);
  const Tensor x = random_operand(f32(shape), {0.9, 1.1}, numbers);
  for (unsigned set = 0; set < (1U << shape.rank()); ++set) {
    List axes;
    for (int a = 0; a < shape.rank(); ++a)
      if (set >> a & 1U) axes.push_back(a);
    INFO("seed " << seed << ", shape " << to_string(shape) << ", set of axes " << set);
    const std::vector<float> sums = values<float>(call1("sum", {x}, {{"axes", axes}}));
    const std::vector<float> products = values<float>(call1("prod", {x}, {{"axes", axes}}));
    const auto lists = reduced_elements<float>(x, axes, static_cast<std::int64_t>(sums.size()));
    std::vector<float> expected_sums, expected_products;
    for (const auto& list : lists) {
      expected_sums.push_back(in_order<float>(list, 0, [](float a, float b) { return a + b; }));
      expected_products.push_back(in_order<float>(list, 1, [](float a, float b) { return a * b; }));
    }
    CHECK(sums == expected_sums);
    CHECK(products == expected_products);
  }
}

TEST_CASE("the order is not the sequential one") {
  // One large number among small ones: a sequential sum of f32 would lose all the small ones behind it.
  std::vector<float> x(32, 1);
  x[0] = 1e8F;
  CHECK(*call1("sum", {tensor<float>({32}, x)}, all1).as<float>() ==
        in_order<float>(x, 0, [](float a, float b) { return a + b; }));
  CHECK(*call1("sum", {tensor<float>({32}, x)}, all1).as<float>() != 1e8F);
}

TEST_CASE("extremes, also with NaN and signed zeros") {
  const Tensor x = tensor<double>({2, 3}, {3, -1, 2, 0, 7, -5});
  const auto over = [&](const char* name, List axes) { return call1(name, {x}, {{"axes", axes}}); };
  CHECK(values<double>(over("max", {0})) == std::vector<double>{3, 7, 2});
  CHECK(values<double>(over("min", {1})) == std::vector<double>{-1, -5});
  CHECK(values<std::int32_t>(over("argmax", {0})) == std::vector<std::int32_t>{0, 1, 0});
  CHECK(values<std::int32_t>(over("argmin", {1})) == std::vector<std::int32_t>{1, 2});
  CHECK(values<std::int32_t>(over("argmax", {0, 1})) == std::vector<std::int32_t>{4});

  for (std::size_t place : {0U, 1U, 15U, 16U, 20U}) {
    std::vector<float> list(21);
    for (std::size_t i = 0; i < list.size(); ++i) list[i] = static_cast<float>(i % 7) - 3;
    list[place] = NAN;
    const Tensor line = tensor<float>({21}, list), column = tensor<float>({21, 1}, list);
    for (const char* name : {"max", "min"}) CHECK(std::isnan(*call1(name, {line}, all1).as<float>()));
    for (const char* name : {"argmax", "argmin"}) {
      CHECK(*call1(name, {line}, all1).as<std::int32_t>() == static_cast<std::int32_t>(place));
      CHECK(*call1(name, {column}, all1).as<std::int32_t>() == static_cast<std::int32_t>(place));
    }
  }
  const Tensor zeros = tensor<float>({2}, {-0.0F, 0.0F});
  CHECK_FALSE(std::signbit(*call1("max", {zeros}, all1).as<float>()));
  CHECK(std::signbit(*call1("min", {zeros}, all1).as<float>()));
  CHECK(*call1("max", {tensor<float>({2}, {-INFINITY, -INFINITY})}, all1).as<float>() == -INFINITY);
  CHECK(*call1("min", {tensor<std::int64_t>({2}, {INT64_MAX, INT64_MAX})}, all1).as<std::int64_t>() == INT64_MAX);
  CHECK(values<bool>(call1("max", {tensor<bool>({2}, {false, true})}, all1)) == std::vector<std::uint8_t>{1});
  // The first of equals, in both layouts.
  CHECK(*call1("argmax", {tensor<std::int32_t>({4}, {1, 5, 5, 0})}, all1).as<std::int32_t>() == 1);
  CHECK(values<std::int32_t>(call1("argmin", {tensor<std::int32_t>({3, 2}, {4, 0, 1, 0, 1, 9})}, all1)) ==
        std::vector<std::int32_t>{1, 0});
}

TEST_CASE("extremes agree with the map operations maximum and minimum") {
  Numbers numbers(5);
  const std::vector<float> special = {NAN, INFINITY, -INFINITY, 0.0F, -0.0F, 1, -1};
  for (float a : special)
    for (float b : special)
      for (const auto& [reduction, map] : {std::pair{"max", "maximum"}, std::pair{"min", "minimum"}}) {
        INFO(reduction << " of " << a << ", " << b);
        const Tensor expected = call1(map, {tensor<float>({1}, {a}), tensor<float>({1}, {b})});
        CHECK(same_bits(call1(reduction, {tensor<float>({1, 2}, {a, b})}, {{"axes", List{1}}}), expected));
        CHECK(same_bits(call1(reduction, {tensor<float>({2, 1}, {a, b})}, {{"axes", List{0}}}), expected));
      }
}

TEST_CASE("integers wrap, bools are counted") {
  CHECK(*call1("sum", {tensor<std::int32_t>({2}, {INT32_MAX, 1})}, all1).as<std::int32_t>() == INT32_MIN);
  CHECK(*call1("prod", {tensor<std::int64_t>({2}, {INT64_MAX, 2})}, all1).as<std::int64_t>() == -2);
  CHECK(values<std::int32_t>(call1("sum", {tensor<bool>({3}, {true, false, true})}, all1)) ==
        std::vector<std::int32_t>{2});
  CHECK(values<std::int32_t>(call1("cumsum", {tensor<bool>({3}, {true, false, true})}, axis0)) ==
        std::vector<std::int32_t>{1, 1, 2});
}

TEST_CASE("any and all take bools only") {
  const Tensor x = tensor<bool>({2, 2}, {true, false, true, true});
  CHECK(values<bool>(call1("any", {x}, {{"axes", List{1}}})) == std::vector<std::uint8_t>{1, 1});
  CHECK(values<bool>(call1("all", {x}, {{"axes", List{1}}})) == std::vector<std::uint8_t>{0, 1});
  CHECK(values<bool>(call1("all", {x}, {{"axes", List{0}}})) == std::vector<std::uint8_t>{1, 0});
  CHECK_THROWS_AS(call("any", {counting<float>({2})}, all1), DTypeError);
}

TEST_CASE("reductions of nothing") {
  const Tensor nothing = tensor<float>({0}, {});
  CHECK(*call1("sum", {nothing}, all1).as<float>() == 0);
  CHECK(*call1("prod", {nothing}, all1).as<float>() == 1);
  CHECK_FALSE(*call1("any", {tensor<bool>({0}, {})}, all1).as<bool>());
  CHECK(*call1("all", {tensor<bool>({0}, {})}, all1).as<bool>());
  CHECK(values<float>(call1("sum", {tensor<float>({0, 3}, {})}, all1)) == std::vector<float>{0, 0, 0});
  CHECK(call1("sum", {tensor<float>({3, 0}, {})}, all1).type.size() == 0);
  CHECK(call1("max", {tensor<float>({3, 0}, {})}, all1).type.size() == 0);
  for (const char* name : {"max", "min", "argmax", "argmin"}) {
    INFO(name);
    CHECK_THROWS_WITH(call(name, {nothing}, all1), Contains("no elements") && Contains("f32[0]") && Contains("hint"));
    CHECK_THROWS_AS(call(name, {tensor<float>({3, 0}, {})}, {{"axes", List{1}}}), ValueError);
  }
}

TEST_CASE("axes must exist and be named once") {
  for (const char* name : {"sum", "max", "argmin"}) {
    CHECK_THROWS_AS(call(name, {counting<float>({2, 2})}, {{"axes", List{2}}}), ValueError);
    CHECK_THROWS_AS(call(name, {counting<float>({2, 2})}, {{"axes", List{-1}}}), ValueError);
    CHECK_THROWS_AS(call(name, {counting<float>({2, 2})}, {{"axes", List{1, 1}}}), ValueError);
    CHECK_THROWS_AS(call(name, {counting<float>({2, 2})}), ValueError);
  }
  for (const char* name : {"cumsum", "cumprod", "cummax"}) {
    CHECK_THROWS_AS(call(name, {counting<float>({2})}, {{"axis", std::int64_t{1}}}), ValueError);
    CHECK_THROWS_AS(call(name, {scalar(1.0F)}, axis0), ValueError);
  }
}

TEST_CASE("scans go one after the other along their axis") {
  const Tensor x = tensor<float>({5}, {1e8F, 1, -1e8F, 2, NAN});
  CHECK(values<float>(call1("cumsum", {tensor<float>({4}, {1e8F, 1, -1e8F, 2})}, axis0)) ==
        std::vector<float>{1e8F, 1e8F, 0, 2});
  CHECK(values<std::int32_t>(call1("cumprod", {tensor<std::int32_t>({2, 3}, {1, 2, 3, 4, 5, 6})},
                                   {{"axis", std::int64_t{1}}})) == std::vector<std::int32_t>{1, 2, 6, 4, 20, 120});
  CHECK(values<std::int32_t>(call1("cumsum", {tensor<std::int32_t>({2, 3}, {1, 2, 3, 4, 5, 6})}, axis0)) ==
        std::vector<std::int32_t>{1, 2, 3, 5, 7, 9});
  const std::vector<float> largest = values<float>(call1("cummax", {tensor<float>({4}, {1, 3, 2, NAN})}, axis0));
  CHECK(std::vector<float>(largest.begin(), largest.begin() + 3) == std::vector<float>{1, 3, 3});
  CHECK(std::isnan(largest[3]));
  CHECK(std::isnan(values<float>(call1("cumsum", {x}, axis0))[4]));
}

TEST_CASE("linear recurrence is a leaky sum") {
  const Tensor a = tensor<double>({3}, {9, 0.5, 0.25}), b = tensor<double>({3}, {2, 1, 4});
  CHECK(values<double>(call1("linear_recurrence", {a, b}, axis0)) == std::vector<double>{2, 2, 4.5});
  CHECK_THROWS_AS(call("linear_recurrence", {a, tensor<double>({2}, {1, 1})}, axis0), ShapeError);
  CHECK_THROWS_AS(call("linear_recurrence", {counting<std::int32_t>({2}), counting<std::int32_t>({2})}, axis0),
                  DTypeError);
}
