// The text of operations that own regions: `if`, `for`, `while`, `fused`.
// In: the text after the operation's name. Out: the operation, its regions filled, or a ParseError.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "compiler/ir/ir.h"
#include "compiler/ir/text_reader.h"
#include "compiler/ir/value_reader.h"

namespace brainpy::compiler::ir {

class ControlParser {
 public:
  /// `statement` reads one operation of a region, which may be one with regions again.
  ControlParser(TextReader& in, ValueReader& values, std::function<void(Region&)> statement)
      : in_(in), values_(values), statement_(std::move(statement)) {}

  /// Appends the operation to the region; `names` are its results'. False, and nothing is read, when the operation
  /// that is called `at` owns no regions.
  bool parse(Region& region, const Token& at, const std::vector<Token>& names);

 private:
  void branch(Region& outer, const Token& at, const std::vector<Token>& names);
  void counted_loop(Region& outer, const Token& at, const std::vector<Token>& names);
  void conditional_loop(Region& outer, const Token& at, const std::vector<Token>& names);
  void fused(Region& outer, const Token& at, const std::vector<Token>& names);

  Token region(Op& op, std::size_t index, std::size_t scope);
  void pairs(Region& region, std::vector<Token>& arguments, std::vector<Value*>& list);
  Value* bound(Region& region);
  std::int64_t loop_length(const Token& at, const Attributes& given) const;
  void check_carried(const Op& op, std::size_t region, const Token& at, std::span<Value* const> carried) const;

  TextReader& in_;
  ValueReader& values_;
  std::function<void(Region&)> statement_;
  int depth_ = 0;
};

}  // namespace brainpy::compiler::ir
