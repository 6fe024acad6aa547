// How a batch is built: one walk over the function. An operation that depends on no row is copied; every other one is
// replaced by what its rule appends. Values carry a flag, batched or shared; a shared one is repeated only where a
// rule, a region's edge or a result needs the axis.
#include "compiler/transform/batch.h"

#include <algorithm>
#include <unordered_set>

#include "compiler/ir/rewrite.h"
#include "compiler/ops/batching.h"
#include "compiler/ops/registry.h"

namespace brainpy::compiler::transform {
namespace {

using ir::Builder;
using ir::Op;
using ir::Region;
using ir::Value;
using Flags = std::vector<bool>;
using Values = std::vector<Value*>;

std::size_t at(int i) { return static_cast<std::size_t>(i); }

/// Whether rows must not run the regions beyond what each of them would run alone.
bool keeps_to_its_rows(const Op& op) {
  bool found = false;
  for (const auto& r : op.regions)
    ir::walk(*r, [&](const Op& inner) {
      found = found || inner.def->effects == Effects::ordered || may_fail(*inner.def) || ir::is(inner, "while");
    });
  return found;
}

class Batcher {
 public:
  Batcher(Builder& build, std::int64_t extent) : build_(build), extent_(extent) {}

  std::int64_t extent() const { return extent_; }
  Builder& builder() { return build_; }

  void bind(const Value* value, Value* copy, bool batched) {
    map_[value] = copy;
    if (batched) batched_.insert(value);
    else batched_.erase(value);
  }

  void run(const Region& region) {
    for (const auto& op : region.ops)
      if (op.get() != region.terminator()) run(*op);
  }

  Value* copy_of(Value* value) const {
    const auto it = map_.find(value);
    return it == map_.end() ? value : it->second;
  }

  bool is_batched(const Value* value) const { return batched_.contains(value); }

  Type batched_type(const Type& row) const { return {row.dtype, row.shape.with_leading(extent_)}; }

  Value* with_axis(Value* copy, bool batched) {
    if (batched) return copy;
    const Shape shape = copy->type.shape.with_leading(extent_);
    const bool fills = copy->type.shape.is_scalar() && copy->type.dtype != DType::key;
    return build_.apply(fills ? "fill" : "broadcast", {copy},
                        {{"shape", std::vector<std::int64_t>(shape.begin(), shape.end())}});
  }

  /// The copy of a value, with the axis.
  Value* batched_copy(Value* value) { return with_axis(copy_of(value), is_batched(value)); }

  /// The operation once for each row, as a `for` whose body is the operation itself.
  Values loop_rows(const Op& op) {
    Values used = op.operands, scanned;
    for (Value* v : ir::captured_values(op)) used.push_back(v);
    for (Value* v : used)
      if (is_batched(v) && std::ranges::find(scanned, v) == scanned.end()) scanned.push_back(v);
    Values operands = {index(0), index(extent_)};
    for (Value* v : scanned) operands.push_back(copy_of(v));
    std::vector<Type> types;
    for (const auto& r : op.results) types.push_back(batched_type(r->type));
    Op& loop = *build_.append_control("for", std::move(operands), types,
                                      {{"carried", std::int64_t{0}}, {"length", extent_}}, 1);
    Region& region = *loop.regions[0];
    region.add_argument({DType::i64, {}}, "row");
    ir::ValueMap rows;
    for (Value* v : used) rows[v] = copy_of(v);
    for (Value* v : scanned) rows[v] = region.add_argument(v->type, v->name);
    inside(region, [&] {
      const Op& row = *ir::clone_op(op, region, rows);
      Values results;
      for (const auto& r : row.results) results.push_back(r.get());
      build_.yield(std::move(results));
    });
    Values results;
    for (const auto& r : loop.results) results.push_back(r.get());
    return results;
  }

 private:
  /// What the rule of an operation sees.
  class Rule final : public BatchRule {
   public:
    Rule(Batcher& batcher, const Op& op) : batcher_(batcher), op_(op) {}

    const Op& op() const override { return op_; }
    std::int64_t extent() const override { return batcher_.extent(); }
    bool is_batched(int i) const override { return batcher_.is_batched(op_.operands[at(i)]); }
    Value* operand(int i) override { return batcher_.copy_of(op_.operands[at(i)]); }
    Value* with_axis(Value* value, bool is_batched) override { return batcher_.with_axis(value, is_batched); }
    Values append(const std::string& name, Values operands, Attributes attributes) override {
      const Op& op = *batcher_.builder().append(name, std::move(operands), std::move(attributes));
      Values results;
      for (const auto& r : op.results) results.push_back(r.get());
      return results;
    }
    Value* number(double value, DType dtype) override { return batcher_.builder().constant(dtype, value); }
    Values loop() override { return batcher_.loop_rows(op_); }

   private:
    Batcher& batcher_;
    const Op& op_;
  };

  void run(const Op& op) {
    build_.set_location(op.location);
    if (ir::is(op, "write"))
      throw runtime::InternalError("batch: the function writes '" + op.symbol + "'; discharge it first");
    const auto depends = [&](const Values& values) {
      return std::ranges::any_of(values, [&](const Value* v) { return is_batched(v); });
    };
    if (!depends(op.operands) && !depends(ir::captured_values(op))) copy(op);
    else if (ir::is(op, "if")) run_if(op);
    else if (ir::is(op, "for")) run_for(op);
    else if (ir::is(op, "while")) run_while(op);
    else if (ir::is(op, "fused")) run_fused(op);
    else run_plain(op);
  }

  void copy(const Op& op) {
    ir::clone_op(op, build_.region(), map_);
    for (const auto& r : op.results) batched_.erase(r.get());
  }

  void run_plain(const Op& op) {
    if (const auto* none = std::get_if<NotBatchable>(&op.def->batch))
      throw runtime::ValueError({.what = op.def->name + ": is not batched",
                                 .where = op.location,
                                 .values = "batch of " + std::to_string(extent_),
                                 .hint = none->reason});
    Rule rule(*this, op);
    Values results;
    try {
      if (std::holds_alternative<BatchByLoop>(op.def->batch)) results = loop_rows(op);
      else if (std::holds_alternative<BatchElementwise>(op.def->batch)) results = batching::elementwise(rule);
      else results = std::get<BatchFn>(op.def->batch)(rule);
    } catch (const runtime::Error& e) {
      e.rethrow_at(op.location);
    }
    if (results.size() != op.results.size())
      throw runtime::InternalError("batch: the rule of '" + op.def->name + "' gives " + std::to_string(results.size()) +
                                   " results");
    for (std::size_t i = 0; i < results.size(); ++i) {
      const Type expected = batched_type(op.results[i]->type);
      if (!(results[i]->type == expected))
        throw runtime::InternalError("batch: the rule of '" + op.def->name + "' gives " + to_string(results[i]->type) +
                                     " for " + to_string(expected));
      bind(op.results[i].get(), results[i], true);
    }
  }

  void run_fused(const Op& op) {
    const Region& region = *op.regions[0];
    run(region);
    for (std::size_t i = 0; i < op.results.size(); ++i) {
      Value* yielded = region.terminator()->operands[i];
      bind(op.results[i].get(), copy_of(yielded), is_batched(yielded));
    }
  }

  void run_by_rows(const Op& op) {
    const Values results = loop_rows(op);
    for (std::size_t i = 0; i < results.size(); ++i) bind(op.results[i].get(), results[i], true);
  }

  // --- branches ----------------------------------------------------------------------------------

  void run_if(const Op& op) {
    if (!is_batched(op.operands[0])) return run_if_together(op);
    if (keeps_to_its_rows(op)) return run_by_rows(op);
    for (const auto& r : op.regions) run(*r);
    for (std::size_t i = 0; i < op.results.size(); ++i) {
      Value *left = op.regions[0]->terminator()->operands[i], *right = op.regions[1]->terminator()->operands[i];
      Value* chosen = select(op, copy_of(op.operands[0]), batched_copy(left), batched_copy(right));
      bind(op.results[i].get(), chosen, true);
    }
  }

  /// All rows take the same branch.
  void run_if_together(const Op& op) {
    Op& copy = start_control(op, {copy_of(op.operands[0])});
    Flags batched(op.results.size());
    for (std::size_t r = 0; r < op.regions.size(); ++r)
      inside(*copy.regions[r], [&] {
        run(*op.regions[r]);
        for (std::size_t i = 0; i < batched.size(); ++i)
          batched[i] = batched[i] || is_batched(op.regions[r]->terminator()->operands[i]);
      });
    for (std::size_t r = 0; r < op.regions.size(); ++r)
      inside(*copy.regions[r], [&] { build_.yield(values_of(op.regions[r]->terminator()->operands, batched)); });
    for (std::size_t i = 0; i < batched.size(); ++i) bind_result(op, copy, static_cast<int>(i), batched[i]);
  }

  /// Row by row, for batched values of one type; `condition` is bool[extent].
  Value* select(const Op& op, Value* condition, Value* a, Value* b) {
    if (a == b) return a;
    Rule rule(*this, op);
    const Shape row = a->type.shape.without_axis(0);
    return build_.apply("select", {batching::stretch(rule, condition, row), a, b});
  }

  // --- loops -------------------------------------------------------------------------------------

  /// Which carried values are batched is found by trying: a yield that is makes its value one.
  void run_for(const Op& op) {
    if (is_batched(op.operands[0]) || is_batched(op.operands[1])) return run_by_rows(op);
    const ir::Loop loop = ir::loop_of(op);
    const Region& source = *op.regions[0];
    Flags carries = batched_starts(op, loop), stacks(at(loop.stacked));
    auto region = std::make_unique<Region>();
    while (true) {
      add_argument(source, 0, *region, false);
      for (int i = 0; i < loop.carried; ++i) add_argument(source, loop.first_argument + i, *region, carries[at(i)]);
      for (int i = 0; i < loop.scanned; ++i)
        add_argument(source, loop.scanned_argument(i), *region, is_batched(op.operands[at(loop.scanned_operand(i))]));
      if (fill_body(source, *region, carries, stacks)) break;
      region = std::make_unique<Region>();
    }
    Values operands = {copy_of(op.operands[0]), copy_of(op.operands[1])};
    append_starts(op, loop, carries, operands);
    for (int i = 0; i < loop.scanned; ++i) {
      Value* scanned = op.operands[at(loop.scanned_operand(i))];
      operands.push_back(is_batched(scanned) ? swap_first_axes(copy_of(scanned)) : copy_of(scanned));
    }
    Op& copy = start_control(op, std::move(operands));
    region->parent = &copy;
    copy.regions[0] = std::move(region);
    for (int i = 0; i < loop.carried; ++i) bind_result(op, copy, i, carries[at(i)]);
    for (int i = 0; i < loop.stacked; ++i) {
      const Value& stacked = *op.result(loop.stacked_result(i));
      Value* result = copy.result(loop.stacked_result(i));
      bind(&stacked, result, stacks[at(i)]);
      if (!stacks[at(i)]) continue;
      result->type.shape = stacked.type.shape.without_axis(0).with_leading(extent_).with_leading(stacked.type.shape[0]);
      map_[&stacked] = swap_first_axes(result);
    }
  }

  /// Runs the body of a `for` into the region and yields. False when `carries` had to grow: then start again.
  bool fill_body(const Region& source, Region& region, Flags& carries, Flags& stacks) {
    bool settled = true;
    inside(region, [&] {
      run(source);
      const Values& yielded = source.terminator()->operands;
      settled = !grow(carries, yielded);
      if (!settled) return;
      for (std::size_t i = 0; i < stacks.size(); ++i) stacks[i] = is_batched(yielded[carries.size() + i]);
      Flags batched = carries;
      batched.insert(batched.end(), stacks.begin(), stacks.end());
      build_.yield(values_of(yielded, batched));
    });
    return settled;
  }

  void run_while(const Op& op) {
    const ir::Loop loop = ir::loop_of(op);
    const Region &test = *op.regions[0], &body = *op.regions[1];
    Flags carries = batched_starts(op, loop);
    while (true) {
      auto test_copy = start_region(test, carries), body_copy = start_region(body, carries);
      inside(*test_copy, [&] { run(test); });
      if (is_batched(test.terminator()->operands[0])) return run_while_by_rows(op, loop, carries);
      inside(*test_copy, [&] { build_.yield({copy_of(test.terminator()->operands[0])}); });
      Flags no_stacks;
      if (!fill_body(body, *body_copy, carries, no_stacks)) continue;
      Values operands;
      append_starts(op, loop, carries, operands);
      Op& copy = start_control(op, std::move(operands));
      adopt_regions(copy, std::move(test_copy), std::move(body_copy));
      for (int i = 0; i < loop.carried; ++i) bind_result(op, copy, i, carries[at(i)]);
      return;
    }
  }

  /// Runs while the test of any row holds. One more carried value says which rows still run; the others keep theirs.
  void run_while_by_rows(const Op& op, const ir::Loop& loop, Flags& carries) {
    if (keeps_to_its_rows(op)) return run_by_rows(op);
    const Region &test = *op.regions[0], &body = *op.regions[1];
    const Values& yielded = body.terminator()->operands;
    for (std::size_t i = 0; i < carries.size(); ++i) carries[i] = carries[i] || yielded[i] != body.arguments[i].get();
    Values operands;
    append_starts(op, loop, carries, operands);
    operands.push_back(test_rows(test, operands, carries));

    const Type rows{DType::bool_, {extent_}};
    auto test_copy = start_region(test, carries);
    inside(*test_copy, [&] {
      Value* running = test_copy->add_argument(rows, "running");
      build_.yield({build_.apply("any", {running}, {{"axes", std::vector<std::int64_t>{0}}})});
    });
    auto body_copy = start_region(body, carries);
    Value* running = body_copy->add_argument(rows, "running");
    inside(*body_copy, [&] {
      run(body);
      Values next;
      for (std::size_t i = 0; i < carries.size(); ++i)
        next.push_back(carries[i] ? select(op, running, batched_copy(yielded[i]), body_copy->arguments[i].get())
                                  : copy_of(yielded[i]));
      next.push_back(test_rows(test, next, carries));
      build_.yield(std::move(next));
    });
    Op& copy = start_control(op, std::move(operands));
    adopt_regions(copy, std::move(test_copy), std::move(body_copy));
    for (int i = 0; i < loop.carried; ++i) bind_result(op, copy, i, carries[at(i)]);
    ir::add_result(copy, rows);
  }

  /// The test of each row for carried values, appended here.
  Value* test_rows(const Region& test, const Values& carried, const Flags& carries) {
    for (std::size_t i = 0; i < carries.size(); ++i) bind(test.arguments[i].get(), carried[i], carries[i]);
    run(test);
    return batched_copy(test.terminator()->operands[0]);
  }

  std::unique_ptr<Region> start_region(const Region& source, const Flags& carries) {
    auto region = std::make_unique<Region>();
    for (std::size_t i = 0; i < carries.size(); ++i) add_argument(source, static_cast<int>(i), *region, carries[i]);
    return region;
  }

  static void adopt_regions(Op& op, std::unique_ptr<Region> test, std::unique_ptr<Region> body) {
    test->parent = body->parent = &op;
    op.regions[0] = std::move(test);
    op.regions[1] = std::move(body);
  }

  Flags batched_starts(const Op& op, const ir::Loop& loop) const {
    Flags carries(at(loop.carried));
    for (int i = 0; i < loop.carried; ++i) carries[at(i)] = is_batched(op.operands[at(loop.first_operand + i)]);
    return carries;
  }

  void append_starts(const Op& op, const ir::Loop& loop, const Flags& carries, Values& operands) {
    for (int i = 0; i < loop.carried; ++i) {
      Value* start = op.operands[at(loop.first_operand + i)];
      operands.push_back(carries[at(i)] ? batched_copy(start) : copy_of(start));
    }
  }

  /// True when a carried value had to become batched.
  bool grow(Flags& carries, const Values& yielded) const {
    bool grew = false;
    for (std::size_t i = 0; i < carries.size(); ++i)
      if (is_batched(yielded[i]) && !carries[i]) carries[i] = grew = true;
    return grew;
  }

  /// [extent, n, ...] as [n, extent, ...], and back.
  Value* swap_first_axes(Value* value) {
    std::vector<std::int64_t> axes = {1, 0};
    for (int a = 2; a < value->type.shape.rank(); ++a) axes.push_back(a);
    return build_.apply("transpose", {value}, {{"axes", axes}});
  }

  // --- regions -----------------------------------------------------------------------------------

  /// Runs `fill` with the builder at the end of the region.
  template <class Fill>
  void inside(Region& region, const Fill& fill) {
    Region& before = build_.region();
    const Location location = build_.location();
    build_.set_region(region);
    fill();
    build_.set_region(before);
    build_.set_location(location);
  }

  Op& start_control(const Op& source, Values operands) {
    std::vector<Type> types;
    for (const auto& r : source.results) types.push_back(r->type);
    Op& op = *build_.append_control(source.def->name, std::move(operands), types, source.attributes,
                                    static_cast<int>(source.regions.size()));
    for (std::size_t i = 0; i < source.results.size(); ++i) op.results[i]->name = source.results[i]->name;
    return op;
  }

  void bind_result(const Op& op, Op& copy, int i, bool batched) {
    if (batched) copy.result(i)->type = batched_type(op.result(i)->type);
    bind(op.result(i), copy.result(i), batched);
  }

  void add_argument(const Region& source, int index, Region& to, bool batched) {
    const Value& argument = *source.arguments[at(index)];
    bind(&argument, to.add_argument(batched ? batched_type(argument.type) : argument.type, argument.name), batched);
  }

  Values values_of(const Values& values, const Flags& batched) {
    Values list;
    for (std::size_t i = 0; i < values.size(); ++i)
      list.push_back(batched[i] ? batched_copy(values[i]) : copy_of(values[i]));
    return list;
  }

  Value* index(std::int64_t value) {
    return build_.constant_bits({DType::i64, {}}, {ir::literal_bits(DType::i64, value)});
  }

  Builder& build_;
  std::int64_t extent_;
  ir::ValueMap map_;
  std::unordered_set<const Value*> batched_;
};

}  // namespace

BatchedProgram batch(const ir::Program& f, const std::vector<bool>& batched, std::int64_t extent) {
  if (static_cast<int>(batched.size()) != f.parameters)
    throw runtime::ValueError({.what = "batch of '" + f.name + "': wrong number of flags",
                               .values = "got " + std::to_string(batched.size()) + ", the function takes " +
                                         std::to_string(f.parameters) + " parameters",
                               .hint = "give one flag for each parameter"});
  if (extent < 0)
    throw runtime::ValueError({.what = "batch of '" + f.name + "': the extent is negative",
                               .values = std::to_string(extent),
                               .hint = "a batch has 0 rows or more"});
  for (const ir::Binding& b : f.bindings)
    if (b.result >= 0)
      throw runtime::InternalError("batch: '" + f.name + "' updates '" +
                                   f.symbols[static_cast<std::size_t>(b.symbol)].name + "'");

  BatchedProgram out;
  out.program = std::make_unique<ir::Program>();
  ir::Program& program = *out.program;
  program.name = f.name + ".batch";
  program.symbols = f.symbols;
  program.discharged = f.discharged;
  Builder build(program.body);
  Batcher b(build, extent);
  for (int i = 0; i < f.parameters; ++i) {
    const Value& parameter = *f.body.arguments[at(i)];
    const Type type = batched[at(i)] ? b.batched_type(parameter.type) : parameter.type;
    b.bind(&parameter, program.body.add_argument(type, parameter.name), batched[at(i)]);
  }
  program.parameters = f.parameters;
  for (const ir::Binding& binding : f.bindings) {
    const Value& argument = *f.body.arguments[at(binding.argument)];
    Value* copy = program.body.add_argument(argument.type, argument.name);
    b.bind(&argument, copy, false);
    program.bindings.push_back({.symbol = binding.symbol, .argument = copy->index});
  }
  b.run(f.body);
  build.set_location({});
  Values results;
  for (Value* v : f.body.terminator()->operands) {
    results.push_back(b.copy_of(v));
    out.batched.push_back(b.is_batched(v));
  }
  build.yield(std::move(results));
  return out;
}

}  // namespace brainpy::compiler::transform
