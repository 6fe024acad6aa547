#include "frontend/integrate/linearize.h"

#include <algorithm>
#include <unordered_set>

#include "compiler/ir/rewrite.h"
#include "compiler/ops/op_def.h"
#include "compiler/transform/affine.h"
#include "compiler/transform/jvp.h"
#include "frontend/transform/replay.h"

namespace brainpy::integrate {

namespace ir = compiler::ir;
using math::Array;

RecordedFunction::RecordedFunction(const Function& function, const Arrays& arguments, const math::Site& site)
    : operands_(arguments), site_(site) {
  transform::RecordedPart part = transform::record_part(function, arguments, site);
  program_ = std::move(part.program);
  operands_.insert(operands_.end(), part.captured.begin(), part.captured.end());
  known_results_ = std::move(part.results);
}

RecordedFunction::~RecordedFunction() = default;

std::size_t RecordedFunction::results() const { return program_->body.terminator()->operands.size(); }

bool RecordedFunction::is_elementwise(std::size_t count) const {
  std::unordered_set<const ir::Value*> dependent;
  const auto depends = [&](const ir::Value* v) { return dependent.contains(v); };
  const runtime::Shape& shape = program_->body.arguments[0]->type.shape;
  for (std::size_t k = 0; k < count; ++k) {
    const ir::Value* argument = program_->body.arguments[k].get();
    if (!(argument->type.shape == shape)) return false;
    dependent.insert(argument);
  }
  for (const auto& op : program_->body.ops) {
    if (op.get() == program_->body.terminator()) break;
    bool uses = std::ranges::any_of(op->operands, depends);
    for (const auto& region : op->regions)
      ir::walk(*region, [&](const ir::Op& inner) { uses = uses || std::ranges::any_of(inner.operands, depends); });
    if (!uses) continue;
    if (op->def->shape_class != compiler::ShapeClass::map || !(op->result()->type.shape == shape)) return false;
    dependent.insert(op->result());
  }
  return true;
}

Arrays RecordedFunction::run(const ir::Program& derived, const Arrays& more) const {
  Arrays operands = operands_;
  operands.insert(operands.end(), more.begin(), more.end());
  return transform::apply_program(derived, operands, site_);
}

Arrays RecordedFunction::along(const Arrays& tangents) const {
  std::vector<bool> differentiate(static_cast<std::size_t>(program_->parameters), false);
  std::fill_n(differentiate.begin(), tangents.size(), true);
  return run(*compiler::transform::jvp(*program_, differentiate), tangents);
}

Arrays RecordedFunction::along_ones(std::size_t k) const {
  std::vector<bool> differentiate(static_cast<std::size_t>(program_->parameters), false);
  differentiate[k] = true;
  return run(*compiler::transform::jvp(*program_, differentiate, compiler::transform::JvpSeed::ones));
}

Linearized linearize(const Function& function, const Arrays& arguments, std::size_t count, const math::Site& site) {
  const RecordedFunction recorded(function, arguments, site);
  Linearized out;
  out.results = recorded.known_results();
  for (std::size_t k = 0; k < count; ++k) {
    if (const auto form = compiler::transform::affine(recorded.program(), static_cast<int>(k), static_cast<int>(k))) {
      const Arrays both = recorded.run(*form->program);
      out.parts.push_back({true, both[0], form->has_offset ? both[1] : Array()});
      continue;
    }
    const Arrays all = recorded.along_ones(k);
    const auto middle = all.begin() + static_cast<std::ptrdiff_t>(recorded.results());
    if (out.results.empty()) out.results.assign(all.begin(), middle);
    out.parts.push_back({false, *(middle + static_cast<std::ptrdiff_t>(k)), Array()});
  }
  return out;
}

}  // namespace brainpy::integrate
