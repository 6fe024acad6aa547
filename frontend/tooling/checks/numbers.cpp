// concretize, traced-output, variable-truth: C++ that asks a traced value for a number, a text or a truth value.
#include <set>

#include <fmt/format.h>

#include "frontend/tooling/checks/uses.h"

namespace brainpy::tooling {

using namespace clang;

namespace {

llvm::StringRef name_of(const FunctionDecl* function) {
  return function && function->getIdentifier() ? function->getName() : llvm::StringRef();
}

/// In namespace std, fmt, or another one of this name.
bool is_in(const Decl* d, llvm::StringRef space_name) {
  for (const DeclContext* c = d->getDeclContext(); c; c = c->getParent())
    if (const auto* space = dyn_cast<NamespaceDecl>(c);
        space && space->getIdentifier() && space->getName() == space_name)
      return true;
  return false;
}

// --- concretize ----------------------------------------------------------------------------------

class Numbers : public RecordedSearch<Numbers> {
 public:
  using RecordedSearch::RecordedSearch;

  void begin() {
    declared_.clear();
    for (const ParmVarDecl* p : reached_->function->parameters()) declared_.insert(p);
  }
  bool VisitVarDecl(VarDecl* d) { return declared_.insert(d), true; }
  bool VisitBindingDecl(BindingDecl* d) { return declared_.insert(d), true; }
  bool VisitCXXMemberCallExpr(CXXMemberCallExpr* call) {
    const CXXMethodDecl* method = call->getMethodDecl();
    if (!method || !llvm::is_contained({"item", "to_vector", "tensor"}, name_of(method))) return true;
    const Expr* object = call->getImplicitObjectArgument();
    if (!is_traced(object->IgnoreImpCasts()->getType()) || is_concrete(plain(object))) return true;
    search_
        .add(concretize, *reached_, call->getExprLoc(),
             fmt::format("'.{}()' asks a traced value for its number, which it has not yet; stay with arrays: "
                         "bm::where, bm::ifelse, bm::while_loop",
                         name_of(method).str()))
        .ranges.push_back(object->getSourceRange());
    return true;
  }

 private:
  /// A constant array that was made before: a member, a global, a variable outside of the recorded lambda.
  bool is_concrete(const Expr* object) const {
    if (!is_array(object->getType())) return false;
    if (const auto* member = dyn_cast<MemberExpr>(object)) {
      const auto* owner = dyn_cast<DeclRefExpr>(plain(member->getBase()));
      return !owner || !declared_.contains(owner->getDecl()) || owner->getType()->getAsCXXRecordDecl() == nullptr ||
             is_model(owner->getType()->getAsCXXRecordDecl());
    }
    const auto* name = dyn_cast<DeclRefExpr>(object);
    return name && !declared_.contains(name->getDecl());
  }

  std::set<const Decl*> declared_;
};

// --- traced-output -------------------------------------------------------------------------------

class Output : public RecordedSearch<Output> {
 public:
  using RecordedSearch::RecordedSearch;

  bool VisitCallExpr(CallExpr* call) {
    const FunctionDecl* callee = call->getDirectCallee();
    if (!callee) return true;
    const bool prints =
        llvm::is_contained({"print", "println", "printf", "fprintf", "puts", "fputs"}, name_of(callee)) &&
        !is_library(callee);
    const auto* op = dyn_cast<CXXOperatorCallExpr>(call);
    const bool streams = op && op->getOperator() == OO_LessLess && op->getNumArgs() == 2 && is_in(callee, "std") &&
                         !reported_.contains(op);
    if (!prints && !streams) return true;
    if (streams) note_chain(op);
    for (const Expr* argument : call->arguments()) {
      const Expr* shown = traced_in(argument);
      if (!shown) continue;
      report(call, shown, prints ? callee->getQualifiedNameAsString() : "<<");
      break;
    }
    return true;
  }

 private:
  /// `out << a << b` is one statement.
  void note_chain(const CXXOperatorCallExpr* op) {
    for (const Expr* left = op; left;) {
      reported_.insert(left);
      const auto* call = dyn_cast<CXXOperatorCallExpr>(plain(left));
      left = call && call->getOperator() == OO_LessLess ? plain(call->getArg(0)) : nullptr;
    }
  }

  /// A traced value whose text the argument shows: itself, formatted, .to_string().
  static const Expr* traced_in(const Expr* argument) {
    struct Finder : RecursiveASTVisitor<Finder> {
      const Expr* found = nullptr;
      bool TraverseLambdaExpr(LambdaExpr*) { return true; }
      bool VisitExpr(Expr* e) { return !is_traced(e->getType()) || !(found = plain(e)); }
      bool TraverseCXXMemberCallExpr(CXXMemberCallExpr* call) {
        // V.shape() and V.item<double>() are no traced values.
        if (is_traced(call->getImplicitObjectArgument()->IgnoreImpCasts()->getType()) && !is_traced(call->getType()))
          return name_of(call->getMethodDecl()) != "to_string" || !(found = call);
        return RecursiveASTVisitor::TraverseCXXMemberCallExpr(call);
      }
    } finder;
    finder.TraverseStmt(const_cast<Expr*>(argument));
    return finder.found;
  }

  void report(const CallExpr* call, const Expr* shown, llvm::StringRef by) {
    Finding& finding = search_.add(
        traced_output, *reached_, call->getExprLoc(),
        fmt::format("'{}' shows a traced value, once, while recording, and only its type; monitor it with a runner, or "
                    "print it in eager runs only",
                    by.str()));
    finding.ranges.push_back(shown->getSourceRange());
    if (!begin_of(call).isMacroID() && is_statement(call, search_.context))
      finding.fixes.push_back(
          FixItHint::CreateInsertion(begin_of(call), fmt::format("if (!{}is_tracing()) ", search_.bp)));
  }

  std::set<const Expr*> reported_;
};

// --- variable-truth ------------------------------------------------------------------------------

/// The conversion of a traced value to bool in an expression of the user's.
const Expr* converted(const CXXMemberCallExpr* call) {
  if (!isa_and_nonnull<CXXConversionDecl>(call->getMethodDecl()) || !call->getType()->isBooleanType()) return nullptr;
  const Expr* object = call->getImplicitObjectArgument()->IgnoreParenImpCasts();
  return is_traced(object->getType()) ? object : nullptr;
}

class Truths : public UserSearch<Truths> {
 public:
  using UserSearch::UserSearch;

  /// As converted, not as written only: `bool same{V == W}`.
  bool TraverseInitListExpr(InitListExpr* list) {
    const InitListExpr* converted = list->isSemanticForm() ? list : list->getSemanticForm();
    for (Expr* part : (converted ? converted : list)->inits())
      if (!TraverseStmt(part)) return false;
    return true;
  }
  bool VisitIfStmt(IfStmt* s) { return condition(s->getCond()); }
  bool VisitWhileStmt(WhileStmt* s) { return condition(s->getCond()); }
  bool VisitDoStmt(DoStmt* s) { return condition(s->getCond()); }
  bool VisitForStmt(ForStmt* s) { return condition(s->getCond()); }
  bool VisitBinaryOperator(BinaryOperator* op) {
    return !op->isLogicalOp() || (condition(op->getLHS()) && condition(op->getRHS()));
  }
  bool VisitConditionalOperator(ConditionalOperator* choice) {
    const SourceLocation at = choice->getQuestionLoc();
    const bool is_assertion = at.isMacroID() && search_.sources.isInSystemMacro(at);
    return is_assertion || condition(choice->getCond());
  }
  bool VisitCXXMemberCallExpr(CXXMemberCallExpr* call) {
    const Expr* object = converted(call);
    if (!object || steering_.contains(call)) return true;
    const SourceLocation at = object->getExprLoc();
    const SourceLocation macro = search_.context.getSourceManager().getExpansionLoc(begin_of(call));
    const bool is_assertion = search_.text({macro, macro}) == "assert";
    search_
        .add(variable_truth, is_assertion ? macro : at,
             is_assertion ? "'assert' on a traced value, which has no C++ truth value; use bm::check, which looks "
                            "at the values when the program runs"
                          : "a traced value has no C++ truth value; keep it as a bm::Array, or ask a concrete one "
                            "with bm::array_equal(...).item<bool>()")
        .ranges.push_back(object->getSourceRange());
    return true;
  }
  bool VisitCallExpr(CallExpr* call) {
    const FunctionDecl* callee = call->getDirectCallee();
    if (!callee || !callee->isInStdNamespace()) return true;
    const llvm::StringRef name = name_of(callee);
    if (llvm::is_contained({"max", "min", "clamp", "minmax"}, name) && call->getNumArgs() > 0 &&
        is_traced(call->getArg(0)->getType()))
      choice(call, name);
    return true;
  }

 private:
  /// native-branch and `lower` speak of conditions.
  bool condition(const Expr* e) {
    struct Finder : RecursiveASTVisitor<Finder> {
      std::set<const Expr*>& steering;
      explicit Finder(std::set<const Expr*>& found) : steering(found) {}
      bool TraverseLambdaExpr(LambdaExpr*) { return true; }
      bool VisitCXXMemberCallExpr(CXXMemberCallExpr* call) {
        if (converted(call)) steering.insert(call);
        return true;
      }
    } finder(steering_);
    finder.TraverseStmt(const_cast<Expr*>(e));
    return true;
  }

  void choice(const CallExpr* call, llvm::StringRef name) {
    const char* cure = name == "max" ? "maximum" : name == "min" ? "minimum" : name == "clamp" ? "clip" : nullptr;
    Finding& finding =
        search_.add(variable_truth, call->getExprLoc(),
                    fmt::format("'std::{}' compares traced values, which have no C++ truth value; use {}", name.str(),
                                cure ? fmt::format("bm::{}", cure) : "bm::minimum and bm::maximum"));
    const unsigned operands = name == "clamp" ? 3 : 2;
    const Expr* named = call->getCallee()->IgnoreParenImpCasts();
    const auto* function = dyn_cast<DeclRefExpr>(named);
    if (!cure || call->getNumArgs() != operands || !function || function->hasExplicitTemplateArgs()) return;
    if (named->getBeginLoc().isMacroID() || !is_read(call)) return;
    finding.fixes.push_back(FixItHint::CreateReplacement(named->getSourceRange(), search_.bm + cure));
  }

  /// What std::max gives a reference to is only read.
  bool is_read(const CallExpr* call) const {
    const auto parents = search_.context.getParents(*call);
    const Stmt* parent = parents.size() == 1 ? parents[0].get<Stmt>() : nullptr;
    if (const auto* op = dyn_cast_or_null<CXXOperatorCallExpr>(parent))
      return op->getOperator() == OO_Equal && op->getNumArgs() == 2 && op->getArg(1) == call;
    return isa_and_nonnull<CXXConstructExpr>(parent);
  }

  std::set<const Expr*> steering_;
};

}  // namespace

const Check concretize{
    .name = "concretize",
    .severity = Severity::error,
    .summary = "the number of a traced value is asked for in a recorded function",
    .reason =
        "While a model is recorded its arrays have types and no numbers: .item(), .to_vector() and .tensor() are a "
        "TraceError there. Constant arrays that were made before have numbers, and so has everything under "
        "bp::NoJit, behind `if (!bp::is_tracing())`.",
    .bad = R"(class Cell : public bp::BrainPyObject {
 public:
  bm::Variable V = variable("V", bm::zeros({4}));
  void update() {
    const double highest = bm::max(V).item<double>();
    V = V / highest;
  }
};
)",
    .good = R"(class Cell : public bp::BrainPyObject {
 public:
  bm::Variable V = variable("V", bm::zeros({4}));
  void update() {
    const bm::Array highest = bm::max(V);
    V = V / highest;
  }
};
)",
    .find = [](Search& search) { Numbers(search).run(); }};

const Check traced_output{
    .name = "traced-output",
    .severity = Severity::warning,
    .summary = "a traced value is printed in a recorded function",
    .reason =
        "A print in update() happens once, while recording, and shows a type instead of numbers. Runners monitor "
        "values of each step. Under bp::NoJit prints work; `if (!bp::is_tracing())` keeps them for that.",
    .bad = R"(class Cell : public bp::BrainPyObject {
 public:
  bm::Variable V = variable("V", bm::zeros({4}));
  void update(bm::Array I) {
    V = V + I;
    fmt::print("V = {}\n", V);
  }
};
)",
    .good = R"(class Cell : public bp::BrainPyObject {
 public:
  bm::Variable V = variable("V", bm::zeros({4}));
  void update(bm::Array I) {
    V = V + I;
    if (!bp::is_tracing()) fmt::print("V = {}\n", V);
  }
};
)",
    .find = [](Search& search) { Output(search).run(); }};

const Check variable_truth{
    .name = "variable-truth",
    .severity = Severity::error,
    .summary = "a comparison of traced values where C++ wants true or false",
    .reason =
        "V == W on arrays is an array of truth values, one for each element, and while recording not even these "
        "are known. C++ that wants one bool (assert, std::max, a cast) cannot have it: bm::maximum and "
        "bm::minimum choose for each element, bm::check looks when the program runs, bm::array_equal compares "
        "whole arrays.",
    .bad = R"(class Cell : public bp::BrainPyObject {
 public:
  bm::Variable V = variable("V", bm::zeros({4}));
  bm::Variable W = variable("W", bm::zeros({4}));
  void update() {
    V = std::max(V, W);
  }
};
)",
    .good = R"(class Cell : public bp::BrainPyObject {
 public:
  bm::Variable V = variable("V", bm::zeros({4}));
  bm::Variable W = variable("W", bm::zeros({4}));
  void update() {
    V = bm::maximum(V, W);
  }
};
)",
    .find = [](Search& search) { Truths(search).run(); }};

}  // namespace brainpy::tooling
