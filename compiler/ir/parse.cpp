#include "compiler/ir/parse.h"

#include <fmt/format.h>

#include <unordered_map>

#include "compiler/ir/builder.h"
#include "compiler/ir/location_text.h"
#include "compiler/ir/parse_control.h"
#include "compiler/ir/similar_names.h"
#include "compiler/ir/text_reader.h"
#include "compiler/ir/value_reader.h"
#include "compiler/ops/registry.h"

namespace brainpy::compiler::ir {
namespace {

constexpr std::size_t most_literal_elements = 16;

class Parser {
 public:
  Parser(std::string_view text, const char* file)
      : in_(text, file),
        values_(in_),
        control_(in_, values_, [this](Region& region) { statement(region); }),
        program_(std::make_unique<Program>()) {}

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
  // --- symbols

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

  // --- the program's frame

  void parameters() {
    argument_list([&](const Token& name, Type type) { values_.define(name, program_->body.add_argument(type)); });
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
    values_.define(name, program_->body.add_argument(type));
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
    if (in_.take_if("return")) results = values_.operands(region);
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
      Value* value = values_.operand(program_->body);
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
    else if (!control_.parse(region, op, names)) plain(region, op, names);
    locate(region, first, in_.peek());
  }

  void plain(Region& region, const Token& at, const std::vector<Token>& names) {
    const OpDef* def = registry().find(std::string(at.text));
    if (!def) {
      std::vector<std::string_view> known;
      for (const OpDef* d : registry().all()) known.push_back(d->name);
      in_.fail(at, "unknown operation", "the name of an operation",
               did_you_mean(at.text, known, "docs/operations.md lists the operations"));
    }
    std::vector<Value*> list = values_.operands(region);
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
    values_.results(*op, at, names, types);
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
    values_.define(names[0], Builder(region).constant_bits(given, std::move(bits)));
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
    values_.define(names[0], value);
  }

  void write(Region& region, const Token& at, const std::vector<Token>& names) {
    refuse_after_discharge(at);
    if (!names.empty()) in_.fail(at, "write has no result", "no name before it", "such as write @E.V, %V1");
    const Token symbol_at = in_.peek();
    const std::string name = symbol_name();
    in_.take_exactly(",", "the symbol's new value", "such as write @E.V, %V1");
    Value* value = values_.operand(region);
    const int symbol = declare(symbol_at, name, value->type, SymbolKind::variable);
    if (program_->symbols[static_cast<std::size_t>(symbol)].kind == SymbolKind::constant)
      in_.fail(symbol_at, "write to a constant", "a Variable", "constants are only read");
    Builder(region).write(name, value);
  }

  void yield(Region& region, const Token& at, const std::vector<Token>& names) {
    if (!names.empty()) in_.fail(at, "yield has no result", "no name before it", "such as yield %x, %y");
    Builder(region).yield(values_.operands(region));
  }

  TextReader in_;
  ValueReader values_;
  ControlParser control_;
  std::unique_ptr<Program> program_;
  std::unordered_map<std::string, int> symbols_;
  std::unordered_map<int, std::size_t> bound_;  ///< symbol to its binding
};

}  // namespace

std::unique_ptr<Program> parse(std::string_view text, const std::string& file_name) {
  return Parser(text, lasting_name(file_name)).parse();
}

}  // namespace brainpy::compiler::ir
