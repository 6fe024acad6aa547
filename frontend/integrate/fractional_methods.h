// The methods of fdeint by name.
// In: the states, the right-hand side, the past. Out: the states one step later; the past with this step in it.
#pragma once

#include <optional>
#include <span>

#include "frontend/integrate/fractional_history.h"
#include "frontend/integrate/integrator.hpp"

namespace brainpy::integrate {

/// What one state remembers.
struct FractionalState {
  double alpha = 1;
  std::unique_ptr<History> history;
  /// Where the solution starts, moved by jumps (methods that sum from there), and what the last step returned.
  std::optional<math::Variable> origin, current;
  /// The first slope (abm).
  std::optional<math::Variable> first;
};

/// One step of an equation.
struct FractionalStep {
  /// The right-hand side with its parameters bound.
  struct RightHandSide {
    virtual ~RightHandSide() = default;
    virtual Arrays operator()(const Arrays& states, const math::Operand& t) const = 0;
  };

  const RightHandSide& f;
  std::span<const std::unique_ptr<FractionalState>> memory;
  Arrays states;
  math::Operand t;
  double h;
  Array steps;  ///< done before this one, i64
  math::Site site;
};

struct FractionalMethod {
  std::vector<std::string> names;  ///< the first is the usual one
  std::vector<LagWeight> kinds;    ///< what History::sum is asked for
  bool has_origin, has_first;
  Arrays (*step)(const FractionalStep&);
};

/// The method, or a NameError that lists the known ones.
const FractionalMethod& find_fractional_method(const std::string& name, const math::Site& site);

}  // namespace brainpy::integrate
