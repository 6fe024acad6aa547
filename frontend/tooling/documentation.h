// Comments at declarations: behind one on its last line, or in the lines above it.
// In: a place in a source. Out: the text, and the unit that it ends with.
#pragma once

#include <string>

#include "frontend/tooling/clang_headers.h"

namespace brainpy::tooling {

struct Documentation {
  std::string text;
  std::string unit;  ///< of `// membrane potential [mV]`: "mV"; empty: none
};

/// Of a declaration from `begin` to `end`. A comment that other declarations of the same line share is that of each.
Documentation documentation_of(clang::SourceLocation begin, clang::SourceLocation end,
                               const clang::SourceManager& sources);

}  // namespace brainpy::tooling
