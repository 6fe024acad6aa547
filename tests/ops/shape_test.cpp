// iota, broadcast, reshape, transpose, reverse, concatenate, pad, slice: against loops over places, and what they
// refuse.
#include "support/operations.h"

using namespace brainpy;
using namespace brainpy::test;
using Catch::Matchers::Contains;

TEST_CASE("iota counts row by row from start by step; integers wrap") {
  CHECK(values<float>(call1("iota", {scalar(2.0F), scalar(0.5F)}, {{"shape", List{2, 2}}})) ==
        std::vector<float>{2, 2.5F, 3, 3.5F});
  CHECK(values<std::int64_t>(call1("iota", {scalar<std::int64_t>(5), scalar<std::int64_t>(-3)},
                                   {{"shape", List{3}}})) == std::vector<std::int64_t>{5, 2, -1});
  CHECK(values<std::int32_t>(call1("iota", {scalar(INT32_MAX), scalar(1)}, {{"shape", List{2}}})) ==
        std::vector<std::int32_t>{INT32_MAX, INT32_MIN});
  // More than one chunk of the interpreter: the index goes on.
  CHECK(values<std::int32_t>(call1("iota", {scalar(0), scalar(1)}, {{"shape", List{1000}}}))[999] == 999);
  CHECK_THROWS_AS(call("iota", {scalar(0), scalar(1.0F)}, {{"shape", List{2}}}), DTypeError);
}

TEST_CASE("broadcast stretches axes of extent 1 and adds leading ones") {
  const Shape from{2, 1, 3}, to{2, 2, 4, 3};
  const Tensor x = counting<std::int32_t>(from), y = call1("broadcast", {x}, {{"shape", List{2, 2, 4, 3}}});
  REQUIRE(y.type.shape == to);
  for (std::int64_t i = 0; i < to.size(); ++i) {
    const List p = place_of(to, i);
    CHECK(y.as<std::int32_t>()[i] == x.as<std::int32_t>()[offset_of(from, {p[1], 0, p[3]})]);
  }
  CHECK(values<bool>(call1("broadcast", {scalar(true)}, {{"shape", List{3}}})) == std::vector<std::uint8_t>{1, 1, 1});
  CHECK(call1("broadcast", {counting<float>({1})}, {{"shape", List{0}}}).type.size() == 0);
  CHECK_THROWS_WITH(
      call("broadcast", {counting<float>({2})}, {{"shape", List{3}}}),
      Contains("broadcast") && Contains("f32[2]") && Contains("(3,)") && Contains("hint") && Contains("test.cpp:1"));
  CHECK_THROWS_AS(call("broadcast", {counting<float>({2, 3})}, {{"shape", List{3}}}), ShapeError);
}

TEST_CASE("reshape keeps the order and refuses another number of elements") {
  const Tensor x = counting<double>({2, 6});
  CHECK(values<double>(call1("reshape", {x}, {{"shape", List{3, 2, 2}}})) == values<double>(x));
  CHECK_THROWS_WITH(call("reshape", {x}, {{"shape", List{5}}}), Contains("f64[2,6] has 12") && Contains("has 5"));
  CHECK_THROWS_AS(call("reshape", {x}), ValueError);
}

TEST_CASE("transpose by any permutation, also over tiles") {
  const std::vector<List> orders = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
  const Shape from{5, 40, 67};
  const Tensor x = counting<std::int32_t>(from);
  for (const List& order : orders) {
    const Tensor y = call1("transpose", {x}, {{"axes", order}});
    bool equal = true;
    for (std::int64_t i = 0; i < y.type.size(); ++i) {
      const List p = place_of(y.type.shape, i);
      List q(3);
      for (std::size_t a = 0; a < 3; ++a) q[static_cast<std::size_t>(order[a])] = p[a];
      equal = equal && y.as<std::int32_t>()[i] == x.as<std::int32_t>()[offset_of(from, q)];
    }
    CHECK(equal);
  }
  CHECK_THROWS_AS(call("transpose", {x}, {{"axes", List{0, 0, 1}}}), ValueError);
  CHECK_THROWS_AS(call("transpose", {x}, {{"axes", List{0, 1}}}), ValueError);
  CHECK_THROWS_AS(call("transpose", {x}, {{"axes", List{0, 1, 3}}}), ValueError);
}

TEST_CASE("reverse any set of axes") {
  const Shape shape{3, 2, 4};
  const Tensor x = counting<std::int64_t>(shape);
  for (const List& axes : std::vector<List>{{}, {0}, {1}, {2}, {0, 2}, {2, 1, 0}}) {
    const Tensor y = call1("reverse", {x}, {{"axes", axes}});
    for (std::int64_t i = 0; i < shape.size(); ++i) {
      List p = place_of(shape, i);
      for (std::int64_t a : axes) {
        auto& k = p[static_cast<std::size_t>(a)];
        k = shape[static_cast<int>(a)] - 1 - k;
      }
      CHECK(y.as<std::int64_t>()[i] == x.as<std::int64_t>()[offset_of(shape, p)]);
    }
  }
  CHECK_THROWS_AS(call("reverse", {x}, {{"axes", List{3}}}), ValueError);
  CHECK_THROWS_AS(call("reverse", {x}, {{"axes", List{-1}}}), ValueError);
  CHECK_THROWS_AS(call("reverse", {x}, {{"axes", List{1, 1}}}), ValueError);
}

TEST_CASE("concatenate along any axis, with empty parts") {
  const Tensor a = counting<float>({2, 2}), b = counting<float>({2, 0}), c = counting<float>({2, 1}, 10);
  CHECK(values<float>(call1("concatenate", {a, b, c}, {{"axis", std::int64_t{1}}})) ==
        std::vector<float>{0, 1, 10, 2, 3, 11});
  CHECK(values<float>(call1("concatenate", {a, a}, {{"axis", std::int64_t{0}}})) ==
        std::vector<float>{0, 1, 2, 3, 0, 1, 2, 3});
  CHECK(values<float>(call1("concatenate", {a}, {{"axis", std::int64_t{0}}})) == values<float>(a));
  CHECK_THROWS_AS(call("concatenate", {a, c}, {{"axis", std::int64_t{0}}}), ShapeError);
  CHECK_THROWS_AS(call("concatenate", {a, counting<double>({2, 2})}, {{"axis", std::int64_t{0}}}), DTypeError);
  CHECK_THROWS_AS(call("concatenate", {a, a}, {{"axis", std::int64_t{2}}}), ValueError);
  CHECK_THROWS_AS(call("concatenate", {}, {{"axis", std::int64_t{0}}}), ValueError);
  CHECK_THROWS_AS(call("concatenate", {scalar(1.0F)}, {{"axis", std::int64_t{0}}}), ValueError);
}

TEST_CASE("pad surrounds the array with the value") {
  const Tensor x = counting<std::int32_t>({2, 2}, 1), value = scalar(9);
  CHECK(values<std::int32_t>(call1("pad", {x, value}, {{"low", List{1, 0}}, {"high", List{0, 2}}})) ==
        std::vector<std::int32_t>{9, 9, 9, 9, 1, 2, 9, 9, 3, 4, 9, 9});
  CHECK(values<std::int32_t>(call1("pad", {counting<std::int32_t>({0}), value},
                                   {{"low", List{1}}, {"high", List{1}}})) == std::vector<std::int32_t>{9, 9});
  CHECK_THROWS_AS(call("pad", {x, value}, {{"low", List{-1, 0}}, {"high", List{0, 0}}}), ValueError);
  CHECK_THROWS_AS(call("pad", {x, value}, {{"low", List{1}}, {"high", List{1}}}), ValueError);
  CHECK_THROWS_AS(call("pad", {x, x}, {{"low", List{1, 0}}, {"high", List{0, 0}}}), ShapeError);
  CHECK_THROWS_AS(call("pad", {x, scalar(1.0F)}, {{"low", List{1, 0}}, {"high", List{0, 0}}}), DTypeError);
}

TEST_CASE("slice with positive and negative steps") {
  const Tensor x = counting<std::int32_t>({10});
  const auto part = [&](std::int64_t start, std::int64_t stop, std::int64_t step) {
    return values<std::int32_t>(
        call1("slice", {x}, {{"start", List{start}}, {"stop", List{stop}}, {"step", List{step}}}));
  };
  for (std::int64_t step : {-7, -3, -2, -1, 1, 2, 3, 7})
    for (std::int64_t start = 0; start < 10; ++start)
      for (std::int64_t stop = -1; stop <= 10; ++stop) {
        std::vector<std::int32_t> expected;
        for (std::int64_t i = start; step > 0 ? i < stop : i > stop; i += step)
          expected.push_back(static_cast<std::int32_t>(i));
        INFO("slice " << start << ":" << stop << ":" << step);
        CHECK(part(start, stop, step) == expected);
      }
  const Tensor plane = counting<std::int32_t>({3, 4});
  CHECK(values<std::int32_t>(
            call1("slice", {plane}, {{"start", List{2, 1}}, {"stop", List{-1, 4}}, {"step", List{-2, 2}}})) ==
        std::vector<std::int32_t>{9, 11, 1, 3});
  CHECK_THROWS_AS(part(0, 10, 0), ValueError);
  CHECK_THROWS_AS(part(0, 11, 1), ValueError);
  CHECK_THROWS_AS(part(-1, 3, 1), ValueError);
  CHECK_THROWS_AS(part(10, 0, -1), ValueError);
}
