// Spikes as bits: an event-driven product looks at 64 neurons at once, and all projections of a population share the
// words, as equal operations do (cse runs next).
// In: event_csrmv {transpose = true} over bools. Out: the same over pack_bits of them.
#include "compiler/ir/rewrite.h"
#include "compiler/passes/pass.h"

namespace brainpy::compiler::passes {
namespace {

bool run(ir::Region& region) {
  bool changed = false;
  ir::OpList ops = std::move(region.ops);
  region.ops.clear();
  ir::Builder builder(region);
  for (auto& op : ops) {
    for (const auto& r : op->regions) changed |= run(*r);
    if (ir::is(*op, "event_csrmv") && op->attributes.flag("transpose") &&
        op->operands[3]->type.dtype == runtime::DType::bool_) {
      builder.set_location(op->location);
      op->operands[3] = builder.apply("pack_bits", {op->operands[3]});
      changed = true;
    }
    ir::adopt(region, std::move(op));
  }
  return changed;
}

}  // namespace

bool pack_events(ir::Program& program, const PassOptions&) { return run(program.body); }

}  // namespace brainpy::compiler::passes
