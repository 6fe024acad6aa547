// Loops over several threads: the only door to them.
// In: a count, a chunk size and a body over [begin, end). Out: the body run once on each chunk.
#pragma once

#include <cstdint>

namespace brainpy::runtime {

/// Number of threads that parallel_for uses: options().threads, or all processors that this process may run on.
int thread_count();

/// Calls body(context, k * chunk, min((k + 1) * chunk, count)) once for every chunk k. The chunks depend on `count`
/// and `chunk` alone, never on the number of threads: partial results kept by chunk combine to the same bits
/// everywhere. Serial, in order, in the calling thread when thread_count() is 1 or there is but one chunk; otherwise
/// the order is unspecified. Returns when all are done; an exception of a body stops the rest and is thrown here.
/// May be nested. `chunk` below 1 counts as 1.
void parallel_for(std::int64_t count, std::int64_t chunk,
                  void (*body)(void* context, std::int64_t begin, std::int64_t end), void* context);

}  // namespace brainpy::runtime
