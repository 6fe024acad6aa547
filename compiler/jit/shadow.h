// Compiled code and interpreter side by side.
// In: a program in both forms and its data. Out: the compiled results, or an error that names the first operation
// whose compiled code gives other bits than its host kernel.
#pragma once

#include <string>
#include <vector>

#include "compiler/ir/ir.h"
#include "compiler/jit/launch.h"

namespace brainpy::compiler::jit {

struct ShadowSubject {
  const ir::Program& traced;
  const ir::Program& optimized;
  const codegen::Placement& placement;
  const std::string& label;
};

/// `run_compiled` runs the compiled code on the symbols that it is given. Throws an InternalError when it differs.
std::vector<Tensor> run_shadow(const ShadowSubject& subject, const std::vector<Tensor>& arguments,
                               std::vector<Tensor>& symbols,
                               const std::function<std::vector<Tensor>(std::vector<Tensor>& symbols)>& run_compiled);

/// The index of the first element whose bits differ, or -1. A NaN equals any other NaN.
std::int64_t first_difference(const Type& type, const void* a, const void* b);

/// "0x3f800000", the bits of one element.
std::string hex_bits(DType dtype, const void* data, std::int64_t index);

}  // namespace brainpy::compiler::jit
