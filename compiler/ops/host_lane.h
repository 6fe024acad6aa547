// Lanes that compute at once, one element each: what every instruction of the lane language (lane.h) means.
// In: numbers. Out: numbers, in the order of emit_lane.h, which records the same.
#pragma once

#include <bit>
#include <cmath>
#include <type_traits>

namespace brainpy::compiler::lane {

/// A lane that computes at once.
template <class T>
struct Host {
  using Scalar = T;
  template <class U>
  using With = Host<U>;

  T v{};
  Host() = default;
  Host(T value) : v(value) {}
};

namespace detail {

template <class T>
constexpr bool is_integer = std::is_integral_v<T> && !std::is_same_v<T, bool>;

/// Integer arithmetic that wraps instead of overflowing.
template <class T>
using Wrapping = std::make_unsigned_t<std::conditional_t<std::is_same_v<T, bool>, int, T>>;

}  // namespace detail

// --- arithmetic ----------------------------------------------------------------------------------

template <class T>
Host<T> operator+(Host<T> a, Host<T> b) {
  if constexpr (detail::is_integer<T>) return T(detail::Wrapping<T>(a.v) + detail::Wrapping<T>(b.v));
  else return a.v + b.v;
}
template <class T>
Host<T> operator-(Host<T> a, Host<T> b) {
  if constexpr (detail::is_integer<T>) return T(detail::Wrapping<T>(a.v) - detail::Wrapping<T>(b.v));
  else return a.v - b.v;
}
template <class T>
Host<T> operator*(Host<T> a, Host<T> b) {
  if constexpr (detail::is_integer<T>) return T(detail::Wrapping<T>(a.v) * detail::Wrapping<T>(b.v));
  else return a.v * b.v;
}

/// Integers truncate; division by zero gives 0 and the one overflow (smallest / -1) wraps.
template <class T>
Host<T> operator/(Host<T> a, Host<T> b) {
  if constexpr (detail::is_integer<T>) {
    if (b.v == 0) return T(0);
    if constexpr (std::is_signed_v<T>)
      if (b.v == T(-1)) return T(detail::Wrapping<T>(0) - detail::Wrapping<T>(a.v));
    return T(a.v / b.v);
  } else {
    return a.v / b.v;
  }
}

/// Remainder of truncating integer division; 0 when the divisor is 0.
template <class T>
requires detail::is_integer<T> Host<T>
operator%(Host<T> a, Host<T> b) {
  if (b.v == 0) return T(0);
  if constexpr (std::is_signed_v<T>)
    if (b.v == T(-1)) return T(0);
  return T(a.v % b.v);
}
template <class T>
Host<T> operator-(Host<T> a) {
  if constexpr (detail::is_integer<T>) return T(detail::Wrapping<T>(0) - detail::Wrapping<T>(a.v));
  else return -a.v;
}

// --- exactly rounded functions -------------------------------------------------------------------

template <class T>
Host<T> fma(Host<T> a, Host<T> b, Host<T> c) {
  return std::fma(a.v, b.v, c.v);
}
template <class T>
Host<T> sqrt(Host<T> a) {
  return std::sqrt(a.v);
}
template <class T>
Host<T> floor(Host<T> a) {
  return std::floor(a.v);
}
template <class T>
Host<T> ceil(Host<T> a) {
  return std::ceil(a.v);
}
template <class T>
Host<T> trunc(Host<T> a) {
  return std::trunc(a.v);
}
template <class T>
Host<T> nearbyint(Host<T> a) {
  return std::nearbyint(a.v);
}
template <class T>
Host<T> copysign(Host<T> a, Host<T> b) {
  return std::copysign(a.v, b.v);
}
template <class T>
Host<T> abs(Host<T> a) {
  if constexpr (std::is_floating_point_v<T>) return std::fabs(a.v);
  else if constexpr (std::is_signed_v<T>) return a.v < 0 ? -a : a;
  else return a;
}

// --- comparison, choice --------------------------------------------------------------------------

template <class T>
Host<bool> operator==(Host<T> a, Host<T> b) {
  return a.v == b.v;
}
template <class T>
Host<bool> operator!=(Host<T> a, Host<T> b) {
  return a.v != b.v;
}
template <class T>
Host<bool> operator<(Host<T> a, Host<T> b) {
  return a.v < b.v;
}
template <class T>
Host<bool> operator<=(Host<T> a, Host<T> b) {
  return a.v <= b.v;
}
template <class T>
Host<bool> operator>(Host<T> a, Host<T> b) {
  return a.v > b.v;
}
template <class T>
Host<bool> operator>=(Host<T> a, Host<T> b) {
  return a.v >= b.v;
}
template <class T>
Host<T> select(Host<bool> c, Host<T> a, Host<T> b) {
  return c.v ? a.v : b.v;
}

/// `slow()` where `rare` holds, else `usual`: for the cases that hardly ever come (overflow, a denormal number).
/// Compiled code branches around them, so that they cost time only in a vector that has one.
template <class T, class Slow>
Host<T> rarely(Host<bool> rare, Slow slow, Host<T> usual) {
  return rare.v ? slow() : usual;
}

// --- bits and booleans ---------------------------------------------------------------------------

template <class T>
requires std::is_integral_v<T> Host<T>
operator&(Host<T> a, Host<T> b) { return T(a.v & b.v); }
template <class T>
requires std::is_integral_v<T> Host<T>
operator|(Host<T> a, Host<T> b) { return T(a.v | b.v); }
template <class T>
requires std::is_integral_v<T> Host<T>
operator^(Host<T> a, Host<T> b) { return T(a.v ^ b.v); }
template <class T>
requires std::is_integral_v<T> Host<T>
operator~(Host<T> a) {
  if constexpr (std::is_same_v<T, bool>) return !a.v;
  else return T(~a.v);
}
inline Host<bool> operator!(Host<bool> a) { return !a.v; }
template <class T>
requires detail::is_integer<T> Host<T>
operator<<(Host<T> a, Host<T> b) { return T(detail::Wrapping<T>(a.v) << b.v); }
template <class T>
requires detail::is_integer<T> Host<T>
operator>>(Host<T> a, Host<T> b) { return T(a.v >> b.v); }

/// The same bits as another type of the same width.
template <class U, class T>
Host<U> bitcast(Host<T> a) {
  return std::bit_cast<U>(a.v);
}

/// Number conversion. Float to integer truncates and needs a value in the integer's range (see ops: `astype` clamps).
template <class U, class T>
Host<U> convert(Host<T> a) {
  return static_cast<U>(a.v);
}

}  // namespace brainpy::compiler::lane
