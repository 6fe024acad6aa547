// A function of arrays recorded as a program, traced or eager, so that it can be differentiated; and its best linear
// form in one of its arguments: its derivative or, where it is affine, its exact slope and offset.
// In: a function, its arguments. Out: its results, and derivatives of them.
#pragma once

#include "frontend/transform/structure.hpp"

namespace brainpy::compiler::ir {
struct Program;
}

namespace brainpy::integrate {

using transform::Arrays;
using transform::Function;

/// A function at given arguments, as a program. What it captures from outside are further parameters.
class RecordedFunction {
 public:
  RecordedFunction(const Function& function, const Arrays& arguments, const math::Site& site);
  ~RecordedFunction();

  const compiler::ir::Program& program() const { return *program_; }
  /// The number of results.
  std::size_t results() const;
  /// Whether element i of every result depends on element i of the first `count` arguments alone.
  bool is_elementwise(std::size_t count) const;
  /// Runs a program that was derived from this one: its arguments are this one's, then `more`.
  Arrays run(const compiler::ir::Program& derived, const Arrays& more = {}) const;
  /// The derivative along a direction: one tangent for each of the first arguments; results, then their tangents.
  Arrays along(const Arrays& tangents) const;
  /// The same along the unit direction of every element of argument k at once: for elementwise functions.
  Arrays along_ones(std::size_t k) const;
  /// The results where they are known without running anything (in eager mode), else empty.
  const Arrays& known_results() const { return known_results_; }

 private:
  std::unique_ptr<compiler::ir::Program> program_;
  Arrays operands_, known_results_;
  math::Site site_;
};

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
  Arrays results;  ///< empty where no part needed them
  std::vector<Part> parts;
};

/// Part k is about result k and argument k, for k below `count`.
Linearized linearize(const Function& function, const Arrays& arguments, std::size_t count, const math::Site& site);

}  // namespace brainpy::integrate
