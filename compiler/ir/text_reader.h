// The pieces that every line of IR text is made of: types, literals, attributes.
// In: tokens. Out: values of the IR's own types, or a ParseError at the piece that is wrong.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/ir/ir.h"
#include "compiler/ir/lexer.h"
#include "compiler/ir/literal_text.h"

namespace brainpy::compiler::ir {

class TextReader {
 public:
  /// Extents whose product is larger are refused: sizes in bytes stay far from overflow.
  static constexpr std::int64_t most_elements = std::int64_t{1} << 48;

  TextReader(std::string_view text, const char* file) : lexer_(text, file) {}

  const char* file() const { return lexer_.file(); }
  const Token& peek() const { return lexer_.peek(); }
  Token take() { return lexer_.take(); }
  /// The next token, which must be of this kind.
  Token take(TokenKind kind, const char* expected, const char* hint);
  /// The next token, which must be this text; `purpose` says what it comes before.
  Token take_exactly(const char* characters, const char* purpose, const char* hint);
  bool take_if(const char* characters);
  std::string content(const Token& token) const { return lexer_.content(token); }

  [[noreturn]] void fail(const Token& at, std::string what, const std::string& expected, std::string hint) const {
    lexer_.fail(at, std::move(what), expected, std::move(hint));
  }

  /// `f32[2,3]`; `whole` becomes all of its text, for messages.
  Type type(Token* whole = nullptr);

  /// A value or a literal is next.
  bool at_operand() const;
  ParsedLiteral literal(DType plain_integer = DType::i32);

  /// `{name = value, ...}` if it is next; a '{' that is followed by operations opens a region instead.
  Attributes attributes();

 private:
  std::int64_t integer(const char* expected);
  Shape extents(const Token& start, Token* whole);
  bool at_attributes() const;
  Attribute attribute();
  std::vector<std::int64_t> integers();

  Lexer lexer_;
};

}  // namespace brainpy::compiler::ir
