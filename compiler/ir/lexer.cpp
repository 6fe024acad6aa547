#include "compiler/ir/lexer.h"

#include <fmt/format.h>

namespace brainpy::compiler::ir {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_name_character(char c) { return is_letter(c) || is_digit(c); }

int hexadecimal_digit(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

Token Lexer::take() {
  const Token token = current_;
  advance();
  return token;
}

void Lexer::fail(const Token& at, std::string what, const std::string& expected, std::string hint) const {
  const std::string found = at.kind == TokenKind::end ? "the end of the text" : "'" + std::string(at.text) + "'";
  throw runtime::ParseError({.what = std::move(what),
                             .where = {file_, at.line},
                             .values = fmt::format("column {}: found {}, expected {}", at.column, found, expected),
                             .hint = std::move(hint)});
}

void Lexer::fail_at(std::size_t offset, std::size_t length, std::string what, const std::string& expected,
                    std::string hint) const {
  Token token;
  token.kind = offset < text_.size() ? TokenKind::other : TokenKind::end;
  token.text = text_.substr(std::min(offset, text_.size()), length);
  token.line = line_;
  token.column = static_cast<unsigned>(offset - line_begin_ + 1);
  fail(token, std::move(what), expected, std::move(hint));
}

void Lexer::skip_blanks() {
  for (; position_ < text_.size(); ++position_) {
    const char c = text_[position_];
    if (c == '\n') {
      ++line_;
      line_begin_ = position_ + 1;
      current_.starts_line = true;
    } else if (c == '#') {
      const std::size_t end = std::min(text_.find('\n', position_), text_.size());
      if (!current_.starts_line) current_.comment = text_.substr(position_ + 1, end - position_ - 1);
      position_ = end - 1;
    } else if (c != ' ' && c != '\t' && c != '\r') {
      return;
    }
  }
}

std::size_t Lexer::name_end(std::size_t from) const {
  std::size_t i = from;
  while (is_name_character(at(i)) || (at(i) == '.' && i > from && is_name_character(at(i + 1)))) ++i;
  return i;
}

/// Digits, letters, dots but not "..", and the sign of an exponent: the parser judges it as a whole.
std::size_t Lexer::number_end(std::size_t from) const {
  std::size_t i = from + (at(from) == '-');
  const bool hexadecimal = at(i) == '0' && at(i + 1) == 'x';
  while (is_name_character(at(i)) || (at(i) == '.' && at(i + 1) != '.') ||
         ((at(i) == '-' || at(i) == '+') && !hexadecimal && (at(i - 1) == 'e' || at(i - 1) == 'E')))
    ++i;
  return i;
}

/// Past the closing quote of a text that opens at `from`.
std::size_t Lexer::quoted_end(std::size_t from) const {
  std::size_t i = from + 1;
  while (at(i) != '"') {
    if (i >= text_.size() || at(i) == '\n')
      fail_at(from, i - from, "a text is not closed", "a closing '\"' in the same line",
              "write a line break inside a text as \\n");
    if (at(i) == '\\') {
      const bool hexadecimal =
          at(i + 1) == 'x' && hexadecimal_digit(at(i + 2)) >= 0 && hexadecimal_digit(at(i + 3)) >= 0;
      if (!hexadecimal && std::string_view("\"\\nt").find(at(i + 1)) == std::string_view::npos)
        fail_at(i, 2, "unknown escape in a text", R"(\", \\, \n, \t or \x and two hexadecimal digits)",
                R"(write a backslash as \\)");
      ++i;
    }
    ++i;
  }
  return i + 1;
}

TokenKind Lexer::scan(std::size_t& end) const {
  const std::size_t begin = position_;
  const char c = at(begin);
  if (begin >= text_.size()) {
    end = begin;
    return TokenKind::end;
  }
  if (c == '%' || c == '@') {
    end = c == '@' && at(begin + 1) == '"' ? quoted_end(begin + 1) : name_end(begin + 1);
    if (end == begin + 1)
      fail_at(begin, 1, fmt::format("'{}' without a name", c), "a name right after it",
              "names are made of the letters a-z and A-Z, digits, '_' and single dots");
    return c == '%' ? TokenKind::value : TokenKind::symbol;
  }
  if (is_letter(c)) {
    end = name_end(begin);
    if (text_.substr(begin, end - begin) != "nan" || at(end) != '(') return TokenKind::word;
    while (is_name_character(at(++end))) {
    }
    if (at(end) == ')') ++end;
    end = name_end(end);
    return TokenKind::number;
  }
  if (is_digit(c) || (c == '-' && is_name_character(at(begin + 1)))) {
    end = number_end(begin);
    return TokenKind::number;
  }
  if (c == '"') {
    end = quoted_end(begin);
    return TokenKind::text;
  }
  if (c == '.' && at(begin + 1) == '.') {
    end = begin + 2;
    return TokenKind::other;
  }
  end = begin + 1;
  if (c == '{') return TokenKind::opening;
  if (c == '}') return TokenKind::closing;
  if (std::string_view("()[],:=").find(c) != std::string_view::npos) return TokenKind::other;
  // Show a whole UTF-8 character, not its first byte.
  while ((static_cast<unsigned char>(at(end)) & 0xc0) == 0x80) ++end;
  fail_at(begin, end - begin, "a character that is not part of the language", "a name, a literal or punctuation",
          "names are made of the letters a-z and A-Z, digits, '_' and single dots; comments start with #");
}

void Lexer::advance() {
  current_ = {};
  current_.starts_line = position_ == 0;
  skip_blanks();
  current_.line = line_;
  current_.column = static_cast<unsigned>(position_ - line_begin_ + 1);
  std::size_t end = position_;
  current_.kind = scan(end);
  current_.text = text_.substr(position_, end - position_);
  position_ = end;
}

std::string Lexer::content(const Token& token) const {
  std::string_view text = token.text;
  if (token.kind == TokenKind::value || token.kind == TokenKind::symbol) text.remove_prefix(1);
  if (!text.starts_with('"')) return std::string(text);
  std::string content;
  for (std::size_t i = 1; i + 1 < text.size(); ++i) {
    if (text[i] != '\\') {
      content += text[i];
      continue;
    }
    switch (text[++i]) {
      case 'n':
        content += '\n';
        break;
      case 't':
        content += '\t';
        break;
      case 'x':
        content += static_cast<char>(16 * hexadecimal_digit(text[i + 1]) + hexadecimal_digit(text[i + 2]));
        i += 2;
        break;
      default:
        content += text[i];
    }
  }
  return content;
}

}  // namespace brainpy::compiler::ir
