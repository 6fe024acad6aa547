// Values in IR text: their names and where these are visible, operands, the types of results.
// In: the pieces of a line. Out: values of the program, or a ParseError that says which name or type is wrong.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "compiler/ir/ir.h"
#include "compiler/ir/text_reader.h"

namespace brainpy::compiler::ir {

class ValueReader {
 public:
  explicit ValueReader(TextReader& in) : in_(in) {}

  /// From here on the name stands for the value.
  void define(const Token& name, Value* value);
  /// How many names are visible: where a scope begins.
  std::size_t scope() const { return visible_.size(); }
  /// Ends the scope that began there.
  void leave_scope(std::size_t scope);

  /// A value's name or a literal, which becomes a `const` of the region.
  Value* operand(Region& region, DType plain_integer = DType::i32);
  /// Operands up to the end of the line; a line may be broken after a comma.
  std::vector<Value*> operands(Region& region);
  /// `: types` of the results, which must be these; then the names are theirs. `at`: the operation's name.
  void results(Op& op, const Token& at, const std::vector<Token>& names, const std::vector<Type>& expected);

 private:
  Value* find(const Token& name) const;

  struct Named {
    Value* value = nullptr;  ///< null once its region has ended
    unsigned line = 0;
  };

  TextReader& in_;
  std::unordered_map<std::string_view, Named> values_;
  std::vector<std::string_view> visible_;  ///< innermost last
};

/// For messages: "f32[4], i32[]", or "nothing".
std::string list_types(std::span<const Type> types);
/// For messages: "1 result", "2 results".
std::string count_of(std::size_t n, const char* noun);

}  // namespace brainpy::compiler::ir
