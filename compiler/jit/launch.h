// One run of compiled code: the table of slots, the arena, the host kernels that it calls.
// In: arguments and the values of symbols. Out: results; Variables updated in place.
#pragma once

#include <exception>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "compiler/codegen/place.h"
#include "compiler/ops/op_def.h"
#include "runtime/abi.h"
#include "runtime/section_clock.h"
#include "runtime/tensor.h"

namespace brainpy::runtime {
class Shares;
}

namespace brainpy::compiler::jit {

using runtime::Tensor;

/// Checks what a caller passes; a user error when it does not fit the program.
void check_inputs(const ir::Program& program, const std::vector<Tensor>& arguments, const std::vector<Tensor>& symbols);

/// Memory for running one program, used again for the next run. One run at a time.
class Launch {
 public:
  /// Called by a probing program after each step, with the step's number. True: stop.
  using Probe = std::function<bool(std::uint32_t step)>;

  Launch(const ir::Program& program, const codegen::Placement& placement);
  Launch(const Launch&) = delete;
  Launch& operator=(const Launch&) = delete;

  /// Variables with new values must be held by `symbols` alone, see own_variables. A kernel that fails throws its user
  /// error at the operation's place; the Variables then hold what the program had computed so far.
  /// `outputs`: where results go; empty: new tensors. `clock`: for code that marks its sections; stopped also when a
  /// kernel fails.
  std::vector<Tensor> run(bp_entry entry, const std::vector<Tensor>& arguments, const std::vector<Tensor>& symbols,
                          const std::vector<Tensor>& outputs = {}, const Probe& probe = {},
                          runtime::SectionClock* clock = nullptr);

  /// During a run: where a value lives.
  const void* address(const ir::Value* value) const { return slots_[static_cast<std::size_t>(placement_.slot(value))]; }

 private:
  struct ChainWork;
  struct Chain;
  /// What a kernel that is done in parts keeps between calls.
  struct Parts {
    std::vector<std::shared_ptr<void>> divisions;  ///< by part; empty: not made yet
    std::vector<std::int64_t> bounds;              ///< of these parts
    std::vector<int> operands;                     ///< of which they are made
    std::vector<runtime::BufferPtr> divided;       ///< the memory that these had
    int calls = 0;                                 ///< whole ones, of the same operands
  };
  /// Bits that several kernels of one block read. The first lists them for all.
  struct SharedEvents {
    std::int64_t size = 0;
    runtime::BufferPtr list;
    bool listed = false;
  };
  struct Kernel {
    std::vector<Type> in_types, out_types;
    std::vector<int> in_slots, out_slots;
    std::vector<const void*> in;
    std::vector<void*> out;
    bool moves = false;  ///< some operand is a row of a loop's operand: its place changes during a run
    KernelCall call;
    KernelPointer chosen = nullptr;        ///< for its types; null: the operation's own
    std::shared_ptr<SharedEvents> events;  ///< null: nobody else reads its bits
    bool lists_events = false;             ///< it is the first that reads them
    std::unique_ptr<Parts> parts;          ///< for threads; not beside what they only read
    std::shared_ptr<Chain> chain;          ///< the one that begins here
  };

  static void run_part(bp_group group, void** slots, std::int64_t begin, std::int64_t end);
  static void parallel_group(bp_launch* launch, bp_group group, std::int64_t size, std::int64_t piece);
  static std::int32_t parallel_chain(bp_launch* launch, const bp_chain* chain, bp_group group, std::uint32_t again);
  static std::int32_t finish_chain(bp_launch* launch);
  static std::int32_t call_kernel(bp_launch* launch, std::uint32_t step);
  static std::int32_t call_probe(bp_launch* launch, std::uint32_t step);
  static void mark(bp_launch* launch, std::uint32_t section);
  void share_events();
  void call(std::uint32_t step);
  static void take_events(Kernel& kernel, const PartKernel& of_op);
  void point(Kernel& kernel);
  bool divide(std::uint32_t step, runtime::Shares& shares);
  bool make_ready(Chain& chain, const bp_chain& of, bp_group group);
  [[noreturn]] void throw_failure();

  const ir::Program& program_;
  const codegen::Placement& placement_;
  runtime::BufferPtr arena_, literals_;
  std::vector<void*> slots_;
  std::vector<Kernel> kernels_;  ///< by step; empty records for maps
  const std::vector<Tensor>* symbols_ = nullptr;
  const Probe* probe_ = nullptr;
  runtime::SectionClock* clock_ = nullptr;
  std::uint32_t failed_step_ = 0;
  KernelError error_;
  std::exception_ptr exception_;
};

/// Replaces the buffers of Variables that the program writes by copies where somebody else holds them too.
void own_variables(const ir::Program& program, std::vector<Tensor>& symbols);

}  // namespace brainpy::compiler::jit
