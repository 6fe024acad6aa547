// Rows at rotating places of one array: what all delays are made of.
// In: the array [rows, ...], places in [0, rows). Out: the array with one row replaced; rows; single elements. To be
// called where operations are attributed to the user's line (math::AttributedTo).
#pragma once

#include "frontend/math/array_data.h"

namespace brainpy::delay {

using math::Array;

/// Where row `number` of an endless list (an i64 scalar of any sign) lies in a ring of `rows` rows.
Array place_of(const Array& number, std::int64_t rows);
/// The place `back` rows before another one, 0 <= back < rows; of the same integer type, one or many.
Array place_before(const Array& place, const Array& back, std::int64_t rows);
Array write_row(const Array& ring, const Array& place, const Array& row);
Array read_row(const Array& ring, const Array& place);
/// Element i from place[i]; the places have the shape of a row.
Array read_elements(const Array& ring, const Array& places);

}  // namespace brainpy::delay
