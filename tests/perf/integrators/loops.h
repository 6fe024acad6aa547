// The loops by hand: compiled with the freedom of each BRAINPY_MATH (exact_loops.cpp, contracted_loops.cpp,
// fast_loops.cpp).
// In: units' numbers, one step. Out: the same, one step later.
#pragma once

#include <algorithm>
#include <cmath>

#include "integrators/by_hand.h"

namespace {

template <class T>
void slopes_by_hand(T V, T w, T I, T& dV, T& dw) {
  dV = V - V * V * V / T(3) - w + I;
  dw = (V + T(0.7) - T(0.8) * w) / T(12.5);
}

template <class T>
__attribute__((noinline)) void rk4_by_hand(T* __restrict V, T* __restrict w, const T* __restrict I, std::int64_t n,
                                           T h) {
#pragma omp simd
  for (std::int64_t i = 0; i < n; ++i) {
    T a1, b1, a2, b2, a3, b3, a4, b4;
    slopes_by_hand(V[i], w[i], I[i], a1, b1);
    slopes_by_hand(V[i] + h / 2 * a1, w[i] + h / 2 * b1, I[i], a2, b2);
    slopes_by_hand(V[i] + h / 2 * a2, w[i] + h / 2 * b2, I[i], a3, b3);
    slopes_by_hand(V[i] + h * a3, w[i] + h * b3, I[i], a4, b4);
    V[i] += h / 6 * (a1 + 2 * a2 + 2 * a3 + a4);
    w[i] += h / 6 * (b1 + 2 * b2 + 2 * b3 + b4);
  }
}

/// x / (1 - e^-x), 1 + x/2 near 0.
template <class T>
T rate(T x) {
  const T r = x / (T(1) - std::exp(-x));
  return std::abs(x) < T(1e-3) ? T(1) + x / T(2) : r;
}

/// The exact step of x' = rate (1 - x) - decay x.
template <class T>
T gate(T x, T rate_up, T rate_down, T dt) {
  const T sum = rate_up + rate_down, limit = rate_up / sum;
  return limit + (x - limit) * std::exp(-dt * sum);
}

template <class T>
__attribute__((noinline)) void exp_auto_by_hand(T* __restrict V, T* __restrict m, T* __restrict h, T* __restrict n,
                                                const T* __restrict I, std::int64_t count, T dt) {
#pragma omp simd
  for (std::int64_t i = 0; i < count; ++i) {
    const T v = V[i], m3 = m[i] * m[i] * m[i], n4 = n[i] * n[i] * n[i] * n[i];
    const T g_Na = T(120) * m3 * h[i], g_K = T(36) * n4, g = g_Na + g_K + T(0.3);
    const T limit = (I[i] + g_Na * T(50) - g_K * T(77) - T(0.3 * 54.387)) / g;
    const T beta_h = T(1) / (T(1) + std::exp((v + T(35)) * T(-0.1)));
    m[i] = gate(m[i], rate((v + T(40)) * T(0.1)), T(4) * std::exp((v + T(65)) * T(-1.0 / 18)), dt);
    h[i] = gate(h[i], T(0.07) * std::exp((v + T(65)) * T(-1.0 / 20)), beta_h, dt);
    n[i] = gate(n[i], T(0.1) * rate((v + T(55)) * T(0.1)), T(0.125) * std::exp((v + T(65)) * T(-1.0 / 80)), dt);
    V[i] = limit + (v - limit) * std::exp(-dt * g);
  }
}

/// Advances one unit to t_end by Dormand and Prince's pair; the controller is that of frontend/integrate/adaptive.cpp.
template <class T>
int rkdp_by_hand(T& V, T& w, T I, double t_end, double tolerance) {
  const auto f = [I](T v, T u, T& dv, T& du) { slopes_by_hand(v, u, I, dv, du); };
  const auto scaled = [&](T value, T a, T b) {
    return value / (T(tolerance) + T(tolerance) * std::max(std::abs(a), std::abs(b)));
  };
  const auto norm = [](T a, T b) { return std::sqrt(double((a * a + b * b) / 2)); };
  T k[7][2];
  f(V, w, k[0][0], k[0][1]);
  const double d0 = norm(scaled(V, V, V), scaled(w, w, w)), d1 = norm(scaled(k[0][0], V, V), scaled(k[0][1], w, w));
  const double h0 = d0 < 1e-5 || d1 < 1e-5 ? 1e-6 : 0.01 * d0 / d1;
  f(V + T(h0) * k[0][0], w + T(h0) * k[0][1], k[1][0], k[1][1]);
  const double d2 = norm(scaled(k[1][0] - k[0][0], V, V), scaled(k[1][1] - k[0][1], w, w)) / h0;
  double step = std::min(100 * h0, std::pow(0.01 / std::max(d1, d2), 0.2)), t = 0, last_error = 1e-4;
  bool rejected = false;
  int tries = 0;
  while (t < t_end) {
    ++tries;
    const double remaining = t_end - t;
    const bool last = step * 1.01 >= remaining;
    const double length = last ? remaining : step;
    const T h = T(length);
    const auto stage = [&](int i, T a1, T a2, T a3, T a4, T a5, T a6) {
      const T a[6] = {a1, a2, a3, a4, a5, a6};
      T v = 0, u = 0;
      for (int j = 0; j < i; ++j) v += a[j] * k[j][0], u += a[j] * k[j][1];
      f(V + h * v, w + h * u, k[i][0], k[i][1]);
    };
    stage(1, T(1.0 / 5), 0, 0, 0, 0, 0);
    stage(2, T(3.0 / 40), T(9.0 / 40), 0, 0, 0, 0);
    stage(3, T(44.0 / 45), T(-56.0 / 15), T(32.0 / 9), 0, 0, 0);
    stage(4, T(19372.0 / 6561), T(-25360.0 / 2187), T(64448.0 / 6561), T(-212.0 / 729), 0, 0);
    stage(5, T(9017.0 / 3168), T(-355.0 / 33), T(46732.0 / 5247), T(49.0 / 176), T(-5103.0 / 18656), 0);
    const T b[6] = {T(35.0 / 384), 0, T(500.0 / 1113), T(125.0 / 192), T(-2187.0 / 6784), T(11.0 / 84)};
    T x[2] = {0, 0};
    for (int j = 0; j < 6; ++j) x[0] += b[j] * k[j][0], x[1] += b[j] * k[j][1];
    const T v = V + h * x[0], u = w + h * x[1];
    f(v, u, k[6][0], k[6][1]);
    const T e[7] = {T(35.0 / 384 - 5179.0 / 57600),
                    0,
                    T(500.0 / 1113 - 7571.0 / 16695),
                    T(125.0 / 192 - 393.0 / 640),
                    T(-2187.0 / 6784 + 92097.0 / 339200),
                    T(11.0 / 84 - 187.0 / 2100),
                    T(-1.0 / 40)};
    T error[2] = {0, 0};
    for (int j = 0; j < 7; ++j) error[0] += e[j] * k[j][0], error[1] += e[j] * k[j][1];
    const double size = norm(scaled(h * error[0], V, v), scaled(h * error[1], w, u));
    if (size < 1) {
      const double growth = 0.9 * std::pow(size, 0.03 - 0.2) * std::pow(last_error, 0.04);
      const double grown = length * std::min(rejected ? 1.0 : 10.0, std::max(growth, 0.2));
      step = last ? std::max(step, grown) : grown;
      last_error = std::max(size, 1e-4);
      t = last ? t_end : t + length;
      V = v, w = u;
      k[0][0] = k[6][0], k[0][1] = k[6][1];
      rejected = false;
    } else {
      step = length * std::min(1.0, std::max(0.9 * std::pow(size, -0.2), 0.2));
      rejected = true;
    }
  }
  return tries;
}

template <class T>
ByHand<T> loops() {
  return {rk4_by_hand<T>, exp_auto_by_hand<T>, rkdp_by_hand<T>};
}

}  // namespace
