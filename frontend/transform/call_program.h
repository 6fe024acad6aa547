// Calls a recorded program from the front end.
// In: a program without symbols, arguments. Out: its results; in a trace they are recorded.
#pragma once

#include "frontend/transform/trace.h"

namespace brainpy::transform {

/// In a trace the program's operations are appended to it. On a tape they are applied one by one, branches and loops as
/// the numbers decide. Without a trace the interpreter runs it.
std::vector<Array> call_program(const ir::Program& program, const std::vector<Array>& arguments, const Site& site);

}  // namespace brainpy::transform
