// Runs a program operation by operation with the host kernels: the reference for compiled code, and how eager mode
// computes.
// In: a program (before or after any pass) and its data. Out: results; Variables in the symbol table get new values.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "compiler/ir/ir.h"
#include "compiler/ops/op_def.h"
#include "runtime/tensor.h"

namespace brainpy::compiler::interp {

using runtime::Tensor;

/// Values of a program's symbols by name: read at the start, replaced by what the program writes.
using SymbolTable = std::unordered_map<std::string, Tensor>;

struct Hooks {
  /// Called after each operation with its results, in the order of execution.
  std::function<void(const ir::Op&, std::span<const Tensor> operands, std::span<const Tensor> results)> after;
  bool check_nans = false;  ///< a NaN that an operation makes from NaN-free operands is a NaNError at its place
};

/// Runs the program. Arguments are its parameters, in order; the types must match.
std::vector<Tensor> run(const ir::Program& program, std::vector<Tensor> arguments, SymbolTable& symbols,
                        const Hooks& hooks = {});

/// Computes one operation (not a control operation) at once.
std::vector<Tensor> apply(const OpDef& def, std::span<const Tensor> operands, const Attributes& attributes,
                          const Location& location);

/// The value of a `const` operation.
Tensor literal(const ir::Op& op);

}  // namespace brainpy::compiler::interp
