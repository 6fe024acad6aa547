// One parse of a model's source: Clang's syntax tree of it, with the conversions that make natural control flow on
// traced values well-formed.
// In: a file, the compiler's flags. Out: the tree; Clang's own errors go to the given consumer.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "frontend/tooling/clang_headers.h"

namespace brainpy::tooling {

struct ParseRequest {
  std::string file;                                  ///< absolute, or relative to the working folder
  std::vector<std::string> flags;                    ///< as for the user's compiler, without input and output
  std::optional<std::string> text;                   ///< instead of the file's contents
  std::string precompiled_header;                    ///< a file made with the same flags; empty: none
  clang::DiagnosticConsumer* diagnostics = nullptr;  ///< null: Clang's errors are printed to stderr
};

/// The tree, or null when the file cannot be parsed at all. It may hold errors: ask its diagnostics.
std::unique_ptr<clang::ASTUnit> parse(const ParseRequest& request);

/// True when Clang found errors in the file.
bool has_errors(const clang::ASTUnit& unit);

/// The flags with what they lack to compile against this library: the language version, where its headers are, and
/// where Clang's own are.
std::vector<std::string> complete_flags(std::vector<std::string> flags);

/// complete_flags(), and what makes natural control flow on traced values well-formed: what parse() uses.
std::vector<std::string> parse_flags(const std::vector<std::string>& flags);

struct BuildFlags {
  std::vector<std::string> flags;
  bool lowered = false;  ///< the build compiles what brainpy_add_model made of the file
};

/// How build/compile_commands.json compiles a file; an Error when it does not.
BuildFlags flags_from_build(const std::string& build_folder, const std::string& file);

/// The folder that holds the library's headers: what #include "frontend/..." is relative to.
std::string library_headers();

}  // namespace brainpy::tooling
