// Kernels, and perhaps a group that follows them, that threads do part by part: whoever did its part of one goes on to
// its part of the next and waits for nobody in between.
// In: operations in program order, the memory they touch. Out: whether one more may join.
#pragma once

#include <cstdint>
#include <vector>

#include "compiler/codegen/group.h"
#include "compiler/codegen/place.h"
#include "compiler/ir/ir.h"

namespace brainpy::compiler::codegen {

class Chain {
 public:
  Chain(const ir::Program& program, const Placement& placement) : program_(program), placement_(placement) {}

  /// Kernels of one chain.
  static constexpr std::size_t longest = 6;

  /// Kernels whose results have one size. They run when the chain is closed, after what passed them.
  const std::vector<const ir::Op*>& kernels() const { return kernels_; }
  bool empty() const { return kernels_.empty(); }
  /// Elements of each result.
  std::int64_t size() const;
  /// Estimate of the whole work, from the types.
  double nanoseconds() const { return nanoseconds_; }

  /// Whether the kernel works in parts here, and each part of it can follow the same part of the kernels before.
  bool admits(const ir::Op& kernel) const;
  void add(const ir::Op& kernel);
  /// Whether each part of the group can follow the same part of the kernels.
  bool admits(const Group& group) const;
  /// Which element of the group gives the first of the bits that the kernel is prepared from in the next step of the
  /// loop with this body, where the group, of that operation in it, makes them and nothing else writes there; -1
  /// elsewhere.
  std::int64_t origin(const ir::Op& kernel, const ir::Op& operation, const Group& group, const ir::Region& body) const;
  /// Whether the operation may be done before the kernels, though it comes after them.
  bool lets_pass(const ir::Op& op) const;
  void clear() { kernels_.clear(), nanoseconds_ = 0; }

 private:
  bool is_constant(const ir::Value* value) const;

  const ir::Program& program_;
  const Placement& placement_;
  std::vector<const ir::Op*> kernels_;
  double nanoseconds_ = 0;
};

/// Whether the slot's memory is the kernels' or the group's; single numbers that a group reads are given to it.
bool touches(const Placement& placement, const std::vector<const ir::Op*>& kernels, const Group& group, int slot);

}  // namespace brainpy::compiler::codegen
