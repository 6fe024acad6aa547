// Order, search, sets, counting: sort, searchsorted, unique, nonzero, bincount, histogram.
// In: arrays, Variables, views. Out: arrays. Functions whose result's shape depends on values (unique, nonzero, ...)
// run outside traces only: inside one they are a TraceError that names the cure.
#pragma once

#include "frontend/math/array.hpp"

namespace brainpy::math {

/// Stable, ascending, NaN last; none: of the flattened array.
Array sort(const Operand& a, std::optional<int> axis = -1);
Array argsort(const Operand& a, std::optional<int> axis = -1);
/// Where each value would be inserted into the ascending vector: before its equals (side "left") or after ("right").
Array searchsorted(const Operand& sorted, const Operand& values, const std::string& side = "left");
/// The number of the bin of each value; bins ascend. Bin i is [bins[i-1], bins[i]), with `right` (bins[i-1], bins[i]].
Array digitize(const Operand& values, const Operand& bins, bool right = false);

struct UniqueResult {
  Array values;   ///< sorted
  Array indices;  ///< of the first occurrence of each
  Array inverse;  ///< values[inverse] is the flattened array
  Array counts;
};
Array unique(const Operand& a);
UniqueResult unique_all(const Operand& a);
/// Places of the elements that are not zero, one array for each axis.
std::vector<Array> nonzero(const Operand& a);
/// In the flattened array.
Array flatnonzero(const Operand& a);
/// One row for each.
Array argwhere(const Operand& a);
/// Elements where the mask holds (the same as a[mask]).
Array extract(const Operand& mask, const Operand& a);
/// Whether each element is one of the values.
Array isin(const Operand& a, const Operand& values);

/// How often each of 0 .. length - 1 occurs, or the sum of its weights. Without a length: the largest + 1 (not in
/// traces).
Array bincount(const Operand& a, std::optional<std::int64_t> length = {}, std::optional<Array> weights = {});

struct Histogram {
  Array counts, edges;
};
/// `bins` bins of equal width from smallest to largest, or over [low, high]; the last bin includes its end.
Histogram histogram(const Operand& a, std::int64_t bins = 10, std::optional<double> low = {},
                    std::optional<double> high = {});
/// Between the given edges, ascending.
Histogram histogram(const Operand& a, const Array& edges);

}  // namespace brainpy::math
