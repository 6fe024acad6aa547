// The command-line tool `brainpy`: reads a program in IR text, runs passes, runs it in any mode, shows its code.
// In: a .bpir file, data from an .npz file or from a seed. Out: text on stdout; a user's error on stderr and exit 1.
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <chrono>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>

#include "compiler/codegen/codegen.h"
#include "compiler/ir/builder.h"
#include "compiler/ir/parse.h"
#include "compiler/ir/print.h"
#include "compiler/ir/verify.h"
#include "compiler/jit/disk_cache.h"
#include "compiler/jit/executable.h"
#include "compiler/passes/pass.h"
#include "runtime/hash.h"
#include "runtime/io.h"
#include "runtime/threads.h"

namespace {

using namespace brainpy;
using namespace brainpy::compiler;
using runtime::DType;
using runtime::Tensor;
using runtime::Type;

struct IrArguments {
  std::string file;
  std::vector<std::string> passes;
  std::string run, emit, data;
  std::uint64_t seed = 0;
  bool time = false, locations = false;
};

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file)
    throw FileError(
        {.what = "cannot read '" + path + "'", .hint = "give the path of a .bpir file (BRAINPY_DUMP writes them)"});
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Values between 0 and 1, or small integers: the same for the same seed and name.
Tensor pseudo_random(const Type& type, const std::string& name, std::uint64_t seed) {
  const runtime::Hash128 hash = runtime::hash128(name);
  std::mt19937_64 random(seed ^ hash.low);
  Tensor t = runtime::make_tensor(type);
  const std::size_t size = size_of(type.dtype);
  for (std::int64_t i = 0; i < type.size(); ++i) {
    const double unit = static_cast<double>(random() >> 11) * 0x1p-53;
    std::uint64_t bits = 0;
    if (type.dtype == DType::key) bits = random();
    else if (type.dtype == DType::bool_) bits = unit < 0.5;
    else bits = ir::literal_bits(type.dtype, runtime::is_float(type.dtype) ? unit : std::floor(10 * unit));
    std::memcpy(t.as<std::byte>() + static_cast<std::size_t>(i) * size, &bits, size);
  }
  return t;
}

class Data {
 public:
  explicit Data(const IrArguments& arguments) : seed_(arguments.seed) {
    std::string path = arguments.data;
    if (path.empty()) {
      const auto beside = std::filesystem::path(arguments.file).parent_path() / "inputs.npz";
      if (std::filesystem::exists(beside)) path = beside.string();
    }
    if (path.empty()) return;
    path_ = path;
    tensors_ = runtime::load(path);
  }

  Tensor get(const std::string& name, const Type& type) const {
    for (const runtime::NamedTensor& t : tensors_) {
      if (t.name != name) continue;
      // A random key is kept in files as its bits.
      if (type.dtype == DType::key && t.tensor.type.dtype == DType::u64) return {type, t.tensor.data};
      return t.tensor;
    }
    if (path_.empty()) return pseudo_random(type, name, seed_);
    throw NameError({.what = "'" + path_ + "' holds no '" + name + "'",
                     .hint = "arguments are called arg0, arg1, ...; symbols have their own names"});
  }

 private:
  std::uint64_t seed_;
  std::string path_;
  std::vector<runtime::NamedTensor> tensors_;
};

/// "f32[3] 0f3c... [1, 2, 3]": type, hash of the bits (every NaN the same), and the values when there are few.
std::string describe(const Tensor& t) {
  const std::size_t size = size_of(t.type.dtype);
  std::string bytes, values;
  for (std::int64_t i = 0; i < t.type.size(); ++i) {
    std::uint64_t bits = 0;
    std::memcpy(&bits, t.as<std::byte>() + static_cast<std::size_t>(i) * size, size);
    if (runtime::is_float(t.type.dtype) && std::isnan(ir::literal_value(t.type.dtype, bits)))
      bits = ir::literal_bits(t.type.dtype, std::nan(""));
    bytes.append(reinterpret_cast<const char*>(&bits), size);
    if (t.type.size() > 8) continue;
    if (i > 0) values += ", ";
    if (t.type.dtype == DType::f32) values += fmt::format("{}", t.as<const float>()[i]);
    else if (t.type.dtype == DType::f64) values += fmt::format("{}", t.as<const double>()[i]);
    else if (t.type.dtype == DType::i32) values += fmt::format("{}", t.as<const std::int32_t>()[i]);
    else if (t.type.dtype == DType::i64) values += fmt::format("{}", t.as<const std::int64_t>()[i]);
    else if (t.type.dtype == DType::bool_) values += bits ? "true" : "false";
    else values += fmt::format("{}", bits);
  }
  std::string text = to_string(t.type) + fmt::format(" {:016x}", runtime::hash128(bytes).low);
  if (t.type.size() <= 8) text += " [" + values + "]";
  return text;
}

void run_program(std::unique_ptr<ir::Program> program, const IrArguments& arguments) {
  runtime::Options& options = runtime::options();
  options.run = arguments.run == "interp"   ? runtime::RunMode::interp
                : arguments.run == "shadow" ? runtime::RunMode::shadow
                                            : runtime::RunMode::jit;
  const Data data(arguments);
  std::vector<Tensor> inputs, symbols;
  for (int k = 0; k < program->parameters; ++k)
    inputs.push_back(data.get(fmt::format("arg{}", k), program->body.arguments[static_cast<std::size_t>(k)]->type));
  for (const ir::Symbol& s : program->symbols) symbols.push_back(data.get(s.name, s.type));
  const std::string label = program->name;
  const auto executable = jit::compile(std::move(program), label, "brainpy ir --run " + arguments.run);
  const auto start = std::chrono::steady_clock::now();
  const std::vector<Tensor> results = executable->run(inputs, symbols);
  const double ms = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
  for (std::size_t k = 0; k < results.size(); ++k) fmt::print("result {}: {}\n", k, describe(results[k]));
  for (std::size_t k = 0; k < symbols.size(); ++k)
    if (executable->program().symbols[k].kind == ir::SymbolKind::variable)
      fmt::print("@{}: {}\n", executable->program().symbols[k].name, describe(symbols[k]));
  if (!arguments.time) return;
  const jit::CompileReport& r = executable->report();
  fmt::print("time: passes {:.2f} ms, codegen {:.2f} ms, link {:.2f} ms, run {:.3f} ms\n", r.passes_ms, r.codegen_ms,
             r.link_ms, ms);
}

void show_program(const IrArguments& arguments) {
  auto program = ir::parse(read_file(arguments.file), std::filesystem::path(arguments.file).filename().string());
  ir::verify(*program);
  for (const std::string& name : arguments.passes) {
    passes::find_pass(name).run(*program, {.math = runtime::options().math});
    ir::verify(*program);
  }
  if (!arguments.run.empty()) return run_program(std::move(program), arguments);
  if (arguments.emit.empty()) {
    fmt::print("{}", ir::print(*program, {.locations = arguments.locations}));
    return;
  }
  const std::string label = program->name;
  const auto executable = jit::compile(std::move(program), label, "brainpy ir --emit " + arguments.emit);
  fmt::print("{}", executable->text(arguments.emit == "llvm" ? jit::Stage::llvm : jit::Stage::assembly));
}

void show_info() {
  const jit::DiskCache cache;
  const jit::DiskCache::Stats stats = cache.stats();
  std::string target = codegen::target_key();
  fmt::print("target:       {}\n", target);
  fmt::print("vector width: {} float32, {} float64\n", codegen::vector_width(),
             std::max(codegen::vector_width() / 2, 2));
  fmt::print("threads:      {}\n", runtime::thread_count());
  fmt::print("cache:        {}\n", cache.enabled() ? cache.folder().string() : "off");
  fmt::print("cached:       {} files, {} bytes\n", stats.files, stats.bytes);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Programs of brainpy-cpp in text form: read, transform, run, look inside."};
  app.require_subcommand(1);
  IrArguments arguments;
  CLI::App* ir_command = app.add_subcommand("ir", "Read a .bpir file, check it and print it");
  ir_command->add_option("file", arguments.file, "The program")->required();
  ir_command->add_option("--pass", arguments.passes, "Run these passes first, in this order");
  ir_command->add_option("--run", arguments.run, "Run it")->check(CLI::IsMember({"interp", "jit", "shadow"}));
  ir_command->add_option("--data", arguments.data, "Its inputs, an .npz file; default: inputs.npz beside the file");
  ir_command->add_option("--seed", arguments.seed, "Of made-up inputs, when there is no data file");
  ir_command->add_option("--emit", arguments.emit, "Print the compiled code")->check(CLI::IsMember({"llvm", "asm"}));
  ir_command->add_flag("--time", arguments.time, "Print how long compiling and running took");
  ir_command->add_flag("--locations", arguments.locations, "Print where each operation is from");
  CLI::App* info_command = app.add_subcommand("info", "LLVM, processor, threads, cache");
  CLI::App* cache_command = app.add_subcommand("cache", "The cache of compiled programs");
  cache_command->require_subcommand(1);
  cache_command->add_subcommand("clear", "Delete all entries");
  CLI11_PARSE(app, argc, argv);
  try {
    if (*ir_command) show_program(arguments);
    else if (*info_command) show_info();
    else jit::DiskCache().clear();
  } catch (const std::exception& e) {
    fmt::print(stderr, "{}\n", e.what());
    return 1;
  }
  return 0;
}
