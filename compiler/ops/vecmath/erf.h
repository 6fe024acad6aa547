// The error function and its relatives: erf, erfc, erfcx, erfinv, erfcinv.
// In: a float or double lane. Out: a lane of the same type. Polynomials are our own Remez fits
// (tools/fit_polynomial.py, the set's name stands at each).
#pragma once

#include "compiler/ops/vecmath/log.h"

namespace brainpy::compiler::vecmath {
namespace detail {

/// Beyond it e^(-a^2) is 0, and the fit below ends.
template <Lane L>
inline constexpr scalar<L> erfc_end = pick<L>(10.1f, 27.3);

/// e^(a^2) erfc(a) for a in [0, erfc_end] as an unevaluated sum: (1 + (1 + t) P(t)) / (1 + 2 a), t = (a - k) / (a + k),
/// which maps [0, inf) to [-1, 1).
template <Lane L>
Pair<L> scaled_erfc(L a) {
  using T = scalar<L>;
  constexpr auto k = pick<L>(3.0f, 4.0);
  const L one_and_t = (a + a) / (a + k), t = one_and_t - T(1);
  // erfc32: 2^-26.8, erfc64: 2^-56.0
  const L series =
      horner(t,
             {0x1.03148cp-2f, -0x1.8df4dp-2f, 0x1.5d409ap-2f, -0x1.b0fd22p-3f, 0x1.7971eep-4f, -0x1.86d41ap-6f,
              0x1.ca89d4p-15f, 0x1.49453cp-9f, -0x1.09aaccp-11f, -0x1.17f338p-12f},
             {0x1.dd2c8b74febf6p-3,   -0x1.7d8f1c4524743p-2,  0x1.8d4ecb405c5fap-2,   -0x1.47938f4c730ccp-2,
              0x1.c0398cb6f1cc2p-3,   -0x1.00428c8fe9f43p-3,  0x1.e1a95642fe491p-5,   -0x1.625ed098456bap-6,
              0x1.63f2605663cedp-8,   -0x1.a2bede97fc759p-12, -0x1.77d659f071beap-12, 0x1.4dcd9f63f35cp-13,
              -0x1.1ed337530f1dp-17,  -0x1.09f16298ac8cfp-16, 0x1.36a9ace6edd8fp-18,  0x1.2231f48273505p-20,
              -0x1.a66e0f2f040ddp-21, -0x1.514ae6c0c033ep-25, 0x1.e661a3e2ccbfbp-24,  -0x1.83d123299f5e1p-29,
              -0x1.f2e7916f39897p-27, 0x1.e855bc03ec904p-32,  0x1.44b17934c9086p-30});
  const L one = T(1);
  const auto above = ordered_sum(one, one_and_t * series);
  const auto below = exact_sum(one, a + a);
  const L inverse = one / below.high;
  const L y = above.high * inverse;
  return {y, fma(-y, below.low, fma(-y, below.high, above.high) + above.low) * inverse};
}

/// value e^exponent, rounded nearly once, for a value near 1.
template <Lane L>
L times_exp(Pair<L> value, Pair<L> exponent) {
  const auto reduced = reduce_exp(exponent.high);
  const L r = reduced.r, y = value.high;
  // e^(r + low) = e^r + low e^r.
  const L low = reduced.low + exponent.low, square_r = r * r, polynomial_r = exp_polynomial(r);
  const L main = fma(polynomial_r, square_r, r);
  const L growth_low = fma(polynomial_r, square_r, fma(low, main, low));
  return scale(y + fma(r, y, fma(growth_low, y, value.low)), reduced.n, reduced.shifted);
}

/// erfc(a) for a >= 0.
template <Lane L>
L erfc_of_size(L a) {
  a = at_most(a, erfc_end<L>);
  const auto square = exact_product(a, a);
  return times_exp(scaled_erfc(a), {-square.high, -square.low});
}

/// e^(a^2) erfc(a) for a beyond erfc_end, by the asymptotic series.
template <Lane L>
L scaled_erfc_far(L a) {
  const L inverse = scalar<L>(1) / a;
  const L series = horner(inverse * inverse, {1.0f, -0.5f, 0.75f, -1.875f, 6.5625f},
                          {1.0, -0.5, 0.75, -1.875, 6.5625, -29.53125, 162.421875});
  return inverse * series * scalar<L>(0x1.20dd750429b6dp-1);
}

/// erfcinv(c) for 0 < c <= 1/2: s (1 + P(u)), s = sqrt(-log c), v = s - 13/16, u = (slope v - k) / (v + k).
template <Lane L>
L erfcinv_of_small(L c) {
  using T = scalar<L>;
  const L s = lane::sqrt(-log_of_split(split_any_exponent(c))), v = s - T(0.8125);
  constexpr auto k = pick<L>(2.5f, 4.0), slope = pick<L>(1.5f, 1.296875);
  const L u = fma(v, L(slope), L(-k)) / (v + k);
  // erfcinv32: 2^-27.0, erfcinv64: 2^-56.3
  const L series =
      horner(u,
             {-0x1.fd9618p-4f, 0x1.89bc24p-3f, -0x1.9f65d4p-4f, 0x1.784114p-6f, -0x1.d7b4d2p-19f, -0x1.b21b66p-9f,
              0x1.bcf21ep-10f, -0x1.efbfc6p-12f, -0x1.830a6ap-15f, 0x1.e5a03ep-14f, -0x1.5edc1ep-15f, -0x1.785464p-19f},
             {-0x1.08d9ce5e2773p-4,   0x1.17a9612a41565p-3,   -0x1.ebb399d7a28eep-4,  0x1.1d7ef121cd087p-4,
              -0x1.177343c7309e6p-5,  0x1.ad143bb8f30a6p-7,   -0x1.915dc6df067f7p-9,  -0x1.c0da83baec96bp-11,
              0x1.c4fedbdb7a433p-10,  -0x1.7eef6ed703b6ep-10, 0x1.e01bb01d6d237p-11,  -0x1.e34de37cf6d05p-12,
              0x1.614c1583ec94ep-13,  -0x1.5692e5ec0294cp-16, -0x1.36a836a92b43cp-15, 0x1.7dd555d28b6f4p-15,
              -0x1.27ba2e3bf2ecfp-15, 0x1.66b22fe5eed4p-16,   -0x1.6c32a4195288fp-17, 0x1.afbbdfa0949bbp-19,
              0x1.a41d96ebc963bp-20,  -0x1.587eda6cba4b3p-20, -0x1.3335f86b98359p-20, -0x1.48c44e8063f5ep-20,
              0x1.12df13ebbdcd4p-18,  -0x1.4463e7fc6f86bp-25, -0x1.cf84a39d67355p-19, -0x1.8697d0d0ddb88p-23,
              0x1.4cedc014f8defp-19,  0x1.6db6934fa4acbp-23,  -0x1.5316d5243c18ap-20, -0x1.e8f21a4638fcp-26,
              0x1.7557fcebc3709p-22,  0x1.c6c0d5fccf80fp-27,  -0x1.5c8bbf3a79715p-25, -0x1.9d5b626c4d9c7p-28});
  return fma(s, series, s);
}

}  // namespace detail

/// Max 1.2 ulp.
template <Lane L>
L erf(L x) {
  using T = scalar<L>;
  const L a = lane::abs(x);
  const L z = x * x;
  // erf32: 2^-29.3, erf64: 2^-55.8
  const L series = detail::polynomial(
      z,
      {0x1.06eba8p-3f, -0x1.81273ep-2f, 0x1.ce2ce6p-4f, -0x1.b7f71ap-6f, 0x1.53f226p-8f, -0x1.a35166p-11f,
       0x1.4771acp-14f},
      {0x1.06eba8214db69p-3, -0x1.812746b0379e6p-2, 0x1.ce2f21a042b21p-4, -0x1.b82ce312849a3p-6, 0x1.565bcd0db03ep-8,
       -0x1.c02db3d8efd44p-11, 0x1.f9a321a168108p-14, -0x1.f4d1df3e91252p-17, 0x1.b9def1ddec612p-20,
       -0x1.5f1d38c360f47p-23, 0x1.f7a4269736cd9p-27, -0x1.386afc860cd63p-30, 0x1.057a43edba512p-34});
  return select(a < T(1), fma(x, series, x), lane::copysign(T(1) - detail::erfc_of_size(a), x));
}

/// Max 2 ulp; denormal results are right.
template <Lane L>
L erfc(L x) {
  const L size = detail::erfc_of_size(lane::abs(x));
  return select(x < scalar<L>(0), scalar<L>(2) - size, size);
}

/// e^(x^2) erfc(x). Max 3 ulp.
template <Lane L>
L erfcx(L x) {
  using T = scalar<L>;
  const L a = lane::abs(x);
  const auto near = detail::scaled_erfc(detail::at_most(a, detail::erfc_end<L>));
  const L size = select(a > detail::erfc_end<L>, detail::scaled_erfc_far(a), near.high + near.low);
  // From the clamp on it is infinite.
  const L below = detail::at_most(a, detail::pick<L>(9.5f, 27.0));
  const L growth = detail::times_exp({L(T(2)), L(T(0))}, detail::exact_product(below, below));
  return select(x < T(0), growth - size, size);
}

/// The inverse of erf, +-inf at +-1 and NaN beyond. Max 2 ulp. x sqrt(w + 3) (1 + P(u)) with w = -log(1 - x^2): the
/// root takes the growth at +-1 out, the rest is smooth in u, which maps w's range to [-1, 1].
template <Lane L>
L erfinv(L x) {
  using T = scalar<L>;
  const L w = -detail::log_of_normal(fma(-x, x, L(T(1))));
  constexpr auto k = detail::pick<L>(12.0f, 8.0), slope = detail::pick<L>(2.5f, 1.4375);
  const L u = fma(w, L(slope), L(-k)) / (w + k);
  // erfinv32: 2^-25.9, erfinv64: 2^-55.6
  const L series =
      detail::horner(u,
                     {-0x1.153672p-2f, 0x1.a8151cp-3f, -0x1.d4c24ep-5f, -0x1.3d7ap-6f, 0x1.0ced92p-5f, -0x1.a76ab8p-8f,
                      -0x1.88708cp-7f, 0x1.762186p-8f, 0x1.1e92c8p-8f, -0x1.c01c26p-9f, -0x1.449048p-10f,
                      0x1.85ae86p-10f, 0x1.144dd4p-12f, -0x1.e1113ep-12f, -0x1.d2d68ap-16f, 0x1.280052p-14f},
                     {-0x1.fdab97baa54eap-3, 0x1.fe9839d6f6e47p-3,   -0x1.f96b3fd9c6e1ep-5,  -0x1.3dab96c49b427p-5,
                      0x1.fc00920740482p-5,  -0x1.d5bdb444c8d54p-14, -0x1.7c4fe700cf4bp-5,   0x1.c36b00d4e31a7p-8,
                      0x1.20998ef68d2c5p-5,  -0x1.6cbea387350f3p-8,  -0x1.9097b880f9c01p-6,  0x1.93bd604ab6b81p-9,
                      0x1.ea4ca0b601dap-7,   -0x1.31b7ca6f51fc4p-9,  -0x1.0f4eb31d174c9p-7,  0x1.763377f4ff103p-9,
                      0x1.3bdddf5a20b94p-8,  -0x1.93f9fc85400ccp-9,  -0x1.b10a6dd48848ep-9,  0x1.46d0ddd95da35p-9,
                      0x1.2e6c81ac1b218p-9,  -0x1.b1db51c87b846p-10, -0x1.6ceff61c119bbp-10, 0x1.176e6024e828cp-10,
                      0x1.7f7b9ac09a153p-11, -0x1.6fef5a218f27bp-11, -0x1.8fb7d58551777p-12, 0x1.ace45deeaac68p-12,
                      0x1.a84ced70bb513p-13, -0x1.7a1c7e5188dcbp-13, -0x1.80a5cc51815e1p-14, 0x1.c4e496c1cfffp-15,
                      0x1.eccb8f0ade10fp-16, -0x1.4666024a9c59fp-17, -0x1.7b1f19d79b122p-18, 0x1.ac999d5498eacp-21,
                      0x1.0565ad5130856p-21});
  // (root (1 + P)) x with what its roundings lose.
  const auto inside = detail::exact_sum(L(T(3)), w);
  const L root = lane::sqrt(inside.high);
  const L root_low = (fma(-root, root, inside.high) + inside.low) * T(0.5) / root;
  const auto part = detail::exact_product(root, series);
  const auto ratio = detail::ordered_sum(root, part.high);
  const auto leading = detail::exact_product(ratio.high, x);
  const L result = leading.high + fma(ratio.low + (part.low + fma(root_low, series, root_low)), x, leading.low);
  const L a = lane::abs(x);
  const L edge = select(a == T(1), lane::copysign(L(detail::infinity<T>), x), detail::not_a_number<T>);
  return select(a < T(1), lane::copysign(result, x), edge);
}

/// The inverse of erfc, inf at 0, -inf at 2 and NaN beyond. Max 3 ulp.
template <Lane L>
L erfcinv(L x) {
  using T = scalar<L>;
  // 1 - x is exact from 1/2 on.
  const L small =
      select(x > T(0), detail::erfcinv_of_small(x), select(x == T(0), L(detail::infinity<T>), detail::not_a_number<T>));
  return select(x < T(0.5), small, erfinv(T(1) - x));
}

}  // namespace brainpy::compiler::vecmath
