// The logarithm of the gamma function.
// In: a float or double lane. Out: a lane of the same type (f32 is computed in double lanes). A polynomial on
// [1, 2], the recurrence up to 8, Stirling's series from there.
#pragma once

#include "compiler/ops/vecmath/log.h"
#include "compiler/ops/vecmath/trig.h"

namespace brainpy::compiler::vecmath {
namespace detail {

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
  const L u = d - 0.5;
  L series = u;
  if constexpr (for_f32) {  // lgamma32: 2^-30.6
    series = polynomial(u, {0x1.eeb95b08811f2p-2, -0x1.2aed0670b5434p-3, 0x1.01af66277f02fp-4, -0x1.0079a161ccb7p-5,
                            0x1.13319e38e90a9p-6, -0x1.35363ab0f33fep-7, 0x1.65986db1c9b26p-8, -0x1.987927dcbf03ep-9,
                            0x1.e4866fb2a5391p-10, -0x1.8fe7ba53fd45ap-10, 0x1.f745d7c17ec15p-11});
  } else {  // lgamma64: 2^-53.9
    series =
        polynomial(u, {0x1.eeb95b094c191p-2,  -0x1.2aed059bd6085p-3,  0x1.01af62a2929bdp-4,  -0x1.007aa83cefa33p-5,
                       0x1.133423527f85ep-6,  -0x1.34dbda128585cp-7,  0x1.64f0664bfd4d5p-8,  -0x1.a503537a65c46p-9,
                       0x1.f814bad61cbf3p-10, -0x1.313e527ed5bbap-10, 0x1.750a75158e1b2p-11, -0x1.cb50454595432p-12,
                       0x1.1c7e81a20fe6cp-12, -0x1.618407f997784p-13, 0x1.b9dde663d14e5p-14, -0x1.1cfc66109c939p-14,
                       0x1.691c3d7d4b38ap-15, -0x1.6836e83c63c12p-16, 0x1.b92e56e791dbbp-17, -0x1.3716c391a9854p-16,
                       0x1.985e5f0dc28e4p-17});
  }
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
  // |sin(pi x)| / pi by the distance to the nearest integer.
  const L distance = lane::abs(x - lane::nearbyint(x));
  const Bool<L> near_half = distance > 0.25;
  const L angle = select(near_half, 0.5 - distance, distance) * 0x1.921fb54442d18p+1;
  const L zero = 0.0;
  const L sine = select(near_half, cos_of_reduced(angle, zero), sin_of_reduced(angle, zero)) * 0x1.45f306dc9c883p-2;
  const L result = select(reflected, -log(sine) - direct, direct);
  // Zero is a pole; beyond 1e307 the reflected sum may be inf - inf.
  const Bool<L> finite = (lane::abs(x) < 0x1p1020) & (x != 0.0);
  return select(finite, result, select(lane::is_nan(x), x, infinity<double>));
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

}  // namespace brainpy::compiler::vecmath
