// The Jacobian of a right-hand side, by its derivative, and linear equations with it: for implicit methods.
// In: a problem, states. Out: df/dx as blocks of single elements (units that do not depend on each other) or as one
// dense matrix, whichever the operations of f allow.
#pragma once

#include "frontend/integrate/methods.h"

namespace brainpy::integrate {

class Jacobian {
 public:
  /// At the states, `fraction` of a step after the problem's time.
  Jacobian(const OdeProblem& problem, const Arrays& states, double fraction);

  /// f there.
  const Arrays& slopes() const { return slopes_; }
  /// y of (1 - scale df/dx) y = right. A singular matrix gives NaN or infinity element by element; a dense one is an
  /// error of `solve`.
  Arrays solve(const Operand& scale, const Arrays& right) const;

 private:
  Arrays solve_blocks(const Operand& scale, Arrays right) const;
  Arrays solve_dense(const Operand& scale, const Arrays& right) const;

  Arrays slopes_;
  std::vector<Arrays> blocks_;  ///< blocks_[i][j] = df_i/dx_j, element by element
  Array matrix_;                ///< rows and columns: the elements of all states, one state after the other
};

/// df/dt at the problem's states and time.
Arrays time_slopes(const OdeProblem& problem);

}  // namespace brainpy::integrate
