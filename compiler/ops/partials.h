// The end of the defined order of sums: how 16 interleaved partial results become one.
// In: 16 values. Out: one, by the fixed tree 16 -> 8 -> 4 -> 2 -> 1 (partial p takes p + 8, then p + 4, p + 2, p + 1).
#pragma once

#include <cstdint>

namespace brainpy::compiler::kernel {

inline constexpr std::int64_t partials = 16;

template <std::int64_t half = partials / 2, class T, class Combine>
T join_partials(T* values, Combine combine) {
  for (std::int64_t p = 0; p < half; ++p) values[p] = combine(values[p], values[p + half]);
  if constexpr (half > 1) return join_partials<half / 2>(values, combine);
  else return values[0];
}

/// The same when only the first `used` partials got an element.
template <class T, class Combine>
T join_partials(T* values, std::int64_t used, Combine combine) {
  if (used >= partials) return join_partials(values, combine);
  for (std::int64_t half = partials / 2; half > 0; half /= 2)
    for (std::int64_t p = 0; p < half && p + half < used; ++p) values[p] = combine(values[p], values[p + half]);
  return values[0];
}

}  // namespace brainpy::compiler::kernel
