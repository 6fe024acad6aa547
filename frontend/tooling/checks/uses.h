// How a value is used: whether a bm::Array, or a Variable, could stand there as well.
// In: expressions. Out: an answer for fixes, which must leave a file that compiles.
#pragma once

#include "frontend/tooling/checks/checks.h"

namespace brainpy::tooling {

/// Where this expression stands a bm::Array may stand: it is an operand of the library, directly or through arithmetic
/// that means the same on arrays. `state`: a member that becomes a Variable, to which it may be assigned.
bool takes_array(const clang::Expr* expression, clang::ASTContext& context, const clang::FieldDecl* state = nullptr);

/// The expression is a statement by itself.
bool is_statement(const clang::Expr* expression, clang::ASTContext& context);

/// Assigns, increments or calls the user's own code: must not run more or less often.
bool has_effects(const clang::Expr* expression);

/// What turns a member into a Variable of the same name: edits of its declaration and of each use; empty when a use
/// would not compile.
std::vector<clang::FixItHint> as_variable(const clang::FieldDecl* field, Search& search);

/// What turns a local Variable into a bm::Array; empty when a use needs a Variable.
std::vector<clang::FixItHint> as_array(const clang::VarDecl* variable, const Reached& reached, Search& search);

/// The range of a declaration's type as it is written, when no macro, `auto` or second declarator is involved.
std::optional<clang::SourceRange> type_range(const clang::DeclaratorDecl* declaration, const Search& search);

}  // namespace brainpy::tooling
