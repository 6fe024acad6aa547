// The models that ./dev bench times and that tests compare with plain loops, written as a user writes them.
// In: a number of neurons. Out: BrainPyObjects with update() and spikes(), the number of neurons that fired in the
// step.
#pragma once

#include <fmt/format.h>

#include <brainpy/brainpy.hpp>
#include <string>
#include <vector>

namespace works {

namespace bp = brainpy;
namespace bm = brainpy::math;

/// Membrane potentials spread over [-60, -50) without a random number.
inline bm::Array spread(int size, double low, double range) {
  const bm::Array turns = bm::arange(size).astype(bm::float64) * 0.6180339887498949;
  return (low + range * (turns - bm::floor(turns))).astype(bm::default_float());
}

/// A population under a constant current: dV/dt = (V_rest - V + I) / tau, threshold, reset, refractory period.
class LIF : public bp::BrainPyObject {
 public:
  explicit LIF(int size) : size(size) {}
  const int size;
  double tau = 20.0, V_rest = -60.0, V_reset = -60.0, V_th = -50.0, t_ref = 5.0, I = 20.0;

  bm::Variable V = variable("V", spread(size, -60.0, 10.0));
  bm::Variable spike = variable("spike", bm::zeros({size}, bm::bool_));
  bm::Variable t_last = variable("t_last", bm::full({size}, -1e7));
  bp::Integrator<1> integral =
      bp::odeint([this](bm::Array V, bm::Array) { return (V_rest - V + I) / tau; }, {.method = "exp_auto"});

  void update() {
    const bm::Array t = bp::share.t();
    const bm::Array v = bm::where((t - t_last) <= t_ref, V, integral(V, t));
    spike = v >= V_th;
    t_last = bm::where(spike, t, t_last);
    V = bm::where(spike, V_reset, v);
  }
  bm::Array spikes() { return bm::sum(spike); }
};

/// Hodgkin & Huxley 1952, as the equations stand.
class HH : public bp::BrainPyObject {
 public:
  explicit HH(int size) : size(size) {}
  const int size;
  double C = 1.0, gNa = 120.0, gK = 36.0, gL = 0.3, ENa = 50.0, EK = -77.0, EL = -54.387, I = 10.0, V_th = 20.0;

  bm::Variable V = variable("V", spread(size, -65.0, 10.0));
  bm::Variable m = variable("m", bm::full({size}, 0.05));
  bm::Variable h = variable("h", bm::full({size}, 0.6));
  bm::Variable n = variable("n", bm::full({size}, 0.32));
  bm::Variable spike = variable("spike", bm::zeros({size}, bm::bool_));

  bp::Integrator<4> integral = bp::odeint(
      [this](bm::Array V, bm::Array m, bm::Array h, bm::Array n, bm::Array) {
        const bm::Array m_alpha = 0.1 * (V + 40.0) / (1.0 - bm::exp(-(V + 40.0) / 10.0));
        const bm::Array m_beta = 4.0 * bm::exp(-(V + 65.0) / 18.0);
        const bm::Array h_alpha = 0.07 * bm::exp(-(V + 65.0) / 20.0);
        const bm::Array h_beta = 1.0 / (1.0 + bm::exp(-(V + 35.0) / 10.0));
        const bm::Array n_alpha = 0.01 * (V + 55.0) / (1.0 - bm::exp(-(V + 55.0) / 10.0));
        const bm::Array n_beta = 0.125 * bm::exp(-(V + 65.0) / 80.0);
        const bm::Array I_Na = gNa * m * m * m * h * (V - ENa), I_K = gK * n * n * n * n * (V - EK);
        return std::tuple((I - I_Na - I_K - gL * (V - EL)) / C, m_alpha * (1.0 - m) - m_beta * m,
                          h_alpha * (1.0 - h) - h_beta * h, n_alpha * (1.0 - n) - n_beta * n);
      },
      {.method = "exp_auto"});

  void update() {
    const auto [v, m_next, h_next, n_next] = integral(V, m, h, n, bp::share.t());
    spike = (V < V_th) & (v >= V_th);
    V = v;
    m = m_next;
    h = h_next;
    n = n_next;
  }
  bm::Array spikes() { return bm::sum(spike); }
};

/// The conductance-based balanced network of Vogels & Abbott 2005 as one population, 80 synapses a neuron.
class Coba : public bp::BrainPyObject {
 public:
  Coba(int size, std::string method) : size(size), method(std::move(method)) {}
  const int size;
  std::string method;
  const int excitatory = size / 5 * 4;
  double tau = 20.0, V_rest = -60.0, V_reset = -60.0, V_th = -50.0, t_ref = 5.0, I = 20.0;
  double E_e = 0.0, E_i = -80.0, tau_e = 5.0, tau_i = 10.0, w_e = 0.6, w_i = 6.7;

  bm::CSR from_e = bp::conn::FixedProb(80.0 / size, {.seed = 1}).csr(excitatory, size);
  bm::CSR from_i = bp::conn::FixedProb(80.0 / size, {.seed = 2}).csr(size - excitatory, size);
  bm::Variable V = variable("V", bm::random::normal(-55.0, 2.0, {size}));
  bm::Variable g_e = variable("g_e", bm::zeros({size}));
  bm::Variable g_i = variable("g_i", bm::zeros({size}));
  bm::Variable spike = variable("spike", bm::zeros({size}, bm::bool_));
  bm::Variable t_last = variable("t_last", bm::full({size}, -1e7));

  bp::Integrator<1> decay_e = bp::odeint([this](bm::Array g, bm::Array) { return -g / tau_e; }, {.method = "exp_auto"});
  bp::Integrator<1> decay_i = bp::odeint([this](bm::Array g, bm::Array) { return -g / tau_i; }, {.method = "exp_auto"});
  bp::Integrator<1> integral =
      bp::odeint([this](bm::Array V, bm::Array, bm::Array ge,
                        bm::Array gi) { return (V_rest - V + I + ge * (E_e - V) + gi * (E_i - V)) / tau; },
                 {.method = method});

  void update() {
    // Spikes of the last step arrive, the membrane sees the conductances, which then decay.
    const bm::Array t = bp::share.t();
    const bm::Array ge = g_e + bm::event::csrmv(w_e, from_e, spike[bm::Slice(0, excitatory)]);
    const bm::Array gi = g_i + bm::event::csrmv(w_i, from_i, spike[bm::Slice(excitatory, size)]);
    const bm::Array v = bm::where((t - t_last) <= t_ref, V_reset, integral(V, t, ge, gi));
    g_e = decay_e(ge, t);
    g_i = decay_i(gi, t);
    spike = v >= V_th;
    t_last = bm::where(spike, t, t_last);
    V = bm::where(spike, V_reset, v);
  }
  bm::Array spikes() { return bm::sum(spike); }
  std::vector<const bm::CSR*> matrices() const { return {&from_e, &from_i}; }
};

/// The same network composed of two populations and four projections.
class Population : public bp::BrainPyObject {
 public:
  explicit Population(int size) : size(size) {}
  const int size;
  double tau = 20.0, V_rest = -60.0, V_reset = -60.0, V_th = -50.0, t_ref = 5.0;
  bm::Variable V = variable("V", bm::random::normal(-55.0, 2.0, {size}));
  bm::Variable input = variable("input", bm::zeros({size}));
  bm::Variable spike = variable("spike", bm::zeros({size}, bm::bool_));
  bm::Variable t_last = variable("t_last", bm::full({size}, -1e7));
  bp::Integrator<1> integral = bp::odeint(
      [this](bm::Array V, bm::Array, bm::Array I) { return (V_rest - V + I) / tau; }, {.method = "exp_auto"});

  void update() {
    const bm::Array t = bp::share.t();
    const bm::Array v = bm::where((t - t_last) <= t_ref, V, integral(V, t, input));
    spike = v >= V_th;
    t_last = bm::where(spike, t, t_last);
    V = bm::where(spike, V_reset, v);
    input = 20.0;
  }
};

class Projection : public bp::BrainPyObject {
 public:
  Projection(Population& pre, Population& post, double probability, double weight, double tau, double E)
      : pre(pre), post(post), probability(probability), weight(weight), tau(tau), E(E) {}
  Population &pre, &post;
  double probability, weight, tau, E;
  bm::CSR synapses = bp::conn::FixedProb(probability, {.seed = 123}).csr(pre.size, post.size);
  bm::Variable g = variable("g", bm::zeros({post.size}));
  bp::Integrator<1> integral = bp::odeint([this](bm::Array g, bm::Array) { return -g / tau; }, {.method = "exp_auto"});

  void update() {
    g = integral(g, bp::share.t()) + bm::event::csrmv(weight, synapses, pre.spike);
    post.input += g * (E - post.V);
  }
};

class Composed : public bp::BrainPyObject {
 public:
  explicit Composed(int size) : size(size) {}
  const int size;
  Population& E = node<Population>("E", size / 5 * 4);
  Population& I = node<Population>("I", size - size / 5 * 4);
  Projection& E2E = node<Projection>("E2E", E, E, 80.0 / size, 0.6, 5.0, 0.0);
  Projection& E2I = node<Projection>("E2I", E, I, 80.0 / size, 0.6, 5.0, 0.0);
  Projection& I2E = node<Projection>("I2E", I, E, 80.0 / size, 6.7, 10.0, -80.0);
  Projection& I2I = node<Projection>("I2I", I, I, 80.0 / size, 6.7, 10.0, -80.0);

  void update() {
    E2E.update();
    E2I.update();
    I2E.update();
    I2I.update();
    E.update();
    I.update();
  }
  bm::Array spikes() { return bm::sum(E.spike) + bm::sum(I.spike); }
  std::vector<const bm::CSR*> matrices() const { return {&E2E.synapses, &E2I.synapses, &I2E.synapses, &I2I.synapses}; }
};

/// Neurons under one current with inhibitory synapses of one weight: a little above the threshold some fire at any
/// time, without a current the network is silent.
class LIFSparse : public bp::BrainPyObject {
 public:
  LIFSparse(int size, double degree, double I) : size(size), degree(degree), I(I) {}
  const int size;
  const double degree, I;
  double tau = 20.0, V_rest = -60.0, V_reset = -60.0, V_th = -50.0, t_ref = 5.0, w = -0.02;

  bm::CSR synapses = bp::conn::FixedProb(degree / size, {.seed = 1}).csr(size, size);
  bm::Variable V = variable("V", spread(size, -60.0, 10.0));
  bm::Variable spike = variable("spike", bm::zeros({size}, bm::bool_));
  bm::Variable t_last = variable("t_last", bm::full({size}, -1e7));
  bp::Integrator<1> integral =
      bp::odeint([this](bm::Array V, bm::Array) { return (V_rest - V + I) / tau; }, {.method = "exp_auto"});

  void update() {
    const bm::Array t = bp::share.t();
    const bm::Array input = bm::event::csrmv(w, synapses, spike);
    const bm::Array v = bm::where((t - t_last) <= t_ref, V, integral(V, t) + input);
    spike = v >= V_th;
    t_last = bm::where(spike, t, t_last);
    V = bm::where(spike, V_reset, v);
  }

  std::vector<const bm::CSR*> matrices() const { return {&synapses}; }
  bm::Array spikes() { return bm::sum(spike); }
};

/// Adaptive integrate-and-fire neurons whose equations differ from population to population: other functions in the
/// membrane's and the adaptation's derivative, another number of terms.
class Variant : public bp::BrainPyObject {
 public:
  Variant(int size, int kind) : size(size), kind(kind) {}
  const int size, kind;
  bm::Variable V = variable("V", spread(size, 0.0, 1.0));
  bm::Variable w = variable("w", bm::zeros({size}));
  bm::Variable spike = variable("spike", bm::zeros({size}, bm::bool_));
  bp::Integrator<2> integral = bp::odeint(
      [this](bm::Array V, bm::Array w, bm::Array) {
        bm::Array drive = 1.5 - V - w;
        for (int k = 0; k <= kind % 5; ++k) drive = drive + shape(kind / 5 + k, V) * (0.01 * (k + 1));
        return std::tuple(drive / (10.0 + kind % 7), (0.1 * shape(kind % 4, V) - w) / 50.0);
      },
      {.method = "exp_auto"});

  static bm::Array shape(int which, const bm::Array& V) {
    switch (which % 6) {
      case 0:
        return bm::exp((V - 1.0) / 0.2);
      case 1:
        return V * V;
      case 2:
        return bm::tanh(V);
      case 3:
        return 1.0 / (1.0 + bm::exp(-V));
      case 4:
        return bm::sin(V);
      default:
        return V * V * V;
    }
  }

  void update() {
    const auto [v, next] = integral(V, w, bp::share.t());
    spike = v >= 1.0;
    V = bm::where(spike, 0.0, v);
    w = bm::where(spike, next + 0.1, next);
  }
};

class Variants : public bp::BrainPyObject {
 public:
  explicit Variants(int size) : size(size) {
    for (int k = 0; k < count; ++k)
      populations.push_back(&node<Variant>(fmt::format("n{}", k).c_str(), size / count, k));
  }
  static constexpr int count = 100;
  const int size;
  std::vector<Variant*> populations;

  void update() {
    for (Variant* p : populations) p->update();
  }
  bm::Array spikes() {
    bm::Array sum = bm::sum(populations[0]->spike);
    for (int k = 1; k < count; ++k) sum = sum + bm::sum(populations[static_cast<std::size_t>(k)]->spike);
    return sum;
  }
};

}  // namespace works
