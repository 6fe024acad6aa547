#include "frontend/integrate/linearize.h"

#include <unordered_map>

#include "compiler/interp/interpreter.h"
#include "compiler/ir/rewrite.h"
#include "compiler/ops/registry.h"
#include "compiler/transform/affine.h"
#include "compiler/transform/jvp.h"
#include "frontend/math/array_data.h"
#include "frontend/transform/trace.h"

namespace brainpy::integrate {

namespace ir = compiler::ir;
using math::Array;
using transform::Trace;

namespace {

/// Applies the operations of a straight program one by one through the front end: eager, or on a tape.
Arrays replay(const ir::Program& program, const Arrays& arguments, const math::Site& site) {
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

}  // namespace

Linearized linearize(const Function& function, const Arrays& arguments, std::size_t count, const math::Site& site) {
  Trace* outer = Trace::current();
  const bool computes = !outer || outer->kind() == Trace::Kind::tape;
  std::unique_ptr<ir::Program> recorded;
  Arrays operands = arguments;
  Linearized out;
  {
    Trace trace(computes ? Trace::Kind::tape : Trace::Kind::part, "derivative");
    Arrays parameters;
    for (const Array& a : arguments)
      parameters.push_back(computes ? trace.parameter(a, "x") : trace.parameter(a.type(), "x"));
    Arrays results = function(parameters);
    trace.finish(results, site);
    for (const Array& a : trace.outer_operands()) operands.push_back(a);
    recorded = trace.take_program();
    if (computes)  // The numbers are there already; without their tape values they are ordinary arrays.
      for (const Array& a : results) out.results.emplace_back(runtime::Tensor{a.type(), a.data()->buffer});
  }

  const auto run = [&](const ir::Program& program) {
    if (computes) return replay(program, operands, site);
    std::vector<ir::Value*> values;
    for (const Array& a : operands) values.push_back(outer->lift(a, site));
    Arrays results;
    for (ir::Value* v : ir::inline_program(outer->builder(), program, values)) results.push_back(outer->wrap(v));
    return results;
  };
  const std::size_t results = recorded->body.terminator()->operands.size();
  for (std::size_t k = 0; k < count; ++k) {
    if (const auto form = compiler::transform::affine(*recorded, static_cast<int>(k), static_cast<int>(k))) {
      const Arrays both = run(*form->program);
      out.parts.push_back({true, both[0], form->has_offset ? both[1] : Array()});
      continue;
    }
    std::vector<bool> differentiate(static_cast<std::size_t>(recorded->parameters), false);
    differentiate[k] = true;
    const auto derived = compiler::transform::jvp(*recorded, differentiate, compiler::transform::JvpSeed::ones);
    const Arrays all = run(*derived);
    if (out.results.empty()) out.results.assign(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(results));
    out.parts.push_back({false, all[results + k], Array()});
  }
  return out;
}

}  // namespace brainpy::integrate
