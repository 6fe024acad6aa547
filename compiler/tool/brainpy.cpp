// The command-line tool `brainpy`: reads, checks, transforms, runs and compiles programs from their text.
// In: .bpir files (such as BRAINPY_DUMP writes) and their data. Out: text, hashes of results, times.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include <fmt/format.h>

#include "compiler/codegen/codegen.h"
#include "compiler/ir/parse.h"
#include "compiler/ir/print.h"
#include "compiler/ir/verify.h"
#include "compiler/jit/disk_cache.h"
#include "compiler/jit/executable.h"
#include "compiler/ops/registry.h"
#include "compiler/passes/pass.h"
#include "runtime/hash.h"
#include "runtime/io.h"
#include "runtime/threads.h"

namespace {

using namespace brainpy;
using namespace brainpy::compiler;
using runtime::NamedTensor;
using runtime::Tensor;

struct IrOptions {
  std::string file, run, emit, data;
  std::vector<std::string> passes;
  std::uint64_t seed = 0;
  bool time = false, locations = false;
};

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in)
    throw FileError({.what = "the file cannot be read", .values = path, .hint = "give the path of a .bpir file"});
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

/// Numbers in [-1, 1) (integers 0 .. 9, bools both) from the seed and the name, the same everywhere.
Tensor made_up(const runtime::Type& type, const std::string& name, std::uint64_t seed) {
  Tensor t = runtime::make_tensor(type);
  const std::uint64_t key = seed ^ runtime::hash128(name).low;
  for (std::int64_t i = 0; i < type.size(); ++i) {
    // A Weyl sequence through one multiply-and-shift: enough for inputs that only have to differ.
    std::uint64_t z = key + 0x9E3779B97F4A7C15ULL * static_cast<std::uint64_t>(i + 1);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z ^= z >> 27;
    const double unit = static_cast<double>(z >> 11) * 0x1p-52 - 1.0;
    switch (type.dtype) {
      case runtime::DType::f32:
        t.as<float>()[i] = static_cast<float>(unit);
        break;
      case runtime::DType::f64:
        t.as<double>()[i] = unit;
        break;
      case runtime::DType::i32:
      case runtime::DType::u32:
        t.as<std::uint32_t>()[i] = static_cast<std::uint32_t>(z % 10);
        break;
      case runtime::DType::bool_:
        t.as<std::uint8_t>()[i] = z & 1;
        break;
      case runtime::DType::key:
        t.as<std::uint64_t>()[i] = z;
        break;
      default:
        t.as<std::uint64_t>()[i] = z % 10;
    }
  }
  return t;
}

class Data {
 public:
  explicit Data(const IrOptions& options) : seed_(options.seed) {
    std::filesystem::path path = options.data;
    if (path.empty()) {
      path = std::filesystem::path(options.file).parent_path() / "inputs.npz";
      if (!std::filesystem::exists(path)) return;
    }
    for (NamedTensor& t : runtime::load(path.string())) values_[t.name] = std::move(t.tensor);
    from_ = path.string();
  }

  /// The named value of the file, or a made-up one when there is no file.
  Tensor get(const std::string& name, const runtime::Type& type) const {
    if (from_.empty()) return made_up(type, name, seed_);
    const auto it = values_.find(name);
    if (it == values_.end())
      throw NameError({.what = "the data file has no value for '" + name + "'",
                       .values = from_,
                       .hint = "use the inputs.npz that was written with the program"});
    Tensor t = it->second;
    if (type.dtype == runtime::DType::key && t.type.dtype == runtime::DType::u64) t.type.dtype = runtime::DType::key;
    if (!(t.type == type))
      throw ShapeError({.what = "the data file's value of '" + name + "' has another type",
                        .values = "the program has " + to_string(type) + ", the file " + to_string(t.type)});
    return t;
  }

  const std::string& from() const { return from_; }

 private:
  std::uint64_t seed_;
  std::string from_;
  std::unordered_map<std::string, Tensor> values_;
};

/// One 64-bit number of all bits; every NaN counts as the same.
std::uint64_t hash_of(const Tensor& t) {
  std::string bytes(static_cast<const char*>(t.data->data()), t.type.bytes());
  const auto canonical = [&]<class T>(T) {
    for (std::size_t i = 0; i + sizeof(T) <= bytes.size(); i += sizeof(T)) {
      T x;
      std::memcpy(&x, bytes.data() + i, sizeof(T));
      if (x == x) continue;
      x = std::numeric_limits<T>::quiet_NaN();
      std::memcpy(bytes.data() + i, &x, sizeof(T));
    }
  };
  if (t.type.dtype == runtime::DType::f32) canonical(float{});
  if (t.type.dtype == runtime::DType::f64) canonical(double{});
  return runtime::hash128(bytes).low;
}

void run_program(std::unique_ptr<ir::Program> program, const IrOptions& options) {
  runtime::options().run = runtime::parse_run_mode(options.run.c_str());
  const Data data(options);
  if (data.from().empty()) fmt::print("inputs: made up from seed {}\n", options.seed);
  else fmt::print("inputs: {}\n", data.from());
  std::vector<Tensor> arguments, symbols;
  for (int k = 0; k < program->parameters; ++k)
    arguments.push_back(data.get(fmt::format("arg{}", k), program->body.arguments[static_cast<std::size_t>(k)]->type));
  for (const ir::Symbol& s : program->symbols) symbols.push_back(data.get(s.name, s.type));
  const auto executable =
      jit::compile(std::move(program), std::filesystem::path(options.file).stem().string(), "brainpy ir");
  std::vector<Tensor> results = executable->run(arguments, symbols);
  for (std::size_t k = 0; k < results.size(); ++k)
    fmt::print("result {}: {} {:016x}\n", k, to_string(results[k].type), hash_of(results[k]));
  const ir::Program& optimized = executable->program();
  for (std::size_t k = 0; k < symbols.size(); ++k)
    if (optimized.symbols[k].kind == ir::SymbolKind::variable)
      fmt::print("@{}: {} {:016x}\n", optimized.symbols[k].name, to_string(symbols[k].type), hash_of(symbols[k]));
  if (!options.time) return;
  const auto& report = executable->report();
  std::vector<double> ms;
  for (int k = 0; k < 5; ++k) {
    const auto start = std::chrono::steady_clock::now();
    executable->run(arguments, symbols);
    ms.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
  }
  std::ranges::sort(ms);
  fmt::print("passes {:.2f} ms, code generation {:.2f} ms, link {:.2f} ms; run {:.3f} ms (median of 5)\n",
             report.passes_ms, report.codegen_ms, report.link_ms, ms[2]);
}

void ir_command(const IrOptions& options) {
  std::unique_ptr<ir::Program> program = ir::parse(read_file(options.file), options.file);
  ir::verify(*program);
  for (const std::string& name : options.passes) {
    passes::find_pass(name).run(*program, {.math = runtime::options().math});
    ir::verify(*program);
  }
  if (!options.run.empty()) return run_program(std::move(program), options);
  if (!options.emit.empty()) {
    const auto executable =
        jit::compile(std::move(program), std::filesystem::path(options.file).stem().string(), "brainpy ir");
    fmt::print("{}", executable->text(options.emit == "llvm" ? jit::Stage::llvm : jit::Stage::assembly));
    return;
  }
  fmt::print("{}", ir::print(*program, {.locations = options.locations}));
}

void info_command() {
  const jit::DiskCache cache;
  const auto stats = cache.stats();
  fmt::print("target         {}\n", codegen::target_key());
  fmt::print("cpu            {}\n", codegen::cpu_name());
  fmt::print("vector width   {} x f32\n", codegen::vector_width());
  fmt::print("threads        {}\n", runtime::thread_count());
  fmt::print("operations     {}\n", registry().all().size());
  fmt::print("cache folder   {}\n", cache.enabled() ? cache.folder().string() : "off");
  fmt::print("cache size     {} files, {} bytes\n", stats.files, stats.bytes);
}

/// Also what `brainpy run` keeps, in the folder `programs` below.
void clear_cache() {
  const jit::DiskCache disk;
  auto deleted = disk.stats();
  disk.clear();
  if (disk.enabled()) {
    const std::filesystem::path programs = disk.folder() / "programs";
    std::error_code error;
    for (std::filesystem::directory_iterator it(programs, error), end; !error && it != end; it.increment(error)) {
      std::error_code ignored;
      const auto bytes = it->file_size(ignored);
      if (!std::filesystem::remove(it->path(), ignored)) continue;
      ++deleted.files;
      deleted.bytes += static_cast<std::int64_t>(bytes);
    }
  }
  fmt::print("deleted {} files, {} bytes\n", deleted.files, deleted.bytes);
}

/// The registry as a Markdown page: docs/operations.md is this, and a test holds them together.
void ops_command() {
  constexpr std::array classes = {"map", "pack", "reduce", "gather", "scatter", "opaque", "control"};
  fmt::print(
      "# Operations\n\nEvery operation of the IR, as `brainpy ops` prints it. The derivative is that of forward "
      "mode; ");
  fmt::print("operations with regions are differentiated through them.\n");
  for (std::size_t c = 0; c < classes.size(); ++c) {
    fmt::print("\n## {}\n\n| name | meaning | derivative |\n| --- | --- | --- |\n", classes[c]);
    std::vector<const OpDef*> ops;
    for (const OpDef* def : registry().all())
      if (static_cast<std::size_t>(def->shape_class) == c) ops.push_back(def);
    std::ranges::sort(ops, {}, &OpDef::name);
    for (const OpDef* def : ops) {
      std::string derivative = "yes";
      if (def->shape_class == ShapeClass::control) derivative = "";
      else if (std::holds_alternative<ZeroDerivative>(def->jvp)) derivative = "zero";
      if (const auto* none = std::get_if<NotDifferentiable>(&def->jvp)) derivative = "no: " + none->reason;
      std::string doc = def->doc;
      for (std::size_t at = 0; (at = doc.find('|', at)) != std::string::npos; at += 2) doc.insert(at, "\\");
      fmt::print("| `{}` | {} | {} |\n", def->name, doc, derivative);
    }
  }
  fmt::print(
      "\n## In a batch\n\n`bm::vmap` does each operation for all rows at once, or, where that is said here, by a loop "
      "over the rows; the bits are the same.\n\n");
  for (const OpDef* def : registry().all()) {
    if (std::holds_alternative<BatchByLoop>(def->batch)) fmt::print("- `{}`: row by row\n", def->name);
    if (const auto* none = std::get_if<NotBatchable>(&def->batch))
      fmt::print("- `{}`: no: {}\n", def->name, none->reason);
  }
}

/// These read C++, with Clang: the program beside this one does it.
constexpr std::array source_commands = {std::pair{"run", "compile a model's source in memory and run it"},
                                        std::pair{"new", "write a folder with a small model to begin with"},
                                        std::pair{"lower", "rewrite natural control flow on traced values"},
                                        std::pair{"check", "find what a model cannot do"},
                                        std::pair{"reflect", "tables of a model's members"}};

bool is_source_command(std::string_view word) {
  return std::ranges::any_of(source_commands, [&](const auto& c) { return word == c.first; });
}

/// Becomes brainpy-source with the same words; comes back when there is none.
int run_source_tool(char** argv) {
  std::error_code ignored;
  const std::filesystem::path here = std::filesystem::read_symlink("/proc/self/exe", ignored).parent_path();
  const std::string program = (here / "brainpy-source").string();
  argv[0] = const_cast<char*>(program.c_str());
  ::execv(program.c_str(), argv);
  const FileError fault({.what = "brainpy-source, which reads C++, is not installed",
                         .values = program,
                         .hint = "build the library where Clang's development files are: apt-get install "
                                 "libclang-19-dev clang-19, then configure again"});
  fmt::print(stderr, "brainpy: {}\n", fault.what());
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 1 && is_source_command(argv[1])) return run_source_tool(argv);
  CLI::App app{"brainpy: reads, checks, runs and compiles brainpy-cpp programs, from their text or their C++ source"};
  app.require_subcommand(1);

  IrOptions options;
  CLI::App* ir = app.add_subcommand("ir", "verify and print a .bpir program; or run it, or show its code");
  ir->add_option("file", options.file, "the program")->required();
  ir->add_option("--pass", options.passes, "run these passes first, in this order");
  ir->add_option("--run", options.run, "run it: jit, interp or shadow; prints a hash of each result");
  ir->add_option("--data", options.data, "inputs (.npz, .h5); default: inputs.npz beside the program, else made up");
  ir->add_option("--seed", options.seed, "for made-up inputs");
  ir->add_option("--emit", options.emit, "print the code: llvm or asm")->check(CLI::IsMember({"llvm", "asm"}));
  ir->add_flag("--time", options.time, "with --run: print times");
  ir->add_flag("--locations", options.locations, "print file:line with each operation");
  CLI::App* info = app.add_subcommand("info", "LLVM, processor, threads, cache");
  CLI::App* ops = app.add_subcommand("ops", "all operations, with their meaning, as Markdown");
  CLI::App* cache = app.add_subcommand("cache", "the cache of compiled programs");
  cache->require_subcommand(1);
  CLI::App* clear = cache->add_subcommand("clear", "delete all entries");
  for (const auto& [name, meaning] : source_commands) app.add_subcommand(name, meaning);
  CLI11_PARSE(app, argc, argv);
  try {
    if (ir->parsed()) ir_command(options);
    if (info->parsed()) info_command();
    if (ops->parsed()) ops_command();
    if (clear->parsed()) {
      clear_cache();
    }
  } catch (const std::exception& e) {
    fmt::print(stderr, "brainpy: {}\n", e.what());
    return 1;
  }
  return 0;
}
