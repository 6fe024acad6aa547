// Packs memory that is needed for a time only into one arena.
// In: blocks, with the times of a program at which each is needed. Out: offsets, and the size of the arena.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

namespace brainpy::compiler::codegen {

/// Operation number p of a program reads its operands at time 2p and writes its results at 2p + 1.
using Time = std::int64_t;
constexpr Time forever = std::numeric_limits<Time>::max();

/// A span of time, both ends included.
struct Span {
  Time from, to;
};

/// True when there is a time that belongs to both.
inline bool meet(const Span& a, const Span& b) { return a.from <= b.to && b.from <= a.to; }

struct ArenaBlock {
  Span live;
  std::int64_t bytes = 0;
  bool scalar = false;  ///< one element, which no vector reads: it takes 8 bytes, without padding
  std::int64_t offset = 0;
};

/// Fills in the offsets, such that blocks whose times meet lie apart; gives the size of the arena in bytes.
std::int64_t pack(std::vector<ArenaBlock>& blocks);

}  // namespace brainpy::compiler::codegen
