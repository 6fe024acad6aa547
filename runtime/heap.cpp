#include "runtime/heap.h"

#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <vector>

namespace brainpy::runtime {
namespace {

constexpr std::size_t large_page = std::size_t{2} << 20;
/// Below the size from which on the GNU allocator asks the system for each block.
constexpr std::size_t block_bytes = 100 << 10;
/// Makes a large page of what lies there (Linux 6.1; older headers do not name it).
constexpr int collapse = 25;

bool has_collapse() { return madvise(nullptr, 0, collapse) == 0; }

}  // namespace

bool expect_small_blocks(std::size_t bytes) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)  // which have allocators of their own
  return false;
#endif
  if (!has_collapse()) return false;
  std::vector<std::uintptr_t> blocks;
  while (blocks.size() * block_bytes < bytes + large_page)
    if (void* block = std::malloc(block_bytes)) blocks.push_back(reinterpret_cast<std::uintptr_t>(block));
    else break;
  bool collapsed = false;
  if (!blocks.empty()) {
    const auto [first, last] = std::ranges::minmax(blocks);
    const std::uintptr_t begin = first / large_page * large_page, end = (last + block_bytes) / large_page * large_page;
    // Blocks that do not lie side by side are not of the expected allocator.
    if (last - first <= blocks.size() * (block_bytes + 64))
      for (std::uintptr_t page = begin; page < end; page += large_page)
        collapsed |= madvise(reinterpret_cast<void*>(page), large_page, collapse) == 0;
    // One block stays: free memory at the heap's end would go back to the system.
    static std::atomic<void*> kept = nullptr;
    std::erase(blocks, last);
    std::free(kept.exchange(reinterpret_cast<void*>(last)));
  }
  for (const std::uintptr_t block : blocks) std::free(reinterpret_cast<void*>(block));
  return collapsed;
}

}  // namespace brainpy::runtime
