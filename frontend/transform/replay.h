// A function of arrays recorded as a program of its own, whatever goes on around it: derivatives are made from that
// program and then computed, recorded in the enclosing trace, or both (on a tape).
// In: a function and its arguments; a straight or branching program made from it. Out: a program; arrays.
#pragma once

#include <memory>

#include "compiler/ir/ir.h"
#include "frontend/transform/structure.hpp"

namespace brainpy::transform {

/// True where operations compute at once: eagerly or on a tape.
bool computes_at_once();

struct RecordedPart {
  std::unique_ptr<compiler::ir::Program> program;
  Arrays captured;  ///< what the function used from outside: parameters behind those of its arguments
  Arrays results;   ///< their numbers, where operations compute at once; else empty
};

/// Calls the function on recorded arguments. Eagerly this keeps a tape, so that the function may look at its numbers;
/// where it met loops or branches, it is called a second time and recorded with them, so that its derivative has the
/// same bits as in a compiled program. A function that cannot be recorded so (it asks for numbers) keeps its tape.
/// Assigning a Variable inside is a TraceError.
RecordedPart record_part(const Function& function, const Arrays& arguments, const math::Site& site);

/// Applies a program without Variables: computes it, or puts its operations into the current trace.
Arrays apply_program(const compiler::ir::Program& program, const Arrays& arguments, const math::Site& site);

}  // namespace brainpy::transform
