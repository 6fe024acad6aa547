// The control flow of one function: which branches and loops are rewritten, and which exits leave a rewritten one.
// In: the body of a function or lambda. Out: for each statement what becomes of it.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "frontend/tooling/clang_headers.h"

namespace brainpy::tooling {

/// A `break`, `continue` or `return`, and the loop that it leaves (null: the function; for `break` also a switch).
struct Exit {
  const clang::Stmt* statement;
  const clang::Stmt* target;
  std::vector<const clang::Stmt*> inside;  ///< the branches, loops and switches between them, innermost first
};

/// Which exit of a loop or function has been taken: a local array in the rewritten text.
struct Flag {
  enum class Kind : std::uint8_t { broken, continued, returned };
  Kind kind;
  const clang::Stmt* target;  ///< the loop; null for `returned`
  auto operator<=>(const Flag&) const = default;
};

class Control {
 public:
  explicit Control(const clang::Stmt* body);

  /// The branch or loop becomes a call of the library.
  bool is_lowered(const clang::Stmt* statement) const { return lowered_.contains(statement); }
  /// The exit becomes an assignment of its flag: it leaves a body that became a lambda.
  bool is_flagged(const clang::Stmt* exit) const { return flagged_.contains(exit); }
  Flag flag_of(const clang::Stmt* exit) const;
  /// The flags that a statement sets and that are not its own.
  std::set<Flag> flags_set_in(const clang::Stmt* statement) const;
  /// Some exit of the loop has this flag.
  bool has(const Flag& flag) const { return flags_.contains(flag); }
  const std::vector<Exit>& exits() const { return exits_; }
  bool changes_anything() const { return !lowered_.empty(); }

 private:
  void settle();
  bool flag(const Exit& exit);

  std::vector<Exit> exits_;
  std::map<const clang::Stmt*, const Exit*> exit_of_;
  std::set<const clang::Stmt*> lowered_, flagged_;
  std::set<Flag> flags_;
};

/// The condition of an if, while, do or for; null where there is none.
const clang::Expr* condition_of(const clang::Stmt* statement);
bool is_loop(const clang::Stmt* statement);

}  // namespace brainpy::tooling
