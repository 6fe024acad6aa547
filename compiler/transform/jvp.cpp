// How a derivative is built: one walk over the function copies each operation and appends, right behind it, what
// computes its tangents. A tangent that is known to be zero is a null pointer and costs nothing; one of a scalar
// literal stays a scalar until an operation, a region's edge or a result needs the shape.
#include "compiler/transform/jvp.h"

#include <algorithm>

#include "compiler/ir/rewrite.h"
#include "compiler/ops/registry.h"

namespace brainpy::compiler::transform {
namespace {

using ir::Builder;
using ir::Op;
using ir::Region;
using ir::Value;

/// Tangents of some values, in their order; null stands for zero. A scalar tangent of an array is uniform over it.
using Tangents = std::vector<Value*>;

/// What the rule of an operation sees: its copy in the new program and the tangents of its operands.
class Rule final : public JvpRule {
 public:
  Rule(const Op& op, Tangents tangents, Builder& build) : op_(op), tangents_(std::move(tangents)), build_(build) {}

  const Op& op() const override { return op_; }
  Value* operand(int i) override { return op_.operands[static_cast<std::size_t>(i)]; }
  Value* result(int i) override { return op_.result(i); }
  Value* tangent(int i) override { return tangents_[static_cast<std::size_t>(i)]; }
  Value* apply(const std::string& name, std::vector<Value*> operands, Attributes attributes) override {
    return build_.apply(name, std::move(operands), std::move(attributes));
  }
  Value* number(double value, DType dtype) override { return build_.constant(dtype, value); }

 private:
  const Op& op_;
  Tangents tangents_;
  Builder& build_;
};

bool any(const Tangents& tangents) {
  return std::ranges::any_of(tangents, [](const Value* t) { return t != nullptr; });
}

class Differentiator {
 public:
  explicit Differentiator(Builder& build) : build_(build) {}

  void bind(const Value* value, Value* copy, Value* tangent) {
    map_[value] = copy;
    tangents_[value] = tangent;
  }

  /// Copies the region's operations, each followed by what computes its tangents.
  void run(const Region& region) {
    for (const auto& op : region.ops)
      if (op.get() != region.terminator()) run(*op);
  }

  Value* copy_of(Value* value) const {
    const auto it = map_.find(value);
    return it == map_.end() ? value : it->second;
  }

  Value* tangent_of(const Value* value) const {
    const auto it = tangents_.find(value);
    return it == tangents_.end() ? nullptr : it->second;
  }

  /// The tangent as a value of the type: a null one becomes zeros, a uniform one is repeated.
  Value* materialise(Value* tangent, const Type& type) {
    if (!tangent) tangent = build_.constant(type.dtype, 0.0);
    if (tangent->type.shape == type.shape) return tangent;
    return build_.apply("fill", {tangent},
                        {{"shape", std::vector<std::int64_t>(type.shape.begin(), type.shape.end())}});
  }

 private:
  void run(const Op& op) {
    build_.set_location(op.location);
    if (ir::is(op, "write"))
      throw runtime::InternalError("jvp: the function writes '" + op.symbol + "'; discharge it first");
    if (ir::is(op, "if")) run_if(op);
    else if (ir::is(op, "for")) run_for(op);
    else if (ir::is(op, "while")) run_while(op);
    else if (ir::is(op, "fused")) run_fused(op);
    else run_plain(op);
  }

  void run_plain(const Op& op) {
    const Op& copy = *ir::clone_op(op, build_.region(), map_);
    Tangents operands;
    for (const Value* v : op.operands) operands.push_back(tangent_of(v));
    const bool is_float =
        std::ranges::any_of(op.results, [](const auto& r) { return runtime::is_float(r->type.dtype); });
    for (const auto& r : op.results) tangents_[r.get()] = nullptr;
    if (!any(operands) || !is_float || std::holds_alternative<ZeroDerivative>(op.def->jvp)) return;
    if (const auto* none = std::get_if<NotDifferentiable>(&op.def->jvp))
      throw runtime::ValueError({.what = op.def->name + ": has no derivative",
                                 .where = op.location,
                                 .values = "result " + to_string(op.result()->type),
                                 .hint = none->reason});
    // Map operations take a uniform tangent as it is; the others expect the operand's shape.
    if (op.def->shape_class != ShapeClass::map)
      for (std::size_t i = 0; i < operands.size(); ++i)
        if (operands[i]) operands[i] = materialise(operands[i], op.operands[i]->type);
    Rule rule(copy, std::move(operands), build_);
    const Tangents results = std::get<JvpFn>(op.def->jvp)(rule);
    for (std::size_t i = 0; i < results.size(); ++i)
      if (runtime::is_float(op.results[i]->type.dtype)) tangents_[op.results[i].get()] = results[i];
  }

  void run_fused(const Op& op) {
    const Region& region = *op.regions[0];
    run(region);
    for (std::size_t i = 0; i < op.results.size(); ++i) {
      Value* yielded = region.terminator()->operands[i];
      bind(op.results[i].get(), copy_of(yielded), tangent_of(yielded));
    }
  }

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

  Op& start_control(const Op& source, std::vector<Value*> operands) {
    std::vector<Type> types;
    for (const auto& r : source.results) types.push_back(r->type);
    Op& op = *build_.append_control(source.def->name, std::move(operands), types, source.attributes,
                                    static_cast<int>(source.regions.size()));
    for (std::size_t i = 0; i < source.results.size(); ++i) op.results[i]->name = source.results[i]->name;
    return op;
  }

  void run_if(const Op& op) {
    Op& copy = start_control(op, {copy_of(op.operands[0])});
    std::vector<Tangents> yielded;
    for (std::size_t r = 0; r < op.regions.size(); ++r)
      inside(*copy.regions[r], [&] {
        run(*op.regions[r]);
        yielded.push_back(tangents_of(op.regions[r]->terminator()->operands));
      });
    std::vector<bool> has_tangent(op.results.size());
    for (std::size_t i = 0; i < op.results.size(); ++i) has_tangent[i] = yielded[0][i] || yielded[1][i];
    for (std::size_t r = 0; r < op.regions.size(); ++r)
      inside(*copy.regions[r], [&] {
        std::vector<Value*> values = copies_of(op.regions[r]->terminator()->operands);
        for (std::size_t i = 0; i < op.results.size(); ++i)
          if (has_tangent[i]) values.push_back(materialise(yielded[r][i], op.results[i]->type));
        build_.yield(values);
      });
    for (std::size_t i = 0; i < op.results.size(); ++i)
      bind(op.results[i].get(), copy.result(static_cast<int>(i)),
           has_tangent[i] ? ir::add_result(copy, op.results[i]->type) : nullptr);
  }

  /// Which carried values have a tangent is found by trying: a yield with one makes its value one that has.
  void run_for(const Op& op) {
    const ir::Loop loop = ir::loop_of(op);
    std::vector<bool> carries = starts_with_tangent(op, loop);
    while (true) {
      auto region = std::make_unique<Region>();
      const Region& source = *op.regions[0];
      for (int i = 0; i < loop.first_argument + loop.carried; ++i) copy_argument(source, i, *region);
      for (int i = 0; i < loop.carried; ++i)
        if (carries[at(i)]) add_tangent_argument(source, loop.first_argument + i, *region);
      for (int i = 0; i < loop.scanned; ++i) copy_argument(source, loop.scanned_argument(i), *region);
      for (int i = 0; i < loop.scanned; ++i)
        if (tangent_of(op.operands[at(loop.scanned_operand(i))]))
          add_tangent_argument(source, loop.scanned_argument(i), *region);

      std::vector<bool> stacks(at(loop.stacked));
      if (!fill_loop_body(op, loop, *region, carries, stacks)) continue;

      std::vector<Value*> operands = {copy_of(op.operands[0]), copy_of(op.operands[1])};
      append_starts(op, loop, carries, operands);
      for (int i = 0; i < loop.scanned; ++i) operands.push_back(copy_of(op.operands[at(loop.scanned_operand(i))]));
      for (int i = 0; i < loop.scanned; ++i) {
        const Value* scanned = op.operands[at(loop.scanned_operand(i))];
        if (Value* t = tangent_of(scanned)) operands.push_back(materialise(t, scanned->type));
      }
      Op& copy = start_control(op, std::move(operands));
      region->parent = &copy;
      copy.regions[0] = std::move(region);
      const int tangents = bind_carried_results(op, loop, carries, copy);
      copy.attributes.set("carried", std::int64_t{loop.carried + tangents});
      for (int i = 0; i < loop.stacked; ++i) {
        const Value* result = op.result(loop.stacked_result(i));
        bind(result, copy.result(tangents + loop.stacked_result(i)), nullptr);
      }
      for (int i = 0; i < loop.stacked; ++i) {
        const Value* result = op.result(loop.stacked_result(i));
        if (stacks[at(i)]) tangents_[result] = ir::add_result(copy, result->type);
      }
      return;
    }
  }

  void run_while(const Op& op) {
    const ir::Loop loop = ir::loop_of(op);
    std::vector<bool> carries = starts_with_tangent(op, loop);
    const auto start_region = [&](const Region& source) {
      auto region = std::make_unique<Region>();
      for (int i = 0; i < loop.carried; ++i) copy_argument(source, i, *region);
      for (int i = 0; i < loop.carried; ++i)
        if (carries[at(i)]) add_tangent_argument(source, i, *region);
      return region;
    };
    while (true) {
      std::vector<bool> stacks;
      auto body = start_region(*op.regions[1]);
      if (!fill_loop_body(op, loop, *body, carries, stacks)) continue;
      auto test = start_region(*op.regions[0]);
      // A test is a bool: it has no tangent, and neither needs what leads to it.
      inside(*test, [&] { build_.yield(ir::clone_ops(*op.regions[0], *test, map_)); });

      std::vector<Value*> operands;
      append_starts(op, loop, carries, operands);
      Op& copy = start_control(op, std::move(operands));
      test->parent = body->parent = &copy;
      copy.regions[0] = std::move(test);
      copy.regions[1] = std::move(body);
      bind_carried_results(op, loop, carries, copy);
      return;
    }
  }

  /// Runs the body of a loop into the region and yields. False when `carries` had to grow: then start again.
  bool fill_loop_body(const Op& op, const ir::Loop& loop, Region& region, std::vector<bool>& carries,
                      std::vector<bool>& stacks) {
    bool settled = true;
    inside(region, [&] {
      const Region& source = ir::loop_body(op);
      run(source);
      const std::vector<Value*>& yielded = source.terminator()->operands;
      for (int i = 0; i < loop.carried; ++i)
        if (tangent_of(yielded[at(i)]) && !carries[at(i)]) {
          carries[at(i)] = true;
          settled = false;
        }
      if (!settled) return;
      std::vector<Value*> values, stacked_tangents;
      for (int i = 0; i < loop.carried; ++i) values.push_back(copy_of(yielded[at(i)]));
      for (int i = 0; i < loop.carried; ++i)
        if (carries[at(i)]) values.push_back(materialise(tangent_of(yielded[at(i)]), yielded[at(i)]->type));
      for (int i = 0; i < loop.stacked; ++i) {
        Value* row = yielded[at(loop.stacked_result(i))];
        values.push_back(copy_of(row));
        stacks[at(i)] = tangent_of(row) != nullptr;
        if (stacks[at(i)]) stacked_tangents.push_back(materialise(tangent_of(row), row->type));
      }
      values.insert(values.end(), stacked_tangents.begin(), stacked_tangents.end());
      build_.yield(values);
    });
    return settled;
  }

  std::vector<bool> starts_with_tangent(const Op& op, const ir::Loop& loop) const {
    std::vector<bool> carries(at(loop.carried));
    for (int i = 0; i < loop.carried; ++i)
      carries[at(i)] = tangent_of(op.operands[at(loop.first_operand + i)]) != nullptr;
    return carries;
  }

  /// The starts of the carried values, then those of their tangents.
  void append_starts(const Op& op, const ir::Loop& loop, const std::vector<bool>& carries,
                     std::vector<Value*>& operands) {
    for (int i = 0; i < loop.carried; ++i) operands.push_back(copy_of(op.operands[at(loop.first_operand + i)]));
    for (int i = 0; i < loop.carried; ++i) {
      const Value* start = op.operands[at(loop.first_operand + i)];
      if (carries[at(i)]) operands.push_back(materialise(tangent_of(start), start->type));
    }
  }

  /// Gives the loop's copy results for the tangents of its carried values. Returns how many.
  int bind_carried_results(const Op& op, const ir::Loop& loop, const std::vector<bool>& carries, Op& copy) {
    int tangents = 0;
    for (int i = 0; i < loop.carried; ++i) {
      Value* tangent = nullptr;
      if (carries[at(i)]) tangent = ir::insert_result(copy, loop.carried + tangents++, op.result(i)->type);
      bind(op.result(i), copy.result(i), tangent);
    }
    return tangents;
  }

  void copy_argument(const Region& source, int index, Region& to) {
    const Value& argument = *source.arguments[at(index)];
    bind(&argument, to.add_argument(argument.type, argument.name), nullptr);
  }

  void add_tangent_argument(const Region& source, int index, Region& to) {
    const Value& argument = *source.arguments[at(index)];
    tangents_[&argument] = to.add_argument(argument.type);
  }

  Tangents tangents_of(const std::vector<Value*>& values) const {
    Tangents list;
    for (const Value* v : values) list.push_back(tangent_of(v));
    return list;
  }

  std::vector<Value*> copies_of(const std::vector<Value*>& values) const {
    std::vector<Value*> list;
    for (Value* v : values) list.push_back(copy_of(v));
    return list;
  }

  static std::size_t at(int i) { return static_cast<std::size_t>(i); }

  Builder& build_;
  ir::ValueMap map_;
  std::unordered_map<const Value*, Value*> tangents_;
};

}  // namespace

std::unique_ptr<ir::Program> jvp(const ir::Program& f, const std::vector<bool>& differentiate, JvpSeed seed) {
  if (static_cast<int>(differentiate.size()) != f.parameters)
    throw runtime::ValueError({.what = "jvp of '" + f.name + "': wrong number of flags",
                               .values = "got " + std::to_string(differentiate.size()) + ", the function takes " +
                                         std::to_string(f.parameters) + " parameters",
                               .hint = "give one flag for each parameter"});
  for (const ir::Binding& b : f.bindings)
    if (b.result >= 0)
      throw runtime::InternalError("jvp: '" + f.name + "' updates '" +
                                   f.symbols[static_cast<std::size_t>(b.symbol)].name + "'");

  auto program = std::make_unique<ir::Program>();
  program->name = f.name + ".jvp";
  program->symbols = f.symbols;
  program->discharged = f.discharged;
  Builder build(program->body);
  Differentiator d(build);
  const auto parameters = static_cast<std::size_t>(f.parameters);
  for (std::size_t i = 0; i < parameters; ++i) {
    Value* parameter = f.body.arguments[i].get();
    d.bind(parameter, program->body.add_argument(parameter->type, parameter->name), nullptr);
  }
  for (std::size_t i = 0; i < parameters; ++i) {
    Value* parameter = f.body.arguments[i].get();
    if (!differentiate[i] || !runtime::is_float(parameter->type.dtype)) continue;
    Value* tangent = seed == JvpSeed::ones ? build.constant(parameter->type.dtype, 1.0)
                                           : program->body.add_argument(parameter->type, "d_" + parameter->name);
    d.bind(parameter, d.copy_of(parameter), tangent);
  }
  program->parameters = static_cast<int>(program->body.arguments.size());
  for (const ir::Binding& b : f.bindings) {
    const Value& argument = *f.body.arguments[static_cast<std::size_t>(b.argument)];
    Value* copy = program->body.add_argument(argument.type, argument.name);
    d.bind(&argument, copy, nullptr);
    program->bindings.push_back({.symbol = b.symbol, .argument = copy->index});
  }

  d.run(f.body);
  build.set_location({});
  std::vector<Value*> results, tangents;
  for (Value* v : f.body.terminator()->operands) {
    results.push_back(d.copy_of(v));
    if (runtime::is_float(v->type.dtype)) tangents.push_back(d.materialise(d.tangent_of(v), v->type));
  }
  results.insert(results.end(), tangents.begin(), tangents.end());
  build.yield(results);
  return program;
}

}  // namespace brainpy::compiler::transform
