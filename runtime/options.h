// The switches, one struct: read once from BRAINPY_* variables, also settable in code.
// In: the environment. Out: options(), which the program may change before or between runs.
#pragma once

#include <cstdint>
#include <string>

namespace brainpy::runtime {

enum class RunMode : std::uint8_t { jit, interp, shadow };
enum class MathMode : std::uint8_t { exact, contract, fast };

struct Options {
  bool jit = true;                        ///< BRAINPY_JIT=0: eager, each operation computes at once
  RunMode run = RunMode::jit;             ///< BRAINPY_RUN=jit|interp|shadow
  std::string dump;                       ///< BRAINPY_DUMP=trace,optimized,llvm,asm,all (`all`: after every pass)
  std::string dump_dir = "brainpy_dump";  ///< BRAINPY_DUMP_DIR
  std::string log;                        ///< BRAINPY_LOG=compile,cache,pass,launch,perf,profile
  std::string cache;                      ///< BRAINPY_CACHE=off or a folder; empty: the user's cache folder
  int threads = 0;                        ///< BRAINPY_THREADS; 0: all processors
  int vector = 0;                         ///< BRAINPY_VECTOR: f32 elements of a vector, 4, 8 or 16; 0: the processor's
  MathMode math = MathMode::exact;        ///< BRAINPY_MATH=exact|contract|fast
  bool check = false;                     ///< BRAINPY_CHECK=1: verify after each pass, retrace jit callables
  bool debug_nans = false;                ///< set_debug_nans: stop at the operation that makes a NaN

  bool dumps(const char* what) const;
  bool logs(const char* what) const;
};

/// The process's switches. The first call reads the environment; a value that is not known is a ValueError.
Options& options();

/// Parses BRAINPY_* variables into a fresh struct (what options() does at its first call).
Options options_from_environment();

/// The mode of a word of BRAINPY_RUN; another word is a ValueError.
RunMode parse_run_mode(const char* word);

/// "math=exact run=jit": the part of the options that compiled code depends on.
std::string code_options(const Options& options);

}  // namespace brainpy::runtime
