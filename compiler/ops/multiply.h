// Dense matrix products in a defined order, the same for every build, alignment and place in a batch.
// In: row-major matrices a [rows, inner], b [inner, columns]. Out: c [rows, columns].
//
// The order: with more than one column, each element of c is a sequential sum over the inner axis that starts from
// zero. With one column it is the order of reductions: 16 interleaved partial sums, of which those without an element
// are left out, then a tree (partials.h). Every step is one fused multiply-add. Blocks below only change which elements
// are computed next to each other.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "compiler/ops/lane.h"
#include "compiler/ops/partials.h"

namespace brainpy::compiler::linalg {

template <class T>
T multiply_add(T a, T b, T c) {
  if constexpr (std::is_floating_point_v<T>) return std::fma(a, b, c);
  else return (lane::Host(a) * lane::Host(b) + lane::Host(c)).v;
}

/// Neighbouring elements in one register. GCC and clang make one instruction of a loop over its lanes.
template <class T>
struct Pack {
  static constexpr std::int64_t width = 32 / sizeof(T);
  using Vector [[gnu::vector_size(32)]] = T;
  Vector v;

  void multiply_add(T factor, const Pack& other) {
    for (std::int64_t l = 0; l < width; ++l) v[l] = linalg::multiply_add(factor, other.v[l], v[l]);
  }
};

/// The interleaved partial sums of a product of two vectors. By itself, because inlined into a loop over rows it is no
/// longer vectorised by GCC 12.
template <class T>
[[gnu::noinline]] void sum_products(const T* a, const T* b, std::int64_t count, T* result) {
  constexpr std::int64_t partials = kernel::partials;
  T sums[partials] = {};
  std::int64_t k = 0;
  for (; k + partials <= count; k += partials)
    for (std::int64_t p = 0; p < partials; ++p) sums[p] = multiply_add(a[k + p], b[k + p], sums[p]);
  std::copy_n(sums, partials, result);
  for (std::int64_t p = 0; k < count; ++p, ++k) result[p] = multiply_add(a[k], b[k], result[p]);
}

/// c = a b for b of one column.
template <class T>
void multiply_vector(const T* a, const T* b, T* c, std::int64_t rows, std::int64_t inner) {
  const auto add = [](T x, T y) { return (lane::Host(x) + lane::Host(y)).v; };
  T sums[kernel::partials];
  for (std::int64_t i = 0; i < rows; ++i, a += inner) {
    sum_products(a, b, inner, sums);
    c[i] = kernel::join_partials(sums, inner, add);
  }
}

/// c = a b for a of few rows: b is read once, row by row.
template <class T>
void multiply_rows(const T* a, const T* b, T* c, std::int64_t rows, std::int64_t inner, std::int64_t columns) {
  std::fill_n(c, rows * columns, T(0));
  for (std::int64_t k = 0; k < inner; ++k, b += columns)
    for (std::int64_t i = 0; i < rows; ++i) {
      const T factor = a[i * inner + k];
      T* row = c + i * columns;
      for (std::int64_t j = 0; j < columns; ++j) row[j] = multiply_add(factor, b[j], row[j]);
    }
}

/// A panel of b: `depth` rows of up to `width` neighbouring columns; those past the end are zero.
template <class T, std::int64_t packs>
struct Panel {
  static constexpr std::int64_t width = packs * Pack<T>::width, max_depth = 256;
  Pack<T> values[max_depth][packs];
  std::int64_t depth = 0, columns = 0;

  /// The panel's columns of one row of b or c; whole rows are copied without a loop.
  void load(const T* from, Pack<T>* row) const {
    if (columns == width) {
      std::memcpy(row, from, width * sizeof(T));
      return;
    }
    T elements[width] = {};
    std::copy_n(from, columns, elements);
    std::memcpy(row, elements, sizeof elements);
  }
  void store(const Pack<T>* row, T* to) const {
    if (columns == width) {
      std::memcpy(to, row, width * sizeof(T));
      return;
    }
    T elements[width];
    std::memcpy(elements, row, sizeof elements);
    std::copy_n(elements, columns, to);
  }
  void fill(const T* b, std::int64_t stride, std::int64_t rows, std::int64_t used) {
    depth = rows;
    columns = used;
    for (std::int64_t k = 0; k < rows; ++k) load(b + k * stride, values[k]);
  }
};

/// Adds the panel's part to `rows` rows of c; the sums stay in registers.
template <int rows, class T, std::int64_t packs>
void add_panel(const Panel<T, packs>& panel, const T* a, std::int64_t a_stride, T* c, std::int64_t c_stride) {
  Pack<T> sums[rows][packs];
  for (int r = 0; r < rows; ++r) panel.load(c + r * c_stride, sums[r]);
  for (std::int64_t k = 0; k < panel.depth; ++k)
    for (int r = 0; r < rows; ++r)
      for (std::int64_t p = 0; p < packs; ++p) sums[r][p].multiply_add(a[r * a_stride + k], panel.values[k][p]);
  for (int r = 0; r < rows; ++r) panel.store(sums[r], c + r * c_stride);
}

template <std::int64_t packs, class T>
void multiply_panels(const T* a, const T* b, T* c, std::int64_t rows, std::int64_t inner, std::int64_t columns) {
  constexpr int together = 4;
  Panel<T, packs> panel;
  std::fill_n(c, rows * columns, T(0));
  for (std::int64_t k = 0; k < inner; k += panel.max_depth)
    for (std::int64_t j = 0; j < columns; j += panel.width) {
      panel.fill(b + k * columns + j, columns, std::min(panel.max_depth, inner - k),
                 std::min(panel.width, columns - j));
      std::int64_t i = 0;
      for (; i + together <= rows; i += together)
        add_panel<together>(panel, a + i * inner + k, inner, c + i * columns + j, columns);
      for (; i < rows; ++i) add_panel<1>(panel, a + i * inner + k, inner, c + i * columns + j, columns);
    }
}

template <class T>
void multiply(const T* a, const T* b, T* c, std::int64_t rows, std::int64_t inner, std::int64_t columns) {
  constexpr std::int64_t few_rows = 4;
  if (columns == 1) multiply_vector(a, b, c, rows, inner);
  else if (rows < few_rows) multiply_rows(a, b, c, rows, inner, columns);
  else if (columns <= Pack<T>::width) multiply_panels<1>(a, b, c, rows, inner, columns);
  else multiply_panels<2>(a, b, c, rows, inner, columns);
}

}  // namespace brainpy::compiler::linalg
