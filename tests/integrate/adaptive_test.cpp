// Adaptive integration: error follows tolerance, costs beside SciPy's, stiff systems, steps of single elements, output
// at asked times, events, failures with their time and state.
#include <brainpy/brainpy.hpp>
#include <cmath>
#include <functional>

#include <fmt/format.h>

#include "support/errors.h"
#include "support/float64.h"
#include "support/orders.h"

namespace bp = brainpy;
namespace bm = brainpy::math;
using bp::test::Float64;

namespace {

std::tuple<bm::Array, bm::Array> van_der_pol(bm::Array x, bm::Array v, bm::Array) { return {v, (1.0 - x * x) * v - x}; }

/// Solved by x = 2 + sin t, y = cos 2t; depends on the time.
std::tuple<bm::Array, bm::Array> manufactured(bm::Array x, bm::Array y, bm::Array t) {
  const bm::Array u = 2.0 + bm::sin(t), v = bm::cos(2.0 * t);
  return {bm::cos(t) - (x * y - u * v), -2.0 * bm::sin(2.0 * t) + (x * x - u * u) - (y * y * y - v * v * v)};
}

/// The error at t_end, and the right-hand sides that it cost.
template <class F>
std::pair<double, std::int64_t> solve(F f, const char* method, double tolerance, double y0, double t_end, double x,
                                      double y) {
  auto integral = bp::odeint(f, {.method = method, .variables = {"x", "y"}, .adaptive = true, .tolerance = tolerance});
  bp::IntegratorRunner runner(integral, {.inits = {{"x", 2.0}, {"y", y0}}, .monitors = {"x", "y"}});
  runner.run({t_end});
  return {std::hypot(runner.mon["x"][0].item<double>() - x, runner.mon["y"][0].item<double>() - y),
          runner.statistics().evaluations};
}

}  // namespace

TEST_CASE("the error follows the tolerance from 1e-3 to 1e-10") {
  const Float64 numbers;
  for (const char* method : {"heun_euler", "rkf12", "bs", "rkf45", "ck", "rkdp", "rodas4"}) {
    INFO(method);
    // Methods of order 2 need millions of steps below 1e-7.
    const bool low = std::string(method) == "heun_euler" || std::string(method) == "rkf12";
    std::vector<double> tolerances, errors;
    for (double tolerance = 1e-3; tolerance > (low ? 0.9e-7 : 0.9e-10); tolerance /= 10) {
      tolerances.push_back(tolerance);
      errors.push_back(solve(manufactured, method, tolerance, 1.0, 10.0, 2 + std::sin(10.0), std::cos(20.0)).first);
    }
    CAPTURE(errors);
    // Each tenth of the tolerance takes a tenth of the error, in the mean over the range; the constant of rkf12 is
    // large: its estimate is what its two orders differ by, 1/512 of the slope's change.
    CHECK(bp::test::measured_order(tolerances, errors) == Approx(1.0).margin(0.15));
    CHECK(errors.back() < (std::string(method) == "rkf12" ? 1e4 : 40) * tolerances.back());
  }
}

TEST_CASE("right-hand sides beside SciPy's solve_ivp of the same pair and tolerance") {
  const Float64 numbers;
  // scipy 1.10.1, solve_ivp(f, (0, t_end), y0, method, rtol=tol, atol=tol).nfev for tol = 1e-3 ... 1e-10.
  const struct {
    const char* method;
    std::vector<int> van_der_pol, manufactured;
  } scipy[] = {
      {"bs", {383, 731, 1406, 2837, 6056, 13055, 28139, 60629}, {173, 314, 599, 1226, 2552, 5447, 11690, 25160}},
      {"rkdp", {386, 548, 776, 1142, 1610, 2198, 3284, 5120}, {194, 296, 404, 548, 848, 1286, 2000, 3146}},
  };
  double worst = 0;
  for (const auto& reference : scipy)
    for (int k = 0; k < 8; ++k) {
      const double tolerance = std::pow(10.0, -3 - k);
      const auto index = static_cast<std::size_t>(k);
      const auto [e1, n1] = solve(van_der_pol, reference.method, tolerance, 0.0, 20.0, 2.00814976, -0.04250888);
      const auto [e2, n2] =
          solve(manufactured, reference.method, tolerance, 1.0, 10.0, 2 + std::sin(10.0), std::cos(20.0));
      INFO(reference.method << " " << tolerance << ": " << n1 << " of " << reference.van_der_pol[index] << ", " << n2
                            << " of " << reference.manufactured[index] << ", errors " << e1 << " " << e2);
      const double ratio = std::max(static_cast<double>(n1) / reference.van_der_pol[index],
                                    static_cast<double>(n2) / reference.manufactured[index]);
      worst = std::max(worst, ratio);
      CHECK(ratio <= 1.3);
      bp::test::write_order_row({reference.method, fmt::format("{:.0e}", tolerance), std::to_string(n1),
                                 std::to_string(reference.van_der_pol[index]), std::to_string(n2),
                                 std::to_string(reference.manufactured[index]), fmt::format("{:.1e}", e2)});
    }
  CHECK(worst > 0.5);  // Far fewer would mean that not all are counted.
}

TEST_CASE("stiff systems by rodas4, against SciPy's Radau at 1e-10") {
  const Float64 numbers;
  SECTION("van der Pol, mu = 1000") {
    auto f = [](bm::Array x, bm::Array v, bm::Array) { return std::tuple(v, 1000.0 * (1.0 - x * x) * v - x); };
    auto integral = bp::odeint(f, {.method = "rodas4", .variables = {"x", "v"}, .adaptive = true, .tolerance = 1e-10});
    bp::IntegratorRunner runner(integral, {.inits = {{"x", 2.0}, {"v", 0.0}}, .monitors = {"x"}});
    runner.run({500.0, 800.0, 1000.0, 1500.0, 2000.0});
    // scipy 1.10.1, Radau, rtol = atol = 1e-10, and at 1e-12 in the second row.
    const double at_1e10[] = {1.5967689510748624, 1.083923364676883, -1.8636462548253894, -1.3547459195358282,
                              1.7061677321916062};
    const double at_1e12[] = {1.596768951055365, 1.0839233646678106, -1.863646254811531, -1.354745919498092,
                              1.7061677321783315};
    for (int k = 0; k < 5; ++k) {
      const double x = runner.mon["x"][k].item<double>();
      CAPTURE(k, x - at_1e12[k], at_1e10[k] - at_1e12[k]);
      CHECK(std::abs(x - at_1e10[k]) < 1e-8);
    }
  }
  SECTION("Robertson's kinetics to t = 1e11, states of one vector and three scalars") {
    auto scalars = [](bm::Array a, bm::Array b, bm::Array c, bm::Array) {
      const bm::Array slow = -0.04 * a + 1e4 * b * c, fast = 3e7 * b * b;
      return std::tuple(slow, -slow - fast, fast);
    };
    auto vector = [](bm::Array y, bm::Array) {
      const bm::Array slow = -0.04 * y[0] + 1e4 * y[1] * y[2], fast = 3e7 * y[1] * y[1];
      return bm::stack({slow, -slow - fast, fast});
    };
    const bp::OdeOptions options{.method = "rodas4", .adaptive = true, .rtol = 1e-10, .atol = 1e-16};
    bp::IntegratorRunner three(bp::odeint(scalars, options),
                               {.inits = {{"x0", 1.0}, {"x1", 0.0}, {"x2", 0.0}}, .monitors = {"x0", "x1", "x2"}});
    bp::IntegratorRunner one(bp::odeint(vector, options),
                             {.inits = {{"x0", bm::array({1.0, 0.0, 0.0})}}, .monitors = {"x0"}});
    // scipy 1.10.1, Radau, rtol 1e-10, atol 1e-16: a, b at the times.
    const double times[] = {0.4, 40, 4e3, 4e5, 4e7, 4e9, 1e11};
    const double a[] = {0.9851721138609966,    0.7158270687193738,    0.18320225777648608,   0.0049382745210340175,
                        5.203071844059068e-05, 5.208276611407647e-07, 2.0833401496969266e-08};
    const double b[] = {3.386395378973521e-05,  9.185534764466615e-06,  8.942371252725728e-07, 1.9849940879762254e-08,
                        2.0813357318679317e-10, 2.0833117165932476e-12, 8.333360770317279e-14};
    three.run({0.4, 40, 4e3, 4e5, 4e7, 4e9, 1e11});
    one.run(bm::array(std::vector<double>(std::begin(times), std::end(times))));
    for (int k = 0; k < 7; ++k) {
      CAPTURE(times[k]);
      CHECK(three.mon["x0"][k].item<double>() == Approx(a[k]).epsilon(1e-8));
      CHECK(three.mon["x1"][k].item<double>() == Approx(b[k]).epsilon(1e-8).margin(2e-16));
      CHECK(one.mon["x0"][{k, 0}].item<double>() == Approx(a[k]).epsilon(1e-8));
      const double total =
          three.mon["x0"][k].item<double>() + three.mon["x1"][k].item<double>() + three.mon["x2"][k].item<double>();
      CHECK(total == Approx(1.0).epsilon(1e-10));
    }
  }
}

TEST_CASE("fixed steps of implicit methods stay stable where explicit ones do not") {
  const Float64 numbers;
  const auto stiff = [](bm::Array x, bm::Array t) { return -1e6 * (x - bm::cos(t)); };
  for (const char* method : {"backward_euler", "trapezoid", "rodas4"}) {
    INFO(method);
    auto integral = bp::odeint(stiff, {.method = method, .dt = 0.1});
    bp::IntegratorRunner runner(integral, {.inits = {{"x0", 1.0}}, .monitors = {"x0"}});
    runner.run(10.0);
    CHECK(std::abs(runner.mon["x0"][-1].item<double>() - std::cos(10.0)) < 1e-4);
  }
  bp::IntegratorRunner explicit_one(bp::odeint(stiff, {.method = "rk4", .dt = 0.1}),
                                    {.inits = {{"x0", 1.0}}, .monitors = {"x0"}});
  explicit_one.run(10.0);
  CHECK(!(std::abs(explicit_one.mon["x0"][-1].item<double>()) < 1e10));
  // Units that do not depend on each other have small blocks; coupled ones a dense Jacobian: the same numbers.
  const bm::Array rates = bm::array({1.0, 1e3, 1e6});
  const bm::Array diagonal = bm::diag(rates);
  auto each = bp::odeint([&](bm::Array x, bm::Array t) { return -rates * (x - bm::cos(t)); },
                         {.method = "trapezoid", .dt = 0.1});
  auto dense = bp::odeint([&](bm::Array x, bm::Array t) { return -bm::matmul(diagonal, x - bm::cos(t)); },
                          {.method = "trapezoid", .dt = 0.1});
  const bm::Array start = bm::array({1.0, 2.0, 3.0});
  CHECK(bm::allclose(each(start, 0.0), dense(start, 0.0), 1e-13, 1e-13).item<bool>());
}

TEST_CASE("the symplectic method keeps the energy of an oscillator, the explicit one does not") {
  const Float64 numbers;
  const auto oscillator = [](bm::Array v, bm::Array x, bm::Array) { return std::tuple(-x, v); };
  const auto energy_range = [&](const char* method) {
    bp::IntegratorRunner runner(bp::odeint(oscillator, {.method = method, .dt = 0.1, .variables = {"v", "x"}}),
                                {.inits = {{"v", 0.0}, {"x", 1.0}}, .monitors = {"v", "x"}});
    runner.run(1000.0);
    const bm::Array energy = 0.5 * (runner.mon["v"] * runner.mon["v"] + runner.mon["x"] * runner.mon["x"]);
    return energy.max().item<double>() - energy.min().item<double>();
  };
  CHECK(energy_range("symplectic_euler") < 0.06);
  CHECK(energy_range("euler") > 1e10);
}

TEST_CASE("steps of single elements: each as accurate, none held back by another") {
  const Float64 numbers;
  const bm::Array rates = bm::array({0.1, 1.0, 30.0});
  const auto decay = [&](bm::Array x, bm::Array t) { return -rates * (x - bm::cos(t)) - bm::sin(t); };
  auto own = bp::odeint(
      decay, {.method = "rkdp", .dt = 10.0, .adaptive = true, .tolerance = 1e-8, .error_norm = bp::ErrorNorm::element});
  const bm::Array start = bm::array({2.0, 3.0, 4.0});
  const auto compiled = bp::jit([&](bm::Array x) { return own(x, 0.0); });
  const std::vector<double> x = compiled(start).to_vector<double>();
  for (int k = 0; k < 3; ++k) {
    const double rate = rates[k].item<double>();
    CHECK(x[static_cast<std::size_t>(k)] ==
          Approx(std::cos(10.0) + (start[k].item<double>() - 1) * std::exp(-rate * 10)).margin(2e-7));
    // Alone it takes the same steps: the same bits.
    const auto alone = bp::jit([&](bm::Array one) {
      return bp::odeint([&](bm::Array y, bm::Array t) { return -rates[k] * (y - bm::cos(t)) - bm::sin(t); },
                        {.method = "rkdp", .dt = 10.0, .adaptive = true, .tolerance = 1e-8})(one, 0.0);
    });
    CHECK(alone(start[k]).item<double>() == x[static_cast<std::size_t>(k)]);
  }
  auto shapes =
      bp::odeint([](bm::Array a, bm::Array b, bm::Array) { return std::tuple(-a, -b); },
                 {.method = "bs", .variables = {"a", "b"}, .adaptive = true, .error_norm = bp::ErrorNorm::element});
  const std::string text = text_of<bp::Error>([&] { shapes(bm::ones({3}), bm::ones({4}), 0.0); });
  CHECK_CONTAINS(text, "states of different shapes cannot adapt their steps element by element");
  CHECK_CONTAINS(text, "'a' is f64[3], 'b' f64[4]");
}

TEST_CASE("output at asked times and between steps") {
  const Float64 numbers;
  const auto f = [](bm::Array x, bm::Array t) { return -x * t; };
  for (const char* method : {"bs", "rkf45", "ck", "rkdp", "rodas4"}) {
    INFO(method);
    auto integral =
        bp::odeint(f, {.method = method, .dt = 0.01, .variables = {"x"}, .adaptive = true, .tolerance = 1e-8});
    bp::IntegratorRunner runner(integral, {.inits = {{"x", 1.0}}, .monitors = {"x"}});
    runner.run(3.0);
    const std::vector<double> ts = runner.mon.ts.to_vector<double>(), x = runner.mon["x"].to_vector<double>();
    REQUIRE(ts.size() == 300);
    CHECK(ts[0] == 0.01);
    CHECK(ts[299] == 300 * 0.01);
    for (std::size_t k = 0; k < ts.size(); ++k) CHECK(x[k] == Approx(std::exp(-ts[k] * ts[k] / 2)).margin(1e-7));
    // Far fewer steps than outputs; the next run goes on where this one ended.
    CHECK(runner.statistics().accepted < (std::string(method) == "bs" ? 1000 : 300));
    runner.run({3.0, 3.5});
    CHECK(runner.mon["x"][1].item<double>() == Approx(std::exp(-3.5 * 3.5 / 2)).margin(1e-7));
    CHECK_CONTAINS(text_of<bp::Error>([&] { runner.run({3.2}); }), "3.2 ms after 3.5 ms");
    runner.reset();
    runner.run(3.0);
    CHECK(runner.mon["x"].to_vector<double>() == x);
  }
  bp::IntegratorRunner fixed(bp::odeint(f, {.method = "rk4", .dt = 0.1}), {.inits = {{"x0", 1.0}}});
  CHECK_CONTAINS(text_of<bp::Error>([&] { fixed.run({1.0}); }), "only adaptive integrators go to asked times");
}

TEST_CASE("events: times, states, direction, end of the run") {
  const Float64 numbers;
  const auto oscillator = [](bm::Array x, bm::Array v, bm::Array) { return std::tuple(v, -x); };
  const double pi = std::acos(-1.0);
  const std::pair<const char*, bool> ways[] = {{"rk4", false}, {"rkdp", false}, {"rkdp", true}, {"rodas4", true}};
  for (const auto& [method, adaptive] : ways) {
    INFO(method << (adaptive ? ", adaptive" : ""));
    auto integral = bp::odeint(
        oscillator, {.method = method, .dt = 0.01, .variables = {"x", "v"}, .adaptive = adaptive, .tolerance = 1e-11});
    bp::IntegratorRunner runner(
        integral, {.inits = {{"x", 1.0}, {"v", 0.0}},
                   .monitors = {"x"},
                   .events = {{"both", [](bm::Array x, bm::Array, bm::Array) { return x; }},
                              {"up", [](bm::Array x, bm::Array, bm::Array) { return x; }, {.direction = 1}},
                              {"end",
                               [](bm::Array, bm::Array v, bm::Array t) { return bm::where(t > 9.0, v - 0.5, -1.0); },
                               {.direction = 1, .terminal = true}}}});
    runner.run(8.0);
    CHECK(!runner.stopped());
    runner.run(8.0);
    CHECK(runner.stopped());
    const std::vector<double> both = runner.events("both").ts.to_vector<double>();
    REQUIRE(both.size() == 3);
    for (int k = 0; k < 3; ++k) CHECK(both[static_cast<std::size_t>(k)] == Approx((k + 0.5) * pi).margin(2e-8));
    const bp::EventRecord up = runner.events("up");
    REQUIRE(up.ts.size() == 1);
    CHECK(up.ts[0].item<double>() == Approx(1.5 * pi).margin(2e-8));
    CHECK(up["v"][0].item<double>() == Approx(1.0).margin(2e-8));
    CHECK_CONTAINS(text_of<bp::Error>([&] { up["w"]; }), "known are: x, v");
    // v = -sin t reaches 0.5 upwards at 3 pi + pi / 6; the recording ends there.
    const double stop = 3 * pi + pi / 6;
    CHECK(runner.events("end").ts.item<double>() == Approx(stop).margin(2e-8));
    CHECK(runner.mon.ts[-1].item<double>() == runner.events("end").ts.item<double>());
    CHECK(runner.mon["x"][-1].item<double>() == Approx(std::cos(stop)).margin(2e-8));
    CHECK(runner.mon.ts.size() == runner.mon["x"].size());
    CHECK_CONTAINS(text_of<bp::Error>([&] { runner.run(1.0); }), "the run has stopped at an event");
    CHECK_CONTAINS(text_of<bp::Error>([&] { runner.events("down"); }), "known are: both, up, end");
    runner.reset();
    CHECK(runner.events("both").ts.size() == 0);
    runner.run(2.0);
    CHECK(runner.events("both").ts.size() == 1);
  }
  auto integral = bp::odeint(oscillator, {.method = "rk4", .dt = 0.01, .variables = {"x", "v"}});
  const auto wrong = [&](bp::Event event) {
    return text_of<bp::Error>([&] {
      bp::IntegratorRunner(integral, {.inits = {{"x", 1.0}, {"v", 0.0}}, .events = {event}});
    });
  };
  CHECK_CONTAINS(wrong({"e", [](bm::Array x, bm::Array) { return x; }}), "event 'e' takes a wrong number of arguments");
  CHECK_CONTAINS(wrong({"e", [](bm::Array, bm::Array, bm::Array) { return bm::ones({3}); }}),
                 "event 'e' does not return one number");
  bp::IntegratorRunner few(integral, {.inits = {{"x", 1.0}, {"v", 0.0}},
                                      .events = {{"zero", [](bm::Array x, bm::Array, bm::Array) { return x; }}},
                                      .max_events = 2});
  CHECK_CONTAINS(text_of<bp::Error>([&] { few.run(20.0); }), "too many events 'zero'");
}

TEST_CASE("a solution that ends is reported with its time and state") {
  const Float64 numbers;
  // x' = x^2 from 1 has a pole at t = 1.
  auto pole = bp::odeint([](bm::Array x, bm::Array) { return x * x; },
                         {.method = "rkdp", .dt = 2.0, .variables = {"x"}, .adaptive = true, .tolerance = 1e-6});
  std::string text;
  const int line = __LINE__ + 1;
  text = text_of<bp::Error>([&] { pole(1.0, 0.0); });
  CHECK_CONTAINS(text, "odeint: the step of 'rkdp' became too small");
  CHECK_CONTAINS(text, "adaptive_test.cpp:" + std::to_string(line));
  CHECK_CONTAINS(text, "t = 1.0");
  CHECK_CONTAINS(text, "error of x = ");
  // A derivative that has no value from some point on.
  auto root = bp::odeint([](bm::Array x, bm::Array t) { return -bm::sqrt(x - t * 0.0) - 0.1; },
                         {.method = "bs", .dt = 10.0, .variables = {"x"}, .adaptive = true});
  CHECK_CONTAINS(text_of<bp::Error>([&] { root(1.0, 0.0); }), "error of x = nan");
  bp::IntegratorRunner runner(pole, {.inits = {{"x", 1.0}}});
  CHECK_CONTAINS(text_of<bp::Error>([&] { runner.run(2.0); }), "became too small");
  auto jump =
      bp::odeint([](bm::Array x, bm::Array) { return bm::log(-1.0 - x * x); }, {.method = "backward_euler", .dt = 0.1});
  text = text_of<bp::Error>([&] { jump(1.0, 0.0); });
  CHECK_CONTAINS(text, "Newton's iteration of 'backward_euler' did not converge");
  CHECK_CONTAINS(text, "t = 0");
}

TEST_CASE("wrong options of adaptive integration") {
  const auto f = [](bm::Array x, bm::Array) { return -x; };
  CHECK_CONTAINS(text_of<bp::Error>([&] { bp::odeint(f, {.method = "rk4", .adaptive = true}); }),
                 "the method 'rk4' has no error estimate, so its steps cannot adapt");
  CHECK_CONTAINS(text_of<bp::Error>([&] { bp::odeint(f, {.method = "rk4", .adaptive = true}); }),
                 "those that can are: heun_euler, rkf12, bs, rkf45, ck, rkdp, rodas4");
  CHECK_CONTAINS(text_of<bp::Error>([&] { bp::odeint(f, {.method = "rkdp", .adaptive = true, .tolerance = -1}); }),
                 "odeint: tolerance is not above zero");
  CHECK_CONTAINS(
      text_of<bp::Error>([&] { bp::odeint(f, {.method = "rkdp", .adaptive = true, .max_step = std::nan("")}); }),
      "max_step = nan");
}
