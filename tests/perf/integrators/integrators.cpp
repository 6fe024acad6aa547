// What an integrator's step costs: compiled models against loops written by hand, in turn, one thread.
// In: rounds. Out: for each work and type ns a unit and step of both, and their ratio. Fails when the solutions differ
// by more than their methods' rounding.
//
//   rk4       FitzHugh-Nagumo, 10^5 units
//   exp_auto  Hodgkin-Huxley, 10^5 units: exponential Euler for V and the gates, rates as the equations stand
//   rkdp      FitzHugh-Nagumo, 10^4 units with steps of their own, error and controller as the library's
// The loops are compiled by g++ or clang with -O3 -march=native, twice: with one rounding for each operation, as the
// library has it by default (`exact`), and with -ffast-math, which contracts, multiplies by reciprocals and takes the
// compiler's vector mathematics (`fast`). BRAINPY_MATH=fast is the library's counterpart of the latter.
#include <fmt/format.h>

#include <algorithm>
#include <brainpy/brainpy.hpp>
#include <cmath>
#include <cstdlib>
#include <ctime>
#include <vector>

#include "integrators/by_hand.h"
#include "runtime/options.h"

namespace bp = brainpy;
namespace bm = brainpy::math;

namespace {

double seconds() {
  timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

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

/// Runs all in turn and prints their times. `ours` and `by_hand` go on for `steps` steps from where they are; `by_hand`
/// takes the loops and a copy of the state of its own. Whether `agree` holds after the first turn.
template <class T, class Ours, class Hand, class Agree>
bool compare(const char* work, const Setting& s, Ours&& ours, Hand&& by_hand, Agree&& agree) {
  const auto timed = [](auto&& run) {
    const double before = seconds();
    run();
    return seconds() - before;
  };
  std::vector<double> our_ns, exact_ns, fast_ns, exact_ratios, fast_ratios;
  const double each = 1e9 / static_cast<double>(s.units * s.steps);
  bool good = true;
  for (int k = -1; k < s.rounds; ++k) {
    const double o = timed(ours), exact = timed([&] { by_hand(exact_loops<T>(), 0); }),
                 fast = timed([&] { by_hand(fast_loops<T>(), 1); });
    if (k < 0) {
      good = agree();
      continue;
    }
    our_ns.push_back(each * o);
    exact_ns.push_back(each * exact);
    fast_ns.push_back(each * fast);
    exact_ratios.push_back(o / exact);
    fast_ratios.push_back(o / fast);
  }
  fmt::print(
      "{:>8} {} {:>7} units: ours {:8.3f} ns; by hand, exact {:8.3f} ns, ratio {:.2f}; fast {:8.3f} ns, ratio {:.2f}\n",
      work, sizeof(T) == 4 ? "f32" : "f64", s.units, median(our_ns), median(exact_ns), median(exact_ratios),
      median(fast_ns), median(fast_ratios));
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
  Numbers<T> I(s.units), V[2]{Numbers<T>(s.units, T(-1)), Numbers<T>(s.units, T(-1))},
      w[2]{Numbers<T>(s.units, T(1)), Numbers<T>(s.units, T(1))};
  FitzHughNagumo model(currents(s.units, 0.2, 0.9, I), {.method = "rk4", .dt = 0.05});
  bp::DSRunner runner(model, {.dt = 0.05, .progress_bar = false});
  return compare<T>(
      "rk4", s, [&] { runner.run(0.05 * static_cast<double>(s.steps)); },
      [&](const ByHand<T>& loops, int copy) {
        for (std::int64_t k = 0; k < s.steps; ++k)
          loops.rk4(V[copy].data(), w[copy].data(), I.data(), s.units, T(0.05));
      },
      [&] { return agree("rk4", model.V, V[0].data(), sizeof(T) == 4 ? 1e-2 : 1e-9); });
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
  } states[2]{State(s.units), State(s.units)};
  HodgkinHuxley model(currents(s.units, 0.0, 4.0, I));
  bp::DSRunner runner(model, {.dt = 0.02, .progress_bar = false});
  return compare<T>(
      "exp_auto", s, [&] { runner.run(0.02 * static_cast<double>(s.steps)); },
      [&](const ByHand<T>& loops, int copy) {
        State& x = states[copy];
        for (std::int64_t k = 0; k < s.steps; ++k)
          loops.exp_auto(x.V.data(), x.m.data(), x.h.data(), x.n.data(), I.data(), s.units, T(0.02));
      },
      [&] { return agree("exp_auto", model.V, states[0].V.data(), sizeof(T) == 4 ? 0.5 : 1e-3); });
}

// --- adaptive ------------------------------------------------------------------------------------

template <class T>
bool rkdp(const Setting& s) {
  const double interval = 2.0, tolerance = sizeof(T) == 4 ? 1e-4 : 1e-8;
  Numbers<T> I(s.units), V[2]{Numbers<T>(s.units, T(-1)), Numbers<T>(s.units, T(-1))},
      w[2]{Numbers<T>(s.units, T(1)), Numbers<T>(s.units, T(1))};
  FitzHughNagumo model(currents(s.units, 0.2, 0.9, I), {.method = "rkdp",
                                                        .dt = interval,
                                                        .adaptive = true,
                                                        .tolerance = tolerance,
                                                        .error_norm = bp::ErrorNorm::element});
  bp::DSRunner runner(model, {.dt = interval, .progress_bar = false});
  return compare<T>(
      "rkdp", s, [&] { runner.run(interval * static_cast<double>(s.steps)); },
      [&](const ByHand<T>& loops, int copy) {
        for (std::int64_t k = 0; k < s.steps; ++k)
          for (std::int64_t i = 0; i < s.units; ++i)
            loops.rkdp(V[copy].data()[i], w[copy].data()[i], I.data()[i], interval, tolerance);
      },
      [&] { return agree("rkdp", model.V, V[0].data(), sizeof(T) == 4 ? 0.5 : 1e-3); });
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
