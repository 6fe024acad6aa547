#include "frontend/math/sparse.hpp"

#include <algorithm>
#include <atomic>

#include "frontend/math/array_data.h"
#include "runtime/threads.h"

namespace brainpy::math {

namespace {

/// The first place with a number outside 0 .. cols - 1, or `count`.
std::int64_t first_outside(const std::int32_t* column, std::int64_t count, std::int64_t cols) {
  std::atomic<std::int64_t> first = count;
  auto look = [&](std::int64_t begin, std::int64_t end) {
    // Without a way out of it, this loop is done with vectors: all is well but for once.
    bool outside = false;
    for (std::int64_t k = begin; k < end; ++k) outside |= column[k] < 0 || column[k] >= cols;
    if (!outside) return;
    const std::int64_t k =
        std::find_if(column + begin, column + end, [cols](std::int32_t c) { return c < 0 || c >= cols; }) - column;
    for (std::int64_t known = first; k < known && !first.compare_exchange_weak(known, k);) {
    }
  };
  runtime::parallel_for(
      count, std::int64_t{1} << 18,
      [](void* context, std::int64_t begin, std::int64_t end) { (*static_cast<decltype(look)*>(context))(begin, end); },
      &look);
  return first;
}

}  // namespace

CSR::CSR(Array indices, Array indptr, std::int64_t rows, std::int64_t cols, Site site)
    : indices_(convert(indices, DType::i32, site)),
      indptr_(convert(indptr, DType::i32, site)),
      rows_(rows),
      cols_(cols) {
  const auto refuse = [&](const std::string& what, const std::string& values) {
    throw ValueError(
        {.what = "CSR: " + what,
         .where = location_of(site),
         .values = values,
         .hint = "indptr has rows + 1 numbers that rise from 0 to the number of entries; indices are columns"});
  };
  if (indices_.ndim() != 1 || indptr_.ndim() != 1 || indptr_.size() != rows + 1)
    refuse("indptr does not fit the number of rows",
           "indptr " + to_string(indptr_.type()) + ", rows " + std::to_string(rows));
  const runtime::Tensor starts = indptr_.tensor(site), columns = indices_.tensor(site);
  const auto* start = starts.as<const std::int32_t>();
  const auto* column = columns.as<const std::int32_t>();
  if (start[0] != 0 || start[rows] != indices_.size() || !std::is_sorted(start, start + rows + 1))
    refuse("indptr does not rise from 0 to the number of entries",
           "it ends at " + std::to_string(start[rows]) + ", there are " + std::to_string(indices_.size()) + " entries");
  if (const std::int64_t k = first_outside(column, indices_.size(), cols); k < indices_.size())
    refuse("an index is outside the columns",
           "index " + std::to_string(column[k]) + ", columns " + std::to_string(cols));
}

Array CSR::todense(const Operand& weight) const {
  const DType dtype = to_float(common_dtype({weight}));
  const runtime::Tensor starts = indptr_.tensor(), columns = indices_.tensor();
  // Entry k stands at row * cols + column.
  runtime::Tensor places = runtime::make_tensor({DType::i64, {nnz(), 1}});
  for (std::int64_t r = 0; r < rows_; ++r)
    for (std::int32_t k = starts.as<std::int32_t>()[r]; k < starts.as<std::int32_t>()[r + 1]; ++k)
      places.as<std::int64_t>()[k] = r * cols_ + columns.as<std::int32_t>()[k];
  const Array flat = broadcast_array(number(dtype, 0.0), {rows_ * cols_}, weight.site());
  const Array values = broadcast_array(convert(weight.array(dtype), dtype, weight.site()), {nnz()}, weight.site());
  return apply("scatter_add", {flat, Array(places), values}, {}, weight.site()).reshape({rows_, cols_}, weight.site());
}

namespace {

Array product(const char* name, const Operand& weight, const CSR& matrix, const Array& vector, DType dtype,
              const ProductOptions& options, const Site& site) {
  const std::int64_t wanted = options.transpose ? matrix.rows() : matrix.cols();
  if (vector.ndim() != 1 || vector.size() != wanted)
    throw ShapeError({.what = std::string(name) + ": the vector does not fit the matrix",
                      .where = location_of(site),
                      .values = "the vector is " + to_string(vector.type()) + ", the matrix has " +
                                std::to_string(matrix.rows()) + " rows (pre) and " + std::to_string(matrix.cols()) +
                                " columns (post)",
                      .hint = options.transpose ? "give one value per presynaptic neuron (row)"
                                                : "give one value per postsynaptic neuron (column)"});
  const Array weights = convert(weight.array(dtype), dtype, weight.site());
  if (weights.size() != 1 && !(weights.shape() == Shape{matrix.nnz()}))
    throw ShapeError({.what = std::string(name) + ": the weights do not fit the matrix",
                      .where = location_of(weight.site()),
                      .values = "the weights are " + to_string(weights.type()) + ", the matrix has " +
                                std::to_string(matrix.nnz()) + " entries",
                      .hint = "give one number, or one weight per entry"});
  const Array w = weights.size() == 1 && weights.ndim() > 0 && matrix.nnz() != 1 ? weights.reshape({}, site) : weights;
  return apply(name, {w, matrix.indices(), matrix.indptr(), vector},
               {{"rows", matrix.rows()}, {"cols", matrix.cols()}, {"transpose", options.transpose}}, site);
}

}  // namespace

Array event::csrmv(const Operand& weight, const CSR& matrix, const Operand& events, const ProductOptions& options) {
  Array fired = events.array();
  if (fired.dtype() != DType::bool_) fired = binary("gt", Operand(fired, events.site()), Operand(0, events.site()));
  return product("event_csrmv", weight, matrix, fired, to_float(common_dtype({weight})), options, events.site());
}

Array sparse::csrmv(const Operand& weight, const CSR& matrix, const Operand& vector, const ProductOptions& options) {
  const DType dtype = to_float(common_dtype({weight, vector}));
  return product("csrmv", weight, matrix, convert(vector.array(dtype), dtype, vector.site()), dtype, options,
                 vector.site());
}

}  // namespace brainpy::math
