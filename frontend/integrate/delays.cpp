#include "frontend/integrate/delays.h"

#include <algorithm>

#include <fmt/format.h>

#include "frontend/math/array_data.h"

namespace brainpy::integrate {

Delays::Delays(const std::vector<std::pair<std::string, DelayReference>>& delays, const Equation& equation,
               StateSlopes slopes)
    : family_(equation.family), slopes_(slopes) {
  for (const auto& [name, reference] : delays) {
    const auto found = std::ranges::find(equation.variables, name);
    // The only state needs no name of its own.
    const bool is_only_state = equation.states == 1 && equation.variables[0] == "x0";
    if (found == equation.variables.end() && !is_only_state) {
      std::string known;
      for (const std::string& v : equation.variables) known += (known.empty() ? "" : ", ") + v;
      throw NameError({.what = fmt::format("{}: no state is called '{}', which has a delay", equation.family, name),
                       .where = math::location_of(equation.site),
                       .hint = "known are: " + known + "; name them with .variables"});
    }
    const std::size_t state = is_only_state ? 0 : static_cast<std::size_t>(found - equation.variables.begin());
    entries_.push_back({state, &reference.get()});
    if (slopes_ == StateSlopes::known) reference.get().offer_slopes();
    check_slopes(entries_.back(), equation.site);
  }
}

void Delays::check_slopes(const Entry& entry, const math::Site& site) const {
  if (slopes_ == StateSlopes::known || !entry.delay->needs_slope()) return;
  throw ValueError({.what = fmt::format("{}: a delay is cubic, but its state has no slope", family_),
                    .where = math::location_of(site),
                    .hint = "make the delay with .interpolation = \"linear\", for this integrator alone"});
}

std::vector<BrainPyObject*> Delays::memories() const {
  std::vector<BrainPyObject*> all;
  for (const Entry& e : entries_) all.push_back(e.delay);
  return all;
}

void Delays::reset() const {
  for (const Entry& e : entries_) e.delay->reset_state();
}

void Delays::record_values(const Arrays& states, const math::Operand& t, double dt, const math::Site& site) const {
  for (const Entry& e : entries_) {
    e.delay->expect_steps(dt, site);
    check_slopes(e, site);  // an odeint made later may have made it cubic
    const runtime::Type &type = states[e.state].type(), &wanted = e.delay->row_type();
    if (!(type == wanted))
      throw ShapeError({.what = "the state and the target of its delay differ",
                        .where = math::location_of(site),
                        .values = fmt::format("the state is {}, the target {}", to_string(type), to_string(wanted)),
                        .hint = "make the delay of a Variable of the state's shape and element type"});
    if (!e.delay->needs_slope()) e.delay->record(math::Operand(states[e.state], site), nullptr, t);
  }
}

bool Delays::need_slopes() const {
  return std::ranges::any_of(entries_, [](const Entry& e) { return e.delay->needs_slope(); });
}

void Delays::record_slopes(const Arrays& states, const Arrays& slopes, const math::Operand& t,
                           const math::Site& site) const {
  for (const Entry& e : entries_) {
    if (!e.delay->needs_slope()) continue;
    const math::Operand slope(math::broadcast_array(slopes[e.state], states[e.state].shape(), site), site);
    e.delay->record(math::Operand(states[e.state], site), &slope, t);
  }
}

Arrays KnownAtStart::operator()(const Arrays& at, const math::Operand& time) const {
  bool is_start = time.array().data() == t.array().data();
  for (std::size_t k = 0; k < at.size(); ++k) is_start = is_start && at[k].data() == states[k].data();
  return is_start ? slopes : f(at, time);
}

}  // namespace brainpy::integrate
