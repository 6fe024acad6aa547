#include "runtime/hash.h"

#include <fmt/format.h>

#include <bit>
#include <cstring>

namespace brainpy::runtime {
namespace {

// Odd numbers with evenly mixed bits: the fractional parts of the golden ratio and of the square roots of 2 and 3.
constexpr std::uint64_t golden = 0x9e3779b97f4a7c15;
constexpr std::uint64_t root2 = 0x6a09e667f3bcc909;
constexpr std::uint64_t root3 = 0xbb67ae8584caa73b;

void mix_in(Hash128& state, std::uint64_t a, std::uint64_t b) {
  state.low = std::rotl((state.low ^ a) * root2, 29) + state.high;
  state.high = std::rotl((state.high ^ b) * root3, 37) + state.low;
}

/// Shifts and multiplications until every bit depends on every bit.
std::uint64_t avalanche(std::uint64_t x) {
  x = (x ^ (x >> 32)) * golden;
  x = (x ^ (x >> 29)) * root3;
  return x ^ (x >> 32);
}

std::uint64_t little_endian(const char* bytes) {
  std::uint64_t word;
  std::memcpy(&word, bytes, sizeof word);
  if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap64(word);
  return word;
}

}  // namespace

Hash128 hash128(std::string_view bytes) {
  Hash128 state{golden, root2};
  std::size_t at = 0;
  for (; at + 16 <= bytes.size(); at += 16) mix_in(state, little_endian(&bytes[at]), little_endian(&bytes[at + 8]));
  char last[16] = {};
  if (at < bytes.size()) std::memcpy(last, &bytes[at], bytes.size() - at);
  mix_in(state, little_endian(last), little_endian(last + 8));
  mix_in(state, bytes.size(), golden);
  state.low = avalanche(state.low + state.high);
  state.high = avalanche(state.high + state.low);
  state.low = avalanche(state.low ^ state.high);
  return state;
}

std::string to_hex(const Hash128& hash) { return fmt::format("{:016x}{:016x}", hash.high, hash.low); }

}  // namespace brainpy::runtime
