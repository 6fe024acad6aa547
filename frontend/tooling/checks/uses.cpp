// Uses of a value, found through the parents of its expressions.
#include "frontend/tooling/checks/uses.h"

#include <fmt/format.h>

namespace brainpy::tooling {

using namespace clang;

namespace {

const Stmt* parent_of(const Stmt* s, ASTContext& context) {
  const auto parents = context.getParents(*s);
  return parents.size() == 1 ? parents[0].get<Stmt>() : nullptr;
}

/// The expression with the parentheses and conversions around it.
const Expr* outermost(const Expr* e, ASTContext& context) {
  for (;;) {
    const Stmt* parent = parent_of(e, context);
    if (!isa_and_nonnull<ParenExpr, ImplicitCastExpr, MaterializeTemporaryExpr, CXXBindTemporaryExpr, ExprWithCleanups>(
            parent))
      return e;
    e = cast<Expr>(parent);
  }
}

bool is_operand(QualType type) {
  const CXXRecordDecl* record = type->getAsCXXRecordDecl();
  return record && record->getIdentifier() && record->getName() == "Operand" && is_library(record);
}

/// Is converted to an operand of the library or to an array.
bool becomes_array(const Stmt* parent) {
  const auto* made = dyn_cast_or_null<CXXConstructExpr>(parent);
  return made && (is_operand(made->getType()) || is_array(made->getType()));
}

bool is_integral(const Expr* e) { return plain(e)->getType()->isIntegralOrEnumerationType(); }

/// Arithmetic that gives the same numbers on arrays; integers divide otherwise there.
bool means_the_same(const BinaryOperator* op) {
  switch (op->getOpcode()) {
    case BO_Add:
    case BO_Sub:
    case BO_Mul:
    case BO_LT:
    case BO_GT:
    case BO_LE:
    case BO_GE:
    case BO_EQ:
    case BO_NE:
      return true;
    case BO_Div:
      return !is_integral(op->getLHS()) || !is_integral(op->getRHS());
    default:
      return false;
  }
}

/// The left side of a statement `x = value`, `x += value`; null for others.
const Expr* assigned_to(const Expr* target, ASTContext& context) {
  const Stmt* parent = parent_of(outermost(target, context), context);
  const Expr *left = nullptr, *right = nullptr;
  if (const auto* op = dyn_cast_or_null<BinaryOperator>(parent); op && op->isAssignmentOp()) {
    const bool has_one = op->getOpcode() == BO_Assign || op->getOpcode() == BO_AddAssign ||
                         op->getOpcode() == BO_SubAssign || op->getOpcode() == BO_MulAssign;
    if (!has_one) return nullptr;
    left = op->getLHS(), right = op->getRHS();
  } else if (const auto* call = dyn_cast_or_null<CXXOperatorCallExpr>(parent); call && call->isAssignmentOp()) {
    left = call->getArg(0), right = call->getArg(1);
  }
  return left && plain(left) == plain(target) && is_statement(cast<Expr>(parent), context) ? right : nullptr;
}

/// A Variable keeps its element type: `n = 0.5` on an integer would be an error of the run.
bool keeps_type(QualType type, const Expr* value) {
  const QualType given = plain(value)->getType();
  if (!type->isArithmeticType()) return true;
  return given->isArithmeticType() && (type->isFloatingType() || !given->isFloatingType()) &&
         type->isBooleanType() == given->isBooleanType();
}

class MemberUses : public UserSearch<MemberUses> {
 public:
  MemberUses(const FieldDecl* field, Search& search) : UserSearch(search), field_(field) {}

  bool fits = true;
  std::vector<FixItHint> fixes;

  bool VisitMemberExpr(MemberExpr* use) {
    if (use->getMemberDecl() == field_) fits = fits && use_fits(use);
    return true;
  }
  bool VisitDeclRefExpr(DeclRefExpr* use) {
    if (use->getDecl() == field_) fits = false;  // &Cell::count
    return true;
  }
  bool VisitCXXConstructorDecl(CXXConstructorDecl* d) {
    for (const CXXCtorInitializer* i : d->inits())
      if (i->isWritten() && i->getMember() == field_) fits = false;
    return true;
  }

 private:
  bool use_fits(const MemberExpr* use) {
    if (use->getBeginLoc().isMacroID() || use->getMemberLoc().isMacroID()) return false;
    ASTContext& context = search_.context;
    const QualType type = field_->getType();
    const Expr* whole = outermost(use, context);
    const Stmt* parent = parent_of(whole, context);
    if (const Expr* value = assigned_to(use, context)) return keeps_type(type, value);
    if (becomes_array(parent)) return true;
    if (type->isArithmeticType()) {
      if (const auto* step = dyn_cast_or_null<UnaryOperator>(parent); step && step->isIncrementDecrementOp())
        return type->isIntegerType() && !type->isBooleanType() && is_statement(step, context) && add_step(step, use);
      return !type->isBooleanType() && takes_array(use, context, field_);
    }
    // A method that arrays and Variables share.
    const auto* member = dyn_cast_or_null<MemberExpr>(parent);
    const auto* method = member ? dyn_cast<CXXMethodDecl>(member->getMemberDecl()) : nullptr;
    return method && method->getParent()->getName() == "ArrayMethods";
  }

  /// ++n becomes n += 1.
  bool add_step(const UnaryOperator* step, const MemberExpr* use) {
    fixes.push_back(FixItHint::CreateReplacement(
        step->getSourceRange(),
        fmt::format("{} {} 1", search_.text(use->getSourceRange()), step->isIncrementOp() ? "+=" : "-=")));
    return true;
  }

  const FieldDecl* field_;
};

class LocalUses : public RecordedVisitor<LocalUses> {
 public:
  LocalUses(const VarDecl* variable, ASTContext& context) : variable_(variable), context_(context) {}

  bool fits = true;

  bool VisitDeclRefExpr(DeclRefExpr* use) {
    if (use->getDecl() != variable_) return true;
    const Stmt* parent = parent_of(outermost(use, context_), context_);
    const auto* member = dyn_cast_or_null<MemberExpr>(parent);
    const auto* method = member ? dyn_cast<CXXMethodDecl>(member->getMemberDecl()) : nullptr;
    const bool is_shared = method && method->getIdentifier() &&
                           (method->getParent()->getName() == "ArrayMethods" ||
                            llvm::is_contained({"shape", "dtype", "ndim", "size", "type"}, method->getName()));
    fits = fits && (is_shared || becomes_array(parent) || assigned_to(use, context_));
    return true;
  }

 private:
  const VarDecl* variable_;
  ASTContext& context_;
};

}  // namespace

bool is_statement(const Expr* e, ASTContext& context) {
  const Stmt* parent = parent_of(outermost(e, context), context);
  if (const auto* loop = dyn_cast_or_null<ForStmt>(parent)) return loop->getBody() == outermost(e, context);
  return isa_and_nonnull<CompoundStmt, IfStmt, WhileStmt, DoStmt, CXXForRangeStmt>(parent);
}

bool takes_array(const Expr* e, ASTContext& context, const FieldDecl* state) {
  // One array in the place of another one.
  if (is_array(e->getType()) && e->isPRValue()) return true;
  for (;;) {
    e = outermost(e, context);
    const Stmt* parent = parent_of(e, context);
    if (becomes_array(parent)) return true;
    const auto* op = dyn_cast_or_null<BinaryOperator>(parent);
    const auto* sign = dyn_cast_or_null<UnaryOperator>(parent);
    const bool is_same =
        (op && means_the_same(op)) || (sign && (sign->getOpcode() == UO_Minus || sign->getOpcode() == UO_Plus));
    if (op && state && op->isAssignmentOp() && op->getRHS() == e) {
      const auto* member = dyn_cast<MemberExpr>(plain(op->getLHS()));
      return member && member->getMemberDecl() == state;  // how it is assigned is looked at there
    }
    if (!is_same) {
      const auto* call = dyn_cast_or_null<CXXOperatorCallExpr>(parent);
      return call && call->getOperator() == OO_Equal && is_state(call->getArg(0)->getType()) && call->getArg(1) == e;
    }
    e = cast<Expr>(parent);
  }
}

bool has_effects(const Expr* expression) {
  struct Finder : RecursiveASTVisitor<Finder> {
    bool found = false;
    bool VisitBinaryOperator(BinaryOperator* op) { return !(found = found || op->isAssignmentOp()); }
    bool VisitUnaryOperator(UnaryOperator* op) { return !(found = found || op->isIncrementDecrementOp()); }
    bool VisitCXXOperatorCallExpr(CXXOperatorCallExpr* call) { return !(found = found || call->isAssignmentOp()); }
    bool VisitCallExpr(CallExpr* call) {
      const FunctionDecl* callee = call->getDirectCallee();
      const auto* method = dyn_cast_or_null<CXXMethodDecl>(callee);
      const bool changes = method && !method->isStatic() && !method->isConst() && !is_traced(call->getType());
      return !(found =
                   found || !callee || changes ||
                   !(is_library(callee) || callee->getDeclContext()->getEnclosingNamespaceContext()->isStdNamespace()));
    }
  } finder;
  finder.TraverseStmt(const_cast<Expr*>(expression));
  return finder.found;
}

std::optional<SourceRange> type_range(const DeclaratorDecl* declaration, const Search& search) {
  const TypeSourceInfo* written = declaration->getTypeSourceInfo();
  if (!written || declaration->getType()->getContainedDeducedType()) return std::nullopt;
  const SourceRange range = written->getTypeLoc().getSourceRange();
  if (range.getBegin().isMacroID() || declaration->getLocation().isMacroID()) return std::nullopt;
  // `int a = 0, b = 1;`: the type is that of both.
  const DeclContext* context = declaration->getDeclContext();
  for (const Decl* other : context->decls())
    if (other != declaration && isa<DeclaratorDecl>(other) && !isa<FunctionDecl>(other) &&
        other->getBeginLoc() == declaration->getBeginLoc())
      return std::nullopt;
  if (search.text(range).empty()) return std::nullopt;
  return range;
}

std::vector<FixItHint> as_variable(const FieldDecl* field, Search& search) {
  const Expr* init = field->getInClassInitializer();
  const auto* record = cast<CXXRecordDecl>(field->getParent());
  if (!init || !is_model(record) || isa<ClassTemplateSpecializationDecl>(record) || record->isTemplated()) return {};
  if (!field->getType()->isArithmeticType() && !is_array(field->getType())) return {};
  if (field->isMutable() || field->getType()->isCharType()) return {};
  const std::optional<SourceRange> type = type_range(field, search);
  const std::string value = search.text(init->getSourceRange());
  if (!type || value.empty() || value.front() == '{' || init->getBeginLoc().isMacroID()) return {};
  MemberUses uses(field, search);
  uses.run();
  if (!uses.fits) return {};
  std::vector<FixItHint> fixes = std::move(uses.fixes);
  fixes.push_back(FixItHint::CreateReplacement(*type, search.bm + "Variable"));
  if (!search.options.natural)
    fixes.push_back(FixItHint::CreateReplacement(init->getSourceRange(),
                                                 fmt::format("variable(\"{}\", {})", field->getNameAsString(), value)));
  return fixes;
}

std::vector<FixItHint> as_array(const VarDecl* variable, const Reached& reached, Search& search) {
  const std::optional<SourceRange> type = type_range(variable, search);
  const Expr* init = variable->getInit();
  const auto* made = init ? dyn_cast<CXXConstructExpr>(plain(init)) : nullptr;
  if (!type || !made || made->getNumArgs() == 0) return {};
  // A Variable may have a name of its own, an array has none.
  if (made->getNumArgs() > 1 && !isa<CXXDefaultArgExpr>(made->getArg(1))) return {};
  if (variable->getDeclContext()->isDependentContext()) return {};
  LocalUses uses(variable, search.context);
  uses.TraverseStmt(reached.function->getBody());
  if (!uses.fits) return {};
  return {FixItHint::CreateReplacement(*type, search.bm + "Array")};
}

}  // namespace brainpy::tooling
