#include "compiler/jit/linker.h"

#include <llvm/Config/llvm-config.h>
#include <llvm/ExecutionEngine/Orc/Debugging/PerfSupportPlugin.h>
#include <llvm/ExecutionEngine/Orc/ExecutionUtils.h>
#include <llvm/ExecutionEngine/Orc/ObjectLinkingLayer.h>
#if LLVM_VERSION_MAJOR >= 22
#include <llvm/ExecutionEngine/Orc/Debugging/ELFDebugObjectPlugin.h>
#include <llvm/ExecutionEngine/Orc/SelfExecutorProcessControl.h>
#else
#include <llvm/ExecutionEngine/Orc/DebugObjectManagerPlugin.h>
#include <llvm/ExecutionEngine/Orc/EPCDebugObjectRegistrar.h>
#include <llvm/ExecutionEngine/Orc/TargetProcess/JITLoaderGDB.h>
#endif
#include <llvm/ExecutionEngine/Orc/TargetProcess/JITLoaderPerf.h>
#include <llvm/ExecutionEngine/Orc/TaskDispatch.h>
#include <llvm/Support/MemoryBuffer.h>

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <mutex>
#include <utility>

#include "runtime/error.h"
#include "runtime/log.h"

namespace brainpy::compiler::jit {
namespace {

namespace orc = llvm::orc;

template <class T>
T require(llvm::Expected<T> result, const char* what) {
  if (result) return std::move(*result);
  throw InternalError(std::string(what) + ": " + llvm::toString(result.takeError()));
}

void require(llvm::Error error, const char* what) {
  if (error) throw InternalError(std::string(what) + ": " + llvm::toString(std::move(error)));
}

/// Shows gdb each object that is linked, with or without debug information.
std::shared_ptr<orc::ObjectLinkingLayer::Plugin> gdb_support(orc::ExecutionSession& session) {
#if LLVM_VERSION_MAJOR >= 22
  llvm::Error error = llvm::Error::success();
  auto plugin = std::make_shared<orc::ELFDebugObjectPlugin>(session, false, true, error);
  require(std::move(error), "gdb support");
  return plugin;
#else
  auto registrar = std::make_unique<orc::EPCDebugObjectRegistrar>(
      session, orc::ExecutorAddr::fromPtr(&llvm_orc_registerJITLoaderGDBWrapper));
  return std::make_shared<orc::DebugObjectManagerPlugin>(session, std::move(registrar), false, true);
#endif
}

/// LLVM 19 leaves the flags in the head of perf's file as whatever the memory held; perf refuses most such files. The
/// file is found where it is mapped (that mapping is how perf itself finds it), and its flags are set to none.
void clear_perf_flags() {
  constexpr off_t flags_offset = 32;  // tools/perf/Documentation/jitdump-specification.txt of Linux
  const std::string name = "jit-" + std::to_string(getpid()) + ".dump";
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    const std::size_t path = line.find('/');
    if (path == std::string::npos || !line.ends_with(name)) continue;
    const int file = open(line.c_str() + path, O_WRONLY | O_CLOEXEC);
    if (file < 0) return;
    const std::uint64_t none = 0;
    if (pwrite(file, &none, sizeof none, flags_offset) != sizeof none)
      runtime::log("perf", "cannot write to " + line.substr(path));
    close(file);
    return;
  }
}

/// Linking alone needs no target machine, so a hit in the disk cache never sets one up.
class Session {
 public:
  static Session& get() {
    static auto* session = new Session;  // never destroyed: executables in static storage may outlive it
    return *session;
  }

  orc::JITDylib& add(const std::string& object, const std::string& label) {
    const std::lock_guard lock(mutex_);
    if (runtime::logs("perf")) observe();
    orc::JITDylib& library = session_.createBareJITDylib("program" + std::to_string(count_++));
    library.addToLinkOrder(*process_);
    if (auto error = layer_.add(library, llvm::MemoryBuffer::getMemBufferCopy(object, label))) {
      llvm::consumeError(session_.removeJITDylib(library));
      require(std::move(error), "add compiled code");
    }
    return library;
  }

  bp_entry find_entry(orc::JITDylib& library) {
    auto symbol = require(session_.lookup({&library}, "bp_main"), "link compiled code");
    // The head reaches the file with the first code.
    if (observed_ && !std::exchange(flags_cleared_, true)) clear_perf_flags();
    return symbol.getAddress().toPtr<bp_entry>();
  }

  void remove(orc::JITDylib& library) {
    const std::lock_guard lock(mutex_);
    llvm::consumeError(session_.removeJITDylib(library));
    // Names of removed programs stay in LLVM's pool until it is told; telling it each time would be slow.
    if (++removed_ % 64 == 0) session_.getSymbolStringPool()->clearDeadEntries();
  }

 private:
  Session()
      : session_(
            require(orc::SelfExecutorProcessControl::Create(nullptr, std::make_unique<orc::InPlaceTaskDispatcher>()),
                    "set up linking")),
        layer_(session_) {
    session_.setErrorReporter([](llvm::Error error) { llvm::consumeError(std::move(error)); });
    process_ = &session_.createBareJITDylib("process");
    process_->addGenerator(require(orc::DynamicLibrarySearchGenerator::GetForCurrentProcess('\0'), "set up linking"));
  }

  /// Lets perf and gdb see what is linked from now on.
  void observe() {
    if (observed_) return;
    observed_ = true;
    auto& control = session_.getExecutorProcessControl();
    // Where LLVM is a part of this library, the process does not show these by name.
    orc::SymbolMap functions;
    const auto show = [&](const char* name, auto* function) {
      functions[session_.intern(name)] = {orc::ExecutorAddr::fromPtr(function), llvm::JITSymbolFlags::Exported};
    };
    show("llvm_orc_registerJITLoaderPerfStart", &llvm_orc_registerJITLoaderPerfStart);
    show("llvm_orc_registerJITLoaderPerfEnd", &llvm_orc_registerJITLoaderPerfEnd);
    show("llvm_orc_registerJITLoaderPerfImpl", &llvm_orc_registerJITLoaderPerfImpl);
    require(process_->define(orc::absoluteSymbols(std::move(functions))), "perf support");
    layer_.addPlugin(require(orc::PerfSupportPlugin::Create(control, *process_, true, true), "perf support"));
    layer_.addPlugin(gdb_support(session_));
  }

  std::mutex mutex_;
  orc::ExecutionSession session_;
  orc::ObjectLinkingLayer layer_;
  orc::JITDylib* process_ = nullptr;
  std::uint64_t count_ = 0, removed_ = 0;
  bool observed_ = false, flags_cleared_ = false;
};

class Linked final : public LinkedCode {
 public:
  Linked(const std::string& object, const std::string& label) : library_(Session::get().add(object, label)) {
    try {
      entry = Session::get().find_entry(library_);
    } catch (...) {
      Session::get().remove(library_);
      throw;
    }
  }
  ~Linked() override { Session::get().remove(library_); }

 private:
  orc::JITDylib& library_;
};

}  // namespace

std::shared_ptr<LinkedCode> link(const std::string& object, const std::string& label) {
  return std::make_shared<Linked>(object, label);
}

}  // namespace brainpy::compiler::jit
