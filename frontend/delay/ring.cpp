#include "frontend/delay/ring.h"

#include "frontend/math/primitives.h"

namespace brainpy::delay {

using math::number;

Array place_of(const Array& index, std::int64_t rows, const Site& site) {
  return Operand(index, site) % Operand(rows, site);
}

Array write_row(const Array& ring, const Array& place, const Array& row, const Site& site) {
  std::vector<Array> operands{ring, math::insert_axis(row, 0, site), place};
  for (int axis = 1; axis < ring.ndim(); ++axis) operands.push_back(number(math::DType::i64, std::int64_t{0}));
  return math::apply("dynamic_update_slice", operands, {}, site);
}

Array read_row(const Array& ring, const Array& place, const Site& site) {
  return math::take_axis(ring, place, 0, site);
}

Array read_elements(const Array& ring, const Array& places, const Site& site) {
  const math::Shape row = ring.shape().without_axis(0);
  const Array chosen =
      math::apply("take_along", {ring, math::insert_axis(places, 0, site)}, {{"axis", std::int64_t{0}}}, site);
  return math::reshape_to(chosen, row, site);
}

}  // namespace brainpy::delay
