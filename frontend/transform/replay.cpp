#include "frontend/transform/replay.h"

#include <algorithm>
#include <unordered_map>

#include "compiler/interp/interpreter.h"
#include "compiler/ir/rewrite.h"
#include "compiler/ops/registry.h"
#include "frontend/math/array_data.h"
#include "frontend/transform/trace.h"

namespace brainpy::transform {

namespace {

using List = std::vector<std::int64_t>;

List extents(const runtime::Shape& shape) { return {shape.begin(), shape.end()}; }

/// Applies a program's operations on the current tape, which sees each of them; branches and loops go as the numbers
/// decide.
class Replay {
 public:
  explicit Replay(const Site& site) : site_(site) {}

  void bind(const ir::Value* value, const Array& array) { values_[value] = array; }

  /// What the region yields.
  Arrays region(const ir::Region& region) {
    for (const auto& op : region.ops) {
      if (ir::is(*op, "yield")) return operands(*op);
      const Arrays results = results_of(*op);
      for (std::size_t k = 0; k < results.size(); ++k) values_[op->results[k].get()] = results[k];
    }
    return {};
  }

 private:
  Arrays operands(const ir::Op& op) const {
    Arrays arrays;
    for (const ir::Value* v : op.operands) arrays.push_back(values_.at(v));
    return arrays;
  }

  Arrays results_of(const ir::Op& op) {
    if (ir::is(op, "const")) return {Array(compiler::interp::literal(op))};
    if (!op.regions.empty()) Trace::current()->note_unrolled();
    if (ir::is(op, "if")) return region(*op.regions[values_.at(op.operands[0]).item<bool>(site_) ? 0 : 1]);
    if (ir::is(op, "for")) return loop(op);
    if (ir::is(op, "while")) return repeat(op);
    return math::apply_all(op.def->name, operands(op), op.attributes, site_);
  }

  Arrays repeat(const ir::Op& op) {
    Arrays carried = operands(op);
    while (true) {
      for (const auto& r : op.regions)
        for (std::size_t k = 0; k < carried.size(); ++k) bind(r->arguments[k].get(), carried[k]);
      if (!region(*op.regions[0])[0].item<bool>(site_)) return carried;
      carried = region(*op.regions[1]);
    }
  }

  Arrays loop(const ir::Op& op) {
    const ir::Loop layout = ir::loop_of(op);
    const ir::Region& body = *op.regions[0];
    const Arrays all = operands(op);
    const auto first = all.begin() + layout.first_operand, middle = first + layout.carried;
    Arrays carried(first, middle);
    const Arrays scanned(middle, all.end());
    std::vector<Arrays> stacked(static_cast<std::size_t>(layout.stacked));
    const std::int64_t lower = all[0].item<std::int64_t>(site_), length = op.attributes.integer("length");
    const std::int64_t count = std::clamp<std::int64_t>(all[1].item<std::int64_t>(site_) - lower, 0, length);
    const bool reverse = op.attributes.flag("reverse");
    for (std::int64_t step = 0; step < count; ++step) {
      const std::int64_t row = reverse ? count - 1 - step : step;
      Arrays arguments = {math::number(math::DType::i64, lower + row)};
      arguments.insert(arguments.end(), carried.begin(), carried.end());
      for (const Array& x : scanned) arguments.push_back(row_of(x, row));
      for (std::size_t k = 0; k < arguments.size(); ++k) bind(body.arguments[k].get(), arguments[k]);
      const Arrays yielded = region(body);
      std::copy_n(yielded.begin(), carried.size(), carried.begin());
      for (std::size_t k = 0; k < stacked.size(); ++k) stacked[k].push_back(yielded[carried.size() + k]);
    }
    for (std::size_t k = 0; k < stacked.size(); ++k) {
      if (reverse) std::reverse(stacked[k].begin(), stacked[k].end());
      carried.push_back(stack(stacked[k], op.result(layout.stacked_result(static_cast<int>(k)))->type));
    }
    return carried;
  }

  Array row_of(const Array& rows, std::int64_t row) const {
    List start(static_cast<std::size_t>(rows.ndim()), 0), stop = extents(rows.shape());
    start[0] = row;
    stop[0] = row + 1;
    const List step(start.size(), 1);
    const Array part = math::apply("slice", {rows}, {{"start", start}, {"stop", stop}, {"step", step}}, site_);
    return math::apply("reshape", {part}, {{"shape", extents(rows.shape().without_axis(0))}}, site_);
  }

  /// The rows one below the other; those that the loop did not reach are zero.
  Array stack(const Arrays& rows, runtime::Type type) const {
    Arrays parts;
    for (const Array& row : rows)
      parts.push_back(math::apply("reshape", {row}, {{"shape", extents(row.shape().with_leading(1))}}, site_));
    type.shape[0] -= static_cast<std::int64_t>(rows.size());
    if (type.shape[0] > 0 || parts.empty()) parts.emplace_back(runtime::make_tensor(type));
    return math::apply("concatenate", parts, {{"axis", std::int64_t{0}}}, site_);
  }

  const Site& site_;
  std::unordered_map<const ir::Value*, Array> values_;
};

Arrays compute(const ir::Program& program, const Arrays& arguments, const Site& site) {
  std::vector<runtime::Tensor> tensors;
  for (const Array& a : arguments) tensors.push_back(a.tensor(site));
  compiler::interp::SymbolTable no_symbols;
  Arrays results;
  for (runtime::Tensor& t : compiler::interp::run(program, std::move(tensors), no_symbols))
    results.emplace_back(std::move(t));
  return results;
}

/// Records in a new trace of the kind; says whether a tape met loops or branches.
RecordedPart record_as(Trace::Kind kind, const Function& function, const Arrays& arguments, bool& unrolled,
                       const Site& site) {
  RecordedPart part;
  Trace trace(kind, "derivative");
  const bool tape = kind == Trace::Kind::tape;
  {
    Arrays parameters;
    for (const Array& a : arguments)
      parameters.push_back(tape ? trace.parameter(a, "x") : trace.parameter(a.type(), "x"));
    Arrays results = function(parameters);
    trace.finish(results, site);
    if (tape)  // The numbers are there already; without their tape values they are ordinary arrays.
      for (const Array& a : results) part.results.emplace_back(runtime::Tensor{a.type(), a.data()->buffer});
  }
  trace.check_nothing_kept();
  part.captured = trace.outer_operands();
  part.program = trace.take_program();
  unrolled = trace.unrolled();
  return part;
}

}  // namespace

bool computes_at_once() {
  const Trace* trace = Trace::current();
  return !trace || trace->kind() == Trace::Kind::tape;
}

RecordedPart record_part(const Function& function, const Arrays& arguments, const Site& site) {
  bool unrolled = false;
  if (!computes_at_once()) return record_as(Trace::Kind::part, function, arguments, unrolled, site);
  RecordedPart taped = record_as(Trace::Kind::tape, function, arguments, unrolled, site);
  // On an enclosing tape the outermost recording decides.
  if (!unrolled || Trace::current()) return taped;
  try {
    RecordedPart part = record_as(Trace::Kind::part, function, arguments, unrolled, site);
    part.results = std::move(taped.results);
    return part;
  } catch (const TraceError&) {
    return taped;
  }
}

Arrays apply_program(const ir::Program& program, const Arrays& arguments, const Site& site) {
  Trace* trace = Trace::current();
  if (!trace) return compute(program, arguments, site);
  if (trace->kind() == Trace::Kind::tape) {
    Replay replay(site);
    for (std::size_t k = 0; k < arguments.size(); ++k) replay.bind(program.body.arguments[k].get(), arguments[k]);
    return replay.region(program.body);
  }
  std::vector<ir::Value*> values;
  for (const Array& a : arguments) values.push_back(trace->lift(a, site));
  Arrays results;
  for (ir::Value* v : ir::inline_program(trace->builder(), program, values)) results.push_back(trace->wrap(v));
  return results;
}

}  // namespace brainpy::transform
