// What a history gives for a target: rows of its shape and element type.
// In: values and functions of the user, the target's type. Out: arrays, or an error at the history's line.
#pragma once

#include "frontend/delay/history.hpp"
#include "frontend/math/array_data.h"

namespace brainpy::delay {

using math::Array;
using math::Operand;
using math::Site;
using math::Type;

/// A value in the type: numbers fill it, arrays broadcast to it. Another kind of numbers is a DTypeError, another shape
/// a ShapeError; `family` names the user's class, `what` the value ("initial history").
Array in_type(const Operand& value, const Type& type, const char* family, const char* what, const Site& site);
/// The same for a value to be written: an array must have exactly the type.
Array written_value(const Operand& value, const Type& type, const char* family);
/// The history at time t: a scalar, or an array of the target's shape with a time for each element.
Array history_at(const math::History& history, const Array& t, const Type& type, const char* family);
/// Its derivative there.
Array history_slope(const math::History& history, const Array& t, const Type& type, const char* family);

}  // namespace brainpy::delay
