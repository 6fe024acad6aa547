// Natural control flow becomes calls of the library's control flow (frontend/transform/natural.hpp), line for line.
// In: the syntax tree of a source that was parsed with BRAINPY_SOURCE_TOOL. Out: the texts that a compiler gets
// instead.
#pragma once

#include <string>
#include <vector>

#include "frontend/tooling/finding.h"

namespace brainpy::tooling {

struct LowerOptions {
  /// Where rewritten headers will be: includes of them name this folder.
  std::string header_folder;
};

struct LoweredHeader {
  std::string original;  ///< absolute path
  std::string path;      ///< in the header folder
  std::string text;
};

struct Lowered {
  /// What cannot be lowered; then there is no text.
  Findings findings;
  /// The main file: begins with `#line 1 "FILE"`, then has the original's lines.
  std::string text;
  /// Headers of the project that had to be rewritten.
  std::vector<LoweredHeader> headers;
  /// Every file that was read, the main one first: absolute paths.
  std::vector<std::string> dependencies;
  /// For each function that was rewritten: its name, its text before and after.
  struct Change {
    std::string function, before, after;
  };
  std::vector<Change> changes;
};

Lowered lower(clang::ASTUnit& unit, const LowerOptions& options);

}  // namespace brainpy::tooling
