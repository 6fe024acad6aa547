// Functions of the form slope * x + offset, recognised by their operations: what exact steps of linear equations need.
// In: a pure function, one of its parameters, one of its results. Out: a program that computes slope and offset.
#pragma once

#include <memory>
#include <optional>

#include "compiler/ir/ir.h"

namespace brainpy::compiler::transform {

struct Affine {
  /// Parameters and symbols of the function. Results: the slope, a scalar, then the offset unless that is zero.
  std::unique_ptr<ir::Program> program;
  bool has_offset = false;
};

/// `result` as an affine function of `parameter`, element by element with one slope for all, or nothing when the
/// operations do not show that it is one (a sum of products that cancels is not found) or do not depend on it.
std::optional<Affine> affine(const ir::Program& f, int parameter, int result);

}  // namespace brainpy::compiler::transform
