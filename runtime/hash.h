// A 128-bit hash of bytes, for the keys of compiled programs and for checksums. Not cryptographic: it guards against
// accidents, not against attacks; where a collision would matter, the text itself is compared as well.
// In: bytes. Out: Hash128, equal on every machine.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace brainpy::runtime {

struct Hash128 {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  friend bool operator==(const Hash128&, const Hash128&) = default;
};

/// Two 64-bit halves take 16 bytes a step. Each step xors the bytes in, multiplies by an odd number, rotates, and adds
/// the halves across; for given bytes it is a bijection of the state and for a given state a bijection of the bytes,
/// so two inputs of one length that differ in one 16-byte block never collide. The last block is padded with zeros,
/// and the length is hashed in. The end is an avalanche: every input bit flips each output bit with probability 1/2.
Hash128 hash128(std::string_view bytes);

/// 32 lower-case hexadecimal digits.
std::string to_hex(const Hash128& hash);

}  // namespace brainpy::runtime
