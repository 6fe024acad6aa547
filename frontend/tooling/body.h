// One function body or lambda: the rewriting of its control flow, as replacements of ranges.
// In: the body, its file's rewriter. Out: replacements; findings for what cannot be rewritten.
#pragma once

#include <map>
#include <string>

#include "frontend/tooling/control.h"
#include "frontend/tooling/finding.h"
#include "frontend/tooling/rewriter.h"

namespace brainpy::tooling {

class BodyLowering {
 public:
  BodyLowering(const clang::ASTContext& context, Rewriter& rewriter, const clang::FunctionDecl* function,
               const clang::Stmt* body, Findings& findings);

  /// Puts the replacements into the rewriter; false when nothing in this body changes.
  bool add_replacements();

 private:
  class Registrar;
  void add(const clang::Stmt* statement);
  void refuse(clang::SourceLocation at, std::string message);
  void refuse_macro(clang::SourceLocation at);
  bool refuse_forms(const clang::Stmt* construct);
  void refuse_exits();

  std::string print_if(const clang::IfStmt* s);
  std::string print_while(const clang::WhileStmt* s);
  std::string print_do(const clang::DoStmt* s);
  std::string print_for(const clang::ForStmt* s);
  std::string print_native_loop(const clang::Stmt* s);
  std::string print_exit(const clang::Stmt* s);
  std::string print_block(const clang::CompoundStmt* s);

  /// `[&] { ... }` around a statement that is the body of a branch or loop.
  std::string lambda_of(const clang::Stmt* s, const std::string& opening = {});
  /// "[&]() -> decltype(auto) { return (...); }" of a loop's condition, which its flags end too.
  std::string test_of(const clang::Stmt* loop);
  /// Declarations of the flags that belong to the loop, and of the one that each turn has anew.
  std::string loop_flags(const clang::Stmt* loop) const;
  std::string turn_flags(const clang::Stmt* loop) const;
  /// "broken1 || returned": the flags that keep the loop from another turn; empty if there are none.
  std::string ended(const clang::Stmt* loop) const;
  /// ", x, y, returned": what the statements assign. `loop`: they are a turn of it.
  std::string places(const std::vector<const clang::Stmt*>& statements, const clang::Stmt* loop = nullptr);
  std::string name_of(const Flag& flag) const;
  std::string any_of(const std::set<Flag>& flags) const;

  const clang::ASTContext& context_;
  Rewriter& rewriter_;
  const clang::FunctionDecl* function_;
  const clang::Stmt* body_;
  Findings& findings_;
  Control control_;
  std::map<const clang::Stmt*, int> loop_numbers_;
  std::map<const clang::Stmt*, std::string> openings_;  ///< what a block begins with
  std::string result_type_;
};

/// The type as it can be written anywhere: "::brainpy::math::Array"; empty when an early return cannot have it.
std::string result_type_text(clang::QualType type);

/// What the library's calls begin with.
inline constexpr const char* natural = "::brainpy::math::natural::";

}  // namespace brainpy::tooling
