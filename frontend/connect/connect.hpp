// bp::conn: random and regular connections between two populations, straight into compact form: no matrix of pre x post
// is ever made.
// In: a rule, sizes, a seed. Out: bm::CSR with rows = presynaptic neurons. The same seed gives the same connections,
// whatever the number of threads.
#pragma once

#include <cstdint>
#include <optional>

#include "frontend/math/sparse.hpp"

namespace brainpy::conn {

struct ConnectOptions {
  /// Without a seed the next key of bm::random's default state is taken.
  std::optional<std::uint64_t> seed = {};
  bool include_self = true;       ///< also connections i -> i (matters when both populations are the same)
  bool allow_multi_conn = false;  ///< a pair may be connected more than once
};

/// Each pair is connected with probability `prob`.
class FixedProb {
 public:
  explicit FixedProb(double prob, ConnectOptions options = {}, math::Site site = math::Site::current());
  math::CSR csr(std::int64_t pre, std::int64_t post) const;

 private:
  double prob_;
  ConnectOptions options_;
  math::Site site_;
};

/// Neuron i to neuron i; both populations have the same size.
class One2One {
 public:
  math::CSR csr(std::int64_t pre, std::int64_t post, math::Site site = math::Site::current()) const;
};

/// Every pair.
class All2All {
 public:
  explicit All2All(ConnectOptions options = {}) : options_(options) {}
  math::CSR csr(std::int64_t pre, std::int64_t post, math::Site site = math::Site::current()) const;

 private:
  ConnectOptions options_;
};

/// Every postsynaptic neuron gets exactly `num` presynaptic ones.
class FixedPreNum {
 public:
  explicit FixedPreNum(std::int64_t num, ConnectOptions options = {}, math::Site site = math::Site::current());
  math::CSR csr(std::int64_t pre, std::int64_t post) const;

 private:
  std::int64_t num_;
  ConnectOptions options_;
  math::Site site_;
};

/// Every presynaptic neuron gets exactly `num` postsynaptic ones.
class FixedPostNum {
 public:
  explicit FixedPostNum(std::int64_t num, ConnectOptions options = {}, math::Site site = math::Site::current());
  math::CSR csr(std::int64_t pre, std::int64_t post) const;

 private:
  std::int64_t num_;
  ConnectOptions options_;
  math::Site site_;
};

/// Exactly `num` connections in all.
class FixedTotalNum {
 public:
  explicit FixedTotalNum(std::int64_t num, ConnectOptions options = {}, math::Site site = math::Site::current());
  math::CSR csr(std::int64_t pre, std::int64_t post) const;

 private:
  std::int64_t num_;
  ConnectOptions options_;
  math::Site site_;
};

}  // namespace brainpy::conn
