// A function of arrays seen as a function of one of its arguments, traced or eager: its derivative, or, where it is
// affine, its exact slope and offset.
// In: a function, its arguments, which of them. Out: its results and, for each of these arguments, one of both.
#pragma once

#include "frontend/transform/structure.hpp"

namespace brainpy::integrate {

using transform::Arrays;
using transform::Function;

struct Linearized {
  /// What result k is as a function of argument k, all others held.
  struct Part {
    /// Result k = slope * argument k + offset exactly, with one slope (a scalar) for all elements.
    bool affine = false;
    /// The slope; where the result is not affine: its derivative, element by element (the Jacobian's diagonal for
    /// elementwise functions).
    math::Array slope;
    math::Array offset;  ///< of an affine result; without data when it is zero
  };
  Arrays results;
  std::vector<Part> parts;
};

/// Part k is about result k and argument k, for k below `count`.
Linearized linearize(const Function& function, const Arrays& arguments, std::size_t count, const math::Site& site);

}  // namespace brainpy::integrate
