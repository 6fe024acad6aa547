#include "frontend/connect/build.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <vector>

#include "compiler/ops/philox.h"
#include "compiler/ops/rejection.h"
#include "compiler/ops/vecmath.h"
#include "runtime/error.h"
#include "runtime/threads.h"

namespace brainpy::connect::build {
namespace {

namespace philox = compiler::philox;
namespace rejection = compiler::rejection;
using runtime::DType;

constexpr std::int64_t largest = std::numeric_limits<std::int32_t>::max();

// --- errors --------------------------------------------------------------------------------------

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

/// `candidates`: from how many one choice is made, for the poorest neuron.
void check_number(const char* rule, std::int64_t number, std::int64_t candidates, bool allow_multiple) {
  if (number >= 0 && (number <= candidates || (allow_multiple && candidates > 0))) return;
  throw ValueError({.what = fmt::format("{}: cannot choose this many", rule),
                    .values = fmt::format("number {}, candidates {}", number, candidates),
                    .hint = number < 0       ? "give a number of at least 0"
                            : candidates > 0 ? "give a smaller number, or allow_multi_conn"
                                             : "there is nobody to choose"});
}

// --- random choices ------------------------------------------------------------------------------

/// Random words for one row, from (seed, row, place in the row's sequence) alone.
class RowStream {
 public:
  RowStream(std::uint64_t seed, std::int64_t row) : seed_(seed), row_(static_cast<std::uint64_t>(row)) {}

  /// Uniform in [0, range). D. Lemire, "Fast random integer generation in an interval", ACM TOMACS 29 (2019): exact.
  std::int64_t below(std::int64_t range) {
    const auto width = static_cast<std::uint64_t>(range);
    while (true) {
      const auto product = static_cast<unsigned __int128>(next()) * width;
      const auto low = static_cast<std::uint64_t>(product);
      if (low >= width || low >= -width % width) return static_cast<std::int64_t>(product >> 64);
    }
  }

 private:
  using Word = compiler::lane::Host<std::uint64_t>;

  std::uint64_t next() {
    if (place_ % 2 == 0)
      block_ = philox::block(Word(seed_), Word(place_ / 2), static_cast<std::uint32_t>(philox::Purpose::connectivity),
                             Word(row_));
    const std::size_t first = place_++ % 2 * 2;
    return philox::join(block_[first], block_[first + 1]).v;
  }

  std::uint64_t seed_, row_, place_ = 0;
  philox::Block<Word> block_;
};

/// Runs body(begin, end) on chunks of rows, on several threads.
template <class Body>
void for_rows(std::int64_t rows, std::int64_t chunk, Body body) {
  runtime::parallel_for(
      rows, chunk,
      [](void* context, std::int64_t begin, std::int64_t end) { (*static_cast<Body*>(context))(begin, end); }, &body);
}

/// How many of `count` columns row r may connect to; its own is left out when `include_self` is false.
std::int64_t candidates(std::int64_t r, std::int64_t count, bool include_self) {
  return include_self || r >= count ? count : count - 1;
}
/// The column of candidate k of row r.
std::int32_t column(std::int64_t k, std::int64_t r, bool include_self) {
  return static_cast<std::int32_t>(include_self || k < r ? k : k + 1);
}

/// `number` of `count` candidates for each of `rows` rows, as a matrix rows x number of sorted columns.
std::vector<std::int32_t> choose_for_rows(std::int64_t rows, std::int64_t count, std::int64_t number, bool include_self,
                                          bool allow_multiple, std::uint64_t seed) {
  std::vector<std::int32_t> chosen(static_cast<std::size_t>(rows * number));
  for_rows(rows, 64, [&](std::int64_t begin, std::int64_t end) {
    std::vector<bool> taken(allow_multiple ? 0 : static_cast<std::size_t>(count));
    for (std::int64_t r = begin; r < end; ++r) {
      RowStream stream(seed, r);
      const std::int64_t among = candidates(r, count, include_self);
      std::int32_t* row = chosen.data() + r * number;
      for (std::int64_t k = 0; k < number; ++k) {
        std::int64_t choice = 0;
        if (allow_multiple) {
          choice = stream.below(among);
        } else {
          // R. Floyd's sampling (J. Bentley, "Programming pearls", CACM 30, 1987): every subset alike, no rejections.
          const std::int64_t last = among - number + k;
          choice = stream.below(last + 1);
          if (taken[static_cast<std::size_t>(choice)]) choice = last;
          taken[static_cast<std::size_t>(choice)] = true;
        }
        row[k] = static_cast<std::int32_t>(choice);
      }
      if (!allow_multiple)
        for (std::int64_t k = 0; k < number; ++k) taken[static_cast<std::size_t>(row[k])] = false;
      std::sort(row, row + number);
      for (std::int64_t k = 0; k < number; ++k) row[k] = column(row[k], r, include_self);
    }
  });
  return chosen;
}

/// `number` numbers below `range` in rising order: distinct ones (draws are repeated until enough differ, so every
/// subset is alike), or with repetitions.
std::vector<std::int64_t> choose_sorted(std::int64_t range, std::int64_t number, bool allow_multiple,
                                        RowStream& stream) {
  std::vector<std::int64_t> chosen;
  chosen.reserve(static_cast<std::size_t>(number));
  while (static_cast<std::int64_t>(chosen.size()) < number) {
    const auto old = static_cast<std::ptrdiff_t>(chosen.size());
    for (std::int64_t k = old; k < number; ++k) chosen.push_back(stream.below(range));
    std::sort(chosen.begin() + old, chosen.end());
    std::inplace_merge(chosen.begin(), chosen.begin() + old, chosen.end());
    if (!allow_multiple) chosen.erase(std::unique(chosen.begin(), chosen.end()), chosen.end());
  }
  return chosen;
}

// --- structures ----------------------------------------------------------------------------------

CsrStructure empty_structure(std::int64_t rows, std::int64_t cols, std::int64_t connections) {
  return {rows, cols, runtime::make_tensor({DType::i32, {rows + 1}}),
          runtime::make_tensor({DType::i32, {connections}})};
}

/// Row pointers of rows of known lengths; true sizes were checked before.
template <class Length>
void set_row_pointers(CsrStructure& s, Length length) {
  auto* indptr = s.indptr.as<std::int32_t>();
  for (std::int64_t r = 0; r < s.rows; ++r) indptr[r + 1] = indptr[r] + static_cast<std::int32_t>(length(r));
}

/// The smallest number of candidates of any row.
std::int64_t fewest_candidates(std::int64_t rows, std::int64_t count, bool include_self) {
  return rows == 0 ? largest : candidates(0, count, include_self);
}

}  // namespace

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

  // Each chunk of rows makes its own piece, then the pieces are put together.
  constexpr std::int64_t chunk = 128;
  std::vector<std::vector<std::int32_t>> pieces(static_cast<std::size_t>((pre + chunk - 1) / chunk));
  std::vector<std::int64_t> ends(static_cast<std::size_t>(pre));  // of rows, within their piece
  for_rows(p > 0 ? pre : 0, chunk, [&](std::int64_t begin, std::int64_t end) {
    std::vector<std::int32_t>& piece = pieces[static_cast<std::size_t>(begin / chunk)];
    piece.reserve(static_cast<std::size_t>(1.1 * p * static_cast<double>((end - begin) * post)) + 16);
    for (std::int64_t r = begin; r < end; ++r) {
      // From one connection to the next: the number of pairs between them is geometric.
      const auto count = static_cast<double>(candidates(r, post, include_self));
      double next = -1;
      for (std::uint64_t place = 0; next < count; ++place)
        for (double skipped : rejection::geometric_pair({seed, place}, static_cast<std::uint32_t>(r), log_failure)) {
          next += skipped + 1;
          if (next >= count) break;
          piece.push_back(column(static_cast<std::int64_t>(next), r, include_self));
        }
      ends[static_cast<std::size_t>(r)] = static_cast<std::int64_t>(piece.size());
    }
  });

  std::int64_t connections = 0;
  for (const auto& piece : pieces) connections += static_cast<std::int64_t>(piece.size());
  check_connections(rule, static_cast<double>(connections), pre, post);
  CsrStructure s = empty_structure(pre, post, connections);
  set_row_pointers(s, [&](std::int64_t r) {
    const std::int64_t start = r % chunk == 0 ? 0 : ends[static_cast<std::size_t>(r - 1)];
    return ends[static_cast<std::size_t>(r)] - start;
  });
  auto* indices = s.indices.as<std::int32_t>();
  for (const auto& piece : pieces) indices = std::copy(piece.begin(), piece.end(), indices);
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
  for (std::int64_t r = 0; r < pre; ++r) s.indices.as<std::int32_t>()[r] = static_cast<std::int32_t>(r);
  return s;
}

CsrStructure all_to_all(std::int64_t pre, std::int64_t post, bool include_self) {
  check_sizes("all to all", pre, post);
  const std::int64_t connections = pre * post - (include_self ? 0 : std::min(pre, post));
  check_connections("all to all", static_cast<double>(connections), pre, post);
  CsrStructure s = empty_structure(pre, post, connections);
  set_row_pointers(s, [&](std::int64_t r) { return candidates(r, post, include_self); });
  auto* indices = s.indices.as<std::int32_t>();
  for (std::int64_t r = 0; r < pre; ++r)
    for (std::int64_t k = 0; k < candidates(r, post, include_self); ++k) *indices++ = column(k, r, include_self);
  return s;
}

CsrStructure fixed_pre_number(std::int64_t pre, std::int64_t post, std::int64_t number, bool include_self,
                              bool allow_multiple, std::uint64_t seed) {
  constexpr const char* rule = "fixed presynaptic number";
  check_sizes(rule, pre, post);
  check_number(rule, number, fewest_candidates(post, pre, include_self), allow_multiple);
  check_connections(rule, static_cast<double>(post) * static_cast<double>(number), pre, post);
  const std::vector<std::int32_t> chosen = choose_for_rows(post, pre, number, include_self, allow_multiple, seed);

  // Transpose: postsynaptic neurons come in rising order, so that every row's columns do.
  CsrStructure s = empty_structure(pre, post, post * number);
  std::vector<std::int32_t> next(static_cast<std::size_t>(pre));
  for (std::int32_t row : chosen) ++next[static_cast<std::size_t>(row)];
  set_row_pointers(s, [&](std::int64_t r) { return next[static_cast<std::size_t>(r)]; });
  std::copy_n(s.indptr.as<std::int32_t>(), pre, next.begin());
  for (std::int64_t k = 0; k < post * number; ++k)
    s.indices.as<std::int32_t>()[next[static_cast<std::size_t>(chosen[static_cast<std::size_t>(k)])]++] =
        static_cast<std::int32_t>(k / number);
  return s;
}

CsrStructure fixed_post_number(std::int64_t pre, std::int64_t post, std::int64_t number, bool include_self,
                               bool allow_multiple, std::uint64_t seed) {
  constexpr const char* rule = "fixed postsynaptic number";
  check_sizes(rule, pre, post);
  check_number(rule, number, fewest_candidates(pre, post, include_self), allow_multiple);
  check_connections(rule, static_cast<double>(pre) * static_cast<double>(number), pre, post);
  const std::vector<std::int32_t> chosen = choose_for_rows(pre, post, number, include_self, allow_multiple, seed);
  CsrStructure s = empty_structure(pre, post, pre * number);
  set_row_pointers(s, [&](std::int64_t) { return number; });
  std::copy(chosen.begin(), chosen.end(), s.indices.as<std::int32_t>());
  return s;
}

CsrStructure fixed_total_number(std::int64_t pre, std::int64_t post, std::int64_t number, bool include_self,
                                bool allow_multiple, std::uint64_t seed) {
  constexpr const char* rule = "fixed total number";
  check_sizes(rule, pre, post);
  const std::int64_t diagonal = std::min(pre, post);
  const std::int64_t pairs = pre * post - (include_self ? 0 : diagonal);
  check_number(rule, number, number == 0 ? 0 : pairs, allow_multiple);
  check_connections(rule, static_cast<double>(number), pre, post);

  CsrStructure s = empty_structure(pre, post, number);
  std::vector<std::int32_t> lengths(static_cast<std::size_t>(pre));
  auto* indices = s.indices.as<std::int32_t>();
  // Pairs are numbered row by row; without self-connections the first rows are one shorter.
  const std::int64_t short_width = include_self ? post : post - 1;
  const std::int64_t short_pairs = diagonal * short_width;
  const auto append = [&](std::int64_t pair) {
    const bool in_short = pair < short_pairs;
    const std::int64_t width = in_short ? short_width : post, rest = in_short ? pair : pair - short_pairs;
    const std::int64_t row = rest / width + (in_short ? 0 : diagonal);
    ++lengths[static_cast<std::size_t>(row)];
    *indices++ = in_short ? column(rest % width, row, include_self) : static_cast<std::int32_t>(rest % width);
  };
  RowStream stream(seed, 0);
  if (allow_multiple || number <= pairs / 2) {
    for (std::int64_t pair : choose_sorted(pairs, number, allow_multiple, stream)) append(pair);
  } else {
    // More than half: choose who is left out.
    std::int64_t pair = 0;
    for (std::int64_t out : choose_sorted(pairs, pairs - number, false, stream)) {
      while (pair < out) append(pair++);
      ++pair;
    }
    while (pair < pairs) append(pair++);
  }
  set_row_pointers(s, [&](std::int64_t r) { return lengths[static_cast<std::size_t>(r)]; });
  return s;
}

}  // namespace brainpy::connect::build
