#include "compiler/jit/dump.h"

#include <fmt/format.h>

#include <atomic>
#include <fstream>

#include "compiler/ir/print.h"
#include "runtime/error.h"
#include "runtime/io.h"
#include "runtime/log.h"
#include "runtime/options.h"

namespace brainpy::compiler::jit {
namespace {

namespace fs = std::filesystem;

std::string file_name(const std::string& label) {
  std::string name;
  for (char c : label)
    name += std::isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '_' || c == '-' ? c : '_';
  return name.empty() ? "program" : name;
}

bool write_text(const fs::path& path, const std::string& text) {
  std::error_code ignored;
  fs::create_directories(path.parent_path(), ignored);
  std::ofstream file(path, std::ios::binary);
  file << text;
  return static_cast<bool>(file);
}

void note_unwritable(const fs::path& path) {
  static std::atomic<bool> noted = false;
  if (!noted.exchange(true)) runtime::note("cannot write " + path.string() + "; no dump is written there");
}

}  // namespace

const fs::path& Dump::folder() {
  static std::atomic<int> count = 0;
  if (folder_.empty())
    folder_ = fs::path(runtime::options().dump_dir) / fmt::format("{:03}.{}", count++, file_name(label_));
  return folder_;
}

void Dump::write(const std::string& stage, const std::string& extension, const std::string& text) {
  const fs::path path = folder() / fmt::format("{:02}.{}.{}", next_++, stage, extension);
  if (!write_text(path, text)) note_unwritable(path);
}

void Dump::write_inputs(const ir::Program& program, const std::vector<runtime::Tensor>& arguments,
                        const std::vector<runtime::Tensor>& symbols) {
  std::vector<runtime::NamedTensor> inputs;
  for (std::size_t k = 0; k < arguments.size(); ++k) inputs.push_back({fmt::format("arg{}", k), arguments[k]});
  for (std::size_t k = 0; k < symbols.size(); ++k) inputs.push_back({program.symbols[k].name, symbols[k]});
  const fs::path path = folder() / "inputs.npz";
  try {
    runtime::save_npz(path.string(), inputs);
  } catch (const runtime::Error&) {
    note_unwritable(path);
  }
}

std::string save_for_report(const ir::Program& program, const std::string& label) {
  const fs::path path = fs::path(runtime::options().dump_dir) / (file_name(label) + ".failed.bpir");
  if (!write_text(path, ir::print(program, {.locations = true})))
    return "\n  the program could not be saved to " + path.string();
  return "\n  the program is saved in " + path.string() + "\n  reproduce with: brainpy ir " + path.string() +
         " --run shadow";
}

}  // namespace brainpy::compiler::jit
