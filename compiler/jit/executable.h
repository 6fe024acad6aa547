// The compiler's front door: a traced program in, something that runs out.
// In: a program as recorded, the options. Out: an Executable, from memory, from the disk cache, or compiled.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "compiler/ir/ir.h"
#include "runtime/options.h"
#include "runtime/tensor.h"

namespace brainpy::compiler::jit {

using runtime::Tensor;

enum class Stage : std::uint8_t { trace, optimized, llvm, assembly };

enum class CacheResult : std::uint8_t { compiled, memory_hit, disk_hit };

/// What making an executable took; printed by BRAINPY_LOG=compile.
struct CompileReport {
  int operations = 0;
  int groups = 0;
  double trace_ms = 0, passes_ms = 0, codegen_ms = 0, link_ms = 0;
  CacheResult cache = CacheResult::compiled;
};

class Executable {
 public:
  virtual ~Executable() = default;

  /// Runs in the mode that options() asks for: compiled, interpreted, or both side by side (shadow).
  /// `symbols` are the values of program().symbols in order; Variables that the program writes get their new values, in
  /// place where the caller holds the only reference to the buffer. Returns the program's results, which are `outputs`
  /// where these are given: zeroed tensors of the results' types.
  virtual std::vector<Tensor> run(const std::vector<Tensor>& arguments, std::vector<Tensor>& symbols,
                                  const std::vector<Tensor>& outputs = {}) = 0;

  /// The program after the passes.
  virtual const ir::Program& program() const = 0;
  /// The program as text at a stage. `trace` is the program as recorded.
  virtual std::string text(Stage stage) = 0;
  virtual CompileReport report() const = 0;
};

/// Makes the program runnable. `label` names it in logs and dumps: "EINet.update". `reason` says why it is compiled
/// ("first call", "argument 0 changed from f32[3] to f32[4]").
std::shared_ptr<Executable> compile(std::unique_ptr<ir::Program> traced, const std::string& label,
                                    const std::string& reason = "first call");

/// Forgets programs and code that nothing uses any more; what is on disk stays.
void clear_memory_cache();

}  // namespace brainpy::compiler::jit
