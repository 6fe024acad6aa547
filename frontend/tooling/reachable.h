// Which functions run while a model is recorded: update() of the models, what is given to bp::jit and to integrators,
// and whatever these call in the user's own files.
// In: a translation unit. Out: the functions, each with the way that leads to it; a walk over what is recorded of a
// body.
#pragma once

#include <deque>
#include <map>
#include <string>

#include "frontend/tooling/traced.h"

namespace brainpy::tooling {

/// A function that is recorded.
struct Reached {
  const clang::FunctionDecl* function;       ///< its definition; of a lambda the call operator
  std::string name;                          ///< "update()", "the function of bp::odeint"
  const Reached* caller = nullptr;           ///< null where recording begins
  clang::SourceLocation called_at;           ///< in the caller
  const clang::CXXRecordDecl* root_class{};  ///< the class of the method where recording begins

  /// The way as a user reads it: "update() -> step()".
  std::string path() const;
  /// The first step of the way; itself when recording begins here.
  const Reached& first_call() const;
};

class Reachable {
 public:
  Reachable(const clang::ASTContext& context, const UserFiles& files);

  /// Callers come before what they call.
  const std::deque<Reached>& functions() const { return functions_; }

 private:
  friend class RootFinder;
  friend class CallFinder;
  void add(const clang::FunctionDecl* function, std::string name, const Reached* caller, clang::SourceLocation at);

  const UserFiles& files_;
  std::deque<Reached> functions_;
  std::map<const clang::FunctionDecl*, const Reached*> seen_;
  std::map<const clang::CXXMethodDecl*, std::vector<const clang::CXXMethodDecl*>> overriders_;
};

/// The lambda that an expression is or that its variable was initialised with; null for others.
const clang::LambdaExpr* lambda_of(const clang::Expr* expression);

/// "bp::odeint", "bm::for_loop": a function of the library as users write it; empty for another one.
std::string library_name(const clang::FunctionDecl* function);

/// What the condition of an `if` says about recording: `bp::is_tracing()`, `!bp::is_tracing()`.
enum class Guard : std::uint8_t { none, recording, not_recording };
Guard guard_of(const clang::IfStmt* statement);
/// The arm always leaves: it ends with return or throw.
bool always_leaves(const clang::Stmt* arm);

/// A walk over what is recorded of a body: not what stands under `if (!bp::is_tracing())`.
template <class Derived>
class RecordedVisitor : public clang::RecursiveASTVisitor<Derived> {
 public:
  bool TraverseIfStmt(clang::IfStmt* s) {
    const Guard guard = guard_of(s);
    if (guard == Guard::none) return clang::RecursiveASTVisitor<Derived>::TraverseIfStmt(s);
    clang::Stmt* arm = guard == Guard::recording ? s->getThen() : s->getElse();
    return !arm || self().TraverseStmt(arm);
  }
  bool TraverseCompoundStmt(clang::CompoundStmt* s) {
    for (clang::Stmt* child : s->body()) {
      if (!self().TraverseStmt(child)) return false;
      const auto* choice = llvm::dyn_cast<clang::IfStmt>(child);
      if (choice && guard_of(choice) == Guard::recording && always_leaves(choice->getThen())) break;
    }
    return true;
  }

 private:
  Derived& self() { return static_cast<Derived&>(*this); }
};

}  // namespace brainpy::tooling
