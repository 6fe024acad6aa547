// odeint: the order of every method, each method's exact cases, the same bits in all modes, and wrong use.
#include <algorithm>
#include <brainpy/brainpy.hpp>
#include <cmath>
#include <fstream>
#include <functional>
#include <sstream>

#include <fmt/format.h>

#include "frontend/integrate/tableau.h"
#include "support/catch.h"
#include "support/errors.h"
#include "support/float64.h"
#include "support/orders.h"

namespace bp = brainpy;
namespace bm = brainpy::math;
using bp::test::Float64;

namespace {

/// A non-autonomous, coupled, nonlinear system that is solved by x = 2 + sin t, y = cos 2t: what the nonlinear terms
/// give on this solution is taken away again.
std::tuple<bm::Array, bm::Array> manufactured(bm::Array x, bm::Array y, bm::Array t) {
  const bm::Array u = 2.0 + bm::sin(t), v = bm::cos(2.0 * t);
  return {bm::cos(t) - (x * y - u * v), -2.0 * bm::sin(2.0 * t) + (x * x - u * u) - (y * y * y - v * v * v)};
}

/// The error at `end` after `steps` steps.
double error_after(const std::string& method, int steps, double end) {
  auto step = bp::odeint(manufactured, {.method = method, .dt = end / steps});
  auto run = bp::jit([&](bm::Array x, bm::Array y) {
    const double h = step.dt();
    const auto body = [&](std::tuple<bm::Array, bm::Array> state, bm::Array i) {
      auto [a, b] = state;
      return std::pair(step(a, b, i * h), bm::Array(i));
    };
    return bm::scan(body, std::tuple(x, y), bm::arange(steps)).first;
  });
  const auto [x, y] = run(2.0, 1.0);
  return std::hypot(x.item<double>() - (2 + std::sin(end)), y.item<double>() - std::cos(2 * end));
}

struct Claim {
  const char* method;
  int order;
  int coarsest;    ///< steps of the coarsest run
  double end = 1;  ///< time of the comparison
};

const Claim claims[] = {
    {"euler", 1, 16},
    {"midpoint", 2, 16},
    {"heun2", 2, 16},
    {"ralston2", 2, 16},
    {"rk2", 2, 16},
    {"rk3", 3, 8},
    {"heun3", 3, 8},
    {"ralston3", 3, 8},
    {"ssprk3", 3, 8},
    {"rk4", 4, 8},
    {"ralston4", 4, 8},
    {"rk4_38rule", 4, 8},
    {"heun_euler", 2, 16},
    {"rkf12", 2, 16},
    {"bs", 3, 8},
    {"rkf45", 5, 4},
    {"ck", 5, 4},
    {"rkdp", 5, 96, 8},
    {"exp_auto", 1, 32},
    {"exp_euler", 1, 32},
    {"exponential_euler", 1, 32},
    {"exp_rk2", 2, 16},
    {"symplectic_euler", 1, 32},
    {"backward_euler", 1, 32},
    {"trapezoid", 2, 16},
    {"rodas4", 4, 32, 2},
};

}  // namespace

TEST_CASE("the order of every method on a non-autonomous, coupled, nonlinear system") {
  const Float64 numbers;
  std::ifstream page(std::string(BRAINPY_SOURCE_DIR) + "/docs/integrators.md");
  std::stringstream documentation;
  documentation << page.rdbuf();
  // The library's own methods; other tests register more.
  std::vector<std::string> untested = bp::integrate::ode_method_names();
  untested.erase(std::find(untested.begin(), untested.end(), "rodas4") + 1, untested.end());
  for (const Claim& claim : claims) {
    INFO(claim.method);
    std::vector<double> steps, errors;
    for (int halving = 0; halving <= 5; ++halving) {
      const int count = claim.coarsest << halving;
      steps.push_back(claim.end / count);
      errors.push_back(error_after(claim.method, count, claim.end));
    }
    const double order = bp::test::measured_order(steps, errors);
    CAPTURE(errors);
    CHECK(std::abs(order - claim.order) < 0.1);
    CHECK_THAT(documentation.str(), Catch::Matchers::Contains(fmt::format("| {} | {} |", claim.method, claim.order)));
    bp::test::write_order_row({claim.method, std::to_string(claim.order), fmt::format("{:.2f}", order),
                               fmt::format("{:.1e}", errors.front()), fmt::format("{:.1e}", errors.back())});
    std::erase(untested, claim.method);
  }
  CHECK(untested.empty());
}

TEST_CASE("every tableau satisfies the order conditions of its order, and a wrong one does not") {
  for (const bp::integrate::NamedTableau& t : bp::integrate::tableaus()) {
    INFO(t.name);
    CHECK(bp::integrate::misfit(t.tableau) == "");
    CHECK(bp::integrate::violated_condition(t.tableau, t.tableau.b, t.tableau.order) == "");
    if (!t.tableau.b_embedded.empty()) {
      CHECK(bp::integrate::violated_condition(t.tableau, t.tableau.b_embedded, t.tableau.embedded_order) == "");
      CHECK(t.tableau.embedded_order < t.tableau.order);
    }
    // No method is better than it says (up to what the conditions can tell).
    if (t.tableau.order < 4)
      CHECK(bp::integrate::violated_condition(t.tableau, t.tableau.b, t.tableau.order + 1) != "");
  }
}

TEST_CASE("methods by variable, joint equations, methods of one's own") {
  const Float64 numbers;
  const auto dx = [](bm::Array x, bm::Array y, bm::Array) { return -2.0 * x + y; };
  const auto dy = [](bm::Array x, bm::Array y, bm::Array t) { return -y * y + x * bm::cos(t); };
  const auto both = [=](bm::Array x, bm::Array y, bm::Array t) { return std::tuple(dx(x, y, t), dy(x, y, t)); };
  const bm::Array x = bm::array({1.0, 0.5}), y = bm::array({2.0, -0.3});

  SECTION("a JointEq is the function that returns all derivatives") {
    auto joint = bp::odeint(bp::JointEq(dx, dy), {.method = "rk4", .dt = 0.1});
    auto one = bp::odeint(both, {.method = "rk4", .dt = 0.1});
    const auto [x1, y1] = joint(x, y, 0.3);
    const auto [x2, y2] = one(x, y, 0.3);
    CHECK(bm::array_equal(x1, x2).item<bool>());
    CHECK(bm::array_equal(y1, y2).item<bool>());
  }
  SECTION("each variable by its method, the others held") {
    auto mixed =
        bp::odeint(both, {.method = "rk4", .dt = 0.1, .variables = {"x", "y"}, .methods = {{"x", "exp_auto"}}});
    auto x_alone = bp::odeint([&](bm::Array z, bm::Array t) { return dx(z, y, t); }, {.method = "exp_auto", .dt = 0.1});
    auto y_alone = bp::odeint([&](bm::Array z, bm::Array t) { return dy(x, z, t); }, {.method = "rk4", .dt = 0.1});
    const auto [x1, y1] = mixed(x, y, 0.3);
    CHECK(bm::array_equal(x1, x_alone(x, 0.3)).item<bool>());
    CHECK(bm::array_equal(y1, y_alone(y, 0.3)).item<bool>());
    CHECK_THAT(text_of<bp::Error>([&] {
                 bp::odeint(both, {.variables = {"x", "y"}, .methods = {{"z", "rk4"}}});
               }),
               Catch::Matchers::Contains("no variable is called 'z'") && Catch::Matchers::Contains("known are: x, y"));
    CHECK_THAT(text_of<bp::Error>([&] {
                 bp::odeint(both, {.methods = {{"x0", "rk9"}}});
               }),
               Catch::Matchers::Contains("no method is called 'rk9'"));
    CHECK_THAT(text_of<bp::Error>([&] {
                 bp::odeint(both, {.method = "bs", .adaptive = true, .methods = {{"x0", "rk4"}}});
               }),
               Catch::Matchers::Contains("methods of single variables cannot adapt"));
  }
  SECTION("a tableau and a function, registered") {
    // Runge's method of order 2 under another name, with the embedded Euler.
    bp::register_ode_method(
        "my_midpoint",
        {.order = 2, .c = {0, 0.5}, .a = {{}, {0.5}}, .b = {0, 1}, .b_embedded = {1, 0}, .embedded_order = 1});
    const auto [x1, y1] = bp::odeint(both, {.method = "my_midpoint", .dt = 0.1})(x, y, 0.3);
    const auto [x2, y2] = bp::odeint(both, {.method = "midpoint", .dt = 0.1})(x, y, 0.3);
    CHECK(bm::array_equal(x1, x2).item<bool>());
    CHECK(bm::array_equal(y1, y2).item<bool>());
    auto decay = bp::odeint([](bm::Array z, bm::Array) { return -z; },
                            {.method = "my_midpoint", .dt = 1.0, .adaptive = true, .tolerance = 1e-6});
    CHECK(decay(1.0, 0.0).item<double>() == Approx(std::exp(-1.0)).margin(1e-5));

    bp::register_ode_method("my_euler", [](const bp::OdeProblem& p) {
      const auto slopes = p.slopes(p.states(), 0);
      return p.advance({{1.0, &slopes}});
    });
    const auto [x3, y3] = bp::odeint(both, {.method = "my_euler", .dt = 0.1})(x, y, 0.3);
    const auto [x4, y4] = bp::odeint(both, {.method = "euler", .dt = 0.1})(x, y, 0.3);
    CHECK(bm::array_equal(x3, x4).item<bool>());
    CHECK(bm::array_equal(y3, y4).item<bool>());

    bp::register_ode_method("my_nothing", [](const bp::OdeProblem&) { return bp::OdeProblem::Arrays{}; });
    CHECK_THAT(text_of<bp::Error>([&] { bp::odeint(both, {.method = "my_nothing", .dt = 0.1})(x, y, 0.3); }),
               Catch::Matchers::Contains("the method returns a wrong number of states"));
    CHECK_THAT(text_of<bp::Error>(
                   [] { bp::register_ode_method("euler", bp::Tableau{.order = 1, .c = {0}, .a = {{}}, .b = {1}}); }),
               Catch::Matchers::Contains("the name 'euler' is taken"));
    CHECK_THAT(text_of<bp::Error>([] {
                 bp::register_ode_method("t", {.order = 3, .c = {0, 0.5}, .a = {{}, {0.5}}, .b = {0, 1}});
               }),
               Catch::Matchers::Contains("the solution has not the order 3 that it claims of 't'") &&
                   Catch::Matchers::Contains("order 3: sum b_i c_i^2 = 0.25, not 0.333333"));
    CHECK_THAT(text_of<bp::Error>([] {
                 bp::register_ode_method("t", {.order = 2, .c = {0, 0.6}, .a = {{}, {0.5}}, .b = {0, 1}});
               }),
               Catch::Matchers::Contains("row 1 of a sums to 0.5, c is 0.6"));
  }
}

TEST_CASE("linear equations are solved exactly by exponential methods") {
  const Float64 numbers;
  for (const char* method : {"exp_auto", "exp_rk2"}) {
    INFO(method);
    auto step = bp::odeint([](bm::Array x, bm::Array) { return 3.0 - 5.0 * x; }, {.method = method, .dt = 1.5});
    CHECK(step(2.0, 0.0).item<double>() == Approx(0.6 + 1.4 * std::exp(-7.5)).epsilon(1e-14));
  }
}

TEST_CASE("wrong use of odeint") {
  const auto f = [](bm::Array x, bm::Array) { return -x; };
  const auto contains = [](const std::string& text, std::initializer_list<const char*> parts) {
    for (const char* part : parts) CHECK_THAT(text, Catch::Matchers::Contains(part));
  };
  contains(
      text_of<bp::Error>([&] { bp::odeint(f, {.method = "rk5"}); }),
      {"odeint: no method is called 'rk5'", "ode_test.cpp:", "known are: euler, midpoint, heun2",
       "rkdp, exp_auto, exp_euler, exponential_euler, exp_rk2, symplectic_euler, backward_euler, trapezoid, rodas4"});
  contains(text_of<bp::Error>([&] { bp::odeint(f, {.dt = -0.1}); }),
           {"odeint: the time step is not above zero", "dt = -0.1"});
  contains(text_of<bp::Error>([&] { bp::odeint(f, {.dt = std::nan("")}); }), {"dt = nan"});
  // Written for two states, but one derivative is returned: what was meant as a state would be the time.
  contains(text_of<bp::Error>([] {
             bp::odeint([](bm::Array V, bm::Array w, bm::Array) { return V - w; }, {.variables = {"V", "w"}});
           }),
           {"the number of variable names is not the number of states", "2 names, 1 states",
            "the derivative returns one value for each state"});
  contains(text_of<bp::Error>([&] { bp::odeint(f, {.parameters = {"I"}}); }),
           {"the number of parameter names is not the number of parameters", "1 names, 0 parameters"});
  const std::string shape = text_of<bp::Error>([] {
    bp::odeint([](bm::Array x, bm::Array) { return bm::concatenate({x, x}); }, {.dt = 0.1})(bm::ones({3}), 0.0);
  });
  contains(shape,
           {"odeint: the derivative of state 0 has another shape", "the state 'x0' is f32[3], its derivative f32[6]"});
  contains(text_of<bp::Error>([&] { bp::odeint(f, {.dt = 0.1})(1.0, 0.0, 2.0); }),
           {"integrator: wrong number of arguments", "the derivative takes 2 (1 states, t, parameters), given 3"});
}
