#include "frontend/run/integrator_runner.hpp"

#include <fmt/format.h>

#include "frontend/math/array_data.h"
#include "frontend/object/share.hpp"

namespace brainpy {

using math::Array;
using math::Operand;
using math::Site;

namespace {

const Operand* find(const IntegratorRunnerOptions::Values& values, const std::string& name) {
  for (const auto& [key, value] : values)
    if (key == name) return &value;
  return nullptr;
}

/// A model whose step is the integrator's.
class Equation : public BrainPyObject {
 public:
  Equation(std::shared_ptr<const integrate::Stepper> stepper, const IntegratorRunnerOptions& options, const Site& site)
      : stepper_(std::move(stepper)), site_(site) {
    std::string known;
    for (const std::string& name : stepper_->equation().variables) {
      const Operand* initial = find(options.inits, name);
      if (!initial)
        throw NameError({.what = "IntegratorRunner: state '" + name + "' has no initial value",
                         .where = math::location_of(site),
                         .hint = "give .inits = {{\"" + name + "\", 0.0}}"});
      const math::DType dtype = math::to_float(initial->array().dtype());
      states_.push_back(variable(name.c_str(), Operand(math::convert(initial->array(dtype), dtype, site), site)));
      known += (known.empty() ? "" : ", ") + name;
    }
    for (const std::string& name : stepper_->equation().parameters) {
      known += ", " + name;
      if (const Operand* rows = find(options.dyn_args, name)) {
        const Array all = rows->array();
        if (all.ndim() == 0)
          throw ShapeError({.what = "IntegratorRunner: dyn_args '" + name + "' has no rows",
                            .where = math::location_of(rows->site()),
                            .hint = "give one row for each step, or use args"});
        parameters_.push_back(variable(name.c_str(), Operand(math::read_index(all, {math::Index(0)}, site), site)));
      } else if (const Operand* value = find(options.args, name)) {
        parameters_.push_back(variable(name.c_str(), Operand(value->array(), site)));
      } else {
        throw NameError({.what = "IntegratorRunner: parameter '" + name + "' has no value",
                         .where = math::location_of(site),
                         .hint = "give .args = {{\"" + name + "\", 0.0}}"});
      }
    }
    for (const auto* given : {&options.inits, &options.args, &options.dyn_args})
      for (const auto& [name, value] : *given)
        if (!vars().contains(name))
          throw NameError({.what = "IntegratorRunner: the equation has no '" + name + "'",
                           .where = math::location_of(value.site()),
                           .hint = "known are: " + known});
  }

  void update() {
    integrate::Arrays arguments;
    for (const math::Variable& s : states_) arguments.push_back(s.value());
    // A step goes from t to t + dt; the recorded time of step k is that of its end in DSRunner's terms: t0 + k dt.
    arguments.push_back(share.t());
    for (const math::Variable& p : parameters_) arguments.push_back(p.value());
    const integrate::Arrays next = stepper_->step(arguments, site_);
    for (std::size_t k = 0; k < next.size(); ++k) states_[k] = Operand(next[k], site_);
  }

 private:
  std::shared_ptr<const integrate::Stepper> stepper_;
  std::vector<math::Variable> states_, parameters_;
  Site site_;  ///< where the user made the runner
};

RunnerOptions runner_options(const IntegratorRunnerOptions& options, double dt) {
  RunnerOptions out;
  out.monitors = options.monitors;
  out.dt = dt;
  out.t0 = options.t0;
  out.progress_bar = options.progress_bar;
  for (const auto& [name, rows] : options.dyn_args) out.inputs.emplace_back(name, rows, "iter", "=");
  return out;
}

}  // namespace

struct IntegratorRunner::Impl {
  Equation equation;
  DSRunner runner;

  Impl(std::shared_ptr<const integrate::Stepper> stepper, const IntegratorRunnerOptions& options, const Site& site)
      : equation(stepper, options, site),
        runner(equation, runner_options(options, options.dt > 0 ? options.dt : stepper->dt()), site) {}
};

IntegratorRunner::IntegratorRunner(std::shared_ptr<const integrate::Stepper> stepper, IntegratorRunnerOptions options,
                                   Site site)
    : impl_(std::make_unique<Impl>(std::move(stepper), options, site)), mon(impl_->runner.mon) {}
IntegratorRunner::~IntegratorRunner() = default;

void IntegratorRunner::run(double duration, Site site) { impl_->runner.run(duration, site); }
void IntegratorRunner::reset() { impl_->runner.reset(); }

}  // namespace brainpy
