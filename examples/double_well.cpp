// A particle in a double well under noise, dx = (x - x^3) dt + sigma dW: its stationary variance against the closed
// form, and one Brownian path that is solved with smaller and smaller steps.
#include <fmt/core.h>
#include <brainpy/brainpy.hpp>
#include <cmath>

namespace bp = brainpy;
namespace bm = brainpy::math;

constexpr double sigma = 0.6;

auto well(bp::SdeOptions options) {
  options.variables = {"x"};
  return bp::sdeint([](bm::Array x, bm::Array /*t*/) { return x - x * x * x; },
                    [](bm::Array x, bm::Array) { return sigma * bm::ones_like(x); }, options);
}

/// The mean of x^2 under the density exp((x^2 - x^4 / 2) / sigma^2), by the midpoint rule.
double stationary_variance() {
  double mass = 0, square = 0;
  for (double x = -4; x < 4; x += 1e-3) {
    const double density = std::exp((x * x - x * x * x * x / 2) / (sigma * sigma));
    mass += density;
    square += x * x * density;
  }
  return square / mass;
}

int main() {
  // 20000 particles, each with its own noise; a step takes new random numbers.
  bm::random::seed(1);
  bp::IntegratorRunner cloud(well({.method = "srk1w1", .dt = 0.05}),
                             {.inits = {{"x", bm::zeros({20000})}}, .monitors = {"x"}});
  cloud.run(100.0);
  const double variance = bm::mean(bm::square(cloud.mon["x"][{-1}])).item<double>(), exact = stationary_variance();
  fmt::print("variance after 100 ms {:.4f}, stationary {:.4f}\n", variance, exact);

  // Ten particles on fixed paths: halving the step brings them closer to where they go.
  bm::enable_x64();
  const auto end = [](double dt) {
    bp::IntegratorRunner runner(well({.dt = dt, .path = bp::BrownianPath{.seed = 7, .dt = 1.0 / 512}}),
                                {.inits = {{"x", bm::zeros({10})}}, .monitors = {"x"}});
    runner.run(4.0);
    return runner.mon["x"][{-1}];
  };
  const bm::Array finest = end(1.0 / 512);
  for (const double dt : {1.0 / 8, 1.0 / 16, 1.0 / 32, 1.0 / 64})
    fmt::print("dt = 1/{:<3} ms: mean distance from dt = 1/512 ms {:.5f}\n", 1 / dt,
               bm::mean(bm::abs(end(dt) - finest)).item<double>());
  return std::abs(variance - exact) < 0.02 ? 0 : 1;
}
