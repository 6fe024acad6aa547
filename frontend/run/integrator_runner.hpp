// bp::IntegratorRunner: runs an integrator over time, without a model class.
// In: an integrator, initial values, parameters, events. Out: monitors, and times of events.
//
// With fixed steps, step k goes from t0 + k dt to t0 + (k + 1) dt. Adaptive integrators choose their own steps and give
// the states at t0 + (k + 1) dt, or at times that are asked for, by the method's interpolant. Monitors hold the states
// at the times `mon.ts`.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "frontend/integrate/integrator.hpp"
#include "frontend/run/event.hpp"
#include "frontend/run/monitor.hpp"
#include "runtime/owner.h"

namespace brainpy {

struct IntegratorRunnerOptions {
  using Values = std::vector<std::pair<std::string, math::Operand>>;

  Values inits = {};     ///< every state by name (the integrator's `variables`; else x0, x1, ...)
  Values args = {};      ///< constant parameters by name (the integrator's `parameters`; else p0, p1, ...)
  Values dyn_args = {};  ///< parameters with one row for each step (of dt, or asked time)
  std::vector<Monitor> monitors = {};
  std::vector<Event> events = {};
  double dt = 0;  ///< ms; 0: the integrator's
  double t0 = 0;
  bool progress_bar = true;
  std::int64_t max_events = 1000;  ///< of each event in all runs until reset; more are an error

  ~IntegratorRunnerOptions();
};

/// What an adaptive integration cost.
struct IntegrationStatistics {
  std::int64_t accepted = 0, rejected = 0;  ///< steps; with steps of single elements, of all elements
  std::int64_t evaluations = 0;             ///< of the derivative
};

class IntegratorRunner {
 public:
  template <int N>
  explicit IntegratorRunner(const Integrator<N>& integrator, const IntegratorRunnerOptions& options = {},
                            math::Site site = math::Site::current())
      : IntegratorRunner(integrator.stepper_pointer(), options, site) {}
  ~IntegratorRunner();

  /// Goes on for `duration` ms.
  void run(double duration, math::Site site = math::Site::current());
  /// Goes on to the given times (ms, ascending), at which the monitors record. For adaptive integrators.
  void run(const math::Array& times, math::Site site = math::Site::current());
  void run(std::initializer_list<double> times, math::Site site = math::Site::current());
  /// Back to t0 and the initial values.
  void reset();

  /// The crossings since the start or the last reset, or a NameError that lists the events.
  EventRecord events(const std::string& name) const;
  /// True after a terminal event.
  bool stopped() const;
  /// Of an adaptive integrator, since the start or the last reset.
  IntegrationStatistics statistics() const;

 private:
  struct Impl;
  IntegratorRunner(std::shared_ptr<const integrate::Stepper> stepper, const IntegratorRunnerOptions& options,
                   math::Site site);
  void trim_after_stop();
  runtime::Owner<Impl> impl_;

 public:
  Monitors& mon;  ///< recordings of the last run
};

}  // namespace brainpy
