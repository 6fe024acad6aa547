// Trigonometric functions and their inverses: sin, cos, tan, asin, acos, atan, atan2.
// In: a float or double lane (radians). Out: a lane of the same type. x = n pi/2 + r by Cody-Waite with fma, a
// polynomial for sin r and one for cos r. Polynomials are our own Remez fits (tools/fit_polynomial.py).
// The stated bounds hold for |x| <= 1e5 (f32) and 1e9 (f64). The absolute error of sin and cos stays below 6e-8 to 1e6
// (f32) and 1e-16 to 1e14 (f64); from 5e6 and 2e15 on the quarter turns are no longer counted right and nothing is left
// of the value, but it is in [-1, 1] and deterministic. Infinities give NaN.
#pragma once

#include "compiler/ops/vecmath/core.h"

namespace brainpy::compiler::vecmath {
namespace detail {

/// x = n pi/2 + r + low; the low bits of `shifted` are n.
template <Lane L>
struct QuarterTurns {
  L r, low;
  Unsigned<L> shifted;
};

template <Lane L>
QuarterTurns<L> reduce_quarter_turns(L x) {
  constexpr auto shifter = LayoutOf<L>::shifter;
  constexpr auto two_over_pi = pick<L>(0x1.45f306p-1f, 0x1.45f306dc9c883p-1);
  // pi/2 in three full-width parts. n * part_1 is cancelled exactly by the fma: all is a multiple of its last bit.
  constexpr auto part_1 = pick<L>(0x1.921fb6p+0f, 0x1.921fb54442d18p+0);
  constexpr auto part_2 = pick<L>(-0x1.777a5cp-25f, 0x1.1a62633145c07p-54);
  constexpr auto part_3 = pick<L>(-0x1.ee59dap-50f, -0x1.f1976b7ed8fbcp-110);
  const L shifted = fma(x, L(two_over_pi), L(shifter));
  const L n = shifted - shifter;
  const L first = fma(n, L(-part_1), x);
  // first is a multiple of n * part_2's last bit, so the ordered sum is exact even where they cancel.
  const auto product = exact_product(n, L(-part_2));
  const auto second = ordered_sum(first, product.high);
  const L low = fma(n, L(-part_3), second.low + product.low);
  // Only arguments beyond the stated range are clamped; NaN passes.
  constexpr scalar<L> limit = scalar<L>(1);
  const L r = at_most(at_least(second.high, -limit), limit);
  return {r, select(r == second.high, low, scalar<L>(0)), bits_of(shifted)};
}

/// The sine as an unevaluated sum whose low part is at most a fifth of it.
template <Lane L>
Pair<L> sin_parts(L r, L low) {
  const L z = r * r;
  // sin32: 2^-27.8, sin64: 2^-56.2
  const L series = polynomial(z, {-0x1.555544p-3f, 0x1.1106c4p-7f, -0x1.991aecp-13f},
                              {-0x1.5555555555547p-3, 0x1.111111110f64ap-7, -0x1.a01a019bcb82cp-13,
                               0x1.71de353ac84b1p-19, -0x1.ae5e365bc6b06p-26, 0x1.5d8511da58a01p-33});
  return {r, fma(r * z, series, low)};
}

template <Lane L>
Pair<L> cos_parts(L r, L low) {
  using T = scalar<L>;
  const L z = r * r;
  // cos32: 2^-32.9, cos64: 2^-61.4
  const L series = polynomial(z, {0x1.55554ap-5f, -0x1.6c0c1ep-10f, 0x1.99e334p-16f},
                              {0x1.555555555554ap-5, -0x1.6c16c16c14dd4p-10, 0x1.a01a019c57d9cp-16,
                               -0x1.27e4f7c9fb7b6p-22, 0x1.1ee9c0fea7c33p-29, -0x1.8f98a2578d069p-37});
  const L half = z * T(0.5);
  const L leading = T(1) - half;
  const L lost = (T(1) - leading) - half;
  return {leading, fma(z * z, series, fma(-r, low, lost))};
}

template <Lane L>
L sin_of_reduced(L r, L low) {
  const auto parts = sin_parts(r, low);
  return parts.high + parts.low;
}
template <Lane L>
L cos_of_reduced(L r, L low) {
  const auto parts = cos_parts(r, low);
  return parts.high + parts.low;
}

template <Lane L>
Bool<L> is_odd(Unsigned<L> bits) {
  return (bits & 1) != typename LayoutOf<L>::Bits(0);
}

/// Flips x's sign where bit 1 of `quadrant` is set.
template <Lane L>
L flip_by_bit_1(L x, Unsigned<L> quadrant) {
  using F = LayoutOf<L>;
  return from_bits<L>(bits_of(x) ^ ((quadrant << (F::mantissa_bits + (is_f32<L> ? 7 : 10))) & F::sign_mask));
}

}  // namespace detail

/// Max 1 ulp within the range above.
template <Lane L>
L sin(L x) {
  const auto turns = detail::reduce_quarter_turns(lane::abs(x));
  const L s = detail::sin_of_reduced(turns.r, turns.low), c = detail::cos_of_reduced(turns.r, turns.low);
  const L size = detail::flip_by_bit_1(select(detail::is_odd<L>(turns.shifted), c, s), turns.shifted);
  return detail::from_bits<L>(detail::bits_of(size) ^ (detail::bits_of(x) & detail::LayoutOf<L>::sign_mask));
}

/// Max 1 ulp within the range above.
template <Lane L>
L cos(L x) {
  const auto turns = detail::reduce_quarter_turns(lane::abs(x));
  const L s = detail::sin_of_reduced(turns.r, turns.low), c = detail::cos_of_reduced(turns.r, turns.low);
  return detail::flip_by_bit_1(select(detail::is_odd<L>(turns.shifted), s, c), turns.shifted + 1);
}

/// Max 1.2 ulp within the range above.
template <Lane L>
L tan(L x) {
  const auto turns = detail::reduce_quarter_turns(lane::abs(x));
  const auto sine = detail::sin_parts(turns.r, turns.low), cosine = detail::cos_parts(turns.r, turns.low);
  const auto s = detail::ordered_sum(sine.high, sine.low), c = detail::ordered_sum(cosine.high, cosine.low);
  const Bool<L> odd = detail::is_odd<L>(turns.shifted);
  const L size = detail::precise_quotient<L>({select(odd, -c.high, s.high), select(odd, -c.low, s.low)},
                                             {select(odd, s.high, c.high), select(odd, s.low, c.low)});
  return detail::from_bits<L>(detail::bits_of(size) ^ (detail::bits_of(x) & detail::LayoutOf<L>::sign_mask));
}

namespace detail {

/// asin(s) - s for s = sqrt(z) in [0, 1/2].
template <Lane L>
L asin_tail(L s, L z) {
  // asin32: 2^-27.6, asin64: 2^-55.8
  const L series =
      polynomial(z, {0x1.5555c8p-3f, 0x1.3301eap-4f, 0x1.747e4cp-5f, 0x1.8c2752p-6f, 0x1.596e82p-5f},
                 {0x1.555555555539p-3, 0x1.333333336e7b8p-4, 0x1.6db6db427d268p-5, 0x1.f1c72c3837ad7p-6,
                  0x1.6e89f44fa5c9ap-6, 0x1.1c6be0dd32bbap-6, 0x1.c6fdcf21de5a7p-7, 0x1.8ec2af5e35f38p-7,
                  0x1.abd1a9b19462ap-8, 0x1.3ff34426f4a56p-6, -0x1.09d133740ae82p-6, 0x1.056cd269739ccp-5});
  return s * z * series;
}

/// atan(t) - t for t in [0, 1].
template <Lane L>
L atan_tail(L t) {
  const L z = t * t;
  // atan32: 2^-28.2, atan64: 2^-54.6
  const L series =
      horner(z,
             {-0x1.55553ep-2f, 0x1.9991fcp-3f, -0x1.2421bap-3f, 0x1.c09a4p-4f, -0x1.58355ap-4f, 0x1.daccap-5f,
              -0x1.fed6d4p-6f, 0x1.65ac2ap-7f, -0x1.d63a3p-10f},
             {-0x1.5555555555526p-2, 0x1.9999999995555p-3,  -0x1.249249237e4bdp-3,  0x1.c71c717f9c999p-4,
              -0x1.745d11ab71a4p-4,  0x1.3b13667b39119p-4,  -0x1.110e50441570ap-4,  0x1.e1bb9cceb14f3p-5,
              -0x1.ae5e4b3b85c88p-5, 0x1.82da5a7480931p-5,  -0x1.59a2ca949bfd7p-5,  0x1.2c2c095a1278fp-5,
              -0x1.e9f3069f8ab9dp-6, 0x1.683484b226987p-6,  -0x1.c780d1650c5a5p-7,  0x1.d7a4aa7cf96ddp-8,
              -0x1.7a252b42266d5p-9, 0x1.b3dec02b5c5b9p-11, -0x1.3f1ea35dff1e6p-13, 0x1.bbc89e4b0e1b3p-17});
  return t * z * series;
}

template <Lane L>
inline constexpr scalar<L> half_pi_high = pick<L>(0x1.921fb6p+0f, 0x1.921fb54442d18p+0);
template <Lane L>
inline constexpr scalar<L> half_pi_low = pick<L>(-0x1.777a5cp-25f, 0x1.1a62633145c07p-54);

}  // namespace detail

/// Max 1.3 ulp. NaN outside [-1, 1].
template <Lane L>
L asin(L x) {
  using T = scalar<L>;
  const L a = lane::abs(x);
  const Bool<L> outer = a > T(0.5);
  // Above 1/2: pi/2 - 2 asin(sqrt((1 - a) / 2)).
  const L z = select(outer, (T(1) - a) * T(0.5), a * a);
  const L s = select(outer, lane::sqrt(z), a);
  const L tail = detail::asin_tail(s, z);
  const auto rest = detail::ordered_sum(L(detail::half_pi_high<L>), T(-2) * s);
  const L far = rest.high + (rest.low + (detail::half_pi_low<L> - T(2) * tail));
  return lane::copysign(select(outer, far, s + tail), x);
}

/// Max 1.2 ulp. NaN outside [-1, 1].
template <Lane L>
L acos(L x) {
  using T = scalar<L>;
  const L a = lane::abs(x);
  const Bool<L> outer = a > T(0.5), negative = x < T(0);
  const L z = select(outer, (T(1) - a) * T(0.5), a * a);
  const L s = select(outer, lane::sqrt(z), a);
  const L tail = detail::asin_tail(s, z);
  const L inner = detail::half_pi_high<L> - (x + (lane::copysign(tail, x) - detail::half_pi_low<L>));
  const L near_one = T(2) * (s + tail);
  const L near_minus_one = T(2) * (detail::half_pi_high<L> - (s + (tail - detail::half_pi_low<L>)));
  return select(outer, select(negative, near_minus_one, near_one), inner);
}

/// Max 1.3 ulp.
template <Lane L>
L atan(L x) {
  using T = scalar<L>;
  const L a = lane::abs(x);
  const Bool<L> steep = a > T(1);
  const L t = select(steep, T(1) / a, a);
  const L tail = detail::atan_tail(t);
  const auto rest = detail::ordered_sum(L(detail::half_pi_high<L>), -t);
  const L far = rest.high + (rest.low + (detail::half_pi_low<L> - tail));
  return lane::copysign(select(steep, far, t + tail), x);
}

/// The angle of (x, y), with C's signs and special values. Max 1.6 ulp.
template <Lane L>
L atan2(L y, L x) {
  using T = scalar<L>;
  const L ax = lane::abs(x), ay = lane::abs(y);
  const Bool<L> steep = ay > ax, behind = detail::is_negative(x);
  const L larger = select(steep, ay, ax), smaller = select(steep, ax, ay);
  // 0 / 0 counts as 0 and inf / inf as 1.
  L t = smaller / select(larger == T(0), T(1), larger);
  t = select(smaller == detail::infinity<T>, T(1), t);
  const L tail = detail::atan_tail(t);
  const L zero = T(0);
  const L base = select(steep, L(detail::half_pi_high<L>), select(behind, L(T(2) * detail::half_pi_high<L>), zero));
  const L base_low = select(steep, L(detail::half_pi_low<L>), select(behind, L(T(2) * detail::half_pi_low<L>), zero));
  const Bool<L> backwards = steep ^ behind;
  const auto sum = detail::ordered_sum(base, select(backwards, -t, t));
  const L angle = sum.high + (sum.low + (select(backwards, -tail, tail) + base_low));
  return select(lane::is_nan(x) | lane::is_nan(y), x + y, lane::copysign(angle, y));
}

}  // namespace brainpy::compiler::vecmath
