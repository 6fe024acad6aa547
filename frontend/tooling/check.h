// Checks: what compiles, or nearly so, and still goes wrong once a model is recorded.
// In: the syntax tree of a source. Out: findings, most of them with a fix.
#pragma once

#include "frontend/tooling/finding.h"

namespace brainpy::tooling {

struct CheckOptions {
  bool natural = false;      ///< the file goes through `lower`: native control flow on traced values is welcome
  bool only_errors = false;  ///< no warnings
};

/// All findings in the user's own files, sorted by place, without those that a comment `// brainpy: ignore NAME`
/// silences.
Findings check(clang::ASTUnit& unit, const CheckOptions& options);

}  // namespace brainpy::tooling
