// Files that show what happened to a program (BRAINPY_DUMP), and those that an internal error leaves behind.
// In: texts at stages. Out: <dump_dir>/<nnn>.<label>/<nn>.<stage>.<extension>, inputs.npz.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "compiler/ir/ir.h"
#include "runtime/tensor.h"

namespace brainpy::compiler::jit {

/// The folder of one executable; it is made at the first file.
class Dump {
 public:
  explicit Dump(std::string label) : label_(std::move(label)) {}

  /// Writes the next numbered file. A folder that cannot be written is noted once, and the program carries on.
  void write(const std::string& stage, const std::string& extension, const std::string& text);
  /// Arguments as arg0, arg1, ... and symbols by name: what the command-line tool runs a dumped program with.
  void write_inputs(const ir::Program& program, const std::vector<runtime::Tensor>& arguments,
                    const std::vector<runtime::Tensor>& symbols);
  bool started() const { return !folder_.empty(); }

 private:
  const std::filesystem::path& folder();

  std::string label_;
  std::filesystem::path folder_;
  int next_ = 0;
};

/// Saves the program and returns what to append to an internal error: the file and the command that reproduces it.
std::string save_for_report(const ir::Program& program, const std::string& label);

}  // namespace brainpy::compiler::jit
