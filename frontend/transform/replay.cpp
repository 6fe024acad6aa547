#include "frontend/transform/replay.h"

#include <unordered_map>

#include "compiler/interp/interpreter.h"
#include "compiler/ir/rewrite.h"
#include "compiler/ops/registry.h"
#include "frontend/math/array_data.h"
#include "frontend/transform/trace.h"

namespace brainpy::transform {

namespace {

/// Applies the operations of a straight program one by one on the current tape.
Arrays replay(const ir::Program& program, const Arrays& arguments, const Site& site) {
  std::unordered_map<const ir::Value*, Array> values;
  for (std::size_t k = 0; k < arguments.size(); ++k) values[program.body.arguments[k].get()] = arguments[k];
  for (const auto& op : program.body.ops) {
    Arrays operands;
    for (const ir::Value* v : op->operands) operands.push_back(values.at(v));
    if (op->def->name == "yield") return operands;
    if (op->def->name == "const") {
      values[op->result()] = Array(compiler::interp::literal(*op));
      continue;
    }
    const Arrays results = math::apply_all(op->def->name, operands, op->attributes, site);
    for (std::size_t k = 0; k < results.size(); ++k) values[op->results[k].get()] = results[k];
  }
  return {};
}

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
  if (trace->kind() == Trace::Kind::tape) return replay(program, arguments, site);
  std::vector<ir::Value*> values;
  for (const Array& a : arguments) values.push_back(trace->lift(a, site));
  Arrays results;
  for (ir::Value* v : ir::inline_program(trace->builder(), program, values)) results.push_back(trace->wrap(v));
  return results;
}

}  // namespace brainpy::transform
