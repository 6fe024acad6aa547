#include "frontend/tooling/compile_in_process.h"

#include <clang/CodeGen/CodeGenAction.h>
#include <clang/Frontend/FrontendActions.h>
#include <clang/Frontend/Utils.h>
#include <dlfcn.h>
#include <llvm/ExecutionEngine/Orc/CompileUtils.h>
#include <llvm/ExecutionEngine/Orc/ExecutionUtils.h>
#include <llvm/ExecutionEngine/Orc/JITTargetMachineBuilder.h>
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Module.h>
#include <llvm/Support/TargetSelect.h>

#include <functional>
#include <map>

#include "frontend/tooling/parse.h"
#include "frontend/tooling/program_files.h"
#include "runtime/error.h"

namespace brainpy::tooling {

namespace {

/// The module of a translation unit, without machine code.
class ModuleAction : public clang::EmitLLVMOnlyAction {
 public:
  ModuleAction(llvm::LLVMContext& context, std::unique_ptr<llvm::Module>& module)
      : EmitLLVMOnlyAction(&context), module_(module) {}

 protected:
  void EndSourceFileAction() override {
    EmitLLVMOnlyAction::EndSourceFileAction();
    module_ = takeModule();
  }

 private:
  std::unique_ptr<llvm::Module>& module_;
};

class AllDependencies : public clang::DependencyCollector {
 public:
  bool needSystemDependencies() override { return true; }
};

class PrecompileAction : public clang::GeneratePCHAction {
 public:
  PrecompileAction(std::string out, std::shared_ptr<AllDependencies> dependencies)
      : out_(std::move(out)), dependencies_(std::move(dependencies)) {}

 protected:
  bool BeginInvocation(clang::CompilerInstance& compiler) override {
    compiler.getFrontendOpts().OutputFile = out_;
    compiler.addDependencyCollector(dependencies_);
    return GeneratePCHAction::BeginInvocation(compiler);
  }

 private:
  std::string out_;
  std::shared_ptr<AllDependencies> dependencies_;
};

class Factory : public clang::tooling::FrontendActionFactory {
 public:
  explicit Factory(std::function<std::unique_ptr<clang::FrontendAction>()> make) : make_(std::move(make)) {}
  std::unique_ptr<clang::FrontendAction> create() override { return make_(); }

 private:
  std::function<std::unique_ptr<clang::FrontendAction>()> make_;
};

/// True without errors.
bool run_clang(const std::string& file, const std::vector<std::string>& flags, const std::vector<SourceText>& texts,
               std::function<std::unique_ptr<clang::FrontendAction>()> action) {
  const clang::tooling::FixedCompilationDatabase commands(".", flags);
  clang::tooling::ClangTool tool(commands, {file});
  tool.clearArgumentsAdjusters();
  tool.setPrintErrorMessage(false);
  for (const SourceText& t : texts) tool.mapVirtualFile(t.path, t.text);
  Factory factory(std::move(action));
  return tool.run(&factory) == 0;
}

/// Inline variables and static variables of inline functions exist once in a program. Where the library has one, the
/// object refers to it, as a linker would have arranged it.
void share_variables(llvm::Module& module) {
  void* const library = dlopen(library_file().c_str(), RTLD_LAZY | RTLD_NOLOAD);
  if (!library) return;
  for (llvm::GlobalVariable& v : module.globals()) {
    if (v.isThreadLocal() || !(v.hasLinkOnceLinkage() || v.hasWeakLinkage())) continue;
    if (!dlsym(library, v.getName().str().c_str())) continue;
    v.setInitializer(nullptr);
    v.setComdat(nullptr);
    v.setLinkage(llvm::GlobalValue::ExternalLinkage);
  }
  dlclose(library);
}

/// One function that calls the constructors of the global variables; nobody else runs them.
void gather_constructors(llvm::Module& module) {
  std::multimap<unsigned, llvm::Function*> constructors;  // by priority; equal ones stay in their order
  for (const auto& c : llvm::orc::getConstructors(module))
    if (c.Func && !c.Func->isDeclaration()) constructors.emplace(c.Priority, c.Func);
  llvm::LLVMContext& context = module.getContext();
  auto* const type = llvm::FunctionType::get(llvm::Type::getVoidTy(context), false);
  auto* const all = llvm::Function::Create(type, llvm::GlobalValue::ExternalLinkage, constructors_name, module);
  llvm::IRBuilder<> builder(llvm::BasicBlock::Create(context, "entry", all));
  for (const auto& [priority, function] : constructors) builder.CreateCall(function->getFunctionType(), function);
  builder.CreateRetVoid();
  if (llvm::GlobalVariable* list = module.getNamedGlobal("llvm.global_ctors")) list->eraseFromParent();
}

std::string machine_code(llvm::Module& module) {
  llvm::InitializeNativeTarget();
  llvm::InitializeNativeTargetAsmPrinter();
  llvm::orc::JITTargetMachineBuilder target{llvm::Triple(module.getTargetTriple())};
  target.setCodeGenOptLevel(llvm::CodeGenOptLevel::None).setRelocationModel(llvm::Reloc::PIC_);
  auto machine = target.createTargetMachine();
  if (!machine) throw InternalError("no target machine: " + llvm::toString(machine.takeError()));
  auto object = llvm::orc::SimpleCompiler(**machine)(module);
  if (!object) throw InternalError("no object: " + llvm::toString(object.takeError()));
  return (*object)->getBuffer().str();
}

}  // namespace

std::vector<std::string> run_flags(const std::vector<std::string>& flags) {
  std::vector<std::string> all = complete_flags(flags);
  // No warnings: the text may be a rewritten one. Thread-local variables by a function: the linker in the process
  // knows no others.
  all.insert(all.end(), {"-O0", "-w", "-fPIC", "-ffp-contract=off", "-femulated-tls"});
  return all;
}

std::optional<std::string> compile_to_object(const CompileRequest& request) {
  std::vector<std::string> flags = request.flags;
  if (!request.precompiled_header.empty()) flags.insert(flags.end(), {"-include-pch", request.precompiled_header});
  std::vector<SourceText> texts = request.headers;
  texts.push_back(request.source);
  llvm::LLVMContext context;
  std::unique_ptr<llvm::Module> module;
  const bool done =
      run_clang(request.source.path, flags, texts, [&] { return std::make_unique<ModuleAction>(context, module); });
  if (!done || !module) return std::nullopt;
  if (const llvm::Function* f = module->getFunction("main"); !f || f->isDeclaration())
    throw NameError({.what = "the model has no main function",
                     .values = request.source.path,
                     .hint = "write int main() { ... }, which makes the model and runs it"});
  share_variables(*module);
  gather_constructors(*module);
  return machine_code(*module);
}

std::optional<std::vector<std::string>> precompile(const std::string& header, const std::vector<std::string>& flags,
                                                   const std::string& out) {
  std::vector<std::string> all = flags;
  all.insert(all.end(), {"-x", "c++-header"});
  const auto dependencies = std::make_shared<AllDependencies>();
  if (!run_clang(header, all, {}, [&] { return std::make_unique<PrecompileAction>(out, dependencies); }))
    return std::nullopt;
  const auto files = dependencies->getDependencies();
  return std::vector<std::string>(files.begin(), files.end());
}

}  // namespace brainpy::tooling
