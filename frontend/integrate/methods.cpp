// Looking methods up, registering them, and the step of a tableau.
#include "frontend/integrate/methods.h"

#include <deque>

#include <fmt/format.h>

#include "frontend/integrate/ode.hpp"
#include "frontend/integrate/tableau.h"
#include "frontend/math/array_data.h"

namespace brainpy::integrate {

std::vector<Arrays> stages(const OdeProblem& problem, const Tableau& tableau, const Arrays& first) {
  std::vector<Arrays> k;
  k.reserve(tableau.b.size());  // The terms below point into it.
  for (std::size_t i = 0; i < tableau.b.size(); ++i) {
    if (i == 0) {
      k.push_back(first.empty() ? problem.slopes(problem.states(), tableau.c[0]) : first);
      continue;
    }
    std::vector<std::pair<double, const Arrays*>> terms;
    for (std::size_t j = 0; j < i; ++j) terms.emplace_back(tableau.a[i][j], &k[j]);
    k.push_back(problem.slopes(problem.advance(terms), tableau.c[i]));
  }
  return k;
}

Arrays symplectic_euler(const OdeProblem& problem) {
  Arrays states = problem.states();
  for (std::size_t k = 0; k < states.size(); ++k) {
    const Arrays slopes = problem.slopes(states, 0);
    states[k] = problem.advance({{1.0, &slopes}})[k];
  }
  return states;
}

Arrays combine(const OdeProblem& problem, const std::vector<Arrays>& k, const std::vector<double>& weights) {
  std::vector<std::pair<double, const Arrays*>> terms;
  for (std::size_t i = 0; i < k.size(); ++i) terms.emplace_back(weights[i], &k[i]);
  return problem.advance(terms);
}

namespace {

struct RungeKutta final : OdeMethod {
  std::shared_ptr<const Tableau> tableau;
  explicit RungeKutta(std::shared_ptr<const Tableau> t) : tableau(std::move(t)) {}
  Arrays operator()(const OdeProblem& problem) const override {
    return combine(problem, stages(problem, *tableau), tableau->b);
  }
};

struct EmbeddedPair final : EstimatingMethod {
  std::shared_ptr<const Tableau> tableau;

  explicit EmbeddedPair(std::shared_ptr<const Tableau> t) : tableau(std::move(t)) {
    error_order = std::min(tableau->order, tableau->embedded_order) + 1;
    tries_cost = static_cast<std::int64_t>(tableau->b.size()) - 1;
    acceptance_cost = first_same_as_last(*tableau) ? 0 : 1;
  }

  Attempt attempt(const OdeProblem& problem, const Arrays& slopes) const override {
    Attempt made;
    made.stages = stages(problem, *tableau, slopes);
    made.states = combine(problem, made.stages, tableau->b);
    std::vector<std::pair<double, const Arrays*>> difference;
    for (std::size_t i = 0; i < made.stages.size(); ++i)
      difference.emplace_back(tableau->b[i] - tableau->b_embedded[i], &made.stages[i]);
    made.errors = problem.change(difference);
    if (acceptance_cost == 0) made.end_slopes = made.stages.back();
    return made;
  }
};

struct StepFunction final : OdeMethod {
  Arrays (*step)(const OdeProblem&);
  explicit StepFunction(Arrays (*function)(const OdeProblem&)) : step(function) {}
  Arrays operator()(const OdeProblem& problem) const override { return step(problem); }
};

MethodEntry entry_of(const std::string& name, Tableau tableau) {
  auto owned = std::make_shared<const Tableau>(std::move(tableau));
  std::shared_ptr<const EstimatingMethod> pair;
  if (!owned->b_embedded.empty()) pair = std::make_shared<EmbeddedPair>(owned);
  return {name, std::make_shared<RungeKutta>(owned), owned, pair};
}

/// All methods; entries keep their places when more are registered.
std::deque<MethodEntry>& methods() {
  static std::deque<MethodEntry> all = [] {
    std::deque<MethodEntry> known;
    for (const NamedTableau& t : tableaus()) known.push_back(entry_of(t.name, t.tableau));
    const auto add = [&](const char* name, Arrays (*step)(const OdeProblem&),
                         std::shared_ptr<const EstimatingMethod> estimating = nullptr) {
      known.push_back({name, std::make_shared<StepFunction>(step), nullptr, std::move(estimating)});
    };
    for (const char* name : {"exp_auto", "exp_euler", "exponential_euler"}) add(name, exponential_euler);
    add("exp_rk2", exponential_rk2);
    add("symplectic_euler", symplectic_euler);
    add("backward_euler", backward_euler);
    add("trapezoid", trapezoid);
    add("rodas4", rodas4, std::make_shared<Rodas4>());
    return known;
  }();
  return all;
}

void add_method(MethodEntry entry, const math::Site& site) {
  for (const MethodEntry& m : methods())
    if (m.name == entry.name)
      throw NameError({.what = "register_ode_method: the name '" + entry.name + "' is taken",
                       .where = math::location_of(site),
                       .hint = "choose another name"});
  methods().push_back(std::move(entry));
}

}  // namespace

const MethodEntry& find_method(const std::string& name, const char* function, const math::Site& site) {
  std::string known;
  for (const MethodEntry& m : methods()) {
    if (name == m.name) return m;
    known += (known.empty() ? "" : ", ") + m.name;
  }
  throw NameError({.what = std::string(function) + ": no method is called '" + name + "'",
                   .where = math::location_of(site),
                   .hint = "known are: " + known});
}

const MethodEntry& find_estimating_method(const std::string& name, const char* function, const math::Site& site) {
  const MethodEntry& found = find_method(name, function, site);
  if (found.estimating) return found;
  std::string known;
  for (const MethodEntry& m : methods())
    if (m.estimating) known += (known.empty() ? "" : ", ") + m.name;
  throw ValueError(
      {.what = fmt::format("{}: the method '{}' has no error estimate, so its steps cannot adapt", function, name),
       .where = math::location_of(site),
       .hint = "those that can are: " + known});
}

std::vector<std::string> ode_method_names() {
  std::vector<std::string> names;
  for (const MethodEntry& m : methods()) names.push_back(m.name);
  return names;
}

void register_method(const std::string& name, std::shared_ptr<const OdeMethod> method, const math::Site& site) {
  add_method({name, std::move(method), nullptr, nullptr}, site);
}

}  // namespace brainpy::integrate

namespace brainpy {

void register_ode_method(const std::string& name, Tableau tableau, math::Site site) {
  const auto refuse = [&](std::string what, std::string values, std::string hint) {
    throw ValueError({.what = "register_ode_method: " + std::move(what) + " of '" + name + "'",
                      .where = math::location_of(site),
                      .values = std::move(values),
                      .hint = std::move(hint)});
  };
  if (const std::string why = integrate::misfit(tableau); !why.empty())
    refuse("the sizes do not fit in the tableau", why,
           "s stages: c and b of s numbers, a of s rows, row i of i entries that sum to c_i");
  const auto check_order = [&](const std::vector<double>& weights, int order, const char* which) {
    if (const std::string why = integrate::violated_condition(tableau, weights, order); !why.empty())
      refuse(fmt::format("the {} has not the order {} that it claims", which, order), why,
             "correct the coefficients, or claim the order that they have");
  };
  if (tableau.order < 1)
    refuse("no order is given in the tableau", fmt::format("order = {}", tableau.order), "give .order");
  check_order(tableau.b, tableau.order, "solution");
  if (!tableau.b_embedded.empty()) check_order(tableau.b_embedded, tableau.embedded_order, "embedded solution");
  integrate::add_method(integrate::entry_of(name, std::move(tableau)), site);
}

}  // namespace brainpy
