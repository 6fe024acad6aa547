// What the tool has to say about a place in a source: one record, printed as Clang prints its own, or as JSON.
// In: findings in any order. Out: text or JSON, sorted by place; fixed files.
#pragma once

#include <string>
#include <vector>

#include "frontend/tooling/clang_headers.h"

namespace brainpy::tooling {

enum class Severity : std::uint8_t { error, warning };

struct Remark {
  clang::SourceLocation at;
  std::string message;
  std::vector<clang::FixItHint> fixes;
};

struct Finding {
  Severity severity = Severity::error;
  std::string check;  ///< its name: "native-branch"; `brainpy check --explain` takes it
  clang::SourceLocation at;
  std::string message;
  std::vector<clang::SourceRange> ranges;  ///< what is underlined
  std::vector<clang::FixItHint> fixes;
  std::vector<Remark> notes;
};

using Findings = std::vector<Finding>;

/// Sorted by file and place; one of several equal ones stays (a header that is read twice).
void sort_findings(Findings& findings, const clang::SourceManager& sources);

/// As Clang prints errors and warnings: file:line:column, the line, a caret, fix-its, notes; at the end of the message
/// [brainpy-CHECK]. The unit's own diagnostics are over then: ask them before.
void print_findings(const Findings& findings, clang::ASTUnit& unit, llvm::raw_ostream& out);

/// A text that is put in the place of another one.
struct Edit {
  std::string file;
  unsigned offset = 0, length = 0;  ///< bytes
  std::string text;
};

/// The fixes of a finding and its notes; empty when one of them is not in a file as it stands there (in a macro).
std::vector<Edit> edits(const Finding& finding, const clang::ASTUnit& unit);

/// A JSON object: file, line, column (from 1), severity, check, message; notes: objects of file, line, column, message;
/// fixes: objects of file, offset, length (bytes), text.
llvm::json::Object to_json(const Finding& finding, const clang::ASTUnit& unit);

bool has_errors(const Findings& findings);

}  // namespace brainpy::tooling
