// sdeint's stepper: checks the equation against the method, draws the noise of a step and hands both to the method.
#include "frontend/integrate/sde.hpp"

#include <fmt/format.h>

#include "frontend/integrate/brownian.h"
#include "frontend/integrate/delays.h"
#include "frontend/integrate/dependence.h"
#include "frontend/integrate/linearize.h"
#include "frontend/integrate/sde_methods.h"
#include "frontend/math/primitives.h"

namespace brainpy::integrate {

using math::Array;
using math::Operand;

namespace {

template <class Test>
std::string names_of_methods(Test&& test) {
  std::string names;
  for (const SdeMethod& m : sde_methods())
    if (test(m)) names += (names.empty() ? "" : ", ") + std::string(m.name);
  return names;
}

const SdeMethod& find(const SdeOptions& options, const math::Site& site) {
  for (const SdeMethod& m : sde_methods()) {
    if (options.method != m.name) continue;
    const bool ito = options.interpretation == Ito;
    if (ito ? m.ito : m.stratonovich) return m;
    const char *asked = ito ? "Ito" : "Stratonovich", *other = ito ? "Stratonovich" : "Ito";
    throw ValueError(
        {.what = fmt::format("sdeint: '{}' does not solve equations in the sense of {}", m.name, asked),
         .where = math::location_of(site),
         .hint = fmt::format("it solves those of {}; for {} use {}", other, asked,
                             names_of_methods([&](const SdeMethod& x) { return ito ? x.ito : x.stratonovich; }))});
  }
  throw NameError({.what = "sdeint: no method is called '" + options.method + "'",
                   .where = math::location_of(site),
                   .hint = "known are: " + names_of_methods([](const SdeMethod&) { return true; })});
}

class SdeStepper final : public Stepper {
 public:
  SdeStepper(std::shared_ptr<const Function> drift, std::shared_ptr<const Function> diffusion, Equation equation,
             SdeOptions options)
      : Stepper(std::move(equation)),
        drift_(std::move(drift)),
        diffusion_(std::move(diffusion)),
        options_(std::move(options)),
        method_(find(options_, this->equation().site)),
        delays_(options_.delays, this->equation(), StateSlopes::none) {
    const math::Site& site = this->equation().site;
    if (options_.path && options_.random)
      throw ValueError({.what = "sdeint: both a path and a random state are given",
                        .where = math::location_of(site),
                        .hint = "the path has its own seed: leave .random out"});
    if (options_.path && options_.dt > 0) fine_steps(*options_.path, options_.dt, "sdeint", site);
  }

  std::vector<BrainPyObject*> memories() const override { return delays_.memories(); }

 protected:
  Arrays advance(const Arrays& arguments, const math::Site& site) const override;

 private:
  struct Drift;
  bool vector() const { return options_.wiener == VectorWiener; }
  void check_shapes(const Arrays& states, const math::Site& site) const;
  Arrays diffusion(Arrays arguments, const math::Site& site) const;
  /// The extent of the last axis of all diffusions.
  std::int64_t processes(const Arrays& g, const math::Site& site) const;
  void check_one_process(const SdeStep& step, std::int64_t processes, const math::Site& site) const;
  void draw(SdeStep& step, std::int64_t processes, const math::Site& site) const;

  std::shared_ptr<const Function> drift_, diffusion_;
  SdeOptions options_;
  const SdeMethod& method_;
  Delays delays_;
};

/// Calls with the parameters of this step.
struct SdeStepper::Drift final : OdeProblem::RightHandSide {
  const SdeStepper& stepper;
  Arrays parameters;
  const math::Site& site;

  Drift(const SdeStepper& s, Arrays p, const math::Site& where) : stepper(s), parameters(std::move(p)), site(where) {}

  Arrays bind(Arrays states, const Operand& t) const {
    states.push_back(t.array());
    states.insert(states.end(), parameters.begin(), parameters.end());
    return states;
  }
  Arrays operator()(const Arrays& states, const Operand& t) const override {
    return call_equation(stepper.equation(), *stepper.drift_, bind(states, t), "drift", site);
  }
};

Arrays SdeStepper::diffusion(Arrays arguments, const math::Site& site) const {
  const Equation& e = equation();
  if (!vector()) return call_equation(e, *diffusion_, arguments, "diffusion", site);
  Arrays values = (*diffusion_)(arguments);
  if (values.size() != e.states)
    throw ValueError({.what = "sdeint: the diffusion returns a wrong number of values",
                      .where = math::location_of(e.site),
                      .values = fmt::format("{} states, {} values", e.states, values.size()),
                      .hint = "return one value for each state, in the order of the states"});
  for (std::size_t k = 0; k < e.states; ++k) {
    const runtime::Type &state = arguments[k].type(), &value = values[k].type();
    const int last = value.shape.rank() - 1;
    if (!(last >= 0 && value.shape[last] > 0 && value.shape.without_axis(last) == state.shape))
      throw ShapeError({.what = fmt::format("sdeint: the diffusion of state {} has another shape", k),
                        .where = math::location_of(site),
                        .values = fmt::format("the state '{}' is {}, its diffusion {}", e.variables[k],
                                              to_string(state), to_string(value)),
                        .hint = "with VectorWiener return the state's shape with one more, last axis: a coefficient "
                                "for each process"});
    values[k] = math::convert(values[k], state.dtype, site);
  }
  return values;
}

std::int64_t SdeStepper::processes(const Arrays& g, const math::Site& site) const {
  const auto extent = [&](std::size_t k) { return g[k].shape()[g[k].ndim() - 1]; };
  for (std::size_t k = 1; k < g.size(); ++k)
    if (extent(k) != extent(0))
      throw ShapeError({.what = "sdeint: the diffusions of two states have different numbers of processes",
                        .where = math::location_of(site),
                        .values = fmt::format("{} for the state '{}', {} for the state '{}'", extent(0),
                                              equation().variables[0], extent(k), equation().variables[k]),
                        .hint = "with VectorWiener all states share the processes: give those that do not drive a "
                                "state the coefficient 0"});
  return extent(0);
}

void SdeStepper::check_shapes(const Arrays& states, const math::Site& site) const {
  for (std::size_t k = 1; k < states.size(); ++k)
    if (!(states[k].type() == states[0].type()))
      throw ShapeError(
          {.what = "sdeint: states that share Wiener processes have different types",
           .where = math::location_of(site),
           .values = fmt::format("'{}' is {}, '{}' is {}", equation().variables[0], to_string(states[0].type()),
                                 equation().variables[k], to_string(states[k].type())),
           .hint = "with VectorWiener element i of all states is driven by the same processes; use "
                   "ScalarWiener, or states of one shape and element type"});
}

void SdeStepper::check_one_process(const SdeStep& step, std::int64_t processes, const math::Site& site) const {
  const std::string others = names_of_methods(
      [&](const SdeMethod& m) { return !m.one_process && (options_.interpretation == Ito ? m.ito : m.stratonovich); });
  if (processes > 1)
    throw ValueError({.what = fmt::format("sdeint: '{}' is for one Wiener process", method_.name),
                      .where = math::location_of(site),
                      .values = fmt::format("the diffusion has {}", processes),
                      .hint = "for several use " + others});
  const auto check = [&](const char* what, auto coefficient, const std::string& hint) {
    const transform::ListFunction of_states(coefficient);
    const RecordedFunction recorded(of_states, step.x.arrays(), site);
    const auto found = dependences(recorded.program(), states());
    for (std::size_t k = 0; k < states(); ++k)
      for (std::size_t j = 0; j < states(); ++j) {
        const Dependence d = found[k][j];
        if (d == Dependence::none || (d == Dependence::elementwise && (vector() || j == k))) continue;
        const char* of = d == Dependence::other ? "other elements of the state" : "the state";
        throw ValueError({.what = fmt::format("sdeint: '{}' needs a {} in which each element is driven by one process",
                                              method_.name, what),
                          .where = math::location_of(equation().site),
                          .values = fmt::format("the {} of state '{}' depends on {} '{}'", what,
                                                equation().variables[k], of, equation().variables[j]),
                          .hint = "let it depend on the same element alone, or use " + hint});
      }
  };
  check(
      "diffusion", [&](const Arrays& states) { return step.diffusion(states, step.drift.t()); }, others);
  if (method_.in_drift_too)
    check(
        "drift", [&](const Arrays& states) { return step.drift.slopes(states, 0); }, "srk1w1");
}

void SdeStepper::draw(SdeStep& step, std::int64_t processes, const math::Site& site) const {
  const StepNoise noise =
      options_.path ? StepNoise(*options_.path, step.h, "sdeint", site)
                    : StepNoise(options_.random ? *options_.random : math::random::default_state(), step.h, site);
  const auto increment = [&](std::size_t process, std::size_t state) {
    return noise.increment(process, step.x.arrays()[state].type(), method_.needs_integral);
  };
  if (processes > 1) {
    for (std::size_t j = 0; j < static_cast<std::size_t>(processes); ++j) step.shared_dW.push_back(increment(j, 0).dW);
    return;
  }
  Arrays dW, dZ;
  for (std::size_t k = 0; k < states(); ++k) {
    const bool shares = vector() && k > 0;
    const BrownianIncrement own = shares ? BrownianIncrement{dW[0], dZ[0]} : increment(k, k);
    dW.push_back(own.dW);
    dZ.push_back(own.dZ);
  }
  step.dW = States(std::move(dW));
  step.dZ = States(std::move(dZ));
}

Arrays SdeStepper::advance(const Arrays& arguments, const math::Site& site) const {
  const auto t = arguments.begin() + static_cast<std::ptrdiff_t>(states());
  const Arrays start(arguments.begin(), t);
  if (vector()) check_shapes(start, site);
  delays_.record_values(start, Operand(*t, site), dt(), site);
  const Drift drift(*this, {t + 1, arguments.end()}, site);
  const OdeProblem problem(drift, start, Operand(*t, site), Operand(dt(), site), site);
  Arrays g = diffusion(arguments, site);
  const std::int64_t count = vector() ? processes(g, site) : 1;
  // One process needs no axis: its coefficients are as those of ScalarWiener.
  const auto without_axis = [&](Arrays values) {
    if (vector() && count == 1)
      for (Array& v : values) v = math::reshape_to(v, v.shape().without_axis(v.ndim() - 1), site);
    return values;
  };
  const auto at = [&](const Arrays& states, const Operand& time) {
    return without_axis(diffusion(drift.bind(states, time), site));
  };
  SdeStep step{.drift = problem,
               .diffusion = at,
               .h = dt(),
               .ito = options_.interpretation == Ito,
               .x = States(start),
               .g0 = States(without_axis(std::move(g)))};
  if (method_.one_process) check_one_process(step, count, site);
  draw(step, count, site);
  return method_.step(step).arrays();
}

}  // namespace

std::shared_ptr<const Stepper> make_sde(std::shared_ptr<const Function> drift,
                                        std::shared_ptr<const Function> diffusion, std::size_t states,
                                        std::size_t arguments, const SdeOptions& options, const math::Site& site) {
  Equation equation{"sdeint", states, arguments, options.dt, options.variables, options.parameters, site};
  return std::make_shared<SdeStepper>(std::move(drift), std::move(diffusion), std::move(equation), options);
}

}  // namespace brainpy::integrate

namespace brainpy {
SdeOptions::~SdeOptions() = default;
}  // namespace brainpy
