// long-unroll: native loops that are recorded turn by turn.
#include <fmt/format.h>

#include "frontend/tooling/checks/uses.h"

namespace brainpy::tooling {

using namespace clang;

namespace {

/// As many copies of a body are fine.
constexpr std::int64_t few = 64;

std::optional<std::int64_t> constant(const Expr* e, const ASTContext& context) {
  Expr::EvalResult result;
  if (!e || e->isValueDependent() || !e->EvaluateAsInt(result, context)) return std::nullopt;
  return result.Val.getInt().trySExtValue();
}

bool refers_to(const Expr* e, const VarDecl* variable) {
  const auto* name = dyn_cast<DeclRefExpr>(plain(e));
  return name && name->getDecl() == variable;
}

/// How far the variable moves in a turn; 0 when that is not known.
std::int64_t step_of(const Expr* e, const VarDecl* variable, const ASTContext& context) {
  if (const auto* step = dyn_cast_or_null<UnaryOperator>(e); step && refers_to(step->getSubExpr(), variable))
    return step->isIncrementOp() ? 1 : step->isDecrementOp() ? -1 : 0;
  const auto* op = dyn_cast_or_null<BinaryOperator>(e);
  if (!op || !refers_to(op->getLHS(), variable)) return 0;
  const std::int64_t by = constant(op->getRHS(), context).value_or(0);
  return op->getOpcode() == BO_AddAssign ? by : op->getOpcode() == BO_SubAssign ? -by : 0;
}

/// Turns of `for (int k = a; k < b; k += c)` with constants; 0 for other loops.
std::int64_t turns_of(const ForStmt* loop, const ASTContext& context) {
  const auto* declaration = dyn_cast_or_null<DeclStmt>(loop->getInit());
  const auto* test = loop->getCond() ? dyn_cast<BinaryOperator>(plain(loop->getCond())) : nullptr;
  if (!declaration || !declaration->isSingleDecl() || !test) return 0;
  const auto* variable = dyn_cast<VarDecl>(declaration->getSingleDecl());
  if (!variable || !variable->getType()->isIntegerType() || !refers_to(test->getLHS(), variable)) return 0;
  const auto first = constant(variable->getInit(), context), last = constant(test->getRHS(), context);
  const std::int64_t step = step_of(loop->getInc(), variable, context);
  if (!first || !last || step == 0) return 0;
  std::int64_t distance = step > 0 ? *last - *first : *first - *last;
  if (test->getOpcode() == BO_LE || test->getOpcode() == BO_GE) ++distance;
  else if (test->getOpcode() != BO_LT && test->getOpcode() != BO_GT && test->getOpcode() != BO_NE) return 0;
  const std::int64_t size = std::abs(step);
  return distance <= 0 ? 0 : (distance + size - 1) / size;
}

/// Elements of an array whose size is a part of its type; 0 for others.
std::int64_t turns_of(const CXXForRangeStmt* loop, const ASTContext& context) {
  const QualType type = loop->getRangeInit()->getType().getNonReferenceType();
  if (const auto* array = context.getAsConstantArrayType(type)) return array->getSize().getSExtValue();
  const auto* special = dyn_cast_or_null<ClassTemplateSpecializationDecl>(type->getAsCXXRecordDecl());
  if (!special || !special->isInStdNamespace() || special->getName() != "array") return 0;
  return special->getTemplateArgs()[1].getAsIntegral().getSExtValue();
}

/// Operations of the library on traced values, or an end before the last turn.
struct Body : RecursiveASTVisitor<Body> {
  bool has_work = false, has_exit = false;
  bool VisitCallExpr(CallExpr* call) {
    has_work = has_work || is_traced(call->getType());
    return true;
  }
  bool VisitBreakStmt(BreakStmt*) { return has_exit = true; }
  bool VisitReturnStmt(ReturnStmt*) { return has_exit = true; }
  bool TraverseLambdaExpr(LambdaExpr*) { return true; }
};

class Loops : public RecordedSearch<Loops> {
 public:
  using RecordedSearch::RecordedSearch;
  void begin() { copies_ = 1; }

  bool TraverseForStmt(ForStmt* loop) {
    const bool is_native = !loop->getCond() || !is_traced(loop->getCond());
    return inside(loop, is_native ? turns_of(loop, search_.context) : 0, loop->getForLoc(),
                  [&] { return RecordedSearch::TraverseForStmt(loop); });
  }
  bool TraverseCXXForRangeStmt(CXXForRangeStmt* loop) {
    return inside(loop, turns_of(loop, search_.context), loop->getForLoc(),
                  [&] { return RecordedSearch::TraverseCXXForRangeStmt(loop); });
  }

 private:
  template <class Traverse>
  bool inside(Stmt* loop, std::int64_t turns, SourceLocation at, Traverse traverse) {
    Body body;
    body.TraverseStmt(loop);
    if (turns <= 1 || !body.has_work || body.has_exit) return traverse();
    const std::int64_t outer = copies_;
    copies_ *= turns;
    const bool is_first = outer <= few && copies_ > few;
    if (is_first)
      search_.add(long_unroll, *reached_, at,
                  fmt::format("this loop is recorded turn by turn: its body becomes {} copies in the program; use "
                              "bm::for_loop, which keeps one",
                              copies_));
    const bool go_on = traverse();
    copies_ = outer;
    return go_on;
  }

  std::int64_t copies_ = 1;
};

}  // namespace

const Check long_unroll{
    .name = "long-unroll",
    .severity = Severity::warning,
    .summary = "a native loop of more than 64 turns in a recorded function",
    .reason =
        "A native loop is recorded turn by turn, so that its body stands in the program as often as it turns: "
        "slow to compile and large. bm::for_loop is one loop of the program with one body.",
    .bad = R"(class Cell : public bp::BrainPyObject {
 public:
  bm::Variable V = variable("V", bm::zeros({4}));
  void update(bm::Array I) {
    for (int k = 0; k < 1000; ++k) V += 0.001 * (I - V);
  }
};
)",
    .good = R"(class Cell : public bp::BrainPyObject {
 public:
  bm::Variable V = variable("V", bm::zeros({4}));
  void update(bm::Array I) {
    bm::for_loop([&](bm::Array) { V += 0.001 * (I - V); }, bm::arange(1000));
  }
};
)",
    .find = [](Search& search) { Loops(search).run(); }};

}  // namespace brainpy::tooling
