// Hyperbolic functions and their inverses: sinh, cosh, tanh, asinh, acosh, atanh.
// In: a float or double lane. Out: a lane of the same type. Built from e^x - 1 and log(u + c), both of which carry
// what their first rounding loses; no coefficients of their own.
#pragma once

#include "compiler/ops/vecmath/log.h"

namespace brainpy::compiler::vecmath {
namespace detail {

/// Below it sinh, tanh, asinh, atanh round to x (their next term is at most x^3 / 3).
template <Lane L>
inline constexpr scalar<L> cubic_tiny = pick<L>(0x1p-13f, 0x1p-27);

}  // namespace detail

/// Max 1.2 ulp.
template <Lane L>
L sinh(L x) {
  using T = scalar<L>;
  const L a = lane::abs(x);
  constexpr auto high = detail::pick<L>(89.6f, 710.6);
  // quarter = (e^a - 1) / 4, so that it overflows after sinh does.
  const auto part = detail::expm1_scaled(detail::at_most(a, high), 2);
  const auto quarter = detail::ordered_sum(part.high, part.low);
  const auto growth = detail::ordered_sum(L(T(1)), T(4) * quarter.high);
  const L quotient = detail::precise_quotient<L>(quarter, {growth.high, fma(quarter.low, T(4), growth.low)});
  const L rest = select(a > T(40), T(0), quotient);  // negligible there, and growth may overflow
  const auto sum = detail::ordered_sum(quarter.high, rest);
  const L result = T(2) * (sum.high + (sum.low + quarter.low));
  return select(a < detail::cubic_tiny<L>, x, lane::copysign(result, x));
}

/// Max 1.5 ulp.
template <Lane L>
L cosh(L x) {
  using T = scalar<L>;
  constexpr auto high = detail::pick<L>(89.6f, 710.6);
  const auto reduced = detail::reduce_exp(detail::at_most(lane::abs(x), high));
  const L r = reduced.r;
  const L value = fma(detail::exp_polynomial(r), r * r, r) + T(1);
  const L quarter = value * detail::power_of_two<L>(reduced.shifted, -2);
  return T(2) * (quarter + T(0.0625) / quarter);
}

/// Max 1.1 ulp.
template <Lane L>
L tanh(L x) {
  using T = scalar<L>;
  const L a = lane::abs(x);
  // h / (1 + h) with h = (e^2a - 1) / 2 as a pair; the quotient is corrected by what its operands' low parts miss.
  constexpr auto high = detail::pick<L>(18.2f, 38.2);
  const auto part = detail::expm1_scaled(detail::at_most(a + a, high), 1);
  const auto half = detail::ordered_sum(part.high, part.low);
  const auto below = detail::ordered_sum(L(T(1)), half.high);
  const L result = detail::precise_quotient<L>(half, {below.high, below.low + half.low});
  return select(a < detail::cubic_tiny<L>, x, lane::copysign(result, x));
}

namespace detail {

/// log(a + sqrt(a^2 + sign)) for finite a whose square may overflow.
template <Lane L>
L log_of_area(L a, scalar<L> sign) {
  using T = scalar<L>;
  const Bool<L> big = a > pick<L>(0x1p14f, 0x1p28);  // there it is log(2 a)
  const L b = select(big, T(2), a);
  const auto square = exact_product(b, b);
  const auto sum = exact_sum(square.high, L(sign));
  const L root = lane::sqrt(sum.high);
  const L rest = (fma(-root, root, sum.high) + (sum.low + square.low)) * T(0.5);
  const L root_low = rest / select(root == T(0), T(1), root);
  const auto total = exact_sum(b, root);
  const L value = log_of_sum(select(big, a, total.high), select(big, T(0), total.low + root_low));
  return value + select(big, L(pick<L>(0x1.62e43p-1f, 0x1.62e42fefa39efp-1)), T(0));
}

}  // namespace detail

/// Max 1.1 ulp.
template <Lane L>
L asinh(L x) {
  const L a = lane::abs(x);
  const L result = lane::copysign(detail::log_of_area(a, scalar<L>(1)), x);
  return select(a < detail::cubic_tiny<L>, x, select(a < detail::infinity<scalar<L>>, result, x));
}

/// Max 1.1 ulp. NaN below 1.
template <Lane L>
L acosh(L x) {
  using T = scalar<L>;
  const L result = select(x < detail::infinity<T>, detail::log_of_area(x, T(-1)), x);
  return select(x < T(1), detail::not_a_number<T>, result);
}

/// Max 1.2 ulp. NaN outside [-1, 1].
template <Lane L>
L atanh(L x) {
  using T = scalar<L>;
  const L a = lane::abs(x), one = T(1);
  const auto above = detail::exact_sum(one, a), below = detail::exact_sum(one, -a);
  const L quotient = above.high / below.high;
  const L rest = (fma(-quotient, below.high, above.high) + fma(-quotient, below.low, above.low)) / below.high;
  L result = T(0.5) * detail::log_of_sum(quotient, rest);
  result = select(a < T(1), result, select(a == T(1), L(detail::infinity<T>), detail::not_a_number<T>));
  return select(a < detail::cubic_tiny<L>, x, lane::copysign(result, x));
}

}  // namespace brainpy::compiler::vecmath
