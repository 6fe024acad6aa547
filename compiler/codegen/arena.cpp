#include "compiler/codegen/arena.h"

#include <algorithm>

#include "runtime/buffer.h"
#include "runtime/error.h"

namespace brainpy::compiler::codegen {

/// First fit by the time of birth.
std::int64_t pack(std::vector<ArenaBlock>& blocks) {
  struct Taken {
    Time to;
    std::int64_t from_byte, to_byte;
  };
  std::vector<ArenaBlock*> by_birth;
  for (ArenaBlock& b : blocks) {
    if (b.live.to < b.live.from) throw runtime::InternalError("pack: a block ends before it begins");
    by_birth.push_back(&b);
  }
  std::ranges::stable_sort(by_birth, {}, [](const ArenaBlock* b) { return b->live.from; });
  std::vector<Taken> taken;  // by address
  std::int64_t arena_bytes = 0;
  for (ArenaBlock* block : by_birth) {
    std::erase_if(taken, [&](const Taken& t) { return t.to < block->live.from; });
    const std::int64_t size = block->scalar ? 8 : block->bytes + static_cast<std::int64_t>(runtime::Buffer::padding);
    const auto alignment = runtime::Buffer::alignment_of(static_cast<std::size_t>(size));
    const std::int64_t align = block->scalar ? 8 : static_cast<std::int64_t>(alignment);
    std::int64_t at = 0;
    auto before = taken.begin();
    for (; before != taken.end(); ++before) {
      if (at + size <= before->from_byte) break;
      at = std::max(at, (before->to_byte + align - 1) / align * align);
    }
    block->offset = at;
    taken.insert(before, {block->live.to, at, at + size});
    arena_bytes = std::max(arena_bytes, at + size);
  }
  return arena_bytes;
}

}  // namespace brainpy::compiler::codegen
