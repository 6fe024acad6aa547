#include "compiler/ir/text_reader.h"

#include <fmt/format.h>

namespace brainpy::compiler::ir {
namespace {

const DType* find_dtype(std::string_view name) {
  static constexpr DType all[] = {DType::f32, DType::f64, DType::i32,   DType::i64,
                                  DType::u32, DType::u64, DType::bool_, DType::key};
  for (const DType& t : all)
    if (name == ir_name(t)) return &t;
  return nullptr;
}

bool is_literal_word(std::string_view word) {
  return word == "true" || word == "false" || word == "nan" || word == "nanf64" || word == "inf" || word == "inff64";
}

}  // namespace

Token TextReader::take(TokenKind kind, const char* expected, const char* hint) {
  if (peek().kind != kind) fail(peek(), "unexpected text", expected, hint);
  return take();
}

Token TextReader::take_exactly(const char* characters, const char* purpose, const char* hint) {
  if (!peek().is(characters)) fail(peek(), "unexpected text", fmt::format("'{}' before {}", characters, purpose), hint);
  return take();
}

bool TextReader::take_if(const char* characters) {
  if (!peek().is(characters)) return false;
  take();
  return true;
}

std::int64_t TextReader::integer(const char* expected) {
  const Token token = take(TokenKind::number, expected, "a decimal integer");
  LiteralProblem problem;
  const auto literal = parse_literal(token.text, problem, DType::i64);
  if (!literal || literal->dtype != DType::i64) fail(token, "bad integer", expected, "a decimal integer, no suffix");
  return static_cast<std::int64_t>(literal->bits);
}

Type TextReader::type(Token* whole) {
  const Token token = take(TokenKind::word, "a type", "such as f32[100] or bool[]");
  const DType* dtype = find_dtype(token.text);
  if (!dtype) fail(token, "unknown element type", "f32, f64, i32, i64, u32, u64, bool or key", "such as f32[100]");
  return {*dtype, extents(token, whole)};
}

Shape TextReader::extents(const Token& start, Token* whole) {
  take_exactly("[", "the type's extents", "a scalar has none, as in f32[]");
  Shape shape;
  std::int64_t elements = 1;
  while (!peek().is("]")) {
    if (!shape.is_scalar()) take_exactly(",", "the next extent", "such as f32[2,3]");
    const Token at = peek();
    const std::int64_t extent = integer("an extent");
    if (extent < 0) fail(at, "an extent is negative", "zero or more", "extents count elements");
    if (shape.rank() == Shape::max_rank)
      fail(at, "too many axes", fmt::format("at most {} extents", Shape::max_rank), "reshape the array");
    if (extent > most_elements || (extent > 0 && elements > most_elements / extent))
      fail(start, "the array is too large", "fewer than 2^48 elements", "shapes are the extents of dense arrays");
    // An extent of zero does not excuse the others.
    if (extent > 0) elements *= extent;
    shape.push_back(extent);
  }
  const Token closing = take();
  if (whole) {
    *whole = start;
    whole->text = {start.text.data(),
                   static_cast<std::size_t>(closing.text.data() + closing.text.size() - start.text.data())};
  }
  return shape;
}

bool TextReader::at_operand() const {
  const Token& token = peek();
  return token.kind == TokenKind::value || token.kind == TokenKind::number ||
         (token.kind == TokenKind::word && is_literal_word(token.text));
}

ParsedLiteral TextReader::literal(DType plain_integer) {
  const Token token = take();
  LiteralProblem problem;
  const auto parsed = parse_literal(token.text, problem, plain_integer);
  if (!parsed) fail(token, "bad literal", problem.expected, problem.hint);
  return *parsed;
}

Attributes TextReader::attributes() {
  Attributes list;
  if (!at_attributes()) return list;
  take();
  while (!peek().is("}")) {
    if (!list.empty()) take_exactly(",", "the next attribute", "such as {axis = 0, flag = true}");
    const Token name = take(TokenKind::word, "the name of an attribute", "such as {axis = 0}");
    if (list.find(std::string(name.text)))
      fail(name, "an attribute is set twice", "another attribute", "each name has one value");
    take_exactly("=", "the attribute's value", "such as {axis = 0}");
    list.set(std::string(name.text), attribute());
  }
  take();
  return list;
}

/// A name and '=' follow the brace of attributes; no operation starts like that.
bool TextReader::at_attributes() const {
  if (peek().kind != TokenKind::opening) return false;
  Lexer ahead = lexer_;
  ahead.take();
  if (ahead.peek().is("}")) return !ahead.peek().starts_line;
  if (ahead.peek().kind != TokenKind::word) return false;
  ahead.take();
  return ahead.peek().is("=");
}

Attribute TextReader::attribute() {
  const Token token = peek();
  if (token.kind == TokenKind::text) return content(take());
  if (token.is("[")) return integers();
  if (token.is("true") || token.is("false")) return take().is("true");
  if (token.kind == TokenKind::word) {
    if (const DType* dtype = find_dtype(token.text)) return (take(), *dtype);
  }
  if (token.kind == TokenKind::number || token.is("inf") || token.is("nan")) {
    const bool is_real = token.text.find_first_of(".en") != token.text.npos && !token.text.starts_with("0x");
    if (!is_real) return integer("an integer of 64 bits, or a real number with '.' or 'e'");
    LiteralProblem problem;
    if (const auto real = parse_real(token.text, problem)) return (take(), *real);
    fail(token, "bad number", "a real number without suffix", "attributes hold float64 numbers and 64-bit integers");
  }
  fail(token, "unexpected text", "an attribute's value",
       R"(true, 3, 0.5, "text", [2,3] or an element type such as f32)");
}

std::vector<std::int64_t> TextReader::integers() {
  take();
  std::vector<std::int64_t> list;
  while (!peek().is("]")) {
    if (!list.empty()) take_exactly(",", "the next integer", "such as [2,3]");
    list.push_back(integer("an integer"));
  }
  take();
  return list;
}

}  // namespace brainpy::compiler::ir
