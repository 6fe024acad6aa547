// Deciding expressions, printed as calls.
#include "frontend/tooling/expressions.h"

#include <fmt/format.h>

#include "frontend/tooling/assigned.h"
#include "frontend/tooling/body.h"
#include "frontend/tooling/traced.h"

namespace brainpy::tooling {

using namespace clang;

namespace {

void refuse(const ASTContext& context, Findings& findings, SourceLocation at, std::string message) {
  findings.push_back(
      {.check = "lower", .at = context.getSourceManager().getExpansionLoc(at), .message = std::move(message)});
}

/// The first assignment, increment or the like in an expression; invalid when there is none.
SourceLocation assignment_in(const Expr* expression) {
  struct Finder : RecursiveASTVisitor<Finder> {
    SourceLocation at;
    bool TraverseLambdaExpr(LambdaExpr*) { return true; }
    bool VisitBinaryOperator(BinaryOperator* op) { return !op->isAssignmentOp() || found(op->getOperatorLoc()); }
    bool VisitUnaryOperator(UnaryOperator* op) { return !op->isIncrementDecrementOp() || found(op->getOperatorLoc()); }
    bool VisitCXXOperatorCallExpr(CXXOperatorCallExpr* op) {
      return !op->isAssignmentOp() || found(op->getOperatorLoc());
    }
    bool found(SourceLocation where) { return at = where, false; }
  } finder;
  finder.TraverseStmt(const_cast<Expr*>(expression));
  return finder.at;
}

std::string test_of(const Rewriter& rewriter, Range range) {
  return fmt::format("[&]() -> decltype(auto) {{ return ({}); }}", rewriter.text(range));
}

/// An array and a Variable: only to the tool have they a common type.
bool has_mixed_arms(const ConditionalOperator* choice) {
  const Expr *first = plain(choice->getTrueExpr()), *second = plain(choice->getFalseExpr());
  return is_traced(first->getType()) && is_traced(second->getType()) &&
         (is_variable(first->getType()) != is_variable(second->getType()) ||
          is_array(first->getType()) != is_array(second->getType()));
}

bool lower_choice(const ConditionalOperator* choice, const ASTContext& context, Rewriter& rewriter,
                  Findings& findings) {
  const Expr *first = choice->getTrueExpr(), *second = choice->getFalseExpr();
  for (const Expr* arm : {first, second})
    if (const SourceLocation at = assignment_in(arm); at.isValid())
      return refuse(context, findings, at,
                    "an assignment inside '?:' with a traced condition is not supported; use 'if'"),
             true;
  const std::optional<Range> whole = rewriter.range_of(choice->getSourceRange());
  const std::optional<Range> condition = rewriter.range_of(choice->getCond()->getSourceRange());
  const std::optional<Range> one = rewriter.range_of(first->getSourceRange()),
                             other = rewriter.range_of(second->getSourceRange());
  if (!whole || !condition || !one || !other)
    return refuse(context, findings, choice->getQuestionLoc(),
                  "'?:' on a traced value that comes from a macro is not supported; write it out"),
           true;
  const bool is_simple = is_traced(choice->getCond()) && !calls_user_code(first) && !calls_user_code(second);
  rewriter.replace(*whole, [=, &rewriter] {
    const auto arm = [&](Range r) { return is_simple ? rewriter.text(r) : test_of(rewriter, r); };
    return fmt::format("{}({},{} {},{} {})", is_simple ? "::brainpy::math::where" : std::string(natural) + "choose",
                       rewriter.text(*condition), rewriter.line_ends(condition->end, one->begin), arm(*one),
                       rewriter.line_ends(one->end, other->begin), arm(*other));
  });
  return true;
}

/// && and || whose right side must not run for all, or whose left side is native (the language's own would be taken).
bool lower_logical(const Expr* whole_expression, const Expr* left, const Expr* right, bool is_and,
                   const ASTContext& context, Rewriter& rewriter, Findings& findings) {
  if (const SourceLocation at = assignment_in(right); at.isValid())
    return refuse(context, findings, at,
                  fmt::format("an assignment on the right of '{}' with traced values is not supported; use 'if'",
                              is_and ? "&&" : "||")),
           true;
  const std::optional<Range> whole = rewriter.range_of(whole_expression->getSourceRange());
  const std::optional<Range> one = rewriter.range_of(left->getSourceRange()),
                             other = rewriter.range_of(right->getSourceRange());
  if (!whole || !one || !other)
    return refuse(context, findings, whole_expression->getExprLoc(),
                  "a logical operator on traced values that comes from a macro is not supported; write it out"),
           true;
  rewriter.replace(*whole, [=, &rewriter] {
    return fmt::format("{}{}({},{} {})", natural, is_and ? "both" : "either", rewriter.text(*one),
                       rewriter.line_ends(one->end, other->begin), test_of(rewriter, *other));
  });
  return true;
}

}  // namespace

bool lower_expression(const Expr* expression, const ASTContext& context, Rewriter& rewriter, Findings& findings) {
  if (const auto* choice = dyn_cast<ConditionalOperator>(expression))
    return (is_traced(choice->getCond()) || has_mixed_arms(choice)) &&
           lower_choice(choice, context, rewriter, findings);
  if (const auto* choice = dyn_cast<BinaryConditionalOperator>(expression); choice && is_traced(choice->getCommon()))
    return refuse(context, findings, choice->getQuestionLoc(),
                  "'?:' without a middle is not supported on traced values; write it out"),
           true;
  if (const auto* op = dyn_cast<BinaryOperator>(expression);
      op && op->isLogicalOp() && (is_traced(op->getLHS()) || is_traced(op->getRHS())))
    return lower_logical(op, op->getLHS(), op->getRHS(), op->getOpcode() == BO_LAnd, context, rewriter, findings);
  if (const auto* call = dyn_cast<CXXOperatorCallExpr>(expression)) {
    const OverloadedOperatorKind kind = call->getOperator();
    const bool is_logical = (kind == OO_AmpAmp || kind == OO_PipePipe) && call->getNumArgs() == 2;
    if (is_logical && is_traced(call->getType())) {
      const Expr *left = call->getArg(0), *right = call->getArg(1);
      const bool is_mixed = !is_traced(plain(left)->getType()) || !is_traced(plain(right)->getType());
      if (is_mixed || calls_user_code(right) || assignment_in(right).isValid())
        return lower_logical(call, left, right, kind == OO_AmpAmp, context, rewriter, findings);
    }
    if (call->isAssignmentOp() && is_traced(call->getArg(0)))
      if (const auto* choice = dyn_cast<ConditionalOperator>(plain(call->getArg(0)));
          choice && is_traced(choice->getCond()))
        refuse(context, findings, call->getOperatorLoc(),
               "an assignment to '?:' with a traced condition is not supported; use 'if'");
  }
  return false;
}

void refuse_native_holder(const VarDecl* variable, Findings& findings) {
  const QualType type = variable->getType();
  if (!variable->getInit() || type->getContainedDeducedType() || !type->isArithmeticType()) return;
  const Expr* init = plain(variable->getInit());
  if (!is_traced(init) || isa<ExplicitCastExpr>(init)) return;
  Finding finding{.check = "lower",
                  .at = variable->getLocation(),
                  .message = fmt::format("native '{}' '{}' begins with a traced value; declare it as bm::Array",
                                         type.getUnqualifiedType().getAsString(), variable->getNameAsString())};
  if (const TypeSourceInfo* written = variable->getTypeSourceInfo();
      written && !written->getTypeLoc().getBeginLoc().isMacroID())
    finding.fixes.push_back(FixItHint::CreateReplacement(written->getTypeLoc().getSourceRange(), "bm::Array"));
  findings.push_back(std::move(finding));
}

}  // namespace brainpy::tooling
