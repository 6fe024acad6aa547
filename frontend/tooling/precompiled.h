// <brainpy/brainpy.hpp> is read once: precompiled headers of it, kept between runs.
// In: what the header is read for, flags. Out: a file for -include-pch.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "frontend/tooling/program_cache.h"

namespace brainpy::tooling {

/// The tool reads a model with other declarations than those that are compiled: two headers.
enum class ReadFor : std::uint8_t { lowering, compiling };

/// True when a source reads the library's header, and nothing before it could change how: no #define.
bool begins_with_library(std::string_view text);

/// The header for these flags (without complete_flags()), made when it is missing; nothing when it cannot be kept.
std::optional<KeptFile> precompiled_library(ReadFor purpose, const std::vector<std::string>& flags,
                                            const ProgramCache& cache);

}  // namespace brainpy::tooling
