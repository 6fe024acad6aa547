// The logarithm family: log, log2, log10, log1p, softplus.
// In: a float or double lane. Out: a lane of the same type. x = 2^e (1 + f) with 1 + f in [sqrt(1/2), sqrt(2)), and
// log(1 + f) = 2 atanh(s) with s = f / (2 + f). Polynomials are our own Remez fits (tools/fit_polynomial.py).
#pragma once

#include "compiler/ops/vecmath/exp.h"

namespace brainpy::compiler::vecmath {
namespace detail {

template <Lane L>
struct LogSplit {
  L exponent, f;
  Unsigned<L> field;  // exponent + bias
};

/// x = 2^exponent (1 + f) for normal positive x; anything else gives some numbers.
template <Lane L>
LogSplit<L> split_exponent(L x) {
  using F = LayoutOf<L>;
  using Bits = typename F::Bits;
  constexpr Bits one = std::bit_cast<Bits>(scalar<L>(1));
  constexpr Bits lowest = std::bit_cast<Bits>(pick<L>(0x1.6a09e6p-1f, 0x1.6a09e667f3bcdp-1));
  const auto shifted = bits_of(x) + static_cast<Bits>(one - lowest);
  const auto field = shifted >> F::mantissa_bits;
  const L m = from_bits<L>((shifted & F::mantissa_mask) + lowest);
  // The field as a number: set it as the low bits of 2^mantissa_bits.
  constexpr scalar<L> base = pick<L>(0x1p23f, 0x1p52);
  const L number = from_bits<L>(field | std::bit_cast<Bits>(base));
  return {number - (base + static_cast<scalar<L>>(F::bias)), m - scalar<L>(1), field};
}

/// The same for denormals too.
template <Lane L>
LogSplit<L> split_any_exponent(L x) {
  constexpr auto smallest_normal = std::numeric_limits<scalar<L>>::min();
  const Bool<L> denormal = x < smallest_normal;
  auto split = split_exponent(select(denormal, x * pick<L>(0x1p25f, 0x1p54), x));
  split.exponent = split.exponent - select(denormal, L(pick<L>(25.0f, 54.0)), scalar<L>(0));
  return split;
}

/// log(1 + f) - f. Relative error of the whole is 2^-30 (log32) and 2^-59 (log64) before rounding.
template <Lane L>
L log1p_tail(L f) {
  const L s = f / (f + scalar<L>(2));
  const L z = s * s;
  const L series = polynomial(z, {0x1.55557ap-1f, 0x1.995ecap-2f, 0x1.31e2ccp-2f},
                              {0x1.5555555555593p-1, 0x1.999999997fb42p-2, 0x1.2492494218af7p-2, 0x1.c71c51e596673p-3,
                               0x1.746646f49ec37p-3, 0x1.39a0d9b44a07cp-3, 0x1.2f0ee5cddac75p-3});
  // 2 atanh(s) = 2 s + s z series, and 2 s = f - s f.
  return s * fma(z, series, -f);
}

template <Lane L>
inline constexpr scalar<L> ln2_high = pick<L>(0x1.62e4p-1f, 0x1.62e42fefa38p-1);
template <Lane L>
inline constexpr scalar<L> ln2_low = pick<L>(0x1.7f7d1cp-20f, 0x1.ef35793c7673p-45);

template <Lane L>
L log_of_split(const LogSplit<L>& split) {
  const L low = fma(split.exponent, L(ln2_low<L>), log1p_tail(split.f));
  return fma(split.exponent, L(ln2_high<L>), split.f + low);
}

/// log(x) for normal positive x; anything else gives some number.
template <Lane L>
L log_of_normal(L x) {
  return log_of_split(split_exponent(x));
}

/// The domain's edge for every logarithm: -inf at 0, NaN below, inf and NaN kept.
template <Lane L>
L log_special(L x, L result) {
  using T = scalar<L>;
  result = select(x < infinity<T>, result, x);
  return select(x > T(0), result, select(x == T(0), L(-infinity<T>), not_a_number<T>));
}

/// log(u + c) for normal u > 0 and |c| below u's last bit (more where u is near 1). No special values.
template <Lane L>
L log_of_sum(L u, L c) {
  using F = LayoutOf<L>;
  const auto split = split_exponent(u);
  // 2^(1 - e), so that the largest exponent still has a representable inverse (then 0).
  const L inverse = from_bits<L>((Unsigned<L>(2 * F::bias + 1) - split.field) << F::mantissa_bits);
  const L correction = c * scalar<L>(0.5) * inverse;
  const L f = split.f + correction;
  const L lost = (split.f - f) + correction;
  return fma(split.exponent, L(ln2_high<L>), f + (fma(split.exponent, L(ln2_low<L>), lost) + log1p_tail(f)));
}

/// log(x) in another base: factor = 1 / log(base) in two parts, log(2) / log(base) in two parts (the first one short).
template <Lane L>
L log_in_base(L x, Pair<L> factor, Pair<L> per_exponent) {
  const auto split = split_any_exponent(x);
  const auto leading = exact_product(split.f, factor.high);
  const L rest = fma(log1p_tail(split.f), factor.high, fma(split.f, factor.low, leading.low));
  const auto sum = ordered_sum(split.exponent * per_exponent.high, leading.high);
  return log_special(x, sum.high + (fma(split.exponent, per_exponent.low, sum.low) + rest));
}

}  // namespace detail

/// Max 1.1 ulp.
template <Lane L>
L log(L x) {
  return detail::log_special(x, detail::log_of_split(detail::split_any_exponent(x)));
}

/// Max 1.1 ulp. Exact for powers of two.
template <Lane L>
L log2(L x) {
  return detail::log_in_base<L>(
      x,
      {detail::pick<L>(0x1.715476p+0f, 0x1.71547652b82fep+0), detail::pick<L>(0x1.4ae0cp-26f, 0x1.777d0ffda0d24p-56)},
      {scalar<L>(1), scalar<L>(0)});
}

/// Max 1.1 ulp.
template <Lane L>
L log10(L x) {
  return detail::log_in_base<L>(
      x,
      {detail::pick<L>(0x1.bcb7b2p-2f, 0x1.bcb7b1526e50ep-2), detail::pick<L>(-0x1.5b235ep-27f, 0x1.95355baaafad3p-57)},
      {detail::pick<L>(0x1.344p-2f, 0x1.34413509f8p-2), detail::pick<L>(0x1.3509f8p-18f, -0x1.80433b83b532ap-44)});
}

/// log(1 + x). Max 1.1 ulp.
template <Lane L>
L log1p(L x) {
  using T = scalar<L>;
  const auto sum = detail::exact_sum(L(T(1)), x);
  L result = detail::log_of_sum(sum.high, sum.low);
  result = select(x < detail::infinity<T>, result, x);
  result = select(x > T(-1), result, select(x == T(-1), L(-detail::infinity<T>), detail::not_a_number<T>));
  return select(lane::abs(x) < detail::expm1_tiny<L>, x, result);
}

/// log(1 + e^x). Max 1.8 ulp; x for large x and e^x for large negative x.
template <Lane L>
L softplus(L x) {
  using T = scalar<L>;
  const L falling = detail::exp_of_clamped(detail::at_least(-lane::abs(x), detail::exp_low<L>));
  const auto sum = detail::ordered_sum(L(T(1)), falling);
  return detail::at_least(x, T(0)) + detail::log_of_sum(sum.high, sum.low);
}

}  // namespace brainpy::compiler::vecmath
