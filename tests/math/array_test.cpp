// Arrays: creation, element types, operators, printing of scalars, and what is refused.
#include "frontend/math/math.hpp"
#include "frontend/transform/trace.h"
#include "support/catch.h"

using namespace brainpy;
namespace bm = brainpy::math;

namespace {

/// The text of the error that the call throws.
template <class Kind, class F>
std::string error_of(F&& f) {
  try {
    f();
  } catch (const Kind& e) {
    return e.what();
  }
  return "no error of this kind";
}

}  // namespace

TEST_CASE("creation picks element types") {
  CHECK(bm::zeros({}).ndim() == 0);
  CHECK(bm::zeros({}).dtype() == bm::float32);
  CHECK(bm::zeros(3).shape() == bm::Shape{3});
  CHECK(bm::zeros({2, 3}, bm::bool_).dtype() == bm::bool_);
  CHECK(bm::full({2}, -1e7).to_vector<float>() == std::vector<float>{-1e7F, -1e7F});
  CHECK(bm::full({2}, 3).dtype() == bm::int32);
  CHECK(bm::full({2}, true).dtype() == bm::bool_);
  CHECK(bm::arange(10).dtype() == bm::int32);
  CHECK(bm::arange(10.0).dtype() == bm::float32);
  CHECK(bm::arange(2, 8, 3).to_vector<int>() == std::vector<int>{2, 5});
  CHECK(bm::array(1.5).dtype() == bm::float32);
  CHECK(bm::array(1).dtype() == bm::int32);
  CHECK(bm::array(1, bm::float64).dtype() == bm::float64);
  CHECK(bm::array(2.7, bm::int32).item<int>() == 2);
  CHECK(bm::array(std::vector<float>{1, 2}).dtype() == bm::float32);
  CHECK(bm::array(std::vector<double>{1, 2}).dtype() == bm::float32);
  CHECK(bm::array(std::vector<int>{1, 2}).dtype() == bm::int32);
  CHECK(bm::array(std::vector<std::int64_t>{1, 2}).dtype() == bm::int64);
  CHECK(bm::array(std::vector<bool>{true, false}).dtype() == bm::bool_);
  CHECK(bm::array({1, 2, 3}).dtype() == bm::int32);
  CHECK(bm::array({1, 2.5}).dtype() == bm::float32);
  CHECK(bm::array({true, false}).dtype() == bm::bool_);
  CHECK(bm::array({{1, 2, 3}, {4, 5, 6}}).shape() == bm::Shape{2, 3});
  CHECK(bm::array({{1}, {2}}).shape() == bm::Shape{2, 1});
  CHECK(bm::array({{{1, 2}}, {{3, 4}}}).shape() == bm::Shape{2, 1, 2});
  CHECK(bm::array(std::vector<std::vector<double>>{{1, 2}, {3, 4}}).shape() == bm::Shape{2, 2});
  CHECK(bm::linspace(0.0, 1.0, 7).to_vector<float>().back() == 1.0F);

  bm::enable_x64();
  CHECK(bm::zeros({2}).dtype() == bm::float64);
  CHECK(bm::arange(3).dtype() == bm::int64);
  CHECK(bm::array(std::vector<double>{1}).dtype() == bm::float64);
  bm::disable_x64();
}

TEST_CASE("element types of results") {
  const bm::Array f = bm::ones({2}), d = bm::ones({2}, bm::float64), i = bm::arange(2), b = bm::array({true, false});
  CHECK((f * 0.5).dtype() == bm::float32);
  CHECK((f + 1).dtype() == bm::float32);
  CHECK((i + 1).dtype() == bm::int32);
  CHECK((i + 0.5).dtype() == bm::float32);
  CHECK((f + d).dtype() == bm::float64);
  CHECK((i + f).dtype() == bm::float32);
  CHECK((i / 2).dtype() == bm::float32);
  CHECK((i < 1).dtype() == bm::bool_);
  CHECK((b + b).to_vector<bool>() == std::vector<bool>{true, false});
  CHECK((b * b).dtype() == bm::bool_);
  CHECK((b + 1).dtype() == bm::int32);
  CHECK((b < i).dtype() == bm::bool_);
  CHECK(bm::sum(b).dtype() == bm::int32);
  CHECK(bm::mean(i).dtype() == bm::float32);
  CHECK(bm::exp(i).dtype() == bm::float32);
  CHECK(bm::where(b, 1.0, 0.0).dtype() == bm::float32);
  CHECK(bm::where(b, f, 0).dtype() == bm::float32);
  CHECK(bm::floor(i).dtype() == bm::int32);
  CHECK_THROWS_AS(b - b, DTypeError);
}

TEST_CASE("scalars print by the rules of arrays") {
  CHECK(bm::array(1.0).to_string() == "1.");
  CHECK(bm::array(-0.25).to_string() == "-0.25");
  CHECK(bm::array(1e-5).to_string() == "1.e-05");
  CHECK(bm::array(7).to_string() == "7");
  CHECK(bm::array(true).to_string() == "True");
  CHECK(bm::Array().to_string() == "<empty>");
  CHECK(fmt::format("{}", bm::arange(10).reshape({2, 5})) == "[[0 1 2 3 4]\n [5 6 7 8 9]]");
}

TEST_CASE("shapes that do not broadcast: the whole text") {
  const bm::Array a = bm::ones({2, 3}), b = bm::ones({4});
  const unsigned line = __LINE__ + 1;
  const std::string text = error_of<ShapeError>([&] { return a + b; });
  CHECK(text.find("add: shapes do not broadcast") == 0);
  CHECK(text.find("at array_test.cpp:" + std::to_string(line)) != std::string::npos);
  CHECK(text.find("left f32[2,3], right f32[4]") != std::string::npos);
  CHECK(text.find("hint: ") != std::string::npos);
}

TEST_CASE("errors name the function, the user's line and the values") {
  const bm::Array a = bm::ones({2, 3});
  const auto contains = [](const std::string& text, const std::string& part) {
    INFO(text << "\nlacks: " << part);
    CHECK(text.find(part) != std::string::npos);
  };
  unsigned line = __LINE__ + 1;
  std::string text = error_of<IndexError>([&] { return bm::sum(a, 2); });
  contains(text, "sum: axis out of range");
  contains(text, "array_test.cpp:" + std::to_string(line));
  contains(text, "axis 2 of an array with 2 axes");

  line = __LINE__ + 1;
  text = error_of<ShapeError>([&] { return a.reshape({4, 2}); });
  contains(text, "reshape: the number of elements changes");
  contains(text, "array_test.cpp:" + std::to_string(line));
  contains(text, "f32[2,3] with 6 elements, new shape (4, 2)");

  line = __LINE__ + 1;
  text = error_of<ShapeError>([&] { return bm::concatenate({a, bm::ones({3, 3})}, 1); });
  contains(text, "concatenate: shapes differ outside the axis");
  contains(text, "array_test.cpp:" + std::to_string(line));

  line = __LINE__ + 1;
  text = error_of<ShapeError>([&] { return bm::matmul(a, a); });
  contains(text, "left f32[2,3], right f32[2,3]");
  contains(text, "array_test.cpp:" + std::to_string(line));

  CHECK_THROWS_AS(bm::array({{1, 2}, {3}}), ShapeError);
  CHECK_THROWS_AS(bm::arange(0, 10, 0), ValueError);
  CHECK_THROWS_AS(bm::linspace(0, 1, -1), ValueError);
  CHECK_THROWS_AS(bm::max(bm::zeros({0})), ValueError);
  CHECK_THROWS_AS(bm::stack({a, bm::ones({2, 2})}), ShapeError);
  CHECK_THROWS_AS(bm::concatenate({}), ValueError);
  CHECK_THROWS_AS(bm::transpose(a, {0, 0}), ValueError);
  CHECK_THROWS_AS(bm::sum(a, {0, 0}), ValueError);
  CHECK_THROWS_AS(bm::squeeze(a, 0), ShapeError);
  CHECK_THROWS_AS(bm::split(a, 2, 1), ValueError);
  CHECK_THROWS_AS(bm::power(bm::arange(3), -1), ValueError);
  CHECK_THROWS_AS(bm::pad(a, 1, "sideways"), ValueError);
  CHECK_THROWS_AS(bm::meshgrid({bm::arange(2)}, "yx"), ValueError);
  CHECK_THROWS_AS(bm::einsum("ij,jk->ik", {a}), ValueError);
  CHECK_THROWS_AS(bm::einsum("ij,jk->ik", {a, a}), ValueError);
  CHECK_THROWS_AS(bm::einsum("ij->ix", {a}), ValueError);
  CHECK_THROWS_AS(bm::linalg::inv(a), ShapeError);
  CHECK_THROWS_AS(bm::linalg::inv(bm::zeros({2, 2})), ValueError);
  CHECK_THROWS_AS(bm::linalg::solve(bm::eye(2), bm::ones({3})), ShapeError);
  CHECK_THROWS_AS(bm::exp(bm::Array()), ValueError);
  CHECK_THROWS_AS(bm::arange(3).astype(bm::DType::key), DTypeError);
  CHECK_THROWS_AS(bm::quantile(a, 1.5), ValueError);
  CHECK_THROWS_AS(bm::bincount(bm::array({1, -2})), ValueError);
  CHECK_THROWS_AS(bm::bincount(bm::array({1.0})), DTypeError);
  CHECK_THROWS_AS(bm::interp(1.0, bm::arange(3), bm::arange(2)), ShapeError);
  CHECK_THROWS_AS(bm::searchsorted(bm::arange(3), 1, "middle"), ValueError);
  CHECK_THROWS_AS(bm::array({3000000000}), ValueError);
}

TEST_CASE("calls as they are written in NumPy") {
  const bm::Array a = bm::arange(6).reshape({2, 3}), b = bm::arange(12).reshape({3, 4});
  CHECK(bm::array_equal(bm::einsum("ij,jk->ik", a, b), bm::matmul(a, b)).item<bool>());
  CHECK(bm::array_equal(bm::einsum("ij->ji", {a}), a.T()).item<bool>());
  CHECK(bm::split(b, 2, 1).size() == 2);
  CHECK(bm::split(b, {1}, 1)[0].shape() == bm::Shape{3, 1});
  CHECK(bm::sum(b, {0, 1}).item<int>() == 66);
  CHECK(bm::sum(b, -1).to_vector<int>() == std::vector<int>{6, 22, 38});
  CHECK(bm::tile(a, 2).shape() == bm::Shape{2, 6});
  CHECK(bm::tile(a, {2, 1}).shape() == bm::Shape{4, 3});
  CHECK(bm::pad(a, {{0, 1}, {2, 0}}).shape() == bm::Shape{3, 5});
  CHECK(bm::pad(a, 1, "edge").shape() == bm::Shape{4, 5});
  CHECK(bm::concatenate({a, a}, 1).shape() == bm::Shape{2, 6});
  CHECK(bm::reshape(a, {3, -1}).shape() == bm::Shape{3, 2});
  CHECK(bm::reshape(a, -1).shape() == bm::Shape{6});
  const auto [u, s, vh] = bm::linalg::svd(bm::eye(3));
  CHECK(s.to_vector<float>() == std::vector<float>{1, 1, 1});
}

TEST_CASE("empty arrays") {
  const bm::Array none = bm::zeros({0}), rows = bm::zeros({0, 3});
  CHECK((none + 1).size() == 0);
  CHECK(bm::sum(none).item<float>() == 0.0F);
  CHECK(bm::prod(none).item<float>() == 1.0F);
  CHECK(bm::all(none).item<bool>());
  CHECK_FALSE(bm::any(none).item<bool>());
  CHECK(bm::sum(rows, 0).to_vector<float>() == std::vector<float>(3, 0.0F));
  CHECK(bm::max(rows, 1).size() == 0);
  CHECK(bm::concatenate({rows, bm::ones({2, 3})}).shape() == bm::Shape{2, 3});
  CHECK(bm::matmul(rows, bm::ones({3, 2})).shape() == bm::Shape{0, 2});
  CHECK(bm::sort(none).size() == 0);
  CHECK(bm::cumsum(none).size() == 0);
  CHECK(bm::unique(none).size() == 0);
  CHECK(bm::reshape(rows, {3, 0}).shape() == bm::Shape{3, 0});
  CHECK(none.to_string() == "[]");
  CHECK(std::isnan(bm::mean(none).item<float>()));
}

TEST_CASE("functions whose shape depends on values refuse traced arrays") {
  transform::Trace trace(transform::Trace::Kind::whole, "f");
  const bm::Array x = trace.parameter({bm::float32, {4}}, "x");
  const std::string text = error_of<TraceError>([&] { return bm::unique(x); });
  CHECK(text.find("unique: the shape of the result depends on values") == 0);
  CHECK(text.find("array_test.cpp") != std::string::npos);
  CHECK_THROWS_AS(bm::nonzero(x), TraceError);
  CHECK_THROWS_AS(bm::argwhere(x), TraceError);
  CHECK_THROWS_AS(bm::arange(x), TraceError);
  CHECK_THROWS_AS(bm::histogram(x), TraceError);
  CHECK_THROWS_AS(bm::bincount(x.astype(bm::int32)), TraceError);
  CHECK(bm::bincount(x.astype(bm::int32), 5).shape() == bm::Shape{5});
  CHECK(bm::histogram(x, 4, 0.0, 1.0).counts.shape() == bm::Shape{4});
}

TEST_CASE("logical operators on arrays, Variables, views and numbers") {
  const bm::Array a = bm::array({true, true, false, false}), b = bm::array({1.0, 0.0, 2.0, 0.0});
  bm::Variable v(bm::array({true, false, true, false}));
  using Bools = std::vector<int>;
  CHECK((a && b).to_vector<int>() == Bools{1, 0, 0, 0});
  CHECK((a || v).to_vector<int>() == Bools{1, 1, 1, 0});
  CHECK((v && a).to_vector<int>() == Bools{1, 0, 0, 0});
  CHECK((v || v).to_vector<int>() == Bools{1, 0, 1, 0});
  CHECK((!v && !a).to_vector<int>() == Bools{0, 0, 0, 1});
  CHECK((!b).to_vector<int>() == Bools{0, 1, 0, 1});
  CHECK((b > 0.5 && b < 1.5).to_vector<int>() == Bools{1, 0, 0, 0});
  CHECK((v[bm::slice(2)] && a[bm::slice(2)]).to_vector<int>() == Bools{1, 0});
}
