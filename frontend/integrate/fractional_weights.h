// The numbers of fractional derivatives: the weight of what lies k steps back, and its sum of exponentials.
// In: the order alpha, the lag k. Out: weights for one step of length 1; a step h multiplies their sum by h^alpha.
#pragma once

#include <cstdint>
#include <vector>

namespace brainpy::integrate {

/// How the past counts; k >= 1 is a number of steps.
enum class LagWeight : std::uint8_t {
  l1,         ///< (k+1)^(1-a) - k^(1-a): the change of x, which is linear within a step (Oldham & Spanier 1974, 8.2)
  grunwald,   ///< -(-1)^k binomial(a, k): x - x0 (Podlubny 1999, Fractional Differential Equations, 7.4)
  rectangle,  ///< k^a - (k-1)^a: f, constant within a step (Diethelm, Ford & Freed 2002, eq. 1.15)
  trapezoid,  ///< (k+1)^(a+1) - 2 k^(a+1) + (k-1)^(a+1): f, linear within a step (the same, eq. 1.13)
};

/// The weight of lag k, to a few units in the last place also for large k; alpha in (0, 1].
double lag_weight(LagWeight kind, double alpha, double lag);
/// What is added to the trapezoid weight of lag n where the node is the first one: half a hat,
/// (n-1)^(a+1) - (n-1-a) n^a minus the weight itself.
double first_node_correction(double alpha, double lag);

/// Weights of lags k >= 2 as a sum of exponentials: sum_i factor_i e^(-rate_i (k-2)).
struct Exponentials {
  std::vector<double> rates;                 ///< for one step
  std::vector<std::vector<double>> factors;  ///< one list for each kind that was asked for
  std::vector<double> first_node;            ///< first_node_correction(n) = sum_i first_node_i e^(-rate_i (n-1))
};

/// The integral of e^(-s k) that each weight is, by the trapezoidal rule in log s (Beylkin & Monzon 2010, Appl. Comput.
/// Harmon. Anal. 28; McLean 2018, in: Contemporary Computational Mathematics). All slow exponentials become one with
/// their mean rate. Each weight of a lag in [2, horizon] is within `tolerance` of itself, which is checked here. The
/// kinds have one kernel: l1 alone, grunwald alone, or rectangle and trapezoid. tolerance >= 1e-12.
Exponentials exponentials_of(const std::vector<LagWeight>& kinds, double alpha, double horizon, double tolerance);

}  // namespace brainpy::integrate
