#include "compiler/ir/parse_control.h"

#include <fmt/format.h>

#include "compiler/ir/builder.h"
#include "compiler/ir/location_text.h"
#include "compiler/ops/op_def.h"

namespace brainpy::compiler::ir {
namespace {

constexpr int deepest_nesting = 200;
const Type scalar_i64{DType::i64, {}};
const Type scalar_bool{DType::bool_, {}};

std::vector<Type> types_of(std::span<Value* const> values) {
  std::vector<Type> types;
  for (const Value* v : values) types.push_back(v->type);
  return types;
}

std::vector<Type> yielded(const Op& op, std::size_t region) {
  return types_of(op.regions[region]->terminator()->operands);
}

Op* append(Region& region, const Token& at, std::vector<Value*> list, Attributes attached, int regions) {
  return Builder(region).append_control(std::string(at.text), std::move(list), {}, std::move(attached), regions);
}

}  // namespace

bool ControlParser::parse(Region& region, const Token& at, const std::vector<Token>& names) {
  if (at.is("if")) branch(region, at, names);
  else if (at.is("for")) counted_loop(region, at, names);
  else if (at.is("while")) conditional_loop(region, at, names);
  else if (at.is("fused")) fused(region, at, names);
  else return false;
  return true;
}

/// Operations up to '}'; the names that the caller has defined since `scope` end with it. Gives the yield's place.
Token ControlParser::region(Op& op, std::size_t index, std::size_t scope) {
  const Token opening = in_.take_exactly("{", "the region", "operations between braces, the last one yield");
  if (index == 0) {
    const Location location = in_.peek().comment.empty() ? Location{} : parse_location(in_.peek().comment);
    if (location.known()) op.location = location;
  }
  if (++depth_ > deepest_nesting)
    in_.fail(opening, "regions are nested too deep", fmt::format("at most {} levels", deepest_nesting),
             "no traced program is nested like this");
  Region& inside = *op.regions[index];
  Token last;
  while (!in_.peek().is("}")) {
    last = in_.peek();
    if (last.kind == TokenKind::end)
      in_.fail(last, "a region is not closed", "'}'", fmt::format("it opens in line {}", opening.line));
    const bool ended = inside.terminator() && inside.terminator()->def->name == "yield";
    if (ended) in_.fail(last, "text after `yield`", "'}'", "yield is the last operation of a region");
    if (last.is("return") || last.is("update"))
      in_.fail(last, fmt::format("`{}` inside a region", last.text), "yield", "return is for the program's body");
    statement_(inside);
  }
  if (!inside.terminator() || inside.terminator()->def->name != "yield")
    in_.fail(in_.peek(), "a region without `yield`", "yield before '}'",
             "a region without results ends in a bare yield");
  in_.take();
  --depth_;
  values_.leave_scope(scope);
  return last;
}

void ControlParser::branch(Region& outer, const Token& at, const std::vector<Token>& names) {
  const Token predicate_at = in_.peek();
  Value* predicate = values_.operand(outer);
  if (!(predicate->type == scalar_bool))
    in_.fail(predicate_at, fmt::format("the predicate has type {}", to_string(predicate->type)), "bool[]",
             "`if` chooses one of two regions; choose element by element with select");
  Op* op = append(outer, at, {predicate}, in_.attributes(), 2);
  region(*op, 0, values_.scope());
  in_.take_exactly("else", "the other region", "both regions are written, as they give the results");
  const Token yield_at = region(*op, 1, values_.scope());
  if (yielded(*op, 0) != yielded(*op, 1))
    in_.fail(yield_at, "the two regions yield different types", list_types(yielded(*op, 0)),
             fmt::format("this one yields {}", list_types(yielded(*op, 1))));
  values_.results(*op, at, names, yielded(*op, 0));
}

/// `%name = operand, ...)`: the names become arguments of the region once it exists.
void ControlParser::pairs(Region& region, std::vector<Token>& arguments, std::vector<Value*>& list) {
  in_.take_exactly("(", "the pairs", "such as carry(%x = %x0)");
  for (bool first = true; !in_.peek().is(")"); first = false) {
    if (!first) in_.take_exactly(",", "the next pair", "such as carry(%x = %x0, %k = 0)");
    arguments.push_back(in_.take(TokenKind::value, "the region's name of the value", "such as carry(%x = %x0)"));
    in_.take_exactly("=", "the value at the start", "such as carry(%x = %x0)");
    list.push_back(values_.operand(region));
  }
  in_.take();
}

Value* ControlParser::bound(Region& region) {
  const Token at = in_.peek();
  Value* value = values_.operand(region, DType::i64);
  if (!(value->type == scalar_i64))
    in_.fail(at, fmt::format("a bound has type {}", to_string(value->type)), "i64[]", "convert it with to_i64");
  return value;
}

void ControlParser::counted_loop(Region& outer, const Token& at, const std::vector<Token>& names) {
  std::vector<Token> arguments = {
      in_.take(TokenKind::value, "the loop's index", "such as for %i in 0..10 {length = 10} {")};
  in_.take_exactly("in", "the bounds", "such as for %i in 0..10 {length = 10} {");
  std::vector<Value*> list = {bound(outer)};
  in_.take_exactly("..", "the upper bound", "such as 0..10");
  list.push_back(bound(outer));
  if (in_.take_if("carry")) pairs(outer, arguments, list);
  const std::size_t carried = list.size() - 2;
  if (in_.take_if("scan")) pairs(outer, arguments, list);
  const Token brace = in_.peek();
  Attributes given = in_.attributes();
  if (given.find("carried"))
    in_.fail(brace, "`for` is given the attribute `carried`", "no such attribute",
             "carry(...) tells how many there are");
  const std::int64_t length = loop_length(brace, given);
  Attributes attached{{"carried", static_cast<std::int64_t>(carried)}};
  for (const Attributes::Entry& e : given.entries()) attached.set(e.name, e.value);
  Op* op = append(outer, at, list, std::move(attached), 1);

  const std::size_t scope = values_.scope();
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    Type type = scalar_i64;
    if (i > 0) type = list[i + 1]->type;
    if (i > carried) {
      if (type.shape.is_scalar() || type.shape[0] != length)
        in_.fail(arguments[i], fmt::format("the scanned value has type {}", to_string(type)),
                 fmt::format("{} rows", length), "each iteration takes one row; {length = n} tells how many there are");
      type.shape = type.shape.without_axis(0);
    }
    values_.define(arguments[i], op->regions[0]->add_argument(type));
  }
  const Token yield_at = region(*op, 0, scope);
  std::vector<Type> types = yielded(*op, 0);
  check_carried(*op, 0, yield_at, std::span(list).subspan(2, carried));
  for (std::size_t i = carried; i < types.size(); ++i) {
    if (types[i].shape.rank() == Shape::max_rank)
      in_.fail(yield_at, "stacked rows have too many axes", "at most 7", "rows become one axis more");
    if (length > 0 && types[i].size() > TextReader::most_elements / length)
      in_.fail(yield_at, "the stacked rows are too large", "fewer than 2^48 elements", "yield less in each iteration");
    types[i].shape = types[i].shape.with_leading(length);
  }
  values_.results(*op, at, names, types);
}

std::int64_t ControlParser::loop_length(const Token& at, const Attributes& given) const {
  const Attribute* length = given.find("length");
  const auto* n = length ? std::get_if<std::int64_t>(length) : nullptr;
  if (!n || *n < 0 || *n > TextReader::most_elements)
    in_.fail(at, "`for` does not tell its length", "{length = n} before the region",
             "the most iterations that can run: the rows of what is scanned and stacked");
  if (const Attribute* reverse = given.find("reverse"); reverse && !std::holds_alternative<bool>(*reverse))
    in_.fail(at, "bad attribute of `for`", "reverse = true or false", "the iterations run backwards when it is true");
  return *n;
}

/// The first yielded values must have the types of the carried ones.
void ControlParser::check_carried(const Op& op, std::size_t region, const Token& at,
                                  std::span<Value* const> carried) const {
  std::vector<Type> types = yielded(op, region);
  const std::vector<Type> expected = types_of(carried);
  if (types.size() > expected.size()) types.resize(expected.size());
  if (types != expected)
    in_.fail(at, fmt::format("the region yields {}", list_types(types)),
             list_types(expected) + " for the carried values",
             "a carried value keeps its type from one iteration to the next");
}

void ControlParser::conditional_loop(Region& outer, const Token& at, const std::vector<Token>& names) {
  std::vector<Token> arguments;
  std::vector<Value*> list;
  if (in_.take_if("carry")) pairs(outer, arguments, list);
  Op* op = append(outer, at, list, in_.attributes(), 2);
  std::vector<Token> yields;
  for (std::size_t r = 0; r < 2; ++r) {
    if (r == 1) in_.take_exactly("do", "the loop's body", "while carry(...) { test } do { body }");
    const std::size_t scope = values_.scope();
    for (std::size_t i = 0; i < list.size(); ++i)
      values_.define(arguments[i], op->regions[r]->add_argument(list[i]->type));
    yields.push_back(region(*op, r, scope));
  }
  if (yielded(*op, 0) != std::vector<Type>{scalar_bool})
    in_.fail(yields[0], fmt::format("the test yields {}", list_types(yielded(*op, 0))), "bool[]",
             "the body runs as long as the test yields true");
  if (yielded(*op, 1).size() != list.size())
    in_.fail(yields[1], fmt::format("the body yields {}", count_of(yielded(*op, 1).size(), "value")),
             count_of(list.size(), "carried value"), "the body yields the next value of each carried one");
  check_carried(*op, 1, yields[1], list);
  values_.results(*op, at, names, types_of(list));
}

void ControlParser::fused(Region& outer, const Token& at, const std::vector<Token>& names) {
  Op* op = append(outer, at, {}, in_.attributes(), 1);
  region(*op, 0, values_.scope());
  const Shape* space = nullptr;
  for (const auto& inside : op->regions[0]->ops) {
    if (inside->def->name == "const" || inside->def->name == "yield") continue;
    if (!joins_loops(*inside->def))
      in_.fail(at, fmt::format("{} inside `fused`", inside->def->name), "map operations only",
               "`fused` is one loop over elements");
    const Shape& shape = loop_shape(*inside);
    if (shape.is_scalar()) continue;
    if (!space) space = &shape;
    if (!(*space == shape))
      in_.fail(at, fmt::format("{} inside `fused` gives {}", inside->def->name, to_string(inside->result()->type)),
               "the shape " + to_string(*space), "`fused` is one loop: its operations share one shape, or are scalars");
  }
  values_.results(*op, at, names, yielded(*op, 0));
}

}  // namespace brainpy::compiler::ir
