// The list of checks, and what they share.
#include "frontend/tooling/checks/checks.h"

#include <fmt/format.h>

#include "runtime/error.h"

namespace brainpy::tooling {

using namespace clang;

std::span<const Check* const> all_checks() {
  static const Check* const checks[] = {&concretize,     &escaped_trace,         &host_random,   &host_state,
                                        &local_variable, &long_unroll,           &native_branch, &static_local,
                                        &traced_output,  &unregistered_variable, &variable_truth};
  return checks;
}

const Check& check_named(std::string_view name) {
  std::string known;
  for (const Check* check : all_checks()) {
    if (check->name == name) return *check;
    known += (known.empty() ? "" : ", ") + std::string(check->name);
  }
  throw NameError({.what = fmt::format("there is no check '{}'", name), .hint = "the checks are " + known});
}

Finding& Search::add(const Check& check, SourceLocation at, std::string message) {
  findings.push_back({.severity = check.severity,
                      .check = std::string(check.name),
                      .at = sources.getExpansionLoc(at),
                      .message = std::move(message)});
  return findings.back();
}

Finding& Search::add(const Check& check, const Reached& reached, SourceLocation at, std::string message) {
  Finding& finding = add(check, at, std::move(message));
  if (reached.caller)
    finding.notes.push_back({.at = sources.getExpansionLoc(reached.first_call().called_at),
                             .message = fmt::format("reached through {} -> here", reached.path())});
  return finding;
}

std::string Search::text(SourceRange range) const {
  return Lexer::getSourceText(CharSourceRange::getTokenRange(range), sources, context.getLangOpts()).str();
}

SourceLocation Search::end(SourceRange range) const {
  return Lexer::getLocForEndOfToken(range.getEnd(), 0, sources, context.getLangOpts());
}

}  // namespace brainpy::tooling
