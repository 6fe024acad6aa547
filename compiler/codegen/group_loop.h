// One group of map operations as a loop over vectors of elements.
// In: operations of one iteration space and where their values live. Out: a function
// `void group(ptr slots, i64 begin, i64 end)` in the module.
#pragma once

#include <llvm/IR/IRBuilder.h>

#include <string>

#include "compiler/codegen/emitter.h"
#include "compiler/codegen/group.h"
#include "runtime/options.h"

namespace brainpy::compiler::codegen {

struct EmittedGroup {
  llvm::Function* function = nullptr;
  double nanoseconds = 0;  ///< rough time for one element
  double bytes = 0;        ///< read and written for one element
};

struct GroupOptions {
  runtime::MathMode math = runtime::MathMode::exact;
  /// Threads announce their parts some time before, by a call of no elements where they begin.
  bool announced = false;
};

EmittedGroup emit_group(llvm::Module& module, const std::string& name, const Group& group, const Placement& placement,
                        const GroupOptions& options);

/// Linkage of the functions that do the work: their names leave the object only for profilers and debuggers.
llvm::GlobalValue::LinkageTypes work_linkage();

/// Emits the body of one map operation with the emitter's lanes. `index` is the element's index (u64 lane).
EmitHandle emit_map(const ir::Op& op, LaneEmitter& emitter, llvm::IRBuilder<>& builder, const EmitHandle* operands,
                    EmitHandle index, runtime::MathMode math);

/// A pointer to a slot's memory; `slots` is the table and `arena` its entry 0.
llvm::Value* slot_pointer(llvm::IRBuilder<>& builder, const Placement& placement, int slot, llvm::Value* slots,
                          llvm::Value* arena);

}  // namespace brainpy::compiler::codegen
