// Assignments, changing methods and reference parameters, each followed to where the changed value lives.
#include "frontend/tooling/changes.h"

#include <set>

namespace brainpy::tooling {

using namespace clang;

namespace {

const CXXRecordDecl* record_of(QualType type) {
  type = type.getNonReferenceType();
  if (type->isPointerType()) type = type->getPointeeType();
  return type->getAsCXXRecordDecl();
}

/// Methods of containers that only give access.
bool gives_access(const CXXMethodDecl* method) {
  if (method->getOverloadedOperator() != OO_None)
    return llvm::is_contained({OO_Subscript, OO_Star, OO_Arrow, OO_Call, OO_LessLess}, method->getOverloadedOperator());
  return method->getIdentifier() &&
         llvm::is_contained({"at", "begin", "end", "rbegin", "rend", "front", "back", "data", "find", "get", "value",
                             "lower_bound", "upper_bound", "equal_range", "top"},
                            method->getName());
}

/// Functions of std that change what their first arguments refer to.
unsigned changed_arguments(const FunctionDecl* function) {
  if (!function->getIdentifier() || !is_standard(function)) return 0;
  if (function->getName() == "swap") return 2;
  return llvm::is_contained({"exchange", "fill", "fill_n", "generate", "generate_n", "iota", "reverse", "rotate",
                             "shuffle", "sort", "stable_sort", "partial_sort", "nth_element"},
                            function->getName())
             ? 1
             : 0;
}

bool holds_traced(const CallExpr* call, unsigned first) {
  for (unsigned i = first; i < call->getNumArgs(); ++i)
    if (is_traced(call->getArg(i))) return true;
  return false;
}

/// Engines and distributions of <random>: another check speaks of them.
bool is_random(QualType type) {
  const CXXRecordDecl* record = record_of(type);
  return record && record->getIdentifier() && is_standard(record) &&
         (record->getName().ends_with("_engine") || record->getName().ends_with("_distribution"));
}

/// Lambdas that the library records by themselves inside a body, and the functions that do so.
class RecordedLambdas : public RecursiveASTVisitor<RecordedLambdas> {
 public:
  std::map<const LambdaExpr*, std::string> found;

  bool VisitCallExpr(CallExpr* call) {
    const FunctionDecl* callee = call->getDirectCallee();
    const std::string name = callee ? library_name(callee) : std::string();
    if (!llvm::is_contained({"bm::for_loop", "bm::scan", "bm::while_loop", "bm::cond", "bm::ifelse"}, name))
      return true;
    LambdasOf lambdas{*this, name};
    for (Expr* argument : call->arguments()) lambdas.TraverseStmt(argument);
    return true;
  }

 private:
  struct LambdasOf : RecursiveASTVisitor<LambdasOf> {
    RecordedLambdas& into;
    std::string name;
    LambdasOf(RecordedLambdas& all, std::string function) : into(all), name(std::move(function)) {}
    bool TraverseLambdaExpr(LambdaExpr* lambda) { return into.found.emplace(lambda, name), true; }
    bool VisitDeclRefExpr(DeclRefExpr* use) {
      if (const LambdaExpr* lambda = lambda_of(use)) into.found.emplace(lambda, name);
      return true;
    }
  };
};

class ChangeFinder : public RecordedVisitor<ChangeFinder> {
 public:
  ChangeFinder(const FunctionDecl* function, Changes& all) : function_(function), all_(all) {
    lambdas_.TraverseStmt(function->getBody());
    levels_.emplace_back();
    for (const ParmVarDecl* p : function->parameters()) levels_.back().declared.insert(p);
    TraverseStmt(function->getBody());
  }

  std::vector<Change> changes;

  bool VisitVarDecl(VarDecl* d) { return levels_.back().declared.insert(d), true; }
  bool VisitBindingDecl(BindingDecl* d) { return levels_.back().declared.insert(d), true; }
  bool VisitCXXForRangeStmt(CXXForRangeStmt* loop) {
    ranges_[loop->getLoopVariable()] = loop->getRangeInit();
    return true;
  }

  bool TraverseLambdaExpr(LambdaExpr* lambda) {
    const auto it = lambdas_.found.find(lambda);
    const bool is_recorded = it != lambdas_.found.end();
    if (is_recorded) levels_.push_back({it->second, {}});
    const bool go_on = RecursiveASTVisitor::TraverseLambdaExpr(lambda);
    if (is_recorded) levels_.pop_back();
    return go_on;
  }

  bool VisitBinaryOperator(BinaryOperator* op) {
    if (op->isAssignmentOp()) add(op->getLHS(), op->getOperatorLoc(), is_traced(op->getRHS()));
    return true;
  }
  bool VisitUnaryOperator(UnaryOperator* op) {
    if (op->isIncrementDecrementOp()) add(op->getSubExpr(), op->getOperatorLoc(), false);
    return true;
  }
  bool VisitCXXOperatorCallExpr(CXXOperatorCallExpr* call) {
    const SourceLocation at = call->getOperatorLoc();
    if (call->isAssignmentOp() && call->getNumArgs() == 2) {
      add(call->getArg(0), at, is_traced(call->getArg(1)));
      return true;
    }
    const auto* method = dyn_cast_or_null<CXXMethodDecl>(call->getDirectCallee());
    if (!method || method->isStatic()) return arguments(call, 0);
    method_called(call->getArg(0), method, at, holds_traced(call, 1));
    return arguments(call, 1);
  }
  bool VisitCXXMemberCallExpr(CXXMemberCallExpr* call) {
    if (const CXXMethodDecl* method = call->getMethodDecl())
      method_called(call->getImplicitObjectArgument(), method, call->getExprLoc(), holds_traced(call, 0));
    return arguments(call, 0);
  }
  bool VisitCallExpr(CallExpr* call) {
    return isa<CXXOperatorCallExpr, CXXMemberCallExpr>(call) ? true : arguments(call, 0);
  }

 private:
  /// The body, or a lambda in it that is recorded by itself.
  struct Level {
    std::string recorded_by;
    std::set<const Decl*> declared;
  };

  bool is_declared(const Decl* d, std::size_t from) const {
    for (std::size_t i = from; i < levels_.size(); ++i)
      if (levels_[i].declared.contains(d)) return true;
    return false;
  }

  Place member_place(const MemberExpr* member) {
    const auto* field = dyn_cast<FieldDecl>(member->getMemberDecl());
    const auto* variable = dyn_cast<VarDecl>(member->getMemberDecl());
    if (variable) return {Home::global, variable, variable->getNameAsString()};
    if (!field) return {};
    const Expr* base = plain(member->getBase());
    const bool is_of_model = is_model(cast<CXXRecordDecl>(field->getParent()));
    if (isa<CXXThisExpr>(base)) {
      const bool is_of_lambda = cast<CXXRecordDecl>(field->getParent())->isLambda();
      if (is_of_lambda) return {};
      return {is_of_model ? Home::member : Home::own, field, field->getNameAsString()};
    }
    Place place = place_of(base);
    if (is_of_model && place.home != Home::local) return {Home::member, field, field->getNameAsString()};
    if (place.declaration) place.name += "." + field->getNameAsString();
    return place;
  }

  Place variable_place(const DeclRefExpr* name) {
    const auto* binding = dyn_cast<BindingDecl>(name->getDecl());
    const auto* variable = dyn_cast<VarDecl>(binding ? binding->getDecomposedDecl() : name->getDecl());
    if (!variable) return {};
    const std::string called = variable->getNameAsString();
    // A static local is spoken of where it is declared.
    if (variable->isStaticLocal()) return {};
    if (is_standard(variable)) return {};  // std::cout
    if (variable->hasGlobalStorage()) return {Home::global, variable, called};
    if (!is_declared(variable, 0)) return {Home::outside, variable, called};
    if (!is_declared(variable, levels_.size() - 1) && !variable->getType()->isReferenceType())
      return {Home::outside, variable, called};
    const QualType type = variable->getType();
    const bool refers = type->isReferenceType() || type->isPointerType();
    if (!refers) return {Home::local, variable, called};
    if (isa<ParmVarDecl>(variable)) {
      const bool is_ours = is_contained(function_->parameters(), variable);
      return {is_ours ? Home::parameter : Home::local, variable, called};
    }
    const auto range = ranges_.find(variable);
    const Expr* source = range == ranges_.end() ? variable->getInit() : range->second;
    if (!source || !entered_.insert(variable).second) return {};
    const Place place = place_of(source);
    entered_.erase(variable);
    return place;
  }

  template <class Range>
  static bool is_contained(const Range& range, const Decl* d) {
    return std::find(range.begin(), range.end(), d) != range.end();
  }

  Place place_of(const Expr* e) {
    e = plain(e);
    if (const auto* name = dyn_cast<DeclRefExpr>(e)) return variable_place(name);
    if (const auto* member = dyn_cast<MemberExpr>(e)) return member_place(member);
    if (const auto* self = dyn_cast<CXXThisExpr>(e)) {
      const bool is_of_model = is_model(self->getType()->getPointeeCXXRecordDecl());
      return {is_of_model ? Home::member : Home::own, nullptr, "*this"};
    }
    if (const auto* element = dyn_cast<ArraySubscriptExpr>(e)) return place_of(element->getBase());
    if (const auto* op = dyn_cast<UnaryOperator>(e))
      return op->getOpcode() == UO_Deref || op->getOpcode() == UO_AddrOf ? place_of(op->getSubExpr()) : Place();
    if (const auto* choice = dyn_cast<ConditionalOperator>(e)) return place_of(choice->getTrueExpr());
    // What a method gives a reference to is taken for a part of its object.
    if (const auto* call = dyn_cast<CXXOperatorCallExpr>(e))
      return isa_and_nonnull<CXXMethodDecl>(call->getDirectCallee()) && call->getOperator() != OO_Call
                 ? place_of(call->getArg(0))
                 : Place();
    if (const auto* call = dyn_cast<CXXMemberCallExpr>(e); call && call->getMethodDecl()) {
      const bool is_part = call->isLValue() || call->getType()->isPointerType() || gives_access(call->getMethodDecl());
      return is_part ? place_of(call->getImplicitObjectArgument()) : Place();
    }
    return {};
  }

  void add(const Expr* target, SourceLocation at, bool is_traced_value, std::string by = {}, SourceLocation deep = {}) {
    const QualType type = plain(target)->getType();
    if (target->isTypeDependent() || is_state(type) || is_random(type)) return;
    Place place = place_of(target);
    if (place.home == Home::local) return;
    // A part of a Variable, or of an object of the library that holds one.
    if (place.declaration && is_state(place.declaration->getType())) return;
    const bool holds_array = is_traced_value || is_array(type);
    std::string recorded_by;
    if (place.home == Home::outside && is_declared(place.declaration, 0)) recorded_by = levels_.back().recorded_by;
    changes.push_back({.place = std::move(place),
                       .at = at,
                       .type = type.getNonReferenceType(),
                       .is_traced = holds_array,
                       .by = std::move(by),
                       .deep = deep,
                       .recorded_by = std::move(recorded_by)});
  }

  void method_called(const Expr* object, const CXXMethodDecl* method, SourceLocation at, bool is_traced_value) {
    const CXXRecordDecl* record = method->getParent();
    if (method->isConst() || method->isStatic() || is_library(record) || is_model(record) || record->isLambda()) return;
    if (is_standard(record)) {
      if (!gives_access(method)) add(object, at, is_traced_value, method->getNameAsString());
      return;
    }
    const FunctionDecl* definition = nullptr;
    if (!method->hasBody(definition)) return;
    for (const Change& change : all_.of(definition))
      if (change.place.home == Home::own)
        return add(object, at, change.is_traced, method->getNameAsString(), change.deep_place());
  }

  bool arguments(const CallExpr* call, unsigned shift) {
    const FunctionDecl* callee = call->getDirectCallee();
    if (!callee || is_library(callee)) return true;
    for (unsigned i = 0; i < changed_arguments(callee) && i < call->getNumArgs(); ++i)
      add(call->getArg(i), call->getExprLoc(), holds_traced(call, 1), "std::" + callee->getNameAsString());
    const FunctionDecl* definition = nullptr;
    if (is_standard(callee) || !callee->hasBody(definition)) return true;
    for (unsigned i = 0; i + shift < call->getNumArgs() && i < definition->getNumParams(); ++i) {
      const ParmVarDecl* parameter = definition->getParamDecl(i);
      if (!parameter->getType()->isReferenceType() && !parameter->getType()->isPointerType()) continue;
      for (const Change& change : all_.of(definition)) {
        if (change.place.home != Home::parameter || change.place.declaration != parameter) continue;
        add(call->getArg(i + shift), call->getExprLoc(), change.is_traced, callee->getNameAsString(),
            change.deep_place());
        break;
      }
    }
    return true;
  }

  const FunctionDecl* function_;
  Changes& all_;
  RecordedLambdas lambdas_;
  std::vector<Level> levels_;
  std::set<const VarDecl*> entered_;
  std::map<const VarDecl*, const Expr*> ranges_;  ///< what the loop goes over whose variable it is
};

}  // namespace

bool is_state(QualType type) { return is_traced(type) && !is_array(type); }

const std::vector<Change>& Changes::of(const FunctionDecl* function) {
  const auto [it, is_new] = known_.try_emplace(function);
  // A recursive function asks for itself: it finds nothing yet, and what it changes is found outside of that call.
  if (is_new) {
    std::vector<Change> found = ChangeFinder(function, *this).changes;
    it->second = std::move(found);
  }
  return it->second;
}

}  // namespace brainpy::tooling
