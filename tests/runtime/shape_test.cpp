// Shapes and the broadcasting rule.
#include "runtime/shape.h"

#include "runtime/error.h"
#include "support/catch.h"

using namespace brainpy::runtime;

TEST_CASE("shapes print as NumPy prints them") {
  CHECK(to_string(Shape{}) == "()");
  CHECK(to_string(Shape{5}) == "(5,)");
  CHECK(to_string(Shape{2, 5}) == "(2, 5)");
  CHECK(to_string(Type{DType::f32, {3200}}) == "f32[3200]");
}

TEST_CASE("broadcasting aligns the last axes") {
  Shape out;
  CHECK(broadcast({2, 1}, {3}, out));
  CHECK(out == Shape{2, 3});
  CHECK(broadcast({}, {4, 5}, out));
  CHECK(out == Shape{4, 5});
  CHECK(broadcast({0}, {1}, out));
  CHECK(out == Shape{0});
  CHECK_FALSE(broadcast({2, 3}, {4}, out));
}

TEST_CASE("bad shapes are refused") {
  CHECK_THROWS_AS(Shape({-1}), ShapeError);
  CHECK_THROWS_AS(Shape({1, 1, 1, 1, 1, 1, 1, 1, 1}), ShapeError);
  CHECK(normalize_axis(2, 2) == -1);
  CHECK(normalize_axis(-1, 2) == 1);
}
