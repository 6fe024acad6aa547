// Tokens of IR text, read on demand in one pass.
// In: text and the name of its file. Out: tokens with their place and the comment that ended the line before them;
// a ParseError for characters that are not part of the language.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/error.h"

namespace brainpy::compiler::ir {

enum class TokenKind : std::uint8_t {
  end,
  value,    ///< %name
  symbol,   ///< @name or @"any text"
  word,     ///< name
  number,   ///< starts with a digit or '-', or is nan(0x...)
  text,     ///< "..."
  opening,  ///< {
  closing,  ///< }
  other,    ///< ( ) [ ] , : = ..
};

struct Token {
  TokenKind kind = TokenKind::end;
  std::string_view text;  ///< as written
  unsigned line = 1;
  unsigned column = 1;       ///< in bytes, from 1
  bool starts_line = false;  ///< nothing but blanks before it
  std::string_view comment;  ///< after '#', at the end of the line of the token before this one

  bool is(std::string_view characters) const { return kind != TokenKind::text && text == characters; }
};

class Lexer {
 public:
  Lexer(std::string_view text, const char* file) : text_(text), file_(file) { advance(); }

  const Token& peek() const { return current_; }
  Token take();
  const char* file() const { return file_; }

  /// The name of a value or symbol without its mark, the content of a text with its escapes read.
  std::string content(const Token& token) const;

  [[noreturn]] void fail(const Token& at, std::string what, const std::string& expected, std::string hint) const;

 private:
  void advance();
  void skip_blanks();
  TokenKind scan(std::size_t& end) const;
  std::size_t name_end(std::size_t from) const;
  std::size_t number_end(std::size_t from) const;
  std::size_t quoted_end(std::size_t from) const;
  [[noreturn]] void fail_at(std::size_t offset, std::size_t length, std::string what, const std::string& expected,
                            std::string hint) const;
  char at(std::size_t i) const { return i < text_.size() ? text_[i] : '\0'; }

  std::string_view text_;
  const char* file_;
  std::size_t position_ = 0;
  std::size_t line_begin_ = 0;
  unsigned line_ = 1;
  Token current_;
};

}  // namespace brainpy::compiler::ir
