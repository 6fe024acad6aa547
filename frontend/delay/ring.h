// Rows at rotating places of one array: what all delays are made of.
// In: the array [rows, ...], places in [0, rows). Out: the array with one row replaced; rows; single elements.
#pragma once

#include "frontend/math/array_data.h"

namespace brainpy::delay {

using math::Array;
using math::Operand;
using math::Site;

/// Where row `number` of an endless list (an i64 scalar of any sign) lies in a ring of `rows` rows.
Array place_of(const Array& number, std::int64_t rows, const Site& site);
Array write_row(const Array& ring, const Array& place, const Array& row, const Site& site);
Array read_row(const Array& ring, const Array& place, const Site& site);
/// Element i from place[i]; the places have the shape of a row.
Array read_elements(const Array& ring, const Array& places, const Site& site);

}  // namespace brainpy::delay
