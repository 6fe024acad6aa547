// The program as text, one operation a line. What it prints, `parse` reads back.
// In: a program. Out: text for people (names, locations on request), or canonical text for the cache of compiled code.
#pragma once

#include <string>

#include "compiler/ir/ir.h"

namespace brainpy::compiler::ir {

struct PrintOptions {
  /// Each line ends in the user's place: `# ei_net.cpp:42 in EINet.E`.
  bool locations = false;
  /// Without anything that does not matter to compiled code: values are numbered, symbols are `@` and their index in
  /// `symbols`, the program is called main, no locations. Equal text means equal code.
  bool canonical = false;
};

/// Scalar `const` operations are shown where they are used. Value names are the hints, made unique.
std::string print(const Program& program, PrintOptions options = {});

/// One operation in one line, for messages; regions are shown as {...}. Values are named as `print` names them.
std::string print_op(const Op& op);

/// True for the operations that have no line of their own because they are shown where they are used.
bool is_inline_literal(const Op& op);

}  // namespace brainpy::compiler::ir
