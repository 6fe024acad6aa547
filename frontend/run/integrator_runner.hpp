// bp::IntegratorRunner: runs an integrator over time, without a model class.
// In: an integrator, initial values, parameters. Out: monitors.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "frontend/integrate/ode.hpp"
#include "frontend/run/runner.hpp"

namespace brainpy {

struct IntegratorRunnerOptions {
  using Values = std::vector<std::pair<std::string, math::Operand>>;

  Values inits = {};     ///< every state by name (OdeOptions::variables; else x0, x1, ...)
  Values args = {};      ///< constant parameters by name (OdeOptions::parameters; else p0, p1, ...)
  Values dyn_args = {};  ///< parameters with one row for each step
  std::vector<Monitor> monitors = {};
  double dt = 0;  ///< ms; 0: the integrator's
  double t0 = 0;
  bool progress_bar = true;
};

class IntegratorRunner {
 public:
  template <int N>
  explicit IntegratorRunner(const Integrator<N>& integrator, IntegratorRunnerOptions options = {},
                            math::Site site = math::Site::current())
      : IntegratorRunner(integrator.stepper_pointer(), std::move(options), site) {}
  ~IntegratorRunner();

  void run(double duration, math::Site site = math::Site::current());
  void reset();

 private:
  struct Impl;
  IntegratorRunner(std::shared_ptr<const integrate::Stepper> stepper, IntegratorRunnerOptions options, math::Site site);
  std::unique_ptr<Impl> impl_;

 public:
  Monitors& mon;  ///< recordings of the last run
};

}  // namespace brainpy
