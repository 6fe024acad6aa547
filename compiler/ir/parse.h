// IR text back to a program; the inverse of `print`. The grammar is that of the texts in tests/golden.
// In: text, and the file's name for messages. Out: a program that `verify` accepts, or a ParseError.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "compiler/ir/ir.h"

namespace brainpy::compiler::ir {

/// Reads one program. Result types are checked against what the operations infer. Lines that start with '#' are
/// comments; `# file:line in object` at the end of a line is the operation's place. A mistake is a ParseError with
/// line and column, what was found, what was expected, and a hint.
std::unique_ptr<Program> parse(std::string_view text, const std::string& file_name = "<text>");

}  // namespace brainpy::compiler::ir
