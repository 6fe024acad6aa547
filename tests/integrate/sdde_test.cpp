// Delays in stochastic and fractional equations: without noise, or of order 1, they are ordinary ones; mean and
// variance of linear ones; a fractional method of steps; what a reset forgets; mistakes.
#include <cmath>
#include <functional>

#include "delay/modes.h"

namespace bp = brainpy;
namespace bm = brainpy::math;
using namespace test_support;

namespace {

using Numbers = std::vector<double>;

/// The states "x" at the steps' ends.
Numbers run(const bp::Integrator<1>& integral, const bm::Operand& start, double duration) {
  bp::IntegratorRunner runner(integral, {.inits = {{"x", start}}, .monitors = {"x"}, .progress_bar = false});
  runner.run(duration);
  return runner.mon["x"].to_vector<double>();
}

bm::TimeDelayOptions linear(double delay, double dt) {
  return {.delay = delay, .dt = dt, .before_t0 = [](bm::Array t) { return 1.0 + t; }, .interpolation = "linear"};
}

bm::Array no_noise(bm::Array x, bm::Array) { return 0.0 * x; }

/// The equation x' = f(x, t, x(t - 0.73)), x(t) = 1 + t before 0, made by `make` from f and its delay.
template <class Make>
Numbers delayed(double dt, Make make) {
  bm::Variable x(bm::array({1.0, 0.7}));
  bm::TimeDelay past(x, linear(1.0, dt));
  const auto f = [&](bm::Array x, bm::Array t) { return bm::cos(t) - 0.2 * x - bm::tanh(past(t - 0.73)); };
  return run(make(f, past), bm::array({1.0, 0.7}), 6.0);
}

}  // namespace

TEST_CASE("a delayed stochastic equation without noise is the ordinary one by Euler's method") {
  const Precision wide(true);
  for (const char* name : modes) {
    INFO(name);
    const Mode mode(name);
    const Numbers ode = delayed(0.1, [](auto f, bm::TimeDelay& past) {
      return bp::odeint(f, {.method = "euler", .dt = 0.1, .variables = {"x"}, .delays = {{"x", past}}});
    });
    for (const char* method : {"euler", "milstein"})
      CHECK(
          delayed(0.1, [&](auto f, bm::TimeDelay& past) {
            return bp::sdeint(f, no_noise, {.method = method, .dt = 0.1, .variables = {"x"}, .delays = {{"x", past}}});
          }) == ode);
  }
}

TEST_CASE("a delay of whole steps in a stochastic equation") {
  const Precision wide(true);
  const TimeStep step(0.1);
  bm::Variable x(bm::ones({}));
  bm::LengthDelay past(x, {.length = 10, .init = 1.0});
  auto integral = bp::sdeint([&](bm::Array, bm::Array) { return -past.retrieve(10); }, no_noise,
                             {.dt = 0.1, .variables = {"x"}, .delays = {{"x", past}}});
  Numbers expected{1.0};
  for (std::size_t n = 0; n < 40; ++n) expected.push_back(expected[n] + -(n < 10 ? 1.0 : expected[n - 10]) * 0.1);
  expected.erase(expected.begin());
  CHECK(run(integral, 1.0, 4.0) == expected);
}

TEST_CASE("mean and variance of linear delayed stochastic equations") {
  const Precision wide(true);
  constexpr std::size_t n = 20000;
  const double dt = 0.05, tau = 1.0, duration = 5.0;
  const auto population = [&](const std::function<bm::Array(bm::Array, bm::TimeDelay&)>& noise) {
    bm::Variable x(bm::ones({static_cast<std::int64_t>(n)}));
    bm::TimeDelay past(x, {.delay = tau, .dt = dt, .before_t0 = 1.0});
    bm::RandomState state(12);
    auto integral = bp::sdeint([&](bm::Array, bm::Array t) { return -past(t - tau); },
                               [&](bm::Array, bm::Array t) { return noise(t, past); },
                               {.dt = dt, .variables = {"x"}, .random = &state, .delays = {{"x", past}}});
    return run(integral, x, duration);
  };
  // What Euler's method makes of the equation without noise, whose mean is that of the noisy one, and what it makes of
  // an impulse: element k of the response to a unit at step 0.
  const auto steps = static_cast<std::size_t>(std::llround(duration / dt)), lag = static_cast<std::size_t>(tau / dt);
  const auto difference_equation = [&](double history) {
    Numbers x{1.0};
    for (std::size_t k = 0; k + 1 <= steps; ++k) x.push_back(x[k] - dt * (k < lag ? history : x[k - lag]));
    return x;
  };
  const Numbers mean = difference_equation(1), impulse = difference_equation(0);

  struct Moments {
    double mean = 0, variance = 0;
  };
  const auto moments = [&](const Numbers& all, std::size_t step) {
    Moments m;
    const double* const x = &all[(step - 1) * n];
    for (std::size_t e = 0; e < n; ++e) m.mean += x[e] / n;
    for (std::size_t e = 0; e < n; ++e) m.variance += (x[e] - m.mean) * (x[e] - m.mean) / (n - 1);
    return m;
  };
  const Numbers additive = population([](bm::Array, bm::TimeDelay&) { return bm::full({}, 0.3); });
  const Numbers multiplied = population([&](bm::Array t, bm::TimeDelay& past) { return 0.4 * past(t - tau); });
  double sum = 0, multiplied_sum = 0;
  Numbers variance_of_multiplied(steps + 1, 0.0);
  for (std::size_t step = 1; step <= steps; ++step) {
    INFO("step " << step);
    sum += impulse[step - 1] * impulse[step - 1];
    const double variance = 0.09 * dt * sum;
    // Noise of step k has the second moment of x(t_k - tau).
    multiplied_sum = 0;
    for (std::size_t k = 0; k < step; ++k) {
      const double past = k < lag ? 1.0 : mean[k - lag] * mean[k - lag] + variance_of_multiplied[k - lag];
      multiplied_sum += 0.16 * dt * past * impulse[step - 1 - k] * impulse[step - 1 - k];
    }
    variance_of_multiplied[step] = multiplied_sum;
    if (step % 10 != 0) continue;
    const Moments a = moments(additive, step), m = moments(multiplied, step);
    CHECK(std::abs(a.mean - mean[step]) < 5 * std::sqrt(variance / n));
    CHECK(std::abs(m.mean - mean[step]) < 5 * std::sqrt(multiplied_sum / n));
    CHECK(a.variance == Approx(variance).epsilon(5 * std::sqrt(2.0 / n)));
    CHECK(m.variance == Approx(multiplied_sum).epsilon(0.1));
  }
}

TEST_CASE("a delayed fractional equation of order 1 is the ordinary one") {
  const Precision wide(true);
  for (const char* name : modes) {
    const Mode mode(name);
    const Numbers ode = delayed(0.1, [](auto f, bm::TimeDelay& past) {
      return bp::odeint(f, {.method = "euler", .dt = 0.1, .variables = {"x"}, .delays = {{"x", past}}});
    });
    for (const char* method : {"l1", "euler", "short-memory"}) {
      INFO(name << ", " << method);
      const Numbers fde = delayed(0.1, [&](auto f, bm::TimeDelay& past) {
        return bp::fdeint(f, {.alpha = 1.0,
                              .method = method,
                              .num_memory = 60,
                              .inits = {bm::array({1.0, 0.7})},
                              .dt = 0.1,
                              .variables = {"x"},
                              .delays = {{"x", past}}});
      });
      REQUIRE(fde.size() == ode.size());
      for (std::size_t k = 0; k < ode.size(); ++k) CHECK(fde[k] == Approx(ode[k]).epsilon(1e-12));
    }
  }
}

TEST_CASE("the fractional method of steps") {
  const Precision wide(true);
  // D^alpha x = -x(t - tau), x = 1 before 0: sum_k (-1)^k (t - (k - 1) tau)^(k alpha) / gamma(k alpha + 1) over
  // t > (k - 1) tau, as fractional integrals of powers are powers.
  const double alpha = 0.7, tau = 0.5;
  const auto exact = [&](double t) {
    double sum = 1;
    for (int k = 1; t > (k - 1) * tau; ++k)
      sum += std::pow(-1, k) * std::pow(t - (k - 1) * tau, k * alpha) / std::tgamma(k * alpha + 1);
    return sum;
  };
  // The errors of a step four times as small: those of l1-corrected are small before they are of order 1.
  for (const auto& [method, gain] :
       {std::pair{"l1", 3.5}, {"l1-corrected", 2.5}, {"euler", 3.5}, {"short-memory", 3.5}, {"abm", 14.0}}) {
    const auto error = [&](double dt) {
      bm::Variable x(bm::ones({}));
      bm::TimeDelay past(x, {.delay = tau, .dt = dt, .before_t0 = 1.0});
      const auto f = [&](bm::Array, bm::Array t) { return -past(t - tau); };
      const Numbers all = run(bp::fdeint(f, {.alpha = alpha,
                                             .method = method,
                                             .num_memory = 1000,
                                             .inits = {1.0},
                                             .dt = dt,
                                             .variables = {"x"},
                                             .delays = {{"x", past}}}),
                              1.0, 2.0);
      return std::abs(all.back() - exact(2.0));
    };
    const double coarse = error(1.0 / 64), fine = error(1.0 / 256);
    INFO(method << ": errors " << coarse << ", " << fine);
    CHECK(fine < 0.001);
    CHECK(fine < coarse / gain);
  }
}

TEST_CASE("resets forget the delays of stochastic and fractional equations") {
  const Precision wide(true);
  bm::Variable x(bm::ones({}));
  bm::TimeDelay of_sde(x, {.delay = 1.0, .dt = 0.1, .before_t0 = 1.0});
  bm::TimeDelay of_fde(x, {.delay = 1.0, .dt = 0.1, .before_t0 = 1.0});
  auto sde = bp::sdeint(
      [&](bm::Array, bm::Array t) { return -of_sde(t - 1.0); }, [](bm::Array x, bm::Array) { return 0.1 * x; },
      {.dt = 0.1, .variables = {"x"}, .path = bp::BrownianPath{.seed = 1, .dt = 0.1}, .delays = {{"x", of_sde}}});
  auto fde = bp::fdeint(
      [&](bm::Array, bm::Array t) { return -of_fde(t - 1.0); },
      {.alpha = 0.8, .num_memory = 50, .inits = {1.0}, .dt = 0.1, .variables = {"x"}, .delays = {{"x", of_fde}}});
  for (const bp::Integrator<1>& integral : {bp::Integrator<1>(sde), bp::Integrator<1>(fde)}) {
    bp::IntegratorRunner runner(integral, {.inits = {{"x", 1.0}}, .monitors = {"x"}, .progress_bar = false});
    runner.run(3.0);
    const Numbers first = runner.mon["x"].to_vector<double>();
    runner.run(1.0);
    runner.reset();
    runner.run(3.0);
    CHECK(runner.mon["x"].to_vector<double>() == first);
  }
  fde.reset();
  const double again = fde(1.0, 0.0).item<double>();
  fde.reset();
  CHECK(fde(1.0, 0.0).item<double>() == again);
}

TEST_CASE("delays that do not fit a stochastic or fractional equation") {
  bm::Variable x(bm::ones({})), two(bm::ones({2}));
  bm::TimeDelay past(x, {.delay = 1.0, .dt = 0.1}), wrong(two, {.delay = 1.0, .dt = 0.1});
  bm::TimeDelay cubic(x, {.delay = 1.0, .dt = 0.1, .interpolation = "cubic"});
  const auto f = [](bm::Array x, bm::Array) { return -x; };
  const auto sde = [&](const char* name, bm::TimeDelay& delay, double dt = 0.1) {
    return bp::sdeint(f, f, {.dt = dt, .variables = {"x"}, .delays = {{name, delay}}});
  };
  const auto fde = [&](const char* name, bm::TimeDelay& delay, double dt = 0.1) {
    return bp::fdeint(
        f, {.alpha = 0.5, .num_memory = 9, .inits = {1.0}, .dt = dt, .variables = {"x"}, .delays = {{name, delay}}});
  };
  const auto check = [&](const std::string& family, const auto& make) {
    const auto starts_with = [](const std::string& text) { return Catch::Matchers::StartsWith(text); };
    const auto ends_with = [](const std::string& text) { return Catch::Matchers::EndsWith(text); };
    CHECK_THAT(text_of<bp::NameError>([&] { make("y", past); }),
               starts_with(family + ": no state is called 'y', which has a delay\n  at sdde_test.cpp:") &&
                   ends_with("\n  hint: known are: x; name them with .variables"));
    const std::string no_slope = family + ": a delay is cubic, but its state has no slope\n  at sdde_test.cpp:",
                      hint = "\n  hint: make the delay with .interpolation = \"linear\", for this integrator alone";
    CHECK_THAT(text_of<bp::ValueError>([&] { make("x", cubic); }), starts_with(no_slope) && ends_with(hint));
    auto other_step = make("x", past, 0.2);
    CHECK(text_of<bp::ValueError>([&] { other_step(1.0, 0.0); }) ==
          "TimeDelay: the integrator's step is not that of the delay's grid\n  at here\n  the step is 0.2 ms, the "
          "grid's 0.1 ms\n  hint: give both the same .dt");
    auto other_shape = make("x", wrong);
    CHECK(text_of<bp::ShapeError>([&] { other_shape(1.0, 0.0); }) ==
          "the state and the target of its delay differ\n  at here\n  the state is f32[], the target f32[2]\n  hint: "
          "make the delay of a Variable of the state's shape and element type");
    // A step that was left out, in every mode.
    for (const char* name : modes) {
      INFO(name);
      const Mode mode(name);
      bm::TimeDelay own(x, {.delay = 1.0, .dt = 0.1});
      auto integral = make("x", own);
      auto step = bp::jit([&](bm::Array x, bm::Array t) { return integral(x, t); });
      step(1.0, 0.0);
      CHECK_THAT(text_of<bp::ValueError>([&] { step(1.0, 0.2); }),
                 starts_with("TimeDelay: a step of the integrator does not follow the last one"));
    }
    // An ordinary equation that shares the delay has slopes for it: from then on it is cubic.
    bm::TimeDelay shared(x, {.delay = 1.0, .dt = 0.1});
    auto integral = make("x", shared);
    CHECK_NOTHROW(integral(1.0, 0.0));
    bp::odeint(f, {.dt = 0.1, .variables = {"x"}, .delays = {{"x", shared}}});
    CHECK(text_of<bp::ValueError>([&] { integral(1.0, 0.1); }) ==
          family + ": a delay is cubic, but its state has no slope\n  at here" + hint);
  };
  check("sdeint", sde);
  check("fdeint", fde);
}
