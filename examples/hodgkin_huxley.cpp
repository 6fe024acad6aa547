// Hodgkin & Huxley (1952, J Physiol 117:500), in today's signs: C dV/dt = -(I_Na + I_K + I_L) + I.
// Ten neurons with currents from 0 to 18 uA/cm2: the onset of repetitive firing, and the gating variables of one.
#include <fmt/core.h>
#include <brainpy/brainpy.hpp>

namespace bp = brainpy;
namespace bm = brainpy::math;

class HH : public bp::BrainPyObject {
 public:
  explicit HH(int size) : size(size) {}

  const int size;
  double C = 1.0;                               // uF/cm2
  double gNa = 120.0, gK = 36.0, gL = 0.3;      // mS/cm2
  double ENa = 50.0, EK = -77.0, EL = -54.387;  // mV

  bm::Variable V = variable("V", bm::full({size}, -65.0));
  bm::Variable m = variable("m", bm::full({size}, 0.0529));
  bm::Variable h = variable("h", bm::full({size}, 0.5961));
  bm::Variable n = variable("n", bm::full({size}, 0.3177));
  bm::Variable spike = variable("spike", bm::zeros({size}, bm::bool_));
  bm::Variable input = variable("input", bm::zeros({size}));  // uA/cm2

  bp::Integrator<4> integral = bp::odeint(
      [this](bm::Array V, bm::Array m, bm::Array h, bm::Array n, bm::Array /*t*/, bm::Array I) {
        const bm::Array m_alpha = 1.0 / bm::exprel(-(V + 40.0) / 10.0), m_beta = 4.0 * bm::exp(-(V + 65.0) / 18.0);
        const bm::Array h_alpha = 0.07 * bm::exp(-(V + 65.0) / 20.0),
                        h_beta = 1.0 / (1.0 + bm::exp(-(V + 35.0) / 10.0));
        const bm::Array n_alpha = 0.1 / bm::exprel(-(V + 55.0) / 10.0), n_beta = 0.125 * bm::exp(-(V + 65.0) / 80.0);
        const bm::Array I_Na = gNa * m * m * m * h * (V - ENa);
        const bm::Array I_K = gK * n * n * n * n * (V - EK);
        const bm::Array I_L = gL * (V - EL);
        return std::tuple((I - I_Na - I_K - I_L) / C, m_alpha * (1.0 - m) - m_beta * m,
                          h_alpha * (1.0 - h) - h_beta * h, n_alpha * (1.0 - n) - n_beta * n);
      },
      {.method = "exp_auto"});

  void update() {
    auto [v, m_next, h_next, n_next] = integral(V, m, h, n, bp::share.t(), input);
    spike = (V < 0.0) & (v >= 0.0);
    V = v;
    m = m_next;
    h = h_next;
    n = n_next;
  }
};

int main() {
  HH neurons(10);
  const bm::Array currents = bm::linspace(0.0, 18.0, 10);
  neurons.input = currents;

  bp::DSRunner runner(neurons, {.monitors = {"V", "spike", "m[5]", "h[5]", "n[5]"}, .dt = 0.01});
  runner.run(1000.0);

  const bm::Array rates = bm::sum(runner.mon["spike"].astype(bm::float32), 0);
  fmt::print("{:>14} {:>12}\n", "I [uA/cm2]", "spikes in 1 s");
  for (int k = 0; k < 10; ++k) fmt::print("{:>14.1f} {:>12.0f}\n", currents[k].item<double>(), rates[k].item<double>());

  const int shown = 6000;  // the first 60 ms
  const bm::Array ts = runner.mon.ts[bm::slice(shown)];
  const bm::Array gates = bm::stack({runner.mon["m[5]"][bm::slice(shown)], runner.mon["h[5]"][bm::slice(shown)],
                                     runner.mon["n[5]"][bm::slice(shown)]},
                                    1);
  const bm::Array V = runner.mon["V"][{bm::slice(shown), 5}];
  bp::visualize::save(
      bp::visualize::subplots(
          {bp::visualize::line_panel(ts, V, {.title = "Hodgkin-Huxley, 10 uA/cm2", .ylabel = "V [mV]"}),
           bp::visualize::line_panel(ts, gates, {.ylabel = "open fraction", .labels = {"m", "h", "n"}})}),
      "hodgkin_huxley.svg");
  // Below the onset (6.3 uA/cm2) no repetitive firing; above it more than 50 Hz.
  return rates[2].item<double>() < 5 && rates[5].item<double>() > 50 ? 0 : 1;
}
