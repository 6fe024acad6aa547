#include "compiler/codegen/group.h"

#include <algorithm>

#include "compiler/ops/op_def.h"

namespace brainpy::compiler::codegen {

using ir::Op;

Group group_of(const Op& op, const Placement& placement) {
  Group group;
  if (op.regions.empty()) {
    group.ops = {&op};
    group.stores = {{op.result(), placement.slot(op.result())}};
  } else {
    const Op& yield = *op.regions[0]->terminator();
    for (const auto& inner : op.regions[0]->ops)
      if (inner.get() != &yield) group.ops.push_back(inner.get());
    for (std::size_t k = 0; k < yield.operands.size(); ++k)
      group.stores.emplace_back(yield.operands[k], placement.slot(op.results[k].get()));
  }
  for (const Op* member : group.ops)
    if (member->def->name != "const") group.size = std::max(group.size, loop_shape(*member).size());
  return group;
}

std::vector<const ir::Value*> numbers_of(const Group& group) {
  std::vector<const ir::Value*> numbers;
  const auto look = [&](const ir::Value* v) {
    if (!v->type.shape.is_scalar() || (v->definition && v->definition->def->name == "const")) return;
    if (std::ranges::find(group.ops, v->definition) != group.ops.end()) return;
    if (std::ranges::find(numbers, v) == numbers.end()) numbers.push_back(v);
  };
  for (const Op* op : group.ops)
    for (const ir::Value* v : op->operands) look(v);
  for (const auto& store : group.stores) look(store.first);
  return numbers;
}

double bytes_read(const Group& group, const std::unordered_set<const ir::Value*>& values) {
  std::unordered_set<const ir::Value*> read;
  for (const Op* op : group.ops)
    for (const ir::Value* v : op->operands)
      if (!v->type.shape.is_scalar() && values.contains(v)) read.insert(v);
  double bytes = 0;
  for (const ir::Value* v : read) bytes += static_cast<double>(size_of(v->type.dtype));
  return bytes;
}

}  // namespace brainpy::compiler::codegen
