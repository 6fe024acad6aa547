// Rewriting, tables and checks, one after the other.
#include "frontend/tooling/translation.h"

#include <algorithm>
#include <iterator>

#include "frontend/tooling/check.h"
#include "frontend/tooling/reflect.h"

namespace brainpy::tooling {

namespace {

bool same_line(const Finding& a, const Finding& b, const clang::SourceManager& sources) {
  const clang::SourceLocation left = sources.getExpansionLoc(a.at), right = sources.getExpansionLoc(b.at);
  return sources.getFileID(left) == sources.getFileID(right) &&
         sources.getExpansionLineNumber(left) == sources.getExpansionLineNumber(right);
}

}  // namespace

Lowered translate(clang::ASTUnit& unit, const TranslationOptions& options) {
  const clang::SourceManager& sources = unit.getSourceManager();
  Lowered result = lower(unit, {.header_folder = options.header_folder});
  if (options.reflect) {
    Reflected reflected = reflect(unit);
    result.text += reflected.text;
    std::ranges::move(reflected.findings, std::back_inserter(result.findings));
  }
  if (options.check) {
    // Where rewriting is refused already, that is the better reason.
    const std::size_t refused = result.findings.size();
    for (Finding& finding : check(unit, {.natural = true, .only_errors = true}))
      if (std::none_of(result.findings.begin(), result.findings.begin() + static_cast<std::ptrdiff_t>(refused),
                       [&](const Finding& other) { return same_line(finding, other, sources); }))
        result.findings.push_back(std::move(finding));
  }
  sort_findings(result.findings, sources);
  if (has_errors(result.findings)) result.text.clear();
  return result;
}

}  // namespace brainpy::tooling
