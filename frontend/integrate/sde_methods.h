// One step of a stochastic equation as the methods see it, and the methods by name.
// In: states, drift, diffusion and increments of one step. Out: the states at its end.
#pragma once

#include <functional>
#include <span>

#include "frontend/integrate/ode_problem.hpp"
#include "frontend/integrate/sde.hpp"

namespace brainpy::integrate {

/// One array for each state, with arithmetic state by state, so that methods read as they are printed.
class States {
 public:
  States() = default;
  explicit States(Arrays arrays) : arrays_(std::move(arrays)) {}
  const Arrays& arrays() const { return arrays_; }

  friend States operator+(const States& a, const States& b);
  friend States operator-(const States& a, const States& b);
  friend States operator*(const States& a, const States& b);
  friend States operator*(double factor, const States& a);

 private:
  template <class F>
  static States each(const States& a, const States& b, F&& f);

  Arrays arrays_;
};

/// dx = f dt + g dW over one step, parameters bound.
struct SdeStep {
  using Coefficient = std::function<Arrays(const Arrays& states, const math::Operand& t)>;

  const OdeProblem& drift;  ///< the equation without noise, at the step's start
  Coefficient diffusion;
  double h;
  bool ito;       ///< else Stratonovich
  States x, g0;   ///< states and diffusion at the step's start
  States dW, dZ;  ///< increments (BrownianIncrement) of each state's process; dZ for methods that need it
  /// Instead, where all states share several processes: dW of each. Diffusions then have a last axis for them.
  Arrays shared_dW;

  /// f and g at given states, `fraction` of a step after its start.
  States f(const States& at, double fraction = 0) const;
  States g(const States& at, double fraction = 0) const;
  /// What the processes add: g dW, summed over processes.
  States noise(const States& coefficient) const;
  /// g dg/dx, the derivative of the diffusion along itself, at the step's start (one process).
  States derivative_of_g_along_g() const;
};

struct SdeMethod {
  const char* name;
  States (*step)(const SdeStep& s);
  bool ito = false, stratonovich = false;
  bool one_process = false;     ///< each element is driven by a single process (sde.hpp)
  bool in_drift_too = false;    ///< nor does the drift bring in the process of another element
  bool needs_integral = false;  ///< dZ
};

std::span<const SdeMethod> sde_methods();

}  // namespace brainpy::integrate
