// The primitive instructions of the lane language (lane.h), and who is told of them when a body is recorded.
// In: instructions with handles of earlier results. Out: handles of their results; what these are is the emitter's.
#pragma once

#include <cstdint>

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

}  // namespace brainpy::compiler
