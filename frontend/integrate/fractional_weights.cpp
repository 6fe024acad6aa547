#include "frontend/integrate/fractional_weights.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace brainpy::integrate {

namespace {

/// (1 + x)^p - 1.
double power_minus_one(double p, double x) { return std::expm1(p * std::log1p(x)); }

/// log gamma(z) - (z - 1/2) log z + z - log(2 pi)/2 for large z.
double stirling_rest(double z) {
  const double r = 1 / (z * z);
  return (1.0 / 12 - r * (1.0 / 360 - r * (1.0 / 1260 - r / 1680))) / z;
}

/// alpha gamma(k - alpha) / (gamma(1 - alpha) k!).
double grunwald_weight(double alpha, double k) {
  constexpr double large = 64;
  if (k <= large) {
    double weight = alpha;
    for (double j = 2; j <= k; ++j) weight *= (j - 1 - alpha) / j;
    return weight;
  }
  // The ratio of gamma functions by Stirling's series, with the large parts of the logarithms taken off.
  const double log_ratio = (k - alpha - 0.5) * std::log1p(-(1 + alpha) / (k + 1)) - (1 + alpha) * std::log(k + 1) +
                           (1 + alpha) + stirling_rest(k - alpha) - stirling_rest(k + 1);
  return alpha == 1 ? 0 : std::exp(log_ratio) * alpha / std::tgamma(1 - alpha);
}

/// (1 + x)^p - 2 + (1 - x)^p by its series in x^2.
double second_difference(double p, double x) {
  double term = p * (p - 1) / 2 * x * x, sum = 0;
  for (int j = 2; j < 60; j += 2) {
    sum += term;
    term *= (p - j) * (p - j - 1) / ((j + 1.0) * (j + 2.0)) * x * x;
  }
  return 2 * sum;
}

double trapezoid_weight(double alpha, double k) {
  const double p = alpha + 1;
  if (k < 4) return std::pow(k + 1, p) - 2 * std::pow(k, p) + std::pow(k - 1, p);
  return std::pow(k, p) * second_difference(p, 1 / k);
}

}  // namespace

double lag_weight(LagWeight kind, double alpha, double k) {
  switch (kind) {
    case LagWeight::l1:
      return std::pow(k, 1 - alpha) * power_minus_one(1 - alpha, 1 / k);
    case LagWeight::grunwald:
      return grunwald_weight(alpha, k);
    case LagWeight::rectangle:
      return k == 1 ? 1 : -std::pow(k, alpha) * power_minus_one(alpha, -1 / k);
    case LagWeight::trapezoid:
      return trapezoid_weight(alpha, k);
  }
  return 0;
}

double first_node_correction(double alpha, double n) {
  // -n^p [(1 + 1/n)^p - 1 - p/n] with p = alpha + 1.
  const double p = alpha + 1, x = 1 / n;
  if (n < 4) return -std::pow(n, p) * (power_minus_one(p, x) - p * x);
  double term = p * (p - 1) / 2 * x * x, sum = 0;
  for (int j = 2; j < 60; ++j) {
    sum += term;
    term *= (p - j) / (j + 1.0) * x;
  }
  return -std::pow(n, p) * sum;
}

namespace {

/// (1 - e^-s) / s: the mean of e^(-s u) over a step.
double box(double s) { return s == 0 ? 1 : -std::expm1(-s) / s; }
/// The integral of (1 - u) e^(-s u) over [0, 1].
double half_hat(double s) { return s < 1e-3 ? 0.5 - s / 6 + s * s / 24 - s * s * s / 120 : (1 - box(s)) / s; }

/// The integral over log s: sum of density(s) e^(-s k), density ~ s^power for small s.
struct Kernel {
  bool grunwald;
  double alpha, power;

  double density(double s) const {
    // t^-power = 1/gamma(power) int s^power e^(-s t) d log s
    if (!grunwald) return std::pow(s, power) / std::tgamma(power);
    // alpha gamma(k - alpha) / (gamma(1 - alpha) k!) is a Beta integral over q = e^-s.
    return std::sin(std::numbers::pi * (1 - alpha)) / std::numbers::pi * s * std::pow(-std::expm1(-s), alpha);
  }
  /// What one exponential of this rate gives to the weight of lag 2.
  double factor(LagWeight kind, double s) const {
    switch (kind) {
      case LagWeight::l1:
        return (1 - alpha) * box(s) * std::exp(-2 * s);
      case LagWeight::grunwald:
        return std::exp(-(2 - alpha) * s);
      case LagWeight::rectangle:
        return alpha * box(s) * std::exp(-s);
      case LagWeight::trapezoid:
        return alpha * (alpha + 1) * box(s) * box(s) * std::exp(-s);
    }
    return 0;
  }
};

Kernel kernel_of(LagWeight kind, double alpha) {
  if (kind == LagWeight::l1) return {false, alpha, alpha};
  if (kind == LagWeight::grunwald) return {true, alpha, 1 + alpha};
  return {false, alpha, 1 - alpha};
}

/// Rates and the kernel's weights at them: nodes a distance apart in log s; those below `slow` are one.
struct Nodes {
  std::vector<double> rates, weights;

  Nodes(const Kernel& kernel, double distance, double slow) {
    if (kernel.power == 0) {  // alpha = 1: a constant kernel
      rates = {0};
      weights = {1};
      return;
    }
    constexpr double fast = 50;  // e^-50 of a step is nothing
    for (double x = std::log(fast); x > std::log(slow); x -= distance) {
      rates.push_back(std::exp(x));
      weights.push_back(distance * kernel.density(rates.back()));
    }
    double total = 0, moment = 0, s = rates.back();
    do {
      s *= std::exp(-distance);
      total += distance * kernel.density(s);
      moment += distance * kernel.density(s) * s;
    } while (s > 1e-18 * slow);
    // From here the density is a power: a geometric series.
    total += distance * kernel.density(s) / std::expm1(kernel.power * distance);
    moment += distance * kernel.density(s) * s / std::expm1((kernel.power + 1) * distance);
    rates.push_back(total > 0 ? moment / total : 0);
    weights.push_back(total);
  }
};

double worst_error(const Exponentials& sum, LagWeight kind, const std::vector<double>& factors, double alpha,
                   double horizon) {
  double worst = 0;
  // The error oscillates in log k, with a period of the nodes' distance.
  for (double next = 2; next <= horizon; next *= 1.03) {
    const double k = std::floor(next), exact = lag_weight(kind, alpha, k);
    double approximate = 0;
    for (std::size_t i = 0; i < sum.rates.size(); ++i) approximate += factors[i] * std::exp(-sum.rates[i] * (k - 2));
    worst = std::max(worst, exact == 0 ? std::abs(approximate) : std::abs(approximate - exact) / exact);
  }
  return worst;
}

}  // namespace

Exponentials exponentials_of(const std::vector<LagWeight>& kinds, double alpha, double horizon, double tolerance) {
  const Kernel kernel = kernel_of(kinds.front(), alpha);
  // The rule's error is about e^(-pi^2 / distance); what is lumped, of second order in rate times horizon.
  double distance = std::numbers::pi * std::numbers::pi / (std::log(1 / tolerance) + 2);
  double slow = std::pow(tolerance, 1 / (2 + kernel.power)) / horizon;
  for (;; distance *= 0.93, slow *= 0.8) {
    const Nodes nodes(kernel, distance, slow);
    Exponentials sum;
    sum.rates = nodes.rates;
    double worst = 0;
    for (LagWeight kind : kinds) {
      std::vector<double> factors;
      for (std::size_t i = 0; i < nodes.rates.size(); ++i)
        factors.push_back(nodes.weights[i] * kernel.factor(kind, nodes.rates[i]));
      worst = std::max(worst, worst_error(sum, kind, factors, alpha, horizon));
      sum.factors.push_back(std::move(factors));
    }
    for (std::size_t i = 0; i < nodes.rates.size(); ++i)
      sum.first_node.push_back(-alpha * (alpha + 1) * nodes.weights[i] * half_hat(nodes.rates[i]) *
                               std::exp(-nodes.rates[i]));
    if (worst <= tolerance / 2 || distance < 0.05) return sum;
  }
}

}  // namespace brainpy::integrate
