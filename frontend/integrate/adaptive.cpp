// The loop over tries: one while operation, whose body is a step of the method, its error, and the controller.
#include "frontend/integrate/adaptive.h"

#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "frontend/math/array_data.h"
#include "frontend/math/math.hpp"
#include "frontend/transform/control_flow.hpp"

namespace brainpy::integrate {

namespace bm = brainpy::math;
using math::Site;
using transform::ListFunction;

namespace {

constexpr math::DType f64 = math::DType::f64;

// Bounds and safety of the controller as in SciPy's solve_ivp; the integral part as in Hairer's dopri5.
constexpr double safety = 0.9, smallest_factor = 0.2, largest_factor = 10, integral_share = 0.2;

Arrays choose(const Array& condition, const Arrays& a, const Arrays& b) {
  Arrays chosen;
  for (std::size_t k = 0; k < a.size(); ++k) chosen.push_back(bm::where(condition, a[k], b[k]));
  return chosen;
}

Arrays in_types_of(Arrays values, const Arrays& like) {
  for (std::size_t k = 0; k < values.size(); ++k)
    values[k] = math::convert(values[k], like[k].dtype(), Site::current());
  return values;
}

Arrays take(const Arrays& flat, std::size_t& next, std::size_t count) {
  const auto first = flat.begin() + static_cast<std::ptrdiff_t>(next);
  next += count;
  return {first, first + static_cast<std::ptrdiff_t>(count)};
}

void append(Arrays& to, const Arrays& more) { to.insert(to.end(), more.begin(), more.end()); }

Arrays from(const Arrays& flat, std::size_t first) {
  return {flat.begin() + static_cast<std::ptrdiff_t>(first), flat.end()};
}

Array number(double value) { return math::number(f64, value); }
Array no() { return math::number(math::DType::bool_, 0.0); }
Array count(const Array& condition) { return math::convert(condition, math::DType::i64, Site::current()); }

}  // namespace

// --- polynomials ---------------------------------------------------------------------------------

Arrays StepPolynomial::at(const Array& t) const {
  const Array theta = (t - t_left) / h;
  Arrays states;
  for (std::size_t k = 0; k < left.size(); ++k) {
    const Array x = math::convert(theta, left[k].dtype(), Site::current());
    Array sum = coefficients.back()[k] * x;
    for (std::size_t j = coefficients.size() - 1; j-- > 0;) sum = (sum + coefficients[j][k]) * x;
    states.push_back(left[k] + sum);
  }
  return states;
}

std::size_t polynomial_degree(const Tableau* tableau) {
  if (tableau && !tableau->dense.empty()) return tableau->dense[0].size();
  return tableau && tableau->order > 3 ? 4 : 3;
}

StepPolynomial step_polynomial(const OdeProblem& problem, const Array& t_left, const Array& h, const Attempt& attempt,
                               const Tableau* tableau) {
  StepPolynomial step{t_left, h, problem.states(), {}};
  if (!attempt.polynomial.empty()) {
    for (const Arrays& c : attempt.polynomial) step.coefficients.push_back(in_types_of(c, step.left));
    return step;
  }
  if (tableau && !tableau->dense.empty()) {
    for (std::size_t j = 0; j < polynomial_degree(tableau); ++j) {
      std::vector<std::pair<double, const Arrays*>> terms;
      for (std::size_t i = 0; i < attempt.stages.size(); ++i)
        terms.emplace_back(tableau->dense[i][j], &attempt.stages[i]);
      step.coefficients.push_back(in_types_of(problem.change(terms), step.left));
    }
    return step;
  }
  const Arrays begin = problem.change({{1.0, &attempt.stages.front()}}),
               end = problem.change({{1.0, &attempt.end_slopes}});
  Arrays first, second, third;
  for (std::size_t k = 0; k < step.left.size(); ++k) {
    const Array rise = attempt.states[k] - step.left[k];
    first.push_back(begin[k]);
    second.push_back(3.0 * rise - 2.0 * begin[k] - end[k]);
    third.push_back(begin[k] + end[k] - 2.0 * rise);
  }
  for (const Arrays& c : {first, second, third}) step.coefficients.push_back(in_types_of(c, step.left));
  if (polynomial_degree(tableau) == 3) return step;
  // One order more, from the slope at one more point (Shampine 1985, SIAM J. Numer. Anal. 22): the cubic's state there
  // is good enough for it. theta^2 (1 - theta)^2 changes neither end, and its slope is steepest at this point.
  const double theta = (3 - std::sqrt(3.0)) / 6, steepness = 2 * theta * (1 - theta) * (1 - 2 * theta);
  Arrays within;
  for (std::size_t k = 0; k < step.left.size(); ++k)
    within.push_back(step.left[k] + theta * (first[k] + theta * (second[k] + theta * third[k])));
  const Arrays slopes = problem.slopes(in_types_of(within, step.left), theta);
  const Arrays slope = problem.change({{1.0, &slopes}});
  Arrays fourth;
  for (std::size_t k = 0; k < step.left.size(); ++k) {
    const Array cubic = first[k] + theta * (2.0 * second[k] + 3.0 * theta * third[k]);
    fourth.push_back((slope[k] - cubic) * (1 / steepness));
    second[k] = second[k] + fourth[k];
    third[k] = third[k] - 2.0 * fourth[k];
  }
  step.coefficients.clear();
  for (const Arrays& c : {first, second, third, fourth}) step.coefficients.push_back(in_types_of(c, step.left));
  return step;
}

// --- progress ------------------------------------------------------------------------------------

Arrays Progress::pack() const {
  Arrays flat{t, h, last_error, rejected_last, accepted, rejected};
  append(flat, states);
  append(flat, slopes);
  if (last.coefficients.empty()) return flat;
  append(flat, {last.t_left, last.h});
  append(flat, last.left);
  for (const Arrays& c : last.coefficients) append(flat, c);
  return flat;
}

Progress Progress::unpack(const Arrays& flat, std::size_t states, std::size_t degree) {
  Progress p{flat[0], flat[1], flat[2], flat[3], flat[4], flat[5], {}, {}, {}};
  std::size_t next = 6;
  p.states = take(flat, next, states);
  p.slopes = take(flat, next, states);
  if (degree == 0) return p;
  p.last.t_left = flat[next++];
  p.last.h = flat[next++];
  p.last.left = take(flat, next, states);
  for (std::size_t j = 0; j < degree; ++j) p.last.coefficients.push_back(take(flat, next, states));
  return p;
}

// --- the solver ----------------------------------------------------------------------------------

AdaptiveSolver::AdaptiveSolver(const MethodEntry& method, const StepControl& control, const Equation& equation,
                               const OdeProblem::RightHandSide& f, bool interpolates)
    : method_(method), control_(control), equation_(equation), f_(f), interpolates_(interpolates) {}

std::int64_t AdaptiveSolver::evaluations(const MethodEntry& method, std::int64_t accepted, std::int64_t rejected) {
  constexpr std::int64_t at_start = 2;
  const EstimatingMethod& m = *method.estimating;
  return at_start + (accepted + rejected) * m.tries_cost + accepted * m.acceptance_cost;
}

OdeProblem AdaptiveSolver::problem(const Arrays& states, const Array& t, const Array& h) const {
  const Site site = Site::current();
  const math::DType dtype = states[0].dtype();
  return {f_, states, Operand(math::convert(t, dtype, site), site), Operand(math::convert(h, dtype, site), site), site};
}

Arrays AdaptiveSolver::squares(const Arrays& errors, const Arrays& a, const Arrays& b) const {
  Arrays list;
  for (std::size_t k = 0; k < errors.size(); ++k) {
    const Array scale = control_.atol + control_.rtol * bm::maximum(bm::abs(a[k]), bm::abs(b[k]));
    const Array square = bm::square(errors[k] / scale);
    list.push_back(math::convert(control_.per_element ? square : bm::sum(square), f64, Site::current()));
  }
  return list;
}

Array AdaptiveSolver::norm(const Arrays& squares, const Arrays& states) const {
  double elements = 0;
  for (const Array& s : states) elements += control_.per_element ? 1.0 : static_cast<double>(s.size());
  Array sum = squares[0];
  for (std::size_t k = 1; k < squares.size(); ++k) sum = sum + squares[k];
  return bm::sqrt(sum * (1.0 / elements));
}

Progress AdaptiveSolver::start(const Arrays& states, const Array& t0) const {
  const Site site = Site::current();
  Progress p;
  const Array zero = number(0.0);
  const auto spread = [&](const Array& a) {
    return control_.per_element ? math::broadcast_array(a, states[0].shape(), site) : a;
  };
  p.t = spread(math::convert(t0, f64, site));
  p.states = states;
  p.slopes = problem(states, p.t, zero).slopes(states, 0);
  if (control_.first_step > 0) {
    p.h = spread(number(control_.first_step));
  } else {
    // A step whose explicit Euler solution changes the states by 1 %, refined by the second derivative.
    const auto size = [&](const Arrays& values) { return norm(squares(values, states, states), states); };
    const Array d0 = size(states), d1 = size(p.slopes);
    const Array h0 = bm::where(d0 < 1e-5 || d1 < 1e-5, 1e-6, 0.01 * d0 / d1);
    const OdeProblem euler = problem(states, p.t, h0);
    Arrays changes = euler.slopes(in_types_of(euler.advance({{1.0, &p.slopes}}), states), 1.0);
    for (std::size_t k = 0; k < changes.size(); ++k) changes[k] = changes[k] - p.slopes[k];
    const Array steepest = bm::maximum(d1, size(changes) / h0);
    const Array h1 = bm::where(steepest <= 1e-15, bm::maximum(1e-6, h0 * 1e-3),
                               bm::power(0.01 / steepest, number(1.0 / method_.estimating->error_order)));
    p.h = spread(bm::minimum(100.0 * h0, h1));
  }
  p.last_error = spread(number(1e-4));
  p.rejected_last = spread(no());
  p.accepted = p.rejected = spread(count(no()));
  if (interpolates_) {
    Arrays zeros;
    for (const Array& s : states) zeros.push_back(bm::zeros_like(s));
    p.last = {p.t, number(1.0), states, std::vector<Arrays>(degree(), zeros)};
  }
  return p;
}

void AdaptiveSolver::check_step(const Progress& now, const Arrays& squares, const Array& active,
                                const Array& accept) const {
  std::vector<std::pair<std::string, Operand>> values{{"t", now.t}, {"step", now.h}};
  for (std::size_t k = 0; k < squares.size(); ++k)
    values.emplace_back("error of " + equation_.variables[k], norm({squares[k]}, {now.states[k]}));
  const double spacing = 10 * std::numeric_limits<double>::epsilon();
  const Array long_enough = now.h > spacing * bm::abs(now.t) || (accept && now.t + now.h > now.t);
  bm::check(Operand(!active || long_enough),
            fmt::format("{}: the step of '{}' became too small", equation_.family, method_.name), values,
            "errors in units of the tolerance; one that is nan: the derivative has no value there; large ones: the "
            "solution ends (a pole), jumps, or is stiff, for which there are implicit methods");
}

Arrays AdaptiveSolver::slopes_at_end(const Progress& now, const Progress& after, const Attempt& made,
                                     const Array& accept) const {
  if (!made.end_slopes.empty()) return choose(accept, made.end_slopes, now.slopes);
  const auto at_end = [&] { return problem(after.states, after.t, after.h).slopes(after.states, 0); };
  if (control_.per_element) return choose(accept, at_end(), now.slopes);
  return bm::detail::either(accept, at_end, [&] { return now.slopes; });
}

Arrays AdaptiveSolver::body(const Arrays& flat, const Array& target, const StepObserver* observer) const {
  const std::size_t states = equation_.states, head = 6 + 2 * states;
  const Progress now = Progress::unpack(flat, states, degree());
  const Arrays carried = from(flat, now.pack().size());

  const Array remaining = target - now.t, active = remaining > 0.0;
  Array h = control_.max_step > 0 ? bm::minimum(now.h, control_.max_step) : now.h;
  // A step that would end just before the target ends there: no tiny step is left over.
  const Array last = interpolates_ ? no() : h * 1.01 >= remaining;
  if (!interpolates_) h = bm::where(last, remaining, h);
  const OdeProblem step = problem(now.states, now.t, h);
  Attempt made = method_.estimating->attempt(step, now.slopes);
  made.states = in_types_of(std::move(made.states), now.states);
  const Arrays parts = squares(made.errors, now.states, made.states);
  const Array error = norm(parts, now.states), small = error < 1.0;
  const Array accept = active && small, reject = active && !small;
  check_step(now, parts, active, accept);

  // The controller. An error that is NaN shrinks the step: fmax gives the number.
  const double exponent = 1.0 / method_.estimating->error_order, integral = integral_share * exponent;
  const auto raised = [](const Array& x, double to) { return bm::power(x, number(to)); };
  const Array growth = safety * raised(error, 0.75 * integral - exponent) * raised(now.last_error, integral);
  const Array grown =
      h * bm::minimum(bm::where(now.rejected_last, 1.0, largest_factor), bm::fmax(growth, smallest_factor));
  const Array shrunk = h * bm::minimum(bm::fmax(safety * raised(error, -exponent), smallest_factor), 1.0);
  // A step cut short at its target says little about the next one: a longer proposal is kept.
  const Array proposed = interpolates_ ? grown : bm::where(last, bm::maximum(now.h, grown), grown);
  const Array end = interpolates_ ? now.t + h : bm::where(last, target, now.t + h);

  Progress after;
  after.t = bm::where(accept, end, now.t);
  after.h = bm::where(accept, proposed, bm::where(reject, shrunk, now.h));
  after.last_error = bm::where(accept, bm::maximum(error, 1e-4), now.last_error);
  after.rejected_last = bm::where(active, reject, now.rejected_last);
  after.accepted = now.accepted + count(accept);
  after.rejected = now.rejected + count(reject);
  after.states = choose(accept, made.states, now.states);
  after.slopes = slopes_at_end(now, after, made, accept);

  Arrays watched;
  Array happened = no();
  if (observer) {
    watched = observer->signals(after.t, after.states);
    happened = accept && observer->happened(carried, watched);
  }
  Arrays next = after.pack();
  if (interpolates_) {
    const auto renewed = [&] {
      if (made.stages.empty()) made.stages = {now.slopes};
      if (made.end_slopes.empty()) made.end_slopes = after.slopes;
      after.last = step_polynomial(step, now.t, h, made, method_.tableau.get());
      return from(after.pack(), head);
    };
    const auto kept = [&] { return from(now.pack(), head); };
    append(next, bm::detail::either(accept && (after.t >= target || happened), renewed, kept));
    after = Progress::unpack(next, states, degree());
  }
  if (observer)
    append(next, bm::detail::either(
                     happened, [&] { return observer->observe(after.last, carried, watched); },
                     [&] {
                       return bm::detail::either(
                           accept, [&] { return observer->pass(carried, watched); }, [&] { return carried; });
                     }));
  return next;
}

Progress AdaptiveSolver::advance(const Progress& start, const Array& target, const StepObserver* observer,
                                 Arrays* carried) const {
  Arrays flat = start.pack();
  const std::size_t own = flat.size();
  if (observer) append(flat, *carried);
  const auto test = [&](const Arrays& now) {
    const Array active = bm::any(now[0] < target);
    if (!observer) return Arrays{active};
    return Arrays{active && !observer->stopped(from(now, own))};
  };
  const auto step = [&](const Arrays& now) { return body(now, target, observer); };
  const Arrays end = bm::detail::while_loop(ListFunction(test), ListFunction(step), flat, Site::current());
  if (observer) *carried = from(end, own);
  return Progress::unpack(end, equation_.states, degree());
}

}  // namespace brainpy::integrate
