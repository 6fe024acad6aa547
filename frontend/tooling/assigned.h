// What a piece of code changes that was there before it: local arrays, which the rewritten code carries, and everything
// else, which it cannot carry and the tool refuses.
// In: statements of one function. Out: the local arrays to carry, as text; findings.
#pragma once

#include <string>
#include <vector>

#include "frontend/tooling/finding.h"

namespace brainpy::tooling {

struct Assigned {
  std::vector<std::string> places;  ///< in the order of their declarations: "x", "state.u"
  Findings findings;
};

/// What the statements change under a traced condition.
Assigned assigned_in(const std::vector<const clang::Stmt*>& statements, const clang::ASTContext& context);

/// The expression calls code of the user's: it may assign Variables or loop.
bool calls_user_code(const clang::Expr* expression);

}  // namespace brainpy::tooling
