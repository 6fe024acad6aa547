// Contraction: a product that is only added becomes part of an fma, rounded once instead of twice.
// In: a program, and a math mode that allows it. Out: a * b + c as fma(a, b, c), a * b - c as fma(a, b, -c) and
// c - a * b as fma(-a, b, c).
#include "compiler/ir/rewrite.h"
#include "compiler/ops/registry.h"
#include "compiler/passes/pass.h"

namespace brainpy::compiler::passes {
namespace {

using ir::Op;
using ir::Region;
using ir::Value;
using Uses = std::unordered_map<const Value*, int>;

/// The multiplication behind an operand, if nobody else needs it and it has the shape of the whole.
const Op* product_behind(const Op& op, std::size_t operand, const Uses& uses) {
  const Value* v = op.operands[operand];
  const Op* mul = v->definition;
  const bool fits = mul && ir::is(*mul, "mul") && uses.at(v) == 1 && mul->parent == op.parent &&
                    runtime::is_float(v->type.dtype) && v->type == op.result()->type;
  return fits ? mul : nullptr;
}

bool run(Region& region, const Uses& uses, ir::ValueMap& replaced, ir::OpList& dropped) {
  bool changed = false;
  ir::OpList ops = std::move(region.ops);
  region.ops.clear();
  ir::Builder builder(region);
  for (auto& op : ops) {
    for (Value*& v : op->operands) v = ir::resolve(v, replaced);
    for (const auto& r : op->regions) changed |= run(*r, uses, replaced, dropped);
    const bool adds = ir::is(*op, "add"), subtracts = ir::is(*op, "sub");
    const Op* left = adds || subtracts ? product_behind(*op, 0, uses) : nullptr;
    const Op* right = (adds || subtracts) && !left ? product_behind(*op, 1, uses) : nullptr;
    const Op* mul = left ? left : right;
    if (!mul) {
      ir::adopt(region, std::move(op));
      continue;
    }
    builder.set_location(op->location);
    Value *a = mul->operands[0], *b = mul->operands[1], *c = op->operands[left ? 1 : 0];
    if (subtracts && left) c = builder.apply("neg", {c});
    if (subtracts && right) a = builder.apply("neg", {a});
    Value* whole = builder.apply("fma", {a, b, c});
    whole->name = op->result()->name;
    replaced[op->result()] = whole;
    dropped.push_back(std::move(op));
    changed = true;
  }
  return changed;
}

}  // namespace

bool contract(ir::Program& program, const PassOptions& options) {
  if (options.math == runtime::MathMode::exact) return false;
  const Uses uses = ir::count_uses(program.body);
  ir::ValueMap replaced;
  ir::OpList dropped;
  if (!run(program.body, uses, replaced, dropped)) return false;
  dropped.clear();
  dce(program, options);  // the products
  return true;
}

}  // namespace brainpy::compiler::passes
