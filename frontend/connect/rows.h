// What the rules of connection are made of: random words of a row, loops over rows, and two ways to fill compressed
// rows in place: row by row, or from entries that come in any order. In: functions that make a row or draw entries,
// called twice (to count, then to fill) and giving the same both times. Out: CSR structures with sorted columns; the
// only memory of the size of the connections is theirs.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <limits>
#include <utility>

#include "compiler/ops/philox.h"
#include "frontend/connect/build.h"
#include "runtime/threads.h"

namespace brainpy::connect::build {

/// Random words for one row, from (seed, row, place in the row's sequence) alone.
class RowStream {
 public:
  RowStream(std::uint64_t seed, std::int64_t row, std::uint64_t place = 0)
      : seed_(seed), row_(static_cast<std::uint64_t>(row)), place_(place) {
    if (place_ % 2 == 1) make_block();
  }

  /// Uniform in [0, range). D. Lemire, "Fast random integer generation in an interval", ACM TOMACS 29 (2019): exact.
  std::int64_t below(std::int64_t range) {
    std::int64_t number = 0;
    while (!try_below(range, number)) {
    }
    return number;
  }
  /// The same from one word, which one in 2^64 / range is not good for.
  bool try_below(std::int64_t range, std::int64_t& number) {
    const auto width = static_cast<std::uint64_t>(range);
    const auto product = static_cast<unsigned __int128>(next()) * width;
    const auto low = static_cast<std::uint64_t>(product);
    number = static_cast<std::int64_t>(product >> 64);
    return low >= width || low >= -width % width;
  }

 private:
  using Word = compiler::lane::Host<std::uint64_t>;

  void make_block() {
    namespace philox = compiler::philox;
    block_ = philox::block(Word(seed_), Word(place_ / 2), static_cast<std::uint32_t>(philox::Purpose::connectivity),
                           Word(row_));
  }
  std::uint64_t next() {
    if (place_ % 2 == 0) make_block();
    const std::size_t first = place_++ % 2 * 2;
    return compiler::philox::join(block_[first], block_[first + 1]).v;
  }

  std::uint64_t seed_, row_, place_;
  compiler::philox::Block<Word> block_;
};

/// Runs body(begin, end) on chunks of rows, on several threads.
template <class Body>
void for_rows(std::int64_t rows, std::int64_t chunk, Body&& body) {
  using Plain = std::remove_reference_t<Body>;
  runtime::parallel_for(
      rows, chunk,
      [](void* context, std::int64_t begin, std::int64_t end) { (*static_cast<Plain*>(context))(begin, end); }, &body);
}

/// Rows of about `length` entries each that one thread takes at a time.
inline std::int64_t rows_in_a_chunk(double length) {
  constexpr double entries = 1 << 15;
  return static_cast<std::int64_t>(std::clamp(entries / std::max(length, 1.0), 1.0, 4096.0));
}

/// How many of `count` columns row r may connect to; its own is left out when `include_self` is false.
inline std::int64_t candidates(std::int64_t r, std::int64_t count, bool include_self) {
  return include_self || r >= count ? count : count - 1;
}
/// The column of candidate k of row r.
inline std::int32_t column(std::int64_t k, std::int64_t r, bool include_self) {
  return static_cast<std::int32_t>(include_self || k < r ? k : k + 1);
}

/// The most neurons of a population and the most connections of a structure: its numbers are int32.
inline constexpr std::int64_t largest = std::numeric_limits<std::int32_t>::max();

// ValueErrors of the rule of that name, for sizes that are negative or too large, for more connections than fit, for a
// number that cannot be chosen from `candidates` (of the poorest neuron).
void check_sizes(const char* rule, std::int64_t pre, std::int64_t post);
void check_number(const char* rule, std::int64_t number, std::int64_t candidates, bool allow_multiple);
void check_connections(const char* rule, double connections, std::int64_t pre, std::int64_t post);

inline CsrStructure empty_structure(std::int64_t rows, std::int64_t cols, std::int64_t connections) {
  return {rows, cols, runtime::make_tensor({runtime::DType::i32, {rows + 1}}),
          runtime::make_tensor({runtime::DType::i32, {connections}})};
}

/// Row pointers of rows of known lengths, whose sum was checked before.
template <class Length>
void set_row_pointers(CsrStructure& s, Length length) {
  auto* indptr = s.indptr.as<std::int32_t>();
  for (std::int64_t r = 0; r < s.rows; ++r) indptr[r + 1] = indptr[r] + static_cast<std::int32_t>(length(r));
}

/// Fills the rows of a structure whose row pointers are set: fill(r, first entry).
template <class Fill>
void fill_rows(const CsrStructure& s, Fill fill) {
  const auto* indptr = s.indptr.as<std::int32_t>();
  auto* indices = s.indices.as<std::int32_t>();
  const double length =
      static_cast<double>(s.indices.type.size()) / static_cast<double>(std::max<std::int64_t>(s.rows, 1));
  for_rows(s.rows, rows_in_a_chunk(length), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t r = begin; r < end; ++r) fill(r, indices + indptr[r]);
  });
}

/// A structure from entries that come in any order, on several threads. `draw(visit)` calls visit(count, row, column)
/// for groups of entries, row(k) and column(k) for k < count; it gives the same `connections` entries at each call.
template <class Draw>
CsrStructure collect(std::int64_t rows, std::int64_t cols, std::int64_t connections, Draw draw) {
  CsrStructure s = empty_structure(rows, cols, connections);
  // The second number on: first each row's length, then where its next entry goes, in the end where it ends.
  auto* place = s.indptr.as<std::int32_t>() + 1;
  const auto take_place = [&](std::int64_t row) {
    return std::atomic_ref(place[row]).fetch_add(1, std::memory_order_relaxed);
  };
  draw([&](std::int64_t count, auto row, auto) {
    for (std::int64_t k = 0; k < count; ++k) take_place(row(k));
  });
  std::int32_t start = 0;
  for (std::int64_t r = 0; r < rows; ++r) start += std::exchange(place[r], start);
  auto* indices = s.indices.as<std::int32_t>();
  draw([&](std::int64_t count, auto row, auto column) {
    // An atomic addition waits for the stores before it: places first, then the stores, to lines that are there.
    constexpr std::int64_t group = 64;
    std::array<std::int32_t, group> places;
    for (std::int64_t first = 0; first < count; first += group) {
      const std::int64_t size = std::min(group, count - first);
      for (std::int64_t k = 0; k < size; ++k) {
        const std::int32_t p = places[static_cast<std::size_t>(k)] = take_place(row(first + k));
        __builtin_prefetch(indices + p, 1);
      }
      for (std::int64_t k = 0; k < size; ++k) indices[places[static_cast<std::size_t>(k)]] = column(first + k);
    }
  });
  // Sorting removes the one trace that the threads' order left.
  const auto* indptr = s.indptr.as<std::int32_t>();
  fill_rows(s, [&](std::int64_t r, std::int32_t* row) { std::sort(row, indices + indptr[r + 1]); });
  return s;
}

}  // namespace brainpy::connect::build
