// fdeint's stepper: checks the options, makes the memory, hands each step to the method.
#include "frontend/integrate/fde.hpp"

#include <cmath>

#include <fmt/format.h>

#include "frontend/integrate/delays.h"
#include "frontend/integrate/fractional_methods.h"
#include "frontend/math/array_data.h"
#include "frontend/math/check.hpp"
#include "frontend/object/variable_state.h"
#include "frontend/transform/trace.h"

namespace brainpy::integrate {

namespace {

using math::Operand;
using math::Variable;

[[noreturn]] void refuse(std::string what, const Equation& e, std::string values, std::string hint) {
  throw ValueError({.what = "fdeint: " + std::move(what),
                    .where = math::location_of(e.site),
                    .values = std::move(values),
                    .hint = std::move(hint)});
}

/// One alpha for each state.
std::vector<double> checked_orders(const FractionalOrder& given, const Equation& e) {
  std::vector<double> alphas = given.values();
  if (alphas.size() == 1) alphas.resize(e.states, alphas[0]);
  if (alphas.size() != e.states)
    refuse("the number of orders is not the number of states", e,
           fmt::format("{} alphas, {} states", alphas.size(), e.states), "give one alpha, or one for each state");
  for (std::size_t k = 0; k < alphas.size(); ++k)
    if (!(alphas[k] > 0 && alphas[k] <= 1))
      refuse("the order of '" + e.variables[k] + "' is not in (0, 1]", e, fmt::format("alpha = {}", alphas[k]),
             "give alpha above 0 and at most 1; an equation of higher order is a system of such ones");
  return alphas;
}

void check_memory(const FdeOptions& o, const Equation& e) {
  if (o.memory == "window") {
    if (o.num_memory < 1)
      refuse(
          "num_memory is not above zero", e, fmt::format("num_memory = {}", o.num_memory),
          "give the number of steps of a run to keep all of its past, or fewer to forget what is older; or .memory = "
          "\"exponentials\"");
    if (o.horizon != 0)
      refuse("a window has no horizon", e, fmt::format("horizon = {}", o.horizon),
             "leave horizon out, or choose .memory = \"exponentials\"");
    return;
  }
  if (o.memory != "exponentials")
    throw NameError({.what = "fdeint: no memory is called '" + o.memory + "'",
                     .where = math::location_of(e.site),
                     .hint = "known are: window, exponentials"});
  if (o.num_memory != 0)
    refuse("exponentials keep all of the past", e, fmt::format("num_memory = {}", o.num_memory),
           "leave num_memory out, or choose .memory = \"window\"");
  if (!(o.dt > 0)) refuse("exponentials need the time step", e, fmt::format("dt = {}", o.dt), "give .dt in ms");
  if (!(o.horizon >= o.dt) || o.horizon / o.dt > 1e12)
    refuse("the horizon is not a number of steps", e, fmt::format("horizon = {}, dt = {}", o.horizon, o.dt),
           "give the duration of the longest run, in ms: from 1 to 1e12 steps");
  if (!(o.tolerance >= 1e-10 && o.tolerance <= 0.1))
    refuse("the tolerance is not in [1e-10, 0.1]", e, fmt::format("tolerance = {}", o.tolerance),
           "it is the relative error of a weight, such as 1e-6");
}

class Memory final : public FractionalMemory {
 public:
  Memory(const FractionalMethod& method, const FdeOptions& options, const Equation& e)
      : delays_(options.delays, e, StateSlopes::none) {
    const transform::Eagerly now;  // also where the integrator is made inside a trace
    const std::vector<double> alphas = checked_orders(options.alpha, e);
    check_memory(options, e);
    if (options.inits.size() != e.states)
      refuse("the number of initial values is not the number of states", e,
             fmt::format("{} inits, {} states", options.inits.size(), e.states),
             "give one for each state: .inits = {1.0, bm::zeros({100})}");
    if (options.memory == "exponentials") longest_ = std::llround(options.horizon / options.dt);
    steps_.emplace(variable("steps", Operand(math::number(math::DType::i64, std::int64_t{0}), e.site)));
    for (std::size_t k = 0; k < e.states; ++k) states_.push_back(make_state(k, alphas[k], method, options, e));
    for (auto& [name, v] : vars()) initial_.push_back(v.state()->value);
  }

  void reset() override {
    std::size_t k = 0;
    for (auto& [name, v] : vars()) v = Operand(Array(initial_[k++]));
    delays_.reset();
  }

  Variable& steps() { return *steps_; }
  const Delays& delays() const { return delays_; }
  /// The most steps that the past may have; none: any number.
  std::optional<std::int64_t> longest() const { return longest_; }
  const std::vector<std::unique_ptr<FractionalState>>& states() const { return states_; }
  const std::vector<runtime::Type>& types() const { return types_; }

 private:
  static Variable make(BrainPyObject& object, const std::string& name, const Array& initial) {
    return static_cast<Memory&>(object).variable(name.c_str(), Operand(initial));
  }

  std::unique_ptr<FractionalState> make_state(std::size_t k, double alpha, const FractionalMethod& method,
                                              const FdeOptions& options, const Equation& e) {
    const Operand& given = options.inits[k];
    const math::DType dtype = math::to_float(given.array().dtype());
    const Array initial = math::convert(given.array(dtype), dtype, e.site);
    const std::string& name = e.variables[k];
    types_.push_back(initial.type());
    const HistorySpec spec{name, initial.type(), alpha, method.kinds};
    auto state = std::make_unique<FractionalState>();
    state->alpha = alpha;
    state->history = options.memory == "window"
                         ? make_window(*this, make, spec, options.num_memory)
                         : make_exponentials(*this, make, spec, options.horizon / options.dt, options.tolerance);
    if (method.has_origin) {
      state->origin.emplace(make(*this, name + "_origin", initial));
      state->current.emplace(make(*this, name + "_current", initial));
    }
    if (method.has_first)
      state->first.emplace(make(*this, name + "_first", Array(runtime::make_tensor(initial.type()))));
    return state;
  }

  Delays delays_;
  std::optional<Variable> steps_;
  std::optional<std::int64_t> longest_;
  std::vector<std::unique_ptr<FractionalState>> states_;
  std::vector<runtime::Type> types_;
  std::vector<runtime::Tensor> initial_;
};

/// The right-hand side with its parameters bound.
struct Bound final : FractionalStep::RightHandSide {
  const Equation& equation;
  const Function& function;
  Arrays parameters;
  const math::Site& site;

  Bound(const Equation& e, const Function& f, Arrays p, const math::Site& s)
      : equation(e), function(f), parameters(std::move(p)), site(s) {}

  Arrays operator()(const Arrays& states, const Operand& t) const override {
    Arrays arguments = states;
    arguments.push_back(t.array());
    arguments.insert(arguments.end(), parameters.begin(), parameters.end());
    return call_equation(equation, function, arguments, "derivative", site);
  }
};

class FdeStepper final : public Stepper {
 public:
  FdeStepper(std::shared_ptr<const Function> f, Equation equation, const FdeOptions& options)
      : Stepper(std::move(equation)),
        function_(std::move(f)),
        method_(find_fractional_method(options.method, this->equation().site)),
        memory_(std::make_shared<Memory>(method_, options, this->equation())) {}

  std::vector<BrainPyObject*> memories() const override {
    std::vector<BrainPyObject*> all = memory_->delays().memories();
    all.push_back(memory_.get());
    return all;
  }
  const std::shared_ptr<Memory>& memory() const { return memory_; }

 protected:
  Arrays advance(const Arrays& arguments, const math::Site& site) const override {
    const auto t = arguments.begin() + static_cast<std::ptrdiff_t>(states());
    for (std::size_t k = 0; k < states(); ++k) check_type(k, arguments[k].type(), site);
    check_dt(site);
    const Bound f(equation(), *function_, {t + 1, arguments.end()}, site);
    const Array done = memory_->steps().value();
    if (const auto longest = memory_->longest())
      math::check(Operand(Operand(done, site) < Operand(*longest, site), site),
                  "fdeint: the run is longer than the horizon of its memory", {{"steps", Operand(done, site)}},
                  "give a longer .horizon, or forget the past by reset()");
    memory_->delays().record_values({arguments.begin(), t}, Operand(*t, site), dt(), site);
    Arrays next = method_.step({f, memory_->states(), {arguments.begin(), t}, Operand(*t, site), dt(), done, site});
    memory_->steps() = Operand(Operand(done, site) + Operand(1, site), site);
    return next;
  }

 private:
  void check_type(std::size_t k, const runtime::Type& given, const math::Site& site) const {
    const runtime::Type& own = memory_->types()[k];
    if (given == own) return;
    runtime::ErrorParts parts{
        .what = fmt::format("fdeint: the state '{}' has another type than its initial value", equation().variables[k]),
        .where = math::location_of(site),
        .values = fmt::format("the state is {}, inits gave {}", to_string(given), to_string(own)),
        .hint = "give inits of the state's shape and float type: they fix those of its past"};
    if (given.dtype != own.dtype) throw DTypeError(std::move(parts));
    throw ShapeError(std::move(parts));
  }

  /// The steps of the past are as long as this one. While recording, the past is what it is before the program runs.
  void check_dt(const math::Site& site) const {
    const bool has_past = *memory_->steps().state()->value.as<std::int64_t>() > 0;
    if (has_past && past_dt_ > 0 && past_dt_ != dt())
      throw ValueError({.what = "fdeint: the time step has changed",
                        .where = math::location_of(site),
                        .values = fmt::format("dt = {}, the past has steps of {}", dt(), past_dt_),
                        .hint = "keep dt, or forget the past by reset()"});
    past_dt_ = dt();
  }

  std::shared_ptr<const Function> function_;
  const FractionalMethod& method_;
  std::shared_ptr<Memory> memory_;
  mutable double past_dt_ = 0;
};

}  // namespace

FractionalParts make_fde(std::shared_ptr<const Function> f, std::size_t states, std::size_t arguments,
                         const FdeOptions& options, const math::Site& site) {
  auto stepper = std::make_shared<FdeStepper>(
      std::move(f), Equation{"fdeint", states, arguments, options.dt, options.variables, options.parameters, site},
      options);
  return {stepper, stepper->memory()};
}

}  // namespace brainpy::integrate

namespace brainpy {
FractionalOrder::FractionalOrder(double alpha) : values_{alpha} {}
FractionalOrder::FractionalOrder(std::initializer_list<double> alphas) : values_(alphas) {}
FractionalOrder::FractionalOrder(std::vector<double> alphas) : values_(std::move(alphas)) {}
FdeOptions::~FdeOptions() = default;
}  // namespace brainpy
