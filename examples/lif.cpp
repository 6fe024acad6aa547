// The f-I curve of a leaky integrate-and-fire neuron: one population, one current each, against the closed form.
//   tau dV/dt = V_rest - V + R I,   rate = 1 / (t_ref + tau ln(R I / (R I - (V_th - V_rest))))
#include <fmt/core.h>
#include <brainpy/brainpy.hpp>
#include <cmath>

namespace bp = brainpy;
namespace bm = brainpy::math;

class LIF : public bp::BrainPyObject {
 public:
  explicit LIF(int size) : size(size) {}

  const int size;
  double tau = 20.0, R = 1.0, t_ref = 5.0;               // ms, MOhm, ms
  double V_rest = -65.0, V_reset = -65.0, V_th = -50.0;  // mV

  bm::Variable V = variable("V", bm::full({size}, V_rest));
  bm::Variable spike = variable("spike", bm::zeros({size}, bm::bool_));
  bm::Variable t_last = variable("t_last", bm::full({size}, -1e7));
  bm::Variable input = variable("input", bm::zeros({size}));  // nA

  bp::Integrator<1> integral = bp::odeint(
      [this](bm::Array V, bm::Array /*t*/, bm::Array I) { return (V_rest - V + R * I) / tau; }, {.method = "exp_auto"});

  void update() {
    const bm::Array t = bp::share.t();
    const bm::Array refractory = (t - t_last) < t_ref - 0.5 * bp::share.dt();
    const bm::Array v = bm::where(refractory, V, integral(V, t, input));
    spike = v >= V_th;
    t_last = bm::where(spike, t, t_last);
    V = bm::where(spike, V_reset, v);
  }

  /// Spikes per second at the current I, from the equation.
  double rate(double I) const {
    const double drive = R * I, distance = V_th - V_rest;
    return drive <= distance ? 0.0 : 1000.0 / (t_ref + tau * std::log(drive / (drive - distance)));
  }
};

int main() {
  const int n = 200;
  const double duration = 5000.0;  // ms
  LIF lif(n);
  const bm::Array currents = bm::linspace(10.0, 60.0, n);
  lif.input = currents;

  bp::DSRunner runner(lif, {.monitors = {"spike"}, .dt = 0.05});
  runner.run(duration);
  const bm::Array rates = bm::sum(runner.mon["spike"].astype(bm::float32), 0) / (duration / 1000.0);

  const std::vector<double> current = currents.to_vector<double>(), measured = rates.to_vector<double>();
  std::vector<double> expected;
  double worst = 0;
  for (int k = 0; k < n; ++k) {
    expected.push_back(lif.rate(current[k]));
    worst = std::max(worst, std::abs(measured[k] - expected[k]));
  }
  fmt::print("{:>10} {:>14} {:>14}\n", "I [nA]", "measured [Hz]", "theory [Hz]");
  for (int k = 0; k < n; k += 20) fmt::print("{:>10.2f} {:>14.2f} {:>14.2f}\n", current[k], measured[k], expected[k]);
  fmt::print("largest difference {:.2f} Hz\n", worst);
  bp::visualize::line_plot(current, {measured, expected},
                           {.title = "LIF: f-I curve",
                            .xlabel = "Input current [nA]",
                            .ylabel = "Rate [Hz]",
                            .labels = {"simulated", "theory"},
                            .file = "lif_fi_curve.svg"});
  return worst < 1.0 ? 0 : 1;
}
