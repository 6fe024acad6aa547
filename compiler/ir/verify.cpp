#include "compiler/ir/verify.h"

#include <fmt/format.h>

#include <span>
#include <unordered_map>
#include <unordered_set>

#include "compiler/ir/literal_text.h"
#include "compiler/ir/print.h"
#include "compiler/ops/op_def.h"

namespace brainpy::compiler::ir {
namespace {

constexpr std::int64_t most_literal_elements = 16;
const Type scalar_i64{DType::i64, {}};
const Type scalar_bool{DType::bool_, {}};

std::string list_types(std::span<const Type> types) {
  std::string text;
  for (const Type& t : types) text += (text.empty() ? "" : ", ") + to_string(t);
  return "(" + text + ")";
}

std::vector<Type> operand_types(const Op& op) {
  std::vector<Type> types;
  for (const Value* v : op.operands) types.push_back(v->type);
  return types;
}

std::vector<Type> types_of(const std::vector<std::unique_ptr<Value>>& values) {
  std::vector<Type> types;
  for (const auto& v : values) types.push_back(v->type);
  return types;
}

class Verifier {
 public:
  explicit Verifier(const Program& program) : program_(program) {}

  void run() {
    symbols();
    if (program_.body.parent) fail("the body has a parent operation");
    arguments(program_.body, "the program's body");
    region(program_.body, "the program's body");
    bindings();
  }

 private:
  [[noreturn]] void fail(const std::string& problem) const {
    throw runtime::InternalError(fmt::format("program @{}: {}", program_.name, problem));
  }

  [[noreturn]] void fail(const Op& op, const std::string& problem) const {
    const std::string place = op.location.known() ? "\n  at " + to_string(op.location) : "";
    fail(fmt::format("{}\n  in {}{}", problem, print_op(op), place));
  }

  void require(bool condition, const Op& op, const char* problem) const {
    if (!condition) fail(op, problem);
  }

  void require_types(const Op& op, const char* what, std::span<const Type> found,
                     std::span<const Type> expected) const {
    if (!std::ranges::equal(found, expected))
      fail(op, fmt::format("{} {} should be {}", what, list_types(found), list_types(expected)));
  }

  // --- the frame

  void symbols() {
    for (const Symbol& s : program_.symbols) {
      if (s.name.empty()) fail("a symbol has no name");
      if (!symbols_.emplace(s.name, &s).second) fail(fmt::format("symbol @{} is declared twice", s.name));
    }
  }

  void bindings() const {
    const auto arguments = static_cast<int>(program_.body.arguments.size());
    const auto& yielded = program_.body.terminator()->operands;
    const auto bound = static_cast<int>(program_.bindings.size());
    if (program_.parameters < 0 || program_.parameters + bound != arguments)
      fail(
          fmt::format("{} parameters and {} bindings do not make {} arguments", program_.parameters, bound, arguments));
    if (!program_.discharged && bound > 0) fail("bindings before discharge");
    const int results = program_.result_count();
    std::unordered_set<int> seen_symbols, seen_results;
    for (int i = 0; i < bound; ++i) {
      const Binding& b = program_.bindings[static_cast<std::size_t>(i)];
      const auto wrong = [&](const char* problem) { fail(fmt::format("binding {}: {}", i, problem)); };
      if (b.symbol < 0 || b.symbol >= static_cast<int>(program_.symbols.size())) wrong("no such symbol");
      if (!seen_symbols.insert(b.symbol).second) wrong("the symbol is bound twice");
      if (b.argument != program_.parameters + i) wrong("bindings are not in the order of their arguments");
      const Symbol& s = program_.symbols[static_cast<std::size_t>(b.symbol)];
      if (!(program_.body.arguments[static_cast<std::size_t>(b.argument)]->type == s.type))
        wrong("the argument's type is not the symbol's");
      if (b.result == -1) continue;
      if (s.kind == SymbolKind::constant) wrong("a constant gets a new value");
      if (b.result < results || b.result >= static_cast<int>(yielded.size())) wrong("no such new state in the yield");
      if (!seen_results.insert(b.result).second) wrong("two symbols share a new state");
      if (!(yielded[static_cast<std::size_t>(b.result)]->type == s.type))
        wrong("the new state's type is not the symbol's");
    }
  }

  // --- regions and scopes

  void see(const Value& value) {
    visible_.insert(&value);
    scope_.push_back(&value);
  }

  void arguments(const Region& region, const std::string& of) {
    for (std::size_t i = 0; i < region.arguments.size(); ++i) {
      const auto& a = region.arguments[i];
      if (!a) fail(fmt::format("an argument of {} is null", of));
      if (a->owner != &region || a->definition || a->index != static_cast<int>(i))
        fail(fmt::format("argument {} of {} has a wrong owner, definition or index", i, of));
      see(*a);
    }
  }

  void region(const Region& region, const std::string& of) {
    for (const auto& op : region.ops) {
      if (!op) fail(fmt::format("an operation of {} is null", of));
      if (!op->def) fail(fmt::format("an operation of {} has no definition", of));
      if (op->parent != &region) fail(fmt::format("{} in {} has a wrong parent", op->def->name, of));
      if (op->def->name == "yield" && op.get() != region.terminator()) fail(*op, "`yield` is not the last operation");
      operation(*op);
    }
    if (!region.terminator() || region.terminator()->def->name != "yield")
      fail(fmt::format("{} does not end in `yield`", of));
  }

  void operation(const Op& op) {
    for (const Value* v : op.operands) {
      require(v, op, "an operand is null");
      require(visible_.contains(v), op, "an operand is not visible here: it is defined later, elsewhere or not at all");
    }
    for (std::size_t i = 0; i < op.results.size(); ++i) {
      const auto& r = op.results[i];
      require(r != nullptr, op, "a result is null");
      require(r->definition == &op && r->index == static_cast<int>(i) && !r->owner, op,
              "a result has a wrong definition, index or owner");
    }
    const std::string& name = op.def->name;
    require(name == "const" || op.literal.bits.empty(), op, "a literal on an operation that is not `const`");
    require(name == "read" || name == "write" || op.symbol.empty(), op, "a symbol on an operation that has none");
    if (op.def->shape_class == ShapeClass::control) control(op);
    else plain(op);
    for (const auto& r : op.results) see(*r);
  }

  void plain(const Op& op) {
    require(op.regions.empty(), op, "the operation has no regions");
    if (op.def->arity >= 0 && op.operands.size() != static_cast<std::size_t>(op.def->arity))
      fail(op, fmt::format("{} operands, {} expected", op.operands.size(), op.def->arity));
    std::vector<Type> inferred;
    try {
      inferred = op.def->infer(operand_types(op), op.attributes);
    } catch (const runtime::Error& e) {
      fail(op, e.what());
    }
    require_types(op, "result types", types_of(op.results), inferred);
  }

  void control(const Op& op) {
    const std::string& name = op.def->name;
    const std::size_t regions = name == "if" || name == "while" ? 2 : name == "for" || name == "fused" ? 1 : 0;
    if (op.regions.size() != regions) fail(op, fmt::format("{} regions, {} expected", op.regions.size(), regions));
    for (const auto& r : op.regions) {
      require(r != nullptr, op, "a region is null");
      require(r->parent == &op, op, "a region has a wrong parent");
    }
    if (name == "const") literal(op);
    else if (name == "read" || name == "write") touch(op, name == "write");
    else if (name == "yield") require(op.results.empty(), op, "`yield` has results");
    else if (name == "if") branch(op);
    else if (name == "for") counted_loop(op);
    else if (name == "while") conditional_loop(op);
    else if (name == "fused") fused(op);
    else fail(op, "an unknown control operation");
  }

  void literal(const Op& op) const {
    require(op.operands.empty() && op.results.size() == 1, op, "`const` takes no operands and has one result");
    const Type& type = op.result()->type;
    require(type.size() <= most_literal_elements, op, "a literal of more than 16 elements");
    require(static_cast<std::int64_t>(op.literal.bits.size()) == type.size(), op,
            "the literal's size is not its type's");
    for (std::uint64_t bits : op.literal.bits)
      require(literal_fits(type.dtype, bits), op, "a literal's bits do not fit its type");
  }

  void touch(const Op& op, bool writes) const {
    require(!program_.discharged, op, "a symbol is touched by name after discharge");
    const auto found = symbols_.find(op.symbol);
    require(found != symbols_.end(), op, "the symbol is not declared");
    const Symbol& symbol = *found->second;
    require(op.operands.size() == (writes ? 1u : 0u), op, "wrong number of operands");
    require(op.results.size() == (writes ? 0u : 1u), op, "wrong number of results");
    require(!writes || symbol.kind == SymbolKind::variable, op, "a constant is written");
    const Type& type = writes ? op.operands[0]->type : op.result()->type;
    require_types(op, "the value's type", {&type, 1}, {&symbol.type, 1});
  }

  // --- operations with regions

  /// Checks the region with arguments of these types; the types that it yields.
  std::vector<Type> inside(const Op& op, std::size_t index, std::span<const Type> expected_arguments) {
    const Region& r = *op.regions[index];
    const std::string of = fmt::format("region {} of `{}`", index, op.def->name);
    const std::size_t outside = scope_.size();
    arguments(r, of);
    require_types(op, "region arguments", types_of(r.arguments), expected_arguments);
    region(r, of);
    std::vector<Type> yielded = operand_types(*r.terminator());
    for (; scope_.size() > outside; scope_.pop_back()) visible_.erase(scope_.back());
    return yielded;
  }

  void branch(const Op& op) {
    require_types(op, "operands", operand_types(op), {&scalar_bool, 1});
    const std::vector<Type> results = types_of(op.results);
    require_types(op, "what the first region yields", inside(op, 0, {}), results);
    require_types(op, "what the second region yields", inside(op, 1, {}), results);
  }

  std::int64_t integer(const Op& op, const char* name) const {
    const Attribute* a = op.attributes.find(name);
    const auto* n = a ? std::get_if<std::int64_t>(a) : nullptr;
    if (!n || *n < 0) fail(op, fmt::format("attribute `{}` is not an integer of zero or more", name));
    return *n;
  }

  void counted_loop(const Op& op) {
    const auto carried = static_cast<std::size_t>(integer(op, "carried"));
    const std::int64_t length = integer(op, "length");
    const Attribute* reverse = op.attributes.find("reverse");
    require(!reverse || std::holds_alternative<bool>(*reverse), op, "attribute `reverse` is not a bool");
    const std::vector<Type> operands = operand_types(op);
    require(operands.size() >= 2 && carried <= operands.size() - 2, op,
            "fewer operands than bounds and carried values");
    require(operands[0] == scalar_i64 && operands[1] == scalar_i64, op, "a bound is not i64[]");

    std::vector<Type> arguments = {scalar_i64};
    for (std::size_t i = 2; i < operands.size(); ++i) {
      Type type = operands[i];
      if (i >= 2 + carried) {
        require(!type.shape.is_scalar() && type.shape[0] == length, op, "a scanned operand has not `length` rows");
        type.shape = type.shape.without_axis(0);
      }
      arguments.push_back(type);
    }
    std::vector<Type> yielded = inside(op, 0, arguments);
    require(yielded.size() >= carried, op, "the region yields fewer values than are carried");
    require_types(op, "carried values in the yield", std::span(yielded).first(carried),
                  std::span(operands).subspan(2, carried));
    for (std::size_t i = carried; i < yielded.size(); ++i) {
      require(yielded[i].shape.rank() < Shape::max_rank, op, "stacked rows have too many axes");
      yielded[i].shape = yielded[i].shape.with_leading(length);
    }
    require_types(op, "result types", types_of(op.results), yielded);
  }

  void conditional_loop(const Op& op) {
    const std::vector<Type> carried = operand_types(op);
    require_types(op, "what the test yields", inside(op, 0, carried), {&scalar_bool, 1});
    require_types(op, "what the body yields", inside(op, 1, carried), carried);
    require_types(op, "result types", types_of(op.results), carried);
  }

  void fused(const Op& op) {
    require(op.operands.empty(), op, "`fused` takes no operands");
    const std::vector<Type> yielded = inside(op, 0, {});
    const Shape* space = nullptr;
    for (const auto& member : op.regions[0]->ops) {
      if (member->def->name == "const" || member->def->name == "yield") continue;
      require(joins_loops(*member->def), *member, "`fused` holds something else than a map operation");
      const Shape& shape = loop_shape(*member);
      if (shape.is_scalar()) continue;
      if (!space) space = &shape;
      require(*space == shape, *member, "the operations of `fused` have different iteration spaces");
    }
    require_types(op, "result types", types_of(op.results), yielded);
  }

  const Program& program_;
  std::unordered_map<std::string_view, const Symbol*> symbols_;
  std::unordered_set<const Value*> visible_;
  std::vector<const Value*> scope_;  ///< visible values, innermost last
};

}  // namespace

void verify(const Program& program) { Verifier(program).run(); }

}  // namespace brainpy::compiler::ir
