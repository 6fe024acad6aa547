// Hoisting: what a loop computes anew each time, though it never changes, is computed once before it.
// In: a program. Out: the same with such operations in front of the loop. Branches keep theirs: they may not be taken.
#include <algorithm>
#include <array>
#include <unordered_set>

#include "compiler/ir/rewrite.h"
#include "compiler/ops/op_def.h"
#include "compiler/passes/pass.h"

namespace brainpy::compiler::passes {
namespace {

using ir::Op;
using ir::Region;
using ir::Value;

/// A loop may run zero times, so only what cannot fail may run before it. A `fill` stays: it is absorbed by its users
/// for nothing, while a hoisted one would be read from memory.
bool may_hoist(const Op& op) {
  if (op.def->effects != Effects::none || !op.regions.empty() || op.results.empty()) return false;
  if (ir::is(op, "fill")) return false;
  static constexpr std::array safe = {"const",       "broadcast", "reshape", "transpose", "reverse",
                                      "concatenate", "pad",       "slice",   "matmul",    "sort",
                                      "argsort",     "cumsum",    "cumprod", "cummax",    "cummin"};
  return joins_loops(*op.def) || op.def->shape_class == ShapeClass::reduce ||
         std::ranges::any_of(safe, [&](const char* name) { return ir::is(op, name); });
}

/// Moves the region's invariant operations to the end of `before`.
bool hoist_from(Region& region, Region& before) {
  bool changed = false;
  ir::OpList ops = std::move(region.ops);
  region.ops.clear();
  const auto is_outside = [&](const Value* v) { return ir::region_of(*v) != &region; };
  for (auto& op : ops) {
    const bool moves = may_hoist(*op) && std::ranges::all_of(op->operands, is_outside);
    changed |= moves;
    ir::adopt(moves ? before : region, std::move(op));
  }
  return changed;
}

bool run(Region& region) {
  bool changed = false;
  ir::OpList ops = std::move(region.ops);
  region.ops.clear();
  for (auto& op : ops) {
    // From the inside out: what leaves an inner loop may leave the outer one too.
    for (const auto& r : op->regions) changed |= run(*r);
    if (ir::is_loop(*op))
      for (const auto& r : op->regions) changed |= hoist_from(*r, region);
    ir::adopt(region, std::move(op));
  }
  return changed;
}

}  // namespace

bool hoist(ir::Program& program, const PassOptions&) { return run(program.body); }

}  // namespace brainpy::compiler::passes
