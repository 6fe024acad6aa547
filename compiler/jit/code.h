// Machine code for an optimized program: from this process's memory, from the disk, or freshly compiled.
// In: a program, its placement, options. Out: linked code and where it came from.
#pragma once

#include <memory>
#include <string>

#include "compiler/codegen/codegen.h"
#include "compiler/jit/executable.h"
#include "compiler/jit/linker.h"

namespace brainpy::compiler::jit {

struct Code {
  std::shared_ptr<LinkedCode> linked;
  CacheResult cache = CacheResult::compiled;
  double codegen_ms = 0, link_ms = 0;
};

/// Code is found by the program's canonical text, the options that matter, the processor, LLVM's version and the build
/// of the libraries that the operations are from: programs of equal structure share one object, whatever their names.
Code make_code(const ir::Program& program, const codegen::Placement& placement, const codegen::CodeOptions& options);

/// The text that finds the code of a program.
std::string key_text(const ir::Program& program, const codegen::CodeOptions& options);

/// Forgets what this process holds in memory only to find it again; executables in use keep their code.
void clear_code_cache();

}  // namespace brainpy::compiler::jit
