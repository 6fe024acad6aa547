#include "frontend/integrate/dependence.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>

#include "compiler/ir/rewrite.h"
#include "compiler/ops/op_def.h"

namespace brainpy::integrate {

namespace ir = compiler::ir;

namespace {

/// Maps of one element to one, and what moves no element to another place in row-major order.
bool keeps_places(const ir::Op& op, std::int64_t elements) {
  const bool in_place = op.def->shape_class == compiler::ShapeClass::map || std::string_view(op.def->name) == "reshape";
  return in_place && op.regions.empty() &&
         std::ranges::all_of(op.results, [&](const auto& r) { return r->type.size() == elements; });
}

}  // namespace

std::vector<std::vector<Dependence>> dependences(const ir::Program& program, std::size_t arguments) {
  const std::vector<ir::Value*>& results = program.body.terminator()->operands;
  std::vector<std::vector<Dependence>> all(results.size(), std::vector<Dependence>(arguments, Dependence::none));
  for (std::size_t j = 0; j < arguments; ++j) {
    const ir::Value* argument = program.body.arguments[j].get();
    std::unordered_map<const ir::Value*, Dependence> reached{{argument, Dependence::elementwise}};
    for (const auto& op : program.body.ops) {
      Dependence worst = Dependence::none;
      const auto meet = [&](const ir::Value* v) {
        if (const auto it = reached.find(v); it != reached.end()) worst = std::max(worst, it->second);
      };
      for (const ir::Value* v : op->operands) meet(v);
      for (const ir::Value* v : ir::captured_values(*op)) meet(v);
      if (worst == Dependence::none) continue;
      if (!keeps_places(*op, argument->type.size())) worst = Dependence::other;
      for (const auto& r : op->results) reached[r.get()] = worst;
    }
    for (std::size_t k = 0; k < results.size(); ++k)
      if (const auto it = reached.find(results[k]); it != reached.end()) all[k][j] = it->second;
  }
  return all;
}

}  // namespace brainpy::integrate
