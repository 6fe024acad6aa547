// The larger and the smaller of two elements, as the map operations `maximum` and `minimum` have them: NaN wins, and
// -0.0 < +0.0, so that neither depends on the order of the operands.
// In: two elements. Out: one of them. Written without branches, for the vectoriser.
#pragma once

#include <bit>
#include <cstdint>
#include <type_traits>

namespace brainpy::compiler::kernel {

template <class T>
T maximum(T a, T b) {
  if constexpr (std::is_floating_point_v<T>) {
    using Bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
    // Equal numbers have equal bits but for the sign of zero: `and` keeps it only when both have it.
    const T tie = std::bit_cast<T>(std::bit_cast<Bits>(a) & std::bit_cast<Bits>(b));
    const T larger = b > a ? b : a;
    const T number = a == b ? tie : larger;
    return b != b ? b : number;
  } else {
    return b > a ? b : a;
  }
}

template <class T>
T minimum(T a, T b) {
  if constexpr (std::is_floating_point_v<T>) {
    using Bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
    const T tie = std::bit_cast<T>(std::bit_cast<Bits>(a) | std::bit_cast<Bits>(b));
    const T smaller = b < a ? b : a;
    const T number = a == b ? tie : smaller;
    return b != b ? b : number;
  } else {
    return b < a ? b : a;
  }
}

}  // namespace brainpy::compiler::kernel
