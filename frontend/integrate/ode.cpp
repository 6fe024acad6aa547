// odeint's stepper: binds the parameters and hands the problem to the method.
#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "frontend/integrate/ode_stepper.h"
#include "frontend/math/array_data.h"

namespace brainpy::integrate {

namespace {

StepControl control_of(const OdeOptions& options, const math::Site& site) {
  const std::pair<const char*, double> numbers[] = {{"tolerance", options.tolerance},
                                                    {"rtol", options.rtol},
                                                    {"atol", options.atol},
                                                    {"first_step", options.first_step},
                                                    {"max_step", options.max_step}};
  for (const auto& [name, value] : numbers)
    if (!(value >= 0))
      throw ValueError({.what = fmt::format("odeint: {} is not above zero", name),
                        .where = math::location_of(site),
                        .values = fmt::format("{} = {}", name, value),
                        .hint = "give a positive number, or leave it out"});
  const auto given = [&](double own, double otherwise) {
    return own > 0 ? own : options.tolerance > 0 ? options.tolerance : otherwise;
  };
  return {.rtol = given(options.rtol, 1e-3),
          .atol = given(options.atol, 1e-6),
          .per_element = options.error_norm == ErrorNorm::element,
          .first_step = options.first_step,
          .max_step = options.max_step};
}

void check_one_shape(const Equation& equation, const Arrays& states, const math::Site& site) {
  for (std::size_t k = 1; k < states.size(); ++k)
    if (!(states[k].shape() == states[0].shape()))
      throw ShapeError({.what = "odeint: states of different shapes cannot adapt their steps element by element",
                        .where = math::location_of(site),
                        .values = fmt::format("'{}' is {}, '{}' {}", equation.variables[0], to_string(states[0].type()),
                                              equation.variables[k], to_string(states[k].type())),
                        .hint = "give all states one shape, or use .error_norm = bp::ErrorNorm::system"});
}

/// Some states of a system as a system of their own, the others held.
struct Subsystem final : OdeProblem::RightHandSide {
  const OdeProblem& whole;
  const std::vector<std::size_t>& places;

  Subsystem(const OdeProblem& problem, const std::vector<std::size_t>& of) : whole(problem), places(of) {}

  Arrays pick(const Arrays& all) const {
    Arrays some;
    for (const std::size_t p : places) some.push_back(all[p]);
    return some;
  }
  Arrays operator()(const Arrays& states, const Operand& t) const override {
    Arrays all = whole.states();
    for (std::size_t k = 0; k < places.size(); ++k) all[places[k]] = states[k];
    return pick(whole.right_hand_side()(all, t));
  }
};

}  // namespace

Arrays BoundDerivative::operator()(const Arrays& states, const Operand& t) const {
  Arrays arguments = states;
  arguments.push_back(t.array());
  arguments.insert(arguments.end(), parameters.begin(), parameters.end());
  return call_equation(equation, derivative, arguments, "derivative", site);
}

OdeStepper::OdeStepper(std::shared_ptr<const Function> derivative, Equation equation, const OdeOptions& options)
    : Stepper(std::move(equation)),
      derivative_(std::move(derivative)),
      method_(options.adaptive ? find_estimating_method(options.method, "odeint", this->equation().site)
                               : find_method(options.method, "odeint", this->equation().site)),
      adapts_(options.adaptive),
      control_(control_of(options, this->equation().site)),
      delays_(options.delays, this->equation(), StateSlopes::known) {
  group_by_method(options);
  if (adapts_ && !delays_.empty())
    throw ValueError({.what = "odeint: adaptive steps do not fill delays",
                      .where = math::location_of(this->equation().site),
                      .values = "adaptive and delays are given",
                      .hint = "the past is kept on a grid: leave .adaptive out and choose .dt; rk4 keeps its order"});
}

std::vector<BrainPyObject*> OdeStepper::memories() const { return delays_.memories(); }

void OdeStepper::group_by_method(const OdeOptions& options) {
  if (options.methods.empty()) return;
  const Equation& e = equation();
  if (adapts_)
    throw ValueError({.what = "odeint: methods of single variables cannot adapt their steps",
                      .where = math::location_of(e.site),
                      .hint = "leave .methods out, or .adaptive"});
  std::vector<const MethodEntry*> chosen(e.states, &method_);
  for (const auto& [variable, method] : options.methods) {
    const auto place = std::ranges::find(e.variables, variable);
    if (place == e.variables.end())
      throw NameError({.what = "odeint: no variable is called '" + variable + "'",
                       .where = math::location_of(e.site),
                       .hint = fmt::format("known are: {}", fmt::join(e.variables, ", "))});
    chosen[static_cast<std::size_t>(place - e.variables.begin())] = &find_method(method, "odeint", e.site);
  }
  for (std::size_t k = 0; k < e.states; ++k) {
    auto group = std::ranges::find(groups_, chosen[k], &Group::method);
    if (group == groups_.end()) group = groups_.insert(group, {chosen[k], {}});
    group->places.push_back(k);
  }
}

Arrays OdeStepper::advance_groups(const OdeProblem& problem) const {
  Arrays next = problem.states();
  for (const Group& group : groups_) {
    const Subsystem f(problem, group.places);
    const Arrays part = (*group.method->step)({f, f.pick(problem.states()), problem.t(), problem.h(), problem.site()});
    for (std::size_t k = 0; k < part.size(); ++k) next[group.places[k]] = part[k];
  }
  return next;
}

BoundDerivative OdeStepper::bind(Arrays parameters, const math::Site& site) const {
  return {equation(), *derivative_, std::move(parameters), site};
}

Arrays OdeStepper::fixed_step(const OdeProblem::RightHandSide& f, const Arrays& states, const Array& t,
                              const math::Site& site) const {
  const OdeProblem problem(f, states, Operand(t, site), Operand(dt(), site), site);
  return groups_.empty() ? (*method_.step)(problem) : advance_groups(problem);
}

Arrays OdeStepper::step_with_delays(const BoundDerivative& f, const Arrays& states, const Array& t,
                                    const math::Site& site) const {
  const Operand time(t, site);
  delays_.record_values(states, time, dt(), site);
  if (!delays_.need_slopes()) return fixed_step(f, states, t, site);
  const Arrays slopes = f(states, time);
  delays_.record_slopes(states, slopes, time, site);
  return fixed_step(KnownAtStart(f, states, slopes, time), states, t, site);
}

Arrays OdeStepper::advance(const Arrays& arguments, const math::Site& site) const {
  const auto middle = arguments.begin() + static_cast<std::ptrdiff_t>(states());
  const Arrays begin(arguments.begin(), middle);
  const Array& t = *middle;
  const BoundDerivative f = bind({middle + 1, arguments.end()}, site);
  if (!adapts_) return delays_.empty() ? fixed_step(f, begin, t, site) : step_with_delays(f, begin, t, site);
  if (control_.per_element) check_one_shape(equation(), begin, site);
  const AdaptiveSolver solver(method_, control_, equation(), f, false);
  const Array start = math::convert(t, math::DType::f64, site);
  return solver.advance(solver.start(begin, start), start + Operand(dt(), site)).states;
}

std::shared_ptr<const Stepper> make_ode(std::shared_ptr<const Function> derivative, std::size_t states,
                                        std::size_t arguments, const OdeOptions& options, const math::Site& site) {
  return std::make_shared<OdeStepper>(
      std::move(derivative),
      Equation{"odeint", states, arguments, options.dt, options.variables, options.parameters, site}, options);
}

}  // namespace brainpy::integrate

namespace brainpy {
OdeOptions::~OdeOptions() = default;
}  // namespace brainpy
