#include "frontend/delay/ring.h"

#include "frontend/math/elementwise.hpp"
#include "frontend/math/primitives.h"

namespace brainpy::delay {

using math::Site;

Array place_of(const Array& number, std::int64_t rows) { return number % rows; }

Array place_before(const Array& place, const Array& back, std::int64_t rows) {
  const Array moved = place - back;
  return math::where(moved < 0, moved + rows, moved);
}

Array write_row(const Array& ring, const Array& place, const Array& row) {
  const Site site = Site::current();
  std::vector<Array> operands{ring, math::insert_axis(row, 0, site), place};
  for (int axis = 1; axis < ring.ndim(); ++axis) operands.push_back(math::number(math::DType::i64, std::int64_t{0}));
  return math::apply("dynamic_update_slice", operands, {}, site);
}

Array read_row(const Array& ring, const Array& place) { return math::take_axis(ring, place, 0, Site::current()); }

Array read_elements(const Array& ring, const Array& places) {
  const Site site = Site::current();
  const Array chosen =
      math::apply("take_along", {ring, math::insert_axis(places, 0, site)}, {{"axis", std::int64_t{0}}}, site);
  return math::reshape_to(chosen, ring.shape().without_axis(0), site);
}

}  // namespace brainpy::delay
