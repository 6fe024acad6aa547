// Powers and roots: pow, cbrt, hypot.
// In: float or double lanes. Out: a lane of the same type. pow(x, y) = e^(y log x) with log x in about 118 bits for
// f64, and in double lanes for f32.
#pragma once

#include "compiler/ops/vecmath/log.h"

namespace brainpy::compiler::vecmath {
namespace detail {

/// log(a) as an unevaluated sum with a relative error near 2^-65, for a > 0 in double.
template <Lane L>
Pair<L> precise_log(L a) {
  const auto split = split_any_exponent(a);
  const L f = split.f;
  // s = f / (2 + f), and z = s^2, each as a pair.
  const auto denominator = ordered_sum(L(2.0), f);
  const L s = f / denominator.high;
  const L s_low = (fma(-s, denominator.high, f) - s * denominator.low) / denominator.high;
  auto z = exact_product(s, s);
  z.low = fma(s + s, s_low, z.low);
  // 2 atanh(s) = 2 (s + s z (1/3 + z tail)); pow64: 2^-66.3.
  const L tail =
      polynomial(z.high, {0x1.9999999999996p-3, 0x1.2492492493049p-3, 0x1.c71c71c57dddp-4, 0x1.745d18339679dp-4,
                          0x1.3b13625d1fa6cp-4, 0x1.1120c35684b1ap-4, 0x1.de313806fbdf8p-5, 0x1.eb23fa3f1ed7ep-5});
  const auto third = ordered_sum(L(0x1.5555555555555p-2), fma(z.high, tail, L(0x1.5555555555555p-56)));
  auto cube = exact_product(s, z.high);
  cube.low = fma(s, z.low, fma(s_low, z.high, cube.low));
  auto term = exact_product(cube.high, third.high);
  term.low = fma(cube.high, third.low, fma(cube.low, third.high, term.low));
  const auto half = ordered_sum(s, term.high);
  const L half_low = half.low + (s_low + term.low);
  const auto sum = ordered_sum(split.exponent * ln2_high<L>, half.high + half.high);
  const L low = fma(split.exponent, L(ln2_low<L>), sum.low + (half_low + half_low));
  return ordered_sum(sum.high, low);
}

/// a^y for double lanes a >= 0, every special value but NaN's two exceptions; error 2^-53 or the f32 one.
template <Lane L, bool for_f32>
L power_of_size(L a, L y) {
  auto logarithm = Pair<L>{a, L(0.0)};
  if constexpr (for_f32) {
    const auto split = split_any_exponent(a);
    logarithm.high = fma(split.exponent, L(0x1.62e42fefa39efp-1), split.f + log1p_tail(split.f));
  } else {
    logarithm = precise_log(a);
  }
  // Infinities and zeros are left to y * (+-inf).
  logarithm.high = select(a < infinity<double>, logarithm.high, a);
  logarithm.high = select(a == 0.0, -infinity<double>, logarithm.high);
  const L product = y * logarithm.high;
  L exponent = at_most(at_least(product, for_f32 ? -110.0 : -750.0), for_f32 ? 95.0 : 715.0);
  L low = L(0.0);
  if constexpr (!for_f32)
    low = select(exponent == product, fma(y, logarithm.low, fma(y, logarithm.high, -product)), 0.0);
  const auto reduced = reduce_exp(exponent);
  const L r = reduced.r;
  if constexpr (for_f32) {
    return (fma(exp_polynomial(r), r * r, r) + 1.0) * power_of_two<L>(reduced.shifted);
  } else {
    // e^(r + low) = e^r + low e^r.
    const L missed = reduced.low + low, square = r * r, series = exp_polynomial(r);
    const L main = fma(series, square, r);
    return scale((r + fma(series, square, fma(missed, main, missed))) + 1.0, reduced.n, reduced.shifted);
  }
}

}  // namespace detail

/// x to the y, with C's special values. Max 0.51 ulp (f32, computed in double lanes) and 1.1 ulp (f64).
template <Lane L>
L pow(L x, L y) {
  using T = scalar<L>;
  L result = T(0);
  const L a = lane::abs(x);
  if constexpr (is_f32<L>) {
    using D = lane::with<double, L>;
    const D wide = detail::power_of_size<D, true>(lane::convert<double>(a), lane::convert<double>(y));
    result = lane::convert<float>(wide);
  } else {
    result = detail::power_of_size<L, false>(a, y);
  }
  result = select(a == T(1), T(1), result);  // also for infinite y
  const L half = y * T(0.5);
  const Bool<L> whole = lane::floor(y) == y, odd = whole & (lane::floor(half) != half);
  result = select(odd & detail::is_negative(x), -result, result);
  const Bool<L> negative = (x < T(0)) & (a < detail::infinity<T>);
  result = select(negative & !whole, detail::not_a_number<T>, result);
  result = select(lane::is_nan(x) | lane::is_nan(y), x + y, result);
  return select((y == T(0)) | (x == T(1)), T(1), result);
}

/// Cube root. Max 0.51 ulp.
template <Lane L>
L cbrt(L x) {
  using T = scalar<L>;
  using F = detail::LayoutOf<L>;
  const L a = lane::abs(x);
  // Scaled by a cube so that neither denormals nor overflow matter.
  const Bool<L> small = a < T(1);
  const L v = a * select(small, L(detail::pick<L>(0x1p24f, 0x1p54)), detail::pick<L>(0x1p-24f, 0x1p-54));
  // A third of the bits plus (2/3 bias - 0.0336), which was searched for: within 3.2 %.
  L guess = T(0);
  if constexpr (is_f32<L>) {
    const auto third = lane::convert<std::int32_t>(lane::convert<float>(lane::bitcast<std::int32_t>(v)) * (1.0f / 3));
    guess = lane::bitcast<float>(third + std::int32_t(0x2A510854));
  } else {
    constexpr double base = 0x1p52;
    const L number = detail::from_bits<L>((detail::bits_of(v) >> 32) | std::bit_cast<std::uint64_t>(base)) - base;
    const auto third = detail::bits_of(fma(number, L(1.0 / 3), L(F::shifter)));
    guess = detail::from_bits<L>((third << 32) + (std::uint64_t(0x2A9F7660) << 32));
  }
  // Halley's step, cubic: 3e-5.
  const L cube = guess * guess * guess;
  const L better = guess + guess * ((v - cube) / (cube + (cube + v)));
  // v = better^3 (1 + d) and the series of (1 + d)^(1/3); v - better^3 without the rounding of the square.
  const auto square = detail::exact_product(better, better);
  const L rest = fma(-square.high, better, v) - square.low * better;
  const L d = rest / (square.high * better);
  const L step = better * d * detail::polynomial(d, {T(1) / 3, T(-1) / 9, T(5) / 81});
  const L unscale = select(small, L(detail::pick<L>(0x1p-8f, 0x1p-18)), detail::pick<L>(0x1p8f, 0x1p18));
  const L result = select((a < detail::infinity<T>)&(a > T(0)), (better + step) * unscale, a);
  return lane::copysign(result, x);
}

/// sqrt(x^2 + y^2) without early overflow or underflow; inf if either is infinite. Max 1.2 ulp.
template <Lane L>
L hypot(L x, L y) {
  using T = scalar<L>;
  const L ax = lane::abs(x), ay = lane::abs(y);
  const L larger = select(ax > ay, ax, ay);
  const Bool<L> huge = larger > detail::pick<L>(0x1p60f, 0x1p500);
  const Bool<L> tiny = larger < detail::pick<L>(0x1p-40f, 0x1p-400);
  const L one = T(1);
  constexpr auto shrink = detail::pick<L>(0x1p-80f, 0x1p-600), grow = detail::pick<L>(0x1p80f, 0x1p600);
  const L scale = select(huge, L(shrink), select(tiny, L(grow), one));
  const L unscale = select(huge, L(grow), select(tiny, L(shrink), one));
  const L sx = ax * scale, sy = ay * scale;
  const L result = lane::sqrt(fma(sx, sx, sy * sy)) * unscale;
  return select((ax == detail::infinity<T>) | (ay == detail::infinity<T>), detail::infinity<T>, result);
}

}  // namespace brainpy::compiler::vecmath
