#include "compiler/ir/ir.h"

#include <unordered_map>

namespace brainpy::compiler::ir {

void Attributes::set(std::string name, Attribute value) {
  for (Entry& e : entries_)
    if (e.name == name) {
      e.value = std::move(value);
      return;
    }
  entries_.push_back({std::move(name), std::move(value)});
}

const Attribute* Attributes::find(std::string_view name) const {
  for (const Entry& e : entries_)
    if (e.name == name) return &e.value;
  return nullptr;
}

namespace {

template <class T>
const T& get(const Attributes& attributes, std::string_view name, const char* kind) {
  const Attribute* a = attributes.find(name);
  if (a)
    if (const T* v = std::get_if<T>(a)) return *v;
  const std::string text(name);
  if (!a)
    throw runtime::ValueError({.what = "attribute '" + text + "' is missing", .hint = "add {" + text + " = ...}"});
  throw runtime::ValueError({.what = "attribute '" + text + "' is not " + kind});
}

}  // namespace

std::int64_t Attributes::integer(std::string_view name) const { return get<std::int64_t>(*this, name, "an integer"); }

std::int64_t Attributes::integer_or(std::string_view name, std::int64_t otherwise) const {
  return find(name) ? integer(name) : otherwise;
}

double Attributes::real(std::string_view name) const {
  if (const Attribute* a = find(name))
    if (const auto* i = std::get_if<std::int64_t>(a)) return static_cast<double>(*i);
  return get<double>(*this, name, "a number");
}

bool Attributes::flag(std::string_view name) const {
  const Attribute* a = find(name);
  if (!a) return false;
  const bool* value = std::get_if<bool>(a);
  return value ? *value : get<bool>(*this, name, "true or false");
}

const std::string& Attributes::text(std::string_view name) const { return get<std::string>(*this, name, "a text"); }

const std::vector<std::int64_t>& Attributes::integers(std::string_view name) const {
  return get<std::vector<std::int64_t>>(*this, name, "a list of integers");
}

Shape Attributes::shape(std::string_view name) const { return Shape(integers(name)); }

DType Attributes::dtype(std::string_view name) const { return get<DType>(*this, name, "an element type"); }

Value* Region::add_argument(Type type, std::string name) {
  auto value = std::make_unique<Value>();
  value->type = type;
  value->index = static_cast<int>(arguments.size());
  value->owner = this;
  value->name = std::move(name);
  arguments.push_back(std::move(value));
  return arguments.back().get();
}

const Symbol* Program::find_symbol(const std::string& symbol_name) const {
  for (const Symbol& s : symbols)
    if (s.name == symbol_name) return &s;
  return nullptr;
}

int Program::result_count() const {
  int n = body.terminator() ? static_cast<int>(body.terminator()->operands.size()) : 0;
  for (const Binding& b : bindings)
    if (b.result >= 0) --n;
  return n;
}

namespace {

using ValueMap = std::unordered_map<const Value*, Value*>;

void clone_region(const Region& from, Region& to, ValueMap& map) {
  for (const auto& a : from.arguments) map[a.get()] = to.add_argument(a->type, a->name);
  to.ops.reserve(from.ops.size());
  for (const auto& source : from.ops) {
    auto op = std::make_unique<Op>();
    op->def = source->def;
    op->operands.reserve(source->operands.size());
    for (const Value* v : source->operands) op->operands.push_back(map.at(v));
    op->attributes = source->attributes;
    op->literal = source->literal;
    op->symbol = source->symbol;
    op->location = source->location;
    op->parent = &to;
    for (const auto& r : source->results) {
      auto result = std::make_unique<Value>();
      result->type = r->type;
      result->definition = op.get();
      result->index = r->index;
      result->name = r->name;
      map[r.get()] = result.get();
      op->results.push_back(std::move(result));
    }
    for (const auto& r : source->regions) {
      op->regions.push_back(std::make_unique<Region>());
      op->regions.back()->parent = op.get();
      clone_region(*r, *op->regions.back(), map);
    }
    to.ops.push_back(std::move(op));
  }
}

}  // namespace

std::unique_ptr<Program> clone(const Program& program) {
  auto copy = std::make_unique<Program>();
  copy->name = program.name;
  copy->symbols = program.symbols;
  copy->parameters = program.parameters;
  copy->bindings = program.bindings;
  copy->discharged = program.discharged;
  ValueMap map;
  map.reserve(static_cast<std::size_t>(count_ops(program.body)) + program.body.arguments.size());
  clone_region(program.body, copy->body, map);
  return copy;
}

int count_ops(const Region& region) {
  int n = 0;
  for (const auto& op : region.ops) {
    ++n;
    for (const auto& r : op->regions) n += count_ops(*r);
  }
  return n;
}

}  // namespace brainpy::compiler::ir
