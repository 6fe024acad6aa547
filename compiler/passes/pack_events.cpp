// Spikes as bits: an event-driven product looks at 64 neurons at once, and all projections of a population share the
// words, as equal operations do (cse runs next).
// In: event_csrmv {transpose = true} over bools. Out: the same over pack_bits of them. A part of a population that
// begins at a word's edge is a part of the population's words. A loop that carries spikes carries their bits too, so
// that they are packed where the spikes are made; spikes that nothing else reads are no bools before the loop's end.
#include <algorithm>
#include <map>
#include <vector>

#include "compiler/ir/rewrite.h"
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

/// Whether anything reads the value but the slices and pack_bits that nobody needs any more.
bool is_read(const Region& region, const Value* value) {
  const auto uses = ir::count_uses(region);
  bool found = false;
  ir::walk(region, [&](const Op& op) {
    const bool idle = (ir::is(op, "slice") || ir::is(op, "pack_bits")) && !uses.contains(op.result());
    found = found || (!idle && std::ranges::find(op.operands, value) != op.operands.end());
  });
  return found;
}

/// Makes the loop carry pack_bits of the carried values that its body packs. `builder` stands before the loop. Carried
/// values that nothing else in the body reads are made of their words after the loop: `unpacked` maps results to words.
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
  for (const auto& [k, values] : packed) {
    const ir::Loop layout = ir::loop_of(loop);
    const Value* carried = body.arguments[static_cast<std::size_t>(first_argument + k)].get();
    const runtime::Type type = values[0]->type;
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
  for (auto& op : ops) {
    for (const auto& r : op->regions) changed |= run(*r);
    builder.set_location(op->location);
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
