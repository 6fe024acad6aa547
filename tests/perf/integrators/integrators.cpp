// What an integrator's step costs: compiled models against loops written by hand, in turn, one thread.
// In: rounds. Out: for each work, type and freedom of rounding ns a unit and step of both, their ratio, and that of the
// library's default to the same loop. Fails when the solutions differ by more than their methods' rounding.
//
//   rk4       FitzHugh-Nagumo, 10^5 units
//   exp_auto  Hodgkin-Huxley, 10^5 units: exponential Euler for V and the gates, rates as the equations stand
//   rkdp      FitzHugh-Nagumo, 10^4 units with steps of their own, error and controller as the library's
// The loops are compiled by g++ or clang with -O3 -march=native, three times, and so are the models, by BRAINPY_MATH:
//   exact     one rounding for each operation, the library's default
//   contract  a * b + c rounds once: g++'s default
//   fast      -ffast-math: also reassociation, reciprocals and the compiler's vector mathematics
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <brainpy/brainpy.hpp>
#include <cmath>
#include <cstdlib>
#include <deque>
#include <vector>

#include "integrators/by_hand.h"
#include "runtime/options.h"
#include "timing.h"

namespace bp = brainpy;
namespace bm = brainpy::math;

namespace {

using bp::perf::median;
using bp::perf::thread_seconds_of;
using bp::runtime::MathMode;

constexpr std::array modes{MathMode::exact, MathMode::contract, MathMode::fast};
constexpr const char* names[] = {"exact", "contract", "fast"};

template <class T>
struct alignas(64) Line {
  T values[64 / sizeof(T)];
};

/// Units' numbers on whole cache lines.
template <class T>
class Numbers {
 public:
  explicit Numbers(std::int64_t n, T value = 0) : lines_(static_cast<std::size_t>(n) * sizeof(T) / 64 + 1) {
    std::fill_n(data(), n, value);
  }
  T* data() { return lines_[0].values; }

 private:
  std::vector<Line<T>> lines_;
};

/// A current for each unit, so that they differ.
template <class T>
bm::Array currents(std::int64_t n, double low, double high, Numbers<T>& same) {
  const bp::runtime::Tensor table = bp::runtime::make_tensor({bp::runtime::dtype_of<T>, {n}});
  for (std::int64_t i = 0; i < n; ++i)
    same.data()[i] = table.as<T>()[i] =
        static_cast<T>(low + (high - low) * static_cast<double>(i) / static_cast<double>(n));
  return bm::Array(table);
}

struct Setting {
  std::int64_t units, steps;
  int rounds;
};

/// A model of its own for each mode, and what runs it.
template <class Model>
class InEachMode {
 public:
  template <class... Arguments>
  explicit InEachMode(double dt, const Arguments&... arguments) {
    for (std::size_t m = 0; m < modes.size(); ++m) {
      models_.emplace_back(arguments...);
      runners_.emplace_back(models_.back(), bp::RunnerOptions{.dt = dt, .progress_bar = false});
    }
  }
  void run(std::size_t mode, double duration) {
    bp::runtime::options().math = modes[mode];
    runners_[mode].run(duration);
  }
  const Model& operator[](std::size_t mode) const { return models_[mode]; }

 private:
  std::deque<Model> models_;
  std::deque<bp::DSRunner> runners_;
};

/// Runs all in turn and prints their times. `ours` and `by_hand` go on for `steps` steps of a mode from where they are;
/// `by_hand` takes the mode's loops. Whether `agree` holds for each mode after the first turn.
template <class T, class Ours, class Hand, class Agree>
bool compare(const char* work, const Setting& s, Ours&& ours, Hand&& by_hand, Agree&& agree) {
  const ByHand<T> loops[] = {exact_loops<T>(), contracted_loops<T>(), fast_loops<T>()};
  const double each = 1e9 / static_cast<double>(s.units * s.steps);
  struct Times {
    std::vector<double> ours, by_hand, ratio, of_default;
  } times[modes.size()];
  bool good = true;
  for (int k = -1; k < s.rounds; ++k) {
    double by_default = 0;
    for (std::size_t m = 0; m < modes.size(); ++m) {
      const double o = thread_seconds_of([&] { ours(m); }), h = thread_seconds_of([&] { by_hand(loops[m], m); });
      if (m == 0) by_default = o;
      if (k < 0) {
        good &= agree(m);
        continue;
      }
      times[m].ours.push_back(each * o);
      times[m].by_hand.push_back(each * h);
      times[m].ratio.push_back(o / h);
      times[m].of_default.push_back(by_default / h);
    }
  }
  for (std::size_t m = 0; m < modes.size(); ++m)
    fmt::print("{:>8} {} {:>7} units {:>8}: ours {:8.3f} ns, by hand {:8.3f} ns, ratio {:.2f}; of the default {:.2f}\n",
               work, sizeof(T) == 4 ? "f32" : "f64", s.units, names[m], median(times[m].ours), median(times[m].by_hand),
               median(times[m].ratio), median(times[m].of_default));
  std::fflush(stdout);
  return good;
}

template <class T>
bool agree(const char* what, const bm::Array& ours, const T* by_hand, double tolerance) {
  const std::vector<double> values = ours.to_vector<double>();
  double largest = 0;
  for (std::size_t i = 0; i < values.size(); ++i)
    largest = std::max(largest, std::abs(values[i] - static_cast<double>(by_hand[i])));
  if (largest <= tolerance) return true;
  fmt::print("{}: SOLUTIONS DIFFER by {:.2e}\n", what, largest);
  return false;
}

// --- FitzHugh-Nagumo: V' = V - V^3/3 - w + I, w' = (V + 0.7 - 0.8 w) / 12.5 -----------------------

std::tuple<bm::Array, bm::Array> fitzhugh_nagumo(bm::Array V, bm::Array w, bm::Array, bm::Array I) {
  return {V - V * V * V / 3.0 - w + I, (V + 0.7 - 0.8 * w) / 12.5};
}

class FitzHughNagumo : public bp::BrainPyObject {
 public:
  FitzHughNagumo(bm::Array current, bp::OdeOptions options)
      : I(std::move(current)), integral(bp::odeint(fitzhugh_nagumo, std::move(options))) {}
  bm::Array I;
  bp::Integrator<2> integral;
  bm::Variable V = variable("V", bm::full(I.shape(), -1.0, I.dtype()));
  bm::Variable w = variable("w", bm::full(I.shape(), 1.0, I.dtype()));
  void update() { std::tie(V, w) = integral(V, w, bp::share.t(), I); }
};

template <class T>
bool rk4(const Setting& s) {
  Numbers<T> I(s.units);
  std::vector<Numbers<T>> V(modes.size(), Numbers<T>(s.units, T(-1))), w(modes.size(), Numbers<T>(s.units, T(1)));
  InEachMode<FitzHughNagumo> models(0.05, currents(s.units, 0.2, 0.9, I), bp::OdeOptions{.method = "rk4", .dt = 0.05});
  return compare<T>(
      "rk4", s, [&](std::size_t mode) { models.run(mode, 0.05 * static_cast<double>(s.steps)); },
      [&](const ByHand<T>& loops, std::size_t mode) {
        for (std::int64_t k = 0; k < s.steps; ++k)
          loops.rk4(V[mode].data(), w[mode].data(), I.data(), s.units, T(0.05));
      },
      [&](std::size_t mode) { return agree("rk4", models[mode].V, V[mode].data(), sizeof(T) == 4 ? 1e-2 : 1e-9); });
}

// --- Hodgkin-Huxley (J. Physiol. 117, 1952; V at rest -65 mV) --------------------------------------

class HodgkinHuxley : public bp::BrainPyObject {
 public:
  explicit HodgkinHuxley(bm::Array current) : I(std::move(current)) {}
  bm::Array I;
  bp::Integrator<4> integral = bp::odeint(
      [](bm::Array V, bm::Array m, bm::Array h, bm::Array n, bm::Array, bm::Array I_ext) {
        const bm::Array alpha_m = 1.0 / bm::exprel(-(V + 40.0) / 10.0), beta_m = 4.0 * bm::exp(-(V + 65.0) / 18.0);
        const bm::Array alpha_h = 0.07 * bm::exp(-(V + 65.0) / 20.0),
                        beta_h = 1.0 / (1.0 + bm::exp(-(V + 35.0) / 10.0));
        const bm::Array alpha_n = 0.1 / bm::exprel(-(V + 55.0) / 10.0), beta_n = 0.125 * bm::exp(-(V + 65.0) / 80.0);
        const bm::Array g_Na = 120.0 * m * m * m * h, g_K = 36.0 * n * n * n * n;
        const bm::Array dV = I_ext - g_Na * (V - 50.0) - g_K * (V + 77.0) - 0.3 * (V + 54.387);
        return std::tuple(dV, alpha_m * (1.0 - m) - beta_m * m, alpha_h * (1.0 - h) - beta_h * h,
                          alpha_n * (1.0 - n) - beta_n * n);
      },
      {.method = "exp_auto"});
  bm::Variable V = variable("V", bm::full(I.shape(), -65.0, I.dtype()));
  bm::Variable m = variable("m", bm::full(I.shape(), 0.05, I.dtype()));
  bm::Variable h = variable("h", bm::full(I.shape(), 0.6, I.dtype()));
  bm::Variable n = variable("n", bm::full(I.shape(), 0.32, I.dtype()));
  void update() { std::tie(V, m, h, n) = integral(V, m, h, n, bp::share.t(), I); }
};

template <class T>
bool exp_auto(const Setting& s) {
  Numbers<T> I(s.units);
  struct State {
    Numbers<T> V, m, h, n;
    explicit State(std::int64_t units) : V(units, T(-65)), m(units, T(0.05)), h(units, T(0.6)), n(units, T(0.32)) {}
  };
  std::vector<State> states(modes.size(), State(s.units));
  InEachMode<HodgkinHuxley> models(0.02, currents(s.units, 0.0, 4.0, I));
  return compare<T>(
      "exp_auto", s, [&](std::size_t mode) { models.run(mode, 0.02 * static_cast<double>(s.steps)); },
      [&](const ByHand<T>& loops, std::size_t mode) {
        State& x = states[mode];
        for (std::int64_t k = 0; k < s.steps; ++k)
          loops.exp_auto(x.V.data(), x.m.data(), x.h.data(), x.n.data(), I.data(), s.units, T(0.02));
      },
      [&](std::size_t mode) {
        return agree("exp_auto", models[mode].V, states[mode].V.data(), sizeof(T) == 4 ? 0.5 : 1e-3);
      });
}

// --- adaptive ------------------------------------------------------------------------------------

template <class T>
bool rkdp(const Setting& s) {
  const double interval = 2.0, tolerance = sizeof(T) == 4 ? 1e-4 : 1e-8;
  Numbers<T> I(s.units);
  std::vector<Numbers<T>> V(modes.size(), Numbers<T>(s.units, T(-1))), w(modes.size(), Numbers<T>(s.units, T(1)));
  InEachMode<FitzHughNagumo> models(interval, currents(s.units, 0.2, 0.9, I),
                                    bp::OdeOptions{.method = "rkdp",
                                                   .dt = interval,
                                                   .adaptive = true,
                                                   .tolerance = tolerance,
                                                   .error_norm = bp::ErrorNorm::element});
  return compare<T>(
      "rkdp", s, [&](std::size_t mode) { models.run(mode, interval * static_cast<double>(s.steps)); },
      [&](const ByHand<T>& loops, std::size_t mode) {
        for (std::int64_t k = 0; k < s.steps; ++k)
          for (std::int64_t i = 0; i < s.units; ++i)
            loops.rkdp(V[mode].data()[i], w[mode].data()[i], I.data()[i], interval, tolerance);
      },
      [&](std::size_t mode) { return agree("rkdp", models[mode].V, V[mode].data(), sizeof(T) == 4 ? 0.5 : 1e-3); });
}

template <class T>
bool all(bool smoke, int rounds) {
  bool good = rk4<T>({smoke ? 1000 : 100'000, smoke ? 20 : 100, rounds});
  good &= exp_auto<T>({smoke ? 1000 : 100'000, smoke ? 20 : 50, rounds});
  good &= rkdp<T>({smoke ? 200 : 10'000, smoke ? 2 : 10, rounds});
  return good;
}

}  // namespace

int main(int argc, char** argv) {
  const int rounds = argc > 1 ? std::max(1, std::atoi(argv[1])) : 9;
  bp::runtime::options().threads = 1;
  bool good = all<float>(rounds == 1, rounds);
  bm::enable_x64();
  good &= all<double>(rounds == 1, rounds);
  return good ? 0 : 1;
}
