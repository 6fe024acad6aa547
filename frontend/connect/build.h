// The rules of connection on plain tensors: from sizes and a seed to compressed rows, in memory proportional to the
// number of connections.
// In: sizes, a rule's numbers, a seed. Out: a CSR structure with sorted columns; ValueError (without a place: the
// caller adds it) for numbers that make none. The same seed gives the same structure, whatever the number of threads.
#pragma once

#include <cstdint>

#include "runtime/tensor.h"

namespace brainpy::connect::build {

/// Row r (a presynaptic neuron) connects to columns indices[indptr[r]] .. indices[indptr[r + 1] - 1], in rising order.
struct CsrStructure {
  std::int64_t rows = 0, cols = 0;
  runtime::Tensor indptr;   ///< i32[rows + 1]
  runtime::Tensor indices;  ///< i32[connections]
};

// `include_self`: whether neuron i may connect to neuron i of the other population (the same one, or numbered alike).
// `allow_multiple`: whether a pair may be drawn more than once; then as many copies of its column are stored.

/// Each pair with probability p in [0, 1], independently.
CsrStructure fixed_probability(std::int64_t pre, std::int64_t post, double p, bool include_self, std::uint64_t seed);

/// Neuron i to neuron i; pre = post.
CsrStructure one_to_one(std::int64_t pre, std::int64_t post);

/// Every pair.
CsrStructure all_to_all(std::int64_t pre, std::int64_t post, bool include_self);

/// Each postsynaptic neuron gets exactly `number` presynaptic ones, all choices alike.
CsrStructure fixed_pre_number(std::int64_t pre, std::int64_t post, std::int64_t number, bool include_self,
                              bool allow_multiple, std::uint64_t seed);

/// Each presynaptic neuron gets exactly `number` postsynaptic ones, all choices alike.
CsrStructure fixed_post_number(std::int64_t pre, std::int64_t post, std::int64_t number, bool include_self,
                               bool allow_multiple, std::uint64_t seed);

/// Exactly `number` connections in all, all choices of pairs alike.
CsrStructure fixed_total_number(std::int64_t pre, std::int64_t post, std::int64_t number, bool include_self,
                                bool allow_multiple, std::uint64_t seed);

}  // namespace brainpy::connect::build
