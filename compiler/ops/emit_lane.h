// Lanes that record what is done with them through the current Emitter.
// In: handles. Out: handles. Operators and functions stand in the order of host_lane.h, which says what they compute.
#pragma once

#include <cstdint>
#include <cstring>
#include <type_traits>

#include "compiler/ops/emitter.h"

namespace brainpy::compiler::lane {

/// A handle as a constructor argument; a bare pointer would compete with the number 0.
struct Emitted {
  EmitHandle handle;
};

/// A lane that records.
template <class T>
struct Emit {
  using Scalar = T;
  template <class U>
  using With = Emit<U>;

  EmitHandle v = nullptr;
  explicit Emit(Emitted emitted) : v(emitted.handle) {}
  Emit(T value) : v(emit_constant(runtime::dtype_of<T>, bits_of(value))) {}

  static std::uint64_t bits_of(T value) {
    std::uint64_t bits = 0;
    std::memcpy(&bits, &value, sizeof(T));
    return bits;
  }
};

namespace detail {

template <class R, class A>
R emit(LaneOp op, A a) {
  return R(Emitted{emit_apply(op, runtime::dtype_of<typename R::Scalar>, a.v, nullptr, nullptr)});
}
template <class R, class A, class B>
R emit(LaneOp op, A a, B b) {
  return R(Emitted{emit_apply(op, runtime::dtype_of<typename R::Scalar>, a.v, b.v, nullptr)});
}
template <class R, class A, class B, class C>
R emit(LaneOp op, A a, B b, C c) {
  return R(Emitted{emit_apply(op, runtime::dtype_of<typename R::Scalar>, a.v, b.v, c.v)});
}

}  // namespace detail

// --- arithmetic ----------------------------------------------------------------------------------

template <class T>
Emit<T> operator+(Emit<T> a, Emit<T> b) {
  return detail::emit<Emit<T>>(LaneOp::add, a, b);
}
template <class T>
Emit<T> operator-(Emit<T> a, Emit<T> b) {
  return detail::emit<Emit<T>>(LaneOp::sub, a, b);
}
template <class T>
Emit<T> operator*(Emit<T> a, Emit<T> b) {
  return detail::emit<Emit<T>>(LaneOp::mul, a, b);
}
template <class T>
Emit<T> operator/(Emit<T> a, Emit<T> b) {
  return detail::emit<Emit<T>>(LaneOp::div, a, b);
}
template <class T>
requires std::is_integral_v<T> Emit<T>
operator%(Emit<T> a, Emit<T> b) { return detail::emit<Emit<T>>(LaneOp::rem, a, b); }
template <class T>
Emit<T> operator-(Emit<T> a) {
  return detail::emit<Emit<T>>(LaneOp::neg, a);
}

// --- exactly rounded functions -------------------------------------------------------------------

template <class T>
Emit<T> fma(Emit<T> a, Emit<T> b, Emit<T> c) {
  return detail::emit<Emit<T>>(LaneOp::fma, a, b, c);
}
template <class T>
Emit<T> sqrt(Emit<T> a) {
  return detail::emit<Emit<T>>(LaneOp::sqrt, a);
}
template <class T>
Emit<T> floor(Emit<T> a) {
  return detail::emit<Emit<T>>(LaneOp::floor, a);
}
template <class T>
Emit<T> ceil(Emit<T> a) {
  return detail::emit<Emit<T>>(LaneOp::ceil, a);
}
template <class T>
Emit<T> trunc(Emit<T> a) {
  return detail::emit<Emit<T>>(LaneOp::trunc, a);
}
template <class T>
Emit<T> nearbyint(Emit<T> a) {
  return detail::emit<Emit<T>>(LaneOp::nearbyint, a);
}
template <class T>
Emit<T> copysign(Emit<T> a, Emit<T> b) {
  return detail::emit<Emit<T>>(LaneOp::copysign, a, b);
}
template <class T>
Emit<T> abs(Emit<T> a) {
  if constexpr (std::is_unsigned_v<T>) return a;
  else return detail::emit<Emit<T>>(LaneOp::abs, a);
}

// --- comparison, choice --------------------------------------------------------------------------

template <class T>
Emit<bool> operator==(Emit<T> a, Emit<T> b) {
  return detail::emit<Emit<bool>>(LaneOp::eq, a, b);
}
template <class T>
Emit<bool> operator!=(Emit<T> a, Emit<T> b) {
  return detail::emit<Emit<bool>>(LaneOp::ne, a, b);
}
template <class T>
Emit<bool> operator<(Emit<T> a, Emit<T> b) {
  return detail::emit<Emit<bool>>(LaneOp::lt, a, b);
}
template <class T>
Emit<bool> operator<=(Emit<T> a, Emit<T> b) {
  return detail::emit<Emit<bool>>(LaneOp::le, a, b);
}
template <class T>
Emit<bool> operator>(Emit<T> a, Emit<T> b) {
  return detail::emit<Emit<bool>>(LaneOp::gt, a, b);
}
template <class T>
Emit<bool> operator>=(Emit<T> a, Emit<T> b) {
  return detail::emit<Emit<bool>>(LaneOp::ge, a, b);
}
template <class T>
Emit<T> select(Emit<bool> c, Emit<T> a, Emit<T> b) {
  return detail::emit<Emit<T>>(LaneOp::select, c, a, b);
}
template <class T, class Slow>
Emit<T> rarely(Emit<bool> rare, Slow slow, Emit<T> usual) {
  emit_begin_rare(rare.v);
  const Emit<T> value = slow();
  return Emit<T>(Emitted{emit_end_rare(value.v, usual.v)});
}

// --- bits and booleans ---------------------------------------------------------------------------

template <class T>
Emit<T> operator&(Emit<T> a, Emit<T> b) {
  return detail::emit<Emit<T>>(LaneOp::and_, a, b);
}
template <class T>
Emit<T> operator|(Emit<T> a, Emit<T> b) {
  return detail::emit<Emit<T>>(LaneOp::or_, a, b);
}
template <class T>
Emit<T> operator^(Emit<T> a, Emit<T> b) {
  return detail::emit<Emit<T>>(LaneOp::xor_, a, b);
}
template <class T>
Emit<T> operator~(Emit<T> a) {
  return detail::emit<Emit<T>>(LaneOp::not_, a);
}
inline Emit<bool> operator!(Emit<bool> a) { return detail::emit<Emit<bool>>(LaneOp::not_, a); }
template <class T>
Emit<T> operator<<(Emit<T> a, Emit<T> b) {
  return detail::emit<Emit<T>>(LaneOp::shl, a, b);
}
template <class T>
Emit<T> operator>>(Emit<T> a, Emit<T> b) {
  return detail::emit<Emit<T>>(LaneOp::shr, a, b);
}
template <class U, class T>
Emit<U> bitcast(Emit<T> a) {
  return detail::emit<Emit<U>>(LaneOp::bitcast, a);
}
template <class U, class T>
Emit<U> convert(Emit<T> a) {
  if constexpr (std::is_same_v<U, T>) return a;
  else return detail::emit<Emit<U>>(LaneOp::convert, a);
}

}  // namespace brainpy::compiler::lane
