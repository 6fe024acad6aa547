#include "frontend/run/event_watch.h"

#include <fmt/format.h>

#include "frontend/math/array_data.h"
#include "frontend/math/math.hpp"
#include "frontend/transform/control_flow.hpp"

namespace brainpy::run {

namespace bm = brainpy::math;
using integrate::Operand;
using math::Site;

namespace {

constexpr math::DType f64 = math::DType::f64;

}  // namespace

EventWatch::EventWatch(const std::vector<Event>& events, const integrate::Equation& equation, std::int64_t most)
    : events_(events), equation_(equation), most_(most) {
  for (const Event& e : events)
    if (e.arguments != equation.states + 1)
      throw ValueError({.what = "IntegratorRunner: event '" + e.name + "' takes a wrong number of arguments",
                        .where = math::location_of(e.site),
                        .values = fmt::format("{} arguments, {} states", e.arguments, equation.states),
                        .hint = "it takes the states, then t"});
}

Array EventWatch::signal(std::size_t k, const Array& t, const Arrays& states) const {
  Arrays arguments = states;
  arguments.push_back(math::convert(t, states[0].dtype(), Site::current()));
  const Arrays values = (*events_[k].function)(arguments);
  if (values.size() != 1 || values[0].size() != 1)
    throw ValueError({.what = "IntegratorRunner: event '" + events_[k].name + "' does not return one number",
                      .where = math::location_of(events_[k].site),
                      .values = values.empty() ? "nothing" : "it returns " + to_string(values[0].type()),
                      .hint = "reduce it, such as with bm::max, or watch one element"});
  return math::convert(values[0].reshape({}), f64, Site::current());
}

Arrays EventWatch::start(const Array& t, const Arrays& states) const {
  Arrays carried{math::number(math::DType::bool_, 0.0), math::number(f64, 0.0)};
  for (std::size_t k = 0; k < events_.size(); ++k) {
    carried.push_back(signal(k, t, states));
    carried.push_back(math::number(math::DType::i64, std::int64_t{0}));
    carried.push_back(bm::zeros({most_}, f64));
    for (const Array& s : states) carried.push_back(bm::zeros(s.shape().with_leading(most_), s.dtype()));
  }
  return carried;
}

Arrays EventWatch::signals(const Array& t, const Arrays& states) const {
  Arrays values;
  for (std::size_t k = 0; k < events_.size(); ++k) values.push_back(signal(k, t, states));
  return values;
}

Array EventWatch::crossed(std::size_t k, const Arrays& carried, const Arrays& signals) const {
  const Array &before = carried[place(k)], &after = signals[k];
  const Array up = before < 0.0 && after >= 0.0, down = before > 0.0 && after <= 0.0;
  const int direction = events_[k].options.direction;
  return direction > 0 ? up : direction < 0 ? down : up || down;
}

Array EventWatch::happened(const Arrays& carried, const Arrays& signals) const {
  Array any = crossed(0, carried, signals);
  for (std::size_t k = 1; k < events_.size(); ++k) any = any || crossed(k, carried, signals);
  return any;
}

Array EventWatch::find_crossing(std::size_t k, const integrate::StepPolynomial& step, const Array& before) const {
  // Bisection to the spacing of the numbers: it needs no smoothness of the user's function.
  const auto wide = [](const Arrays& now) {
    return Arrays{now[1] - now[0] > 4.0 * 2.220446049250313e-16 * bm::maximum(bm::abs(now[0]), bm::abs(now[1]))};
  };
  const auto halve = [&](const Arrays& now) {
    const Array middle = 0.5 * (now[0] + now[1]), value = signal(k, middle, step.at(middle));
    const Array is_before = bm::sign(value) == bm::sign(before);
    return Arrays{bm::where(is_before, middle, now[0]), bm::where(is_before, now[1], middle)};
  };
  const Arrays ends = bm::detail::while_loop(transform::ListFunction(wide), transform::ListFunction(halve),
                                             {step.t_left, step.t_left + step.h}, Site::current());
  return ends[1];
}

Arrays EventWatch::observe(const integrate::StepPolynomial& step, const Arrays& carried, const Arrays& signals) const {
  Arrays next = carried;
  for (std::size_t k = 0; k < events_.size(); ++k) {
    const std::size_t at = place(k), states = equation_.states;
    const Array &before = next[at], &number = next[at + 1];
    const auto record = [&] {
      const Array t = find_crossing(k, step, before);
      const Arrays values = step.at(t);
      bm::check(Operand(number < most_, events_[k].site), "IntegratorRunner: too many events '" + events_[k].name + "'",
                {{"t", t}, {"max_events", most_}}, "raise .max_events, or run for a shorter time");
      Arrays changed{number + 1, next[at + 2].at(number).set(t)};
      for (std::size_t s = 0; s < states; ++s) changed.push_back(next[at + 3 + s].at(number).set(values[s]));
      const bool ends = events_[k].options.terminal;
      changed.push_back(ends ? bm::where(next[0], bm::minimum(next[1], t), t) : next[1]);
      changed.push_back(ends ? math::number(math::DType::bool_, 1.0) : next[0]);
      return changed;
    };
    const auto keep = [&] {
      Arrays same(next.begin() + static_cast<std::ptrdiff_t>(at + 1),
                  next.begin() + static_cast<std::ptrdiff_t>(at + 3 + states));
      same.push_back(next[1]);
      same.push_back(next[0]);
      return same;
    };
    Arrays changed = bm::detail::either(crossed(k, carried, signals), record, keep);
    next[0] = changed.back();
    next[1] = changed[changed.size() - 2];
    for (std::size_t s = 0; s < states + 2; ++s) next[at + 1 + s] = changed[s];
  }
  return pass(next, signals);
}

Arrays EventWatch::pass(const Arrays& carried, const Arrays& signals) const {
  Arrays next = carried;
  for (std::size_t k = 0; k < events_.size(); ++k) next[place(k)] = signals[k];
  return next;
}

EventRecord EventWatch::record(const Arrays& carried, std::size_t k) const {
  const std::size_t at = place(k);
  const auto count = carried[at + 1].item<std::int64_t>();
  const auto first = [&](const Array& all) { return all[bm::slice(count)]; };
  EventRecord record{first(carried[at + 2]), {}};
  for (std::size_t s = 0; s < equation_.states; ++s)
    record.states.emplace_back(equation_.variables[s], first(carried[at + 3 + s]));
  return record;
}

}  // namespace brainpy::run

namespace brainpy {

const math::Array& EventRecord::operator[](const std::string& name) const {
  std::string known;
  for (const auto& [key, values] : states) {
    if (key == name) return values;
    known += (known.empty() ? "" : ", ") + key;
  }
  throw NameError({.what = "an event has no state '" + name + "'", .hint = "known are: " + known});
}

}  // namespace brainpy
