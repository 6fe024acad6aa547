// The scalar language in which operations are written, once. A body is a template over lanes:
//   * Host<T>  computes at once: the interpreter's and the eager mode's kernel;
//   * Emit<T>  records the same computation through an Emitter: the code generator's scalar or vector instruction.
// Both have the same operators and functions, all exactly rounded (fma is explicit, nothing is contracted), so the two
// executions give the same bits.
// In: lanes of one element. Out: lanes. Bodies use `if constexpr` on lane::scalar<L>, select() on lane values.
#pragma once

#include <cstdint>
#include <type_traits>

#include "compiler/ops/emit_lane.h"
#include "compiler/ops/host_lane.h"

namespace brainpy::compiler::lane {

template <class T>
using BitsOf = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;

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

// What follows is for lanes of both kinds. A plain number beside a lane becomes a constant of the lane's type.

// --- arithmetic ----------------------------------------------------------------------------------

template <Lane L>
L operator+(L a, scalar<L> b) {
  return a + L(b);
}
template <Lane L>
L operator+(scalar<L> a, L b) {
  return L(a) + b;
}
template <Lane L>
L operator-(L a, scalar<L> b) {
  return a - L(b);
}
template <Lane L>
L operator-(scalar<L> a, L b) {
  return L(a) - b;
}
template <Lane L>
L operator*(L a, scalar<L> b) {
  return a * L(b);
}
template <Lane L>
L operator*(scalar<L> a, L b) {
  return L(a) * b;
}
template <Lane L>
L operator/(L a, scalar<L> b) {
  return a / L(b);
}
template <Lane L>
L operator/(scalar<L> a, L b) {
  return L(a) / b;
}

// --- exactly rounded functions -------------------------------------------------------------------

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

template <Lane L>
Bool<L> operator==(L a, scalar<L> b) {
  return a == L(b);
}
template <Lane L>
Bool<L> operator!=(L a, scalar<L> b) {
  return a != L(b);
}
template <Lane L>
Bool<L> operator<(L a, scalar<L> b) {
  return a < L(b);
}
template <Lane L>
Bool<L> operator<=(L a, scalar<L> b) {
  return a <= L(b);
}
template <Lane L>
Bool<L> operator>(L a, scalar<L> b) {
  return a > L(b);
}
template <Lane L>
Bool<L> operator>=(L a, scalar<L> b) {
  return a >= L(b);
}
template <Lane L>
L select(Bool<L> c, L a, scalar<L> b) {
  return select(c, a, L(b));
}
template <Lane L>
L select(Bool<L> c, scalar<L> a, L b) {
  return select(c, L(a), b);
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

template <Lane L>
L operator&(L a, scalar<L> b) {
  return a & L(b);
}
template <Lane L>
L operator|(L a, scalar<L> b) {
  return a | L(b);
}
template <Lane L>
L operator^(L a, scalar<L> b) {
  return a ^ L(b);
}
template <Lane L>
L operator<<(L a, int b) {
  return a << L(static_cast<scalar<L>>(b));
}
template <Lane L>
L operator>>(L a, int b) {
  return a >> L(static_cast<scalar<L>>(b));
}
template <Lane L>
Bool<L> is_nan(L a) {
  return a != a;
}

}  // namespace brainpy::compiler::lane
