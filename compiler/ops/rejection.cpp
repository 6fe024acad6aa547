#include "compiler/ops/rejection.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "compiler/ops/philox.h"
#include "compiler/ops/vecmath.h"

namespace brainpy::compiler::rejection {
namespace {

using Word = lane::Host<std::uint64_t>;
using Number = lane::Host<double>;
using philox::Purpose;

double log(double x) { return vecmath::log(Number(x)).v; }
double exp(double x) { return vecmath::exp(Number(x)).v; }
double lgamma(double x) { return vecmath::lgamma(Number(x)).v; }

struct TwoUniforms {
  double first, second;  ///< in [0, 1), 53 bits
};

philox::Block<Word> block(Stream stream, std::uint32_t purpose, std::uint32_t attempt) {
  return philox::block(Word(stream.key), Word(stream.index), purpose, Word(std::uint64_t{attempt}));
}

TwoUniforms uniforms(Stream stream, Purpose purpose, std::uint32_t attempt) {
  const auto words = block(stream, static_cast<std::uint32_t>(purpose), attempt);
  return {philox::unit_interval<double>(words[0], words[1]).v, philox::unit_interval<double>(words[2], words[3]).v};
}

double positive_uniform(Stream stream, std::uint32_t purpose, std::uint32_t attempt) {
  const auto words = block(stream, purpose, attempt);
  return philox::positive_unit_interval<double>(words[0], words[1]).v;
}

double standard_normal(Stream stream, std::uint32_t purpose, std::uint32_t attempt) {
  const auto words = block(stream, purpose, attempt);
  const double u = philox::positive_unit_interval<double>(words[0], words[1]).v;
  const double turn = philox::unit_interval<double>(words[2], words[3]).v - 0.5;
  return std::sqrt(-2.0 * log(u)) * vecmath::cos(Number(turn * 6.283185307179586476925)).v;
}

/// Walks up the probabilities p(0), p(1), ... of a mean below 10 until their sum exceeds u; `ratio(k)` is p(k) / p(k -
/// 1). The sum may be rounded to less than u; then it ends far in the upper tail, where nothing is left to add.
template <class Ratio>
std::int32_t invert_by_search(double u, double p, Ratio ratio) {
  constexpr double negligible = 0x1p-60;
  std::int32_t k = 0;
  while (u >= p && p > negligible) {
    u -= p;
    ++k;
    p *= ratio(k);
  }
  return k;
}

/// Hörmann's PTRS, "The transformed rejection method for generating Poisson random variables" (1993).
std::int32_t poisson_by_rejection(Stream stream, double rate) {
  const double root = std::sqrt(rate), log_rate = log(rate);
  const double b = 0.931 + 2.53 * root, a = -0.059 + 0.02483 * b;
  const double log_inverse_alpha = log(1.1239 + 1.1328 / (b - 3.4));
  const double quick_limit = 0.9277 - 3.6224 / (b - 2.0);
  for (std::uint32_t attempt = 0;; ++attempt) {
    const TwoUniforms draw = uniforms(stream, Purpose::poisson, attempt);
    const double u = draw.first - 0.5, v = draw.second;
    const double us = 0.5 - std::fabs(u);
    const double k = std::floor((2.0 * a / us + b) * u + rate + 0.43);
    if (us >= 0.07 && v <= quick_limit) return static_cast<std::int32_t>(k);
    if (k < 0 || (us < 0.013 && v > us)) continue;
    if (log(v) + log_inverse_alpha - log(a / (us * us) + b) <= k * log_rate - rate - lgamma(k + 1.0))
      return static_cast<std::int32_t>(k);
  }
}

/// Hörmann's BTRS, "The generation of binomial random variates" (1993), for p <= 1/2 and n p >= 10.
std::int32_t binomial_by_rejection(Stream stream, double n, double p) {
  const double root = std::sqrt(n * p * (1.0 - p)), log_odds = log(p / (1.0 - p));
  const double b = 1.15 + 2.53 * root, a = -0.0873 + 0.0248 * b + 0.01 * p;
  const double center = n * p + 0.5, alpha = (2.83 + 5.1 / b) * root;
  const double quick_limit = 0.92 - 4.2 / b;
  const double mode = std::floor((n + 1.0) * p);
  const double at_mode = lgamma(mode + 1.0) + lgamma(n - mode + 1.0);
  for (std::uint32_t attempt = 0;; ++attempt) {
    const TwoUniforms draw = uniforms(stream, Purpose::binomial, attempt);
    const double u = draw.first - 0.5, v = draw.second;
    const double us = 0.5 - std::fabs(u);
    const double k = std::floor((2.0 * a / us + b) * u + center);
    if (us >= 0.07 && v <= quick_limit) return static_cast<std::int32_t>(k);
    if (!(k >= 0 && k <= n)) continue;
    const double log_ratio = at_mode - lgamma(k + 1.0) - lgamma(n - k + 1.0) + (k - mode) * log_odds;
    if (log(v * alpha / (a / (us * us) + b)) <= log_ratio) return static_cast<std::int32_t>(k);
  }
}

/// A gamma variate of scale 1 as value * e^log_factor; the factor keeps tiny variates of small shapes apart from 0.
struct GammaVariate {
  double value, log_factor;
};

/// G. Marsaglia, W. W. Tsang, "A simple method for generating gamma variables", ACM TOMS 26 (2000); shapes below 1 by
/// Gamma(a) = Gamma(a + 1) U^(1/a).
GammaVariate standard_gamma(Stream stream, Purpose purpose, double shape) {
  const auto first = static_cast<std::uint32_t>(purpose);
  const double log_factor = shape < 1.0 ? log(positive_uniform(stream, first + 2, 0)) / shape : 0.0;
  const double d = (shape < 1.0 ? shape + 1.0 : shape) - 1.0 / 3.0, c = 1.0 / std::sqrt(9.0 * d);
  for (std::uint32_t attempt = 0;; ++attempt) {
    const double x = standard_normal(stream, first, attempt);
    const double root = 1.0 + c * x;
    if (root <= 0.0) continue;
    const double v = root * root * root;
    const double u = positive_uniform(stream, first + 1, attempt);
    if (log(u) < 0.5 * x * x + d * (1.0 - v + log(v))) return {d * v, log_factor};
  }
}

bool is_shape(double x) { return x > 0.0 && x < std::numeric_limits<double>::infinity(); }

}  // namespace

std::int32_t poisson(Stream stream, double rate) {
  if (rate >= 10.0) return poisson_by_rejection(stream, rate);
  return invert_by_search(uniforms(stream, Purpose::poisson, 0).first, exp(-rate),
                          [rate](std::int32_t k) { return rate / k; });
}

std::int32_t binomial(Stream stream, std::int32_t trials, double p) {
  const double rare = std::min(p, 1.0 - p);
  std::int32_t successes = 0;
  if (trials * rare >= 10.0) {
    successes = binomial_by_rejection(stream, trials, rare);
  } else if (rare > 0.0) {
    const double odds = rare / (1.0 - rare);
    const double none = exp(trials * vecmath::log1p(Number(-rare)).v);
    successes = invert_by_search(uniforms(stream, Purpose::binomial, 0).first, none,
                                 [=](std::int32_t k) { return odds * (trials - k + 1) / k; });
  }
  return p <= 0.5 ? successes : trials - successes;
}

double gamma(Stream stream, double shape, double scale) {
  if (!is_shape(shape) || !(scale >= 0.0)) return std::numeric_limits<double>::quiet_NaN();
  const GammaVariate g = standard_gamma(stream, Purpose::gamma, shape);
  return scale * (g.value * exp(g.log_factor));
}

double beta(Stream stream, double a, double b) {
  if (!is_shape(a) || !is_shape(b)) return std::numeric_limits<double>::quiet_NaN();
  const GammaVariate x = standard_gamma(stream, Purpose::beta_first, a);
  const GammaVariate y = standard_gamma(stream, Purpose::beta_second, b);
  const double log_odds = (log(x.value) + x.log_factor) - (log(y.value) + y.log_factor);
  return vecmath::sigmoid(Number(log_odds)).v;
}

namespace {

/// Out of line, as the vectoriser would turn the 64-bit multiplications into many shifts and additions.
[[gnu::noinline]] void positive_uniforms(Stream stream, std::uint32_t row, double* u) {
  const auto words = block(stream, static_cast<std::uint32_t>(Purpose::connectivity), row);
  u[0] = philox::positive_unit_interval<double>(words[0], words[1]).v;
  u[1] = philox::positive_unit_interval<double>(words[2], words[3]).v;
}

template <std::size_t numbers>
[[gnu::flatten]] std::array<double, numbers> geometric(Stream stream, std::uint32_t row, double log_failure) {
  std::array<double, numbers> u;
  for (std::size_t k = 0; k < numbers / 2; ++k)
    positive_uniforms({stream.key, stream.index + k}, row, u.data() + 2 * k);
  // In (0, 1] and normal: the logarithm needs no look at special values.
  for (double& x : u) x = std::floor(vecmath::detail::log_of_normal(Number(x)).v / log_failure);
  return u;
}

}  // namespace

std::array<double, 2> geometric_pair(Stream stream, std::uint32_t row, double log_failure) {
  return geometric<2>(stream, row, log_failure);
}

std::array<double, 16> geometric_pairs(Stream stream, std::uint32_t row, double log_failure) {
  return geometric<16>(stream, row, log_failure);
}

}  // namespace brainpy::compiler::rejection
