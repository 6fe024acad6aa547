// The derivative of a function of arrays along one of its arguments, traced or eager.
// In: a function, its arguments, which argument. Out: its results and their change for a unit change of that argument,
// element by element (the diagonal of the Jacobian for elementwise functions).
#pragma once

#include "frontend/transform/structure.hpp"

namespace brainpy::integrate {

using transform::Arrays;
using transform::Function;

struct Linearized {
  Arrays results;
  /// For each asked (argument, result) pair: d result / d argument. Null arrays where it is exactly zero.
  Arrays slopes;
};

/// Slope k is that of result k along argument k, for k below `count`.
Linearized linearize(const Function& function, const Arrays& arguments, std::size_t count, const math::Site& site);

}  // namespace brainpy::integrate
