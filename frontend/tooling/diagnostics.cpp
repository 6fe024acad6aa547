// Findings as text and as JSON.
#include <algorithm>
#include <tuple>

#include "frontend/tooling/finding.h"
#include "frontend/tooling/plain_members.h"

namespace brainpy::tooling {

namespace {

using Level = clang::DiagnosticsEngine::Level;

/// Clang 22 takes the options by reference, Clang 19 by pointer.
template <class Printer>
std::unique_ptr<Printer> make_printer(llvm::raw_ostream& out, clang::DiagnosticOptions& options) {
  if constexpr (std::is_constructible_v<Printer, llvm::raw_ostream&, clang::DiagnosticOptions*>)
    return std::make_unique<Printer>(out, &options);
  else return std::make_unique<Printer>(out, options);
}

/// A unit's diagnostics with another consumer, as long as this lives.
class Redirected {
 public:
  Redirected(clang::DiagnosticsEngine& engine, clang::DiagnosticConsumer& consumer)
      : engine_(engine), owner_(engine.takeClient()), former_(engine.getClient()) {
    engine_.setClient(&consumer, false);
    engine_.setErrorLimit(0);
  }
  ~Redirected() {
    if (owner_) engine_.setClient(owner_.release(), true);
    else engine_.setClient(former_, false);
  }
  Redirected(const Redirected&) = delete;
  Redirected& operator=(const Redirected&) = delete;

 private:
  clang::DiagnosticsEngine& engine_;
  std::unique_ptr<clang::DiagnosticConsumer> owner_;
  clang::DiagnosticConsumer* former_;
};

// Only one diagnostic can be on its way at a time: each call reports it before it returns.
void report(clang::DiagnosticsEngine& engine, Level level, clang::SourceLocation at, const std::string& message,
            const std::vector<clang::SourceRange>& ranges, const std::vector<clang::FixItHint>& fixes) {
  const unsigned id =
      engine.getDiagnosticIDs()->getCustomDiagID(level == Level::Error     ? clang::DiagnosticIDs::Error
                                                 : level == Level::Warning ? clang::DiagnosticIDs::Warning
                                                                           : clang::DiagnosticIDs::Note,
                                                 "%0");
  const clang::DiagnosticBuilder builder = engine.Report(at, id);
  builder << message;
  for (const clang::SourceRange& range : ranges) builder << range;
  for (const clang::FixItHint& fix : fixes) builder << fix;
}

auto key(const Finding& finding, const clang::SourceManager& sources) {
  const clang::PresumedLoc place = sources.getPresumedLoc(finding.at);
  const std::string file = place.isValid() ? place.getFilename() : "";
  return std::tuple(file, place.isValid() ? place.getLine() : 0, place.isValid() ? place.getColumn() : 0, finding.check,
                    finding.message);
}

bool append_edit(const clang::FixItHint& fix, const clang::ASTUnit& unit, std::vector<Edit>& into) {
  const clang::SourceManager& sources = unit.getSourceManager();
  const clang::CharSourceRange range = clang::Lexer::makeFileCharRange(fix.RemoveRange, sources, unit.getLangOpts());
  if (range.isInvalid()) return false;
  const auto [file, begin] = sources.getDecomposedLoc(range.getBegin());
  const unsigned end = sources.getFileOffset(range.getEnd());
  const std::string name = sources.getFilename(range.getBegin()).str();
  // The file may be read otherwise than it is written.
  const auto written = llvm::MemoryBuffer::getFile(name);
  if (!written) return false;
  const llvm::StringRef read = sources.getBufferData(file);
  const auto place = [&](unsigned offset) {
    return static_cast<unsigned>(written_offset(read, (*written)->getBuffer(), offset));
  };
  into.push_back({.file = name, .offset = place(begin), .length = place(end) - place(begin), .text = fix.CodeToInsert});
  return true;
}

llvm::json::Object place_of(clang::SourceLocation at, const clang::SourceManager& sources) {
  const clang::PresumedLoc place = sources.getPresumedLoc(at);
  // A copy: the object outlives the unit.
  return llvm::json::Object{
      {"file", std::string(place.getFilename())}, {"line", place.getLine()}, {"column", place.getColumn()}};
}

}  // namespace

void sort_findings(Findings& findings, const clang::SourceManager& sources) {
  const auto before = [&](const Finding& a, const Finding& b) { return key(a, sources) < key(b, sources); };
  const auto same = [&](const Finding& a, const Finding& b) { return key(a, sources) == key(b, sources); };
  std::stable_sort(findings.begin(), findings.end(), before);
  findings.erase(std::unique(findings.begin(), findings.end(), same), findings.end());
}

void print_findings(const Findings& findings, clang::ASTUnit& unit, llvm::raw_ostream& out) {
  clang::DiagnosticsEngine& engine = unit.getDiagnostics();
  engine.getDiagnosticOptions().ShowColors = out.has_colors();
  const auto printer = make_printer<clang::TextDiagnosticPrinter>(out, engine.getDiagnosticOptions());
  const Redirected redirected(engine, *printer);
  printer->BeginSourceFile(unit.getLangOpts(), &unit.getPreprocessor());
  for (const Finding& finding : findings) {
    report(engine, finding.severity == Severity::error ? Level::Error : Level::Warning, finding.at,
           finding.message + " [brainpy-" + finding.check + "]", finding.ranges, finding.fixes);
    for (const Remark& note : finding.notes) report(engine, Level::Note, note.at, note.message, {}, note.fixes);
  }
  printer->EndSourceFile();
}

std::vector<Edit> edits(const Finding& finding, const clang::ASTUnit& unit) {
  std::vector<Edit> list;
  bool all = true;
  for (const clang::FixItHint& fix : finding.fixes) all = all && append_edit(fix, unit, list);
  for (const Remark& note : finding.notes)
    for (const clang::FixItHint& fix : note.fixes) all = all && append_edit(fix, unit, list);
  if (!all) list.clear();
  return list;
}

llvm::json::Object to_json(const Finding& finding, const clang::ASTUnit& unit) {
  const clang::SourceManager& sources = unit.getSourceManager();
  llvm::json::Object object = place_of(finding.at, sources);
  object["severity"] = finding.severity == Severity::error ? "error" : "warning";
  object["check"] = finding.check;
  object["message"] = finding.message;
  llvm::json::Array notes, fixes;
  for (const Remark& note : finding.notes) {
    llvm::json::Object one = place_of(note.at, sources);
    one["message"] = note.message;
    notes.push_back(std::move(one));
  }
  for (const Edit& edit : edits(finding, unit))
    fixes.push_back(
        llvm::json::Object{{"file", edit.file}, {"offset", edit.offset}, {"length", edit.length}, {"text", edit.text}});
  object["notes"] = std::move(notes);
  object["fixes"] = std::move(fixes);
  return object;
}

bool has_errors(const Findings& findings) {
  return std::any_of(findings.begin(), findings.end(),
                     [](const Finding& finding) { return finding.severity == Severity::error; });
}

}  // namespace brainpy::tooling
