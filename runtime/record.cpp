#include "runtime/record.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace brainpy::runtime {

void pack_bits(const bool* elements, std::int64_t count, std::uint64_t* words) {
  std::int64_t i = 0;
  for (; i + 64 <= count; i += 64) {
    std::uint64_t eight[8], word = 0;
    std::memcpy(eight, elements + i, 64);
    // Most lines of spikes are empty.
    words[i / 64] = 0;
    if (!(((eight[0] | eight[1]) | (eight[2] | eight[3])) | ((eight[4] | eight[5]) | (eight[6] | eight[7])))) continue;
    // A product gathers the low bits of eight bytes in the highest byte.
    for (int k = 0; k < 8; ++k) word |= (eight[k] * 0x0102040810204080U >> 56) << (8 * k);
    words[i / 64] = word;
  }
  if (i == count) return;
  std::uint64_t last = 0;
  for (std::int64_t k = i; k < count; ++k) last |= static_cast<std::uint64_t>(elements[k]) << (k - i);
  words[i / 64] = last;
}

void unpack_bits(const std::uint64_t* words, std::int64_t count, bool* elements) {
  std::int64_t i = 0;
  for (; i + 8 <= count; i += 8) {
    const std::uint64_t byte = words[i / 64] >> (i % 64) & 0xff;
    // Eight copies of the byte, in copy k only bit k kept, moved to the copy's lowest bit.
    const std::uint64_t spread = byte * 0x0101010101010101U & 0x8040201008040201U;
    const std::uint64_t bools = ((spread + 0x7f7f7f7f7f7f7f7fU) | spread) >> 7 & 0x0101010101010101U;
    std::memcpy(elements + i, &bools, 8);
  }
  for (; i < count; ++i) elements[i] = words[i / 64] >> (i % 64) & 1;
}

std::int64_t count_bits(const std::uint64_t* words, std::int64_t count) {
  constexpr std::uint64_t twos = 0x5555555555555555U, fours = 0x3333333333333333U, bytes = 0x0f0f0f0f0f0f0f0fU;
  constexpr std::int64_t words_in_bytes = 31;  // 8 bits of each in every byte: 248
  const std::int64_t whole = count / 64;
  std::int64_t total = 0;
  // By hand: the library is compiled for processors without an instruction for it, too, and several words fit a vector.
  for (std::int64_t first = 0; first < whole; first += words_in_bytes) {
    const std::int64_t end = std::min(first + words_in_bytes, whole);
    std::uint64_t sums = 0;
    for (std::int64_t i = first; i < end; ++i) {
      const std::uint64_t pairs = words[i] - (words[i] >> 1 & twos);
      const std::uint64_t nibbles = (pairs & fours) + (pairs >> 2 & fours);
      sums += (nibbles + (nibbles >> 4)) & bytes;
    }
    const std::uint64_t sixteens = (sums & 0x00ff00ff00ff00ffU) + (sums >> 8 & 0x00ff00ff00ff00ffU);
    total += static_cast<std::int64_t>(sixteens * 0x0001000100010001U >> 48);
  }
  if (count % 64 == 0) return total;
  return total + std::popcount(words[whole] & ((std::uint64_t{1} << (count % 64)) - 1));
}

Tensor unpack_rows(const Tensor& words, const Type& type) {
  Tensor rows = make_tensor(type);
  const std::int64_t steps = type.shape[0], length = steps > 0 ? type.size() / steps : 0;
  for (std::int64_t k = 0; k < steps; ++k)
    unpack_bits(words.as<std::uint64_t>() + k * bit_words(length), length, rows.as<bool>() + k * length);
  return rows;
}

}  // namespace brainpy::runtime
