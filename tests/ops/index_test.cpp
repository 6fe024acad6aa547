// take, gather, take_along, the scatter operations and updated regions: against loops, with indices that count from the
// end, with repeated ones, and with those that are refused.
#include "support/operations.h"

using namespace brainpy;
using namespace brainpy::test;
using Catch::Matchers::Contains;

namespace {

const compiler::Attributes axis0{{"axis", std::int64_t{0}}}, axis1{{"axis", std::int64_t{1}}};

template <class T>
Tensor indices(const Shape& shape, std::vector<T> list) {
  return tensor<T>(shape, list);
}

}  // namespace

TEST_CASE("take replaces the axis by the axes of the indices") {
  const Tensor x = counting<double>({3, 4, 2});
  const Tensor i = indices<std::int32_t>({2, 2}, {0, -1, 2, -4});
  const Tensor y = call1("take", {x, i}, axis1);
  REQUIRE(y.type.shape == Shape{3, 2, 2, 2});
  for (std::int64_t k = 0; k < y.type.size(); ++k) {
    const List p = place_of(y.type.shape, k);
    const std::int64_t index = i.as<std::int32_t>()[p[1] * 2 + p[2]];
    CHECK(y.as<double>()[k] == x.as<double>()[offset_of(x.type.shape, {p[0], (index + 4) % 4, p[3]})]);
  }
  CHECK(values<float>(call1("take", {counting<float>({5}), indices<std::int64_t>({}, {-1})}, axis0)) ==
        std::vector<float>{4});
  CHECK(call1("take", {counting<float>({0, 2}), indices<std::int64_t>({0}, {})}, axis0).type.shape == Shape{0, 2});
}

TEST_CASE("an index out of range is an IndexError that names it, and reads nothing outside") {
  const Tensor x = counting<float>({10});
  CHECK_THROWS_WITH(call("take", {x, indices<std::int32_t>({2}, {3, 12})}, axis0),
                    Contains("index 12, axis 0 of size 10") && Contains("test.cpp:1"));
  CHECK_THROWS_AS(call("take", {x, indices<std::int64_t>({1}, {-11})}, axis0), IndexError);
  CHECK_THROWS_AS(call("take", {x, indices<std::int64_t>({1}, {INT64_MIN})}, axis0), IndexError);
  CHECK_THROWS_AS(call("take", {x, indices<std::int64_t>({1}, {INT64_MAX})}, axis0), IndexError);
  CHECK_THROWS_AS(call("gather", {x, indices<std::int32_t>({1, 1}, {10})}), IndexError);
  CHECK_THROWS_AS(call("take_along", {x, indices<std::int32_t>({1}, {10})}, axis0), IndexError);
  CHECK_THROWS_AS(call("scatter_add", {x, indices<std::int32_t>({1, 1}, {10}), counting<float>({1})}), IndexError);

  // The kernel itself, as compiled code calls it: the first failure is kept, the element clamped.
  const Tensor i = indices<std::int32_t>({3}, {99, -99, 1});
  Tensor out = runtime::make_tensor(f32({3}));
  const std::vector<Type> in_types = {x.type, i.type}, out_types = {out.type};
  const void* in[] = {x.data->data(), i.data->data()};
  void* results[] = {out.data->data()};
  compiler::KernelError error;
  compiler::registry().get("take").kernel({in_types, out_types, in, results, &axis0, &error});
  CHECK(error.failed);
  CHECK(error.message == "index 99, axis 0 of size 10");
  CHECK(values<float>(out) == std::vector<float>{9, 0, 1});
}

TEST_CASE("gather indexes the first axes") {
  const Tensor x = counting<std::int32_t>({3, 4, 2});
  CHECK(values<std::int32_t>(call1("gather", {x, indices<std::int32_t>({2, 2}, {1, -1, 0, 2})},
                                   {{"axes", std::int64_t{2}}})) == std::vector<std::int32_t>{14, 15, 4, 5});
  CHECK(values<std::int32_t>(call1("gather", {x, indices<std::int64_t>({1, 3}, {2, 3, 1})})) ==
        std::vector<std::int32_t>{23});
  CHECK_THROWS_AS(call("gather", {x, indices<std::int64_t>({4}, {0, 0, 0, 0})}), ShapeError);
  CHECK_THROWS_AS(call("gather", {x, indices<std::int64_t>({1, 4}, {0, 0, 0, 0})}), ShapeError);
  CHECK_THROWS_AS(call("gather", {x, counting<float>({1, 1})}), DTypeError);
  CHECK_THROWS_AS(call("gather", {x, indices<std::int64_t>({1, 1}, {0})}, {{"axes", std::int64_t{2}}}), ValueError);
  CHECK_THROWS_AS(call("gather", {counting<float>({0}), indices<std::int64_t>({1, 1}, {0})}), IndexError);
}

TEST_CASE("take_along picks along one axis") {
  const Tensor x = counting<float>({2, 3});
  CHECK(values<float>(call1("take_along", {x, indices<std::int32_t>({2, 2}, {2, 0, -1, 1})}, axis1)) ==
        std::vector<float>{2, 0, 5, 4});
  CHECK(values<float>(call1("take_along", {x, indices<std::int32_t>({1, 3}, {1, 0, 1})}, axis0)) ==
        std::vector<float>{3, 1, 5});
  CHECK_THROWS_AS(call("take_along", {x, indices<std::int32_t>({3}, {0, 0, 0})}, axis0), ShapeError);
  CHECK_THROWS_AS(call("take_along", {x, indices<std::int32_t>({1, 2}, {0, 0})}, axis0), ShapeError);
  CHECK_THROWS_AS(call("take_along", {x, x}, axis0), DTypeError);
}

TEST_CASE("scatter applies the updates in order") {
  const Tensor x = counting<float>({4}, 1), i = indices<std::int32_t>({4, 1}, {1, -1, 1, 3});
  const Tensor u = tensor<float>({4}, {10, 0.5F, -20, 2});
  const auto result = [&](const char* name) { return values<float>(call1(name, {x, i, u})); };
  CHECK(result("scatter_set") == std::vector<float>{1, -20, 3, 2});
  CHECK(result("scatter_add") == std::vector<float>{1, -8, 3, 6.5F});
  CHECK(result("scatter_mul") == std::vector<float>{1, -400, 3, 4});
  CHECK(result("scatter_min") == std::vector<float>{1, -20, 3, 0.5F});
  CHECK(result("scatter_max") == std::vector<float>{1, 10, 3, 4});
  // The order matters: in another one this sum of f32 would be 1.
  const Tensor same = indices<std::int64_t>({3, 1}, {0, 0, 0});
  CHECK(*call1("scatter_add", {tensor<float>({1}, {1}), same, tensor<float>({3}, {1e8F, -1e8F, 0})}).as<float>() ==
        0.0F);
  // Rows, and an operand that is left alone.
  const Tensor rows = call1("scatter_set", {tensor<bool>({2, 2}, {false, true, true, true}),
                                            indices<std::int64_t>({1, 1}, {1}), tensor<bool>({1, 2}, {false, true})});
  CHECK(values<bool>(rows) == std::vector<std::uint8_t>{0, 1, 0, 1});
  CHECK(values<float>(x) == std::vector<float>{1, 2, 3, 4});
  const float nan = NAN;
  CHECK(std::isnan(
      *call1("scatter_max", {tensor<float>({1}, {1}), indices<std::int64_t>({1, 1}, {0}), tensor<float>({1}, {nan})})
           .as<float>()));
  CHECK(*call1("scatter_add", {tensor<std::int32_t>({1}, {INT32_MAX}), indices<std::int64_t>({1, 1}, {0}),
                               tensor<std::int32_t>({1}, {1})})
             .as<std::int32_t>() == INT32_MIN);

  CHECK_THROWS_WITH(call("scatter_set", {x, i, tensor<float>({3}, {1, 2, 3})}), Contains("f32[3]") && Contains("(4,)"));
  CHECK_THROWS_AS(call("scatter_set", {x, i, tensor<double>({4}, {1, 2, 3, 4})}), DTypeError);
  CHECK_THROWS_AS(call("scatter_set", {x, u, u}), DTypeError);
  CHECK_THROWS_AS(call("scatter_set", {x, indices<std::int32_t>({4}, {0, 1, 2, 3}), u}), ShapeError);
}

TEST_CASE("scatter may compute in place") {
  Tensor x = counting<float>({3});
  const Tensor i = indices<std::int32_t>({1, 1}, {2}), u = tensor<float>({1}, {5});
  const std::vector<Type> in_types = {x.type, i.type, u.type}, out_types = {x.type};
  const void* in[] = {x.data->data(), i.data->data(), u.data->data()};
  void* out[] = {x.data->data()};
  const compiler::Attributes none;
  compiler::KernelError error;
  compiler::registry().get("scatter_add").kernel({in_types, out_types, in, out, &none, &error});
  CHECK(values<float>(x) == std::vector<float>{0, 1, 7});
}

TEST_CASE("update_slice replaces a static region") {
  const Tensor x = counting<std::int32_t>({3, 4}), u = tensor<std::int32_t>({2, 2}, {-1, -2, -3, -4});
  CHECK(values<std::int32_t>(call1("update_slice", {x, u}, {{"start", List{0, 1}}, {"step", List{2, 2}}})) ==
        std::vector<std::int32_t>{0, -1, 2, -2, 4, 5, 6, 7, 8, -3, 10, -4});
  CHECK_THROWS_AS(call("update_slice", {x, u}, {{"start", List{2, 1}}, {"step", List{1, 1}}}), ShapeError);
  CHECK_THROWS_AS(call("update_slice", {x, u}, {{"start", List{-1, 1}}, {"step", List{1, 1}}}), ShapeError);
  CHECK_THROWS_AS(call("update_slice", {x, u}, {{"start", List{0, 1}}, {"step", List{0, 1}}}), ValueError);
  CHECK_THROWS_AS(call("update_slice", {x, u}, {{"start", List{0}}, {"step", List{1}}}), ValueError);
  CHECK_THROWS_AS(call("update_slice", {x, counting<float>({2, 2})}, {{"start", List{0, 1}}, {"step", List{1, 1}}}),
                  DTypeError);
  CHECK_THROWS_AS(call("update_slice", {x, counting<std::int32_t>({2})}, {{"start", List{0, 1}}, {"step", List{1, 1}}}),
                  ShapeError);
}

TEST_CASE("dynamic regions are moved inside the array") {
  const Tensor x = counting<std::int32_t>({5}), u = tensor<std::int32_t>({2}, {-1, -2});
  const auto read = [&](std::int64_t start) {
    return values<std::int32_t>(call1("dynamic_slice", {x, scalar(start)}, {{"sizes", List{2}}}));
  };
  CHECK(read(1) == std::vector<std::int32_t>{1, 2});
  CHECK(read(-7) == std::vector<std::int32_t>{0, 1});
  CHECK(read(4) == std::vector<std::int32_t>{3, 4});
  CHECK(read(INT64_MAX) == std::vector<std::int32_t>{3, 4});
  const auto written = [&](std::int64_t start) {
    return values<std::int32_t>(call1("dynamic_update_slice", {x, u, scalar(start)}));
  };
  CHECK(written(2) == std::vector<std::int32_t>{0, 1, -1, -2, 4});
  CHECK(written(9) == std::vector<std::int32_t>{0, 1, 2, -1, -2});
  CHECK_THROWS_AS(call("dynamic_slice", {x}, {{"sizes", List{2}}}), ValueError);
  CHECK_THROWS_AS(call("dynamic_slice", {x, scalar(0)}, {{"sizes", List{2}}}), DTypeError);
  CHECK_THROWS_AS(call("dynamic_slice", {x, scalar<std::int64_t>(0)}, {{"sizes", List{6}}}), ShapeError);
  CHECK_THROWS_AS(call("dynamic_slice", {}, {{"sizes", List{2}}}), Error);
  CHECK_THROWS_AS(call("dynamic_update_slice", {u, x, scalar<std::int64_t>(0)}), ShapeError);
  CHECK_THROWS_AS(call("dynamic_update_slice", {x, counting<float>({2}), scalar<std::int64_t>(0)}), DTypeError);
}
