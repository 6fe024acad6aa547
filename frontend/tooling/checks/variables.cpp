// local-variable and unregistered-variable: Variables where no step or no model keeps them.
#include <set>

#include <fmt/format.h>

#include "frontend/tooling/checks/uses.h"

namespace brainpy::tooling {

using namespace clang;

namespace {

/// A call of variable(), train_variable(), node() or VarList::add(): what it makes belongs to a model.
const CXXMethodDecl* maker_of(const Expr* e) {
  e = plain(e);
  while (const auto* made = dyn_cast<CXXConstructExpr>(e)) {
    if (made->getNumArgs() != 1 || !is_variable(made->getType())) break;
    e = plain(made->getArg(0));
  }
  const auto* call = dyn_cast<CXXMemberCallExpr>(e);
  const CXXMethodDecl* method = call ? call->getMethodDecl() : nullptr;
  const bool is_maker = method && method->getIdentifier() && is_library(method->getParent()) &&
                        llvm::is_contained({"variable", "train_variable", "node", "add"}, method->getName()) &&
                        is_model(method->getParent());
  return is_maker ? method : nullptr;
}

/// `bm::Variable(value)`: a Variable of its own; null for a copy of a handle and for others.
const CXXConstructExpr* own_variable(const Expr* e) {
  e = plain(e);
  if (const auto* list = dyn_cast<InitListExpr>(e); list && list->getNumInits() == 1) e = plain(list->getInit(0));
  if (const auto* cast = dyn_cast<CXXFunctionalCastExpr>(e)) e = plain(cast->getSubExpr());
  const auto* made = dyn_cast<CXXConstructExpr>(e);
  if (!made || !is_variable(made->getType()) || made->getNumArgs() == 0) return nullptr;
  if (made->getConstructor()->isCopyOrMoveConstructor()) return own_variable(made->getArg(0));
  return made;
}

class LocalVariables : public RecordedSearch<LocalVariables> {
 public:
  using RecordedSearch::RecordedSearch;
  void begin() { declared_.clear(); }

  bool VisitVarDecl(VarDecl* d) {
    if (isa<ParmVarDecl>(d) || d->isStaticLocal()) return true;
    const std::string name = d->getNameAsString();
    if (is_variable(d->getType()) && !d->getType()->isReferenceType()) {
      if (d->getInit()) declared_.insert(maker_call(d->getInit()));
      Finding& finding = search_.add(local_variable, *reached_, d->getLocation(),
                                     fmt::format("the Variable '{}' is made anew each time the model is recorded and "
                                                 "lost then; use bm::Array for values of one step, or a member",
                                                 name));
      finding.fixes = as_array(d, *reached_, search_);
    } else if (const CXXRecordDecl* record = d->getType()->getAsCXXRecordDecl(); record && is_model(record)) {
      search_.add(local_variable, *reached_, d->getLocation(),
                  fmt::format("the model '{}' is made anew each time the model is recorded, and its state is lost "
                              "then; make it a part with node<{}>()",
                              name, record->getNameAsString()));
    }
    return true;
  }
  bool VisitCXXMemberCallExpr(CXXMemberCallExpr* call) {
    const CXXMethodDecl* method = maker_of(call);
    if (!method || declared_.contains(call)) return true;
    search_.add(local_variable, *reached_, call->getExprLoc(),
                fmt::format("'{}' in a recorded function: each recording would add one more; make it a member",
                            method->getNameAsString()));
    return true;
  }

 private:
  static const Expr* maker_call(const Expr* e) {
    e = plain(e);
    while (const auto* made = dyn_cast<CXXConstructExpr>(e)) {
      if (made->getNumArgs() != 1) break;
      e = plain(made->getArg(0));
    }
    return e;
  }
  std::set<const Expr*> declared_;  ///< makers whose result is a local that has been reported
};

/// A Variable inside of a type of std: std::vector<bm::Variable>, a pointer; not in references and views.
bool holds_variables(QualType type, int depth = 0) {
  if (depth > 4) return false;
  if (type->isPointerType()) return is_variable(type->getPointeeType());
  if (const auto* array = type->getAsArrayTypeUnsafe())
    return is_variable(array->getElementType()) || holds_variables(array->getElementType(), depth + 1);
  const auto* special = dyn_cast_or_null<ClassTemplateSpecializationDecl>(type->getAsCXXRecordDecl());
  if (!special || !special->isInStdNamespace() || special->getName() == "reference_wrapper" ||
      special->getName() == "function")
    return false;
  for (const TemplateArgument& argument : special->getTemplateArgs().asArray()) {
    if (argument.getKind() != TemplateArgument::Type) continue;
    if (is_variable(argument.getAsType()) || holds_variables(argument.getAsType(), depth + 1)) return true;
  }
  return false;
}

/// What is put into a member, as far as this unit shows it.
class Sources : public UserSearch<Sources> {
 public:
  Sources(const FieldDecl* field, Search& search) : UserSearch(search), field_(field) {}

  bool has_own = false, has_registered = false;

  bool VisitCXXMemberCallExpr(CXXMemberCallExpr* call) {
    if (is_field(call->getImplicitObjectArgument()))
      for (const Expr* argument : call->arguments()) add(argument);
    return true;
  }
  bool VisitCXXOperatorCallExpr(CXXOperatorCallExpr* call) {
    if (call->isAssignmentOp() && is_field(call->getArg(0))) add(call->getArg(1));
    return true;
  }
  bool VisitBinaryOperator(BinaryOperator* op) {
    if (op->isAssignmentOp() && is_field(op->getLHS())) add(op->getRHS());
    return true;
  }
  bool VisitCXXConstructorDecl(CXXConstructorDecl* d) {
    for (const CXXCtorInitializer* i : d->inits())
      if (i->isWritten() && i->getMember() == field_) add(i->getInit());
    return true;
  }
  void add(const Expr* value) {
    struct Parts : RecursiveASTVisitor<Parts> {
      Sources& into;
      explicit Parts(Sources& sources) : into(sources) {}
      bool TraverseLambdaExpr(LambdaExpr*) { return true; }
      bool VisitCXXMemberCallExpr(CXXMemberCallExpr* call) {
        into.has_registered = into.has_registered || maker_of(call);
        return true;
      }
      bool VisitUnaryOperator(UnaryOperator* op) {
        into.has_registered = into.has_registered || op->getOpcode() == UO_AddrOf;
        return true;
      }
      bool VisitExpr(Expr* e) {
        // `new`, make_unique and emplace_back(value) make one from a value.
        const auto* made = dyn_cast<CXXConstructExpr>(e);
        into.has_own = into.has_own || (made && own_variable(made) && !maker_of(made));
        return true;
      }
      bool VisitCallExpr(CallExpr* call) {
        const FunctionDecl* callee = call->getDirectCallee();
        into.has_own = into.has_own || (callee && callee->getIdentifier() && callee->getName().starts_with("make_") &&
                                        callee->isInStdNamespace());
        return true;
      }
    } parts(*this);
    parts.TraverseStmt(const_cast<Expr*>(value));
    const QualType type = plain(value)->getType();
    if (is_array(type) || type->isArithmeticType()) has_own = has_own || !type->isArithmeticType();
  }

 private:
  bool is_field(const Expr* e) const {
    const auto* member = dyn_cast<MemberExpr>(plain(e));
    return member && member->getMemberDecl() == field_;
  }

  const FieldDecl* field_;
};

/// All methods of the class have their bodies here: nothing is hidden in another file.
bool is_whole(const CXXRecordDecl* record) {
  for (const CXXMethodDecl* method : record->methods())
    if (!method->isImplicit() && !method->isDeleted() && !method->isDefaulted() && !method->isPureVirtual() &&
        !method->hasBody())
      return false;
  return true;
}

class Members : public UserSearch<Members> {
 public:
  using UserSearch::UserSearch;

  bool VisitFieldDecl(FieldDecl* field) {
    const auto* record = dyn_cast<CXXRecordDecl>(field->getParent());
    if (!record || record->isDependentContext() || record->isLambda() || !is_model(record)) return true;
    if (is_variable(field->getType()) && !field->getType()->isReferenceType()) plain_member(field);
    else if (holds_variables(field->getType())) container(field);
    return true;
  }

 private:
  void plain_member(const FieldDecl* field) {
    // Reflection registers them.
    if (search_.options.natural) return;
    const Expr* init = field->getInClassInitializer();
    const CXXConstructExpr* made = init ? own_variable(init) : nullptr;
    if (!made) {
      for (const CXXConstructorDecl* d : cast<CXXRecordDecl>(field->getParent())->ctors())
        for (const CXXCtorInitializer* i : d->inits())
          if (i->isWritten() && i->getMember() == field && own_variable(i->getInit()))
            made = own_variable(i->getInit());
      init = nullptr;
    }
    if (!made || maker_of(made)) return;
    const std::string name = field->getNameAsString();
    Finding& finding = search_.add(
        unregistered_variable, field->getLocation(),
        fmt::format("the Variable '{}' does not belong to the model: it is not saved, monitored or reset; make it with "
                    "variable(\"{}\", ...)",
                    name, name));
    const bool has_value =
        init && made->getArg(0) && (made->getNumArgs() == 1 || isa<CXXDefaultArgExpr>(made->getArg(1)));
    if (!has_value || init->getBeginLoc().isMacroID()) return;
    const std::string value = search_.text(made->getArg(0)->getSourceRange());
    const SourceLocation behind_name = search_.end(field->getLocation());
    if (value.empty()) return;
    finding.fixes.push_back(FixItHint::CreateReplacement(
        CharSourceRange::getCharRange(behind_name, search_.end(init->getSourceRange())),
        fmt::format(" = {}variable(\"{}\", {})", is_train_variable(field) ? "train_" : "", name, value)));
  }

  static bool is_train_variable(const FieldDecl* field) {
    return field->getType()->getAsCXXRecordDecl()->getName() == "TrainVar";
  }

  void container(const FieldDecl* field) {
    Sources sources(field, search_);
    if (const Expr* init = field->getInClassInitializer()) sources.add(init);
    sources.run();
    const bool is_known = sources.has_registered && !sources.has_own;
    const bool is_unknown =
        !sources.has_registered && !sources.has_own && !is_whole(cast<CXXRecordDecl>(field->getParent()));
    if (is_known || is_unknown) return;
    PrintingPolicy policy{LangOptions()};
    policy.SuppressTagKeyword = true;
    search_.add(unregistered_variable, field->getLocation(),
                fmt::format("the model does not know the Variables in '{}' of type '{}': they are not saved, monitored "
                            "or reset; fill it with variable(...), or use bp::VarList",
                            field->getNameAsString(), field->getType().getAsString(policy)));
  }
};

}  // namespace

const Check local_variable{
    .name = "local-variable",
    .severity = Severity::error,
    .summary = "a Variable or a model that is made in a recorded function",
    .reason =
        "A Variable is state: it lives from step to step, in a member. One that update() makes is made while "
        "recording, and the compiled program never sees it again. What lives for one step is a bm::Array.",
    .bad = R"(class Cell : public bp::BrainPyObject {
 public:
  bm::Variable V = variable("V", bm::zeros({4}));
  void update(bm::Array I) {
    bm::Variable drive(I * 0.5);
    V = V + drive;
  }
};
)",
    .good = R"(class Cell : public bp::BrainPyObject {
 public:
  bm::Variable V = variable("V", bm::zeros({4}));
  void update(bm::Array I) {
    bm::Array drive(I * 0.5);
    V = V + drive;
  }
};
)",
    .find = [](Search& search) { LocalVariables(search).run(); }};

const Check unregistered_variable{
    .name = "unregistered-variable",
    .severity = Severity::warning,
    .summary = "a Variable that its model does not know",
    .reason =
        "A model knows the Variables that variable(), train_variable() and bp::VarList make: it saves and loads "
        "them, runners monitor and reset them. Others work in a step and are forgotten by all of these. With "
        "--natural plain members are registered by the source tool; what is in containers and behind pointers is "
        "not.",
    .bad = R"(class Cell : public bp::BrainPyObject {
 public:
  bm::Variable V{bm::zeros({4})};
  void update(bm::Array I) {
    V = V + I;
  }
};
)",
    .good = R"(class Cell : public bp::BrainPyObject {
 public:
  bm::Variable V = variable("V", bm::zeros({4}));
  void update(bm::Array I) {
    V = V + I;
  }
};
)",
    .find = [](Search& search) { Members(search).run(); }};

}  // namespace brainpy::tooling
