// A program as bytes, for telling whether two are the same in every respect: names and locations count too.
// In: a program. Out: a string, equal for equal programs only.
#pragma once

#include <string>

#include "compiler/ir/ir.h"

namespace brainpy::compiler::ir {

/// Faster than printing, and not for reading: it lives no longer than the process (operations are addresses in it).
std::string encode(const Program& program);

}  // namespace brainpy::compiler::ir
