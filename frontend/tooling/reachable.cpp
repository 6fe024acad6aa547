// The call graph of the user's own functions, from where recording begins.
#include "frontend/tooling/reachable.h"

#include "frontend/tooling/user_visitor.h"

namespace brainpy::tooling {

using namespace clang;

namespace {

const CXXRecordDecl* class_of(const FunctionDecl* function) {
  const auto* method = dyn_cast<CXXMethodDecl>(function);
  return method && !method->getParent()->isLambda() ? method->getParent() : nullptr;
}

/// "step()" for the class where recording begins and for free functions, "Stats::add()" for other classes.
std::string name_of(const FunctionDecl* function, const CXXRecordDecl* root_class) {
  const CXXRecordDecl* record = class_of(function);
  const std::string name = function->getNameAsString() + "()";
  return record && record != root_class ? record->getNameAsString() + "::" + name : name;
}

bool is_call_of(const Expr* expression, llvm::StringRef name) {
  const auto* call = dyn_cast<CallExpr>(expression->IgnoreParenImpCasts());
  const FunctionDecl* callee = call ? call->getDirectCallee() : nullptr;
  return callee && callee->getIdentifier() && callee->getName() == name && is_library(callee);
}

/// Functions of the library that record what they are given, wherever they stand.
bool records_its_arguments(const std::string& name) {
  return llvm::is_contained({"bp::jit", "bp::odeint", "bp::sdeint", "bp::fdeint"}, name);
}

/// `&Cell::update`, a function's name, a lambda.
const FunctionDecl* function_of(const Expr* argument) {
  if (const LambdaExpr* lambda = lambda_of(argument)) return lambda->getCallOperator();
  argument = plain(argument);
  if (const auto* address = dyn_cast<UnaryOperator>(argument); address && address->getOpcode() == UO_AddrOf)
    argument = plain(address->getSubExpr());
  const auto* name = dyn_cast<DeclRefExpr>(argument);
  return name ? dyn_cast<FunctionDecl>(name->getDecl()) : nullptr;
}

}  // namespace

/// Where recording begins, and which methods override which.
class RootFinder : public UserVisitor<RootFinder> {
 public:
  RootFinder(const SourceManager& sources, const UserFiles& files, Reachable& into)
      : UserVisitor(sources, files), into_(into) {}

  bool VisitCXXMethodDecl(CXXMethodDecl* method) {
    if (method->isDependentContext() || !method->doesThisDeclarationHaveABody()) return true;
    for (const CXXMethodDecl* base : method->overridden_methods())
      into_.overriders_[base->getCanonicalDecl()].push_back(method);
    if (method->getIdentifier() && method->getName() == "update" && is_model(method->getParent()))
      into_.add(method, "update()", nullptr, {});
    return true;
  }
  bool VisitCallExpr(CallExpr* call) {
    const FunctionDecl* callee = call->getDirectCallee();
    if (!callee) return true;
    const std::string name = library_name(callee);
    if (!records_its_arguments(name)) return true;
    for (const Expr* argument : call->arguments()) {
      const FunctionDecl* function = function_of(argument);
      if (!function) continue;
      const bool has_name = class_of(function) || !isa<CXXMethodDecl>(function);
      into_.add(function, has_name ? name_of(function, class_of(function)) : "the function of " + name, nullptr, {});
    }
    return true;
  }

 private:
  Reachable& into_;
};

/// The user's functions that a body names, called there or handed on.
class CallFinder : public RecordedVisitor<CallFinder> {
 public:
  CallFinder(const Reached& caller, Reachable& into) : caller_(caller), into_(into) {}

  bool VisitDeclRefExpr(DeclRefExpr* name) {
    if (const auto* function = dyn_cast<FunctionDecl>(name->getDecl())) add(function, name->getLocation());
    return true;
  }
  bool VisitMemberExpr(MemberExpr* member) {
    if (const auto* method = dyn_cast<CXXMethodDecl>(member->getMemberDecl())) {
      add(method, member->getMemberLoc());
      if (const auto it = into_.overriders_.find(method->getCanonicalDecl()); it != into_.overriders_.end())
        for (const CXXMethodDecl* overrider : it->second) add(overrider, member->getMemberLoc());
    }
    return true;
  }
  bool VisitLambdaExpr(LambdaExpr* lambda) {
    // Its body belongs to this one; a generic one has a body for each use.
    into_.seen_.emplace(lambda->getCallOperator(), &caller_);
    if (const FunctionTemplateDecl* generic = lambda->getLambdaClass()->getDependentLambdaCallOperator())
      for (const FunctionDecl* instance : generic->specializations()) add(instance, lambda->getBeginLoc());
    return true;
  }

 private:
  void add(const FunctionDecl* function, SourceLocation at) {
    into_.add(function, name_of(function, caller_.root_class), &caller_, at);
  }

  const Reached& caller_;
  Reachable& into_;
};

Reachable::Reachable(const ASTContext& context, const UserFiles& files) : files_(files) {
  RootFinder(context.getSourceManager(), files, *this).TraverseDecl(context.getTranslationUnitDecl());
  for (std::size_t i = 0; i < functions_.size(); ++i)
    CallFinder(functions_[i], *this).TraverseStmt(functions_[i].function->getBody());
}

void Reachable::add(const FunctionDecl* function, std::string name, const Reached* caller, SourceLocation at) {
  const FunctionDecl* definition = nullptr;
  if (!function->hasBody(definition) || !definition || definition->isDependentContext()) return;
  if (isa<CXXConstructorDecl, CXXDestructorDecl>(definition) || !files_.contains(definition->getLocation())) return;
  if (seen_.contains(definition)) return;
  functions_.push_back({.function = definition,
                        .name = std::move(name),
                        .caller = caller,
                        .called_at = at,
                        .root_class = caller ? caller->root_class : class_of(definition)});
  seen_.emplace(definition, &functions_.back());
}

std::string Reached::path() const { return caller ? caller->path() + " -> " + name : name; }

const Reached& Reached::first_call() const {
  const Reached* step = this;
  while (step->caller && step->caller->caller) step = step->caller;
  return *step;
}

const LambdaExpr* lambda_of(const Expr* expression) {
  expression = plain(expression);
  // Handed over by value: a copy or a move of it.
  while (const auto* made = dyn_cast<CXXConstructExpr>(expression)) {
    if (made->getNumArgs() != 1) return nullptr;
    expression = plain(made->getArg(0));
  }
  if (const auto* lambda = dyn_cast<LambdaExpr>(expression)) return lambda;
  const auto* name = dyn_cast<DeclRefExpr>(expression);
  const auto* variable = name ? dyn_cast<VarDecl>(name->getDecl()) : nullptr;
  const bool holds_lambda = variable && variable->getInit() && variable->getType()->getAsCXXRecordDecl() &&
                            variable->getType()->getAsCXXRecordDecl()->isLambda();
  return holds_lambda ? lambda_of(variable->getInit()) : nullptr;
}

std::string library_name(const FunctionDecl* function) {
  if (!function->getIdentifier() || !is_library(function)) return {};
  const auto* space = dyn_cast<NamespaceDecl>(function->getDeclContext()->getEnclosingNamespaceContext());
  const bool is_math = space && space->getIdentifier() && space->getName() == "math";
  return (is_math ? "bm::" : "bp::") + function->getNameAsString();
}

Guard guard_of(const IfStmt* statement) {
  const Expr* condition = statement->getCond()->IgnoreParenImpCasts();
  if (is_call_of(condition, "is_tracing")) return Guard::recording;
  const auto* negation = dyn_cast<UnaryOperator>(condition);
  const bool is_negated = negation && negation->getOpcode() == UO_LNot;
  return is_negated && is_call_of(negation->getSubExpr(), "is_tracing") ? Guard::not_recording : Guard::none;
}

bool always_leaves(const Stmt* arm) {
  if (const auto* block = dyn_cast<CompoundStmt>(arm)) return !block->body_empty() && always_leaves(block->body_back());
  if (const auto* value = dyn_cast<ExprWithCleanups>(arm)) return always_leaves(value->getSubExpr());
  return isa<ReturnStmt, CXXThrowExpr>(arm);
}

}  // namespace brainpy::tooling
