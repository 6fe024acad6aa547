// C++ becomes an object file inside this process, with Clang at -O0: the host code of a model only records it.
// In: a source text and its headers, from memory or from files; flags. Out: the object's bytes; a precompiled header.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace brainpy::tooling {

/// A text that stands for a file.
struct SourceText {
  std::string path;  ///< absolute
  std::string text;
};

struct CompileRequest {
  SourceText source;
  std::vector<SourceText> headers;
  std::vector<std::string> flags;  ///< complete, see run_flags()
  std::string precompiled_header;  ///< made with the same flags; empty: none
};

/// The function of an object that runs the constructors of its global variables, in order.
inline constexpr const char* constructors_name = "brainpy_run_constructors";

/// The object, or nothing when Clang has errors: it has printed them.
/// Inline variables that the library has as well are the library's, as they would be after linking.
std::optional<std::string> compile_to_object(const CompileRequest& request);

/// A precompiled header `out` of `header`; the files that it was made from, or nothing when Clang has errors.
std::optional<std::vector<std::string>> precompile(const std::string& header, const std::vector<std::string>& flags,
                                                   const std::string& out);

/// The flags of a model that is compiled to run at once: complete_flags() and how code is generated.
std::vector<std::string> run_flags(const std::vector<std::string>& flags);

}  // namespace brainpy::tooling
