// What a failed kernel means to the user.
// In: the record that a kernel filled, the operation, its place. Out: the exception.
#pragma once

#include <string>

#include "compiler/ops/op_def.h"

namespace brainpy::compiler {

/// Throws the user error that belongs to the kind of failure.
[[noreturn]] void throw_kernel_error(const KernelError& error, const std::string& op, const Location& location);

}  // namespace brainpy::compiler
