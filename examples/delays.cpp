// The three delays: a delayed differential equation (TimeDelay), spikes with named conduction delays (VarDelay), and
// regions that hear each other after a delay of their own for each pair (LengthDelay).
#include <fmt/core.h>
#include <brainpy/brainpy.hpp>

namespace bp = brainpy;
namespace bm = brainpy::math;

/// Mackey & Glass 1977, Science 197: x' = 0.2 x(t - 17) / (1 + x(t - 17)^10) - 0.1 x, with x = 1.2 before 0.
void mackey_glass() {
  bm::Variable x(bm::full({1}, 1.2));
  bm::TimeDelay x_delayed(x, {.delay = 17.0, .dt = 0.1, .before_t0 = 1.2});
  auto equation = bp::odeint(
      [&](bm::Array x, bm::Array t) {
        bm::Array past = x_delayed(t - 17.0);
        return 0.2 * past / (1.0 + bm::pow(past, 10.0)) - 0.1 * x;
      },
      {.method = "rk4", .dt = 0.1, .variables = {"x"}, .delays = {{"x", x_delayed}}});
  bp::IntegratorRunner runner(equation, {.inits = {{"x", bm::full({1}, 1.2)}}, .monitors = {"x"}});
  runner.run(100.0);
  fmt::print("Mackey-Glass: x(100) = {}\n", runner.mon["x"][-1]);
}

/// A cell that fires every 5 ms, and two targets that get its spikes 1.5 ms and 3 ms later.
class Relay : public bp::BrainPyObject {
 public:
  bm::Variable spike = variable("spike", bm::zeros({1}, bm::bool_));
  bm::Variable near = variable("near", bm::zeros({1}, bm::bool_)), far = variable("far", bm::zeros({1}, bm::bool_));
  bp::VarDelay& delay =
      node<bp::VarDelay>("delay", spike, bp::VarDelayOptions{.init = false, .entries = {{"near", 1.5}, {"far", 3.0}}});

  void update() {
    spike = bm::array(bp::share.i() % 50 == 0).reshape({1});
    delay.update();  // the value of this step is known from here on
    near = delay.at("near");
    far = delay.at("far");
  }
};

/// Rates of regions, coupled with one delay for each pair: region i hears region j as it was lags[i, j] steps ago.
class Regions : public bp::BrainPyObject {
 public:
  static constexpr int n = 4;
  bm::Variable r = variable("r", bm::array({1.0, 0.0, 0.0, 0.0}));
  bm::LengthDelay& past = node<bm::LengthDelay>("past", r, bm::LengthDelayOptions{.length = 30});
  bm::Array lags = bm::array({{0, 10, 20, 30}, {10, 0, 10, 20}, {20, 10, 0, 10}, {30, 20, 10, 0}});
  bm::Array sources = bm::broadcast_to(bm::arange(n), {n, n});

  void update() {
    past.update();
    const bm::Array heard = past.retrieve(lags, sources);  // [i, j]
    r = r + bp::share.dt() * (0.2 * bm::tanh(heard).sum(1) - 0.5 * r);
  }
};

int main() {
  mackey_glass();

  Relay relay;
  bp::DSRunner spikes(relay, {.monitors = {"spike", "near", "far"}, .dt = 0.1});
  spikes.run(20.0);
  for (const char* name : {"spike", "near", "far"})
    fmt::print("{}: first at step {}\n", name, bm::argmax(spikes.mon[name].flatten()).item<int>());

  Regions regions;
  bp::DSRunner rates(regions, {.monitors = {"r"}, .dt = 0.1});
  rates.run(20.0);
  fmt::print("rates after 20 ms: {}\n", rates.mon["r"][-1]);
}
