// sort, argsort, searchsorted: order, stability, NaN last, both lengths of line, bad input.
#include "support/operands.h"
#include "support/operations.h"

using namespace brainpy;
using namespace brainpy::test;

namespace {

compiler::Attributes along(std::int64_t axis, bool descending = false) {
  return {{"axis", axis}, {"descending", descending}};
}

}  // namespace

TEST_CASE("argsort is a stable permutation that sorts, and sort agrees with it") {
  const std::int64_t n = GENERATE(1, 2, 31, 32, 33, 500);
  const bool descending = GENERATE(false, true);
  constexpr std::uint64_t seed = 11;
  INFO("seed " << seed << ", n " << n);
  Numbers numbers(seed);
  Tensor x = random_operand(i32({n, 3}), {0, 9}, numbers);
  for (int axis : {0, 1}) {
    const Tensor places = call1("argsort", {x}, along(axis, descending));
    const Tensor sorted = call1("sort", {x}, along(axis, descending));
    CHECK(same_bits(sorted, call1("take_along", {x, places}, along(axis))));
    const std::int64_t lines = axis == 0 ? 3 : n, length = axis == 0 ? n : 3, stride = axis == 0 ? 3 : 1,
                       next = axis == 0 ? 1 : 3;
    for (std::int64_t line = 0; line < lines; ++line) {
      std::vector<bool> seen(static_cast<std::size_t>(length), false);
      const std::int32_t *place = places.as<std::int32_t>() + line * next,
                         *value = sorted.as<std::int32_t>() + line * next;
      bool ordered = true;
      for (std::int64_t k = 0; k < length; ++k) {
        seen[static_cast<std::size_t>(place[k * stride])] = true;
        if (k == 0) continue;
        const std::int32_t before = value[(k - 1) * stride], now = value[k * stride];
        ordered = ordered && (descending ? before >= now : before <= now);
        if (before == now) ordered = ordered && place[(k - 1) * stride] < place[k * stride];
      }
      CHECK(ordered);
      CHECK(std::count(seen.begin(), seen.end(), false) == 0);
    }
  }
}

TEST_CASE("NaN comes last in both orders, zeros keep their places") {
  const Tensor x = tensor<float>({6}, {2, NAN, -INFINITY, 0.0F, -0.0F, INFINITY});
  CHECK(values<std::int32_t>(call1("argsort", {x}, along(0))) == std::vector<std::int32_t>{2, 3, 4, 0, 5, 1});
  CHECK(values<std::int32_t>(call1("argsort", {x}, along(0, true))) == std::vector<std::int32_t>{5, 0, 3, 4, 2, 1});
  CHECK(values<bool>(call1("sort", {tensor<bool>({3}, {true, false, true})}, along(0))) ==
        std::vector<std::uint8_t>{0, 1, 1});
  CHECK_THROWS_AS(call("sort", {x}, along(1)), ValueError);
  CHECK_THROWS_AS(call("argsort", {scalar(1.0F)}, along(0)), ValueError);
  CHECK_THROWS_AS(call("sort", {x}), ValueError);
}

TEST_CASE("searchsorted: before and after equals") {
  const Tensor sorted = tensor<double>({5}, {1, 2, 2, 3, NAN});
  const Tensor v = tensor<double>({2, 3}, {0, 2, 2.5, 3, 9, NAN});
  CHECK(values<std::int32_t>(call1("searchsorted", {sorted, v})) == std::vector<std::int32_t>{0, 1, 3, 3, 4, 4});
  CHECK(values<std::int32_t>(call1("searchsorted", {sorted, v}, {{"right", true}})) ==
        std::vector<std::int32_t>{0, 3, 3, 4, 4, 5});
  CHECK(values<std::int32_t>(call1("searchsorted", {tensor<double>({0}, {}), scalar(1.0)})) ==
        std::vector<std::int32_t>{0});
  CHECK_THROWS_AS(call("searchsorted", {v, sorted}), ShapeError);
  CHECK_THROWS_AS(call("searchsorted", {sorted, scalar(1.0F)}), DTypeError);
}
