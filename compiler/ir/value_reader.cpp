#include "compiler/ir/value_reader.h"

#include <fmt/format.h>

#include "compiler/ir/builder.h"
#include "compiler/ir/similar_names.h"

namespace brainpy::compiler::ir {

void ValueReader::define(const Token& name, Value* value) {
  const std::string_view text = name.text.substr(1);
  const auto [entry, is_new] = values_.try_emplace(text, Named{value, name.line});
  if (!is_new) {
    if (entry->second.value)
      in_.fail(name, "a value is defined twice", "a new name",
               fmt::format("{} is defined in line {}; values never change", name.text, entry->second.line));
    entry->second = {value, name.line};
  }
  visible_.push_back(text);
  if (text.find_first_not_of("0123456789") != text.npos) value->name = text;
}

void ValueReader::leave_scope(std::size_t scope) {
  for (; visible_.size() > scope; visible_.pop_back()) values_.find(visible_.back())->second.value = nullptr;
}

Value* ValueReader::find(const Token& token) const {
  const auto it = values_.find(token.text.substr(1));
  if (it != values_.end() && it->second.value) return it->second.value;
  if (it != values_.end())
    in_.fail(
        token, fmt::format("{} is not visible here", token.text), "a value of this region or of one around it",
        fmt::format("it was defined in line {}, in a region that has ended: yield it from there", it->second.line));
  std::vector<std::string_view> known(visible_.begin(), visible_.end());
  in_.fail(token, fmt::format("{} is not defined", token.text), "a value that is defined above",
           did_you_mean(token.text.substr(1), known, "parameters and results are defined before their use", "%"));
}

Value* ValueReader::operand(Region& region, DType plain_integer) {
  if (!in_.at_operand())
    in_.fail(in_.peek(), "unexpected text", "a value or a literal", "such as %x, 0.5, 3i64 or true");
  if (in_.peek().kind == TokenKind::value) return find(in_.take());
  const ParsedLiteral parsed = in_.literal(plain_integer);
  return Builder(region).constant_bits({parsed.dtype, {}}, {parsed.bits});
}

std::vector<Value*> ValueReader::operands(Region& region) {
  std::vector<Value*> list;
  if (!in_.at_operand() || in_.peek().starts_line) return list;
  list.push_back(operand(region));
  while (in_.take_if(",")) list.push_back(operand(region));
  return list;
}

void ValueReader::results(Op& op, const Token& at, const std::vector<Token>& names, const std::vector<Type>& expected) {
  if (names.size() != expected.size())
    in_.fail(names.empty() ? at : names.back(), fmt::format("{} has {}", at.text, count_of(expected.size(), "result")),
             count_of(expected.size(), "name") + " before '='",
             expected.empty() ? "it gives no value" : "its results have the types " + list_types(expected));
  if (expected.empty()) {
    if (in_.peek().is(":"))
      in_.fail(in_.peek(), fmt::format("{} has no result", at.text), "no type", "a type follows for each result");
    return;
  }
  in_.take_exactly(":", "the types of the results", "every operation tells the types of its results");
  for (std::size_t i = 0; i < expected.size(); ++i) {
    if (i) in_.take_exactly(",", "the type of the next result", "each result has its type");
    Token type_at;
    const Type found = in_.type(&type_at);
    if (!(found == expected[i]))
      in_.fail(type_at, fmt::format("{} gives {}, not {}", at.text, to_string(expected[i]), to_string(found)),
               to_string(expected[i]), "the type follows from the operands");
  }
  while (op.results.size() < expected.size()) {
    auto value = std::make_unique<Value>();
    value->type = expected[op.results.size()];
    value->definition = &op;
    value->index = static_cast<int>(op.results.size());
    op.results.push_back(std::move(value));
  }
  for (std::size_t i = 0; i < names.size(); ++i) define(names[i], op.results[i].get());
}

std::string list_types(std::span<const Type> types) {
  if (types.empty()) return "nothing";
  std::string text;
  for (const Type& t : types) text += (text.empty() ? "" : ", ") + to_string(t);
  return text;
}

std::string count_of(std::size_t n, const char* noun) { return fmt::format("{} {}{}", n, noun, n == 1 ? "" : "s"); }

}  // namespace brainpy::compiler::ir
