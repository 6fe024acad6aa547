#include "compiler/jit/executable.h"

#include <fmt/format.h>

#include <chrono>
#include <mutex>
#include <optional>

#include "compiler/codegen/codegen.h"
#include "compiler/codegen/place.h"
#include "compiler/interp/interpreter.h"
#include "compiler/ir/encode.h"
#include "compiler/ir/print.h"
#include "compiler/ir/verify.h"
#include "compiler/jit/code.h"
#include "compiler/jit/dump.h"
#include "compiler/jit/launch.h"
#include "compiler/jit/profile.h"
#include "compiler/jit/recent.h"
#include "compiler/jit/shadow.h"
#include "compiler/passes/pass.h"
#include "runtime/log.h"

namespace brainpy::compiler::jit {
namespace {

using runtime::RunMode;

std::vector<Tensor> run_interpreted(const ir::Program& program, const std::vector<Tensor>& arguments,
                                    std::vector<Tensor>& symbols) {
  interp::SymbolTable table;
  for (std::size_t k = 0; k < symbols.size(); ++k) table[program.symbols[k].name] = symbols[k];
  std::vector<Tensor> results =
      interp::run(program, arguments, table, {.after = {}, .check_nans = runtime::options().debug_nans});
  for (std::size_t k = 0; k < symbols.size(); ++k) symbols[k] = table.at(program.symbols[k].name);
  return results;
}

/// Interpreted runs are counted: a profile says that it did not measure them.
template <class Run>
std::vector<Tensor> while_timed(const Run& run) {
  const auto start = std::chrono::steady_clock::now();
  std::vector<Tensor> results = run();
  if (runtime::profiling())
    runtime::profile_interpreted(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  return results;
}

class CompiledProgram final : public Executable {
 public:
  CompiledProgram(std::unique_ptr<ir::Program> traced, const std::string& label)
      : traced_(std::move(traced)), label_(label), dump_(label) {
    try {
      optimize();
    } catch (const InternalError& e) {
      fail(e);
    }
  }

  void log_compile(const std::string& reason) const {
    if (!runtime::logs("compile")) return;
    const CompileReport made = report();
    const char* from[] = {"compiled", "hit (memory)", "hit (disk)"};
    runtime::log(
        "compile",
        fmt::format("{}: {} operations, {} groups, passes {:.2f} ms, codegen {:.2f} ms, link {:.2f} ms, {}; {}", label_,
                    made.operations, made.groups, made.passes_ms, made.codegen_ms, made.link_ms,
                    from[static_cast<int>(made.cache)], reason));
  }

  /// Makes the machine code. Modes that only interpret never need it.
  void make_code(bool profile) {
    const std::lock_guard lock(mutex_);
    make_code_locked(profile);
  }

  std::vector<Tensor> run(const std::vector<Tensor>& arguments, std::vector<Tensor>& symbols,
                          const std::vector<Tensor>& outputs) override {
    check_inputs(*optimized_, arguments, symbols);
    if (dump_.started() && !inputs_dumped_) {
      inputs_dumped_ = true;
      dump_.write_inputs(*optimized_, arguments, symbols);
    }
    const runtime::Options& options = runtime::options();
    if (options.run == RunMode::jit && !options.debug_nans) return run_compiled(arguments, symbols, outputs);
    // The interpreter gives the same bits and knows which operation made a NaN.
    std::vector<Tensor> results =
        options.run == RunMode::interp || options.debug_nans
            ? while_timed([&] { return run_interpreted(*optimized_, arguments, symbols); })
            : run_shadow({*traced_, *optimized_, placement_, label_}, arguments, symbols,
                         [&](std::vector<Tensor>& s) { return run_compiled(arguments, s, {}); });
    for (std::size_t k = 0; k < outputs.size(); ++k)
      std::memcpy(outputs[k].data->data(), results[k].data->data(), results[k].type.bytes());
    return outputs.empty() ? results : outputs;
  }

  const ir::Program& program() const override { return *optimized_; }
  CompileReport report() const override {
    const std::lock_guard lock(mutex_);
    return report_;
  }

  /// Bytes that it holds between runs.
  std::int64_t memory() const { return placement_.arena_bytes; }

  /// The same program was asked for once more.
  void found_again() {
    const std::lock_guard lock(mutex_);
    report_ = {.operations = report_.operations, .groups = report_.groups, .cache = CacheResult::memory_hit};
  }

  std::string text(Stage stage) override {
    switch (stage) {
      case Stage::trace:
        return ir::print(*traced_);
      case Stage::optimized:
        return ir::print(*optimized_);
      case Stage::llvm:
        return codegen::generate_llvm(*optimized_, placement_, {.label = label_, .math = math_});
      case Stage::assembly:
        break;
    }
    return codegen::generate_assembly(*optimized_, placement_, {.label = label_, .math = math_});
  }

 private:
  void optimize() {
    const runtime::Options& options = runtime::options();
    math_ = options.math;
    const auto start = std::chrono::steady_clock::now();
    if (options.dumps("trace")) dump_.write("trace", "bpir", ir::print(*traced_, {.locations = true}));
    optimized_ = ir::clone(*traced_);
    if (options.check) ir::verify(*traced_);
    passes::run_pipeline(*optimized_, {.math = math_}, [&](const passes::Pass& pass, bool changed, double ms) {
      if (options.check) ir::verify(*optimized_);
      if (changed && options.dumps("all")) dump_.write(pass.name, "bpir", ir::print(*optimized_, {.locations = true}));
      if (options.logs("pass"))
        runtime::log("pass", fmt::format("{}: {} {:.2f} ms{}", label_, pass.name, ms, changed ? "" : ", no change"));
    });
    if (options.dumps("optimized")) dump_.write("optimized", "bpir", ir::print(*optimized_, {.locations = true}));
    placement_ = codegen::place(*optimized_);
    report_.operations = ir::count_ops(optimized_->body);
    for (const ir::Op* step : placement_.steps) report_.groups += step->def->name == "fused" ? 1 : 0;
    report_.passes_ms = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
    if (runtime::profiling()) runtime::profile_compilation(1e-3 * report_.passes_ms);
  }

  /// A profiled program is other code beside the plain.
  const LinkedCode& make_code_locked(bool profile) {
    std::shared_ptr<LinkedCode>& made = profile ? profiled_code_ : code_;
    if (made) return *made;
    try {
      const codegen::CodeOptions options{.label = label_, .math = math_, .profile = profile};
      Code code = jit::make_code(*optimized_, placement_, options);
      report_.cache = code.cache;
      report_.codegen_ms = code.codegen_ms;
      report_.link_ms = code.link_ms;
      made = std::move(code.linked);
      if (profile) runtime::profile_compilation(1e-3 * (code.codegen_ms + code.link_ms));
      if (runtime::options().dumps("llvm")) dump_.write("code", "ll", text(Stage::llvm));
      if (runtime::options().dumps("asm")) dump_.write("code", "s", text(Stage::assembly));
    } catch (const InternalError& e) {
      fail(e);
    }
    return *made;
  }

  /// A defect of the compiler: keep the program, so that it can be reproduced.
  [[noreturn]] void fail(const InternalError& e) const {
    std::string message = e.what();
    const std::string prefix = "internal error: ";
    if (message.starts_with(prefix)) message.erase(0, prefix.size());
    throw InternalError(label_ + ": " + message + save_for_report(*traced_, label_));
  }

  std::vector<Tensor> run_compiled(const std::vector<Tensor>& arguments, std::vector<Tensor>& symbols,
                                   const std::vector<Tensor>& outputs) {
    own_variables(*optimized_, symbols);
    const bool profile = runtime::profiling();
    bp_entry entry = nullptr;
    std::unique_ptr<Launch> launch;
    {
      const std::lock_guard lock(mutex_);
      entry = make_code_locked(profile).entry;
      if (profile && !profiled_) profiled_ = profiled_program(*optimized_, placement_, label_);
      if (!idle_.empty()) {
        launch = std::move(idle_.back());
        idle_.pop_back();
      }
    }
    if (!launch) launch = std::make_unique<Launch>(*optimized_, placement_);
    std::optional<ProfiledLaunch> profiled;
    if (profile) profiled.emplace(profiled_);
    std::vector<Tensor> results =
        launch->run(entry, arguments, symbols, outputs, {}, profile ? &profiled->clock : nullptr);
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(launch));
    return results;
  }

  std::unique_ptr<ir::Program> traced_, optimized_;
  std::string label_;
  runtime::MathMode math_ = runtime::MathMode::exact;
  codegen::Placement placement_;
  CompileReport report_;
  Dump dump_;
  bool inputs_dumped_ = false;
  std::shared_ptr<LinkedCode> code_, profiled_code_;
  std::shared_ptr<const runtime::ProfiledProgram> profiled_;  ///< once it was profiled
  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<Launch>> idle_;  ///< memory of earlier runs
};

/// Programs with more memory than that are not kept for their next run: going through the passes again is cheap beside
/// theirs.
constexpr std::int64_t kept_memory = std::int64_t{16} << 20;

/// Programs that were optimized before, by all that they depend on.
Recent<CompiledProgram>& known_programs() {
  static auto* programs = new Recent<CompiledProgram>;  // never destroyed: they own code
  return *programs;
}

}  // namespace

void clear_memory_cache() {
  known_programs().clear();
  clear_code_cache();
}

std::shared_ptr<Executable> compile(std::unique_ptr<ir::Program> traced, const std::string& label,
                                    const std::string& reason) {
  // A dump shows each compilation; without one the same program need not go through the passes again.
  std::string key;
  if (runtime::options().dump.empty())
    key = label + "\n" + runtime::code_options(runtime::options()) + "\n" + ir::encode(*traced);
  std::shared_ptr<CompiledProgram> executable = key.empty() ? nullptr : known_programs().find(key);
  if (executable) {
    executable->found_again();
  } else {
    executable = std::make_shared<CompiledProgram>(std::move(traced), label);
    if (!key.empty()) known_programs().add(key, executable, executable->memory() <= kept_memory);
  }
  if (runtime::options().run != RunMode::interp) executable->make_code(runtime::profiling());
  executable->log_compile(reason);
  return executable;
}

}  // namespace brainpy::compiler::jit
