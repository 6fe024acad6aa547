// What a check is: a record and a function that finds. To add one: a record in a file of this folder, and its name in
// the list at the end of checks.cpp.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "frontend/tooling/changes.h"
#include "frontend/tooling/check.h"
#include "frontend/tooling/reachable.h"
#include "frontend/tooling/user_visitor.h"

namespace brainpy::tooling {

struct Search;

struct Check {
  std::string_view name;  ///< "host-state"
  Severity severity;
  std::string_view summary;  ///< one line
  std::string_view reason;   ///< why it goes wrong
  std::string_view bad;      ///< a source that only this check speaks of
  std::string_view good;     ///< the same, mended
  void (*find)(Search& search);
};

/// All checks, sorted by name.
std::span<const Check* const> all_checks();
/// The check of this name; an Error that lists the names when there is none.
const Check& check_named(std::string_view name);

/// What a check looks at, and where it puts what it finds.
struct Search {
  const clang::ASTUnit& unit;
  clang::ASTContext& context;
  const clang::SourceManager& sources;
  const UserFiles& files;
  const Reachable& reachable;
  Changes& changes;
  const CheckOptions& options;
  std::string bm, bp;  ///< how the file writes brainpy::math:: and brainpy::
  Findings findings{};

  Finding& add(const Check& check, clang::SourceLocation at, std::string message);
  /// The same in a recorded function: a note tells the way that leads there.
  Finding& add(const Check& check, const Reached& reached, clang::SourceLocation at, std::string message);

  std::string text(clang::SourceRange range) const;
  /// Behind the last token of a range.
  clang::SourceLocation end(clang::SourceRange range) const;
};

/// Where an expression begins. (Asked as a CallExpr, Clang 22 does not know that of operators.)
inline clang::SourceLocation begin_of(const clang::Expr* expression) { return expression->getBeginLoc(); }

/// A walk over the bodies of all functions that are recorded.
template <class Derived>
class RecordedSearch : public RecordedVisitor<Derived> {
 public:
  explicit RecordedSearch(Search& search) : search_(search) {}
  void run() {
    for (const Reached& reached : search_.reachable.functions()) {
      reached_ = &reached;
      static_cast<Derived&>(*this).begin();
      static_cast<Derived&>(*this).TraverseStmt(reached.function->getBody());
    }
  }
  /// Before each function.
  void begin() {}

 protected:
  Search& search_;
  const Reached* reached_ = nullptr;
};

/// A walk over everything in the user's files.
template <class Derived>
class UserSearch : public UserVisitor<Derived> {
 public:
  explicit UserSearch(Search& search) : UserVisitor<Derived>(search.sources, search.files), search_(search) {}
  void run() { this->TraverseDecl(search_.context.getTranslationUnitDecl()); }

 protected:
  Search& search_;
};

extern const Check concretize, escaped_trace, host_random, host_state, local_variable, long_unroll, native_branch,
    static_local, traced_output, unregistered_variable, variable_truth;

}  // namespace brainpy::tooling
