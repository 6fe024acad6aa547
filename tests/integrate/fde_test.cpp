// fdeint: orders, known solutions, an independent reference, what the memory forgets, refused arguments.
#include <brainpy/brainpy.hpp>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <map>
#include <numbers>
#include <string>

#include <fmt/format.h>

#include "frontend/integrate/fractional_weights.h"
#include "integrate/fractional.h"
#include "support/errors.h"
#include "support/float64.h"
#include "support/orders.h"

namespace bp = brainpy;
namespace bm = brainpy::math;
using bp::integrate::LagWeight;
using bp::test::Float64;
using bp::test::fractional_methods;

namespace {

using Numbers = std::vector<double>;

/// The last value of D^alpha x = -x, x(0) = 1, after n steps of duration / n.
double relaxation(const std::string& method, double alpha, int n, double duration = 1.0) {
  auto equation = bp::fdeint([](bm::Array x, bm::Array) { return -x; },
                             {.alpha = alpha, .method = method, .num_memory = n, .inits = {1.0}, .dt = duration / n});
  bp::IntegratorRunner runner(equation, {.inits = {{"x0", 1.0}}, .monitors = {"x0"}, .progress_bar = false});
  runner.run(duration);
  return runner.mon["x0"].to_vector<double>().back();
}

/// E_alpha(-t^alpha) at t = 0.25, 0.5, 1, 2: mpmath 1.2, its power series sum (-t^alpha)^k / gamma(alpha k + 1) with 80
/// digits (200 for 0.3), alpha being the double. For alpha = 0.5 it is exp(t) erfc(sqrt(t)).
const std::map<double, Numbers> mittag_leffler = {
    {0.3, {0.56395077888878059, 0.51044382864094466, 0.45659440832969067, 0.40368121908789309}},
    {0.5, {0.61569034419292587, 0.52315658373024674, 0.427583576155807, 0.33620400244634121}},
    {0.8, {0.71127435099900638, 0.56231975312920937, 0.38694857861897685, 0.22354682681489829}},
    {0.95, {0.76225733365182472, 0.59414566957839843, 0.37157362003067881, 0.15867770729208533}},
    {1.0, {0.77880078307140487, 0.60653065971263342, 0.36787944117144232, 0.13533528323661269}}};

/// D^alpha t^p / t^(p - alpha).
double power_factor(double p, double alpha) { return std::tgamma(p + 1) / std::tgamma(p + 1 - alpha); }

/// The error at t = 1 on x = t^2, y = 1 + t^3: coupled, nonlinear, not autonomous.
double smooth_error(const std::string& method, double a, double b, int n) {
  const double cx = power_factor(2, a), cy = power_factor(3, b);
  auto equation = bp::fdeint(
      [=](bm::Array x, bm::Array y, bm::Array t) {
        const bm::Array cube = t * t * t;
        return std::tuple(cx * bm::power(t, 2 - a) + 0.2 * (x * y - t * t * (1.0 + cube)),
                          cy * bm::power(t, 3 - b) + 0.2 * (x * x - cube * t) - 0.2 * (y - 1.0 - cube));
      },
      {.alpha = {a, b},
       .method = method,
       .num_memory = n,
       .inits = {0.0, 1.0},
       .dt = 1.0 / n,
       .variables = {"x", "y"}});
  bp::IntegratorRunner runner(equation,
                              {.inits = {{"x", 0.0}, {"y", 1.0}}, .monitors = {"x", "y"}, .progress_bar = false});
  runner.run(1.0);
  return std::max(std::abs(runner.mon["x"].to_vector<double>().back() - 1),
                  std::abs(runner.mon["y"].to_vector<double>().back() - 2));
}

/// The slope over the last two of several halvings of the step.
template <class Error>
double measured_order(int first, int halvings, Error error) {
  Numbers errors;
  for (int k = 0; k <= halvings; ++k) errors.push_back(error(first << k));
  return std::log2(errors[errors.size() - 3] / errors.back()) / 2;
}

void report(const std::string& method, double alpha, const char* problem, double claimed, double measured) {
  bp::test::write_order_row({fmt::format("{} ({})", method, problem), fmt::format("{}", alpha),
                             fmt::format("{:.2f}", claimed), fmt::format("{:.2f}", measured)});
}

double claimed_order(const std::string& method, double alpha) {
  if (method == "l1-corrected") return std::min(2 - alpha, 1 + alpha);
  return method == "abm" ? std::min(2.0, 1 + alpha) : 1.0;
}

// --- an independent reference: whole arrays of the past, weights as their formulas stand ----------------------------

using Slope = double (*)(double x, double t);

/// x_0 ... x_n by the documented formulas with a window of `length` steps.
Numbers reference(const std::string& method, double a, Slope f, double x0, double h, int n, int length) {
  Numbers x{x0}, slopes, changes{0};
  const auto b = [&](double k) { return std::pow(k + 1, 1 - a) - std::pow(k, 1 - a); };
  const auto hat = [&](double k) { return std::pow(k + 1, a + 1) - 2 * std::pow(k, a + 1) + std::pow(k - 1, a + 1); };
  const auto end = [&](double k) { return std::pow(k - 1, a + 1) - (k - 1 - a) * std::pow(k, a); };
  for (int m = 1; m <= n; ++m) {
    const double t = (m - 1) * h, slope = f(x.back(), t);
    slopes.push_back(slope);
    const auto lag = [&](int j) { return std::min(m - j, length); };  // of node j; beyond the window it stays
    if (method.starts_with("l1")) {
      double past = 0;
      for (int j = std::max(1, m - length); j < m; ++j) past += b(m - j) * changes[static_cast<std::size_t>(j)];
      const double c = std::pow(h, a) * std::tgamma(2 - a);
      double change = c * slope - past;
      if (method == "l1-corrected") change = c * f(x.back() + change, t + h) - past;
      changes.push_back(change);
      x.push_back(x.back() + change);
    } else if (method == "short-memory") {
      double sum = std::pow(h, a) * slope, weight = 1;
      for (int k = 1; k < m && k <= length; ++k) {
        weight *= 1 - (a + 1) / k;
        sum -= weight * (x[static_cast<std::size_t>(m - k)] - x0);
      }
      x.push_back(x0 + sum);
    } else {
      double rectangle = 0, trapezoid = 0;
      for (int j = 0; j < m; ++j) {
        const double k = lag(j), s = slopes[static_cast<std::size_t>(j)];
        rectangle += (std::pow(k, a) - std::pow(k - 1, a)) * s;
        trapezoid += (j == 0 ? end(k) : hat(k)) * s;
      }
      // The predictor starts from what the corrector's old part gave.
      double old = 0;
      for (int j = 0; j < m - length; ++j) {
        const double k = length, s = slopes[static_cast<std::size_t>(j)];
        old += hat(k) * s / (a + 1) - (std::pow(k, a) - std::pow(k - 1, a)) * s;
      }
      const double scale = std::pow(h, a) / std::tgamma(a + 1);
      if (method == "euler") x.push_back(x0 + scale * rectangle);
      else x.push_back(x0 + scale / (a + 1) * (trapezoid + f(x0 + scale * (rectangle + old), t + h)));
    }
  }
  return x;
}

}  // namespace

// --- numbers -----------------------------------------------------------------------------------------------------

TEST_CASE("weights of fractional methods, also far back") {
  // mpmath 1.2, 40 digits, alpha = 0.8 as a double: lag, l1, Gruenwald, trapezoid, first node's correction.
  const double expected[][5] = {
      {1, 0.14869835499703497, 0.80000000000000004, 1.4822022531844967, -0.68220225318449662},
      {5, 0.051239419644040653, 0.011263999999999997, 1.0445256239752611, -0.51526771073520483},
      {64, 0.0071349098080706155, 9.885364979177257e-5, 0.62679946627789316, -0.31307326615631897},
      {65, 0.007047628927888513, 9.6116164105231176e-5, 0.62485878022811656, -0.31210894121879268},
      {1e6, 3.1697851170084311e-6, 2.7618353976072437e-12, 0.090857857605149708, -0.045428925773979601}};
  for (const auto& row : expected) {
    INFO("lag " << row[0]);
    CHECK(std::abs(bp::integrate::lag_weight(LagWeight::l1, 0.8, row[0]) / row[1] - 1) < 1e-14);
    CHECK(std::abs(bp::integrate::lag_weight(LagWeight::grunwald, 0.8, row[0]) / row[2] - 1) < 1e-14);
    CHECK(std::abs(bp::integrate::lag_weight(LagWeight::trapezoid, 0.8, row[0]) / row[3] - 1) < 1e-14);
    CHECK(std::abs(bp::integrate::first_node_correction(0.8, row[0]) / row[4] - 1) < 1e-14);
  }
  // Rectangles of adjacent steps join to k^alpha.
  double sum = 0;
  for (int k = 1; k <= 1000; ++k) sum += bp::integrate::lag_weight(LagWeight::rectangle, 0.8, k);
  CHECK(std::abs(sum / std::pow(1000.0, 0.8) - 1) < 1e-13);
}

TEST_CASE("a sum of exponentials is within its tolerance of every weight up to the horizon") {
  const std::vector<std::vector<LagWeight>> kernels = {
      {LagWeight::l1}, {LagWeight::grunwald}, {LagWeight::rectangle, LagWeight::trapezoid}};
  for (const double alpha : {0.01, 0.3, 0.5, 0.8, 0.95, 0.99, 0.999999, 1.0})
    for (const double tolerance : {1e-4, 1e-6, 1e-10})
      for (const auto& kinds : kernels) {
        const double horizon = 1e6;
        const bp::integrate::Exponentials sum = bp::integrate::exponentials_of(kinds, alpha, horizon, tolerance);
        INFO("alpha " << alpha << ", tolerance " << tolerance << ", " << sum.rates.size() << " exponentials");
        CHECK(sum.rates.size() <= 80);
        const auto at = [&](const Numbers& factors, double steps) {
          double value = 0;
          for (std::size_t i = 0; i < factors.size(); ++i) value += factors[i] * std::exp(-sum.rates[i] * steps);
          return value;
        };
        double worst = 0;
        for (double k = 2; k <= horizon; k = std::ceil(k * 1.004)) {
          for (std::size_t m = 0; m < kinds.size(); ++m) {
            const double exact = bp::integrate::lag_weight(kinds[m], alpha, k);
            worst = std::max(worst, std::abs(at(sum.factors[m], k - 2) - exact) / std::max(exact, 1e-16));
          }
          if (kinds.size() == 2)
            worst = std::max(worst,
                             std::abs(at(sum.first_node, k - 1) / bp::integrate::first_node_correction(alpha, k) - 1));
        }
        CHECK(worst < tolerance);
      }
}

TEST_CASE("fractional methods follow their formulas, in and beyond the window") {
  const Float64 numbers;
  const Slope f = [](double x, double t) { return std::cos(3 * t) - std::sin(2 * x); };
  for (const std::string& method : fractional_methods)
    for (const double alpha : {0.3, 0.8, 1.0})
      for (const int length : {1, 2, 7, 60}) {
        INFO(method << ", alpha " << alpha << ", window " << length);
        const Numbers expected = reference(method, alpha, f, 0.5, 0.05, 60, length);
        auto equation =
            bp::fdeint([](bm::Array x, bm::Array t) { return bm::cos(3.0 * t) - bm::sin(2.0 * x); },
                       {.alpha = alpha, .method = method, .num_memory = length, .inits = {0.5}, .dt = 0.05});
        bp::IntegratorRunner runner(equation, {.inits = {{"x0", 0.5}}, .monitors = {"x0"}, .progress_bar = false});
        runner.run(3.0);
        const Numbers x = runner.mon["x0"].to_vector<double>();
        double worst = 0;
        for (std::size_t k = 0; k < x.size(); ++k) worst = std::max(worst, std::abs(x[k] - expected[k + 1]));
        CHECK(x.size() == 60);
        CHECK(worst < 1e-12);
      }
}

// --- known solutions and orders ----------------------------------------------------------------------------------

TEST_CASE("fractional relaxation is the Mittag-Leffler function") {
  const Float64 numbers;
  const double times[] = {0.25, 0.5, 1, 2};
  for (const auto& [alpha, values] : mittag_leffler)
    for (int k = 0; k < 4; ++k)
      for (const std::string& method : fractional_methods) {
        INFO(method << ", alpha " << alpha << ", t " << times[k]);
        const double error = relaxation(method, alpha, 800, times[k]) - values[static_cast<std::size_t>(k)];
        CHECK(std::abs(error) < (method == "abm" ? 4e-5 : method == "l1-corrected" ? 1e-3 : 4e-4) * times[k] * 2);
      }
}

TEST_CASE("orders of the fractional methods") {
  const Float64 numbers;
  for (const std::string& method : fractional_methods)
    for (const double alpha : {0.3, 0.5, 0.8, 0.95, 1.0}) {
      INFO(method << ", alpha " << alpha);
      const double claimed = claimed_order(method, alpha);
      const double smooth = measured_order(16, 6, [&](int n) { return smooth_error(method, alpha, alpha, n); });
      const double exact = mittag_leffler.at(alpha)[2];
      const double relaxing =
          measured_order(16, 6, [&](int n) { return std::abs(relaxation(method, alpha, n) - exact); });
      report(method, alpha, "smooth", claimed, smooth);
      report(method, alpha, "relaxation", method == "abm" ? 1 + alpha : 1, relaxing);
      CHECK(std::abs(smooth - claimed) < 0.15);
      CHECK(std::abs(relaxing - (method == "abm" ? 1 + alpha : 1)) < 0.15);
    }
}

TEST_CASE("each state has its own order") {
  const Float64 numbers;
  for (const std::string& method : fractional_methods) {
    INFO(method);
    auto both =
        bp::fdeint(bp::JointEq([](bm::Array x, bm::Array, bm::Array) { return -x; },
                               [](bm::Array, bm::Array y, bm::Array) { return -y; }),
                   {.alpha = {0.5, 0.8}, .method = method, .num_memory = 400, .inits = {1.0, 1.0}, .dt = 0.0025});
    bp::IntegratorRunner runner(both,
                                {.inits = {{"x0", 1.0}, {"x1", 1.0}}, .monitors = {"x0", "x1"}, .progress_bar = false});
    runner.run(1.0);
    // The same bits as the two equations by themselves.
    CHECK(runner.mon["x0"].to_vector<double>().back() == relaxation(method, 0.5, 400));
    CHECK(runner.mon["x1"].to_vector<double>().back() == relaxation(method, 0.8, 400));
  }
}

TEST_CASE("of order 1 the fractional methods are ordinary ones") {
  const Float64 numbers;
  bp::Tableau predicted{.order = 1, .c = {0, 1}, .a = {{}, {1}}, .b = {0, 1}};
  bp::register_ode_method("euler_at_predicted_end", predicted);
  const auto f = [](bm::Array x, bm::Array t) { return bm::cos(3.0 * t) - x * x; };
  const auto run = [](const auto& integral) {
    bp::IntegratorRunner runner(integral, {.inits = {{"x0", 0.5}}, .monitors = {"x0"}, .progress_bar = false});
    runner.run(3.0);
    return runner.mon["x0"].template to_vector<double>();
  };
  struct Pair {
    const char *fractional, *ordinary;
    std::int64_t length;
  };
  for (const Pair& p : {Pair{"l1", "euler", 10},
                        {"l1-corrected", "euler_at_predicted_end", 10},
                        {"gl", "euler", 10},
                        {"euler", "euler", 10},
                        {"euler", "euler", 100}}) {
    INFO(p.fractional << ", window " << p.length);
    const Numbers x =
        run(bp::fdeint(f, {.alpha = 1, .method = p.fractional, .num_memory = p.length, .inits = {0.5}, .dt = 0.05}));
    const Numbers ordinary = run(bp::odeint(f, {.method = p.ordinary, .dt = 0.05}));
    double worst = 0;
    for (std::size_t k = 0; k < x.size(); ++k) worst = std::max(worst, std::abs(x[k] - ordinary[k]));
    CHECK(x.size() == 60);
    CHECK(worst < 2e-15);
  }
  // The sums of abm are Heun's where f is one of t; else they are another method of order 2 (above).
  const auto rate = [](bm::Array x, bm::Array t) { return bm::cos(3.0 * t) + 0.0 * x; };
  const Numbers x = run(bp::fdeint(rate, {.alpha = 1, .method = "abm", .num_memory = 10, .inits = {0.5}, .dt = 0.05}));
  const Numbers heun = run(bp::odeint(rate, {.method = "heun2", .dt = 0.05}));
  for (std::size_t k = 0; k < x.size(); ++k) CHECK(std::abs(x[k] - heun[k]) < 2e-15);
}

// --- memory ------------------------------------------------------------------------------------------------------

TEST_CASE("a window that is shorter than the run is off by no more than its bound") {
  const Float64 numbers;
  // x' is given, so that the error is the memory's alone: the solution with all of the past is beside it.
  const double dt = 0.01, L = 0.5, t = 4;
  for (const double alpha : {0.3, 0.8}) {
    const auto run = [&](const char* method, std::int64_t length) {
      auto equation = bp::fdeint([](bm::Array x, bm::Array t) { return bm::cos(t) + 0.0 * x; },
                                 {.alpha = alpha, .method = method, .num_memory = length, .inits = {0.0}, .dt = dt});
      bp::IntegratorRunner runner(equation, {.inits = {{"x0", 0.0}}, .monitors = {"x0"}, .progress_bar = false});
      runner.run(t);
      return runner.mon["x0"].to_vector<double>().back();
    };
    for (const char* method : {"euler", "abm"}) {
      INFO(method << ", alpha " << alpha);
      const double error = std::abs(run(method, 50) - run(method, 400));
      const double bound =
          (alpha * std::pow(L, alpha - 1) * (t - L) - std::pow(t, alpha) + std::pow(L, alpha)) / std::tgamma(alpha + 1);
      CHECK(error > 0.01 * bound);
      CHECK(error < bound);
    }
  }
  // The others satisfy an equation whose derivative lacks what is older: all of the past by their own sums, minus f.
  const int n = 400, length = 50;
  for (const double alpha : {0.3, 0.8})
    for (const char* method : {"l1", "short-memory"}) {
      INFO(method << ", alpha " << alpha);
      auto equation = bp::fdeint([](bm::Array x, bm::Array t) { return bm::cos(t) - x; },
                                 {.alpha = alpha, .method = method, .num_memory = length, .inits = {1.0}, .dt = dt});
      bp::IntegratorRunner runner(equation, {.inits = {{"x0", 1.0}}, .monitors = {"x0"}, .progress_bar = false});
      runner.run(t);
      Numbers x{1.0};
      for (double v : runner.mon["x0"].to_vector<double>()) x.push_back(v);
      double farthest = 0, most = 0;
      for (int m = 1; m <= n; ++m) {
        double derivative = 0, weight = 1;
        for (int k = 0; k < m; ++k) {
          const double here = x[static_cast<std::size_t>(m - k)], before = x[static_cast<std::size_t>(m - k - 1)];
          if (method == std::string("l1"))
            derivative +=
                (std::pow(k + 1, 1 - alpha) - std::pow(k, 1 - alpha)) * (here - before) / std::tgamma(2 - alpha);
          else derivative += weight * (here - 1.0);
          weight *= 1 - (alpha + 1) / (k + 1);
        }
        const double before = x[static_cast<std::size_t>(m - 1)];
        const double lacking = std::abs(derivative * std::pow(dt, -alpha) - (std::cos((m - 1) * dt) - before));
        farthest = std::max(farthest, std::abs(x[static_cast<std::size_t>(m)] - 1.0));
        CHECK(lacking <= (m <= length ? 1e-10 : 2 * farthest * std::pow(L, -alpha) / std::tgamma(1 - alpha)));
        most = std::max(most, lacking);
      }
      CHECK(most > 0.05 * farthest * std::pow(L, -alpha) / std::tgamma(1 - alpha));
    }
}

TEST_CASE("exponentials remember all of the past to their tolerance at one cost for each step") {
  const Float64 numbers;
  for (const std::string& method : fractional_methods)
    for (const double alpha : {0.3, 0.8, 1.0}) {
      const auto run = [&](bp::FdeOptions options) {
        options.alpha = alpha;
        options.method = method;
        options.inits = {1.0};
        options.dt = 0.01;
        auto equation = bp::fdeint([](bm::Array x, bm::Array t) { return bm::cos(t) - x; }, options);
        bp::IntegratorRunner runner(equation, {.inits = {{"x0", 1.0}}, .monitors = {"x0"}, .progress_bar = false});
        runner.run(20.0);
        return runner.mon["x0"].to_vector<double>();
      };
      const Numbers full = run({.num_memory = 2000});
      for (const double tolerance : {1e-4, 1e-8}) {
        INFO(method << ", alpha " << alpha << ", tolerance " << tolerance);
        const Numbers x = run({.memory = "exponentials", .horizon = 20.0, .tolerance = tolerance});
        double worst = 0;
        for (std::size_t k = 0; k < x.size(); ++k) worst = std::max(worst, std::abs(x[k] - full[k]));
        // |x| <= 2: the sums of weights times the past are of that size.
        CHECK(worst < 4 * tolerance);
      }
    }
  // A thousand times the horizon: the same operations on a few more exponentials.
  const auto program = [](double horizon) {
    auto equation =
        bp::fdeint([](bm::Array x, bm::Array) { return -x; },
                   {.alpha = 0.8, .inits = {bm::ones({7})}, .dt = 0.01, .memory = "exponentials", .horizon = horizon});
    auto step = bp::jit([&](bm::Array x) { return equation(x, 0.0); });
    step(bm::ones({7}));
    return std::pair(step.dump(bp::Stage::optimized), equation.memory()->vars()["x0_sums"].shape()[0]);
  };
  const auto [short_program, few] = program(10);
  const auto [long_program, more] = program(10000);
  CHECK(std::ranges::count(short_program, '\n') == std::ranges::count(long_program, '\n'));
  CHECK(few >= 20);
  CHECK(more <= few + 20);
  CHECK(short_program.find("= for ") == std::string::npos);
}

TEST_CASE("a step of a window replaces one row of it") {
  auto equation = bp::fdeint([](bm::Array x, bm::Array) { return -x; },
                             {.alpha = 0.8, .num_memory = 50, .inits = {bm::ones({7})}, .dt = 0.01});
  auto step = bp::jit([&](bm::Array x) { return equation(x, 0.0); });
  step(bm::ones({7}));
  const std::string text = step.dump(bp::Stage::optimized);
  INFO(text);
  // The past is read by one product and written by one operation.
  CHECK(text.find("matmul %") != std::string::npos);
  CHECK(text.find("dynamic_update_slice %x0_past") != std::string::npos);
  std::size_t whole = 0;
  for (std::size_t at = 0; (at = text.find(": f32[50,7]", at)) != std::string::npos; ++at) ++whole;
  CHECK(whole == 2);  // its declaration and its update
}

// --- errors ------------------------------------------------------------------------------------------------------

TEST_CASE("fdeint refuses what does not fit") {
  const auto f = [](bm::Array x, bm::Array) { return -x; };
  const auto two = [](bm::Array x, bm::Array y, bm::Array) { return std::tuple(-x, -y); };
  const auto refused = [](const auto& function, const bp::FdeOptions& options, const std::string& what,
                          const std::string& rest) {
    const int line = __LINE__ + 1;
    const std::string text = text_of<bp::Error>([&] { bp::fdeint(function, options); });
    CHECK(text == "fdeint: " + what + "\n  at fde_test.cpp:" + std::to_string(line) + "\n  " + rest);
  };
  const std::string in_range =
      "\n  hint: give alpha above 0 and at most 1; an equation of higher order is a system of such ones";
  refused(f, {.alpha = 0.0, .num_memory = 9, .inits = {1.0}}, "the order of 'x0' is not in (0, 1]",
          "alpha = 0" + in_range);
  refused(f, {.alpha = std::nan(""), .num_memory = 9, .inits = {1.0}}, "the order of 'x0' is not in (0, 1]",
          "alpha = nan" + in_range);
  refused(two, {.alpha = {0.5, 1.01}, .num_memory = 9, .inits = {1.0, 1.0}, .variables = {"x", "y"}},
          "the order of 'y' is not in (0, 1]", "alpha = 1.01" + in_range);
  refused(two, {.alpha = {0.5, 0.6, 0.7}, .num_memory = 9, .inits = {1.0, 1.0}},
          "the number of orders is not the number of states",
          "3 alphas, 2 states\n  hint: give one alpha, or one for each state");
  const std::string length =
      "\n  hint: give the number of steps of a run to keep all of its past, or fewer to forget what is older; or "
      ".memory "
      "= \"exponentials\"";
  refused(f, {.alpha = 0.5, .inits = {1.0}}, "num_memory is not above zero", "num_memory = 0" + length);
  refused(f, {.alpha = 0.5, .num_memory = -3, .inits = {1.0}}, "num_memory is not above zero",
          "num_memory = -3" + length);
  refused(two, {.alpha = 0.5, .num_memory = 9, .inits = {1.0}},
          "the number of initial values is not the number of states",
          "1 inits, 2 states\n  hint: give one for each state: .inits = {1.0, bm::zeros({100})}");
  refused(f, {.alpha = 0.5, .method = "rk4", .num_memory = 9, .inits = {1.0}}, "no method is called 'rk4'",
          "hint: known are: l1, l1-corrected, short-memory, gl, euler, abm");
  refused(f, {.alpha = 0.5, .num_memory = 9, .inits = {1.0}, .memory = "all"}, "no memory is called 'all'",
          "hint: known are: window, exponentials");
  refused(f, {.alpha = 0.5, .num_memory = 9, .inits = {1.0}, .horizon = 3}, "a window has no horizon",
          "horizon = 3\n  hint: leave horizon out, or choose .memory = \"exponentials\"");
  refused(f, {.alpha = 0.5, .num_memory = 9, .inits = {1.0}, .dt = 0.1, .memory = "exponentials", .horizon = 3},
          "exponentials keep all of the past",
          "num_memory = 9\n  hint: leave num_memory out, or choose .memory = \"window\"");
  refused(f, {.alpha = 0.5, .inits = {1.0}, .memory = "exponentials", .horizon = 3}, "exponentials need the time step",
          "dt = 0\n  hint: give .dt in ms");
  refused(f, {.alpha = 0.5, .inits = {1.0}, .dt = 0.1, .memory = "exponentials"},
          "the horizon is not a number of steps",
          "horizon = 0, dt = 0.1\n  hint: give the duration of the longest run, in ms: from 1 to 1e12 steps");
  refused(f, {.alpha = 0.5, .inits = {1.0}, .dt = 0.1, .memory = "exponentials", .horizon = 3, .tolerance = 1e-11},
          "the tolerance is not in [1e-10, 0.1]",
          "tolerance = 1e-11\n  hint: it is the relative error of a weight, such as 1e-6");
  refused(f, {.alpha = 0.5, .num_memory = 9, .inits = {1.0}, .dt = -1}, "the time step is not above zero",
          "dt = -1\n  hint: give dt in ms, or leave it out to use bp::share.dt()");
}

TEST_CASE("a fractional state of another type than its initial value is refused") {
  const auto integral = bp::fdeint([](bm::Array x, bm::Array) { return -x; },
                                   {.alpha = 0.5, .num_memory = 9, .inits = {bm::ones({3})}, .variables = {"V"}});
  const int line = __LINE__ + 1;
  const auto with = [&](const bm::Array& x) { return text_of<bp::Error>([&] { integral(x, 0.0); }); };
  const std::string start =
      "fdeint: the state 'V' has another type than its initial value\n  at fde_test.cpp:" + std::to_string(line);
  const std::string hint = "\n  hint: give inits of the state's shape and float type: they fix those of its past";
  const std::string shape = with(bm::ones({4})), number = with(2.0), type = with(bm::ones({3}, bm::float64));
  CHECK(shape.starts_with(start));
  CHECK(shape.ends_with("\n  the state is f32[4], inits gave f32[3]" + hint));
  CHECK(number.ends_with("\n  the state is f32[], inits gave f32[3]" + hint));
  CHECK(type.ends_with("\n  the state is f64[3], inits gave f32[3]" + hint));
  CHECK_THROWS_AS(integral(bm::ones({4}), 0.0), bp::ShapeError);
  CHECK_THROWS_AS(integral(bm::ones({3}, bm::float64), 0.0), bp::DTypeError);
  CHECK(integral.memory()->vars()["steps"].item<int>() == 0);
}
