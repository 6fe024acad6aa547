// Hodgkin & Huxley (1952, J Physiol 117:500) in natural C++: plain members, `if` and early returns on traced values.
// Fifty neurons, from no current to 15 uA/cm2; the source tool rewrites this file before the compiler sees it.
#include <brainpy/brainpy.hpp>

namespace bp = brainpy;
namespace bm = brainpy::math;

/// x / (1 - exp(-x / scale)): at 0 it is 0/0, and nearby loses its digits; there the series of two terms.
bm::Array linoid(bm::Array x, double scale) {
  const bm::Array y = x / scale;
  if (bm::abs(y) < 1e-4) return scale * (1.0 + 0.5 * y);
  return x / (1.0 - bm::exp(-y));
}

/// A space-clamped squid axon, in today's signs.
class HodgkinHuxley : public bp::BrainPyObject {
 public:
  explicit HodgkinHuxley(int count) : size(count) {}

  void update() {
    bm::Array drive = 0.0;
    if (bp::share.t() >= 20.0) drive = current;  // one decision for all neurons
    auto [v, m_next, h_next, n_next] = integral(V, m, h, n, bp::share.t(), drive);

    spike = false;
    if (V < threshold && v >= threshold) {  // each neuron decides
      spike = true;
      if (spikes > 0.0) interval = bp::share.t() - last;
      last = bp::share.t();
      spikes += 1.0;
    }
    V = v;
    m = m_next;
    h = h_next;
    n = n_next;
  }

  int size;
  double threshold = 0.0;  // [mV]

  bm::Variable current = bm::zeros({size});           ///< injected from 20 ms on [uA/cm2]
  bm::Variable V = bm::full({size}, -65.0);           ///< membrane potential [mV]
  bm::Variable spike = bm::zeros({size}, bm::bool_);  ///< fires in this step
  bm::Variable spikes = bm::zeros({size});            ///< so far
  bm::Variable interval = bm::zeros({size});          ///< between the last two spikes [ms]

 private:
  double C = 1.0;                               // membrane capacitance [uF/cm2]
  double gNa = 120.0, gK = 36.0, gL = 0.3;      // conductances [mS/cm2]
  double ENa = 50.0, EK = -77.0, EL = -54.387;  // reversal potentials [mV]

  bm::Variable m = bm::full({size}, 0.0529);  ///< activation of sodium
  bm::Variable h = bm::full({size}, 0.5961);  ///< its inactivation
  bm::Variable n = bm::full({size}, 0.3177);  ///< activation of potassium
  bm::Variable last = bm::zeros({size});      ///< time of the last spike [ms]

  bp::Integrator<4> integral = bp::odeint(
      [this](bm::Array V, bm::Array m, bm::Array h, bm::Array n, bm::Array /*t*/, bm::Array I) {
        const bm::Array m_alpha = 0.1 * linoid(V + 40.0, 10.0), m_beta = 4.0 * bm::exp(-(V + 65.0) / 18.0);
        const bm::Array h_alpha = 0.07 * bm::exp(-(V + 65.0) / 20.0);
        const bm::Array h_beta = 1.0 / (1.0 + bm::exp(-(V + 35.0) / 10.0));
        const bm::Array n_alpha = 0.01 * linoid(V + 55.0, 10.0), n_beta = 0.125 * bm::exp(-(V + 65.0) / 80.0);
        const bm::Array I_Na = gNa * m * m * m * h * (V - ENa), I_K = gK * n * n * n * n * (V - EK);
        return std::tuple((I - I_Na - I_K - gL * (V - EL)) / C, m_alpha * (1.0 - m) - m_beta * m,
                          h_alpha * (1.0 - h) - h_beta * h, n_alpha * (1.0 - n) - n_beta * n);
      },
      {.method = "exp_auto"});
};

int main() {
  HodgkinHuxley axons(50);
  axons.current = bm::linspace(0.0, 15.0, 50);
  fmt::print("{}\n", axons.describe());

  bp::DSRunner runner(axons, {.monitors = {"V[30]"}, .dt = 0.01});
  runner.run(500.0);

  fmt::print("{:>14} {:>8} {:>14}\n", "I [uA/cm2]", "spikes", "interval [ms]");
  for (int k = 0; k < 50; k += 7)
    fmt::print("{:>14.2f} {:>8.0f} {:>14.2f}\n", axons.current[k].item<double>(), axons.spikes[k].item<double>(),
               axons.interval[k].item<double>());
  bp::visualize::line_plot(runner.mon.ts[bm::slice(10000)], runner.mon["V[30]"][bm::slice(10000)],
                           {.title = "9.2 uA/cm2", .ylabel = "V [mV]", .file = "natural_hodgkin_huxley.svg"});
  // Repetitive firing begins between 6 and 7 uA/cm2; below it there is one spike at most.
  const bool quiet = axons.spikes[14].item<double>() <= 1, firing = axons.spikes[28].item<double>() > 20;
  return quiet && firing ? 0 : 1;
}
