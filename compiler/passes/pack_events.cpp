// Spikes as bits: an event-driven product looks at 64 neurons at once, and all projections of a population share the
// words, as equal operations do (cse runs next).
// In: event_csrmv {transpose = true} over bools, sums of all bools of an array. Out: the same over pack_bits of them. A
// part of a population that begins at a word's edge is a part of the population's words. A loop that carries spikes
// carries their bits too, so that they are packed where the spikes are made; spikes that no step reads, or only as
// bits, are no bools before the loop's end.
#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <span>
#include <vector>

#include "compiler/ir/rewrite.h"
#include "compiler/ops/op_def.h"
#include "compiler/passes/pass.h"
#include "runtime/record.h"

namespace brainpy::compiler::passes {
namespace {

using ir::Op;
using ir::Region;
using ir::Value;

/// The words of bool array `events`. Those of a part may hold neighbours' bits past its end: a product ignores them.
Value* words_of(ir::Builder& builder, Value* events) {
  const Op* part = events->definition;
  if (part && ir::is(*part, "slice") && events->type.shape.rank() == 1 && part->attributes.integers("step")[0] == 1 &&
      part->attributes.integers("start")[0] % 64 == 0 && events->type.size() > 0) {
    const std::int64_t first = part->attributes.integers("start")[0] / 64;
    Value* words = words_of(builder, part->operands[0]);
    return builder.apply("slice", {words},
                         {{"start", std::vector<std::int64_t>{first}},
                          {"stop", std::vector<std::int64_t>{first + runtime::bit_words(events->type.size())}},
                          {"step", std::vector<std::int64_t>{1}}});
  }
  return builder.apply("pack_bits", {events});
}

bool is_conversion(const Op& op) {
  static constexpr std::array names = {"to_f32", "to_f64", "to_i32", "to_i64", "to_u32", "to_u64"};
  return std::ranges::any_of(names, [&](const char* name) { return ir::is(op, name); });
}

/// Numbers of the type up to this one are sums of ones in any order, and fit count_bits.
std::int64_t largest_count(runtime::DType dtype) {
  return dtype == runtime::DType::f32 ? std::int64_t{1} << 24 : std::numeric_limits<std::int32_t>::max();
}

/// The bools of which the operation gives the number, as a sum over all axes of them or of the 0 and 1 that they are
/// converted to; null for anything else.
Value* counted(const Op& op) {
  if (!ir::is(op, "sum") || !op.result()->type.shape.is_scalar()) return nullptr;
  Value* bools = op.operands[0];
  while (bools->type.dtype != runtime::DType::bool_ && bools->definition && is_conversion(*bools->definition))
    bools = bools->definition->operands[0];
  const bool exact = bools->type.size() <= largest_count(op.result()->type.dtype);
  return bools->type.dtype == runtime::DType::bool_ && !bools->type.shape.is_scalar() && exact ? bools : nullptr;
}

/// Whether packing the whole array costs next to nothing: it is made in a loop over elements, or in an earlier step.
bool packs_in_passing(const Value* bools) {
  while (bools->definition && ir::is(*bools->definition, "slice")) bools = bools->definition->operands[0];
  return bools->definition ? joins_loops(*bools->definition->def) : bools->owner->parent != nullptr;
}

/// The number of true `bools`, in the type of `sum`. A part of an array that has to be packed for it is packed alone.
Value* count(ir::Builder& builder, Value* bools, const Op& sum) {
  Value* words = packs_in_passing(bools) ? words_of(builder, bools) : builder.apply("pack_bits", {bools});
  Value* number = builder.apply("count_bits", {words}, {{"size", bools->type.size()}});
  if (number->type != sum.result()->type)
    number = builder.append(*sum.operands[0]->definition->def, {number})->result();
  number->name = sum.result()->name;
  return number;
}

/// Whether the value matters: something reads it besides the steps to bits and numbers that nobody needs any more.
bool is_read(const Region& region, const Value* value) {
  bool found = false;
  ir::walk(region, [&](const Op& op) {
    if (found || std::ranges::find(op.operands, value) == op.operands.end()) return;
    const bool is_step = ir::is(op, "slice") || ir::is(op, "pack_bits") || is_conversion(op);
    found = !is_step || is_read(region, op.result());
  });
  return found;
}

/// Whether the carried value is made anew in every step, in a loop over its elements, only to be left by the last one:
/// at one bit an element it takes an eighth of the memory's time.
bool is_only_left(const Region& body, int carried_count, const Value* carried, const Value* following) {
  if (carried->type.dtype != runtime::DType::bool_ || carried->type.shape.is_scalar() || following == carried ||
      !following->definition || !joins_loops(*following->definition->def) || is_read(body, carried))
    return false;
  // Not what was packed before.
  const std::span left = std::span(body.terminator()->operands).first(static_cast<std::size_t>(carried_count));
  return std::ranges::none_of(left, [&](const Value* v) {
    return v->definition && ir::is(*v->definition, "pack_bits") && v->definition->operands[0] == following;
  });
}

/// Makes the loop carry pack_bits of the carried values that its body packs or never reads. `builder` stands before the
/// loop. Carried values that nothing else in the body reads are made of their words after the loop: `unpacked` maps
/// results to words.
bool carry_words(ir::Builder& builder, Op& loop, ir::ValueMap& unpacked) {
  Region& body = ir::loop_body(loop);
  const int first_argument = ir::loop_of(loop).first_argument, carried_before = ir::loop_of(loop).carried;
  std::map<int, std::vector<Value*>> packed;  // by carried value
  for (const auto& op : body.ops) {
    if (!ir::is(*op, "pack_bits")) continue;
    const Value* v = op->operands[0];
    const int k = v->index - first_argument;
    if (v->owner == &body && k >= 0 && k < carried_before) packed[k].push_back(op->result());
  }
  for (int k = 0; k < carried_before; ++k) {
    const Value* carried = body.arguments[static_cast<std::size_t>(first_argument + k)].get();
    if (is_only_left(body, carried_before, carried, body.terminator()->operands[static_cast<std::size_t>(k)]))
      packed[k];
  }
  for (const auto& [k, values] : packed) {
    const ir::Loop layout = ir::loop_of(loop);
    const Value* carried = body.arguments[static_cast<std::size_t>(first_argument + k)].get();
    const runtime::Type type{runtime::DType::u64, {runtime::bit_words(carried->type.size())}};
    Value* first = builder.apply("pack_bits", {loop.operands[static_cast<std::size_t>(layout.first_operand + k)]});
    loop.operands.insert(loop.operands.begin() + layout.first_operand + layout.carried, first);
    Value* words = ir::insert_argument(body, layout.first_argument + layout.carried, type);
    Value* last = ir::insert_result(loop, layout.carried, type);
    loop.attributes.set("carried", std::int64_t{layout.carried + 1});
    std::unique_ptr<Op> yield = std::move(body.ops.back());
    body.ops.pop_back();
    ir::Builder inside(body);
    inside.set_location(yield->location);
    Value* following = yield->operands[static_cast<std::size_t>(k)];
    Value* next = following == carried ? words : inside.apply("pack_bits", {following});
    yield->operands.insert(yield->operands.begin() + layout.carried, next);
    ir::adopt(body, std::move(yield));
    ir::ValueMap replaced;
    for (Value* v : values) replaced[v] = words;
    ir::replace_uses(body, replaced);
    if (following != carried && !is_read(body, carried)) unpacked[loop.result(k)] = last;
  }
  return !packed.empty();
}

bool run(Region& region) {
  bool changed = false;
  ir::OpList ops = std::move(region.ops);
  region.ops.clear();
  ir::Builder builder(region);
  ir::ValueMap replaced;
  ir::OpList dropped;  // kept until the end: `replaced` is keyed by their results
  for (auto& op : ops) {
    for (const auto& r : op->regions) changed |= run(*r);
    builder.set_location(op->location);
    if (Value* bools = counted(*op)) {
      replaced[op->result()] = count(builder, bools, *op);
      dropped.push_back(std::move(op));
      changed = true;
      continue;
    }
    if (ir::is(*op, "event_csrmv") && op->attributes.flag("transpose") &&
        op->operands[3]->type.dtype == runtime::DType::bool_) {
      op->operands[3] = words_of(builder, op->operands[3]);
      changed = true;
    }
    ir::ValueMap unpacked;
    if (ir::is(*op, "for")) changed |= carry_words(builder, *op, unpacked);
    const Op* adopted = ir::adopt(region, std::move(op));
    for (const auto& result : adopted->results) {
      const auto it = unpacked.find(result.get());
      if (it == unpacked.end()) continue;
      const runtime::Shape& shape = result->type.shape;
      replaced[it->first] = builder.apply("unpack_bits", {it->second},
                                          {{"shape", std::vector<std::int64_t>(shape.begin(), shape.end())}});
    }
  }
  ir::replace_uses(region, replaced);
  return changed;
}

}  // namespace

bool pack_events(ir::Program& program, const PassOptions&) { return run(program.body); }

}  // namespace brainpy::compiler::passes
