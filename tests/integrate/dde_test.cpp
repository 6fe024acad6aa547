// Delayed equations: polynomials of the method of steps, orders, Mackey-Glass, neutral and state-dependent delays, the
// same bits in all modes.
#include <cmath>
#include <memory>

#include "delay/modes.h"
#include "support/orders.h"

namespace bp = brainpy;
namespace bm = brainpy::math;
using namespace test_support;

namespace {

/// x' = a x(t - tau) with x = 1 before 0: sum_k a^k (t - (k - 1) tau)^k / k! over t > (k - 1) tau.
double method_of_steps(double a, double tau, double t) {
  double sum = 1, factorial = 1;
  for (int k = 1; t > (k - 1) * tau; ++k) {
    factorial *= k;
    sum += std::pow(a, k) * std::pow(t - (k - 1) * tau, k) / factorial;
  }
  return sum;
}

struct Recording {
  std::vector<double> t, x;
};

/// Runs an equation of one state "x" and returns all of its values at the steps' ends.
Recording run(const bp::Integrator<1>& integral, const bm::Operand& start, double duration, double t0 = 0) {
  bp::IntegratorRunner runner(integral, {.inits = {{"x", start}}, .monitors = {"x"}, .t0 = t0, .progress_bar = false});
  runner.run(duration);
  return {runner.mon.ts.to_vector<double>(), runner.mon["x"].to_vector<double>()};
}

bp::OdeOptions options(const char* method, double dt, bm::TimeDelay& delay) {
  return {.method = method, .dt = dt, .variables = {"x"}, .delays = {{"x", delay}}};
}

/// The largest difference from the exact solution over the whole run.
template <class Exact>
double largest_error(const Recording& all, Exact exact) {
  double largest = 0;
  for (std::size_t k = 0; k < all.t.size(); ++k) largest = std::max(largest, std::abs(all.x[k] - exact(all.t[k])));
  return largest;
}

/// The order that the errors of dt, dt / 2, dt / 4, ... show.
template <class Error>
void check_order(const std::string& label, double order, double dt, int halvings, Error error) {
  std::vector<double> steps, errors;
  std::string text = label + ": errors";
  for (int k = 0; k <= halvings; ++k) {
    steps.push_back(dt / (1 << k));
    errors.push_back(error(steps.back()));
    text += " " + std::to_string(-std::log2(errors.back()));
  }
  INFO(text << " (negative binary logarithms)");
  CHECK(brainpy::test::measured_order(steps, errors) == Approx(order).margin(0.1));
}

}  // namespace

TEST_CASE("rk4 solves x' = -x(t - 1) and x' = x(t - 1) to rounding where the solution is a cubic or less") {
  const Precision wide(true);
  for (const double a : {-1.0, 1.0}) {
    bm::Variable x(bm::ones({}));
    bm::TimeDelay delayed(x, {.delay = 1.0, .dt = 0.1, .before_t0 = 1.0});
    auto integral =
        bp::odeint([&](bm::Array, bm::Array t) { return a * delayed(t - 1.0); }, options("rk4", 0.1, delayed));
    const Recording all = run(integral, 1.0, 8.0);
    // On [3, 4] the delayed part is a cubic, which both the interpolation and Simpson's rule know exactly.
    for (std::size_t k = 0; k < all.t.size(); ++k) {
      INFO("a " << a << ", t " << all.t[k]);
      const double exact = method_of_steps(a, 1.0, all.t[k]);
      CHECK(all.x[k] == Approx(exact).margin(all.t[k] < 4.01 ? 1e-14 : 1e-6));
    }
  }
}

TEST_CASE("methods keep their order on a delayed equation, between the points of the grid") {
  const Precision wide(true);
  // x = 2 + sin t; the delay is a third of a step away from a point of the grid, for all steps 1/4, 1/8, ...
  const double tau = 4.0 / 3;
  const auto error = [&](const char* method, const char* interpolation, double dt) {
    bm::Variable x(bm::zeros({}));
    const auto exact = [](const bm::Array& t) { return 2.0 + bm::sin(t); };
    bm::TimeDelay delayed(x, {.delay = tau, .dt = dt, .before_t0 = exact, .interpolation = interpolation});
    auto integral = bp::odeint(
        [&](bm::Array x, bm::Array t) { return -x * delayed(t - tau) + bm::cos(t) + exact(t) * exact(t - tau); },
        options(method, dt, delayed));
    return largest_error(run(integral, 2.0, 5.0), [](double t) { return 2 + std::sin(t); });
  };
  for (const auto& [method, order] : {std::pair{"euler", 1.0},
                                      {"midpoint", 2.0},
                                      {"heun2", 2.0},
                                      {"ralston2", 2.0},
                                      {"rk3", 3.0},
                                      {"ssprk3", 3.0},
                                      {"rk4", 4.0},
                                      {"rk4_38rule", 4.0}}) {
    const double first = order < 1.5 ? 1.0 / 32 : 1.0 / 8;
    check_order(method, order, first, 5, [&](double dt) { return error(method, "", dt); });
  }
  // Straight lines between points lose order 4: that is what the slopes are for.
  check_order("rk4, linear", 2.0, 1.0 / 8, 5, [&](double dt) { return error("rk4", "linear", dt); });
}

TEST_CASE("Mackey-Glass at the method's order") {
  // beta 0.2, gamma 0.1, n 10, tau 17, x = 1.2 before 0. Reference: on pieces of tau / m the equation is linear in x,
  // as the delayed part is known; solved by Chebyshev collocation of degree 24 (m = 17), 18 (m = 34) and 30 (m = 10)
  // in NumPy, which agree to 4e-15.
  const std::pair<double, double> reference[] = {{20, 0.55011710975113},
                                                 {40, 1.09213518851181},
                                                 {60, 0.82906727589340},
                                                 {80, 1.08701683002681},
                                                 {100, 1.01372401652412}};
  const Precision wide(true);
  const auto errors = [&](double dt) {
    bm::Variable x(bm::full({1}, 1.2));
    bm::TimeDelay x_delayed(x, {.delay = 17.0, .dt = dt, .before_t0 = 1.2});
    auto integral = bp::odeint(
        [&](bm::Array x, bm::Array t) {
          const bm::Array past = x_delayed(t - 17.0);
          return 0.2 * past / (1.0 + bm::pow(past, 10.0)) - 0.1 * x;
        },
        options("rk4", dt, x_delayed));
    const Recording all = run(integral, bm::full({1}, 1.2), 100.0);
    double largest = 0;
    for (const auto& [t, value] : reference)
      largest = std::max(largest, std::abs(all.x[static_cast<std::size_t>(std::llround(t / dt)) - 1] - value));
    return largest;
  };
  CHECK(errors(0.1) < 1e-8);
  CHECK(errors(0.0125) < 1e-12);
  check_order("Mackey-Glass", 4.0, 0.5, 5, errors);
}

TEST_CASE("neutral equations: the derivative of the past") {
  const Precision wide(true);
  // x = sin t solves x' = x'(t - tau) / 2 - x + cos t - cos(t - tau) / 2 + sin t.
  const auto error = [](double tau, double dt) {
    bm::Variable x(bm::zeros({}));
    bm::TimeDelay delayed(x, {.delay = tau, .dt = dt, .before_t0 = [](bm::Array t) { return bm::sin(t); }});
    auto integral = bp::odeint(
        [&](bm::Array x, bm::Array t) {
          return 0.5 * delayed.derivative(t - tau) - x + bm::cos(t) - 0.5 * bm::cos(t - tau) + bm::sin(t);
        },
        options("rk4", dt, delayed));
    return largest_error(run(integral, 0.0, 5.0), [](double t) { return std::sin(t); });
  };
  // At points of the grid and half-way between them the slope of a cubic is of order 4, elsewhere of order 3.
  check_order("at grid points", 4.0, 1.0 / 8, 5, [&](double dt) { return error(1.0, dt); });
  check_order("between", 3.0, 1.0 / 8, 5, [&](double dt) { return error(4.0 / 3, dt); });
}

TEST_CASE("delays that depend on the state") {
  const Precision wide(true);
  // Neves 1975: x' = x x(ln x) / t from t = 1 on, x = 1 before: x = t up to e, then exp(t / e) up to e^2.
  bm::Variable x(bm::ones({}));
  const double dt = 0.01;
  bm::TimeDelay past(x, {.delay = 6.0, .dt = dt, .t0 = 1.0, .before_t0 = 1.0});
  auto neves = bp::odeint([&](bm::Array x, bm::Array t) { return x * past(bm::log(x)) / t; }, options("rk4", dt, past));
  const Recording all = run(neves, 1.0, 6.0, 1.0);
  for (std::size_t k = 0; k < all.t.size(); ++k) {
    const double t = all.t[k], exact = t < std::exp(1.0) ? t : std::exp(t / std::exp(1.0));
    INFO("t " << t);
    CHECK(all.x[k] == Approx(exact).epsilon(t < std::exp(1.0) ? 1e-13 : 1e-6));
  }

  // x = sin t solves x' = -x(t - 1 - x^2 / 5) + cos t + sin(t - 1 - sin^2 t / 5).
  const auto error = [](double dt) {
    bm::Variable x(bm::zeros({}));
    bm::TimeDelay delayed(x, {.delay = 1.25, .dt = dt, .before_t0 = [](bm::Array t) { return bm::sin(t); }});
    auto integral = bp::odeint(
        [&](bm::Array x, bm::Array t) {
          return -delayed(t - 1.0 - 0.2 * x * x) + bm::cos(t) + bm::sin(t - 1.0 - 0.2 * bm::square(bm::sin(t)));
        },
        options("rk4", dt, delayed));
    return largest_error(run(integral, 0.0, 5.0), [](double t) { return std::sin(t); });
  };
  check_order("a delay that depends on the state", 4.0, 1.0 / 8, 5, error);
}

TEST_CASE("each element has its own delay") {
  const Precision wide(true);
  bm::Variable x(bm::ones({3}));
  const std::vector<double> tau{1.0, 0.5, 2.0};
  bm::TimeDelay delayed(x, {.delay = 2.0, .dt = 0.1, .before_t0 = 1.0});
  auto integral =
      bp::odeint([&](bm::Array, bm::Array t) { return -delayed(t - bm::array(tau)); }, options("rk4", 0.1, delayed));
  const Recording all = run(integral, bm::ones({3}), 2.0);
  for (std::size_t k = 0; k < all.t.size(); ++k)
    for (std::size_t e = 0; e < 3; ++e)
      CHECK(all.x[3 * k + e] == Approx(method_of_steps(-1, tau[e], all.t[k])).margin(1e-14));
}

namespace {

/// A model that steps its own integrator, with the delay as a part.
struct Loop : bp::BrainPyObject {
  bm::Variable x = variable("x", bm::array({1.2, 0.4, 0.9}));
  bm::TimeDelay& past = node<bm::TimeDelay>(
      "past", x, bm::TimeDelayOptions{.delay = 1.3, .dt = 0.1, .before_t0 = [](bm::Array t) { return 1.0 + 0.1 * t; }});
  bp::Integrator<1> integral;
  explicit Loop(const char* method)
      : integral(bp::odeint(
            [this](bm::Array x, bm::Array t) {
              return -x + bm::tanh(past(t - 1.3)) + 0.2 * past(t - bm::array({0.3, 0.55, 1.21})) +
                     0.1 * past.derivative(t - 0.7);
            },
            {.method = method, .dt = 0.1, .delays = {{"x", past}}})) {}
  void update() { x = integral(x, bp::share.t()); }
};

}  // namespace

TEST_CASE("the same bits in all modes, in runners and in jitted steps; a reset runner begins again") {
  for (const bool wide : {false, true}) {
    const Precision precision(wide);
    for (const char* method : {"euler", "rk2", "rk4", "exp_auto"}) {
      std::vector<double> first;
      for (const char* name : modes) {
        INFO(method << ", " << name << (wide ? ", f64" : ", f32"));
        const Mode mode(name);
        Loop model(method);
        CHECK(model.vars().contains("past.values"));
        CHECK(model.vars().contains("past.slopes"));
        bp::DSRunner runner(model, {.monitors = {"x"}, .dt = 0.1, .progress_bar = false});
        for (int again = 0; again < 2; ++again) {
          runner.run(6.0);
          const std::vector<double> x = runner.mon["x"].to_vector<double>();
          if (first.empty()) first = x;
          CHECK(x == first);
          runner.reset();
        }
        Loop stepped(method);
        auto step = bp::jit(stepped, &Loop::update);
        std::vector<double> x;
        for (int n = 0; n < 60; ++n) {
          bp::share.set_t(n * 0.1);
          step();
          for (const double v : stepped.x.to_vector<double>()) x.push_back(v);
        }
        CHECK(x == first);
      }
    }
  }
}

TEST_CASE("an IntegratorRunner's reset forgets the past") {
  const Precision wide(true);
  bm::Variable x(bm::ones({}));
  bm::TimeDelay delayed(x, {.delay = 1.0, .dt = 0.1, .before_t0 = 1.0});
  auto integral = bp::odeint([&](bm::Array, bm::Array t) { return -delayed(t - 1.0); }, options("rk4", 0.1, delayed));
  bp::IntegratorRunner runner(integral, {.inits = {{"x", 1.0}}, .monitors = {"x"}, .progress_bar = false});
  runner.run(3.0);
  const std::vector<double> first = runner.mon["x"].to_vector<double>();
  runner.run(1.0);
  runner.reset();
  runner.run(3.0);
  CHECK(runner.mon["x"].to_vector<double>() == first);
}

TEST_CASE("a delay of whole steps in an equation: euler is the difference equation") {
  const Precision wide(true);
  for (const char* name : modes) {
    const Mode mode(name);
    bm::Variable x(bm::ones({}));
    bm::LengthDelay delayed(x, {.length = 10, .init = 1.0});
    auto integral = bp::odeint([&](bm::Array, bm::Array) { return -delayed.retrieve(10); },
                               {.method = "euler", .dt = 0.1, .variables = {"x"}, .delays = {{"x", delayed}}});
    const Recording all = run(integral, 1.0, 4.0);
    std::vector<double> expected{1.0};
    for (int n = 0; n < 40; ++n)
      expected.push_back(expected.back() + -(n < 10 ? 1.0 : expected[static_cast<std::size_t>(n) - 10]) * 0.1);
    expected.erase(expected.begin());
    CHECK(all.x == expected);
  }
}

TEST_CASE("the exponential method takes the past as given") {
  const Precision wide(true);
  // x = 2 + sin t solves x' = -x + x(t - 1) + cos t + sin t - sin(t - 1).
  const auto error = [](double dt) {
    bm::Variable x(bm::zeros({}));
    bm::TimeDelay delayed(x, {.delay = 1.0, .dt = dt, .before_t0 = [](bm::Array t) { return 2.0 + bm::sin(t); }});
    auto integral = bp::odeint(
        [&](bm::Array x, bm::Array t) { return -x + delayed(t - 1.0) + bm::cos(t) + bm::sin(t) - bm::sin(t - 1.0); },
        options("exp_auto", dt, delayed));
    return largest_error(run(integral, 2.0, 5.0), [](double t) { return 2 + std::sin(t); });
  };
  check_order("exp_auto", 1.0, 1.0 / 32, 5, error);
}

TEST_CASE("every method takes delays, between points of the grid as well") {
  const Precision wide(true);
  // x = sin t, y = cos t solve x' = y, y' = -x + (x(t - tau) - sin(t - tau)) / 3.
  const double tau = 4.0 / 3;
  const auto error = [&](const std::string& method, double dt) {
    bm::Variable x(bm::zeros({}));
    bm::TimeDelay delayed(x, {.delay = tau, .dt = dt, .before_t0 = [](bm::Array t) { return bm::sin(t); }});
    auto integral =
        bp::odeint([&](bm::Array x, bm::Array y,
                       bm::Array t) { return std::tuple(y, -x + (delayed(t - tau) - bm::sin(t - tau)) / 3.0); },
                   {.method = method, .dt = dt, .variables = {"x", "y"}, .delays = {{"x", delayed}}});
    bp::IntegratorRunner runner(integral, {.inits = {{"x", 0.0}, {"y", 1.0}}, .progress_bar = false});
    runner.run(4.0);
    return std::abs(delayed(4.0 - dt).item<double>() - std::sin(4.0 - dt));
  };
  for (const std::string& method : brainpy::integrate::ode_method_names()) {
    const double coarse = error(method, 1.0 / 16), fine = error(method, 1.0 / 32);
    INFO(method << ": errors " << coarse << ", " << fine);
    CHECK(fine < 0.05);
    CHECK((fine < 0.6 * coarse || fine < 1e-10));
  }
}

// --- mistakes ------------------------------------------------------------------------------------

TEST_CASE("delays that do not fit the equation") {
  bm::Variable x(bm::ones({})), two(bm::ones({2}));
  bm::TimeDelay delayed(x, {.delay = 1.0, .dt = 0.1}), wrong(two, {.delay = 1.0, .dt = 0.1});
  const auto f = [](bm::Array x, bm::Array) { return -x; };
  CHECK(text_of<bp::NameError>([&] {
          bp::odeint(f, {.dt = 0.1, .variables = {"x"}, .delays = {{"y", delayed}}});
        }) ==
        "odeint: no state is called 'y', which has a delay\n  at here\n  hint: known are: x; name them with "
        ".variables");
  CHECK(text_of<bp::ValueError>([&] {
          bp::odeint(f, {.method = "rkdp", .dt = 0.1, .adaptive = true, .delays = {{"x", delayed}}});
        }) ==
        "odeint: adaptive steps do not fill delays\n  at here\n  adaptive and delays are given\n  hint: the past is "
        "kept on a grid: leave .adaptive out and choose .dt; rk4 keeps its order");
  auto other_step = bp::odeint(f, {.dt = 0.2, .delays = {{"x", delayed}}});
  CHECK(text_of<bp::ValueError>([&] { other_step(1.0, 0.0); }) ==
        "TimeDelay: the integrator's step is not that of the delay's grid\n  at here\n  the step is 0.2 ms, the grid's "
        "0.1 "
        "ms\n  hint: give both the same .dt");
  auto other_shape = bp::odeint(f, {.dt = 0.1, .delays = {{"x", wrong}}});
  CHECK(
      text_of<bp::ShapeError>([&] { other_shape(1.0, 0.0); }) ==
      "the state and the target of its delay differ\n  at here\n  the state is f32[], the target f32[2]\n  hint: make "
      "the delay of a Variable of the state's shape and element type");
}

TEST_CASE("steps that do not follow one another, and delays shorter than a step") {
  const Precision wide(true);
  bm::Variable x(bm::ones({}));
  bm::TimeDelay delayed(x, {.delay = 1.0, .dt = 0.25, .before_t0 = 1.0});
  double tau = 1.0;
  auto integral = bp::odeint([&](bm::Array, bm::Array t) { return -delayed(t - tau); },
                             {.method = "rk4", .dt = 0.25, .delays = {{"x", delayed}}});
  for (const char* name : modes) {
    INFO(name);
    const Mode mode(name);
    delayed.reset_state();
    auto step = bp::jit([&](bm::Array x, bm::Array t) { return integral(x, t); });
    step(1.0, 0.0);
    CHECK_THAT(text_of<bp::ValueError>([&] { step(1.0, 0.5); }),
               Catch::Matchers::Contains("TimeDelay: a step of the integrator does not follow the last one") &&
                   Catch::Matchers::Contains("t = 0.5, expected = 0.25") &&
                   Catch::Matchers::Contains("hint: step from .t0 on in steps of dt; to begin again, call "
                                             "reset_state() or the runner's reset()"));
    delayed.reset_state();
    CHECK_THROWS_AS(step(1.0, 0.25), bp::ValueError);
    delayed.reset_state();
    CHECK_NOTHROW(step(1.0, 0.0));
  }
  delayed.reset_state();
  tau = 0.125;
  CHECK(text_of<bp::ValueError>([&] { integral(1.0, 0.0); }).find("TimeDelay: the value is not known at a time") == 0);
}

TEST_CASE("a runner does not put values of another shape back") {
  const TimeStep step(0.1);
  struct Model : bp::BrainPyObject {
    bm::Variable x = variable("x", bm::zeros({2}));
    bp::VarDelay& delay = node<bp::VarDelay>("delay", x, bp::VarDelayOptions{.entries = {{"a", 1.0}}});
    void update() { delay.update(); }
  } model;
  bp::DSRunner runner(model, {.dt = 0.1, .progress_bar = false});
  runner.run(1.0);
  bm::set_dt(0.05);
  model.delay.reset_state();
  CHECK_THROWS_AS(runner.reset(), bp::ShapeError);
}
