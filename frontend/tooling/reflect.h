// Tables of the members of model classes (frontend/object/reflection.hpp), as a text to put behind their source.
// In: the syntax tree of a source. Out: C++; what cannot be in a table.
#pragma once

#include <string>

#include "frontend/tooling/finding.h"

namespace brainpy::tooling {

struct Reflected {
  std::string text;  ///< begins with a #line of its own; empty when the source has no models
  Findings findings;
};

/// Of the classes in the user's files that derive from bp::BrainPyObject: in namespaces, within classes, and class
/// templates as far as they are instantiated. `private` members too. A class inside a function has no name outside: one
/// with plain Variables is an error.
Reflected reflect(clang::ASTUnit& unit);

}  // namespace brainpy::tooling
