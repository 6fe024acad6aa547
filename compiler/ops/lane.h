// The scalar language in which operations are written, once. A body is a template over lanes:
//   * Host<T>  computes at once: the interpreter's and the eager mode's kernel;
//   * Emit<T>  records the same computation through an Emitter: the code generator's scalar or vector instruction.
// Both have the same operators and functions, all exactly rounded (fma is explicit, nothing is contracted), so the two
// executions give the same bits.
// In: lanes of one element. Out: lanes. Bodies use `if constexpr` on lane::scalar<L>, select() on lane values.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "runtime/dtype.h"

namespace brainpy::compiler {

using runtime::DType;

/// The primitive instructions of the lane language; each is exactly defined on every input.
enum class LaneOp : std::uint8_t {
  add,
  sub,
  mul,
  div,
  rem,  // integers wrap; div and rem by zero give 0; float rem is not a primitive
  neg,
  abs,
  sqrt,
  floor,
  ceil,
  trunc,
  nearbyint,  // nearbyint: ties to even
  copysign,
  fma,
  eq,
  ne,
  lt,
  le,
  gt,
  ge,  // ordered: false on NaN, but ne is true
  and_,
  or_,
  xor_,
  not_,
  shl,
  shr,      // shr is arithmetic on signed integers; shift amounts below the width
  ldexp,    // a times 2 to the power b, rounded once; b is a float with a whole value of at most twice the bias
  select,   // select(bool, a, b)
  convert,  // to the result type; float to integer needs a value in range
  bitcast,  // f32<->i32/u32, f64<->i64/u64, same-width integers, key<->u64
};

/// An instruction's result, owned by the emitter.
using EmitHandle = void*;

/// What Emit lanes talk to; the code generator implements it over LLVM.
class Emitter {
 public:
  virtual ~Emitter() = default;
  /// A constant of the type, given by its bits.
  virtual EmitHandle constant(DType type, std::uint64_t bits) = 0;
  virtual EmitHandle apply(LaneOp op, DType result, EmitHandle a, EmitHandle b = nullptr, EmitHandle c = nullptr) = 0;
  /// What is emitted from here to end_rare runs only when an element of the bool lane is true.
  virtual void begin_rare(EmitHandle condition) = 0;
  /// The lane `slow` where the condition of the innermost begin_rare holds, else `usual`.
  virtual EmitHandle end_rare(EmitHandle slow, EmitHandle usual) = 0;
  /// True when one instruction of the processor does it.
  virtual bool has_instruction(LaneOp op, DType type) const = 0;

  /// The emitter of the body that is being emitted in this thread.
  static Emitter*& current();
};

/// Emitter::current()->apply(...), out of line: bodies have hundreds of these calls, and a small call each keeps the
/// time to compile the registry short.
EmitHandle emit_apply(LaneOp op, DType result, EmitHandle a, EmitHandle b, EmitHandle c);
EmitHandle emit_constant(DType type, std::uint64_t bits);
void emit_begin_rare(EmitHandle condition);
EmitHandle emit_end_rare(EmitHandle slow, EmitHandle usual);
bool emit_has_instruction(LaneOp op, DType type);

namespace lane {

template <class T>
using BitsOf = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;

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

template <class L>
struct IsLane : std::false_type {};
template <class T>
struct IsLane<Host<T>> : std::true_type {};
template <class T>
struct IsLane<Emit<T>> : std::true_type {};
template <class L>
concept Lane = IsLane<L>::value;

template <Lane L>
using scalar = typename L::Scalar;
/// The lane of the same kind (host or emit) with another element type.
template <class U, Lane L>
using with = typename L::template With<U>;
template <Lane L>
using Bool = with<bool, L>;
template <Lane L>
inline constexpr bool is_float = std::is_floating_point_v<scalar<L>>;
template <Lane L>
inline constexpr bool is_host = std::is_same_v<L, Host<scalar<L>>>;

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
requires detail::is_integer<T> Emit<T>
operator%(Emit<T> a, Emit<T> b) { return detail::emit<Emit<T>>(LaneOp::rem, a, b); }
template <class T>
Emit<T> operator-(Emit<T> a) {
  return detail::emit<Emit<T>>(LaneOp::neg, a);
}

/// A lane and a plain number: the number becomes a constant of the lane's type.
template <class L>
concept HasNumber = Lane<L>;
template <HasNumber L>
L operator+(L a, scalar<L> b) {
  return a + L(b);
}
template <HasNumber L>
L operator+(scalar<L> a, L b) {
  return L(a) + b;
}
template <HasNumber L>
L operator-(L a, scalar<L> b) {
  return a - L(b);
}
template <HasNumber L>
L operator-(scalar<L> a, L b) {
  return L(a) - b;
}
template <HasNumber L>
L operator*(L a, scalar<L> b) {
  return a * L(b);
}
template <HasNumber L>
L operator*(scalar<L> a, L b) {
  return L(a) * b;
}
template <HasNumber L>
L operator/(L a, scalar<L> b) {
  return a / L(b);
}
template <HasNumber L>
L operator/(scalar<L> a, L b) {
  return L(a) / b;
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

template <Lane L>
L fma(L a, L b, scalar<L> c) {
  return fma(a, b, L(c));
}
template <Lane L>
L fma(L a, scalar<L> b, L c) {
  return fma(a, L(b), c);
}
template <Lane L>
L fma(L a, scalar<L> b, scalar<L> c) {
  return fma(a, L(b), L(c));
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
template <HasNumber L>
Bool<L> operator==(L a, scalar<L> b) {
  return a == L(b);
}
template <HasNumber L>
Bool<L> operator!=(L a, scalar<L> b) {
  return a != L(b);
}
template <HasNumber L>
Bool<L> operator<(L a, scalar<L> b) {
  return a < L(b);
}
template <HasNumber L>
Bool<L> operator<=(L a, scalar<L> b) {
  return a <= L(b);
}
template <HasNumber L>
Bool<L> operator>(L a, scalar<L> b) {
  return a > L(b);
}
template <HasNumber L>
Bool<L> operator>=(L a, scalar<L> b) {
  return a >= L(b);
}

template <class T>
Host<T> select(Host<bool> c, Host<T> a, Host<T> b) {
  return c.v ? a.v : b.v;
}
template <class T>
Emit<T> select(Emit<bool> c, Emit<T> a, Emit<T> b) {
  return detail::emit<Emit<T>>(LaneOp::select, c, a, b);
}
template <Lane L>
L select(Bool<L> c, L a, scalar<L> b) {
  return select(c, a, L(b));
}
template <Lane L>
L select(Bool<L> c, scalar<L> a, L b) {
  return select(c, L(a), b);
}

/// `slow()` where `rare` holds, else `usual`: for the cases that hardly ever come (overflow, a denormal number).
/// Compiled code branches around them, so that they cost time only in a vector that has one.
template <class T, class Slow>
Host<T> rarely(Host<bool> rare, Slow slow, Host<T> usual) {
  return rare.v ? slow() : usual;
}
template <class T, class Slow>
Emit<T> rarely(Emit<bool> rare, Slow slow, Emit<T> usual) {
  emit_begin_rare(rare.v);
  const Emit<T> value = slow();
  return Emit<T>(Emitted{emit_end_rare(value.v, usual.v)});
}

/// True when compiled code has one instruction for value * 2^n; then `ldexp` is it.
template <Lane L>
bool has_ldexp() {
  if constexpr (is_host<L>) return false;
  else return emit_has_instruction(LaneOp::ldexp, runtime::dtype_of<scalar<L>>);
}
/// Only where has_ldexp() holds.
template <Lane L>
L ldexp(L value, L power) {
  if constexpr (is_host<L>) return value;
  else return detail::emit<L>(LaneOp::ldexp, value, power);
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
template <HasNumber L>
L operator&(L a, scalar<L> b) {
  return a & L(b);
}
template <HasNumber L>
L operator|(L a, scalar<L> b) {
  return a | L(b);
}
template <HasNumber L>
L operator^(L a, scalar<L> b) {
  return a ^ L(b);
}
template <HasNumber L>
L operator<<(L a, int b) {
  return a << L(static_cast<scalar<L>>(b));
}
template <HasNumber L>
L operator>>(L a, int b) {
  return a >> L(static_cast<scalar<L>>(b));
}

/// The same bits as another type of the same width.
template <class U, class T>
Host<U> bitcast(Host<T> a) {
  return std::bit_cast<U>(a.v);
}
template <class U, class T>
Emit<U> bitcast(Emit<T> a) {
  return detail::emit<Emit<U>>(LaneOp::bitcast, a);
}

/// Number conversion. Float to integer truncates and needs a value in the integer's range (see ops: `astype` clamps).
template <class U, class T>
Host<U> convert(Host<T> a) {
  return static_cast<U>(a.v);
}
template <class U, class T>
Emit<U> convert(Emit<T> a) {
  if constexpr (std::is_same_v<U, T>) return a;
  else return detail::emit<Emit<U>>(LaneOp::convert, a);
}

template <Lane L>
Bool<L> is_nan(L a) {
  return a != a;
}

}  // namespace lane
}  // namespace brainpy::compiler
