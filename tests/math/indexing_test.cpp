// Indexing: what is read and replaced, at the user's line, by known and by traced indices. Agreement with NumPy over
// many index expressions is tested in tests/numpy.
#include "frontend/math/math.hpp"
#include "frontend/object/variable.hpp"
#include "frontend/transform/trace.h"
#include "support/catch.h"
#include "support/traced.h"

using namespace brainpy;
namespace bm = brainpy::math;
using transform::Trace;

namespace {

template <class F>
bm::Array traced(F&& f, const std::vector<bm::Array>& arguments) {
  return test_support::run_traced([&](const std::vector<bm::Array>& x) { return std::vector<bm::Array>{f(x)}; },
                                  arguments)
      .at(0);
}

bool same(const bm::Array& a, const bm::Array& b) { return a.type() == b.type() && bm::array_equal(a, b).item<bool>(); }

}  // namespace

TEST_CASE("parts of arrays") {
  const bm::Array a = bm::arange(10).reshape({2, 5});
  CHECK((a[{0, bm::slice(1, 4)}].to_vector<int>() == std::vector<int>{1, 2, 3}));
  CHECK(a[1].to_vector<int>() == std::vector<int>{5, 6, 7, 8, 9});
  CHECK((a[{-1, -1}].item<int>() == 9));
  CHECK((a[{bm::all_of(), bm::slice(bm::none, bm::none, -2)}].to_vector<int>() == std::vector<int>{4, 2, 0, 9, 7, 5}));
  CHECK((a[{bm::newaxis, bm::ellipsis, 0}].shape() == bm::Shape{1, 2}));
  CHECK(a[bm::array({1, 0})].shape() == bm::Shape{2, 5});
  CHECK((a[{bm::array({0, 1}), bm::array({4, 0})}].to_vector<int>() == std::vector<int>{4, 5}));
  CHECK(a[a > 6].to_vector<int>() == std::vector<int>{7, 8, 9});
}

TEST_CASE("replaced parts") {
  const bm::Array z = bm::zeros({4}, bm::int32);
  CHECK(z.at(1).set(5).to_vector<int>() == std::vector<int>{0, 5, 0, 0});
  CHECK(z.at(bm::slice(1, 3)).add(2).to_vector<int>() == std::vector<int>{0, 2, 2, 0});
  CHECK(z.at(bm::array({1, 1, 2})).add(1).to_vector<int>() == std::vector<int>{0, 2, 1, 0});
  CHECK(z.at(bm::array({true, false, false, true})).set(7).to_vector<int>() == std::vector<int>{7, 0, 0, 7});
  CHECK(z.at({bm::slice(bm::none, bm::none, -1)}).set(bm::arange(4)).to_vector<int>() == std::vector<int>{3, 2, 1, 0});
  CHECK(bm::ones({2, 2}).at({0, 1}).multiply(3.0).to_vector<float>() == std::vector<float>{1, 3, 1, 1});
  CHECK(bm::arange(3).at(bm::all_of()).max(1).to_vector<int>() == std::vector<int>{1, 1, 2});
  CHECK(bm::arange(3).at(2).get().item<int>() == 2);
}

TEST_CASE("traced indices give what known ones give") {
  const bm::Array a = bm::arange(12).reshape({3, 4}), i = bm::array(1), negative = bm::array(-1),
                  many = bm::array({2, 0, -1});
  using Arrays = std::vector<bm::Array>;
  CHECK(same(traced([](const Arrays& x) { return x[0][x[1]]; }, {a, i}), a[1]));
  CHECK(same(traced([](const Arrays& x) { return x[0][x[1]]; }, {a, negative}), a[-1]));
  CHECK(same(traced([](const Arrays& x) { return x[0][{bm::all_of(), x[1]}]; }, {a, i}), a[{bm::all_of(), 1}]));
  CHECK(same(traced([](const Arrays& x) { return x[0][{x[1], x[1]}]; }, {a, many}), a[{many, many}]));
  CHECK(same(traced([](const Arrays& x) { return x[0].at(x[1]).set(7); }, {a, i}), a.at(1).set(7)));
  CHECK(same(traced(
                 [](const Arrays& x) {
                   return x[0].at({x[1], bm::slice(1, 3)}).add(7);
                 },
                 {a, many}),
             a.at({many, bm::slice(1, 3)}).add(7)));
  CHECK(same(traced([](const Arrays& x) { return x[0].at(x[0] > 5).set(-1); }, {a}), bm::where(a > 5, -1, a)));
  CHECK(same(traced([](const Arrays& x) { return x[0].at(x[0] > 5).multiply(2); }, {a}), bm::where(a > 5, a * 2, a)));
  // A known index into a traced array.
  CHECK(same(traced([&](const Arrays& x) { return x[0][{many, many}]; }, {a}), a[{many, many}]));
  CHECK_THROWS_AS(traced([](const Arrays& x) { return x[0][x[1]]; }, {a, bm::array(7)}), IndexError);
}

TEST_CASE("views of Variables read and write through") {
  bm::Variable v(bm::arange(5));
  v[{bm::slice(0, 2)}] = 9;
  CHECK(v.value().to_vector<int>() == std::vector<int>{9, 9, 2, 3, 4});
  v[-1] += 1;
  CHECK(v.value().to_vector<int>() == std::vector<int>{9, 9, 2, 3, 5});
  CHECK(v.sum().item<int>() == 28);
}

TEST_CASE("indices that are refused") {
  const bm::Array a = bm::arange(10).reshape({2, 5});
  const auto text_of = [](auto&& f) -> std::string {
    try {
      f();
    } catch (const Error& e) {
      return e.what();
    }
    return "no error";
  };
  unsigned line = __LINE__ + 1;
  std::string text = text_of([&] { return a[{0, 5}]; });
  CHECK(text.find("index out of range") == 0);
  CHECK(text.find("at indexing_test.cpp:" + std::to_string(line)) != std::string::npos);
  CHECK(text.find("index 5 on axis 1, which has 5 elements") != std::string::npos);
  CHECK(text.find("hint: indices are -5 .. 4") != std::string::npos);

  CHECK_THROWS_AS((a[{0, 0, 0}]), IndexError);
  CHECK_THROWS_AS((a[{bm::ellipsis, bm::ellipsis}]), IndexError);
  CHECK_THROWS_AS(a[bm::array({0, 2})], IndexError);
  CHECK_THROWS_AS(a[bm::array({0.0})], DTypeError);
  CHECK_THROWS_AS(a[bm::array({true, false, true})], IndexError);
  CHECK_THROWS_AS(a[bm::slice(0, 1, 0)], IndexError);
  CHECK_THROWS_AS(a[bm::Array()], ValueError);
  CHECK_THROWS_AS(a.at(0).set(bm::ones({3})), ShapeError);
  CHECK_THROWS_AS(a.at(2).set(0), IndexError);

  Trace trace(Trace::Kind::whole, "f");
  const bm::Array x = trace.parameter({bm::float32, {4}}, "x");
  text = text_of([&] { return x[x > 0.0]; });
  CHECK(text.find("bm::where") != std::string::npos);
  CHECK(text.find("indexing_test.cpp") != std::string::npos);
}
