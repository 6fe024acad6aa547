#include "frontend/connect/build.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "compiler/ops/rejection.h"
#include "compiler/ops/vecmath.h"
#include "frontend/connect/rows.h"
#include "runtime/error.h"

namespace brainpy::connect::build {
namespace {

namespace rejection = compiler::rejection;
using runtime::DType;

// --- random choices ------------------------------------------------------------------------------

/// Calls visit(k) for the candidates k of row r that are connected: each of `count` with probability p, in rising
/// order.
template <class Visit>
void with_successes(std::int64_t r, std::int64_t count, double p, double log_failure, std::uint64_t seed, Visit visit) {
  const auto end = static_cast<double>(count);
  const auto row = static_cast<std::uint32_t>(r);
  double next = -1;
  // From one connection to the next: the number of pairs between them is geometric.
  const auto visit_until_end = [&](const auto& gaps) {
    for (double skipped : gaps) {
      next += skipped + 1;
      if (next >= end) return false;
      visit(static_cast<std::int64_t>(next));
    }
    return true;
  };
  constexpr double many = 16;  // as many as a large group of gaps
  std::uint64_t place = 0;
  while (true)
    if ((end - next) * p >= many) {
      if (!visit_until_end(rejection::geometric_pairs({seed, place}, row, log_failure))) return;
      place += 8;
    } else {
      if (!visit_until_end(rejection::geometric_pair({seed, place}, row, log_failure))) return;
      place += 1;
    }
}

/// Draws `number` of `count` candidates for a row.
class Chooser {
 public:
  Chooser(std::int64_t count, std::int64_t number, bool include_self, bool allow_multiple, std::uint64_t seed)
      : count_(count), number_(number), include_self_(include_self), allow_multiple_(allow_multiple), seed_(seed) {}

  /// Row r's columns, in the order of drawing.
  void draw(std::int64_t r, std::int32_t* row) const {
    // One bit a candidate, all zero between calls.
    thread_local std::vector<bool> taken;
    if (!allow_multiple_ && static_cast<std::int64_t>(taken.size()) < count_)
      taken.resize(static_cast<std::size_t>(count_));
    RowStream stream(seed_, r);
    const std::int64_t among = candidates(r, count_, include_self_);
    for (std::int64_t k = 0; k < number_; ++k) {
      std::int64_t choice = 0;
      if (allow_multiple_) {
        choice = stream.below(among);
      } else {
        // R. Floyd's sampling (J. Bentley, "Programming pearls", CACM 30, 1987): every subset alike, no rejections.
        const std::int64_t last = among - number_ + k;
        choice = stream.below(last + 1);
        if (taken[static_cast<std::size_t>(choice)]) choice = last;
        taken[static_cast<std::size_t>(choice)] = true;
      }
      row[k] = static_cast<std::int32_t>(choice);
    }
    if (!allow_multiple_)
      for (std::int64_t k = 0; k < number_; ++k) taken[static_cast<std::size_t>(row[k])] = false;
    for (std::int64_t k = 0; k < number_; ++k) row[k] = column(row[k], r, include_self_);
  }

 private:
  std::int64_t count_, number_;
  bool include_self_, allow_multiple_;
  std::uint64_t seed_;
};

/// The smallest number of candidates of any row.
std::int64_t fewest_candidates(std::int64_t rows, std::int64_t count, bool include_self) {
  return rows == 0 ? largest : candidates(0, count, include_self);
}

}  // namespace

void check_sizes(const char* rule, std::int64_t pre, std::int64_t post) {
  if (pre >= 0 && post >= 0 && pre < largest && post < largest) return;
  throw ValueError({.what = fmt::format("{}: a population cannot have this size", rule),
                    .values = fmt::format("pre {}, post {}", pre, post),
                    .hint = fmt::format("sizes are in 0 .. {}", largest - 1)});
}

void check_connections(const char* rule, double connections, std::int64_t pre, std::int64_t post) {
  if (connections <= static_cast<double>(largest)) return;
  throw ValueError(
      {.what = fmt::format("{}: too many connections for one matrix", rule),
       .values = fmt::format("pre {}, post {}: about {:.3g} connections, at most {}", pre, post, connections, largest),
       .hint = "split a population, or connect more sparsely"});
}

void check_number(const char* rule, std::int64_t number, std::int64_t candidates, bool allow_multiple) {
  if (number >= 0 && (number <= candidates || (allow_multiple && candidates > 0))) return;
  throw ValueError({.what = fmt::format("{}: cannot choose this many", rule),
                    .values = fmt::format("number {}, candidates {}", number, candidates),
                    .hint = number < 0       ? "give a number of at least 0"
                            : candidates > 0 ? "give a smaller number, or allow_multi_conn"
                                             : "there is nobody to choose"});
}

CsrStructure fixed_probability(std::int64_t pre, std::int64_t post, double p, bool include_self, std::uint64_t seed) {
  constexpr const char* rule = "fixed probability";
  check_sizes(rule, pre, post);
  if (!(p >= 0 && p <= 1))
    throw ValueError({.what = "fixed probability: not a probability",
                      .values = fmt::format("probability {}", p),
                      .hint = "give a number in [0, 1]"});
  if (p == 1) return all_to_all(pre, post, include_self);
  check_connections(rule, p * static_cast<double>(pre) * static_cast<double>(post), pre, post);
  const double log_failure = compiler::vecmath::log1p(compiler::lane::Host<double>(-p)).v;

  // Rows are drawn twice: to know where each begins, then into their places.
  CsrStructure s{pre, post, runtime::make_tensor({DType::i32, {pre + 1}}), {}};
  auto* indptr = s.indptr.as<std::int32_t>();
  for_rows(p > 0 ? pre : 0, rows_in_a_chunk(p * static_cast<double>(post)), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t r = begin; r < end; ++r)
      with_successes(r, candidates(r, post, include_self), p, log_failure, seed,
                     [&](std::int64_t) { ++indptr[r + 1]; });
  });
  std::int64_t connections = 0;
  for (std::int64_t r = 0; r < pre; ++r) {
    connections += indptr[r + 1];
    indptr[r + 1] = static_cast<std::int32_t>(std::min(connections, largest));
  }
  check_connections(rule, static_cast<double>(connections), pre, post);
  s.indices = runtime::make_tensor({DType::i32, {connections}});
  if (connections > 0)
    fill_rows(s, [&](std::int64_t r, std::int32_t* row) {
      with_successes(r, candidates(r, post, include_self), p, log_failure, seed,
                     [&](std::int64_t k) { *row++ = column(k, r, include_self); });
    });
  return s;
}

CsrStructure one_to_one(std::int64_t pre, std::int64_t post) {
  check_sizes("one to one", pre, post);
  if (pre != post)
    throw ValueError({.what = "one to one: the populations differ in size",
                      .values = fmt::format("pre {}, post {}", pre, post),
                      .hint = "use populations of one size, or another rule"});
  CsrStructure s = empty_structure(pre, post, pre);
  set_row_pointers(s, [](std::int64_t) { return 1; });
  fill_rows(s, [](std::int64_t r, std::int32_t* row) { *row = static_cast<std::int32_t>(r); });
  return s;
}

CsrStructure all_to_all(std::int64_t pre, std::int64_t post, bool include_self) {
  check_sizes("all to all", pre, post);
  const std::int64_t connections = pre * post - (include_self ? 0 : std::min(pre, post));
  check_connections("all to all", static_cast<double>(connections), pre, post);
  CsrStructure s = empty_structure(pre, post, connections);
  set_row_pointers(s, [&](std::int64_t r) { return candidates(r, post, include_self); });
  fill_rows(s, [&](std::int64_t r, std::int32_t* row) {
    for (std::int64_t k = 0, count = candidates(r, post, include_self); k < count; ++k)
      row[k] = column(k, r, include_self);
  });
  return s;
}

CsrStructure fixed_pre_number(std::int64_t pre, std::int64_t post, std::int64_t number, bool include_self,
                              bool allow_multiple, std::uint64_t seed) {
  constexpr const char* rule = "fixed presynaptic number";
  check_sizes(rule, pre, post);
  check_number(rule, number, fewest_candidates(post, pre, include_self), allow_multiple);
  check_connections(rule, static_cast<double>(post) * static_cast<double>(number), pre, post);
  const Chooser chooser(pre, number, include_self, allow_multiple, seed);
  return collect(pre, post, post * number, [&](auto visit) {
    for_rows(post, rows_in_a_chunk(static_cast<double>(number)), [&](std::int64_t begin, std::int64_t end) {
      std::vector<std::int32_t> chosen(static_cast<std::size_t>(number));
      for (std::int64_t c = begin; c < end; ++c) {
        chooser.draw(c, chosen.data());
        visit(
            number, [&](std::int64_t k) { return chosen[static_cast<std::size_t>(k)]; },
            [c](std::int64_t) { return static_cast<std::int32_t>(c); });
      }
    });
  });
}

CsrStructure fixed_post_number(std::int64_t pre, std::int64_t post, std::int64_t number, bool include_self,
                               bool allow_multiple, std::uint64_t seed) {
  constexpr const char* rule = "fixed postsynaptic number";
  check_sizes(rule, pre, post);
  check_number(rule, number, fewest_candidates(pre, post, include_self), allow_multiple);
  check_connections(rule, static_cast<double>(pre) * static_cast<double>(number), pre, post);
  const Chooser chooser(post, number, include_self, allow_multiple, seed);
  CsrStructure s = empty_structure(pre, post, pre * number);
  set_row_pointers(s, [&](std::int64_t) { return number; });
  fill_rows(s, [&](std::int64_t r, std::int32_t* row) {
    chooser.draw(r, row);
    std::sort(row, row + number);
  });
  return s;
}

}  // namespace brainpy::connect::build
