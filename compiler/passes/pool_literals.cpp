// Pooling: a scalar literal stands in front of everything, once, however often and wherever it is used.
// In: a program. Out: the same with its scalar literals first, in the order of their first use. Text does not tell
// where they stand, and compiled code is found by the program's text: so the memory that it expects must not depend on
// it.
#include <algorithm>
#include <map>

#include "compiler/ir/rewrite.h"
#include "compiler/passes/pass.h"

namespace brainpy::compiler::passes {
namespace {

using ir::Op;
using ir::Region;
using ir::Value;

/// Takes the scalar literals out of the region and those inside it.
void take_literals(Region& region, ir::OpList& taken) {
  ir::OpList ops = std::move(region.ops);
  region.ops.clear();
  for (auto& op : ops) {
    for (const auto& r : op->regions) take_literals(*r, taken);
    if (!op->results.empty() && ir::scalar_literal(op->result())) taken.push_back(std::move(op));
    else ir::adopt(region, std::move(op));
  }
}

}  // namespace

bool pool_literals(ir::Program& program, const PassOptions&) {
  std::vector<const Op*> before;
  ir::walk(program.body, [&](const Op& op) { before.push_back(&op); });

  ir::OpList taken;
  take_literals(program.body, taken);
  std::map<std::pair<runtime::DType, std::uint64_t>, Value*> pool;
  std::vector<Value*> used;
  ir::ValueMap replaced;
  ir::walk(program.body, [&](const Op& op) {
    for (Value* v : op.operands) {
      const std::uint64_t* bits = ir::scalar_literal(v);
      if (!bits) continue;
      const auto [first, is_new] = pool.try_emplace({v->type.dtype, *bits}, v);
      if (is_new) used.push_back(v);
      else if (first->second != v) replaced[v] = first->second;
    }
  });
  ir::replace_uses(program.body, replaced);

  ir::OpList rest = std::move(program.body.ops);
  program.body.ops.clear();
  for (const Value* v : used)
    ir::adopt(program.body, std::move(*std::ranges::find(taken, v->definition, &std::unique_ptr<Op>::get)));
  for (auto& op : rest) ir::adopt(program.body, std::move(op));

  std::vector<const Op*> after;
  ir::walk(program.body, [&](const Op& op) { after.push_back(&op); });
  return before != after;
}

}  // namespace brainpy::compiler::passes
