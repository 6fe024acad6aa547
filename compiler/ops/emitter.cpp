#include "compiler/ops/emitter.h"

namespace brainpy::compiler {

Emitter*& Emitter::current() {
  thread_local Emitter* emitter = nullptr;
  return emitter;
}

EmitHandle emit_apply(LaneOp op, DType result, EmitHandle a, EmitHandle b, EmitHandle c) {
  return Emitter::current()->apply(op, result, a, b, c);
}

EmitHandle emit_constant(DType type, std::uint64_t bits) { return Emitter::current()->constant(type, bits); }
void emit_begin_rare(EmitHandle condition) { Emitter::current()->begin_rare(condition); }
EmitHandle emit_end_rare(EmitHandle slow, EmitHandle usual) { return Emitter::current()->end_rare(slow, usual); }
bool emit_has_instruction(LaneOp op, DType type) { return Emitter::current()->has_instruction(op, type); }

}  // namespace brainpy::compiler
