// The loops written by hand that the integrators are compared with.
// In: how they were compiled. Out: pointers to them.
#pragma once

#include <cstdint>

template <class T>
struct ByHand {
  /// A step h of FitzHugh and Nagumo's V and w by the classical Runge-Kutta method.
  void (*rk4)(T* V, T* w, const T* I, std::int64_t n, T h);
  /// A step dt of Hodgkin and Huxley's V, m, h, n by exponential Euler.
  void (*exp_auto)(T* V, T* m, T* h, T* n, const T* I, std::int64_t count, T dt);
  /// FitzHugh and Nagumo's V and w of one unit from 0 to t_end by adaptive steps; how many were tried.
  int (*rkdp)(T& V, T& w, T I, double t_end, double tolerance);
};

/// -O3 -march=native -ffp-contract=off: each operation rounds once, as the library's do by default.
template <class T>
ByHand<T> exact_loops();
/// -O3 -march=native -ffp-contract=fast, g++'s default: a * b + c rounds once.
template <class T>
ByHand<T> contracted_loops();
/// -O3 -march=native -ffast-math.
template <class T>
ByHand<T> fast_loops();
