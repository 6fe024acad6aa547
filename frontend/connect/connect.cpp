// The rules as users call them: seeds, places of errors, arrays.
#include "frontend/connect/connect.hpp"

#include "frontend/connect/build.h"
#include "frontend/math/array_data.h"
#include "frontend/math/random.hpp"
#include "frontend/transform/trace.h"

namespace brainpy::conn {

using connect::build::CsrStructure;
using math::CSR;
using math::Site;

namespace {

/// Runs a rule eagerly, also while tracing: connections are data of the model, not part of a step.
template <class Rule>
CSR make(Rule&& rule, const Site& site) {
  const transform::Eagerly eagerly;
  CsrStructure s;
  try {
    s = rule();
  } catch (const Error& e) {
    e.rethrow_at(math::location_of(site));
  }
  return CSR(math::Array(s.indices), math::Array(s.indptr), s.rows, s.cols, site);
}

std::uint64_t seed_of(const ConnectOptions& options) {
  if (options.seed) return *options.seed;
  return math::random::split_key().item<std::uint64_t>();
}

}  // namespace

FixedProb::FixedProb(double prob, ConnectOptions options, Site site) : prob_(prob), options_(options), site_(site) {}
CSR FixedProb::csr(std::int64_t pre, std::int64_t post) const {
  return make(
      [&] { return connect::build::fixed_probability(pre, post, prob_, options_.include_self, seed_of(options_)); },
      site_);
}

CSR One2One::csr(std::int64_t pre, std::int64_t post, Site site) const {
  return make([&] { return connect::build::one_to_one(pre, post); }, site);
}

CSR All2All::csr(std::int64_t pre, std::int64_t post, Site site) const {
  return make([&] { return connect::build::all_to_all(pre, post, options_.include_self); }, site);
}

FixedPreNum::FixedPreNum(std::int64_t num, ConnectOptions options, Site site)
    : num_(num), options_(options), site_(site) {}
CSR FixedPreNum::csr(std::int64_t pre, std::int64_t post) const {
  return make(
      [&] {
        return connect::build::fixed_pre_number(pre, post, num_, options_.include_self, options_.allow_multi_conn,
                                                seed_of(options_));
      },
      site_);
}

FixedPostNum::FixedPostNum(std::int64_t num, ConnectOptions options, Site site)
    : num_(num), options_(options), site_(site) {}
CSR FixedPostNum::csr(std::int64_t pre, std::int64_t post) const {
  return make(
      [&] {
        return connect::build::fixed_post_number(pre, post, num_, options_.include_self, options_.allow_multi_conn,
                                                 seed_of(options_));
      },
      site_);
}

FixedTotalNum::FixedTotalNum(std::int64_t num, ConnectOptions options, Site site)
    : num_(num), options_(options), site_(site) {}
CSR FixedTotalNum::csr(std::int64_t pre, std::int64_t post) const {
  return make(
      [&] {
        return connect::build::fixed_total_number(pre, post, num_, options_.include_self, options_.allow_multi_conn,
                                                  seed_of(options_));
      },
      site_);
}

}  // namespace brainpy::conn
