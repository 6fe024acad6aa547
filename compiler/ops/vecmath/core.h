// What the elementary functions share: the layout of float and double, polynomial evaluation, and unevaluated sums.
// In: lanes of float or double. Out: lanes. Everything is lane operations, so Host and Emit give the same bits.
// Note for f64: AVX2 has no 64-bit integer <-> double conversion and no arithmetic 64-bit shift right, so integers
// enter and leave doubles by adding a large constant ("shifter") and shifts are unsigned.
#pragma once

#include <bit>
#include <cstddef>
#include <limits>

#include "compiler/ops/lane.h"

namespace brainpy::compiler::vecmath {

using lane::Bool;
using lane::Lane;
using lane::scalar;
using lane::select;

template <Lane L>
using Unsigned = lane::with<lane::BitsOf<scalar<L>>, L>;
template <Lane L>
inline constexpr bool is_f32 = std::is_same_v<scalar<L>, float>;

namespace detail {

template <class T>
struct Layout;
template <>
struct Layout<float> {
  using Bits = std::uint32_t;
  static constexpr int mantissa_bits = 23;
  static constexpr Bits bias = 127;
  static constexpr Bits mantissa_mask = 0x007FFFFF;
  static constexpr Bits sign_mask = 0x80000000;
  /// Adding it leaves the nearest integer in the low bits of the sum: 1.5 * 2^23.
  static constexpr float shifter = 0x1.8p23f;
};
template <>
struct Layout<double> {
  using Bits = std::uint64_t;
  static constexpr int mantissa_bits = 52;
  static constexpr Bits bias = 1023;
  static constexpr Bits mantissa_mask = 0x000FFFFFFFFFFFFF;
  static constexpr Bits sign_mask = 0x8000000000000000;
  static constexpr double shifter = 0x1.8p52;
};
template <Lane L>
using LayoutOf = Layout<scalar<L>>;

template <class T>
inline constexpr T infinity = std::numeric_limits<T>::infinity();
template <class T>
inline constexpr T not_a_number = std::numeric_limits<T>::quiet_NaN();

/// The f32 or the f64 value of a constant, by the lane's type.
template <Lane L>
constexpr scalar<L> pick(float f32, double f64) {
  if constexpr (is_f32<L>) return f32;
  else return f64;
}

/// c[0] + c[1] x + ... by Horner: where the terms cancel, fewer roundings than below.
template <Lane L, std::size_t N>
L horner(L x, const scalar<L> (&c)[N]) {
  L sum = c[N - 1];
  for (std::size_t k = N - 1; k-- > 0;) sum = fma(sum, x, L(c[k]));
  return sum;
}
template <Lane L, std::size_t N, std::size_t M>
L horner(L x, const float (&f32)[N], const double (&f64)[M]) {
  if constexpr (is_f32<L>) return horner(x, f32);
  else return horner(x, f64);
}

/// The same: Horner when short; long ones as two chains in x^2, which halves the latency for one multiply.
template <Lane L, std::size_t N>
L polynomial(L x, const scalar<L> (&c)[N]) {
  if constexpr (N <= 5) {
    return horner(x, c);
  } else {
    const L square = x * x;
    constexpr std::size_t last_even = (N - 1) / 2 * 2, last_odd = (N - 2) / 2 * 2 + 1;
    L even = c[last_even], odd = c[last_odd];
    for (std::size_t k = last_even; k >= 2; k -= 2) even = fma(even, square, L(c[k - 2]));
    for (std::size_t k = last_odd; k >= 3; k -= 2) odd = fma(odd, square, L(c[k - 2]));
    return fma(odd, x, even);
  }
}

/// The same with f32 or f64 coefficients, by the lane's type.
template <Lane L, std::size_t N, std::size_t M>
L polynomial(L x, const float (&f32)[N], const double (&f64)[M]) {
  if constexpr (is_f32<L>) return polynomial(x, f32);
  else return polynomial(x, f64);
}

/// An unevaluated sum: high carries the value, low what rounding lost.
template <Lane L>
struct Pair {
  L high, low;
};

/// a + b exactly (Knuth's two-sum; no condition on the magnitudes).
template <Lane L>
Pair<L> exact_sum(L a, L b) {
  const L sum = a + b;
  const L b_part = sum - a;
  return {sum, (a - (sum - b_part)) + (b - b_part)};
}

/// a + b exactly when |a| >= |b| or a = 0 (Dekker).
template <Lane L>
Pair<L> ordered_sum(L a, L b) {
  const L sum = a + b;
  return {sum, (a - sum) + b};
}

template <Lane L>
Pair<L> exact_product(L a, L b) {
  const L product = a * b;
  return {product, fma(a, b, -product)};
}

/// The quotient of two pairs, rounded nearly once.
template <Lane L>
L precise_quotient(Pair<L> above, Pair<L> below) {
  const L inverse = scalar<L>(1) / below.high;
  const L quotient = above.high * inverse;
  const L missed = fma(-quotient, below.low, fma(-quotient, below.high, above.high) + above.low);
  return fma(missed, inverse, quotient);
}
template <Lane L>
L precise_quotient(L above, Pair<L> below) {
  const L inverse = scalar<L>(1) / below.high;
  const L quotient = above * inverse;
  return fma(fma(-quotient, below.low, fma(-quotient, below.high, above)), inverse, quotient);
}

/// NaN stays NaN (the comparison is false).
template <Lane L>
L at_least(L x, scalar<L> low) {
  return select(x < low, low, x);
}
template <Lane L>
L at_most(L x, scalar<L> high) {
  return select(x > high, high, x);
}

template <Lane L>
Unsigned<L> bits_of(L x) {
  return lane::bitcast<typename LayoutOf<L>::Bits>(x);
}
template <Lane L>
L from_bits(Unsigned<L> bits) {
  return lane::bitcast<scalar<L>>(bits);
}

/// True where the sign bit is set (-0 too).
template <Lane L>
Bool<L> is_negative(L x) {
  return lane::copysign(L(scalar<L>(1)), x) < scalar<L>(0);
}

}  // namespace detail
}  // namespace brainpy::compiler::vecmath
