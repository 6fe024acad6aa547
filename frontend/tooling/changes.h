// What a function changes that outlives its call: members, globals, what references refer to, variables outside a
// recorded lambda.
// In: the body of a function. Out: each change with its place and what it changes.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "frontend/tooling/reachable.h"

namespace brainpy::tooling {

/// Where the changed value lives.
enum class Home : std::uint8_t {
  local,      ///< in this call
  member,     ///< of a model
  own,        ///< of an object of another class, whose method this is
  parameter,  ///< what a reference or pointer that was passed refers to
  global,
  outside,  ///< a variable outside of a lambda that is recorded
};

struct Place {
  Home home = Home::local;
  const clang::ValueDecl* declaration = nullptr;  ///< of the member, variable or parameter
  std::string name;                               ///< "stats.count"
};

struct Change {
  Place place;
  clang::SourceLocation at;
  clang::QualType type;        ///< of what is changed
  bool is_traced = false;      ///< a traced value is put there
  std::string by;              ///< the method or function that changes it: "push_back"; empty for an assignment
  clang::SourceLocation deep;  ///< where that function does so, when it is the user's
  std::string recorded_by;     ///< "bm::for_loop": whose lambda it is that the variable is outside of

  /// The innermost known place of the change.
  clang::SourceLocation deep_place() const { return deep.isValid() ? deep : at; }
};

/// The changes of all functions, each computed once.
class Changes {
 public:
  const std::vector<Change>& of(const clang::FunctionDecl* function);

 private:
  std::map<const clang::FunctionDecl*, std::vector<Change>> known_;
};

/// Variables are state by themselves; their changes are recorded.
bool is_state(clang::QualType type);

}  // namespace brainpy::tooling
