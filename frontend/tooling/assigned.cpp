// Assignments under a traced condition: which can be carried, which are refused.
#include "frontend/tooling/assigned.h"

#include <map>
#include <set>

#include "frontend/tooling/traced.h"

namespace brainpy::tooling {

using namespace clang;

namespace {

/// Where an lvalue lives: a local declaration, with the members between ("state.u"), or something else.
struct Root {
  const ValueDecl* declaration = nullptr;
  std::string path;  ///< the text that names it, for a local
  bool is_member = false;
};

Root root_of(const Expr* e) {
  e = plain(e);
  if (const auto* name = dyn_cast<DeclRefExpr>(e)) return {name->getDecl(), name->getDecl()->getNameAsString(), false};
  if (const auto* member = dyn_cast<MemberExpr>(e)) {
    const Expr* base = plain(member->getBase());
    if (isa<CXXThisExpr>(base)) return {member->getMemberDecl(), {}, true};
    if (member->isArrow()) return {};
    Root root = root_of(base);
    if (root.declaration && !root.is_member) root.path += "." + member->getMemberDecl()->getNameAsString();
    return root;
  }
  return {};
}

/// A function's own declaration (a parameter, a local, a structured binding), not a static one.
bool is_local(const ValueDecl* d) {
  if (const auto* variable = dyn_cast<VarDecl>(d)) return variable->hasLocalStorage();
  return isa<BindingDecl>(d);
}

bool is_reference(const ValueDecl* d) { return d->getType()->isReferenceType(); }

bool in_std(const Decl* d) {
  const auto* context = d->getDeclContext()->getEnclosingNamespaceContext();
  for (const DeclContext* c = context; c; c = c->getParent())
    if (const auto* space = dyn_cast<NamespaceDecl>(c); space && space->isStdNamespace()) return true;
  return false;
}

/// std::function and the like: what it refers to is not seen here.
bool is_opaque_callable(QualType type) {
  const auto* record = type.getNonReferenceType()->getAsCXXRecordDecl();
  if (!record || !in_std(record) || !record->getIdentifier()) return false;
  return record->getName() == "function" || record->getName() == "move_only_function";
}

const LambdaExpr* lambda_behind(const ValueDecl* d) {
  const auto* variable = dyn_cast<VarDecl>(d);
  if (!variable || !variable->getInit()) return nullptr;
  const Expr* init = plain(variable->getInit());
  if (const auto* made = dyn_cast<CXXConstructExpr>(init); made && made->getNumArgs() == 1)
    init = plain(made->getArg(0));
  return dyn_cast<LambdaExpr>(init);
}

class Walker : public RecursiveASTVisitor<Walker> {
 public:
  explicit Walker(const SourceManager& sources) : sources_(sources) {}

  std::map<std::pair<unsigned, std::string>, std::string> places;  // by declaration
  Findings findings;

  void walk(const std::vector<const Stmt*>& statements) {
    for (const Stmt* s : statements) TraverseStmt(const_cast<Stmt*>(s));
  }

  bool VisitVarDecl(VarDecl* d) { return declared_.insert(d), true; }
  bool VisitBindingDecl(BindingDecl* d) { return declared_.insert(d), true; }

  bool VisitBinaryOperator(BinaryOperator* op) {
    if (op->isAssignmentOp()) native(op->getLHS(), op->getOperatorLoc());
    return true;
  }
  bool VisitUnaryOperator(UnaryOperator* op) {
    if (op->isIncrementDecrementOp()) native(op->getSubExpr(), op->getOperatorLoc());
    return true;
  }
  bool VisitCXXOperatorCallExpr(CXXOperatorCallExpr* call) {
    if (call->isAssignmentOp() && call->getNumArgs() == 2) {
      changed(call->getArg(0), call->getOperatorLoc());
      return true;
    }
    const auto* method = dyn_cast_or_null<CXXMethodDecl>(call->getDirectCallee());
    if (call->getOperator() == OO_Call) called(call->getArg(0), call->getBeginLoc());
    if (method && !method->isStatic() && !method->isConst() && call->getNumArgs() > 0)
      object_changed(call->getArg(0), method, call->getOperatorLoc());
    return arguments(call);
  }
  bool VisitCXXMemberCallExpr(CXXMemberCallExpr* call) {
    const CXXMethodDecl* method = call->getMethodDecl();
    if (method && !method->isConst() && !method->isStatic())
      object_changed(call->getImplicitObjectArgument(), method, call->getExprLoc());
    return arguments(call);
  }
  bool VisitCallExpr(CallExpr* call) {
    return isa<CXXOperatorCallExpr, CXXMemberCallExpr>(call) ? true : arguments(call);
  }
  bool VisitDeclRefExpr(DeclRefExpr* name) {
    // A lambda that is used here runs here: what it assigns is assigned here.
    const LambdaExpr* lambda = lambda_behind(name->getDecl());
    if (!lambda) return true;
    if (lambda->isMutable())
      refuse(name->getLocation(), "the lambda " + quoted(name) +
                                      " is 'mutable': what it changes in itself under a traced condition is lost; "
                                      "capture by reference");
    if (!entered_.insert(lambda).second) return true;
    // Its parameters are its own.
    const auto parameters = lambda->getCallOperator()->parameters();
    declared_.insert(parameters.begin(), parameters.end());
    return TraverseStmt(lambda->getBody());
  }
  bool TraverseLambdaExpr(LambdaExpr* lambda) {
    entered_.insert(lambda);
    return RecursiveASTVisitor::TraverseLambdaExpr(lambda);
  }
  bool VisitCXXThrowExpr(CXXThrowExpr* e) {
    return refuse(e->getThrowLoc(),
                  "'throw' under a traced condition would be thrown while recording; use bm::check, which looks at the "
                  "values when the program runs");
  }
  bool VisitCXXTryStmt(CXXTryStmt* s) {
    return refuse(s->getTryLoc(),
                  "'try' under a traced condition is not supported: nothing is thrown when the compiled program runs");
  }
  bool VisitGotoStmt(GotoStmt* s) {
    return refuse(s->getGotoLoc(),
                  "'goto' under a traced condition is not supported; use a loop with break or continue");
  }
  bool VisitLabelStmt(LabelStmt* s) {
    return refuse(s->getIdentLoc(),
                  "a label under a traced condition is not supported; use a loop with break or continue");
  }
  bool VisitCoroutineBodyStmt(CoroutineBodyStmt* s) {
    return refuse(s->getBeginLoc(), "a coroutine under a traced condition is not supported");
  }
  bool VisitCoawaitExpr(CoawaitExpr* e) {
    return refuse(e->getBeginLoc(), "'co_await' under a traced condition is not supported");
  }
  bool VisitCoyieldExpr(CoyieldExpr* e) {
    return refuse(e->getBeginLoc(), "'co_yield' under a traced condition is not supported");
  }

 private:
  bool refuse(SourceLocation at, std::string message) {
    findings.push_back({.check = "lower", .at = sources_.getExpansionLoc(at), .message = std::move(message)});
    return true;
  }

  bool is_inside(const ValueDecl* d) const { return declared_.contains(d); }

  static std::string quoted(const Expr* e) {
    const Root root = root_of(e);
    return root.declaration ? "'" + root.declaration->getNameAsString() + "'"
                            : "an element or what a pointer refers to";
  }

  /// A native variable changes.
  void native(const Expr* target, SourceLocation at) {
    if (target->isTypeDependent()) return;
    if (is_traced(target->getType())) return changed(target, at);
    const Root root = root_of(target);
    if (root.declaration && !root.is_member && is_inside(root.declaration) && !is_reference(root.declaration)) return;
    const std::string type = target->getType().getUnqualifiedType().getAsString();
    Finding finding{.check = "lower", .at = sources_.getExpansionLoc(at)};
    if (root.declaration && !root.is_member && is_local(root.declaration) && !is_reference(root.declaration)) {
      finding.message =
          "native '" + type + "' " + quoted(target) +
          " is changed under a traced condition, but its value is fixed while recording; declare it as bm::Array";
      if (const auto* variable = dyn_cast<VarDecl>(root.declaration);
          variable && variable->getTypeSourceInfo() && !variable->isInitCapture()) {
        Remark remark{.at = variable->getLocation(), .message = "declared here"};
        const TypeLoc written = variable->getTypeSourceInfo()->getTypeLoc();
        if (target->getType()->isArithmeticType() && !written.getBeginLoc().isMacroID() && !isa<ParmVarDecl>(variable))
          remark.fixes.push_back(FixItHint::CreateReplacement(written.getSourceRange(), "bm::Array"));
        finding.notes.push_back(std::move(remark));
      }
    } else {
      finding.message = (root.is_member ? "member " : "") + quoted(target) + " of type '" + type +
                        "' is changed under a traced condition: the change would happen while recording, whatever the "
                        "condition is; make it a bm::Variable";
    }
    findings.push_back(std::move(finding));
  }

  /// An lvalue of a class type is assigned.
  void changed(const Expr* target, SourceLocation at) {
    target = plain(target);
    const QualType type = target->getType();
    if (target->isTypeDependent()) return;
    if (is_traced(type) && !is_array(type)) return;  // Variables know by themselves
    if (const auto* choice = dyn_cast<ConditionalOperator>(target)) {
      changed(choice->getTrueExpr(), at);
      changed(choice->getFalseExpr(), at);
      return;
    }
    const Root root = root_of(target);
    if (root.is_member) {
      refuse(at, "member '" + root.declaration->getNameAsString() +
                     "' is assigned under a traced condition, but is not state; make it a bm::Variable");
    } else if (!root.declaration) {
      refuse(at,
             "an element of a container, or what a pointer refers to, is assigned under a traced condition; assign a "
             "local bm::Array and store it afterwards");
    } else if (!is_local(root.declaration)) {
      refuse(at, "'" + root.declaration->getNameAsString() +
                     "' outlives the function and is assigned under a traced condition; make it a bm::Variable");
    } else if (is_inside(root.declaration)) {
      if (!is_reference(root.declaration)) return;
      const auto* variable = dyn_cast<VarDecl>(root.declaration);
      if (variable && variable->getInit()) changed(variable->getInit(), at);
      else
        refuse(at, "what the reference '" + root.declaration->getNameAsString() +
                       "' refers to is assigned under a "
                       "traced condition; assign the local bm::Array itself");
    } else if (is_array(type) || is_list_of_arrays(type)) {
      add(root);
    } else {
      refuse(at, "'" + root.declaration->getNameAsString() + "' of type '" + type.getUnqualifiedType().getAsString() +
                     "' is changed under a traced condition; keep its arrays in local bm::Array variables");
    }
  }

  static bool is_list_of_arrays(QualType type) {
    const auto* special =
        dyn_cast_or_null<ClassTemplateSpecializationDecl>(type.getNonReferenceType()->getAsCXXRecordDecl());
    if (!special || !in_std(special) || (special->getName() != "tuple" && special->getName() != "pair")) return false;
    for (const TemplateArgument& argument : special->getTemplateArgs().asArray()) {
      if (argument.getKind() == TemplateArgument::Pack) {
        for (const TemplateArgument& part : argument.pack_elements())
          if (!is_array(part.getAsType()) && !is_list_of_arrays(part.getAsType())) return false;
      } else if (argument.getKind() != TemplateArgument::Type ||
                 (!is_array(argument.getAsType()) && !is_list_of_arrays(argument.getAsType()))) {
        return false;
      }
    }
    return true;
  }

  void add(const Root& root) {
    places[{sources_.getFileOffset(root.declaration->getLocation()), root.path}] = root.path;
  }

  /// A method that may change its object is called.
  void object_changed(const Expr* object, const CXXMethodDecl* method, SourceLocation at) {
    const CXXRecordDecl* record = method->getParent();
    // The library's objects keep their state in Variables; so do models. Lambdas are looked into where they are used.
    if (is_library(record) || is_model(record) || record->isLambda() || is_opaque_callable(object->getType())) return;
    // Access to an element of a container changes nothing yet.
    if (in_std(record) &&
        (method->getOverloadedOperator() == OO_Subscript || !method->getIdentifier() ||
         llvm::is_contained({"at", "begin", "end", "front", "back", "data", "find"}, method->getName())))
      return;
    const Root root = root_of(object);
    if (root.declaration && !root.is_member && is_inside(root.declaration) && !is_reference(root.declaration)) return;
    refuse(at, quoted(object) + " is changed by '" + method->getNameAsString() +
                   "' under a traced condition: the change would happen while recording, whatever the condition is");
  }

  void called(const Expr* callee, SourceLocation at) {
    if (!is_opaque_callable(callee->getType())) return;
    const Root root = root_of(callee);
    if (root.declaration && is_inside(root.declaration)) return;
    refuse(at, quoted(callee) +
                   " is called under a traced condition, and what it assigns cannot be seen here; call it "
                   "before, or use a lambda of this function");
  }

  bool arguments(CallExpr* call) {
    const FunctionDecl* callee = call->getDirectCallee();
    if (!callee) return true;
    const unsigned shift = isa<CXXOperatorCallExpr>(call) && isa<CXXMethodDecl>(callee) ? 1 : 0;
    for (unsigned i = shift; i < call->getNumArgs(); ++i) {
      if (i - shift >= callee->getNumParams()) break;
      const QualType type = callee->getParamDecl(i - shift)->getType();
      const bool writes = type->isLValueReferenceType() && !type->getPointeeType().isConstQualified();
      if (!writes) continue;
      const Expr* argument = call->getArg(i);
      if (is_traced(type)) changed(argument, argument->getExprLoc());
      else if (type->getPointeeType()->isArithmeticType()) native(argument, argument->getExprLoc());
      else if (const auto* record = type->getPointeeType()->getAsCXXRecordDecl();
               record && !is_library(record) && !is_model(record) && !record->isLambda() && !is_opaque_callable(type))
        passed(argument, callee);
    }
    return true;
  }

  void passed(const Expr* argument, const FunctionDecl* callee) {
    const Root root = root_of(argument);
    if (root.declaration && !root.is_member && is_inside(root.declaration) && !is_reference(root.declaration)) return;
    if (isa<CXXTemporaryObjectExpr, LambdaExpr>(plain(argument)) || !plain(argument)->isLValue()) return;
    if (is_list_of_arrays(argument->getType())) return changed(argument, argument->getExprLoc());
    refuse(argument->getExprLoc(), quoted(argument) + " may be changed by '" + callee->getNameAsString() +
                                       "' under a traced condition; pass it by value or const reference");
  }

  const SourceManager& sources_;
  std::set<const Decl*> declared_;
  std::set<const LambdaExpr*> entered_;
};

}  // namespace

Assigned assigned_in(const std::vector<const Stmt*>& statements, const ASTContext& context) {
  Walker walker(context.getSourceManager());
  walker.walk(statements);
  Assigned result;
  for (const auto& [declaration, place] : walker.places) result.places.push_back(place);
  result.findings = std::move(walker.findings);
  return result;
}

bool calls_user_code(const Expr* expression) {
  struct Finder : RecursiveASTVisitor<Finder> {
    bool found = false;
    bool VisitCallExpr(CallExpr* call) {
      const FunctionDecl* callee = call->getDirectCallee();
      const bool known = callee && (is_library(callee) || in_std(callee));
      // An integrator calls the user's derivative; a random number moves a key on.
      const auto* method = dyn_cast_or_null<CXXMethodDecl>(callee);
      const bool changes =
          method && !method->isConst() && !method->isStatic() && !is_traced(type_of(method->getParent()));
      found = found || !known || changes;
      return !found;
    }
  } finder;
  finder.TraverseStmt(const_cast<Expr*>(expression));
  return finder.found;
}

}  // namespace brainpy::tooling
