// Simplification: what can be known now is not computed later.
// In: a program. Out: the same with exact identities applied (the bits stay, of -0.0 too; a NaN stays a NaN), scalar
// literals folded by the host kernels, uniform arrays carried as scalars, branches and loops of a known course
// resolved.
//
// What becomes of a single operation is in simplify_rules.cpp; here is the walk, and what becomes of branches and
// loops.
#include <algorithm>

#include "compiler/ir/rewrite.h"
#include "compiler/ops/op_def.h"
#include "compiler/passes/pass.h"
#include "compiler/passes/simplify_rules.h"

namespace brainpy::compiler::passes {
namespace {

using ir::Builder;
using ir::Op;
using ir::Region;
using ir::Value;
using runtime::DType;

class Simplifier {
 public:
  bool run(Region& region) {
    changed_ = false;
    visit(region);
    return changed_;
  }

 private:
  void replace(const Value* value, Value* by) {
    replaced_[value] = by;
    changed_ = true;
  }

  void visit(Region& region) {
    ir::OpList ops = std::move(region.ops);
    region.ops.clear();
    for (auto& op : ops) visit(region, std::move(op));
  }

  void visit(Region& region, std::unique_ptr<Op> op) {
    for (Value*& v : op->operands) v = ir::resolve(v, replaced_);
    if (!op->regions.empty()) {
      visit_regions(region, std::move(op));
      return;
    }
    if (op->def->effects == Effects::none && op->results.size() == 1) {
      Builder builder(region);
      builder.set_location(op->location);
      const std::size_t before = region.ops.size();
      if (Value* value = simplified(*op, builder)) {
        if (value->name.empty()) value->name = op->result()->name;
        replace(op->result(), value);
        dropped_.push_back(std::move(op));
        // What a rule appended may simplify in turn.
        ir::OpList added(std::make_move_iterator(region.ops.begin() + static_cast<std::ptrdiff_t>(before)),
                         std::make_move_iterator(region.ops.end()));
        region.ops.resize(before);
        for (auto& a : added) visit(region, std::move(a));
        return;
      }
    }
    ir::adopt(region, std::move(op));
  }

  void visit_regions(Region& region, std::unique_ptr<Op> op) {
    if (ir::is(*op, "if")) {
      if (const std::uint64_t* predicate = ir::scalar_literal(op->operands[0])) {
        take_branch(region, *op, *op->regions[*predicate ? 0 : 1]);
        dropped_.push_back(std::move(op));
        return;
      }
    } else if (ir::is_loop(*op)) {
      if (never_runs(*op) && !stacks_keys(*op)) {
        skip_loop(region, *op);
        dropped_.push_back(std::move(op));
        return;
      }
      free_invariants(*op);
    }
    for (const auto& r : op->regions) visit(*r);
    if (ir::is(*op, "if")) {
      if (only_chooses(*op)) {
        choose(region, *op);
        dropped_.push_back(std::move(op));
        return;
      }
      share_equal_results(*op);
    }
    ir::adopt(region, std::move(op));
  }

  /// A branch between numbers, or between an array and a number: a `select` costs less than what a branch keeps from
  /// fusing. Not between two arrays: it might leave one of them untouched, whatever its size.
  bool only_chooses(const Op& op) const {
    constexpr std::size_t most = 8;  // scalar operations, and the yield
    for (const auto& r : op.regions) {
      if (r->ops.size() > most) return false;
      for (const auto& inner : r->ops) {
        if (inner.get() == r->terminator() || ir::is(*inner, "fill")) continue;
        if (inner->results.size() == 1 && ir::scalar_literal(inner->result())) continue;
        const bool is_number = inner->def->shape_class == ShapeClass::map && inner->def->effects == Effects::none &&
                               inner->results.size() == 1 && inner->result()->type.shape.is_scalar();
        if (!is_number) return false;
      }
    }
    for (std::size_t i = 0; i < op.results.size(); ++i) {
      const runtime::Type& type = op.results[i]->type;
      if (type.dtype == DType::key) return false;
      const auto is_uniform = [&](const auto& r) {
        const Op* made_by = ir::resolve(r->terminator()->operands[i], replaced_)->definition;
        return made_by && ir::is(*made_by, "fill");
      };
      if (!type.shape.is_scalar() && std::ranges::none_of(op.regions, is_uniform)) return false;
    }
    return !op.results.empty();
  }

  void choose(Region& region, Op& op) {
    std::vector<Value*> ways[2];
    for (std::size_t way = 0; way < 2; ++way) {
      ir::OpList ops = std::move(op.regions[way]->ops);
      op.regions[way]->ops.clear();
      const std::unique_ptr<Op> yield = std::move(ops.back());
      ops.pop_back();
      for (auto& inner : ops) visit(region, std::move(inner));
      for (Value* v : yield->operands) ways[way].push_back(ir::resolve(v, replaced_));
    }
    Builder builder(region);
    builder.set_location(op.location);
    for (std::size_t i = 0; i < op.results.size(); ++i) {
      Value* chosen = builder.apply("select", {op.operands[0], ways[0][i], ways[1][i]});
      chosen->name = op.results[i]->name;
      replace(op.results[i].get(), chosen);
    }
  }

  /// The operations of the region that is known to be chosen take the place of the `if`.
  void take_branch(Region& region, Op& op, Region& chosen) {
    ir::OpList ops = std::move(chosen.ops);
    chosen.ops.clear();
    std::unique_ptr<Op> yield = std::move(ops.back());
    ops.pop_back();
    for (auto& inner : ops) visit(region, std::move(inner));
    for (std::size_t i = 0; i < op.results.size(); ++i)
      replace(op.results[i].get(), ir::resolve(yield->operands[i], replaced_));
    changed_ = true;
  }

  static bool never_runs(const Op& op) {
    if (ir::is(op, "while")) {
      const std::uint64_t* again = ir::scalar_literal(op.regions[0]->terminator()->operands[0]);
      return again && !*again;
    }
    if (op.attributes.integer("length") == 0) return true;
    const std::uint64_t *lower = ir::scalar_literal(op.operands[0]), *upper = ir::scalar_literal(op.operands[1]);
    return lower && upper && static_cast<std::int64_t>(*lower) >= static_cast<std::int64_t>(*upper);
  }

  /// A `fill` has no keys, so zeros of that type cannot be written down.
  static bool stacks_keys(const Op& op) {
    return std::ranges::any_of(op.results,
                               [](const auto& r) { return r->type.dtype == DType::key && !r->type.shape.is_scalar(); });
  }

  /// Carried values keep their start; no row of a stacked result is reached, so they are zero.
  void skip_loop(Region& region, Op& op) {
    const ir::Loop loop = ir::loop_of(op);
    for (int i = 0; i < loop.carried; ++i)
      replace(op.result(i), op.operands[static_cast<std::size_t>(loop.first_operand + i)]);
    Builder builder(region);
    builder.set_location(op.location);
    for (int i = 0; i < loop.stacked; ++i) {
      const runtime::Type& type = op.result(loop.stacked_result(i))->type;
      replace(op.result(loop.stacked_result(i)),
              builder.apply("fill", {builder.constant(type.dtype, 0.0)},
                            {{"shape", std::vector<std::int64_t>(type.shape.begin(), type.shape.end())}}));
    }
    changed_ = true;
  }

  /// A carried value that is yielded as it came is its start, always: it need not be carried.
  void free_invariants(Op& op) {
    const ir::Loop loop = ir::loop_of(op);
    for (int i = 0; i < loop.carried; ++i) {
      const auto at = static_cast<std::size_t>(loop.first_argument + i);
      Value* start = op.operands[static_cast<std::size_t>(loop.first_operand + i)];
      Value* next = ir::resolve(ir::loop_body(op).terminator()->operands[static_cast<std::size_t>(i)], replaced_);
      if (next != ir::loop_body(op).arguments[at].get() && next != start) continue;
      for (const auto& r : op.regions) replace(r->arguments[at].get(), start);
      replace(op.result(i), start);
    }
  }

  /// A result that both branches yield from outside is that value.
  void share_equal_results(Op& op) {
    for (std::size_t i = 0; i < op.results.size(); ++i) {
      Value* then = op.regions[0]->terminator()->operands[i];
      if (then != op.regions[1]->terminator()->operands[i]) continue;
      replace(op.results[i].get(), then);
    }
  }

  ir::ValueMap replaced_;
  ir::OpList dropped_;  ///< kept until the end: `replaced_` is keyed by their results
  bool changed_ = false;
};

}  // namespace

bool simplify(ir::Program& program, const PassOptions& options) {
  // A round may uncover work for operations before it, through carried values; few programs need a third.
  constexpr int most_rounds = 8;
  bool changed = false;
  for (int round = 0; round < most_rounds; ++round) {
    if (!Simplifier().run(program.body)) break;
    changed = true;
    dce(program, options);
  }
  return changed;
}

}  // namespace brainpy::compiler::passes
