// Which control flow is rewritten: a traced condition starts it, exits that cross it spread it.
#include "frontend/tooling/control.h"

#include "frontend/tooling/traced.h"

namespace brainpy::tooling {

using namespace clang;

namespace {

/// Collects exits with the constructs around them; lambdas are functions of their own.
class ExitFinder : public RecursiveASTVisitor<ExitFinder> {
 public:
  std::vector<Exit> exits;
  std::vector<const Stmt*> constructs;

  bool TraverseLambdaExpr(LambdaExpr*) { return true; }
  bool TraverseDecl(Decl* declaration) {
    // A local class has functions of its own.
    return llvm::isa_and_nonnull<CXXRecordDecl>(declaration) || RecursiveASTVisitor::TraverseDecl(declaration);
  }
  bool dataTraverseStmtPre(Stmt* s) {
    if (is_construct(s)) around_.push_back(s), constructs.push_back(s);
    return true;
  }
  bool dataTraverseStmtPost(Stmt* s) {
    if (is_construct(s)) around_.pop_back();
    return true;
  }
  bool VisitReturnStmt(ReturnStmt* s) {
    return add(s, [](const Stmt*) { return false; });
  }
  bool VisitBreakStmt(BreakStmt* s) {
    return add(s, [](const Stmt* c) { return is_loop(c) || isa<SwitchStmt>(c); });
  }
  bool VisitContinueStmt(ContinueStmt* s) { return add(s, is_loop); }

 private:
  static bool is_construct(const Stmt* s) { return isa<IfStmt, SwitchStmt>(s) || is_loop(s); }

  template <class IsTarget>
  bool add(const Stmt* s, IsTarget is_target) {
    Exit exit{s, nullptr, {}};
    for (auto it = around_.rbegin(); it != around_.rend(); ++it) {
      if (is_target(*it)) {
        exit.target = *it;
        break;
      }
      exit.inside.push_back(*it);
    }
    exits.push_back(std::move(exit));
    return true;
  }

  std::vector<const Stmt*> around_;
};

/// A loop that only an exit ends: while (true), for (;;).
bool has_no_end(const Stmt* loop) {
  if (!isa<WhileStmt, DoStmt, ForStmt>(loop)) return false;
  const Expr* condition = condition_of(loop);
  if (!condition) return true;
  condition = plain(condition);
  if (const auto* truth = dyn_cast<CXXBoolLiteralExpr>(condition)) return truth->getValue();
  if (const auto* one = dyn_cast<IntegerLiteral>(condition)) return one->getValue() != 0;
  return false;
}

}  // namespace

bool is_loop(const Stmt* s) { return isa<WhileStmt, DoStmt, ForStmt, CXXForRangeStmt>(s); }

const Expr* condition_of(const Stmt* s) {
  if (const auto* i = dyn_cast<IfStmt>(s)) return i->getCond();
  if (const auto* w = dyn_cast<WhileStmt>(s)) return w->getCond();
  if (const auto* d = dyn_cast<DoStmt>(s)) return d->getCond();
  if (const auto* f = dyn_cast<ForStmt>(s)) return f->getCond();
  return nullptr;
}

Control::Control(const Stmt* body) {
  ExitFinder finder;
  finder.TraverseStmt(const_cast<Stmt*>(body));
  exits_ = std::move(finder.exits);
  for (const Exit& e : exits_) exit_of_[e.statement] = &e;
  for (const Stmt* s : finder.constructs)
    if (const Expr* condition = condition_of(s); condition && is_traced(condition)) lowered_.insert(s);
  settle();
}

Flag Control::flag_of(const Stmt* exit) const {
  if (isa<ReturnStmt>(exit)) return {Flag::Kind::returned, nullptr};
  const Flag::Kind kind = isa<BreakStmt>(exit) ? Flag::Kind::broken : Flag::Kind::continued;
  return {kind, exit_of_.at(exit)->target};
}

bool Control::flag(const Exit& exit) {
  if (!flagged_.insert(exit.statement).second) return false;
  flags_.insert(flag_of(exit.statement));
  return true;
}

void Control::settle() {
  for (bool changed = true; changed;) {
    changed = false;
    bool returns = false;
    std::set<const Stmt*> crossed;  // loops whose bodies some flagged exit leaves
    for (const Exit& e : exits_) {
      if (!is_flagged(e.statement)) continue;
      returns = returns || isa<ReturnStmt>(e.statement);
      if (e.target) crossed.insert(e.target);
      for (const Stmt* s : e.inside)
        if (is_loop(s)) crossed.insert(s);
    }
    for (const Exit& e : exits_) {
      // Where one exit of a loop (or one return) is flagged, what follows it is in a lambda, so all have to be.
      bool is = returns && isa<ReturnStmt>(e.statement);
      is = is || (e.target && (is_lowered(e.target) || crossed.contains(e.target)));
      for (const Stmt* s : e.inside) is = is || is_lowered(s) || (is_loop(s) && crossed.contains(s));
      if (is) changed = flag(e) || changed;
    }
    // Recording would never leave a loop without a condition by itself.
    for (const Exit& e : exits_) {
      if (!is_flagged(e.statement) || isa<ContinueStmt>(e.statement)) continue;
      if (e.target && has_no_end(e.target)) changed = lowered_.insert(e.target).second || changed;
      for (const Stmt* s : e.inside)
        if (has_no_end(s)) changed = lowered_.insert(s).second || changed;
    }
  }
}

std::set<Flag> Control::flags_set_in(const Stmt* statement) const {
  std::set<Flag> flags;
  ExitFinder inner;
  inner.TraverseStmt(const_cast<Stmt*>(statement));
  std::set<const Stmt*> own(inner.constructs.begin(), inner.constructs.end());
  for (const Exit& e : inner.exits)
    if (is_flagged(e.statement) && !own.contains(exit_of_.at(e.statement)->target)) flags.insert(flag_of(e.statement));
  return flags;
}

}  // namespace brainpy::tooling
