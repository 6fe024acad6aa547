// Leaky integrate-and-fire neurons in natural C++: `if` on traced values, which the source tool rewrites before the
// compiler sees this file. A current comes on at 50 ms; the stronger it is, the more often a neuron fires.
#include <brainpy/brainpy.hpp>

namespace bp = brainpy;
namespace bm = brainpy::math;

class LIF : public bp::BrainPyObject {
 public:
  explicit LIF(int size) : size(size) {}
  const int size;
  double tau = 20.0, V_rest = -65.0, V_th = -50.0;  // [ms], [mV]

  bm::Variable current = variable("current", bm::zeros({size}));  // times the resistance [mV]
  bm::Variable V = variable("V", bm::full({size}, V_rest));       // [mV]
  bm::Variable spikes = variable("spikes", bm::zeros({size}));    // so far

  void update() {
    bm::Array drive = 0.0;
    if (bp::share.t() >= 50.0) drive = current;  // one decision for all neurons
    V += (V_rest - V + drive) * (bp::share.dt() / tau);
    if (V >= V_th) {  // each neuron decides
      V = V_rest;
      spikes += 1.0;
    }
  }
};

int main() {
  LIF lif(6);
  const bm::Array currents = bm::linspace(10.0, 60.0, 6);
  lif.current = currents;
  bp::DSRunner runner(lif, {.dt = 0.1});
  runner.run(1050.0);

  const std::vector<double> current = currents.to_vector<double>(), spikes = lif.spikes.to_vector<double>();
  fmt::print("{:>13} {:>9}\n", "current [mV]", "rate [Hz]");
  for (int k = 0; k < 6; ++k) fmt::print("{:>13.0f} {:>9.0f}\n", current[k], spikes[k]);
  // 10 mV do not reach the threshold, 15 mV above rest; 60 mV do every tau ln(60 / 45) = 5.8 ms.
  return spikes[0] == 0.0 && spikes[5] > 160.0 && spikes[5] < 180.0 ? 0 : 1;
}
