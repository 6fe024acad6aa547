#include "compiler/ops/lane.h"

namespace brainpy::compiler {

Emitter*& Emitter::current() {
  thread_local Emitter* emitter = nullptr;
  return emitter;
}

EmitHandle emit_apply(LaneOp op, DType result, EmitHandle a, EmitHandle b, EmitHandle c) {
  return Emitter::current()->apply(op, result, a, b, c);
}

EmitHandle emit_constant(DType type, std::uint64_t bits) { return Emitter::current()->constant(type, bits); }

}  // namespace brainpy::compiler
