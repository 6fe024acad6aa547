#include "compiler/codegen/sections.h"

#include <llvm/IR/Module.h>

#include <unordered_set>
#include <utility>

#include "compiler/codegen/emitter.h"
#include "compiler/codegen/group_loop.h"
#include "compiler/ops/op_def.h"

namespace brainpy::compiler::codegen {

using ir::Op;
using ir::Region;
using ir::Value;

namespace {

bool is_loop(const Op& op) { return op.def->name == "for" || op.def->name == "while"; }

bool is_map(const Op& op) { return op.def->name == "fused" || op.def->shape_class == ShapeClass::map; }

class Finder {
 public:
  explicit Finder(const Placement& placement) : placement_(placement) {}

  Sections run(const Region& body) {
    walk(body);
    return std::move(out_);
  }

 private:
  void add(const Op& end, const std::vector<const Op*>& operations) {
    out_.ends[&end] = static_cast<std::uint32_t>(out_.operations.size());
    out_.operations.push_back(operations);
  }

  void walk(const Region& region) {
    std::vector<const Op*> numbers;
    const auto end_numbers = [&] {
      if (numbers.empty()) return;
      add(*numbers.back(), numbers);
      numbers.clear();
    };
    for (const auto& op : region.ops) {
      const std::string& name = op->def->name;
      if (name == "const" || name == "yield" || placement_.is_alias(*op)) continue;
      if (is_map(*op) && (op->results.empty() || op->result()->type.shape.is_scalar())) {
        numbers.push_back(op.get());
        continue;
      }
      end_numbers();
      if (name != "if") add(*op, {op.get()});
      if (name == "if" || is_loop(*op))
        for (const auto& r : op->regions) walk(*r);
    }
    end_numbers();
    const Op& yield = *region.terminator();
    const bool records = region.parent && region.parent->def->name == "for" && for_layout(*region.parent).stacked > 0;
    if (records || placement_.copies.contains(&yield)) add(yield, {&yield});
  }

  const Placement& placement_;
  Sections out_;
};

}  // namespace

Sections sections_of(const ir::Program& program, const Placement& placement) {
  return Finder(placement).run(program.body);
}

std::vector<std::pair<const Op*, double>> costs_of(const Op& step) {
  if (!is_map(step)) return {{&step, 1.0}};
  // Emitted once more, into a module that is thrown away: the estimate is the code generator's, also for code that
  // came from the disk.
  llvm::LLVMContext context;
  llvm::Module module("costs", context);
  llvm::IRBuilder<> builder(context);
  auto* type = llvm::FunctionType::get(builder.getVoidTy(), false);
  auto* function = llvm::Function::Create(type, llvm::GlobalValue::InternalLinkage, "costs", module);
  builder.SetInsertPoint(llvm::BasicBlock::Create(context, "entry", function));
  LaneEmitter emitter(builder, 1);
  EmitHandle index = emitter.indices(builder.getInt64(0));

  const Region* region = step.regions.empty() ? nullptr : step.regions[0].get();
  std::vector<const Op*> ops;
  if (!region) ops.push_back(&step);
  else
    for (const auto& op : region->ops)
      if (op->def->name != "const" && op.get() != region->terminator()) ops.push_back(op.get());
  std::unordered_set<const Value*> near, leaving;
  for (const Op* op : ops) near.insert(op->result());
  if (region)
    for (const Value* v : region->terminator()->operands) leaving.insert(v);

  std::vector<std::pair<const Op*, double>> costs;
  for (const Op* op : ops) {
    const double before = emitter.cost();
    std::vector<EmitHandle> operands;
    double memory = region ? static_cast<double>(leaving.count(op->result())) : 1;
    for (const Value* v : op->operands) {
      operands.push_back(emitter.constant(v->type.dtype, 0));
      // Read by the first that needs it.
      if (!v->type.shape.is_scalar() && near.insert(v).second) memory += 1;
    }
    if (op->def->shape_class == ShapeClass::map)
      emit_map(*op, emitter, builder, operands.data(), index, runtime::MathMode::exact);
    costs.emplace_back(op, emitter.cost() - before + memory);
  }
  return costs;
}

}  // namespace brainpy::compiler::codegen
