// Sparse connections: the CSR structure, its products with vectors, and the event-driven product that costs only what
// the neurons that fired cost.
// In: CSR structure, weights, events or vectors. Out: dense vectors, in the same order of additions in every mode.
#pragma once

#include "frontend/math/array.hpp"

namespace brainpy::math {

/// Which entries of a rows x cols matrix exist, row by row; weights are kept apart (one for all, or one per entry).
/// Rows are presynaptic neurons, columns postsynaptic ones.
class CSR {
 public:
  CSR() = default;
  /// indices int32[entries], indptr int32[rows + 1]. Checked here, once: an index outside the columns, or an indptr
  /// that does not fit, is a ValueError.
  CSR(Array indices, Array indptr, std::int64_t rows, std::int64_t cols, Site site = Site::current());

  const Array& indices() const { return indices_; }
  const Array& indptr() const { return indptr_; }
  std::int64_t rows() const { return rows_; }
  std::int64_t cols() const { return cols_; }
  Shape shape() const { return {rows_, cols_}; }
  /// Number of entries.
  std::int64_t nnz() const { return indices_.size(); }
  /// The dense matrix with these weights: for looking at small ones.
  Array todense(const Operand& weight = 1.0) const;

 private:
  Array indices_, indptr_;
  std::int64_t rows_ = 0, cols_ = 0;
};

struct ProductOptions {
  bool transpose = true;  ///< from rows to columns (pre to post); false: from columns to rows
};

namespace event {
/// Sum of the weights of all entries whose row fired, for each column: [cols]. `weight` is one number or one per entry;
/// events are bools (numbers count as true above zero).
Array csrmv(const Operand& weight, const CSR& matrix, const Operand& events, const ProductOptions& options = {});
}  // namespace event

namespace sparse {
/// The matrix (transposed unless said otherwise) times a float vector.
Array csrmv(const Operand& weight, const CSR& matrix, const Operand& vector, const ProductOptions& options = {});
}  // namespace sparse

}  // namespace brainpy::math
