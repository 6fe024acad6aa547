// LLVM's machinery for this machine, made once a process: target machine, function passes, object emission.
// In: a module. Out: the module optimized, an object file, assembly.
#pragma once

#include <memory>
#include <string>

namespace llvm {
class Module;
}

namespace brainpy::compiler::codegen {

/// One user at a time: hold the lock from `lock()` around everything else.
class Backend {
 public:
  static Backend& get();

  void prepare(llvm::Module& module) const;  ///< target triple and data layout
  void optimize(llvm::Module& module);
  std::string object(llvm::Module& module);
  std::string assembly(llvm::Module& module);
  /// Throws an InternalError when the module is malformed.
  static void verify(const llvm::Module& module);

  Backend(const Backend&) = delete;
  Backend& operator=(const Backend&) = delete;

 private:
  Backend();
  ~Backend();
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace brainpy::compiler::codegen
