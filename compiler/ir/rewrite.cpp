// Walking, replacing, cloning and moving; every one linear in the program's size.
#include "compiler/ir/rewrite.h"

#include <functional>
#include <unordered_set>

#include "compiler/ops/op_def.h"

namespace brainpy::compiler::ir {

bool is(const Op& op, std::string_view name) { return op.def->name == name; }

std::unordered_map<const Value*, int> count_uses(const Region& region) {
  std::unordered_map<const Value*, int> uses;
  walk(region, [&](const Op& op) {
    for (const Value* v : op.operands) ++uses[v];
  });
  return uses;
}

const Region* region_of(const Value& value) { return value.definition ? value.definition->parent : value.owner; }

std::vector<Value*> captured_values(const Op& op) {
  std::vector<Value*> captured;
  std::unordered_set<const Value*> inside, seen;
  // Values are defined before they are used, so one walk knows all inner ones in time.
  const std::function<void(const Region&)> visit = [&](const Region& region) {
    for (const auto& a : region.arguments) inside.insert(a.get());
    for (const auto& inner : region.ops) {
      for (Value* v : inner->operands)
        if (!inside.contains(v) && seen.insert(v).second) captured.push_back(v);
      for (const auto& r : inner->regions) visit(*r);
      for (const auto& r : inner->results) inside.insert(r.get());
    }
  };
  for (const auto& r : op.regions) visit(*r);
  return captured;
}

bool has_effects(const Op& op) {
  if (op.def->effects != Effects::none) return true;
  bool found = false;
  for (const auto& r : op.regions)
    walk(*r, [&](const Op& inner) { found = found || inner.def->effects != Effects::none; });
  return found;
}

const std::uint64_t* scalar_literal(const Value* value) {
  const Op* op = value->definition;
  return op && is(*op, "const") && value->type.shape.is_scalar() ? op->literal.bits.data() : nullptr;
}

Value* resolve(Value* value, const ValueMap& replacements) {
  for (auto it = replacements.find(value); it != replacements.end(); it = replacements.find(value)) value = it->second;
  return value;
}

bool replace_uses(Region& region, const ValueMap& replacements) {
  if (replacements.empty()) return false;
  bool changed = false;
  walk(region, [&](Op& op) {
    for (Value*& v : op.operands)
      if (Value* r = resolve(v, replacements); r != v) {
        v = r;
        changed = true;
      }
  });
  return changed;
}

namespace {

void renumber(std::vector<std::unique_ptr<Value>>& values) {
  for (std::size_t i = 0; i < values.size(); ++i) values[i]->index = static_cast<int>(i);
}

template <class T>
void keep_flagged(std::vector<T>& list, const std::vector<bool>& keep) {
  std::vector<T> kept;
  for (std::size_t i = 0; i < list.size(); ++i)
    if (keep[i]) kept.push_back(std::move(list[i]));
  list = std::move(kept);
}

}  // namespace

Value* insert_result(Op& op, int index, const Type& type, std::string name) {
  auto value = std::make_unique<Value>();
  value->type = type;
  value->definition = &op;
  value->name = std::move(name);
  Value* inserted = value.get();
  op.results.insert(op.results.begin() + index, std::move(value));
  renumber(op.results);
  return inserted;
}

Value* add_result(Op& op, const Type& type, std::string name) {
  return insert_result(op, static_cast<int>(op.results.size()), type, std::move(name));
}

Value* insert_argument(Region& region, int index, const Type& type, std::string name) {
  auto value = std::make_unique<Value>();
  value->type = type;
  value->owner = &region;
  value->name = std::move(name);
  Value* inserted = value.get();
  region.arguments.insert(region.arguments.begin() + index, std::move(value));
  renumber(region.arguments);
  return inserted;
}

void keep_results(Op& op, const std::vector<bool>& keep) {
  keep_flagged(op.results, keep);
  renumber(op.results);
}

void keep_arguments(Region& region, const std::vector<bool>& keep) {
  keep_flagged(region.arguments, keep);
  renumber(region.arguments);
}

void keep_operands(Op& op, const std::vector<bool>& keep) { keep_flagged(op.operands, keep); }

Op* adopt(Region& region, std::unique_ptr<Op> op) {
  op->parent = &region;
  region.ops.push_back(std::move(op));
  return region.ops.back().get();
}

namespace {

Value* mapped(Value* value, const ValueMap& map) {
  const auto it = map.find(value);
  return it == map.end() ? value : it->second;
}

}  // namespace

Op* clone_op(const Op& source, Region& to, ValueMap& map) {
  auto op = std::make_unique<Op>();
  op->def = source.def;
  for (Value* v : source.operands) op->operands.push_back(mapped(v, map));
  op->attributes = source.attributes;
  op->literal = source.literal;
  op->symbol = source.symbol;
  op->location = source.location;
  for (const auto& r : source.results) map[r.get()] = add_result(*op, r->type, r->name);
  for (const auto& r : source.regions) {
    op->regions.push_back(std::make_unique<Region>());
    Region& copy = *op->regions.back();
    copy.parent = op.get();
    for (const auto& a : r->arguments) map[a.get()] = copy.add_argument(a->type, a->name);
    for (const auto& inner : r->ops) clone_op(*inner, copy, map);
  }
  return adopt(to, std::move(op));
}

std::vector<Value*> clone_ops(const Region& source, Region& to, ValueMap& map) {
  for (const auto& op : source.ops)
    if (op.get() != source.terminator()) clone_op(*op, to, map);
  std::vector<Value*> yielded;
  for (Value* v : source.terminator()->operands) yielded.push_back(mapped(v, map));
  return yielded;
}

std::vector<Value*> inline_program(Builder& builder, const Program& program, const std::vector<Value*>& arguments) {
  if (arguments.size() != program.body.arguments.size())
    throw runtime::InternalError("inline_program: '" + program.name + "' takes " +
                                 std::to_string(program.body.arguments.size()) + " arguments, got " +
                                 std::to_string(arguments.size()));
  ValueMap map;
  for (std::size_t i = 0; i < arguments.size(); ++i) map[program.body.arguments[i].get()] = arguments[i];
  return clone_ops(program.body, builder.region(), map);
}

bool is_loop(const Op& op) { return is(op, "for") || is(op, "while"); }

Loop loop_of(const Op& op) {
  Loop loop;
  if (is(op, "while")) {
    loop.carried = static_cast<int>(op.operands.size());
    return loop;
  }
  loop.first_operand = 2;
  loop.first_argument = 1;
  loop.carried = static_cast<int>(op.attributes.integer_or("carried", 0));
  loop.scanned = static_cast<int>(op.operands.size()) - 2 - loop.carried;
  loop.stacked = static_cast<int>(op.results.size()) - loop.carried;
  return loop;
}

Region& loop_body(const Op& op) { return *op.regions.back(); }

}  // namespace brainpy::compiler::ir
