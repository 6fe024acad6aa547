// What a single operation without regions may be replaced by.
// In: an operation, and a builder that stands right before it. Out: a value with the same bits (of -0.0 too; a NaN
// stays a NaN) that costs less, or nothing.
#pragma once

#include "compiler/ir/builder.h"
#include "compiler/ir/ir.h"

namespace brainpy::compiler::passes {

/// The value that replaces the operation's only result, or null. Identities, literals folded by the host kernels,
/// uniform arrays used as scalars. What had to be appended for it may simplify in turn.
ir::Value* simplified(const ir::Op& op, ir::Builder& build);

}  // namespace brainpy::compiler::passes
