// Tracedness by type, and the few native types behind which a traced value hides.
#include "frontend/tooling/traced.h"

namespace brainpy::tooling {

namespace {

const clang::CXXRecordDecl* record_of(clang::QualType type) {
  return type.isNull() ? nullptr : type.getNonReferenceType().getCanonicalType()->getAsCXXRecordDecl();
}

bool is_called(const clang::CXXRecordDecl* record, llvm::StringRef name) {
  return record && record->getIdentifier() && record->getName() == name && is_library(record);
}

/// The record or one of its bases has this name in the library.
bool derives_from(const clang::CXXRecordDecl* record, llvm::StringRef name) {
  if (!record) return false;
  if (is_called(record, name)) return true;
  if (!record->hasDefinition()) return false;
  for (const clang::CXXBaseSpecifier& base : record->bases())
    if (derives_from(base.getType()->getAsCXXRecordDecl(), name)) return true;
  return false;
}

/// A function whose return type is deduced takes the type of what it returns once that is rewritten.
bool returns_traced(const clang::FunctionDecl* function) {
  if (!function || !function->getBody()) return false;
  const auto* type = function->getType()->getAs<clang::FunctionProtoType>();
  const auto* declared = function->getDeclaredReturnType()->getContainedDeducedType();
  if (!type || !declared) return false;
  struct Returns : clang::RecursiveASTVisitor<Returns> {
    bool traced = false;
    bool VisitReturnStmt(clang::ReturnStmt* statement) {
      traced = traced || (statement->getRetValue() && is_traced(statement->getRetValue()));
      return !traced;
    }
    bool TraverseLambdaExpr(clang::LambdaExpr*) { return true; }
  } returns;
  static thread_local int depth = 0;  // a recursive function would ask for itself
  if (depth > 4) return false;
  ++depth;
  returns.TraverseStmt(function->getBody());
  --depth;
  return returns.traced;
}

}  // namespace

bool is_array(clang::QualType type) { return is_called(record_of(type), "Array"); }
bool is_variable(clang::QualType type) { return derives_from(record_of(type), "Variable"); }
bool is_traced(clang::QualType type) {
  return is_array(type) || is_variable(type) || is_called(record_of(type), "VariableView");
}

const clang::Expr* plain(const clang::Expr* expression) {
  for (;;) {
    const clang::Expr* inner = expression->IgnoreParenImpCasts();
    if (const auto* cleanups = llvm::dyn_cast<clang::ExprWithCleanups>(inner)) inner = cleanups->getSubExpr();
    else if (const auto* made = llvm::dyn_cast<clang::MaterializeTemporaryExpr>(inner)) inner = made->getSubExpr();
    else if (const auto* bound = llvm::dyn_cast<clang::CXXBindTemporaryExpr>(inner)) inner = bound->getSubExpr();
    else if (const auto* call = llvm::dyn_cast<clang::CXXMemberCallExpr>(inner);
             call && llvm::isa_and_nonnull<clang::CXXConversionDecl>(call->getMethodDecl()) &&
             call->getMethodDecl()->getReturnType()->isBooleanType())
      inner = call->getImplicitObjectArgument();
    if (inner == expression) return expression;
    expression = inner;
  }
}

bool is_traced(const clang::Expr* expression) {
  if (!expression || expression->isTypeDependent()) return false;
  expression = plain(expression);
  if (is_traced(expression->getType())) return true;
  if (const auto* choice = llvm::dyn_cast<clang::ConditionalOperator>(expression))
    return is_traced(choice->getCond()) || is_traced(choice->getTrueExpr()) || is_traced(choice->getFalseExpr());
  if (const auto* binary = llvm::dyn_cast<clang::BinaryOperator>(expression))
    return is_traced(binary->getLHS()) || is_traced(binary->getRHS());
  if (const auto* unary = llvm::dyn_cast<clang::UnaryOperator>(expression)) return is_traced(unary->getSubExpr());
  if (const auto* cast = llvm::dyn_cast<clang::ExplicitCastExpr>(expression)) return is_traced(cast->getSubExpr());
  if (const auto* call = llvm::dyn_cast<clang::CallExpr>(expression)) return returns_traced(call->getDirectCallee());
  if (const auto* name = llvm::dyn_cast<clang::DeclRefExpr>(expression))
    if (const auto* variable = llvm::dyn_cast<clang::VarDecl>(name->getDecl()))
      return variable->getType()->getContainedDeducedType() && variable->getInit() && is_traced(variable->getInit());
  return false;
}

bool is_model(const clang::CXXRecordDecl* record) { return derives_from(record, "BrainPyObject"); }

bool is_standard(const clang::Decl* declaration) {
  for (const clang::DeclContext* c = declaration->getDeclContext(); c; c = c->getParent())
    if (c->isStdNamespace()) return true;
  return false;
}

clang::QualType type_of(const clang::CXXRecordDecl* record) {
  // Clang 22 has no getRecordType, Clang 19 no getCanonicalTagType.
  return [record](auto& context) -> clang::QualType {
    if constexpr (requires { context.getCanonicalTagType(record); }) return context.getCanonicalTagType(record);
    else return context.getRecordType(record);
  }(record->getASTContext());
}

bool is_library(const clang::Decl* declaration) {
  const clang::DeclContext* context = declaration->getDeclContext();
  const clang::NamespaceDecl* outermost = nullptr;
  for (; context; context = context->getParent())
    if (const auto* space = llvm::dyn_cast<clang::NamespaceDecl>(context)) outermost = space;
  return outermost && outermost->getIdentifier() && outermost->getName() == "brainpy";
}

bool UserFiles::contains(clang::SourceLocation at) const {
  if (at.isInvalid()) return false;
  at = sources_.getExpansionLoc(at);
  if (sources_.isInSystemHeader(at)) return false;
  const clang::FileID file = sources_.getFileID(at);
  const auto [it, is_new] = known_.try_emplace(file, false);
  if (is_new) it->second = is_users(file);
  return it->second;
}

bool UserFiles::is_users(clang::FileID file) const {
  const auto entry = sources_.getFileEntryRefForID(file);
  if (!entry) return false;
  // With -I. the library's headers have relative paths.
  llvm::SmallString<256> path(entry->getName());
  llvm::sys::fs::make_absolute(path);
  llvm::sys::path::remove_dots(path, true);
  for (const char* room : {"/runtime/", "/frontend/", "/compiler/"})
    if (path.str().starts_with(library_ + room)) return false;
  return !path.str().starts_with(library_ + "/brainpy.hpp");
}

}  // namespace brainpy::tooling
