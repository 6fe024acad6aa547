// The equation as a model: its Variables are the states, the parameters, and what solver and events carry.
#include "frontend/run/integrator_runner.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "frontend/integrate/ode_stepper.h"
#include "frontend/math/array_data.h"
#include "frontend/math/math.hpp"
#include "frontend/object/share.hpp"
#include "frontend/object/variable_state.h"
#include "frontend/run/event_watch.h"
#include "frontend/run/runner.hpp"
#include "frontend/transform/control_flow.hpp"

namespace brainpy {

namespace bm = brainpy::math;
using integrate::AdaptiveSolver;
using integrate::OdeStepper;
using math::Array;
using math::Operand;
using math::Site;
using run::EventWatch;
using transform::Arrays;

namespace {

constexpr math::DType f64 = math::DType::f64;

const Operand* find(const IntegratorRunnerOptions::Values& values, const std::string& name) {
  for (const auto& [key, value] : values)
    if (key == name) return &value;
  return nullptr;
}

template <class Variables>
Arrays values_of(const Variables& variables) {
  Arrays list;
  for (const math::Variable& v : variables) list.push_back(v.value());
  return list;
}

template <class Variables>
void assign(Variables& variables, const Arrays& values) {
  auto variable = variables.begin();
  for (const Array& value : values) *variable++ = Operand(value);
}

class Equation : public BrainPyObject {
 public:
  Equation(std::shared_ptr<const integrate::Stepper> stepper, const IntegratorRunnerOptions& options, double dt,
           const Site& site)
      : stepper_(std::move(stepper)),
        site_(site),
        events_(options.events),
        watch_(events_, equation(), options.max_events),
        dt_(dt),
        t0_(options.t0) {
    make_states(options);
    make_parameters(options);
    refuse_unknown(options);
    const math::AttributedTo attributed(site_);
    const Array start = math::number(f64, t0_);
    const Arrays states = values_of(states_);
    if (!events_.empty())
      for (const Array& a : watch_.start(start, states)) watched_.add(Operand(a));
    if (const OdeStepper* ode = adaptive()) {
      const auto f = ode->bind(values_of(parameters_), site_);
      for (const Array& a : solver(*ode, f).start(states, start).pack()) progress_.add(Operand(a));
    }
  }

  /// A step of fixed length.
  void step() {
    const math::AttributedTo attributed(site_);
    const Arrays before = values_of(states_), parameters = values_of(parameters_);
    const Array t = share.t();
    Arrays arguments = before;
    arguments.push_back(t);
    arguments.insert(arguments.end(), parameters.begin(), parameters.end());
    const Arrays next = stepper_->step(arguments, site_);
    assign(states_, events_.empty() ? next : watch_step(t, parameters, before, next));
  }

  /// Adaptive steps up to a time (float64, ms).
  void advance(const Array& target) {
    const math::AttributedTo attributed(site_);
    const OdeStepper& ode = *adaptive();
    const auto f = ode.bind(values_of(parameters_), site_);
    const AdaptiveSolver steps = solver(ode, f);
    const auto before = integrate::Progress::unpack(values_of(progress_), equation().states, steps.degree());
    Arrays watched = values_of(watched_);
    const integrate::Progress now =
        steps.advance(before, target, events_.empty() ? nullptr : &watch_, events_.empty() ? nullptr : &watched);
    assign(progress_, now.pack());
    assign(watched_, watched);
    if (!interpolates(ode)) return assign(states_, now.states);
    assign(states_, now.last.at(events_.empty() ? target : last_time(watched, target)));
  }

  /// The stepper as an adaptive one, or null.
  const OdeStepper* adaptive() const {
    const auto* ode = dynamic_cast<const OdeStepper*>(stepper_.get());
    return ode && ode->adapts() ? ode : nullptr;
  }
  const integrate::Stepper& stepper() const { return *stepper_; }

  bool stopped() const { return !events_.empty() && values_of(watched_)[0].item<bool>(); }
  double stop_time() const { return EventWatch::stop_time(values_of(watched_)).item<double>(); }

  EventRecord events(const std::string& name) const {
    std::string known;
    for (std::size_t k = 0; k < events_.size(); ++k) {
      if (events_[k].name == name) return watch_.record(values_of(watched_), k);
      known += (known.empty() ? "" : ", ") + events_[k].name;
    }
    throw NameError({.what = "IntegratorRunner: no event is called '" + name + "'",
                     .where = math::location_of(site_),
                     .hint = known.empty() ? "give .events" : "known are: " + known});
  }

  IntegrationStatistics statistics() const {
    if (!adaptive()) return {};
    const Arrays flat = values_of(progress_);
    IntegrationStatistics s;
    s.accepted = bm::sum(flat[4]).item<std::int64_t>();
    s.rejected = bm::sum(flat[5]).item<std::int64_t>();
    s.evaluations = AdaptiveSolver::evaluations(adaptive()->method(), s.accepted, s.rejected);
    return s;
  }

 private:
  const integrate::Equation& equation() const { return stepper_->equation(); }
  /// Steps of single elements end at every asked time; those of the whole system go on, and are interpolated.
  static bool interpolates(const OdeStepper& ode) { return !ode.control().per_element; }
  AdaptiveSolver solver(const OdeStepper& ode, const integrate::BoundDerivative& f) const {
    return {ode.method(), ode.control(), equation(), f, interpolates(ode)};
  }

  void make_states(const IntegratorRunnerOptions& options) {
    for (const std::string& name : equation().variables) {
      const Operand* initial = find(options.inits, name);
      if (!initial)
        throw NameError({.what = "IntegratorRunner: state '" + name + "' has no initial value",
                         .where = math::location_of(site_),
                         .hint = "give .inits = {{\"" + name + "\", 0.0}}"});
      const math::DType dtype = math::to_float(initial->array().dtype());
      states_.push_back(variable(name.c_str(), Operand(math::convert(initial->array(dtype), dtype, site_), site_)));
    }
  }

  void make_parameters(const IntegratorRunnerOptions& options) {
    for (const std::string& name : equation().parameters) {
      if (const Operand* rows = find(options.dyn_args, name)) {
        const Array all = rows->array();
        if (all.ndim() == 0)
          throw ShapeError({.what = "IntegratorRunner: dyn_args '" + name + "' has no rows",
                            .where = math::location_of(rows->site()),
                            .hint = "give one row for each step, or use args"});
        parameters_.push_back(variable(name.c_str(), Operand(math::read_index(all, {math::Index(0)}, site_), site_)));
      } else if (const Operand* value = find(options.args, name)) {
        parameters_.push_back(variable(name.c_str(), Operand(value->array(), site_)));
      } else {
        throw NameError({.what = "IntegratorRunner: parameter '" + name + "' has no value",
                         .where = math::location_of(site_),
                         .hint = "give .args = {{\"" + name + "\", 0.0}}"});
      }
    }
  }

  void refuse_unknown(const IntegratorRunnerOptions& options) const {
    std::string known;
    for (const auto* names : {&equation().variables, &equation().parameters})
      for (const std::string& name : *names) known += (known.empty() ? "" : ", ") + name;
    for (const auto* given : {&options.inits, &options.args, &options.dyn_args})
      for (const auto& [name, value] : *given)
        if (!vars().contains(name))
          throw NameError({.what = "IntegratorRunner: the equation has no '" + name + "'",
                           .where = math::location_of(value.site()),
                           .hint = "known are: " + known});
  }

  /// The target, or the time at which the run stopped.
  static Array last_time(const Arrays& watched, const Array& target) {
    return bm::where(watched[0], bm::minimum(target, EventWatch::stop_time(watched)), target);
  }

  /// Looks for events in a step of fixed length. Returns the states at its end, or those at which the run stopped.
  Arrays watch_step(const Array& t, const Arrays& parameters, const Arrays& before, const Arrays& next) {
    const Arrays carried = values_of(watched_);
    const Array number = math::convert(share.i(), f64, site_);
    const Array start = number * dt_ + t0_, end = (number + 1.0) * dt_ + t0_;
    const Arrays signals = watch_.signals(end, next);
    const auto step = [&] { return polynomial(t, start, parameters, before, next); };
    const Array was_stopped = carried[0], happened = !was_stopped && watch_.happened(carried, signals);
    const Arrays watched = bm::detail::either(
        happened, [&] { return watch_.observe(step(), carried, signals); },
        [&] {
          return bm::detail::either(
              was_stopped, [&] { return carried; }, [&] { return watch_.pass(carried, signals); });
        });
    assign(watched_, watched);
    return bm::detail::either(
        was_stopped, [&] { return before; },
        [&] {
          return bm::detail::either(
              watched[0], [&] { return step().at(EventWatch::stop_time(watched)); }, [&] { return next; });
        });
  }

  /// Between the ends of a step of fixed length: the method's polynomial where the slopes are known, else a line.
  integrate::StepPolynomial polynomial(const Array& t, const Array& start, const Arrays& parameters,
                                       const Arrays& before, const Arrays& next) const {
    const Array length = math::number(f64, dt_);
    if (const auto* ode = dynamic_cast<const OdeStepper*>(stepper_.get())) {
      const auto f = ode->bind(parameters, site_);
      const OdeProblem problem(f, before, Operand(t), Operand(dt_), site_);
      const Tableau* tableau = ode->method().tableau.get();
      integrate::Attempt made{.states = next, .errors = {}, .end_slopes = problem.slopes(next, 1), .stages = {}};
      if (tableau && !tableau->dense.empty()) made.stages = integrate::stages(problem, *tableau);
      else made.stages = {problem.slopes(before, 0)};
      return integrate::step_polynomial(problem, start, length, made, tableau);
    }
    Arrays rise;
    for (std::size_t k = 0; k < next.size(); ++k) rise.push_back(next[k] - before[k]);
    return {start, length, before, {rise}};
  }

  std::shared_ptr<const integrate::Stepper> stepper_;
  Site site_;  ///< where the user made the runner
  std::vector<Event> events_;
  EventWatch watch_;
  double dt_, t0_;
  std::vector<math::Variable> states_, parameters_;
  VarList& watched_ = node<VarList>("events");
  VarList& progress_ = node<VarList>("solver");
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

std::shared_ptr<const transform::Function> step_of(Equation& equation) {
  auto fixed = [&equation] { equation.step(); };
  auto adaptive = [&equation](const Array& target) { equation.advance(target); };
  if (equation.adaptive()) return transform::own_function<1>(adaptive);
  return transform::own_function<0>(fixed);
}

}  // namespace

struct IntegratorRunner::Impl {
  Site site;
  double dt, t0, reached;
  Equation equation;
  run::Runner runner;
  /// What the integrator itself remembers, as it was when the runner was made.
  std::vector<std::pair<math::Variable, Array>> remembered;

  Impl(std::shared_ptr<const integrate::Stepper> stepper, const IntegratorRunnerOptions& options, const Site& where)
      : site(where),
        dt(options.dt > 0 ? options.dt : stepper->dt()),
        t0(options.t0),
        reached(t0),
        equation(stepper, options, dt, where),
        runner(equation, step_of(equation), equation.adaptive() != nullptr, runner_options(options, dt), where) {
    for (const BrainPyObject* memory : equation.stepper().memories())
      for (auto& [name, variable] : memory->vars())
        remembered.emplace_back(math::Variable(variable.state()), variable.value());
  }

  void check_not_stopped(const Site& where) const {
    if (!equation.stopped()) return;
    throw ValueError({.what = "IntegratorRunner: the run has stopped at an event",
                      .where = math::location_of(where),
                      .values = fmt::format("t = {} ms", equation.stop_time()),
                      .hint = "call reset() to start over"});
  }

  /// The times of the steps, and the recordings, up to the stop.
  void finish(Array ts) {
    Monitors& mon = runner.monitors;
    if (equation.stopped()) {
      const std::vector<double> times = ts.to_vector<double>();
      const double stop = equation.stop_time();
      const auto first = std::lower_bound(times.begin(), times.end(), stop) - times.begin();
      const auto rows = std::min<std::int64_t>(first + 1, static_cast<std::int64_t>(times.size()));
      std::vector<std::pair<std::string, Array>> kept;
      for (const auto& [name, values] : mon) kept.emplace_back(name, values[bm::slice(rows)]);
      for (auto& [name, values] : kept) mon.set(name, values);
      ts = bm::minimum(ts[bm::slice(rows)], stop);
    }
    mon.ts = ts;
  }

  void run(const Array& ts, const Site& where) {
    runner.run(0, &ts, where);
    reached = ts[-1].item<double>();
    finish(ts);
  }
};

IntegratorRunner::IntegratorRunner(std::shared_ptr<const integrate::Stepper> stepper,
                                   const IntegratorRunnerOptions& options, Site site)
    : impl_(new Impl(std::move(stepper), options, site)), mon(impl_->runner.monitors) {}
IntegratorRunner::~IntegratorRunner() = default;
IntegratorRunnerOptions::~IntegratorRunnerOptions() = default;

void IntegratorRunner::run(double duration, Site site) {
  Impl& my = *impl_;
  my.check_not_stopped(site);
  const std::int64_t first = my.runner.step();
  // The times of the steps' ends, each from its number.
  const auto ends = [&](std::int64_t count) {
    runtime::Tensor ts = runtime::make_tensor({f64, {count}});
    for (std::int64_t k = 0; k < count; ++k) ts.as<double>()[k] = my.t0 + static_cast<double>(first + k + 1) * my.dt;
    return Array(std::move(ts));
  };
  if (const std::int64_t steps = std::llround(duration / my.dt); my.equation.adaptive() && steps > 0)
    return my.run(ends(steps), site);
  if (my.equation.adaptive()) return;
  my.runner.run(duration, nullptr, site);
  my.finish(ends(my.runner.step() - first));
}

void IntegratorRunner::run(std::initializer_list<double> times, Site site) {
  runtime::Tensor ts = runtime::make_tensor({f64, {static_cast<std::int64_t>(times.size())}});
  std::copy(times.begin(), times.end(), ts.as<double>());
  run(Array(std::move(ts)), site);
}

void IntegratorRunner::run(const Array& times, Site site) {
  Impl& my = *impl_;
  my.check_not_stopped(site);
  if (!my.equation.adaptive())
    throw ValueError({.what = "IntegratorRunner: only adaptive integrators go to asked times",
                      .where = math::location_of(site),
                      .hint = "give odeint .adaptive = true and a method with an error estimate, or run(duration)"});
  const std::vector<double> ts = times.to_vector<double>(site);
  for (std::size_t k = 0; k < ts.size(); ++k) {
    const double before = k ? ts[k - 1] : my.reached;
    if (!(ts[k] >= before))
      throw ValueError({.what = "IntegratorRunner: the asked times go back",
                        .where = math::location_of(site),
                        .values = fmt::format("{} ms after {} ms", ts[k], before),
                        .hint = "give them in ascending order, from where the last run ended"});
  }
  if (ts.empty()) return;
  my.run(math::convert(times, f64, site), site);
}

void IntegratorRunner::reset() {
  impl_->runner.reset(true);
  impl_->reached = impl_->t0;
  for (auto& [variable, value] : impl_->remembered) variable = Operand(value);
}

EventRecord IntegratorRunner::events(const std::string& name) const { return impl_->equation.events(name); }
bool IntegratorRunner::stopped() const { return impl_->equation.stopped(); }
IntegrationStatistics IntegratorRunner::statistics() const { return impl_->equation.statistics(); }

}  // namespace brainpy
