// Model classes and their members, and the explicit instantiations that tell the library of them.
#include "frontend/tooling/reflect.h"

#include <clang/AST/QualTypeNames.h>

#include <fmt/format.h>

#include "frontend/tooling/documentation.h"
#include "frontend/tooling/parse.h"
#include "frontend/tooling/user_visitor.h"

namespace brainpy::tooling {

using namespace clang;

namespace {

std::string quoted(llvm::StringRef text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c == '\t' ? ' ' : c;
  }
  return out + '"';
}

/// A Variable that is a member by itself and not made with variable() or train_variable().
bool is_plain_variable(const FieldDecl* field) {
  if (!is_variable(field->getType()) || field->getType()->isReferenceType()) return false;
  struct Calls : RecursiveASTVisitor<Calls> {
    bool named = false;
    bool VisitCXXMemberCallExpr(CXXMemberCallExpr* call) {
      const CXXMethodDecl* method = call->getMethodDecl();
      named = named || (method && method->getIdentifier() &&
                        (method->getName() == "variable" || method->getName() == "train_variable"));
      return !named;
    }
  } calls;
  if (field->getInClassInitializer()) calls.TraverseStmt(field->getInClassInitializer());
  return !calls.named;
}

class Models : public UserVisitor<Models> {
 public:
  Models(ASTUnit& unit, const UserFiles& files)
      : UserVisitor(unit.getSourceManager(), files),
        context_(unit.getASTContext()),
        sources_(unit.getSourceManager()) {}

  Reflected run() {
    TraverseDecl(context_.getTranslationUnitDecl());
    Reflected result{.text = {}, .findings = std::move(findings_)};
    if (!classes_.empty())
      result.text = fmt::format(
          "\n#line 1 \"<members>\"\n#include \"frontend/object/reflection.hpp\"\n"
          "namespace {{\nnamespace brainpy_members {{\nusing ::brainpy::reflection::Text;\n{}}}\n}}\n{}",
          texts_, classes_);
    return result;
  }

  bool VisitCXXRecordDecl(CXXRecordDecl* record) {
    if (!record->isThisDeclarationADefinition() || record->isDependentContext() || record->isLambda()) return true;
    if (!is_model(record) || !record->getIdentifier()) return true;
    if (record->isLocalClass()) refuse_plain_members(record);
    else add(record);
    return true;
  }

 private:
  void refuse_plain_members(const CXXRecordDecl* record) {
    for (const FieldDecl* field : record->fields())
      if (is_plain_variable(field))
        findings_.push_back(
            {.check = "reflect",
             .at = field->getLocation(),
             .message = fmt::format("'{}' is a Variable of a class inside a function, where it cannot be registered; "
                                    "move the class out of the function, or make it with variable(\"{}\", ...)",
                                    field->getName().str(), field->getName().str())});
  }

  std::string name_of(QualType type) const {
    PrintingPolicy policy(context_.getLangOpts());
    policy.SuppressUnwrittenScope = true;
    return TypeName::getFullyQualifiedName(type, context_, policy, true);
  }

  std::string add_text(const std::string& name, const std::string& type, SourceRange at) {
    const Documentation documentation = documentation_of(at.getBegin(), at.getEnd(), sources_);
    const PresumedLoc place = sources_.getPresumedLoc(sources_.getExpansionLoc(at.getBegin()));
    const std::string variable = fmt::format("text_{}", count_++);
    texts_ += fmt::format("constexpr Text {}{{{}, {}, {}, {}, {}, {}}};\n", variable, quoted(name), quoted(type),
                          quoted(documentation.unit), quoted(documentation.text), quoted(place.getFilename()),
                          place.getLine());
    return "brainpy_members::" + variable;
  }

  void add(const CXXRecordDecl* record) {
    const std::string type = name_of(type_of(record));
    std::string arguments = add_text(record->getName().str(), "", {begin_of(record), record->getLocation()});
    arguments += ", " + type;
    for (const CXXBaseSpecifier& base : record->bases())
      if (is_model(base.getType()->getAsCXXRecordDecl())) arguments += ", " + name_of(base.getType());
    classes_ += fmt::format("template struct ::brainpy::reflection::RegisteredClass<{}>;\n", arguments);
    for (const Decl* d : record->decls()) {
      if (const auto* field = dyn_cast<FieldDecl>(d)) add_member(field, type, has_pointer(field));
      else if (const auto* shared = dyn_cast<VarDecl>(d); shared && shared->isConstexpr())
        add_member(shared, type, true);
    }
  }

  /// Of a template the word template.
  static SourceLocation begin_of(const CXXRecordDecl* record) {
    const auto* instance = dyn_cast<ClassTemplateSpecializationDecl>(record);
    return instance ? instance->getSpecializedTemplate()->getBeginLoc() : record->getBeginLoc();
  }

  static bool has_pointer(const FieldDecl* field) {
    return !field->getType()->isReferenceType() && !field->isBitField();
  }

  void add_member(const DeclaratorDecl* member, const std::string& type, bool has_pointer) {
    if (!member->getIdentifier()) return;
    const std::string name = member->getName().str();
    PrintingPolicy policy(context_.getLangOpts());
    const std::string member_type = member->getType().getUnqualifiedType().getAsString(policy);
    const std::string text = add_text(name, member_type, member->getSourceRange());
    const std::string pointer = has_pointer ? fmt::format("&{}::{}", type, name) : "nullptr";
    classes_ +=
        fmt::format("template struct ::brainpy::reflection::RegisteredMember<{}, {}, {}>;\n", text, type, pointer);
  }

  ASTContext& context_;
  const SourceManager& sources_;
  Findings findings_;
  std::string texts_, classes_;
  int count_ = 0;
};

}  // namespace

Reflected reflect(ASTUnit& unit) {
  const UserFiles files(unit.getSourceManager(), library_headers());
  return Models(unit, files).run();
}

}  // namespace brainpy::tooling
