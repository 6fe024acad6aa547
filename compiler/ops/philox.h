// Philox 4x32-10: random words as a pure function of a key and a counter, in the lane language.
// In: a key (two words) and a counter (four words), each a 32-bit value in a u64 lane. Out: four such words.
//
// J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC'11 (2011).
// Words are kept in 64-bit lanes because a round is two 32 x 32 -> 64 multiplications, which vector units do there.
#pragma once

#include <array>
#include <cstdint>

#include "compiler/ops/lane.h"

namespace brainpy::compiler::philox {

using lane::Lane;

template <Lane L>
using Block = std::array<L, 4>;

namespace detail {

inline constexpr std::uint64_t low_word = 0xFFFFFFFF;

}  // namespace detail

/// The ten rounds: a bijection of counters for each key, so different counters never give the same block.
template <Lane L>
Block<L> philox_4x32(const std::array<L, 2>& key, Block<L> counter) {
  static_assert(std::is_same_v<lane::scalar<L>, std::uint64_t>);
  constexpr std::uint64_t multiplier_0 = 0xD2511F53, multiplier_1 = 0xCD9E8D57;
  constexpr std::uint64_t weyl_0 = 0x9E3779B9, weyl_1 = 0xBB67AE85;  // golden ratio, sqrt(3) - 1
  L key_0 = key[0], key_1 = key[1];
  for (int round = 0; round < 10; ++round) {
    const L product_0 = counter[0] * multiplier_0, product_1 = counter[2] * multiplier_1;
    counter = {(product_1 >> 32) ^ counter[1] ^ key_0, product_1 & detail::low_word,
               (product_0 >> 32) ^ counter[3] ^ key_1, product_0 & detail::low_word};
    key_0 = (key_0 + weyl_0) & detail::low_word;
    key_1 = (key_1 + weyl_1) & detail::low_word;
  }
  return counter;
}

/// What a block is drawn for: the fourth counter word, so that two kinds of draw from one key are independent.
/// The numbers are part of every saved seed's meaning: never renumber.
enum class Purpose : std::uint32_t {
  fold = 1,
  bits = 2,
  uniform = 3,
  normal = 4,
  truncated_normal = 5,
  bernoulli = 6,
  integer = 7,
  exponential = 8,
  poisson = 9,
  binomial = 10,
  gamma = 11,         ///< and 12, 13: its three uses
  beta_first = 14,    ///< and 15, 16
  beta_second = 17,   ///< and 18, 19
  connectivity = 20,  ///< frontend/connect
};

/// The block of element `index` of a draw: counter (index low, index high, attempt, purpose).
/// `attempt` numbers the tries of rejection methods.
template <Lane L>
Block<L> block(L key, L index, std::uint32_t purpose, L attempt) {
  const std::array<L, 2> words = {key & detail::low_word, key >> 32};
  return philox_4x32(words, Block<L>{index & detail::low_word, index >> 32, attempt, L(std::uint64_t{purpose})});
}
template <Lane L>
Block<L> block(L key, L index, Purpose purpose) {
  return block(key, index, static_cast<std::uint32_t>(purpose), L(std::uint64_t{0}));
}

/// Two words as one number, `low` first.
template <Lane L>
L join(L low, L high) {
  return low | (high << 32);
}

// --- uniform numbers from words ------------------------------------------------------------------

namespace detail {

/// A word as a double, exactly: as the last bits of 2^52 + word (AVX2 has no conversion from 64-bit integers).
template <Lane L>
lane::with<double, L> to_double(L word) {
  return lane::bitcast<double>(word | std::uint64_t{0x4330000000000000}) - 0x1p52;
}

}  // namespace detail

/// Uniform in [0, 1): a multiple of 2^-24 (float, from one word) or of 2^-53 (double, from two words).
template <class T, Lane L>
lane::with<T, L> unit_interval(L first, [[maybe_unused]] L second) {
  if constexpr (std::is_same_v<T, float>) {
    // Through a signed integer: there is an instruction for it.
    const auto bits = lane::bitcast<std::int32_t>(lane::convert<std::uint32_t>(first >> 8));
    return lane::convert<float>(bits) * 0x1p-24f;
  } else {
    return detail::to_double(first) * 0x1p-32 + detail::to_double(second >> 11) * 0x1p-53;
  }
}

/// Uniform in (0, 1], for logarithms: never 0, at least 2^-32 (float) or 2^-54 (double).
template <class T, Lane L>
lane::with<T, L> positive_unit_interval(L first, [[maybe_unused]] L second) {
  if constexpr (std::is_same_v<T, float>) {
    const auto bits = lane::bitcast<std::int32_t>(lane::convert<std::uint32_t>(first >> 1));
    return lane::convert<float>(bits) * 0x1p-31f + 0x1p-32f;
  } else {
    return unit_interval<double>(first, second) + 0x1p-54;
  }
}

}  // namespace brainpy::compiler::philox
