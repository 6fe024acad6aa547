// The allocator's memory before a burst of small allocations.
// In: how much is expected. Out: free memory in large pages.
#pragma once

#include <cstddef>

namespace brainpy::runtime {

/// Has the allocator's next small blocks, of so many bytes together, come from large pages: memory that is touched for
/// the first time costs the same for 2 MB as for some 4 KB. False: the system or the allocator does not have them, and
/// nothing has changed.
bool expect_small_blocks(std::size_t bytes);

}  // namespace brainpy::runtime
