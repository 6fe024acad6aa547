// The exponential family: exp, exp2, expm1, exprel, sigmoid.
// In: a float or double lane. Out: a lane of the same type. x = n ln2 + r with |r| <= ln2 / 2, a polynomial in r, times
// 2^n. Polynomials are our own Remez fits (tools/fit_polynomial.py, the set's name stands at each).
#pragma once

#include "compiler/ops/vecmath/core.h"

namespace brainpy::compiler::vecmath {
namespace detail {

/// x = n ln2 + r + low; n is left in the low bits of `shifted` as well.
template <Lane L>
struct ExpReduced {
  L n, r, low;
  Unsigned<L> shifted;
};

template <Lane L>
ExpReduced<L> reduce_exp(L x) {
  using F = LayoutOf<L>;
  constexpr auto log2_e = pick<L>(0x1.715476p+0f, 0x1.71547652b82fep+0);
  // ln2 in two parts; n times the first is exact (15 and 41 bits).
  constexpr auto ln2_high = pick<L>(0x1.62e4p-1f, 0x1.62e42fefa38p-1);
  constexpr auto ln2_low = pick<L>(0x1.7f7d1cp-20f, 0x1.ef35793c7673p-45);
  const L shifted = fma(x, L(log2_e), L(F::shifter));
  const L n = shifted - F::shifter;
  const L first = fma(n, L(-ln2_high), x);
  const L r = fma(n, L(-ln2_low), first);
  return {n, r, fma(n, L(-ln2_low), first - r), bits_of(shifted)};
}

/// 2^(n + offset) of the n in `shifted`; the sum must be a normal exponent.
template <Lane L>
L power_of_two(Unsigned<L> shifted, int offset = 0) {
  using F = LayoutOf<L>;
  return from_bits<L>((shifted + static_cast<typename F::Bits>(static_cast<int>(F::bias) + offset))
                      << F::mantissa_bits);
}

/// value * 2^n, for a value near 1, where 2^n itself may overflow or the product be denormal: in two steps of about n /
/// 2, of which only the second one rounds.
template <Lane L>
L scale(L value, L n, Unsigned<L> shifted) {
  if (lane::has_ldexp<L>()) return lane::ldexp(value, n);
  using F = LayoutOf<L>;
  using Bits = typename F::Bits;
  constexpr Bits middle = 2 * F::bias;  // keeps n + 2 * middle positive
  const auto biased = shifted + static_cast<Bits>(2 * middle - std::bit_cast<Bits>(F::shifter));
  const auto half = biased >> 1;
  const auto rest = biased - half;
  constexpr Bits to_field = F::bias - middle;
  return value * from_bits<L>((half + to_field) << F::mantissa_bits) *
         from_bits<L>((rest + to_field) << F::mantissa_bits);
}

/// (e^r - 1 - r) / r^2; good enough for e^r.
template <Lane L>
L exp_polynomial(L r) {
  // exp32: 2^-28.2, exp64: 2^-56.5
  return polynomial(r, {0x1.fffffcp-2f, 0x1.55548ap-3f, 0x1.55584cp-5f, 0x1.123f48p-7f, 0x1.6ad6fap-10f},
                    {0x1.000000000000ap-1, 0x1.55555555554f9p-3, 0x1.55555555507eep-5, 0x1.1111111127d8ep-7,
                     0x1.6c16c1844b9c4p-10, 0x1.a01a012a086b6p-13, 0x1.a01999ac32b6fp-16, 0x1.71df25722474fp-19,
                     0x1.28adcfe97a01ap-22, 0x1.ad8023e85753ap-26});
}

/// The same, relative to e^r - 1.
template <Lane L>
L expm1_polynomial(L r) {
  // expm1_32: 2^-31.0, expm1_64: 2^-56.2
  return polynomial(r, {0x1.p-1f, 0x1.555554p-3f, 0x1.5554eap-5f, 0x1.1113aap-7f, 0x1.6d4c7ep-10f, 0x1.9c62f6p-13f},
                    {0x1.0000000000001p-1, 0x1.5555555555557p-3, 0x1.5555555554d2fp-5, 0x1.11111111100c9p-7,
                     0x1.6c16c16f0e0d7p-10, 0x1.a01a01abf3132p-13, 0x1.a019f38aa9aep-16, 0x1.71de020c1704ap-19,
                     0x1.28023192107cap-22, 0x1.af4e3b3140684p-26, 0x1.e6325d2a1b15ep-30});
}

template <Lane L>
inline constexpr scalar<L> exp_low = pick<L>(-104.5f, -746.0);
template <Lane L>
inline constexpr scalar<L> exp_high = pick<L>(89.0f, 710.0);
/// Up to it e^x and e^-x are normal numbers.
template <Lane L>
inline constexpr scalar<L> exp_normal = pick<L>(87.0f, 708.0);

/// e^r of a reduced argument.
template <Lane L>
L exp_of_rest(L r) {
  return fma(exp_polynomial(r), r * r, r) + scalar<L>(1);
}

/// e^x for x already clamped to where the result is 0 or infinity at worst.
template <Lane L>
L exp_of_clamped(L x) {
  const auto reduced = reduce_exp(x);
  return scale(exp_of_rest(reduced.r), reduced.n, reduced.shifted);
}

/// 2^-down (e^x - 1) as an unevaluated sum, for x in range of 2^(n - down). Tiny x lose their denormal bits.
template <Lane L>
Pair<L> expm1_scaled(L x, int down) {
  const auto reduced = reduce_exp(x);
  const L r = reduced.r;
  const L tail = fma(expm1_polynomial(r), r * r, reduced.low);
  const L power = power_of_two<L>(reduced.shifted, -down);
  const L base = power - from_bits<L>(Unsigned<L>((LayoutOf<L>::bias - static_cast<typename LayoutOf<L>::Bits>(down))
                                                  << LayoutOf<L>::mantissa_bits));
  // base is 0 or dominates power * r, so `lost` is what the first fma rounded away.
  const L high = fma(power, r, base);
  const L lost = fma(power, r, base - high);
  return {high, fma(power, tail, lost)};
}

/// Below it, e^x - 1 rounds to x.
template <Lane L>
inline constexpr scalar<L> expm1_tiny = pick<L>(0x1p-25f, 0x1p-54);
/// Below it, e^x - 1 rounds to -1.
template <Lane L>
inline constexpr scalar<L> expm1_low = pick<L>(-18.0f, -38.0);
}  // namespace detail

/// Max 1.1 ulp. Denormal results are right.
template <Lane L>
L exp(L x) {
  const auto general = [x] {
    return detail::exp_of_clamped(detail::at_most(detail::at_least(x, detail::exp_low<L>), detail::exp_high<L>));
  };
  if (lane::has_ldexp<L>()) return general();
  // The same bits with fewer instructions where the result is a normal number: n goes straight into the exponent.
  const auto reduced = detail::reduce_exp(x);
  const auto exponent = reduced.shifted << detail::LayoutOf<L>::mantissa_bits;
  const L usual = detail::from_bits<L>(detail::bits_of(detail::exp_of_rest(reduced.r)) + exponent);
  return lane::rarely(!(lane::abs(x) <= L(detail::exp_normal<L>)), general, usual);
}

/// Max 1.1 ulp. Exact for integers.
template <Lane L>
L exp2(L x) {
  using F = detail::LayoutOf<L>;
  constexpr auto low = detail::pick<L>(-151.0f, -1076.0), high = detail::pick<L>(128.5f, 1024.5);
  x = detail::at_most(detail::at_least(x, low), high);
  const L shifted = x + F::shifter;
  const L r = x - (shifted - F::shifter);
  // exp2_32: 2^-27.5, exp2_64: 2^-55.6
  const L slope = detail::polynomial(
      r, {0x1.62e432p-1f, 0x1.ebfbe6p-3f, 0x1.c6adb8p-5f, 0x1.3b21e2p-7f, 0x1.5fb066p-10f, 0x1.4b803ap-13f},
      {0x1.62e42fefa39efp-1, 0x1.ebfbdff82c58fp-3, 0x1.c6b08d704a0d6p-5, 0x1.3b2ab6fba4ea8p-7, 0x1.5d87fe78a12ecp-10,
       0x1.430912f85987fp-13, 0x1.ffcbfc7acd6ebp-17, 0x1.62c0229a8fad1p-20, 0x1.b524d0d5593f5p-24, 0x1.e4cd9d098596p-28,
       0x1.ea1442f684421p-32, 0x1.c6da00ccaf09cp-36});
  return detail::scale(fma(slope, r, L(scalar<L>(1))), shifted - F::shifter, detail::bits_of(shifted));
}

/// e^x - 1. Max 1.2 ulp.
template <Lane L>
L expm1(L x) {
  const L clamped = detail::at_most(detail::at_least(x, detail::expm1_low<L>), detail::exp_high<L>);
  const auto half = detail::expm1_scaled(clamped, 1);
  const L result = scalar<L>(2) * (half.high + half.low);
  return select(lane::abs(x) < detail::expm1_tiny<L>, x, result);
}

/// (e^x - 1) / x, 1 at 0. Max 1.5 ulp; no early overflow. Most of its arguments are those of exponential Euler, a step
/// over a time constant, negative and small: for -0.75 to 0.125 it is a polynomial alone.
template <Lane L>
L exprel(L x) {
  using T = scalar<L>;
  const auto general = [x] {
    constexpr auto high = detail::pick<L>(94.0f, 717.0);
    const L below = detail::at_most(x, high);
    const auto part = detail::expm1_scaled(detail::at_least(below, detail::expm1_low<L>), 16);
    return (part.high + part.low) / (below * T(0x1p-16));
  };
  // exprel32: 2^-26.8, exprel64: 2^-53.8
  const L slope = detail::polynomial(
      x, {0x1.000004p-1f, 0x1.55557ap-3f, 0x1.5545f8p-5f, 0x1.0fb872p-7f, 0x1.566be8p-10f, 0x1.08e9b2p-13f},
      {0x1.0000000000003p-1, 0x1.5555555555571p-3, 0x1.5555555552c8ep-5, 0x1.11111110de0c1p-7, 0x1.6c16c1762593p-10,
       0x1.a01a04b1f0d6ap-13, 0x1.a01a42ab0bdd2p-16, 0x1.71deb220b6bfbp-19, 0x1.27a4d77dedfc6p-22,
       0x1.a5cb026513eebp-26, 0x1.c44bb71f749a6p-30});
  return lane::rarely(!(lane::abs(x + T(0.3125)) <= T(0.4375)), general, fma(slope, x, L(T(1))));
}

/// 1 / (1 + e^-x). Max 1.6 ulp; for large negative x it is e^x down to the denormals.
template <Lane L>
L sigmoid(L x) {
  const L falling = detail::exp_of_clamped(detail::at_least(-lane::abs(x), detail::exp_low<L>));
  const L above = select(x >= scalar<L>(0), scalar<L>(1), falling);
  return detail::precise_quotient(above, detail::ordered_sum(L(scalar<L>(1)), falling));
}

}  // namespace brainpy::compiler::vecmath
