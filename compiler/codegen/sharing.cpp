#include "compiler/codegen/sharing.h"

#include <algorithm>
#include <unordered_map>
#include <vector>

#include "compiler/ops/op_def.h"

namespace brainpy::compiler::codegen {

using ir::Op;
using ir::Region;
using ir::Value;

namespace {

struct Aliases {
  std::unordered_set<const Op*> found;
  std::vector<const Op*> copied;  ///< slices that control flow takes

  void take(const Value* v) {
    for (; v->definition && found.contains(v->definition); v = v->definition->operands[0])
      if (v->definition->def->name == "slice") {
        copied.push_back(v->definition);
        return;
      }
  }

  void find(const Region& region) {
    for (const auto& op : region.ops) {
      const std::string& name = op->def->name;
      if (name == "reshape" || (name == "slice" && offset_of_slice(*op) >= 0)) found.insert(op.get());
      if (op->def->shape_class == ShapeClass::control)
        for (const Value* v : op->operands) take(v);
      if (name == "fused") continue;
      for (const auto& r : op->regions) find(*r);
    }
  }
};

/// Who reads each value: a group counts as one reader, several readers as null.
using Readers = std::unordered_map<const Value*, const Op*>;

void find_readers(const Region& region, const Op* group, Readers& readers) {
  for (const auto& op : region.ops) {
    for (const Value* v : op->operands) {
      if (!v->definition || !v->definition->def->adds_to_zeros) continue;
      const Op* reader = group && op.get() != region.terminator() ? group : op.get();
      const auto [it, is_first] = readers.try_emplace(v, reader);
      if (!is_first && it->second != reader) it->second = nullptr;
    }
    for (const auto& r : op->regions) find_readers(*r, op->def->name == "fused" ? op.get() : nullptr, readers);
  }
}

bool loops_over(const Op& group, const runtime::Shape& shape) {
  return std::ranges::any_of(group.regions[0]->ops, [&](const auto& member) {
    return joins_loops(*member->def) && loop_shape(*member) == shape;
  });
}

}  // namespace

std::int64_t offset_of_slice(const Op& op) {
  const runtime::Type& whole = op.operands[0]->type;
  const auto& start = op.attributes.integers("start");
  const auto& step = op.attributes.integers("step");
  const runtime::Shape& part = op.result()->type.shape;
  if (whole.shape.is_scalar() || part.size() == 0) return -1;
  std::int64_t row = 1;
  for (std::size_t axis = 0; axis < start.size(); ++axis) {
    const int a = static_cast<int>(axis);
    if (step[axis] != 1 || (axis > 0 && part[a] != whole.shape[a])) return -1;
    if (axis > 0) row *= whole.shape[a];
  }
  return start[0] * row * static_cast<std::int64_t>(size_of(whole.dtype));
}

std::unordered_set<const Op*> aliases_of(const ir::Program& program) {
  Aliases aliases;
  aliases.find(program.body);
  for (const Op* op : aliases.copied) aliases.found.erase(op);
  return std::move(aliases.found);
}

std::unordered_set<const Value*> cleared_of(const ir::Program& program) {
  Readers readers;
  find_readers(program.body, nullptr, readers);
  std::unordered_set<const Value*> cleared;
  for (const auto& [value, reader] : readers)
    if (reader && reader->def->name == "fused" && reader->parent == value->definition->parent &&
        loops_over(*reader, value->type.shape))
      cleared.insert(value);
  return cleared;
}

}  // namespace brainpy::compiler::codegen
