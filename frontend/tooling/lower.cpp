// A translation unit: its functions, expressions and includes; the main file and the project's headers.
#include "frontend/tooling/lower.h"

#include <filesystem>
#include <memory>
#include <regex>
#include <set>

#include <fmt/format.h>

#include "frontend/tooling/body.h"
#include "frontend/tooling/expressions.h"
#include "frontend/tooling/parse.h"
#include "frontend/tooling/traced.h"
#include "frontend/tooling/user_visitor.h"

namespace brainpy::tooling {

using namespace clang;
namespace fs = std::filesystem;

namespace {

/// A function that its author wants left alone: the line before it is `// brainpy: native`.
bool is_left_alone(const Decl* d, const SourceManager& sources) {
  if (!isa<FunctionDecl>(d) || d->getBeginLoc().isInvalid()) return false;
  const auto [file, offset] = sources.getDecomposedExpansionLoc(d->getBeginLoc());
  const llvm::StringRef before = sources.getBufferData(file).substr(0, offset).rtrim();
  return before.substr(before.rfind('\n') + 1).trim() == "// brainpy: native";
}

class UnitLowering : public UserVisitor<UnitLowering> {
 public:
  UnitLowering(ASTUnit& unit, const UserFiles& files, const LowerOptions& options)
      : UserVisitor(unit.getSourceManager(), files),
        context_(unit.getASTContext()),
        sources_(unit.getSourceManager()),
        files_(files),
        options_(options) {}

  Lowered run() {
    TraverseDecl(context_.getTranslationUnitDecl());
    find_files();
    rewrite_includes();
    Lowered result;
    // Bodies are printed here; what cannot be printed is found then.
    const std::string main_text = text_of(sources_.getMainFileID());
    if (rewrites_headers_) {
      for (const auto& [path, file] : headers_) result.headers.push_back({path, copy_of(path), text_of(file)});
    }
    for (const auto& print : changes_) result.changes.push_back(print());
    for (const auto& [file, rewriter] : rewriters_)
      for (const SourceLocation at : rewriter->lost_directives())
        findings_.push_back({.check = "lower",
                             .at = at,
                             .message =
                                 "a preprocessor directive in the head of a branch or loop with a traced condition "
                                 "is not supported; put it before"});
    result.findings = std::move(findings_);
    sort_findings(result.findings, sources_);
    if (!has_errors(result.findings)) result.text = main_text;
    result.dependencies = dependencies();
    return result;
  }

  /// Instances of templates have no text of their own.
  bool shouldVisitTemplateInstantiations() const { return false; }
  bool TraverseDecl(Decl* d) { return (d && is_left_alone(d, sources_)) || UserVisitor::TraverseDecl(d); }

  bool VisitFunctionDecl(FunctionDecl* f) {
    if (f->doesThisDeclarationHaveABody() && !f->isDependentContext() && !f->isTemplated() && !is_lambda(f))
      lower(f, f->getBody());
    return true;
  }
  bool VisitLambdaExpr(LambdaExpr* lambda) {
    FunctionDecl* call = lambda->getCallOperator();
    if (call && !call->isDependentContext() && !call->isTemplated()) lower(call, lambda->getBody());
    return true;
  }
  bool VisitVarDecl(VarDecl* d) {
    if (!d->isTemplated()) refuse_native_holder(d, findings_);
    return true;
  }
  bool VisitExpr(Expr* e) {
    if (e->isInstantiationDependent() || e->isTypeDependent()) return true;
    if (!isa<ConditionalOperator, BinaryConditionalOperator, BinaryOperator, CXXOperatorCallExpr>(e)) return true;
    const FileID file = sources_.getFileID(sources_.getExpansionLoc(e->getBeginLoc()));
    if (lower_expression(e, context_, rewriter_of(file), findings_)) note_change(file);
    return true;
  }

 private:
  static bool is_lambda(const FunctionDecl* f) {
    const auto* method = dyn_cast<CXXMethodDecl>(f);
    return method && method->getParent()->isLambda();
  }

  Rewriter& rewriter_of(FileID file) {
    std::unique_ptr<Rewriter>& rewriter = rewriters_[file];
    if (!rewriter) rewriter = std::make_unique<Rewriter>(context_, file);
    return *rewriter;
  }

  void lower(const FunctionDecl* function, const Stmt* body) {
    const FileID file = sources_.getFileID(sources_.getExpansionLoc(body->getBeginLoc()));
    Rewriter& rewriter = rewriter_of(file);
    bodies_.push_back(std::make_unique<BodyLowering>(context_, rewriter, function, body, findings_));
    if (!bodies_.back()->add_replacements()) return;
    note_change(file);
    if (is_lambda(function)) return;
    if (const std::optional<Range> range = rewriter.range_of(function->getSourceRange()))
      changes_.push_back([&rewriter, range, name = function->getQualifiedNameAsString()] {
        return Lowered::Change{name, std::string(rewriter.original(*range)), rewriter.text(*range)};
      });
  }

  void note_change(FileID file) { rewrites_headers_ = rewrites_headers_ || file != sources_.getMainFileID(); }

  static std::string canonical(llvm::StringRef path) {
    std::error_code fault;
    const fs::path real = fs::weakly_canonical(fs::absolute(path.str()), fault);
    return (fault ? fs::path(path.str()) : real).string();
  }

  std::string path_of(FileID file) const {
    const auto entry = sources_.getFileEntryRefForID(file);
    return entry ? canonical(entry->getName()) : std::string();
  }

  /// The project's headers that this unit reads as text.
  void find_files() {
    for (unsigned i = 0; i < sources_.local_sloc_entry_size(); ++i) {
      const SrcMgr::SLocEntry& entry = sources_.getLocalSLocEntry(i);
      if (!entry.isFile()) continue;
      const FileID file = sources_.getFileID(SourceLocation::getFromRawEncoding(entry.getOffset()));
      const SourceLocation start = sources_.getLocForStartOfFile(file);
      if (file == sources_.getMainFileID() || !files_.contains(start)) continue;
      const std::string path = path_of(file);
      if (path.empty() || !headers_.try_emplace(path, file).second) continue;
      // Read otherwise than it is written: declarations of Variables in braces.
      const auto written = llvm::MemoryBuffer::getFile(path);
      rewrites_headers_ = rewrites_headers_ || (written && (*written)->getBuffer() != sources_.getBufferData(file));
    }
  }

  std::string copy_of(const std::string& original) const {
    std::string name = original;
    std::ranges::replace(name, '/', '_');
    return (fs::path(options_.header_folder) / name.substr(1)).string();
  }

  /// Which of the project's headers an include in this file names; empty for another one.
  std::string included(const std::string& name, const std::string& from) const {
    const std::string beside = canonical((fs::path(from).parent_path() / name).string());
    if (headers_.contains(beside)) return beside;
    for (const auto& [path, file] : headers_)
      if (path.ends_with("/" + fs::path(name).lexically_normal().string())) return path;
    return {};
  }

  /// The rewritten file lies elsewhere: its includes name the files that they named before, or their copies.
  void rewrite_includes() {
    std::map<std::string, FileID> all;
    if (rewrites_headers_) all = headers_;
    all.emplace(path_of(sources_.getMainFileID()), sources_.getMainFileID());
    static const std::regex directive(R"(^[ \t]*#[ \t]*include[ \t]*(["<][^">\n]+[">]))", std::regex::multiline);
    for (const auto& [path, file] : all) {
      Rewriter& rewriter = rewriter_of(file);
      const std::string text(rewriter.source());
      for (auto it = std::sregex_iterator(text.begin(), text.end(), directive); it != std::sregex_iterator(); ++it) {
        const std::string word = (*it)[1].str();
        const std::string target = included(word.substr(1, word.size() - 2), path);
        if (target.empty()) continue;
        const auto begin = static_cast<unsigned>(it->position(1));
        const std::string replacement = "\"" + (rewrites_headers_ ? copy_of(target) : target) + "\"";
        rewriter.replace({begin, begin + static_cast<unsigned>(word.size())}, [replacement] { return replacement; });
      }
    }
  }

  std::string text_of(FileID file) {
    return fmt::format("#line 1 \"{}\"\n{}", name_in_lines(file), rewriter_of(file).file_text());
  }

  /// As the user's compiler would name it.
  std::string name_in_lines(FileID file) const {
    const auto entry = sources_.getFileEntryRefForID(file);
    return entry ? entry->getName().str() : std::string();
  }

  std::vector<std::string> dependencies() const {
    std::vector<std::string> files{path_of(sources_.getMainFileID())};
    std::set<std::string> seen(files.begin(), files.end());
    for (auto it = sources_.fileinfo_begin(); it != sources_.fileinfo_end(); ++it) {
      std::string path = canonical(it->first.getName());
      if (seen.insert(path).second) files.push_back(std::move(path));
    }
    return files;
  }

  ASTContext& context_;
  const SourceManager& sources_;
  const UserFiles& files_;
  const LowerOptions& options_;
  Findings findings_;
  std::map<FileID, std::unique_ptr<Rewriter>> rewriters_;
  std::vector<std::unique_ptr<BodyLowering>> bodies_;
  std::vector<std::function<Lowered::Change()>> changes_;
  std::map<std::string, FileID> headers_;
  bool rewrites_headers_ = false;
};

}  // namespace

Lowered lower(ASTUnit& unit, const LowerOptions& options) {
  const UserFiles files(unit.getSourceManager(), library_headers());
  return UnitLowering(unit, files, options).run();
}

}  // namespace brainpy::tooling
