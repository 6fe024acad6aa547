// Which bits are set, such as the neurons that fired.
// In: words of 64 bits (runtime/record.h). Out: the positions of the set ones, in order, a few hundred at a time.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>

namespace brainpy::runtime {

class SetBits {
 public:
  /// Of the bits [begin, end), where `begin` is a multiple of 64; what the words hold past them does not matter.
  SetBits(const std::uint64_t* words, std::int64_t begin, std::int64_t end)
      : words_(words), end_(end), next_block_(begin) {}

  static constexpr int room = 256;

  /// Fills `positions` with the next ones and says how many; fewer than a word's 64 of the places may stay free. 0:
  /// there are no more. There is `room`, or room for all that are left.
  int next(std::int32_t* positions) {
    int found = 0;
    while (found <= room - 64) {
      if (filled_ == 0 && !find_filled_words()) break;
      const std::int64_t first = block_ + 64 * std::countr_zero(filled_);
      filled_ &= filled_ - 1;
      std::uint64_t word = words_[first >> 6];
      if (end_ - first < 64) word &= (std::uint64_t{1} << (end_ - first)) - 1;
      for (; word; word &= word - 1) positions[found++] = static_cast<std::int32_t>(first + std::countr_zero(word));
    }
    return found;
  }

 private:
  /// Looks for the next words with a bit set, without a branch for each: which ones they are, no processor foresees.
  bool find_filled_words() {
    for (; next_block_ < end_; next_block_ += 64 * 64) {
      const std::uint64_t* words = words_ + (next_block_ >> 6);
      const std::int64_t left = (end_ - next_block_ + 63) >> 6;
      if (left >= 64) {
        // Most neurons are silent most of the time.
        std::uint64_t any = 0;
        for (int k = 0; k < 64; ++k) any |= words[k];
        if (any == 0) continue;
      }
      const int size = static_cast<int>(std::min<std::int64_t>(left, 64));
      for (int k = 0; k < size; ++k) filled_ |= std::uint64_t{words[k] != 0} << k;
      block_ = next_block_;
      if (filled_ != 0) {
        next_block_ += 64 * 64;
        return true;
      }
    }
    return false;
  }

  const std::uint64_t* words_;
  std::int64_t end_, next_block_, block_ = 0;
  std::uint64_t filled_ = 0;  ///< bit k: word k of the block has bits that were not handed out
};

}  // namespace brainpy::runtime
