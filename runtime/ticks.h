// A clock for what lasts some hundred nanoseconds.
// In: nothing. Out: ticks that count on at one speed.
#pragma once

#include <chrono>
#include <cstdint>

namespace brainpy::runtime {

/// The time stamp counter where there is one.
inline std::uint64_t ticks() {
#if defined(__x86_64__)
  return __builtin_ia32_rdtsc();
#else
  return static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
#endif
}

}  // namespace brainpy::runtime
