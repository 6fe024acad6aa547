// Sums over the rows that fired: out[column] += weight for every stored entry of the rows, in the order of the rows and
// of their entries.
// In: rows in compressed form, a weight for all entries or one each. Out: the sums. What is done beyond the plain loop
// is for time alone: each target gets the same additions in the same order.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "runtime/prefetch.h"

namespace brainpy::compiler {

/// The entries of row r are those from starts[r] to starts[r + 1] - 1. Columns count from the first of the result.
template <class Index>
struct Rows {
  std::int64_t count;
  const Index* columns;
  const std::int32_t* starts;
};

// Weights. What there is for each entry, `Stored`, is read in the order of the entries; of(stored) is the weight.

/// One for all.
template <class T>
struct SharedWeight {
  using Value = T;
  struct Stored {};
  T value;
  const Stored* stored() const { return nullptr; }
  T of(Stored) const { return value; }
  T operator[](std::int64_t) const { return value; }
};

/// One an entry.
template <class T>
struct EntryWeights {
  using Value = T;
  using Stored = T;
  const T* values;
  const Stored* stored() const { return values; }
  T of(Stored value) const { return value; }
  T operator[](std::int64_t j) const { return values[j]; }
};

/// One an entry, at the entry's place among all.
template <class T>
struct WeightsElsewhere {
  using Value = T;
  using Stored = std::int32_t;
  const T* values;
  const std::int32_t* places;
  const Stored* stored() const { return places; }
  T of(Stored place) const { return values[place]; }
  T operator[](std::int64_t j) const { return values[places[j]]; }
};

/// Entries of several rows behind each other. To leave a row's loop costs as much as ten entries: no processor foresees
/// how long the row is. So short rows are copied, in pieces that are as many for each, and one loop goes over all.
template <class Index, class Weights>
class EntryRun {
 public:
  using T = typename Weights::Value;
  /// Entries of a piece; so many may be read past a row's end, which must be there.
  static constexpr std::int32_t piece = 16;
  /// Longer rows are not worth their copies.
  static constexpr std::int32_t longest = 1024;

  /// Most rows are taken to have `usual` entries. The targets are asked for before they come where the processor's
  /// nearer caches do not hold them.
  EntryRun(Rows<Index> rows, Weights weights, std::int32_t usual, bool far_targets, T* out)
      : rows_(rows), weights_(weights), pieces_(usual / piece + 2), far_targets_(far_targets), out_(out) {}

  void add(std::int32_t row) {
    const std::int32_t begin = rows_.starts[row], length = rows_.starts[row + 1] - begin;
    if (length > longest) return add_alone(begin, length);
    const std::int32_t pieces = std::max(pieces_, (length + piece - 1) / piece);
    if (pieces * piece > rows_.starts[rows_.count] - begin) return add_alone(begin, length);
    if (size_ + pieces * piece > room) add_up();
    for (std::int32_t k = 0; k < pieces; ++k) copy(begin + k * piece, size_ + k * piece, piece);
    size_ += length;
  }

  /// All that is in the run.
  void add_up() {
    if (far_targets_) {
      std::fill_n(columns_ + size_, ahead, size_ > 0 ? columns_[size_ - 1] : Index{});
      for (std::int32_t j = 0; j < ahead; ++j) runtime::prefetch(out_ + columns_[j]);
      for (std::int32_t j = 0; j < size_; ++j) {
        runtime::prefetch(out_ + columns_[j + ahead]);
        out_[columns_[j]] += weights_.of(stored_[j]);
      }
    } else {
#pragma GCC unroll 8
      for (std::int32_t j = 0; j < size_; ++j) out_[columns_[j]] += weights_.of(stored_[j]);
    }
    size_ = 0;
  }

 private:
  static constexpr std::int32_t room = 2 * longest, ahead = 32;

  void copy(std::int32_t from, std::int32_t to, std::int32_t entries) {
    std::memcpy(columns_ + to, rows_.columns + from, static_cast<std::size_t>(entries) * sizeof(Index));
    if (const auto* stored = weights_.stored())
      std::memcpy(stored_ + to, stored + from, static_cast<std::size_t>(entries) * sizeof(*stored));
  }

  /// A row that is longer, or so near the end of all that nothing can be read past its own.
  void add_alone(std::int32_t begin, std::int32_t length) {
    add_up();
    for (std::int32_t j = begin; j < begin + length; ++j) out_[rows_.columns[j]] += weights_[j];
  }

  Rows<Index> rows_;
  Weights weights_;
  std::int32_t pieces_;
  bool far_targets_;
  T* out_;
  std::int32_t size_ = 0;
  Index columns_[room + ahead];
  typename Weights::Stored stored_[room];
};

/// Lines of entries that are on their way at a time.
constexpr std::int64_t lines_ahead = 56;

/// Lines of a row of that many entries. One number serves all rows, so that the processor predicts the loop's end; of
/// long rows the first lines are enough, the hardware follows once a row is being read.
inline std::int64_t lines_of_a_row(std::int32_t entries, std::size_t entry_size) {
  return std::min<std::int64_t>(entries * static_cast<std::int64_t>(entry_size) / 64 + 2, 16);
}

/// out[column] += weight over the entries of the rows `which`; out has `targets` elements.
template <class Index, class Weights, class T>
void scatter_rows(Rows<Index> rows, Weights weights, const std::int32_t* which, std::int64_t count, T* out,
                  std::int64_t targets) {
  // Of rows of this length, to leave the loop costs less than to copy the row.
  constexpr std::int32_t long_row = 64;
  constexpr std::int64_t near_targets = 1 << 20;  // bytes that the processor's nearer caches hold
  if (count == 0) return;
  const std::int32_t length = rows.starts[which[0] + 1] - rows.starts[which[0]];
  const std::int64_t column_lines = lines_of_a_row(length, sizeof(Index));
  const std::int64_t stored_lines = lines_of_a_row(length, sizeof(typename Weights::Stored));
  // Rows are far apart: those that come soon are on their way while this one is done, and before them where they begin.
  const std::int64_t ahead = std::clamp<std::int64_t>(lines_ahead / column_lines, 1, 16);
  const auto ask_for_start = [&](std::int64_t k) { runtime::prefetch(rows.starts + which[k]); };
  const auto ask_for_row = [&](std::int64_t k) {
    const std::int32_t begin = rows.starts[which[k]];
    runtime::prefetch(rows.columns + begin, column_lines);
    if (const auto* stored = weights.stored()) runtime::prefetch(stored + begin, stored_lines);
  };
  const auto for_each_row = [&](auto body) {
    for (std::int64_t k = 1; k < std::min(2 * ahead, count); ++k) ask_for_start(k);
    for (std::int64_t k = 0; k < std::min(ahead, count); ++k) ask_for_row(k);
    for (std::int64_t k = 0; k < count; ++k) {
      if (k + 2 * ahead < count) ask_for_start(k + 2 * ahead);
      if (k + ahead < count) ask_for_row(k + ahead);
      body(which[k]);
    }
  };
  const bool far_targets = targets * static_cast<std::int64_t>(sizeof(T)) > near_targets;
  if (length < long_row || (far_targets && length < EntryRun<Index, Weights>::longest / 2)) {
    EntryRun<Index, Weights> run(rows, weights, length, far_targets, out);
    for_each_row([&](std::int32_t row) { run.add(row); });
    return run.add_up();
  }
  for_each_row([&](std::int32_t row) {
    const std::int32_t end = rows.starts[row + 1];
#pragma GCC unroll 4
    for (std::int32_t j = rows.starts[row]; j < end; ++j) out[rows.columns[j]] += weights[j];
  });
}

}  // namespace brainpy::compiler
