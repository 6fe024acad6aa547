#include "compiler/codegen/backend.h"

#include <llvm/Analysis/TargetLibraryInfo.h>
#include <llvm/IR/LegacyPassManager.h>
#include <llvm/IR/Module.h>
#include <llvm/IR/PassManager.h>
#include <llvm/IR/Verifier.h>
#include <llvm/MC/TargetRegistry.h>
#include <llvm/Passes/PassBuilder.h>
#include <llvm/Support/SmallVectorMemoryBuffer.h>
#include <llvm/Support/TargetSelect.h>
#include <llvm/Target/TargetMachine.h>
#include <llvm/TargetParser/Host.h>

#include <algorithm>
#include <vector>

#include "compiler/codegen/codegen.h"
#include "runtime/abi.h"
#include "runtime/error.h"
#include "runtime/heap.h"
#include "runtime/options.h"

namespace brainpy::compiler::codegen {
namespace {

/// "+avx2,-avx512f,...", sorted: the map that LLVM gives has no order.
const std::string& cpu_features() {
  static const std::string features = [] {
    std::vector<std::string> list;
#if LLVM_VERSION_MAJOR >= 19
    const auto host = llvm::sys::getHostCPUFeatures();
#else
    llvm::StringMap<bool> host;
    llvm::sys::getHostCPUFeatures(host);
#endif
    for (const auto& f : host) list.push_back((f.second ? "+" : "-") + f.first().str());
    std::ranges::sort(list, {}, [](const std::string& s) { return s.substr(1); });
    std::string text;
    for (const std::string& f : list) text += (text.empty() ? "" : ",") + f;
    return text;
  }();
  return features;
}

bool has_feature(const char* feature) { return cpu_features().find(feature) != std::string::npos; }

}  // namespace

const std::string& cpu_name() {
  static const std::string name = llvm::sys::getHostCPUName().str();
  return name;
}

bool has_avx512() {
  static const bool has = has_feature("+avx512vl") && has_feature("+avx512dq");
  return has;
}

int vector_width() {
  if (runtime::options().vector > 0) return runtime::options().vector;
  // Since the generation that has vbmi2 (Ice Lake, Zen 4) 512-bit instructions no longer slow the processor down.
  if (has_avx512() && has_feature("+avx512vbmi2")) return 16;
  return has_feature("+avx2") ? 8 : 4;
}

const std::string& target_key() {
  static const std::string key = "llvm=" LLVM_VERSION_STRING " cpu=" + cpu_name() + " features=" + cpu_features() +
                                 " abi=" + std::to_string(bp_abi_version);
  return key;
}

struct Backend::State {
  std::unique_ptr<llvm::TargetMachine> machine;
  // The order matters: managers are destroyed in reverse.
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager components;
  llvm::ModuleAnalysisManager modules;
  llvm::ModulePassManager passes;
  // Building the passes of code generation costs more than running them on a small function, so they are kept.
  llvm::SmallVector<char, 0> bytes;
  llvm::raw_svector_ostream stream{bytes};
  llvm::legacy::PassManager emission;
};

Backend& Backend::get() {
  static auto* backend = new Backend;  // never destroyed: LLVM's own statics may be gone by then
  return *backend;
}

Backend::~Backend() = default;

Backend::Backend() : state_(std::make_unique<State>()) {
  runtime::expect_small_blocks(std::size_t{3} << 20);  // what LLVM's tables and a first program take
  llvm::InitializeNativeTarget();
  llvm::InitializeNativeTargetAsmPrinter();
#if LLVM_VERSION_MAJOR >= 21
  const llvm::Triple triple(llvm::sys::getProcessTriple());
#else
  const std::string triple = llvm::sys::getProcessTriple();
#endif
  std::string error;
  const llvm::Target* target = llvm::TargetRegistry::lookupTarget(triple, error);
  if (!target) throw InternalError("LLVM knows no target for this machine: " + error);
  llvm::TargetOptions options;
  options.AllowFPOpFusion = llvm::FPOpFusion::Strict;  // a product and a sum stay two roundings
  State& s = *state_;
  s.machine.reset(target->createTargetMachine(triple, cpu_name(), cpu_features(), options, llvm::Reloc::PIC_,
                                              llvm::CodeModel::Small, llvm::CodeGenOptLevel::Less, true));
  llvm::PassBuilder builder(s.machine.get());
  builder.registerModuleAnalyses(s.modules);
  builder.registerCGSCCAnalyses(s.components);
  builder.registerFunctionAnalyses(s.functions);
  builder.registerLoopAnalyses(s.loops);
  builder.crossRegisterProxies(s.loops, s.functions, s.components, s.modules);
  if (auto failed =
          builder.parsePassPipeline(s.passes, "function(early-cse,instcombine<no-verify-fixpoint>,simplifycfg)"))
    throw InternalError("LLVM pass pipeline: " + llvm::toString(std::move(failed)));
  llvm::MCContext* context = nullptr;
  if (s.machine->addPassesToEmitMC(s.emission, context, s.stream))
    throw InternalError("LLVM cannot emit objects for this machine");
}

void Backend::prepare(llvm::Module& module) const {
#if LLVM_VERSION_MAJOR >= 21
  module.setTargetTriple(state_->machine->getTargetTriple());
#else
  module.setTargetTriple(state_->machine->getTargetTriple().str());
#endif
  module.setDataLayout(state_->machine->createDataLayout());
}

void Backend::optimize(llvm::Module& module) {
  State& s = *state_;
  s.passes.run(module, s.modules);
  s.loops.clear();
  s.functions.clear();
  s.components.clear();
  s.modules.clear();
}

std::string Backend::object(llvm::Module& module) {
  State& s = *state_;
  s.bytes.clear();
  s.emission.run(module);
  return {s.bytes.begin(), s.bytes.end()};
}

std::string Backend::assembly(llvm::Module& module) {
  llvm::SmallString<0> text;
  llvm::raw_svector_ostream stream(text);
  llvm::legacy::PassManager emission;
  if (state_->machine->addPassesToEmitFile(emission, stream, nullptr, llvm::CodeGenFileType::AssemblyFile))
    throw InternalError("LLVM cannot emit assembly for this machine");
  emission.run(module);
  return text.str().str();
}

void Backend::verify(const llvm::Module& module) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  if (llvm::verifyModule(module, &stream)) throw InternalError("malformed LLVM module: " + stream.str());
}

}  // namespace brainpy::compiler::codegen
