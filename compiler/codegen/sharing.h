// Which values need no memory or no pass of their own, told from the program alone; place.h gives them their slots.
// In: a discharged program. Out: sets of its operations and values.
#pragma once

#include <cstdint>
#include <unordered_set>

#include "compiler/ir/ir.h"

namespace brainpy::compiler::codegen {

/// Operations whose result is a part of their operand's memory: a `reshape`, and a `slice` of neighbouring elements
/// that only computations read. Control flow copies what it carries as a whole, so a slice that it takes is copied.
std::unordered_set<const ir::Op*> aliases_of(const ir::Program& program);

/// Results of kernels that add to zeros (OpDef::adds_to_zeros) which one group in the same block reads, and nobody
/// else: it can leave zeros for the kernel's next call.
std::unordered_set<const ir::Value*> cleared_of(const ir::Program& program);

/// Where in its operand's memory the result of a `slice` begins, in bytes; -1 when its elements are not neighbours
/// there.
std::int64_t offset_of_slice(const ir::Op& op);

}  // namespace brainpy::compiler::codegen
