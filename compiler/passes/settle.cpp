// Settling: an array that every step of a loop fills with the same number, such as an input that is set back after it
// was used, holds something else in the first step only. So the steps need not hand it on through memory.
// In: a discharged program. Out: the same, where each step takes the number, the first one what was there before; the
// loop leaves the number, or what was there if it had no step. For that it carries whether a step is the first; what it
// carried before is `dce`'s to drop.
#include "compiler/ir/rewrite.h"
#include "compiler/passes/pass.h"

namespace brainpy::compiler::passes {
namespace {

using ir::Op;
using ir::Region;
using ir::Value;

/// An array that a loop carries, and the number that each step fills it with.
struct Fill {
  int carried;    ///< which of the loop's carried values
  Value* number;  ///< known before the loop
  ir::Location location;
};

using Uses = std::unordered_map<const Value*, int>;

std::vector<Fill> fills_of(const Op& loop, const Uses& uses) {
  const ir::Loop layout = ir::loop_of(loop);
  const Region& body = ir::loop_body(loop);
  std::vector<Fill> fills;
  for (int k = 0; k < layout.carried; ++k) {
    const Value* next = body.terminator()->operands[static_cast<std::size_t>(k)];
    const Value* carried = body.arguments[static_cast<std::size_t>(layout.first_argument + k)].get();
    if (!uses.contains(carried) && !uses.contains(loop.result(k))) continue;
    if (next->type.shape.is_scalar() || !next->definition || !ir::is(*next->definition, "fill")) continue;
    Value* number = next->definition->operands[0];
    if (ir::region_of(*number) != &body) fills.push_back({k, number, next->definition->location});
  }
  return fills;
}

/// Adds a carried bool that is true in the first step and returns the body's argument. The loop's last carried result
/// is then true if it had no step. `before` stands in front of the loop.
Value* carry_is_first(Op& loop, ir::Builder& before) {
  const ir::Loop layout = ir::loop_of(loop);
  const runtime::Type type{runtime::DType::bool_, {}};
  loop.operands.insert(loop.operands.begin() + layout.first_operand + layout.carried, before.constant(type.dtype, 1));
  std::vector<Value*>& yielded = ir::loop_body(loop).terminator()->operands;
  yielded.insert(yielded.begin() + layout.carried, before.constant(type.dtype, 0));
  ir::insert_result(loop, layout.carried, type);
  loop.attributes.set("carried", std::int64_t{layout.carried + 1});
  return ir::insert_argument(ir::loop_body(loop), layout.first_argument + layout.carried, type);
}

/// In the body each of the arrays becomes a choice between its start and the number.
void choose_in_body(Op& loop, const std::vector<Fill>& fills, Value* is_first) {
  const ir::Loop layout = ir::loop_of(loop);
  Region& body = ir::loop_body(loop);
  ir::OpList ops = std::move(body.ops);
  body.ops.clear();
  ir::Builder builder(body);
  ir::ValueMap replaced;
  for (const Fill& fill : fills) {
    builder.set_location(fill.location);
    Value* start = loop.operands[static_cast<std::size_t>(layout.first_operand + fill.carried)];
    const Value* carried = body.arguments[static_cast<std::size_t>(layout.first_argument + fill.carried)].get();
    replaced[carried] = builder.apply("select", {is_first, start, fill.number});
  }
  for (auto& op : ops) ir::adopt(body, std::move(op));
  ir::replace_uses(body, replaced);
}

bool run(Region& region, const Uses& uses) {
  bool changed = false;
  ir::OpList ops = std::move(region.ops);
  region.ops.clear();
  ir::Builder builder(region);
  ir::ValueMap replaced;
  for (auto& op : ops) {
    for (const auto& r : op->regions) changed |= run(*r, uses);
    const std::vector<Fill> fills = ir::is(*op, "for") ? fills_of(*op, uses) : std::vector<Fill>{};
    if (fills.empty()) {
      ir::adopt(region, std::move(op));
      continue;
    }
    changed = true;
    builder.set_location(op->location);
    choose_in_body(*op, fills, carry_is_first(*op, builder));
    const Op* loop = ir::adopt(region, std::move(op));
    const ir::Loop layout = ir::loop_of(*loop);
    for (const Fill& fill : fills) {
      builder.set_location(fill.location);
      Value* start = loop->operands[static_cast<std::size_t>(layout.first_operand + fill.carried)];
      replaced[loop->result(fill.carried)] =
          builder.apply("select", {loop->result(layout.carried - 1), start, fill.number});
    }
  }
  ir::replace_uses(region, replaced);
  return changed;
}

}  // namespace

bool settle(ir::Program& program, const PassOptions&) { return run(program.body, ir::count_uses(program.body)); }

}  // namespace brainpy::compiler::passes
