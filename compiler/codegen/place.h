// Where every value of a program lives in memory. Knows no LLVM: the code generator and the launch both read it.
// In: a discharged program (fused or not). Out: a slot for every value, the copies that control flow needs, the size
// of the arena.
//
// Values that are copied to one another (a carried value, its start and its next value; a Variable and its new value)
// share one slot when their lifetimes do not meet, so that most loops update in place and copy nothing. A map may write
// over an operand that ends its life there: it reads an element before it writes the same element. A kernel that
// replaces a part of its first operand (OpDef::replaces_a_part) may do so where that operand lies. Everything else is
// copied, all copies of one place at once (copies.h). Memory that no buffer gives is packed into the arena (arena.h).
#pragma once

#include <cstdint>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "compiler/ir/ir.h"

namespace brainpy::compiler::codegen {

enum class SlotKind : std::uint8_t {
  arena,     ///< `offset` into the arena of the launch
  argument,  ///< the caller's buffer of argument `index`; never written
  symbol,    ///< the buffer of symbol `index`; a Variable with a new value is updated in place
  result,    ///< a fresh buffer for result `index`
  literal,   ///< `offset` into the pool of literals
  row,       ///< a row of a scanned operand; compiled code points it at the row before each iteration
  view,      ///< `offset` into the memory of slot `index`
};

struct Slot {
  SlotKind kind = SlotKind::arena;
  std::int64_t bytes = 0;
  int index = 0;
  std::int64_t offset = 0;
};

struct Copy {
  int from = 0;
  int to = 0;
  std::int64_t bytes = 0;
};

struct Placement {
  std::vector<Slot> slots;  ///< slot 0 is the arena itself
  std::unordered_map<const ir::Value*, int> slot_of;
  /// In order: before a `for` or `while`, and at a `yield` (after the stacked rows are written).
  std::unordered_map<const ir::Op*, std::vector<Copy>> copies;
  /// Operations that compute nothing, because their result is a part of their operand's memory: a `reshape`, and a
  /// `slice` of neighbouring elements that only computations read.
  std::unordered_set<const ir::Op*> aliases;
  /// Results of kernels that add to zeros, with memory of their own: the one group that reads it leaves zeros there, so
  /// that no kernel call has to pass over it first. It is zero between runs.
  std::unordered_set<const ir::Value*> cleared;
  std::vector<const ir::Op*> literals;  ///< the `const` operations, in the order of their slots
  /// What computes: map and kernel operations and `fused` groups, in program order. Kernel calls and probes use these
  /// numbers.
  std::vector<const ir::Op*> steps;
  std::int64_t arena_bytes = 0;
  std::int64_t literal_bytes = 0;

  /// The slot of a value; values that live inside a `fused` operation only have none (-1).
  int slot(const ir::Value* value) const {
    const auto it = slot_of.find(value);
    return it == slot_of.end() ? -1 : it->second;
  }
  bool is_alias(const ir::Op& op) const { return aliases.contains(&op); }
};

struct PlaceOptions {
  bool in_place = true;  ///< false: an operation's operands are still whole after it (for probing)
};

Placement place(const ir::Program& program, const PlaceOptions& options = {});

/// The layout of a `for` operation's operands, arguments and results.
struct ForLayout {
  std::size_t carried = 0, scanned = 0, stacked = 0;
};
ForLayout for_layout(const ir::Op& op);

}  // namespace brainpy::compiler::codegen
