// Hodgkin & Huxley (1952, J Physiol 117:500) in natural style; the source tool rewrites this file.
#include <brainpy/brainpy.hpp>

#include "cells.h"

namespace bp = brainpy;
namespace bm = brainpy::math;

namespace {

/// x / (1 - exp(-x / scale)), near 0 by the first two terms of its series.
bm::Array linoid(bm::Array x, double scale) {
  const bm::Array y = x / scale;
  if (bm::abs(y) < 1e-4) return scale * (1.0 + 0.5 * y);
  return x / (1.0 - bm::exp(-y));
}

class NaturalCells : public bp::BrainPyObject {
 public:
  explicit NaturalCells(int count) : size(count) {}

  void update() {
    bm::Array drive = 0.0;
    if (bp::share.t() >= 20.0) drive = current;
    auto [v, m_next, h_next, n_next] = integral(V, m, h, n, bp::share.t(), drive);
    spike = false;
    if (V < 0.0 && v >= 0.0) {
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

 private:
  int size;
  bm::Variable current = bm::linspace(0.0, 15.0, size);
  bm::Variable V = bm::full({size}, -65.0), m = bm::full({size}, 0.0529), h = bm::full({size}, 0.5961);
  bm::Variable n = bm::full({size}, 0.3177);
  bm::Variable spike = bm::zeros({size}, bm::bool_);
  bm::Variable spikes = bm::zeros({size}), interval = bm::zeros({size}), last = bm::zeros({size});

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

std::unique_ptr<bp::perf::Cells> bp::perf::natural_cells(int count) {
  return std::make_unique<Running<NaturalCells, bp::DSRunner>>(count);
}
