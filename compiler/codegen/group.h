// Which operations one loop over elements does, and what leaves it. Knows no LLVM.
// In: a `fused` operation or a single map, and where values live. Out: its operations, stores and size.
#pragma once

#include <cstdint>
#include <unordered_set>
#include <utility>
#include <vector>

#include "compiler/codegen/place.h"
#include "compiler/ir/ir.h"

namespace brainpy::compiler::codegen {

struct Group {
  std::vector<const ir::Op*> ops;                        ///< map operations (and literals), in order
  std::vector<std::pair<const ir::Value*, int>> stores;  ///< values that leave the group, and their slots
  std::int64_t size = 0;                                 ///< elements of the iteration space
};

/// The group of a `fused` operation, or of one map operation.
Group group_of(const ir::Op& op, const Placement& placement);

/// Single numbers from outside that the group reads, literals aside.
std::vector<const ir::Value*> numbers_of(const Group& group);

/// Bytes that each element of the group reads of arrays among `values`.
double bytes_read(const Group& group, const std::unordered_set<const ir::Value*>& values);

}  // namespace brainpy::compiler::codegen
