// The gamma function, its logarithm and the derivatives of that.
// In: a float or double lane. Out: a lane of the same type (f32 is computed in double lanes). A polynomial on
// [1, 2], recurrences, asymptotic series from 8 or 10 on: M. Abramowitz, I. Stegun, Handbook of Mathematical
// Functions, chapter 6.
#pragma once

#include "compiler/ops/vecmath/exp.h"
#include "compiler/ops/vecmath/log.h"
#include "compiler/ops/vecmath/power.h"
#include "compiler/ops/vecmath/trig.h"

namespace brainpy::compiler::vecmath {
namespace detail {

/// |sin(pi x)| by the distance to the nearest integer.
template <Lane L>
L sine_of_turn(L x) {
  const L distance = lane::abs(x - lane::nearbyint(x));
  const Bool<L> near_half = distance > 0.25;
  const L angle = select(near_half, 0.5 - distance, distance) * 0x1.921fb54442d18p+1;
  const L zero = 0.0;
  return select(near_half, cos_of_reduced(angle, zero), sin_of_reduced(angle, zero));
}

/// P of lgamma(1 + d) = d (d - 1) P(d - 1/2) for d in [0, 1).
template <Lane L, bool for_f32>
L lgamma_series(L u) {
  if constexpr (for_f32) {  // lgamma32: 2^-30.6
    return polynomial(u, {0x1.eeb95b08811f2p-2, -0x1.2aed0670b5434p-3, 0x1.01af66277f02fp-4, -0x1.0079a161ccb7p-5,
                          0x1.13319e38e90a9p-6, -0x1.35363ab0f33fep-7, 0x1.65986db1c9b26p-8, -0x1.987927dcbf03ep-9,
                          0x1.e4866fb2a5391p-10, -0x1.8fe7ba53fd45ap-10, 0x1.f745d7c17ec15p-11});
  } else {  // lgamma64: 2^-53.9
    return polynomial(u, {0x1.eeb95b094c191p-2,  -0x1.2aed059bd6085p-3,  0x1.01af62a2929bdp-4,  -0x1.007aa83cefa33p-5,
                          0x1.133423527f85ep-6,  -0x1.34dbda128585cp-7,  0x1.64f0664bfd4d5p-8,  -0x1.a503537a65c46p-9,
                          0x1.f814bad61cbf3p-10, -0x1.313e527ed5bbap-10, 0x1.750a75158e1b2p-11, -0x1.cb50454595432p-12,
                          0x1.1c7e81a20fe6cp-12, -0x1.618407f997784p-13, 0x1.b9dde663d14e5p-14, -0x1.1cfc66109c939p-14,
                          0x1.691c3d7d4b38ap-15, -0x1.6836e83c63c12p-16, 0x1.b92e56e791dbbp-17, -0x1.3716c391a9854p-16,
                          0x1.985e5f0dc28e4p-17});
  }
}

/// lgamma in double lanes. For d in [0, 1): lgamma(1 + d) = d (d - 1) P(d - 1/2). Other y in (0, 8) get there by the
/// recurrence, which adds the logarithm of a product. From 8 on Stirling's series. Negative x by reflection to 1 - x.
template <Lane L, bool for_f32>
L lgamma_double(L x) {
  const Bool<L> reflected = x < 0.0;
  const L y = select(reflected, 1.0 - x, x);
  const Bool<L> large = y >= 8.0, below = y < 1.0;
  // d = y less its integer part, and the product of what lies between y and 1 + d.
  L d = select(below, y, y - 1.0), product = select(below, y, 1.0);
  for (int step = 0; step < 6; ++step) {
    const Bool<L> above = y >= 2.0 + step;
    d = select(above, y - (2.0 + step), d);
    product = select(above, product * (y - (1.0 + step)), product);
  }
  const L series = lgamma_series<L, for_f32>(d - 0.5);
  // The logarithm in two parts: near the zeros at 1 and 2 the first one is exact and cancels first.
  const auto split = split_any_exponent(select(large, y, product));
  const L high = fma(split.exponent, L(ln2_high<L>), split.f);
  const L low = fma(split.exponent, L(ln2_low<L>), log1p_tail(split.f));
  const L logarithm = high + low;
  const L nearby = fma(d * (d - 1.0), series, select(below, -high, high)) + select(below, -low, low);
  const L inverse = 1.0 / y;
  // B_2k / (2k (2k - 1)), the Bernoulli numbers' asymptotic series, and log(2 pi) / 2 - 1 / 2.
  L asymptotic = inverse * inverse;
  if constexpr (for_f32) {
    asymptotic = polynomial(asymptotic, {1.0 / 12, -1.0 / 360, 1.0 / 1260});
  } else {
    asymptotic = polynomial(asymptotic, {1.0 / 12, -1.0 / 360, 1.0 / 1260, -1.0 / 1680, 1.0 / 1188, -691.0 / 360360,
                                         1.0 / 156, -3617.0 / 122400});
  }
  const L stirling = fma(y - 0.5, logarithm - 1.0, fma(asymptotic, inverse, L(0x1.acfe390c97d69p-2)));
  const L direct = select(large, stirling, nearby);
  const L sine = sine_of_turn(x) * 0x1.45f306dc9c883p-2;
  const L result = select(reflected, -log(sine) - direct, direct);
  // Zero is a pole; beyond 1e307 the reflected sum may be inf - inf.
  const Bool<L> finite = (lane::abs(x) < 0x1p1020) & (x != 0.0);
  return select(finite, result, select(lane::is_nan(x), x, infinity<double>));
}

/// Gamma in double lanes; x < 0 by reflection to -x, which is exact. Stirling's power in two factors, so that neither
/// overflows early.
template <Lane L, bool for_f32>
L gamma_double(L x) {
  const L y = lane::abs(x);
  const Bool<L> large = y >= 8.0, below = y < 1.0;
  L d = select(below, y, y - 1.0), product = 1.0;
  for (int step = 0; step < 6; ++step) {
    const Bool<L> above = y >= 2.0 + step;
    d = select(above, y - (2.0 + step), d);
    product = select(above, product * (y - (1.0 + step)), product);
  }
  const L between = exp(d * (d - 1.0) * lgamma_series<L, for_f32>(d - 0.5));
  const L nearby = select(below, between / y, between * product);
  const L inverse = 1.0 / y;
  const L series = polynomial(inverse * inverse, {1.0 / 12, -1.0 / 360, 1.0 / 1260, -1.0 / 1680, 1.0 / 1188,
                                                  -691.0 / 360360, 1.0 / 156, -3617.0 / 122400});
  // sqrt(2 pi) y^(y - 1/2) e^-y e^(series / y)
  const L root = pow(y, 0.5 * y - 0.25);
  const L rest = root * exp(-y) * (exp(series * inverse) * 0x1.40d931ff62706p+1);
  const L one = 1.0;
  const L first = select(large, rest, nearby), second = select(large, root, one);
  const L mirrored = -0x1.921fb54442d18p+1 / (y * sine_of_turn(y)) / first / second;
  // sin(pi x) has the sign of x's integer part.
  const L half = 0.5 * lane::floor(y);
  const L signed_mirror = select(half == lane::floor(half), mirrored, -mirrored);
  const Bool<L> pole = (x <= 0.0) & (x == lane::floor(x));
  const L at_pole = select(x == 0.0, 1.0 / x, L(not_a_number<double>));
  const L result = select(x < 0.0, signed_mirror, first * second);
  const L finite = select(pole, at_pole, result);
  return select(x >= 172.0, infinity<double>, select(lane::is_nan(x), x, finite));
}

/// The derivative of lgamma: recurrence up to x >= 8, then the asymptotic series; reflection below 1/2.
template <Lane L>
L digamma_double(L x) {
  const auto reflected = x < 0.5;
  L y = select(reflected, 1.0 - x, x);
  L steps = 0.0;
  for (int k = 0; k < 8; ++k) {
    const auto small = y < 8.0;
    steps = steps + select(small, 1.0 / y, 0.0);
    y = select(small, y + 1.0, y);
  }
  const L inverse = 1.0 / y;
  const L square = inverse * inverse;
  // B_2k / (2k)
  const L series = polynomial(
      square, {1.0 / 12, -1.0 / 120, 1.0 / 252, -1.0 / 240, 1.0 / 132, -691.0 / 32760, 1.0 / 12, -3617.0 / 8160});
  const L value = log(y) - 0.5 * inverse - square * series - steps;
  const L distance = x - lane::nearbyint(x);
  const L mirrored = value - 0x1.921fb54442d18p+1 / tan(distance * 0x1.921fb54442d18p+1);
  const auto pole = (distance == 0.0) & (x <= 0.0);
  return select(pole, not_a_number<double>, select(reflected, mirrored, select(x == infinity<double>, x, value)));
}

/// The second derivative of lgamma by the same steps.
template <Lane L>
L trigamma_double(L x) {
  const auto reflected = x < 0.5;
  L y = select(reflected, 1.0 - x, x);
  L steps = 0.0;
  for (int k = 0; k < 8; ++k) {
    const auto small = y < 8.0;
    steps = steps + select(small, 1.0 / (y * y), 0.0);
    y = select(small, y + 1.0, y);
  }
  const L inverse = 1.0 / y;
  const L square = inverse * inverse;
  // B_2k
  const L series = polynomial(square, {1.0 / 6, -1.0 / 30, 1.0 / 42, -1.0 / 30, 5.0 / 66, -691.0 / 2730, 7.0 / 6,
                                       -3617.0 / 510, 43867.0 / 798, -174611.0 / 330});
  const L value = fma(square * inverse, series, fma(square, L(0.5), inverse)) + steps;
  const L slope = 0x1.921fb54442d18p+1 / sine_of_turn(x);
  const L finite = select(reflected, fma(slope, slope, -value), value);
  return select((x <= 0.0) & (x == lane::floor(x)), select(x == 0.0, infinity<double>, L(not_a_number<double>)),
                finite);
}

/// base^exponent for whole exponents 0 ... 127.
template <Lane L>
L small_power(L base, L exponent) {
  L result = 1.0, square = base;
  for (int bit = 0; bit < 7; ++bit) {
    const L half = lane::floor(0.5 * exponent);
    result = select(exponent != half + half, result * square, result);
    exponent = half;
    if (bit < 6) square = square * square;
  }
  return result;
}

/// Derivative n of digamma for n >= 1 and x > 0: (-1)^(n + 1) n! zeta(n + 1, x), the first ten terms of Hurwitz's
/// series, then the Euler-Maclaurin formula.
template <Lane L>
L polygamma_double(L order, L x) {
  const L n = lane::floor(order + 0.5);
  const L power = n + 1.0;
  L sum = 0.0;
  for (int k = 9; k >= 0; --k) sum = sum + small_power(1.0 / (x + static_cast<double>(k)), power);
  const L y = x + 10.0, inverse = 1.0 / y;
  // B_2j / (2j)!
  constexpr double factors[] = {1.0 / 12,          -1.0 / 720,
                                1.0 / 30240,       -1.0 / 1209600,
                                1.0 / 47900160,    -691.0 / 1307674368e3,
                                1.0 / 74724249600, -3617.0 / 10670622842880e3};
  L rising = power * inverse, tail = fma(y, 1.0 / n, L(0.5));
  double above = 1.0;
  for (const double factor : factors) {
    tail = fma(rising, L(factor), tail);
    rising = rising * ((power + above) * inverse) * ((power + (above + 1.0)) * inverse);
    above += 2.0;
  }
  const L zeta = fma(small_power(inverse, power), tail, sum);
  const L factorial = gamma_double<L, false>(power);
  const L half = lane::floor(0.5 * n);
  const L value = select(n == half + half, -zeta, zeta) * factorial;
  const L at_infinity = select(n == half + half, L(-0.0), L(0.0));
  const Bool<L> valid = (x >= 0.0) & (n >= 1.0) & (n <= 100.0);
  const L derivative = select(x == infinity<double>, at_infinity, value);
  return select(n == 0.0, digamma_double(x), select(valid, derivative, L(not_a_number<double>)));
}

}  // namespace detail

/// log|Gamma(x)|. For x > 0 max 4 ulp (f64) and 0.6 ulp (f32, computed in double lanes). For x < 0 the error is
/// absolute, since the zeros between the poles are differences: 2e-15 max(1, lgamma(1 - x)) (f64) and 1 ulp of max(1,
/// result) (f32).
template <Lane L>
L lgamma(L x) {
  if constexpr (is_f32<L>) {
    return lane::convert<float>(detail::lgamma_double<lane::with<double, L>, true>(lane::convert<double>(x)));
  } else {
    return detail::lgamma_double<L, false>(x);
  }
}

/// Gamma(x); NaN at -1, -2, ..., +-inf at +-0. Max 6 ulp (f64; x < 0: 8 ulp), 0.6 ulp (f32, computed in double lanes).
template <Lane L>
L gamma(L x) {
  if constexpr (is_f32<L>) {
    return lane::convert<float>(detail::gamma_double<lane::with<double, L>, true>(lane::convert<double>(x)));
  } else {
    return detail::gamma_double<L, false>(x);
  }
}

/// The derivative of lgamma; NaN at 0, -1, -2, ...
template <Lane L>
L digamma(L x) {
  if constexpr (is_f32<L>) return lane::convert<float>(detail::digamma_double(lane::convert<double>(x)));
  else return detail::digamma_double(x);
}

/// The derivative of digamma; inf at 0, NaN at -1, -2, ...
template <Lane L>
L trigamma(L x) {
  if constexpr (is_f32<L>) return lane::convert<float>(detail::trigamma_double(lane::convert<double>(x)));
  else return detail::trigamma_double(x);
}

/// Derivative n of digamma, n rounded, for n of 0 ... 100 (others: NaN) and, above n = 0, x >= 0 (below: NaN).
template <Lane L>
L polygamma(L n, L x) {
  if constexpr (is_f32<L>)
    return lane::convert<float>(detail::polygamma_double(lane::convert<double>(n), lane::convert<double>(x)));
  else return detail::polygamma_double(n, x);
}

}  // namespace brainpy::compiler::vecmath
