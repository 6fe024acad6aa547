// Object files made callable in this process, and freed again.
// In: an object's bytes. Out: its entry point, valid as long as the record lives.
#pragma once

#include <memory>
#include <string>

#include "runtime/abi.h"

namespace brainpy::compiler::jit {

/// Machine code in memory; its pages are freed with the last reference.
class LinkedCode {
 public:
  virtual ~LinkedCode() = default;
  bp_entry entry = nullptr;
};

/// Links an object that codegen::generate_object made. An object that does not link is an InternalError. Under
/// BRAINPY_LOG=perf its functions become known to perf (`perf inject --jit`) and gdb.
std::shared_ptr<LinkedCode> link(const std::string& object, const std::string& label);

}  // namespace brainpy::compiler::jit
