// The beta function of positive arguments and its logarithm.
// In: double or float lanes (f32 is computed in double lanes). Out: a lane of the same type. Below 8 from the gamma
// function, else by Stirling's series, in which what is large cancels beforehand: A. DiDonato, A. Morris, ACM
// Transactions on Mathematical Software 18, 1992, section 2.
#pragma once

#include "compiler/ops/vecmath/gamma.h"

namespace brainpy::compiler::vecmath {
namespace detail {

/// lgamma(y) - ((y - 1/2) log y - y + log(2 pi) / 2) for y >= 8.
template <Lane L>
L stirling_rest(L y) {
  const L inverse = 1.0 / y;
  return inverse * polynomial(inverse * inverse, {1.0 / 12, -1.0 / 360, 1.0 / 1260, -1.0 / 1680, 1.0 / 1188,
                                                  -691.0 / 360360, 1.0 / 156, -3617.0 / 122400});
}

/// Both answers from one computation: the beta function as factor e^exponent.
template <Lane L>
struct Beta {
  L factor, exponent;
};

template <Lane L>
Beta<L> beta_parts(L a, L b) {
  const L p = select(a < b, a, b), q = select(a < b, b, a), sum = p + q;
  const Bool<L> both_small = q < 8.0, both_large = p >= 8.0;
  // Gamma of what is not below 8 is not used.
  const L factor = gamma_double<L, false>(p) / gamma_double<L, false>(sum) * gamma_double<L, false>(q);
  const L ratio = p / q, growth = log1p(ratio);
  const L common = fma(-q, growth, stirling_rest(q) - stirling_rest(sum));
  // lgamma(p) + (lgamma(q) - lgamma(p + q))
  const L mixed = fma(p, 1.0 - log(sum), fma(L(0.5), growth, common)) + lgamma_double<L, false>(p);
  // p / (p + q) is 1 / (1 + q / p).
  const L large = fma(0.5 - p, log1p(q / p), fma(L(-0.5), log(q), common + stirling_rest(p)) + 0x1.d67f1c864beb5p-1);
  const L one = 1.0, zero = 0.0;
  return {select(both_small, factor, one), select(both_small, zero, select(both_large, large, mixed))};
}

/// What is left where the parts above are not numbers: a or b is 0, infinite, negative or NaN.
template <Lane L>
L beta_special(L a, L b, L result, double at_zero, double at_infinity) {
  const Bool<L> zero = (a == 0.0) | (b == 0.0), infinite = (a == infinity<double>) | (b == infinity<double>);
  const Bool<L> valid = (a >= 0.0) & (b >= 0.0) & !(zero & infinite);
  const L edge = select(zero, L(at_zero), L(at_infinity));
  return select(valid, select(zero | infinite, edge, result), L(not_a_number<double>));
}

template <Lane L>
L beta_double(L a, L b) {
  const auto parts = beta_parts(a, b);
  return beta_special(a, b, parts.factor * exp(parts.exponent), infinity<double>, 0.0);
}

template <Lane L>
L betaln_double(L a, L b) {
  const auto parts = beta_parts(a, b);
  return beta_special(a, b, log(parts.factor) + parts.exponent, infinity<double>, -infinity<double>);
}

}  // namespace detail

/// Gamma(a) Gamma(b) / Gamma(a + b) for a, b > 0; inf where one is 0, NaN below. Relative error below
/// 4e-15 max(1, |log beta|) (f64), 1 ulp (f32).
template <Lane L>
L beta(L a, L b) {
  if constexpr (is_f32<L>)
    return lane::convert<float>(detail::beta_double(lane::convert<double>(a), lane::convert<double>(b)));
  else return detail::beta_double(a, b);
}

/// log(beta(a, b)). Absolute error below 4e-15 max(1, |result|) (f64), 1 ulp of max(1, |result|) (f32).
template <Lane L>
L betaln(L a, L b) {
  if constexpr (is_f32<L>)
    return lane::convert<float>(detail::betaln_double(lane::convert<double>(a), lane::convert<double>(b)));
  else return detail::betaln_double(a, b);
}

}  // namespace brainpy::compiler::vecmath
