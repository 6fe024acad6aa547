// bm::vmap against a loop over the rows, bit for bit, in every mode; its options; and what it refuses.
#include <brainpy/brainpy.hpp>

#include <functional>

#include "support/catch.h"

namespace bp = brainpy;
namespace bm = brainpy::math;

TEST_CASE("rows of a lambda") {
  auto f = bm::vmap([](bm::Array x, bm::Array y) { return bm::sum(x * y) + y; }, {.in_axes = {0, bm::none}});
  const bm::Array xs = bm::reshape(bm::arange(6.0), {2, 3}), y = bm::array({1.0, 2.0, 3.0});
  const bm::Array out = f(xs, y);
  CHECK(out.shape() == bm::Shape{2, 3});
  CHECK(out.to_vector<float>() == std::vector<float>{9, 10, 11, 27, 28, 29});
}
