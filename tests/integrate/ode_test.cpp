// odeint: the order of every method, each method's exact cases, the same bits in all modes, and wrong use.
#include <brainpy/brainpy.hpp>
#include <cmath>
#include <fstream>
#include <sstream>

#include <fmt/format.h>

#include "frontend/integrate/tableau.h"
#include "support/catch.h"
#include "support/orders.h"

namespace bp = brainpy;
namespace bm = brainpy::math;

namespace {

struct X64 {
  X64() { bm::enable_x64(); }
  ~X64() { bm::disable_x64(); }
};

/// A non-autonomous, coupled, nonlinear system that is solved by x = 2 + sin t, y = cos 2t: what the nonlinear terms
/// give on this solution is taken away again.
std::tuple<bm::Array, bm::Array> manufactured(bm::Array x, bm::Array y, bm::Array t) {
  const bm::Array u = 2.0 + bm::sin(t), v = bm::cos(2.0 * t);
  return {bm::cos(t) - (x * y - u * v), -2.0 * bm::sin(2.0 * t) + (x * x - u * u) - (y * y * y - v * v * v)};
}

/// The error at t = 1 after `steps` steps.
double error_after(const std::string& method, int steps) {
  auto step = bp::odeint(manufactured, {.method = method, .dt = 1.0 / steps});
  auto run = bp::jit([&](bm::Array x, bm::Array y) {
    const double h = step.dt();
    const auto body = [&](std::tuple<bm::Array, bm::Array> state, bm::Array i) {
      auto [a, b] = state;
      return std::pair(step(a, b, i * h), bm::Array(i));
    };
    return bm::scan(body, std::tuple(x, y), bm::arange(steps)).first;
  });
  const auto [x, y] = run(2.0, 1.0);
  return std::hypot(x.item<double>() - (2 + std::sin(1.0)), y.item<double>() - std::cos(2.0));
}

struct Claim {
  const char* method;
  int order;
  int coarsest;  ///< steps of the coarsest run
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
    {"rkdp", 5, 4},
    {"exp_auto", 1, 32},
    {"exp_euler", 1, 32},
    {"exponential_euler", 1, 32},
    {"exp_rk2", 2, 16},
    {"symplectic_euler", 1, 32},
    {"backward_euler", 1, 32},
    {"trapezoid", 2, 16},
    {"rodas4", 4, 16},
};

}  // namespace

TEST_CASE("the order of every method on a non-autonomous, coupled, nonlinear system") {
  const X64 x64;
  std::ifstream page(std::string(BRAINPY_SOURCE_DIR) + "/docs/integrators.md");
  std::stringstream documentation;
  documentation << page.rdbuf();
  std::vector<std::string> untested = bp::integrate::ode_method_names();
  for (const Claim& claim : claims) {
    INFO(claim.method);
    std::vector<double> steps, errors;
    for (int halving = 0; halving <= 5; ++halving) {
      const int count = claim.coarsest << halving;
      steps.push_back(1.0 / count);
      errors.push_back(error_after(claim.method, count));
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
