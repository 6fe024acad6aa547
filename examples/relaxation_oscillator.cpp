// Van der Pol's oscillator with mu = 1000: slow drifts and jumps of a millionth of their length. An implicit method
// with adaptive steps takes both; events tell when x jumps.
#include <brainpy/brainpy.hpp>

#include <fmt/core.h>

namespace bp = brainpy;
namespace bm = brainpy::math;

int main() {
  bm::enable_x64();
  auto oscillator = bp::odeint(
      [](bm::Array x, bm::Array v, bm::Array /*t*/, bm::Array mu) { return std::tuple(v, mu * (1.0 - x * x) * v - x); },
      {.method = "rodas4",
       .dt = 2.0,
       .variables = {"x", "v"},
       .parameters = {"mu"},
       .adaptive = true,
       .tolerance = 1e-6});
  bp::IntegratorRunner runner(
      oscillator, {.inits = {{"x", 2.0}, {"v", 0.0}},
                   .args = {{"mu", 1000.0}},
                   .monitors = {"x"},
                   .events = {{"jump", [](bm::Array x, bm::Array, bm::Array) { return x; }, {.direction = -1}}}});
  runner.run(4000.0);
  const bp::IntegrationStatistics cost = runner.statistics();
  fmt::print("jumps at {} ms; {} steps, {} of them twice, {} derivatives\n", runner.events("jump").ts, cost.accepted,
             cost.rejected, cost.evaluations);
  bp::visualize::line_plot(runner.mon.ts, runner.mon["x"],
                           {.title = "Van der Pol, mu = 1000", .file = "relaxation_oscillator.svg"});
}
