// Checks that a program is what every other room takes for granted. Run after each pass under BRAINPY_CHECK=1 and in
// tests.
// In: a program. Out: nothing, or an InternalError that prints the operation and says what is wrong.
#pragma once

#include "compiler/ir/ir.h"

namespace brainpy::compiler::ir {

/// Values are used where they are visible; types are what the operations infer; regions, yields, literals, symbols
/// and bindings are consistent; after discharge nothing is read or written by name. Linear in the program's size.
void verify(const Program& program);

}  // namespace brainpy::compiler::ir
