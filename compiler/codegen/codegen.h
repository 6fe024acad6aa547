// The code generator's door; nobody outside of this folder and compiler/jit sees LLVM.
// In: a program and its placement. Out: an object file's bytes, or the text of the code.
#pragma once

#include <string>

#include "compiler/codegen/place.h"
#include "runtime/options.h"

namespace brainpy::compiler::codegen {

struct CodeOptions {
  std::string label = "program";  ///< names the functions: "EINet.update.group3"
  runtime::MathMode math = runtime::MathMode::exact;
  bool probe = false;    ///< call launch->probe after each step
  bool profile = false;  ///< call launch->mark at the end of each section (sections.h)
};

/// An object file with the entry point `bp_main` (runtime/abi.h).
std::string generate_object(const ir::Program& program, const Placement& placement, const CodeOptions& options);

/// LLVM IR after its passes.
std::string generate_llvm(const ir::Program& program, const Placement& placement, const CodeOptions& options);

/// Assembly.
std::string generate_assembly(const ir::Program& program, const Placement& placement, const CodeOptions& options);

/// What the code depends on besides the program: "llvm=19.1.7 cpu=znver3 features=+avx2,... abi=1".
const std::string& target_key();

/// The processor's name, such as "znver3", and elements of an f32 vector that the code uses (options().vector, or the
/// widest that the processor runs at full speed).
const std::string& cpu_name();
int vector_width();
/// True when the processor has AVX-512 with all lengths of vectors.
bool has_avx512();

}  // namespace brainpy::compiler::codegen
