// The integrators' steps, written with the operators that users have.
#include "frontend/integrate/ode.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "frontend/integrate/linearize.h"
#include "frontend/math/array_data.h"
#include "frontend/object/share.hpp"

namespace brainpy::integrate {

using math::Operand;

namespace {

/// What a method works with: the derivative at given states and time.
struct Problem {
  const Stepper& stepper;
  const Arrays& arguments;
  const math::Site& site;

  std::size_t states() const { return stepper.states(); }
  double h() const { return stepper.dt(); }

  /// x + h * sum of weights * slopes, for every state.
  Arrays advance(std::initializer_list<std::pair<double, const Arrays*>> terms) const {
    Arrays next;
    for (std::size_t k = 0; k < states(); ++k) {
      Array change;
      for (const auto& [weight, slopes] : terms) {
        const Operand slope((*slopes)[k], site);
        const Array term = weight == 1.0 ? slope.array() : slope * Operand(weight, site);
        change = change.data() ? Operand(change, site) + Operand(term, site) : term;
      }
      next.push_back(Operand(arguments[k], site) + Operand(Operand(change, site) * Operand(h(), site), site));
    }
    return next;
  }

  /// f at other states, `fraction` of a step later.
  Arrays slopes_at(const Arrays& states, double fraction) const {
    Arrays all = states;
    const Operand t(arguments[this->states()], site);
    all.push_back(fraction == 0 ? t.array() : t + Operand(fraction * h(), site));
    all.insert(all.end(), arguments.begin() + static_cast<std::ptrdiff_t>(this->states()) + 1, arguments.end());
    return stepper.derivative(all, site);
  }
};

Arrays euler(const Problem& p) {
  const Arrays k1 = p.stepper.derivative(p.arguments, p.site);
  return p.advance({{1.0, &k1}});
}

Arrays rk2(const Problem& p) {
  const Arrays k1 = p.stepper.derivative(p.arguments, p.site);
  const Arrays k2 = p.slopes_at(p.advance({{2.0 / 3.0, &k1}}), 2.0 / 3.0);
  return p.advance({{0.25, &k1}, {0.75, &k2}});
}

Arrays rk4(const Problem& p) {
  const Arrays k1 = p.stepper.derivative(p.arguments, p.site);
  const Arrays k2 = p.slopes_at(p.advance({{0.5, &k1}}), 0.5);
  const Arrays k3 = p.slopes_at(p.advance({{0.5, &k2}}), 0.5);
  const Arrays k4 = p.slopes_at(p.advance({{1.0, &k3}}), 1.0);
  return p.advance({{1.0 / 6.0, &k1}, {1.0 / 3.0, &k2}, {1.0 / 3.0, &k3}, {1.0 / 6.0, &k4}});
}

Arrays exponential_euler(const Problem& p) {
  struct Checked final : Function {
    const Problem& p;
    explicit Checked(const Problem& problem) : p(problem) {}
    Arrays operator()(const Arrays& arguments) const override { return p.stepper.derivative(arguments, p.site); }
  };
  const Linearized f = linearize(Checked(p), p.arguments, p.states(), p.site);
  const Operand h(p.h(), p.site);
  Arrays next;
  for (std::size_t k = 0; k < p.states(); ++k) {
    const Linearized::Part& part = f.parts[k];
    const Operand x(p.arguments[k], p.site), exponent(Operand(part.slope, p.site) * h, p.site);
    // h (e^z - 1) / z, what a constant rate adds in one step.
    const auto gain = [&] { return Operand(Operand(math::float_unary("exprel", exponent), p.site) * h, p.site); };
    if (part.affine) {
      // The exact solution, with the state's factor and the rate's gain computed once for all elements.
      const Array decayed = x * Operand(math::float_unary("exp", exponent), p.site);
      const Array offset = part.offset;
      next.push_back(offset.data() ? Operand(decayed, p.site) + Operand(gain() * Operand(offset, p.site), p.site)
                                   : decayed);
    } else {
      next.push_back(x + Operand(gain() * Operand(f.results[k], p.site), p.site));
    }
  }
  return next;
}

struct Method {
  const char* name;
  Arrays (*step)(const Problem&);
};

constexpr Method methods[] = {
    {"euler", euler},
    {"rk2", rk2},
    {"rk4", rk4},
    {"exp_auto", exponential_euler},
    {"exp_euler", exponential_euler},
    {"exponential_euler", exponential_euler},
};

const Method& find_method(const std::string& name, const math::Site& site) {
  std::string known;
  for (const Method& m : methods) {
    if (name == m.name) return m;
    known += (known.empty() ? "" : ", ") + std::string(m.name);
  }
  throw NameError({.what = "odeint: no method is called '" + name + "'",
                   .where = math::location_of(site),
                   .hint = "known are: " + known});
}

}  // namespace

std::vector<std::string> method_names() {
  std::vector<std::string> names;
  for (const Method& m : methods) names.emplace_back(m.name);
  return names;
}

Stepper::Stepper(std::shared_ptr<const Function> derivative, std::size_t states, std::size_t arguments,
                 OdeOptions options, const math::Site& site)
    : derivative_(std::move(derivative)), states_(states), arguments_(arguments), options_(std::move(options)) {
  find_method(options_.method, site);
  if (options_.dt < 0 || options_.dt != options_.dt)
    throw ValueError({.what = "odeint: the time step is not above zero",
                      .where = math::location_of(site),
                      .values = fmt::format("dt = {}", options_.dt),
                      .hint = "give dt in ms, or leave it out to use bp::share.dt()"});
  if (!options_.variables.empty() && options_.variables.size() != states_)
    throw ValueError({.what = "odeint: the number of variable names is not the number of states",
                      .where = math::location_of(site),
                      .values = fmt::format("{} names, {} states", options_.variables.size(), states_)});
}

double Stepper::dt() const { return options_.dt > 0 ? options_.dt : share.dt(); }

Arrays Stepper::derivative(const Arrays& arguments, const math::Site& site) const {
  Arrays slopes = (*derivative_)(arguments);
  for (std::size_t k = 0; k < states_; ++k) {
    const runtime::Type &state = arguments[k].type(), &slope = slopes[k].type();
    if (slope.shape == state.shape || slope.shape.is_scalar()) continue;
    throw ShapeError({.what = fmt::format("odeint: the derivative of state {} has another shape", k),
                      .where = math::location_of(site),
                      .values = "the state is " + to_string(state) + ", its derivative " + to_string(slope),
                      .hint = "return one derivative for each element of the state, in the order of the states"});
  }
  return slopes;
}

Arrays Stepper::step(const Arrays& arguments, const math::Site& site) const {
  if (arguments.size() != arguments_)
    throw ValueError({.what = "integrator: wrong number of arguments",
                      .where = math::location_of(site),
                      .values = fmt::format("the derivative takes {} ({} states, t, parameters), given {}", arguments_,
                                            states_, arguments.size()),
                      .hint = "call it as the derivative is declared: states, then t, then parameters"});
  Arrays floats;
  for (std::size_t k = 0; k < arguments.size(); ++k)
    floats.push_back(k <= states_ ? math::convert(arguments[k], math::to_float(arguments[k].dtype()), site)
                                  : arguments[k]);
  return find_method(options_.method, site).step({*this, floats, site});
}

}  // namespace brainpy::integrate
