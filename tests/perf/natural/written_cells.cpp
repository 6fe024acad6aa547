// The same as natural_cells.cpp, written with the library's functions as it must be without the source tool.
#include <brainpy/brainpy.hpp>

#include "cells.h"

namespace bp = brainpy;
namespace bm = brainpy::math;

namespace {

bm::Array linoid(bm::Array x, double scale) {
  const bm::Array y = x / scale;
  return bm::where(bm::abs(y) < 1e-4, scale * (1.0 + 0.5 * y), x / (1.0 - bm::exp(-y)));
}

class WrittenCells : public bp::BrainPyObject {
 public:
  explicit WrittenCells(int count) : size(count) {}

  void update() {
    const bm::Array t = bp::share.t(), drive = bm::where(t >= 20.0, current, 0.0);
    auto [v, m_next, h_next, n_next] = integral(V, m, h, n, t, drive);
    spike = (V < 0.0) && (v >= 0.0);
    interval = bm::where(spike && spikes > 0.0, t - last, interval);
    last = bm::where(spike, t, last);
    spikes = bm::where(spike, spikes + 1.0, spikes);
    V = v;
    m = m_next;
    h = h_next;
    n = n_next;
  }

 private:
  int size;
  bm::Variable current = variable("current", bm::linspace(0.0, 15.0, size));
  bm::Variable V = variable("V", bm::full({size}, -65.0)), m = variable("m", bm::full({size}, 0.0529));
  bm::Variable h = variable("h", bm::full({size}, 0.5961)), n = variable("n", bm::full({size}, 0.3177));
  bm::Variable spike = variable("spike", bm::zeros({size}, bm::bool_)), spikes = variable("spikes", bm::zeros({size}));
  bm::Variable interval = variable("interval", bm::zeros({size})), last = variable("last", bm::zeros({size}));

  bp::Integrator<4> integral = bp::odeint(
      [](bm::Array V, bm::Array m, bm::Array h, bm::Array n, bm::Array /*t*/, bm::Array I) {
        const bm::Array m_alpha = 0.1 * linoid(V + 40.0, 10.0), m_beta = 4.0 * bm::exp(-(V + 65.0) / 18.0);
        const bm::Array h_alpha = 0.07 * bm::exp(-(V + 65.0) / 20.0);
        const bm::Array h_beta = 1.0 / (1.0 + bm::exp(-(V + 35.0) / 10.0));
        const bm::Array n_alpha = 0.01 * linoid(V + 55.0, 10.0), n_beta = 0.125 * bm::exp(-(V + 65.0) / 80.0);
        const bm::Array I_Na = 120.0 * m * m * m * h * (V - 50.0), I_K = 36.0 * n * n * n * n * (V + 77.0);
        return std::tuple(I - I_Na - I_K - 0.3 * (V + 54.387), m_alpha * (1.0 - m) - m_beta * m,
                          h_alpha * (1.0 - h) - h_beta * h, n_alpha * (1.0 - n) - n_beta * n);
      },
      {.method = "exp_auto"});
};

}  // namespace

std::unique_ptr<bp::perf::Cells> bp::perf::written_cells(int count) {
  return std::make_unique<Running<WrittenCells, bp::DSRunner>>(count);
}
