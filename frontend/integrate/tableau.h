// All explicit Runge-Kutta methods in one table, and the check of a tableau against the order conditions.
// In: a name. Out: its tableau.
#pragma once

#include <span>

#include "frontend/integrate/ode_problem.hpp"

namespace brainpy::integrate {

struct NamedTableau {
  const char* name;
  Tableau tableau;
};

/// Those that the library knows; the methods with an error estimate come last.
std::span<const NamedTableau> tableaus();

/// The first order condition up to `order` (at most 4) that the weights violate by more than 1e-9, as text, or "" when
/// they satisfy all: "order 3: sum b_i c_i^2 = 0.25, not 0.333333".
std::string violated_condition(const Tableau& tableau, const std::vector<double>& weights, int order);

/// Why the sizes of the tableau do not fit together, or "".
std::string misfit(const Tableau& tableau);

/// True when the last stage is the slope at the step's end: it is the first one of the next step.
bool first_same_as_last(const Tableau& tableau);

}  // namespace brainpy::integrate
