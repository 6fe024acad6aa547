// Recordings of bools, such as every spike of every step, at one bit an element.
// In: bools, one a byte. Out: words of 64 bits, and back; how many are true.
#pragma once

#include <cstdint>

#include "runtime/tensor.h"

namespace brainpy::runtime {

/// Words that hold so many bits.
constexpr std::int64_t bit_words(std::int64_t count) { return (count + 63) / 64; }

/// Element i becomes bit i % 64 of word i / 64; the last word's other bits are zero.
void pack_bits(const bool* elements, std::int64_t count, std::uint64_t* words);
void unpack_bits(const std::uint64_t* words, std::int64_t count, bool* elements);

/// How many of the first `count` bits are set; bits past them do not matter.
std::int64_t count_bits(const std::uint64_t* words, std::int64_t count);

/// Rows of words u64[steps, words] as the bools of `type`, which has the same number of rows.
Tensor unpack_rows(const Tensor& words, const Type& type);

}  // namespace brainpy::runtime
