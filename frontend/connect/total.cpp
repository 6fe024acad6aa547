// A fixed number of connections in all: pairs of neurons drawn from one sequence, sorted into rows as they come.
// In: sizes, the number, a seed. Out: a CSR structure, the same for any number of threads.
#include <algorithm>
#include <array>
#include <atomic>
#include <vector>

#include "frontend/connect/rows.h"

namespace brainpy::connect::build {
namespace {

/// Pairs are numbered row by row; without self-connections the first rows are one shorter.
class Pairs {
 public:
  Pairs(std::int64_t pre, std::int64_t post, bool include_self)
      : rows(pre),
        cols(post),
        include_self(include_self),
        short_rows_(std::min(pre, post)),
        short_width_(include_self ? post : post - 1),
        short_pairs_(short_rows_ * short_width_) {}

  const std::int64_t rows, cols;
  const bool include_self;

  std::int64_t size() const { return short_pairs_ + (rows - short_rows_) * cols; }
  std::int64_t row(std::int64_t pair) const {
    return pair < short_pairs_ ? pair / short_width_ : short_rows_ + (pair - short_pairs_) / cols;
  }
  std::int32_t column_in(std::int64_t row, std::int64_t pair) const {
    return row < short_rows_ ? column(pair - row * short_width_, row, include_self)
                             : static_cast<std::int32_t>(pair - short_pairs_ - (row - short_rows_) * cols);
  }

 private:
  std::int64_t short_rows_, short_width_, short_pairs_;
};

/// The first `number` pairs of the seed's sequence, in any order and with repetitions: visit(count, row, column) as
/// collect() wants it. Returns the sequence behind them.
template <class Visit>
RowStream draw_first(const Pairs& pairs, std::int64_t number, std::uint64_t seed, Visit visit) {
  constexpr std::size_t group = 64;
  const std::int64_t range = pairs.size();
  std::atomic<std::int64_t> refused = 0;
  for_rows(number, 1 << 14, [&](std::int64_t begin, std::int64_t end) {
    RowStream stream(seed, 0, static_cast<std::uint64_t>(begin));
    std::array<std::int64_t, group> rows;
    std::array<std::int32_t, group> columns;
    for (std::int64_t place = begin; place < end;) {
      std::size_t count = 0;
      for (; place < end && count < group; ++place) {
        std::int64_t pair = 0;
        if (!stream.try_below(range, pair)) {
          refused.fetch_add(1, std::memory_order_relaxed);
          continue;
        }
        rows[count] = pairs.row(pair);
        columns[count] = pairs.column_in(rows[count], pair);
        ++count;
      }
      visit(
          static_cast<std::int64_t>(count), [&](std::int64_t k) { return rows[static_cast<std::size_t>(k)]; },
          [&](std::int64_t k) { return columns[static_cast<std::size_t>(k)]; });
    }
  });
  // Words that were refused are made up for by those that follow.
  RowStream rest(seed, 0, static_cast<std::uint64_t>(number));
  for (std::int64_t k = 0; k < refused.load(); ++k) {
    const std::int64_t pair = rest.below(range), row = pairs.row(pair);
    visit(
        1, [&](std::int64_t) { return row; }, [&](std::int64_t) { return pairs.column_in(row, pair); });
  }
  return rest;
}

/// Keeps one of equal entries in each row, at the row's beginning. Out: how many each row has then.
std::vector<std::int32_t> remove_repetitions(const CsrStructure& s) {
  std::vector<std::int32_t> lengths(static_cast<std::size_t>(s.rows));
  const auto* indptr = s.indptr.as<std::int32_t>();
  fill_rows(s, [&](std::int64_t r, std::int32_t* row) {
    std::int32_t* end = row + (indptr[r + 1] - indptr[r]);
    lengths[static_cast<std::size_t>(r)] = static_cast<std::int32_t>(std::unique(row, end) - row);
  });
  return lengths;
}

/// `number` pairs, in rising order, none of which is among the first lengths[r] entries of its row r.
std::vector<std::int64_t> draw_others(const Pairs& pairs, const CsrStructure& s,
                                      const std::vector<std::int32_t>& lengths, std::int64_t number,
                                      RowStream& stream) {
  const auto* indptr = s.indptr.as<std::int32_t>();
  const auto* indices = s.indices.as<std::int32_t>();
  const auto present = [&](std::int64_t pair) {
    const std::int64_t r = pairs.row(pair);
    const std::int32_t* row = indices + indptr[r];
    return std::binary_search(row, row + lengths[static_cast<std::size_t>(r)], pairs.column_in(r, pair));
  };
  std::vector<std::int64_t> chosen;
  chosen.reserve(static_cast<std::size_t>(number));
  while (static_cast<std::int64_t>(chosen.size()) < number) {
    const auto old = static_cast<std::ptrdiff_t>(chosen.size());
    for (std::int64_t k = old; k < number; ++k)
      if (const std::int64_t pair = stream.below(pairs.size()); !present(pair)) chosen.push_back(pair);
    std::sort(chosen.begin() + old, chosen.end());
    std::inplace_merge(chosen.begin(), chosen.begin() + old, chosen.end());
    chosen.erase(std::unique(chosen.begin(), chosen.end()), chosen.end());
  }
  return chosen;
}

/// Adds pairs to rows that hold lengths[r] entries each, in place: together they fill the structure.
void merge(const Pairs& pairs, CsrStructure& s, const std::vector<std::int32_t>& lengths,
           const std::vector<std::int64_t>& others) {
  auto* indptr = s.indptr.as<std::int32_t>();
  auto* indices = s.indices.as<std::int32_t>();
  // Rows close up to the left, and from the last one on move right to where they end, taking in what is new.
  std::int32_t end = 0;
  for (std::int64_t r = 0; r < s.rows; ++r) {
    const std::int32_t length = lengths[static_cast<std::size_t>(r)];
    if (end != indptr[r]) std::copy_n(indices + indptr[r], length, indices + end);
    indptr[r] = end;
    end += length;
  }
  indptr[s.rows] = end;
  auto to = static_cast<std::int32_t>(s.indices.type.size());
  auto other = others.rbegin();
  for (std::int64_t r = s.rows - 1; r >= 0 && other != others.rend(); --r) {
    std::int32_t from = indptr[r + 1];
    indptr[r + 1] = to;
    for (; other != others.rend() && pairs.row(*other) == r; ++other) {
      const std::int32_t c = pairs.column_in(r, *other);
      while (from > indptr[r] && indices[from - 1] > c) indices[--to] = indices[--from];
      indices[--to] = c;
    }
    while (from > indptr[r] && to != from) indices[--to] = indices[--from];
    to -= from - indptr[r];
  }
}

/// `number` of all pairs, all choices alike: draws are repeated until enough differ.
CsrStructure choose(const Pairs& pairs, std::int64_t number, bool allow_multiple, std::uint64_t seed) {
  RowStream stream(seed, 0);
  CsrStructure s =
      collect(pairs.rows, pairs.cols, number, [&](auto visit) { stream = draw_first(pairs, number, seed, visit); });
  if (allow_multiple) return s;
  const std::vector<std::int32_t> lengths = remove_repetitions(s);
  std::int64_t missing = number;
  for (std::int32_t length : lengths) missing -= length;
  if (missing > 0) merge(pairs, s, lengths, draw_others(pairs, s, lengths, missing, stream));
  return s;
}

/// All pairs that `out` does not have.
CsrStructure complement(const Pairs& pairs, const CsrStructure& out) {
  const auto* out_indptr = out.indptr.as<std::int32_t>();
  const auto* out_indices = out.indices.as<std::int32_t>();
  CsrStructure s = empty_structure(pairs.rows, pairs.cols, pairs.size() - out.indices.type.size());
  set_row_pointers(s, [&](std::int64_t r) {
    return candidates(r, pairs.cols, pairs.include_self) - (out_indptr[r + 1] - out_indptr[r]);
  });
  fill_rows(s, [&](std::int64_t r, std::int32_t* row) {
    const std::int32_t *left_out = out_indices + out_indptr[r], *end = out_indices + out_indptr[r + 1];
    for (std::int64_t k = 0, count = candidates(r, pairs.cols, pairs.include_self); k < count; ++k) {
      const std::int32_t c = column(k, r, pairs.include_self);
      if (left_out < end && *left_out == c) ++left_out;
      else *row++ = c;
    }
  });
  return s;
}

}  // namespace

CsrStructure fixed_total_number(std::int64_t pre, std::int64_t post, std::int64_t number, bool include_self,
                                bool allow_multiple, std::uint64_t seed) {
  constexpr const char* rule = "fixed total number";
  check_sizes(rule, pre, post);
  const Pairs pairs(pre, post, include_self);
  check_number(rule, number, number == 0 ? 0 : pairs.size(), allow_multiple);
  check_connections(rule, static_cast<double>(number), pre, post);
  if (number == 0) return empty_structure(pre, post, 0);
  if (allow_multiple || number <= pairs.size() / 2) return choose(pairs, number, allow_multiple, seed);
  // More than half: choose who is left out.
  return complement(pairs, choose(pairs, pairs.size() - number, false, seed));
}

}  // namespace brainpy::connect::build
