// Asks the processor for memory that will soon be read or written. In: addresses. Out: nothing but time.
#pragma once

#include <cstddef>

namespace brainpy::runtime {

/// Asks for the line of an address. Not __builtin_prefetch: g++ takes a loop of nothing else for one without effect,
/// and leaves it out.
inline void prefetch(const void* address) {
#if defined(__x86_64__)
  asm volatile("prefetcht0 %0" : : "m"(*static_cast<const char*>(address)));
#else
  __builtin_prefetch(address);
#endif
}

/// Asks for that many lines from an address on.
inline void prefetch(const void* begin, std::ptrdiff_t lines) {
  const auto* line = static_cast<const char*>(begin);
  for (std::ptrdiff_t k = 0; k < lines; ++k) prefetch(line + 64 * k);
}

/// The same for lines that will soon be written.
inline void prefetch_to_write(void* begin, std::ptrdiff_t lines) {
  auto* line = static_cast<char*>(begin);
  for (std::ptrdiff_t k = 0; k < lines; ++k) {
#if defined(__x86_64__)
    asm volatile("prefetchw %0" : : "m"(line[64 * k]));
#else
    __builtin_prefetch(line + 64 * k, 1);
#endif
  }
}

}  // namespace brainpy::runtime
