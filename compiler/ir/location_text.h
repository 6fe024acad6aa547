// Places as text: `ei_net.cpp:42 in EINet.update`, in the comment that ends an operation's line.
// In: a place. Out: text in one line, and back.
#pragma once

#include <string>
#include <string_view>

#include "runtime/error.h"

namespace brainpy::compiler::ir {

using runtime::Location;

/// Appends the place; control characters of a file's or object's name become blanks.
void append_location(std::string& text, const Location& location);

/// The place that a comment tells; an unknown one when the comment is something else.
Location parse_location(std::string_view comment);

/// Locations hold plain pointers, so names of files live as long as the process: this one's lasting copy.
const char* lasting_name(std::string_view name);

}  // namespace brainpy::compiler::ir
