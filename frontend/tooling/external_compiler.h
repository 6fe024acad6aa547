// Another compiler makes a program of a model: for a debugger, or for its optimisation.
// In: a rewritten source and its headers, the compiler's words. Out: an executable file, and its run.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "frontend/tooling/compile_in_process.h"

namespace brainpy::tooling {

/// What the compiler is: its words and its file's path, size and time. An Error when it is not found.
std::string compiler_identity(const std::string& compiler);

/// Writes the source into `folder` and the headers where their paths say, and compiles them to `out`. False when the
/// compiler has errors: it has printed them.
bool compile_externally(const std::string& compiler, const CompileRequest& request, const std::filesystem::path& folder,
                        const std::filesystem::path& out);

/// The process becomes the program, which is called by the first of the words. What `no_longer_needed` names is
/// deleted before that; it may hold the program.
[[noreturn]] void execute(const std::filesystem::path& program, const std::vector<std::string>& words,
                          const std::filesystem::path& no_longer_needed);

}  // namespace brainpy::tooling
