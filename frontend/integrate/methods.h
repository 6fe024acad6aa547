// The methods of odeint by name.
// In: a name. Out: what makes one step.
#pragma once

#include <cstdint>

#include "frontend/integrate/ode_problem.hpp"

namespace brainpy::integrate {

using math::Array;
using math::Operand;
using transform::Arrays;

/// One try of a step by a method that estimates its error.
struct Attempt {
  Arrays states;               ///< at the step's end
  Arrays errors;               ///< an estimate of their error
  Arrays end_slopes;           ///< f at the step's end, where the method computes it; else empty
  std::vector<Arrays> stages;  ///< slopes of a tableau's stages
  /// Where the method has an interpolant of its own: coefficients of theta, theta^2, theta^3 (see StepPolynomial).
  std::vector<Arrays> polynomial;
};

/// A method that estimates its error, so that steps can adapt.
struct EstimatingMethod {
  virtual ~EstimatingMethod() = default;
  /// `slopes`: f at the step's start.
  virtual Attempt attempt(const OdeProblem& problem, const Arrays& slopes) const = 0;

  int error_order = 1;               ///< the estimate is of order h^error_order
  std::int64_t tries_cost = 0;       ///< right-hand sides of a try, beyond the slopes at the start
  std::int64_t acceptance_cost = 0;  ///< more of them after an accepted one: 1 where end_slopes are not computed
};

/// A method by name; what it can do beyond a step is null where it cannot.
struct MethodEntry {
  std::string name;
  std::shared_ptr<const OdeMethod> step;
  std::shared_ptr<const Tableau> tableau;  ///< of an explicit Runge-Kutta method
  std::shared_ptr<const EstimatingMethod> estimating;
};

/// The method, or a NameError of the user's function (`odeint`) that lists the known ones.
const MethodEntry& find_method(const std::string& name, const char* function, const math::Site& site);

/// The same among those that estimate their error; one that does not is a ValueError that lists those that do.
const MethodEntry& find_estimating_method(const std::string& name, const char* function, const math::Site& site);

/// The slopes of all stages of an explicit Runge-Kutta method. The first is `first`, where it is known already.
std::vector<Arrays> stages(const OdeProblem& problem, const Tableau& tableau, const Arrays& first = {});
/// x + h sum of weights times stages.
Arrays combine(const OdeProblem& problem, const std::vector<Arrays>& stages, const std::vector<double>& weights);

// One step of the methods that are not tableaus.
Arrays exponential_euler(const OdeProblem& problem);  // exponential.cpp
Arrays exponential_rk2(const OdeProblem& problem);
Arrays symplectic_euler(const OdeProblem& problem);  // methods.cpp
Arrays backward_euler(const OdeProblem& problem);    // implicit.cpp
Arrays trapezoid(const OdeProblem& problem);
Arrays rodas4(const OdeProblem& problem);

struct Rodas4 final : EstimatingMethod {
  Rodas4();
  Attempt attempt(const OdeProblem& problem, const Arrays& slopes) const override;
};

}  // namespace brainpy::integrate
