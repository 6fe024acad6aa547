// Dead code: what is not needed for a result, a new state or an effect goes.
// In: a program. Out: the same without unused operations, results of regions, carried, scanned and stacked values, and,
// once discharged, without arguments of symbols that it does not need and updates that change nothing.
#include <unordered_set>

#include "compiler/ir/rewrite.h"
#include "compiler/ops/op_def.h"
#include "compiler/passes/pass.h"

namespace brainpy::compiler::passes {
namespace {

using ir::Loop;
using ir::Op;
using ir::Region;
using ir::Value;

/// What is needed, found backwards from the roots. A list of work instead of recursion: programs get deep.
class Liveness {
 public:
  explicit Liveness(const ir::Program& program) {
    for (const Value* v : program.body.terminator()->operands) need(v);
    ir::walk(program.body, [&](const Op& op) {
      if (op.def->effects == Effects::ordered || op.def->effects == Effects::writes) need(op);
    });
    while (!work_.empty()) {
      const Value* v = work_.back();
      work_.pop_back();
      if (v->definition) need_result(*v->definition, v->index);
      else if (v->owner->parent) need_argument(*v->owner->parent, v->index);
    }
  }

  bool is_live(const Value* v) const { return values_.contains(v); }
  bool is_live(const Op& op) const { return ops_.contains(&op); }
  /// A carried value is kept whole: its start, its arguments, what is yielded and its result.
  bool is_carried(const Op& loop, int slot) const {
    if (is_live(loop.result(slot))) return true;
    const int at = ir::loop_of(loop).first_argument + slot;
    for (const auto& r : loop.regions)
      if (is_live(r->arguments[static_cast<std::size_t>(at)].get())) return true;
    return false;
  }

 private:
  void need(const Value* v) {
    if (values_.insert(v).second) work_.push_back(v);
  }

  /// The operation has to run: what steers it is needed, and so is what steers the operations around it.
  void need(const Op& op) {
    if (!ops_.insert(&op).second) return;
    if (op.regions.empty()) {
      for (const Value* v : op.operands) need(v);
    } else if (ir::is(op, "if")) {
      need(op.operands[0]);
    } else if (ir::is(op, "for")) {
      need(op.operands[0]);
      need(op.operands[1]);
    } else if (ir::is(op, "while")) {
      need(op.regions[0]->terminator()->operands[0]);
    }
    if (op.parent->parent) need(*op.parent->parent);
  }

  void need_result(const Op& op, int index) {
    need(op);
    if (op.regions.empty()) return;
    if (ir::is_loop(op)) {
      if (index < ir::loop_of(op).carried) need_slot(op, index);
      else need(ir::loop_body(op).terminator()->operands[static_cast<std::size_t>(index)]);
    } else {
      for (const auto& r : op.regions) need(r->terminator()->operands[static_cast<std::size_t>(index)]);
    }
  }

  void need_argument(const Op& op, int index) {
    need(op);
    const Loop loop = ir::loop_of(op);
    const int slot = index - loop.first_argument;
    if (slot >= loop.carried) need(op.operands[static_cast<std::size_t>(loop.first_operand + slot)]);
    else if (slot >= 0) need_slot(op, slot);
  }

  void need_slot(const Op& op, int slot) {
    need(op.operands[static_cast<std::size_t>(ir::loop_of(op).first_operand + slot)]);
    need(ir::loop_body(op).terminator()->operands[static_cast<std::size_t>(slot)]);
  }

  std::unordered_set<const Value*> values_;
  std::unordered_set<const Op*> ops_;
  std::vector<const Value*> work_;
};

std::vector<bool> all(std::size_t n) { return std::vector<bool>(n, true); }

bool has_false(const std::vector<bool>& flags) {
  for (bool f : flags)
    if (!f) return true;
  return false;
}

/// Drops results of `if` and `fused` together with what their regions yield for them.
bool trim_results(Op& op, const Liveness& live) {
  std::vector<bool> keep = all(op.results.size());
  for (std::size_t i = 0; i < keep.size(); ++i) keep[i] = live.is_live(op.results[i].get());
  if (!has_false(keep)) return false;
  for (const auto& r : op.regions) ir::keep_operands(*r->terminator(), keep);
  ir::keep_results(op, keep);
  return true;
}

bool trim_loop(Op& op, const Liveness& live) {
  const Loop loop = ir::loop_of(op);
  Region& body = ir::loop_body(op);
  std::vector<bool> operands = all(op.operands.size()), arguments = all(body.arguments.size()),
                    results = all(op.results.size());
  const auto at = [](int i) { return static_cast<std::size_t>(i); };
  int carried = 0;
  for (int i = 0; i < loop.carried; ++i) {
    const bool keep = live.is_carried(op, i);
    operands[at(loop.first_operand + i)] = arguments[at(loop.first_argument + i)] = results[at(i)] = keep;
    carried += keep;
  }
  for (int i = 0; i < loop.scanned; ++i)
    operands[at(loop.scanned_operand(i))] = arguments[at(loop.scanned_argument(i))] =
        live.is_live(body.arguments[at(loop.scanned_argument(i))].get());
  for (int i = 0; i < loop.stacked; ++i)
    results[at(loop.stacked_result(i))] = live.is_live(op.result(loop.stacked_result(i)));
  if (!has_false(operands) && !has_false(results)) return false;
  ir::keep_operands(op, operands);
  ir::keep_operands(*body.terminator(), results);
  ir::keep_results(op, results);
  for (const auto& r : op.regions) ir::keep_arguments(*r, arguments);
  if (ir::is(op, "for")) op.attributes.set("carried", std::int64_t{carried});
  return true;
}

bool sweep(Region& region, const Liveness& live) {
  bool changed = false;
  ir::OpList dead;  // kept until the region's values are dropped: their uses are dead too
  ir::OpList ops = std::move(region.ops);
  region.ops.clear();
  for (auto& op : ops) {
    if (!live.is_live(*op) && !ir::is(*op, "yield")) {
      dead.push_back(std::move(op));
      changed = true;
      continue;
    }
    for (const auto& r : op->regions) changed |= sweep(*r, live);
    if (ir::is_loop(*op)) changed |= trim_loop(*op, live);
    else if (!op->regions.empty()) changed |= trim_results(*op, live);
    ir::adopt(region, std::move(op));
  }
  return changed;
}

/// A symbol whose new value is its old one is only read.
bool drop_idle_updates(ir::Program& program) {
  std::vector<Value*>& yielded = program.body.terminator()->operands;
  std::vector<bool> keep = all(yielded.size());
  for (ir::Binding& b : program.bindings) {
    if (b.result < 0) continue;
    const Value* argument = program.body.arguments[static_cast<std::size_t>(b.argument)].get();
    if (yielded[static_cast<std::size_t>(b.result)] != argument) continue;
    keep[static_cast<std::size_t>(b.result)] = false;
    b.result = -1;
  }
  if (!has_false(keep)) return false;
  ir::keep_operands(*program.body.terminator(), keep);
  for (ir::Binding& b : program.bindings) {
    if (b.result < 0) continue;
    int dropped = 0;
    for (int i = 0; i < b.result; ++i) dropped += !keep[static_cast<std::size_t>(i)];
    b.result -= dropped;
  }
  return true;
}

/// A symbol that is neither used nor updated needs no argument.
bool drop_idle_symbols(ir::Program& program) {
  const auto uses = ir::count_uses(program.body);
  std::vector<bool> keep = all(program.body.arguments.size());
  std::vector<ir::Binding> kept;
  for (const ir::Binding& b : program.bindings) {
    const Value* argument = program.body.arguments[static_cast<std::size_t>(b.argument)].get();
    if (b.result >= 0 || uses.contains(argument)) kept.push_back(b);
    else keep[static_cast<std::size_t>(b.argument)] = false;
  }
  if (!has_false(keep)) return false;
  std::vector<const Value*> arguments;
  for (const ir::Binding& b : kept)
    arguments.push_back(program.body.arguments[static_cast<std::size_t>(b.argument)].get());
  ir::keep_arguments(program.body, keep);
  for (std::size_t i = 0; i < kept.size(); ++i) kept[i].argument = arguments[i]->index;
  program.bindings = std::move(kept);
  return true;
}

}  // namespace

bool dce(ir::Program& program, const PassOptions&) {
  bool changed = drop_idle_updates(program);
  changed |= sweep(program.body, Liveness(program));
  changed |= drop_idle_symbols(program);
  return changed;
}

}  // namespace brainpy::compiler::passes
