// Running a recorded program on the Variables behind its symbols.
// In: a program with its captured states, arguments. Out: results; the Variables have their new values.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "compiler/jit/executable.h"
#include "frontend/transform/trace.h"

namespace brainpy::transform {

struct Recorded {
  std::shared_ptr<compiler::jit::Executable> executable;
  std::vector<Captured> captured;
  std::vector<std::string> literals;
};

/// Ends the trace and compiles what it recorded. `results` are let go, so that anything else still held is found.
Recorded compile_trace(Trace& trace, std::vector<Array>& results, const std::string& label, const std::string& reason,
                       const Site& site);

/// `outputs`: zeroed tensors that the results are written to; empty: new ones.
std::vector<Array> launch(const Recorded& recorded, const std::vector<Array>& arguments, const Site& site,
                          const std::vector<runtime::Tensor>& outputs = {});

/// "LIF.update" for an object's method, "model.cpp.12" for a lambda: found in the places of the recorded operations.
std::string label_of(const ir::Program& program, const std::string& owner);

}  // namespace brainpy::transform
