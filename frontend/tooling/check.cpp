// All checks over one source, and the comments that silence them.
#include "frontend/tooling/check.h"

#include "frontend/tooling/checks/checks.h"
#include "frontend/tooling/parse.h"

namespace brainpy::tooling {

using namespace clang;

namespace {

/// Parents of expressions are looked up in the user's declarations only: those of all headers would cost more than the
/// parse.
class UserScope {
 public:
  UserScope(ASTContext& context, const UserFiles& files) : context_(context), former_(context.getTraversalScope()) {
    std::vector<Decl*> own;
    for (Decl* d : context.getTranslationUnitDecl()->decls())
      if (files.contains(d->getLocation())) own.push_back(d);
    context.setTraversalScope(own);
  }
  ~UserScope() { context_.setTraversalScope(former_); }
  UserScope(const UserScope&) = delete;
  UserScope& operator=(const UserScope&) = delete;

 private:
  ASTContext& context_;
  std::vector<Decl*> former_;
};

/// "bm::" where the file has such a name for the namespace, else the long form.
std::string alias_of(const ASTContext& context, llvm::StringRef qualified) {
  for (const Decl* d : context.getTranslationUnitDecl()->decls())
    if (const auto* alias = dyn_cast<NamespaceAliasDecl>(d);
        alias && alias->getNamespace()->getQualifiedNameAsString() == qualified)
      return alias->getNameAsString() + "::";
  return (qualified + "::").str();
}

/// The line says `// brainpy: ignore NAME, NAME`; behind a name a reason may follow.
bool ignores(llvm::StringRef line, llvm::StringRef name) {
  constexpr llvm::StringLiteral opening = "// brainpy: ignore ";
  const std::size_t comment = line.find(opening);
  if (comment == llvm::StringRef::npos) return false;
  llvm::SmallVector<llvm::StringRef> names;
  line.substr(comment + opening.size()).split(names, ',');
  return llvm::any_of(names, [&](llvm::StringRef word) {
    return word.trim().take_while([](char c) { return llvm::isAlnum(c) || c == '-'; }) == name;
  });
}

/// The finding's line says so, or the line before, when it is a comment.
bool is_silenced(const Finding& finding, const SourceManager& sources) {
  const auto [file, offset] = sources.getDecomposedExpansionLoc(finding.at);
  const llvm::StringRef text = sources.getBufferData(file);
  const llvm::StringRef before = text.substr(0, offset);
  const std::size_t start = before.rfind('\n') + 1;
  const llvm::StringRef line = text.substr(start).take_until([](char c) { return c == '\n'; });
  if (ignores(line, finding.check)) return true;
  if (start == 0) return false;
  const llvm::StringRef above = text.substr(0, start - 1);
  const llvm::StringRef previous = above.substr(above.rfind('\n') + 1).trim();
  return previous.starts_with("//") && ignores(previous, finding.check);
}

}  // namespace

Findings check(ASTUnit& unit, const CheckOptions& options) {
  ASTContext& context = unit.getASTContext();
  const SourceManager& sources = unit.getSourceManager();
  const UserFiles files(sources, library_headers());
  const UserScope scope(context, files);
  const Reachable reachable(context, files);
  Changes changes;
  Search search{.unit = unit,
                .context = context,
                .sources = sources,
                .files = files,
                .reachable = reachable,
                .changes = changes,
                .options = options,
                .bm = alias_of(context, "brainpy::math"),
                .bp = alias_of(context, "brainpy")};
  for (const Check* one : all_checks())
    if (!options.only_errors || one->severity == Severity::error) one->find(search);
  std::erase_if(search.findings,
                [&](const Finding& finding) { return !files.contains(finding.at) || is_silenced(finding, sources); });
  sort_findings(search.findings, sources);
  return std::move(search.findings);
}

}  // namespace brainpy::tooling
