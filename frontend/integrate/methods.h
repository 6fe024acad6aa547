// The methods of odeint by name.
// In: a name. Out: what makes one step.
#pragma once

#include "frontend/integrate/ode_problem.hpp"

namespace brainpy::integrate {

using math::Operand;
using transform::Arrays;

/// A method and, where it is one, its tableau.
struct MethodEntry {
  std::string name;
  std::shared_ptr<const OdeMethod> step;
  std::shared_ptr<const Tableau> tableau;  ///< null: not an explicit Runge-Kutta method
};

/// The method, or a NameError of the user's function (`odeint`) that lists the known ones.
const MethodEntry& find_method(const std::string& name, const char* function, const math::Site& site);

/// The slopes of all stages of an explicit Runge-Kutta method. The first is `first`, where it is known already.
std::vector<Arrays> stages(const OdeProblem& problem, const Tableau& tableau, const Arrays& first = {});
/// x + h sum of weights times stages.
Arrays combine(const OdeProblem& problem, const std::vector<Arrays>& stages, const std::vector<double>& weights);

// One step of the methods that are not tableaus.
Arrays exponential_euler(const OdeProblem& problem);

}  // namespace brainpy::integrate
