// `brainpy run MODEL.cpp -- WORDS`: a model's source runs like a script.
// In: one source file with a main function, the words for it. Out: what the model does; its status.
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <fmt/format.h>

#include "frontend/tooling/clang_headers.h"
#include "frontend/tooling/commands.h"
#include "frontend/tooling/compile_in_process.h"
#include "frontend/tooling/external_compiler.h"
#include "frontend/tooling/parse.h"
#include "frontend/tooling/precompiled.h"
#include "frontend/tooling/program_cache.h"
#include "frontend/tooling/program_files.h"
#include "frontend/tooling/run_object.h"
#include "frontend/tooling/translation.h"
#include "runtime/error.h"
#include "runtime/hash.h"
#include "runtime/log.h"

namespace brainpy::tooling {

namespace {

namespace fs = std::filesystem;

struct Options {
  std::string file, compiler;
  std::vector<std::string> folders, macros;
  bool no_cache = false, verbose = false;
};

/// Milliseconds by phase, for the log.
class Phases {
 public:
  void end(const char* phase) {
    const auto now = std::chrono::steady_clock::now();
    text_ += fmt::format("{}{} {:.1f} ms", text_.empty() ? "" : ", ", phase,
                         std::chrono::duration<double, std::milli>(now - begin_).count());
    begin_ = now;
  }
  const std::string& text() const { return text_; }

 private:
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  std::string text_;
};

std::string read_source(const std::string& file) {
  std::error_code fault;
  std::ifstream in(file, std::ios::binary);
  if (!in || !fs::is_regular_file(file, fault))
    throw FileError(
        {.what = "the file cannot be read", .values = file, .hint = "give the path of a model's source, a .cpp file"});
  return {std::istreambuf_iterator<char>(in), {}};
}

class Run {
 public:
  Run(const Options& options, const std::vector<std::string>& words)
      : options_(options),
        file_(fs::absolute(options.file).lexically_normal().string()),
        text_(read_source(options.file)),
        cache_(!options.no_cache),
        words_{options.file} {
    words_.insert(words_.end(), words.begin(), words.end());
    for (const std::string& folder : options.folders) flags_.push_back("-I" + fs::absolute(folder).string());
    for (const std::string& macro : options.macros) flags_.push_back("-D" + macro);
    const std::string compiler =
        options.compiler.empty() ? clang::getClangFullVersion() + "\n" : compiler_identity(options.compiler);
    key_ = fmt::format("program, format 1\n{}\n{}\n{}\n{}", file_, runtime::to_hex(runtime::hash128(text_)),
                       fmt::join(flags_, "\n"), compiler);
  }

  int in_process() {
    std::optional<std::string> object = cache_.load(key_);
    const bool hit = object.has_value();
    if (hit) phases_.end("load");
    else object = make_object();
    if (!object) return 1;
    LoadedProgram program(*object);
    phases_.end("link");
    report(hit);
    return program.run(words_);
  }

  int in_own_process() {
    const std::optional<KeptFile> kept = cache_.load_file(key_, ".program");
    if (kept) {
      phases_.end("load");
      report(true);
      execute(kept->path, words_, {});
    }
    return make_program();
  }

 private:
  /// The source as a compiler gets it; nothing when it has errors, which are printed.
  std::optional<CompileRequest> lowered(const std::string& header_folder) {
    ParseRequest request{.file = file_, .flags = flags_, .text = text_};
    if (const auto header = library(ReadFor::lowering)) request.precompiled_header = header->path.string();
    const auto unit = parse(request);
    if (!unit || has_errors(*unit)) return std::nullopt;
    phases_.end("parse");
    Lowered result = translate(*unit, {.header_folder = header_folder});
    print_findings(result.findings, *unit, llvm::errs());
    if (has_errors(result.findings)) return std::nullopt;
    phases_.end("lower");
    for (const std::string& dependency : result.dependencies)
      if (dependency != fs::canonical(file_)) made_from_.add(dependency);
    for (const std::string& ours : {program_file(), library_file()}) made_from_.add(ours);
    CompileRequest compile{.source = {file_, std::move(result.text)}};
    for (LoweredHeader& h : result.headers) compile.headers.push_back({std::move(h.path), std::move(h.text)});
    return compile;
  }

  std::optional<KeptFile> library(ReadFor purpose) {
    if (!begins_with_library(text_)) return std::nullopt;
    auto header = precompiled_library(purpose, flags_, cache_);
    if (header) made_from_.add(header->made_from);
    phases_.end("header");
    return header;
  }

  std::optional<std::string> make_object() {
    // The rewritten headers are in memory only; their folder is a name.
    std::optional<CompileRequest> request = lowered("/brainpy/lowered");
    if (!request) return std::nullopt;
    request->flags = run_flags(flags_);
    if (const auto header = library(ReadFor::compiling)) request->precompiled_header = header->path.string();
    std::optional<std::string> object = compile_to_object(*request);
    if (!object) return std::nullopt;
    phases_.end("compile");
    cache_.store(key_, made_from_, *object);
    return object;
  }

  int make_program() {
    const TemporaryFolder folder;
    std::optional<CompileRequest> request = lowered((folder.path() / "headers").string());
    if (!request) return 1;
    request->flags = complete_flags(flags_);
    const fs::path out = folder.path() / "program";
    if (!compile_externally(options_.compiler, *request, folder.path(), out)) return 1;
    phases_.end("compile");
    report(false);
    std::optional<KeptFile> kept;
    std::error_code fault;
    if (const auto place = cache_.place_for_file(".program"); place && fs::copy_file(out, *place, fault))
      kept = cache_.store_file(key_, ".program", *place, made_from_);
    execute(kept ? kept->path : out, words_, folder.path());
  }

  void report(bool hit) const {
    if (options_.verbose || runtime::logs("compile"))
      fmt::print(stderr, "brainpy[compile] {}: {}{}\n", options_.file, phases_.text(), hit ? ", hit (disk)" : "");
  }

  const Options& options_;
  std::string file_, text_, key_;
  std::vector<std::string> flags_;
  ProgramCache cache_;
  std::vector<std::string> words_;
  Dependencies made_from_;
  Phases phases_;
};

}  // namespace

Command add_run_command(CLI::App& app, const std::vector<std::string>& flags) {
  CLI::App* command = app.add_subcommand("run", "compile a model's source in memory and run it");
  auto options = std::make_shared<Options>();
  command->add_option("file", options->file, "the model's source; what follows -- are the words for its main")
      ->required();
  command->add_option("-I", options->folders, "a folder of headers")->expected(1)->allow_extra_args(false);
  command->add_option("-D", options->macros, "a macro: NAME or NAME=VALUE")->expected(1)->allow_extra_args(false);
  command->add_option("--compiler", options->compiler,
                      "compile with this one, in a process of its own: g++, \"g++ -O1 -g\"; default: Clang, built in");
  command->add_flag("--no-cache", options->no_cache, "neither use nor keep compiled programs");
  command->add_flag("--verbose", options->verbose, "print the milliseconds of each phase");
  return [options, words = flags]() -> int {
    Run run(*options, words);
    return options->compiler.empty() ? run.in_process() : run.in_own_process();
  };
}

}  // namespace brainpy::tooling
