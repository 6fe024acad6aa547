#include "frontend/tooling/run_object.h"

#include <llvm/ADT/StringRef.h>
#include <llvm/Demangle/Demangle.h>
#include <llvm/ExecutionEngine/Orc/Core.h>
#include <llvm/ExecutionEngine/Orc/LLJIT.h>
#include <llvm/Support/TargetSelect.h>

#if __has_include(<llvm/ExecutionEngine/Orc/AbsoluteSymbols.h>)
#include <llvm/ExecutionEngine/Orc/AbsoluteSymbols.h>
#endif
#if __has_include(<llvm/ExecutionEngine/Orc/EHFrameRegistrationPlugin.h>)
#include <llvm/ExecutionEngine/Orc/EHFrameRegistrationPlugin.h>
#include <llvm/ExecutionEngine/Orc/ObjectLinkingLayer.h>
#endif

#include <cstdlib>

#include "frontend/tooling/compile_in_process.h"
#include "runtime/error.h"

// Of the static part of libgcc: no shared library gives it.
extern "C" void* __emutls_get_address(void*);

namespace brainpy::tooling {

namespace {

namespace orc = llvm::orc;

template <class T>
T require(llvm::Expected<T> value, const char* doing) {
  if (!value) throw InternalError(std::string(doing) + ": " + llvm::toString(value.takeError()));
  return std::move(*value);
}

/// What the linker said: names that nobody defines, and faults of another kind.
struct Faults {
  std::string undefined, other;

  void add(llvm::Error fault) {
    const auto append = [](std::string& list, const std::string& text) { list += (list.empty() ? "" : ", ") + text; };
    llvm::handleAllErrors(
        std::move(fault),
        [&](const orc::SymbolsNotFound& missing) {
          for (const auto& name : missing.getSymbols()) append(undefined, llvm::demangle((*name).str()));
        },
        [&](const llvm::ErrorInfoBase& e) { append(other, e.message()); });
  }

  /// Symbols that nobody defines are the user's mistake; the rest is ours.
  [[noreturn]] void raise() const {
    if (undefined.empty()) throw InternalError("linking the model: " + other);
    throw NameError({.what = "the model uses what is declared and nowhere defined",
                     .values = undefined,
                     .hint = "define it; a program of several sources or with further libraries is built with CMake, "
                             "brainpy_add_model"});
  }
};

Faults& faults() {
  static Faults process_faults;
  return process_faults;
}

/// So that exceptions find their way through the model's code. LLVM 19 does this by itself, LLVM 22 in a platform,
/// which is left out here.
void register_frames([[maybe_unused]] orc::LLJIT& jit) {
#if __has_include(<llvm/ExecutionEngine/Orc/EHFrameRegistrationPlugin.h>)
  auto& layer = llvm::cast<orc::ObjectLinkingLayer>(jit.getObjLinkingLayer());
  layer.addPlugin(require(orc::EHFrameRegistrationPlugin::Create(jit.getExecutionSession()), "set up linking"));
#endif
}

orc::LLJIT& session() {
  // Never destroyed: what exit() destroys last may still call the code.
  static orc::LLJIT* const jit = [] {
    llvm::InitializeNativeTarget();
    llvm::InitializeNativeTargetAsmPrinter();
    auto made = require(orc::LLJITBuilder().setPlatformSetUp(orc::setUpInactivePlatform).create(), "set up linking");
    register_frames(*made);
    orc::SymbolMap own;
    const auto define = [&](const char* name, void* address) {
      own[made->mangleAndIntern(name)] = {orc::ExecutorAddr::fromPtr(address), llvm::JITSymbolFlags::Exported};
    };
    // Under this handle destructors are registered; an address of this program's, so that exit() runs them.
    static char handle;
    define("__dso_handle", &handle);
    define("__emutls_get_address", reinterpret_cast<void*>(&__emutls_get_address));
    define("atexit", reinterpret_cast<void*>(static_cast<int (*)(void (*)())>(&std::atexit)));
    if (llvm::Error fault = made->getMainJITDylib().define(orc::absoluteSymbols(std::move(own))))
      throw InternalError("set up linking: " + llvm::toString(std::move(fault)));
    // The cause of a failure is reported here; the lookup itself only says what is not there in the end.
    made->getExecutionSession().setErrorReporter([](llvm::Error fault) { faults().add(std::move(fault)); });
    return made.release();
  }();
  return *jit;
}

template <class Function>
Function address_of(const char* name) {
  auto found = session().lookup(name);
  if (!found) {
    faults().add(found.takeError());
    faults().raise();
  }
  return found->toPtr<Function>();
}

}  // namespace

LoadedProgram::LoadedProgram(std::string_view object) {
  auto copy = llvm::MemoryBuffer::getMemBufferCopy(llvm::StringRef(object.data(), object.size()), "model");
  if (llvm::Error fault = session().addObjectFile(std::move(copy))) {
    faults().add(std::move(fault));
    faults().raise();
  }
  main_ = address_of<int (*)(int, char**)>("main");
  constructors_ = address_of<void (*)()>(constructors_name);
}

int LoadedProgram::run(std::vector<std::string> words) {
  std::vector<char*> arguments;
  for (std::string& w : words) arguments.push_back(w.data());
  arguments.push_back(nullptr);
  constructors_();
  return main_(static_cast<int>(words.size()), arguments.data());
}

}  // namespace brainpy::tooling
