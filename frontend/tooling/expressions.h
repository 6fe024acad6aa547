// Expressions that decide: `c ? a : b`, `a && b`, `a || b` on traced values.
// In: a syntax tree's expressions. Out: replacements; findings.
#pragma once

#include "frontend/tooling/finding.h"
#include "frontend/tooling/rewriter.h"

namespace brainpy::tooling {

/// True when the expression is replaced.
bool lower_expression(const clang::Expr* expression, const clang::ASTContext& context, Rewriter& rewriter,
                      Findings& findings);

/// A native variable that would hold a traced value: `double x = c ? 1.0 : 2.0`.
void refuse_native_holder(const clang::VarDecl* variable, Findings& findings);

}  // namespace brainpy::tooling
