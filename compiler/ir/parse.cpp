#include "compiler/ir/parse.h"

#include <fmt/format.h>

#include <mutex>
#include <span>
#include <unordered_map>
#include <unordered_set>

#include "compiler/ir/builder.h"
#include "compiler/ir/similar_names.h"
#include "compiler/ir/text_reader.h"
#include "compiler/ops/registry.h"

namespace brainpy::compiler::ir {
namespace {

constexpr int deepest_nesting = 200;
constexpr std::size_t most_literal_elements = 16;

/// Locations hold plain pointers, so file names live as long as the process.
const char* lasting_name(std::string_view name) {
  static std::mutex mutex;
  static auto* names = new std::unordered_set<std::string>;
  const std::lock_guard lock(mutex);
  return names->emplace(name).first->c_str();
}

/// "file.cpp:42 in E.update", or nothing when the comment is something else.
Location parse_location(std::string_view comment) {
  while (comment.starts_with(' ')) comment.remove_prefix(1);
  while (comment.ends_with(' ') || comment.ends_with('\r')) comment.remove_suffix(1);
  for (std::size_t colon = comment.find(':'); colon != comment.npos; colon = comment.find(':', colon + 1)) {
    std::size_t i = colon + 1;
    unsigned line = 0;
    while (i < comment.size() && comment[i] >= '0' && comment[i] <= '9' && i < colon + 10)
      line = 10 * line + static_cast<unsigned>(comment[i++] - '0');
    if (line == 0) continue;
    const std::string_view rest = comment.substr(i);
    if (rest.empty() || rest.starts_with(" in "))
      return {lasting_name(comment.substr(0, colon)), line, std::string(rest.substr(rest.empty() ? 0 : 4))};
  }
  return {};
}

std::string list_types(std::span<const Type> types) {
  if (types.empty()) return "nothing";
  std::string text;
  for (const Type& t : types) text += (text.empty() ? "" : ", ") + to_string(t);
  return text;
}

std::string count_of(std::size_t n, const char* noun) { return fmt::format("{} {}{}", n, noun, n == 1 ? "" : "s"); }

std::vector<Type> types_of(const std::vector<Value*>& values) {
  std::vector<Type> types;
  for (const Value* v : values) types.push_back(v->type);
  return types;
}

const Type scalar_i64{DType::i64, {}};
const Type scalar_bool{DType::bool_, {}};

class Parser {
 public:
  Parser(std::string_view text, const char* file) : in_(text, file), program_(std::make_unique<Program>()) {}

  std::unique_ptr<Program> parse() {
    while (in_.peek().is("const") || in_.peek().is("variable")) declaration();
    in_.take_exactly("func", "the program's head", "such as: func @main(%x: f32[10]) {");
    program_->name = in_.content(in_.take(TokenKind::symbol, "the name of the program", "such as func @main"));
    parameters();
    in_.take_exactly("{", "the program's body", "such as: func @main(%x: f32[10]) {");
    body();
    if (in_.peek().kind != TokenKind::end)
      in_.fail(in_.peek(), "text after the program", "the end", "a file holds one program");
    return std::move(program_);
  }

 private:
  // --- symbols and values

  std::string symbol_name() {
    return in_.content(in_.take(TokenKind::symbol, "the name of a Variable or constant", "such as @E.V"));
  }

  void declaration() {
    const SymbolKind kind = in_.take().is("const") ? SymbolKind::constant : SymbolKind::variable;
    const Token at = in_.peek();
    std::string name = symbol_name();
    in_.take_exactly(":", "the symbol's type", "such as const @data0: f32[100]");
    if (!symbols_.emplace(name, static_cast<int>(program_->symbols.size())).second)
      in_.fail(at, "a symbol is declared twice", "another name", "one line declares a symbol for the whole program");
    program_->symbols.push_back({std::move(name), in_.type(), kind});
  }

  /// The index of a symbol, which is declared here when it is new. `at`: its name; a known one must have this type.
  int declare(const Token& at, const std::string& name, const Type& type, SymbolKind kind) {
    const auto [entry, is_new] = symbols_.emplace(name, static_cast<int>(program_->symbols.size()));
    if (is_new) {
      program_->symbols.push_back({name, type, kind});
      return entry->second;
    }
    const Symbol& known = program_->symbols[static_cast<std::size_t>(entry->second)];
    if (!(known.type == type))
      in_.fail(at, fmt::format("the symbol has type {} here", to_string(type)), to_string(known.type),
               "a symbol has one type in the whole program");
    return entry->second;
  }

  void define(const Token& name, Value* value) {
    const std::string_view text = name.text.substr(1);
    const auto [entry, is_new] = values_.try_emplace(text, Named{value, name.line});
    if (!is_new) {
      if (entry->second.value)
        in_.fail(name, "a value is defined twice", "a new name",
                 fmt::format("{} is defined in line {}; values never change", name.text, entry->second.line));
      entry->second = {value, name.line};
    }
    scope_.push_back(text);
    if (text.find_first_not_of("0123456789") != text.npos) value->name = text;
  }

  /// Ends the scope that began when `size` names were defined.
  void leave_scope(std::size_t size) {
    for (; scope_.size() > size; scope_.pop_back()) values_.find(scope_.back())->second.value = nullptr;
  }

  Value* find_value(const Token& token) const {
    const auto it = values_.find(token.text.substr(1));
    if (it != values_.end() && it->second.value) return it->second.value;
    if (it != values_.end())
      in_.fail(
          token, fmt::format("{} is not visible here", token.text), "a value of this region or of one around it",
          fmt::format("it was defined in line {}, in a region that has ended: yield it from there", it->second.line));
    std::vector<std::string_view> known(scope_.begin(), scope_.end());
    in_.fail(token, fmt::format("{} is not defined", token.text), "a value that is defined above",
             did_you_mean(token.text.substr(1), known, "parameters and results are defined before their use", "%"));
  }

  Value* operand(Region& region, DType plain_integer = DType::i32) {
    if (!in_.at_operand())
      in_.fail(in_.peek(), "unexpected text", "a value or a literal", "such as %x, 0.5, 3i64 or true");
    if (in_.peek().kind == TokenKind::value) return find_value(in_.take());
    const ParsedLiteral parsed = in_.literal(plain_integer);
    return Builder(region).constant_bits({parsed.dtype, {}}, {parsed.bits});
  }

  /// Operands up to the end of the line; a line may be broken after a comma.
  std::vector<Value*> operands(Region& region) {
    std::vector<Value*> list;
    if (!in_.at_operand() || in_.peek().starts_line) return list;
    list.push_back(operand(region));
    while (in_.take_if(",")) list.push_back(operand(region));
    return list;
  }

  // --- the program's frame

  void parameters() {
    argument_list([&](const Token& name, Type type) { define(name, program_->body.add_argument(type)); });
    program_->parameters = static_cast<int>(program_->body.arguments.size());
    if (!in_.take_if("with")) return;
    program_->discharged = true;
    argument_list([&](const Token& name, Type type) { bind(name, type); });
  }

  template <class Function>
  void argument_list(Function each) {
    in_.take_exactly("(", "the parameters", "such as (%x: f32[10])");
    for (bool first = true; !in_.peek().is(")"); first = false) {
      if (!first) in_.take_exactly(",", "the next parameter", "such as (%x: f32[10], %n: i32[])");
      const Token name = in_.take(TokenKind::value, "the name of a parameter", "such as (%x: f32[10])");
      in_.take_exactly(":", "the parameter's type", "such as (%x: f32[10])");
      each(name, in_.type());
    }
    in_.take();
  }

  void bind(const Token& name, const Type& type) {
    Binding binding;
    binding.argument = static_cast<int>(program_->body.arguments.size());
    define(name, program_->body.add_argument(type));
    in_.take_exactly("=", "the symbol that the parameter holds", "such as with (%V: f32[10] = @E.V)");
    const SymbolKind kind = in_.take_if("const") ? SymbolKind::constant : SymbolKind::variable;
    const Token at = in_.peek();
    const std::string symbol = symbol_name();
    binding.symbol = declare(at, symbol, type, kind);
    if (program_->symbols[static_cast<std::size_t>(binding.symbol)].kind != kind)
      in_.fail(at, "a symbol is both a Variable and a constant", "one of them", "constants are marked: = const @data0");
    if (!bound_.emplace(binding.symbol, program_->bindings.size()).second)
      in_.fail(at, "two parameters hold one symbol", "another symbol", "a symbol is bound once");
    program_->bindings.push_back(binding);
  }

  void body() {
    Region& region = program_->body;
    std::vector<Value*> results;
    while (!in_.peek().is("}") && !in_.peek().is("return") && !in_.peek().is("update")) {
      if (in_.peek().is("yield"))
        in_.fail(in_.peek(), "`yield` in the program's body", "return", "yield ends inner regions");
      statement(region);
    }
    const std::size_t first = region.ops.size();
    const bool has_line = !in_.peek().is("}");
    if (in_.take_if("return")) results = operands(region);
    if (in_.take_if("update")) updates(results);
    if (!in_.peek().is("}"))
      in_.fail(in_.peek(), "text after the program's end", "'}'", "return ... update ... is the last line");
    Builder(region).yield(std::move(results));
    const Token brace = in_.take();
    if (has_line) locate(region, first, brace);
  }

  void updates(std::vector<Value*>& yielded) {
    do {
      const Token at = in_.peek();
      const std::string name = symbol_name();
      in_.take_exactly("=", "the symbol's new value", "such as update @E.V = %V1");
      const Token value_at = in_.peek();
      Value* value = operand(program_->body);
      const auto symbol = symbols_.find(name);
      const auto bound = symbol == symbols_.end() ? bound_.end() : bound_.find(symbol->second);
      if (bound == bound_.end())
        in_.fail(at, "update of a symbol that no parameter holds", "a symbol of with (...)",
                 "bind it, as in with (%V: f32[10] = @E.V), or use write");
      Binding& binding = program_->bindings[bound->second];
      const Symbol& known = program_->symbols[static_cast<std::size_t>(binding.symbol)];
      if (known.kind == SymbolKind::constant)
        in_.fail(at, "update of a constant", "a Variable", "constants are only read");
      if (binding.result >= 0) in_.fail(at, "a symbol is updated twice", "another symbol", "keep the last value only");
      if (!(known.type == value->type))
        in_.fail(value_at, fmt::format("the new value has type {}", to_string(value->type)), to_string(known.type),
                 "a Variable keeps its type; convert the value");
      binding.result = static_cast<int>(yielded.size());
      yielded.push_back(value);
    } while (in_.take_if(","));
  }

  // --- operations

  /// Operations that were appended since `first` come from the line whose comment is before `next`.
  static void locate(Region& region, std::size_t first, const Token& next) {
    if (next.comment.empty()) return;
    const Location location = parse_location(next.comment);
    if (!location.known()) return;
    for (std::size_t i = first; i < region.ops.size(); ++i) region.ops[i]->location = location;
  }

  void statement(Region& region) {
    const std::size_t first = region.ops.size();
    std::vector<Token> names;
    if (in_.peek().kind == TokenKind::value) {
      do names.push_back(in_.take(TokenKind::value, "the name of a result", "such as %y = neg %x : f32[10]"));
      while (in_.take_if(","));
      in_.take_exactly("=", "the operation", "such as %y = neg %x : f32[10]");
    }
    const Token op = in_.take(TokenKind::word, "an operation", "such as %y = neg %x : f32[10]");
    if (op.is("const")) literals(region, op, names);
    else if (op.is("read")) read(region, op, names);
    else if (op.is("write")) write(region, op, names);
    else if (op.is("yield")) yield(region, op, names);
    else if (op.is("if")) branch(region, op, names);
    else if (op.is("for")) counted_loop(region, op, names);
    else if (op.is("while")) conditional_loop(region, op, names);
    else if (op.is("fused")) fused(region, op, names);
    else plain(region, op, names);
    locate(region, first, in_.peek());
  }

  /// `: types` of the results, which must be these; then the names are theirs.
  void results(Op& op, const Token& at, const std::vector<Token>& names, const std::vector<Type>& expected) {
    if (names.size() != expected.size())
      in_.fail(names.empty() ? at : names.back(),
               fmt::format("{} has {}", at.text, count_of(expected.size(), "result")),
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

  void plain(Region& region, const Token& at, const std::vector<Token>& names) {
    const OpDef* def = registry().find(std::string(at.text));
    if (!def) {
      std::vector<std::string_view> known;
      for (const OpDef* d : registry().all()) known.push_back(d->name);
      in_.fail(at, "unknown operation", "the name of an operation",
               did_you_mean(at.text, known, "docs/operations.md lists the operations"));
    }
    std::vector<Value*> list = operands(region);
    if (def->arity >= 0 && list.size() != static_cast<std::size_t>(def->arity))
      in_.fail(at, fmt::format("{} has {}", at.text, count_of(list.size(), "operand")),
               count_of(static_cast<std::size_t>(def->arity), "operand"), def->doc);
    Attributes attached = in_.attributes();
    Op* op = nullptr;
    try {
      op = Builder(region).append(*def, std::move(list), std::move(attached));
    } catch (const runtime::Error& e) {
      throw runtime::ParseError({.what = e.parts().what,
                                 .where = {in_.file(), at.line},
                                 .values = fmt::format("column {}: {}", at.column, e.parts().values),
                                 .hint = e.parts().hint});
    }
    std::vector<Type> types;
    for (const auto& r : op->results) types.push_back(r->type);
    results(*op, at, names, types);
  }

  void literals(Region& region, const Token& at, const std::vector<Token>& names) {
    std::vector<ParsedLiteral> elements;
    std::vector<Token> places;
    const bool list = in_.take_if("[");
    while (list ? !in_.peek().is("]") : elements.empty()) {
      if (!elements.empty()) in_.take_exactly(",", "the next literal", "such as const [1.0, 2.0] : f32[2]");
      places.push_back(in_.peek());
      if (!in_.at_operand() || in_.peek().kind == TokenKind::value)
        in_.fail(in_.peek(), "unexpected text", "a literal", "such as 0.5");
      elements.push_back(in_.literal());
    }
    if (list) in_.take();
    if (elements.size() > most_literal_elements)
      in_.fail(places[most_literal_elements], "a literal has more than 16 elements", "at most 16",
               "declare larger data: const @data0: f32[100]");
    if (names.size() != 1)
      in_.fail(at, "const has one result", "one name before '='", "such as %c = const [1.0] : f32[1]");
    in_.take_exactly(":", "the literal's type", "such as %c = const [1.0, 2.0] : f32[2]");
    Token type_at;
    const Type given = in_.type(&type_at);
    std::vector<std::uint64_t> bits;
    for (std::size_t i = 0; i < elements.size(); ++i) {
      if (elements[i].dtype != given.dtype)
        in_.fail(places[i], fmt::format("the literal is {}", ir_name(elements[i].dtype)), ir_name(given.dtype),
                 "3 is an i32, 0.5 an f32; other types have a suffix, such as 3i64");
      bits.push_back(elements[i].bits);
    }
    if (given.size() != static_cast<std::int64_t>(bits.size()))
      in_.fail(type_at, fmt::format("const has {}", count_of(bits.size(), "literal")), "a type of as many elements",
               "the list is flat, in row-major order");
    define(names[0], Builder(region).constant_bits(given, std::move(bits)));
  }

  void refuse_after_discharge(const Token& at) const {
    if (program_->discharged)
      in_.fail(at, fmt::format("`{}` in a program whose symbols are parameters", at.text), "another operation",
               "with (...) gives the values, update sets them");
  }

  void read(Region& region, const Token& at, const std::vector<Token>& names) {
    refuse_after_discharge(at);
    const Token symbol_at = in_.peek();
    const std::string name = symbol_name();
    if (names.size() != 1)
      in_.fail(at, "read has one result", "one name before '='", "such as %V = read @E.V : f32[10]");
    in_.take_exactly(":", "the symbol's type", "such as %V = read @E.V : f32[10]");
    const Type given = in_.type();
    declare(symbol_at, name, given, SymbolKind::variable);
    Value* value = Builder(region).read(name, given);
    value->name.clear();
    define(names[0], value);
  }

  void write(Region& region, const Token& at, const std::vector<Token>& names) {
    refuse_after_discharge(at);
    if (!names.empty()) in_.fail(at, "write has no result", "no name before it", "such as write @E.V, %V1");
    const Token symbol_at = in_.peek();
    const std::string name = symbol_name();
    in_.take_exactly(",", "the symbol's new value", "such as write @E.V, %V1");
    Value* value = operand(region);
    const int symbol = declare(symbol_at, name, value->type, SymbolKind::variable);
    if (program_->symbols[static_cast<std::size_t>(symbol)].kind == SymbolKind::constant)
      in_.fail(symbol_at, "write to a constant", "a Variable", "constants are only read");
    Builder(region).write(name, value);
  }

  void yield(Region& region, const Token& at, const std::vector<Token>& names) {
    if (!names.empty()) in_.fail(at, "yield has no result", "no name before it", "such as yield %x, %y");
    Builder(region).yield(operands(region));
  }

  // --- operations with regions

  static void add_region(Op& op) {
    op.regions.push_back(std::make_unique<Region>());
    op.regions.back()->parent = &op;
  }

  /// Operations up to '}'; the names that the caller has defined since `scope` end with it. Gives the yield's place.
  Token region(Op& op, std::size_t index, std::size_t scope) {
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
      statement(inside);
    }
    if (!inside.terminator() || inside.terminator()->def->name != "yield")
      in_.fail(in_.peek(), "a region without `yield`", "yield before '}'",
               "a region without results ends in a bare yield");
    in_.take();
    --depth_;
    leave_scope(scope);
    return last;
  }

  Op* control(Region& region, const Token& at, std::vector<Value*> list, Attributes attached, int regions) {
    return Builder(region).append_control(std::string(at.text), std::move(list), {}, std::move(attached), regions);
  }

  static std::vector<Type> yielded(const Op& op, std::size_t region) {
    return types_of(op.regions[region]->terminator()->operands);
  }

  void branch(Region& outer, const Token& at, const std::vector<Token>& names) {
    const Token predicate_at = in_.peek();
    Value* predicate = operand(outer);
    if (!(predicate->type == scalar_bool))
      in_.fail(predicate_at, fmt::format("the predicate has type {}", to_string(predicate->type)), "bool[]",
               "`if` chooses one of two regions; choose element by element with select");
    Op* op = control(outer, at, {predicate}, in_.attributes(), 2);
    region(*op, 0, scope_.size());
    in_.take_exactly("else", "the other region", "both regions are written, as they give the results");
    const Token yield_at = region(*op, 1, scope_.size());
    if (yielded(*op, 0) != yielded(*op, 1))
      in_.fail(yield_at, "the two regions yield different types", list_types(yielded(*op, 0)),
               fmt::format("this one yields {}", list_types(yielded(*op, 1))));
    results(*op, at, names, yielded(*op, 0));
  }

  /// `%name = operand, ...)`: the names become arguments of the region once it exists.
  void pairs(Region& region, std::vector<Token>& arguments, std::vector<Value*>& list) {
    in_.take_exactly("(", "the pairs", "such as carry(%x = %x0)");
    for (bool first = true; !in_.peek().is(")"); first = false) {
      if (!first) in_.take_exactly(",", "the next pair", "such as carry(%x = %x0, %k = 0)");
      arguments.push_back(in_.take(TokenKind::value, "the region's name of the value", "such as carry(%x = %x0)"));
      in_.take_exactly("=", "the value at the start", "such as carry(%x = %x0)");
      list.push_back(operand(region));
    }
    in_.take();
  }

  Value* bound(Region& region) {
    const Token at = in_.peek();
    Value* value = operand(region, DType::i64);
    if (!(value->type == scalar_i64))
      in_.fail(at, fmt::format("a bound has type {}", to_string(value->type)), "i64[]", "convert it with to_i64");
    return value;
  }

  void counted_loop(Region& outer, const Token& at, const std::vector<Token>& names) {
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
    Op* op = control(outer, at, list, std::move(attached), 1);

    const std::size_t scope = scope_.size();
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      Type type = scalar_i64;
      if (i > 0) type = list[i + 1]->type;
      if (i > carried) {
        if (type.shape.is_scalar() || type.shape[0] != length)
          in_.fail(arguments[i], fmt::format("the scanned value has type {}", to_string(type)),
                   fmt::format("{} rows", length),
                   "each iteration takes one row; {length = n} tells how many there are");
        type.shape = type.shape.without_axis(0);
      }
      define(arguments[i], op->regions[0]->add_argument(type));
    }
    const Token yield_at = region(*op, 0, scope);
    std::vector<Type> types = yielded(*op, 0);
    check_carried(*op, 0, yield_at, std::span(list).subspan(2, carried));
    for (std::size_t i = carried; i < types.size(); ++i) {
      if (types[i].shape.rank() == Shape::max_rank)
        in_.fail(yield_at, "stacked rows have too many axes", "at most 7", "rows become one axis more");
      if (length > 0 && types[i].size() > TextReader::most_elements / length)
        in_.fail(yield_at, "the stacked rows are too large", "fewer than 2^48 elements",
                 "yield less in each iteration");
      types[i].shape = types[i].shape.with_leading(length);
    }
    results(*op, at, names, types);
  }

  std::int64_t loop_length(const Token& at, const Attributes& given) const {
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
  void check_carried(const Op& op, std::size_t region, const Token& at, std::span<Value* const> carried) const {
    std::vector<Type> types = yielded(op, region), expected;
    for (const Value* v : carried) expected.push_back(v->type);
    if (types.size() > expected.size()) types.resize(expected.size());
    if (types != expected)
      in_.fail(at, fmt::format("the region yields {}", list_types(types)),
               list_types(expected) + " for the carried values",
               "a carried value keeps its type from one iteration to the next");
  }

  void conditional_loop(Region& outer, const Token& at, const std::vector<Token>& names) {
    std::vector<Token> arguments;
    std::vector<Value*> list;
    if (in_.take_if("carry")) pairs(outer, arguments, list);
    Op* op = control(outer, at, list, in_.attributes(), 2);
    std::vector<Token> yields;
    for (std::size_t r = 0; r < 2; ++r) {
      if (r == 1) in_.take_exactly("do", "the loop's body", "while carry(...) { test } do { body }");
      const std::size_t scope = scope_.size();
      for (std::size_t i = 0; i < list.size(); ++i) define(arguments[i], op->regions[r]->add_argument(list[i]->type));
      yields.push_back(region(*op, r, scope));
    }
    if (yielded(*op, 0) != std::vector<Type>{scalar_bool})
      in_.fail(yields[0], fmt::format("the test yields {}", list_types(yielded(*op, 0))), "bool[]",
               "the body runs as long as the test yields true");
    if (yielded(*op, 1).size() != list.size())
      in_.fail(yields[1], fmt::format("the body yields {}", count_of(yielded(*op, 1).size(), "value")),
               count_of(list.size(), "carried value"), "the body yields the next value of each carried one");
    check_carried(*op, 1, yields[1], list);
    results(*op, at, names, types_of(list));
  }

  void fused(Region& outer, const Token& at, const std::vector<Token>& names) {
    Op* op = control(outer, at, {}, in_.attributes(), 1);
    region(*op, 0, scope_.size());
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
                 "the shape " + to_string(*space),
                 "`fused` is one loop: its operations share one shape, or are scalars");
    }
    results(*op, at, names, yielded(*op, 0));
  }

  struct Named {
    Value* value = nullptr;  ///< null once its region has ended
    unsigned line = 0;
  };

  TextReader in_;
  std::unique_ptr<Program> program_;
  std::unordered_map<std::string, int> symbols_;
  std::unordered_map<int, std::size_t> bound_;  ///< symbol to its binding
  std::unordered_map<std::string_view, Named> values_;
  std::vector<std::string_view> scope_;  ///< visible names, innermost last
  int depth_ = 0;
};

}  // namespace

std::unique_ptr<Program> parse(std::string_view text, const std::string& file_name) {
  return Parser(text, lasting_name(file_name)).parse();
}

}  // namespace brainpy::compiler::ir
