// native-branch: C++ control flow that a traced value would steer.
#include <set>

#include <fmt/format.h>

#include "frontend/tooling/checks/uses.h"

namespace brainpy::tooling {

using namespace clang;

namespace {

/// Function of the tool's view of the library only: `flag && V > 0.0` fits several operators of C++ otherwise.
bool is_mixed(const CXXOperatorCallExpr* call) {
  const OverloadedOperatorKind kind = call->getOperator();
  if ((kind != OO_AmpAmp && kind != OO_PipePipe) || call->getNumArgs() != 2) return false;
  const FunctionDecl* callee = call->getDirectCallee();
  return callee && is_library(callee) &&
         (callee->getParamDecl(0)->getType()->isBooleanType() || callee->getParamDecl(1)->getType()->isBooleanType());
}

class Branches : public UserSearch<Branches> {
 public:
  using UserSearch::UserSearch;

  bool VisitIfStmt(IfStmt* s) {
    return steered(s->getCond(), s->getIfLoc(), "if", "bm::where for values, bm::ifelse for what is done");
  }
  bool VisitWhileStmt(WhileStmt* s) { return steered(s->getCond(), s->getWhileLoc(), "while", "bm::while_loop"); }
  bool VisitDoStmt(DoStmt* s) { return steered(s->getCond(), s->getDoLoc(), "do", "bm::while_loop"); }
  bool VisitForStmt(ForStmt* s) {
    return steered(s->getCond(), s->getForLoc(), "for", "bm::while_loop, or bm::for_loop over rows");
  }
  bool VisitSwitchStmt(SwitchStmt* s) {
    return steered(s->getCond(), s->getSwitchLoc(), "switch", "bm::ifelse with a list of conditions");
  }
  bool VisitConditionalOperator(ConditionalOperator* choice) {
    if (!steered(choice->getCond(), choice->getQuestionLoc(), "?:", "bm::where") || !added_) return true;
    added_->fixes = where_fixes(choice);
    return true;
  }
  bool VisitBinaryConditionalOperator(BinaryConditionalOperator* choice) {
    return steered(choice->getCommon(), choice->getQuestionLoc(), "?:", "bm::where");
  }
  bool VisitCXXOperatorCallExpr(CXXOperatorCallExpr* call) {
    if (!is_mixed(call) || conditions_.contains(call)) return true;
    logical(call, call->getArg(0), call->getArg(1), call->getOperator() == OO_AmpAmp, call->getOperatorLoc());
    return true;
  }
  bool VisitBinaryOperator(BinaryOperator* op) {
    if (!op->isLogicalOp() || op->isTypeDependent() || conditions_.contains(op)) return true;
    if (is_traced(op->getLHS()) || is_traced(op->getRHS()))
      logical(op, op->getLHS(), op->getRHS(), op->getOpcode() == BO_LAnd, op->getOperatorLoc());
    return true;
  }

 private:
  bool steered(const Expr* condition, SourceLocation at, llvm::StringRef what, llvm::StringRef cure) {
    added_ = nullptr;
    if (!condition || !is_traced(condition)) return true;
    // assert() and the like: variable-truth.
    if (at.isMacroID() && search_.sources.isInSystemMacro(at)) return true;
    conditions_.insert(plain(condition));
    added_ = &search_.add(
        native_branch, at,
        fmt::format("'{}' on a traced value, which has no C++ truth value; use {}", what.str(), cure.str()));
    added_->ranges.push_back(condition->getSourceRange());
    note();
    return true;
  }

  void logical(const Expr* whole, const Expr* left, const Expr* right, bool is_and, SourceLocation at) {
    const char* name = is_and ? "logical_and" : "logical_or";
    added_ =
        &search_.add(native_branch, at,
                     fmt::format("'{}' of a traced value and a native one; use bm::{}", is_and ? "&&" : "||", name));
    added_->ranges = {left->getSourceRange(), right->getSourceRange()};
    note();
    if (whole->getBeginLoc().isMacroID() || at.isMacroID() || has_effects(right)) return;
    if (!is_array(whole->getType()) && !takes_array(whole, search_.context)) return;
    added_->fixes = {FixItHint::CreateInsertion(whole->getBeginLoc(), fmt::format("{}{}(", search_.bm, name)),
                     comma(left, at, at.getLocWithOffset(2)),
                     FixItHint::CreateInsertion(search_.end(whole->getSourceRange()), ")")};
  }

  void note() {
    added_->notes.push_back(
        {.at = added_->at,
         .message =
             "or let the source tool rewrite it: brainpy run, brainpy_add_model in CMake, brainpy-source lower"});
  }

  /// A comma in the place of an operator and the space before it.
  FixItHint comma(const Expr* before, SourceLocation at, SourceLocation after) const {
    const SourceLocation end = search_.end(before->getSourceRange());
    const CharSourceRange space = CharSourceRange::getCharRange(end, at);
    const llvm::StringRef between = Lexer::getSourceText(space, search_.sources, search_.context.getLangOpts());
    const bool is_plain = between.find_first_not_of(' ') == llvm::StringRef::npos;
    return FixItHint::CreateReplacement(CharSourceRange::getCharRange(is_plain ? end : at, after), ",");
  }

  std::vector<FixItHint> where_fixes(const ConditionalOperator* choice) const {
    const Expr *condition = choice->getCond(), *first = choice->getTrueExpr(), *second = choice->getFalseExpr();
    for (const Expr* part : {condition, first, second})
      if (part->getBeginLoc().isMacroID() || part->getEndLoc().isMacroID()) return {};
    if (choice->getQuestionLoc().isMacroID() || has_effects(first) || has_effects(second)) return {};
    if (!takes_array(choice, search_.context)) return {};
    return {FixItHint::CreateInsertion(choice->getBeginLoc(), search_.bm + "where("),
            comma(condition, choice->getQuestionLoc(), choice->getQuestionLoc().getLocWithOffset(1)),
            comma(first, choice->getColonLoc(), choice->getColonLoc().getLocWithOffset(1)),
            FixItHint::CreateInsertion(search_.end(choice->getSourceRange()), ")")};
  }

  Finding* added_ = nullptr;
  std::set<const Expr*> conditions_;  ///< of what has been reported
};

void find(Search& search) {
  // `lower` rewrites them, or says why it cannot.
  if (!search.options.natural) Branches(search).run();
}

}  // namespace

const Check native_branch{
    .name = "native-branch",
    .severity = Severity::error,
    .summary = "native control flow steered by a traced value",
    .reason =
        "While a model is recorded its arrays have no numbers yet: C++ cannot decide which way an `if` goes, and "
        "an array would have to go both ways. bm::where chooses for each element, bm::ifelse and bm::while_loop "
        "become branches and loops of the compiled program. The source tool writes them for you. With --natural "
        "the check is silent.",
    .bad = R"(class Cell : public bp::BrainPyObject {
 public:
  bm::Variable V = variable("V", bm::zeros({4}));
  void update(bm::Array I) {
    V = V > 1.0 ? I : V + I;
  }
};
)",
    .good = R"(class Cell : public bp::BrainPyObject {
 public:
  bm::Variable V = variable("V", bm::zeros({4}));
  void update(bm::Array I) {
    V = bm::where(V > 1.0, I, V + I);
  }
};
)",
    .find = find};

}  // namespace brainpy::tooling
