// Neurons whose threshold rises with each spike and decays (Mihalas & Niebur 2009, Neural Comput 21:704, in its
// simplest form), driven so hard that several spikes fall into one step: each neuron has its own `while`, and leaves it
// by itself. The source tool rewrites this file before the compiler sees it.
#include <brainpy/brainpy.hpp>

namespace bp = brainpy;
namespace bm = brainpy::math;

/// Integrate-and-fire neurons with an adaptive threshold.
class AdaptiveThreshold : public bp::BrainPyObject {
 public:
  explicit AdaptiveThreshold(int count) : size(count) {}

  void update() {
    const double dt = bp::share.dt();
    V += (rest - V + current) * (dt / tau_V);
    threshold += (base - threshold) * (dt / tau_threshold);
    // A neuron fires as long as it is above its threshold, which each spike raises: how often is its own affair.
    bm::Array fired = 0.0;
    while (V >= threshold) {
      fired += 1.0;
      V -= drop;
      threshold += rise;
      if (fired >= most) {  // the sodium channels are exhausted
        V = rest;
        break;
      }
    }
    if (fired > 0.0) spikes += fired;
    else if (V < floor) V = floor;
  }

  int size;
  double rest = -70.0, base = -50.0, floor = -80.0;  // [mV]
  double tau_V = 10.0, tau_threshold = 80.0;         // [ms]
  double drop = 4.0, rise = 1.5;                     // of V and of the threshold, by one spike [mV]
  double most = 5.0;                                 // spikes in one step

  bm::Variable current = bm::zeros({size});         ///< times the resistance [mV]
  bm::Variable V = bm::full({size}, rest);          ///< membrane potential [mV]
  bm::Variable threshold = bm::full({size}, base);  ///< [mV]
  bm::Variable spikes = bm::zeros({size});          ///< so far
};

int main() {
  AdaptiveThreshold neurons(8);
  neurons.current = bm::linspace(10.0, 150.0, 8);
  fmt::print("{}\n", neurons.describe());
  bp::DSRunner runner(neurons, {.monitors = {"threshold", "V"}, .dt = 1.0});
  runner.run(400.0);

  fmt::print("{:>13} {:>8} {:>15}\n", "current [mV]", "spikes", "threshold [mV]");
  for (int k = 0; k < 8; ++k)
    fmt::print("{:>13.0f} {:>8.0f} {:>15.2f}\n", neurons.current[k].item<double>(), neurons.spikes[k].item<double>(),
               neurons.threshold[k].item<double>());
  bp::visualize::line_plot(
      runner.mon.ts, runner.mon["threshold"],
      {.title = "Thresholds, currents from 10 to 150 mV", .ylabel = "mV", .file = "adaptive_threshold.svg"});
  // 10 mV do not reach the threshold, 20 mV above rest; more current means more spikes.
  bool rises = neurons.spikes[0].item<double>() == 0.0;
  for (int k = 1; k < 8; ++k) rises = rises && neurons.spikes[k].item<double>() > neurons.spikes[k - 1].item<double>();
  return rises ? 0 : 1;
}
