// The normal distribution: ndtr, log_ndtr, ndtri.
// In: a float or double lane. Out: a lane of the same type. erfc of x / sqrt(2), with the exact square of x in the
// exponent.
#pragma once

#include "compiler/ops/vecmath/erf.h"

namespace brainpy::compiler::vecmath {
namespace detail {

/// Beyond it the tail is 0.
template <Lane L>
inline constexpr scalar<L> normal_end = pick<L>(14.25f, 38.6);

/// a / sqrt(2) as an unevaluated sum.
template <Lane L>
Pair<L> over_root_two(L a) {
  constexpr auto high = pick<L>(0x1.6a09e6p-1f, 0x1.6a09e667f3bcdp-1);
  constexpr auto low = pick<L>(0x1.9fcef4p-27f, -0x1.bdd3413b26456p-55);
  auto result = exact_product(a, L(high));
  result.low = fma(a, L(low), result.low);
  return result;
}

/// e^(a^2 / 2) times the probability above a, for a in [0, normal_end].
template <Lane L>
Pair<L> scaled_tail(L a) {
  using T = scalar<L>;
  const auto argument = over_root_two(a);
  const auto scaled = scaled_erfc(argument.high);
  // The derivative of e^(x^2) erfc(x) is 2 x times it, less 2 / sqrt(pi).
  const L slope = fma(argument.high + argument.high, scaled.high, L(T(-0x1.20dd750429b6dp+0)));
  return {T(0.5) * scaled.high, T(0.5) * fma(slope, argument.low, scaled.low)};
}

/// The probability above a, for a in [0, normal_end].
template <Lane L>
L normal_tail(L a, Pair<L> scaled) {
  const auto square = exact_product(a, a);
  return times_exp(scaled, {scalar<L>(-0.5) * square.high, scalar<L>(-0.5) * square.low});
}

}  // namespace detail

/// The normal distribution function. Max 2 ulp; denormal results are right.
template <Lane L>
L ndtr(L x) {
  using T = scalar<L>;
  const L a = detail::at_most(lane::abs(x), detail::normal_end<L>);
  const L tail = detail::normal_tail(a, detail::scaled_tail(a));
  return select(x > T(0), T(1) - tail, tail);
}

/// log(ndtr(x)): -x^2 / 2 and the logarithm of the scaled tail below 0. Max 3 ulp.
template <Lane L>
L log_ndtr(L x) {
  using T = scalar<L>;
  const L size = lane::abs(x), a = detail::at_most(size, detail::normal_end<L>);
  const auto near = detail::scaled_tail(a);
  const L far = T(0.5) * detail::scaled_erfc_far(detail::over_root_two(size).high);
  const L scaled = select(size > detail::normal_end<L>, far, near.high + near.low);
  const L below = fma(T(-0.5) * x, x, detail::log_of_normal(scaled));
  return select(x > T(0), log1p(-detail::normal_tail(a, near)), below);
}

/// The inverse of ndtr, -inf at 0, inf at 1 and NaN beyond. Max 5 ulp.
template <Lane L>
L ndtri(L p) {
  using T = scalar<L>;
  constexpr auto root_two = detail::pick<L>(0x1.6a09e6p+0f, 0x1.6a09e667f3bcdp+0);
  // 2 p - 1 is exact from 1/4 on.
  const L small = select(p > T(0), -detail::erfcinv_of_small(p + p),
                         select(p == T(0), L(-detail::infinity<T>), detail::not_a_number<T>));
  return select(p < T(0.25), small, erfinv(p + p - T(1))) * root_two;
}

}  // namespace brainpy::compiler::vecmath
