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

/// As Clang prints errors and warnings: file:line:column, the line, a caret, fix-its, notes.
void print_findings(const Findings& findings, clang::ASTUnit& unit, llvm::raw_ostream& out);

bool has_errors(const Findings& findings);

}  // namespace brainpy::tooling
