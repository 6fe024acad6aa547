// Sums, extremes, statistics: over all axes, one, or several; and the cumulative ones.
// In: arrays, Variables, views, numbers. Out: arrays without the reduced axes (with extent 1 there under `keepdims`).
//
// Sums have a fixed order (the same bits compiled, interpreted, on any number of threads). Element types: sum and prod
// of bools count in the default integer; other integers keep their type (NumPy widens to int64); mean, var, std, median
// of integers are floats.
#pragma once

#include "frontend/math/array.hpp"

namespace brainpy::math {

/// Which axes to reduce: none given means all. `sum(x)`, `sum(x, 0)`, `sum(x, {0, 2})`.
class Axes {
 public:
  Axes();
  Axes(std::nullopt_t);
  Axes(int axis);
  Axes(std::optional<int> axis);
  Axes(std::initializer_list<int> axes);
  Axes(std::vector<int> axes);
  Axes(const Axes&);
  Axes& operator=(const Axes&);
  ~Axes();
  /// Null: all.
  const std::vector<int>* given() const { return all_ ? nullptr : &axes_; }

 private:
  std::vector<int> axes_;
  bool all_ = false;
};

Array sum(const Operand& a, const Axes& axes = {}, bool keepdims = false);
Array prod(const Operand& a, const Axes& axes = {}, bool keepdims = false);
Array mean(const Operand& a, const Axes& axes = {}, bool keepdims = false);
/// Mean square distance from the mean, divided by n - ddof.
Array var(const Operand& a, const Axes& axes = {}, bool keepdims = false, int ddof = 0);
Array std(const Operand& a, const Axes& axes = {}, bool keepdims = false, int ddof = 0);
/// Smallest and largest element; NaN wins. An empty reduction is a ValueError.
Array min(const Operand& a, const Axes& axes = {}, bool keepdims = false);
Array max(const Operand& a, const Axes& axes = {}, bool keepdims = false);
Array amin(const Operand& a, const Axes& axes = {}, bool keepdims = false);
Array amax(const Operand& a, const Axes& axes = {}, bool keepdims = false);
/// max - min
Array ptp(const Operand& a, const Axes& axes = {}, bool keepdims = false);
Array median(const Operand& a, const Axes& axes = {}, bool keepdims = false);
/// Between sorted elements linearly; q in [0, 1] (quantile) or [0, 100] (percentile).
Array quantile(const Operand& a, double q, const Axes& axes = {}, bool keepdims = false);
Array percentile(const Operand& a, double q, const Axes& axes = {}, bool keepdims = false);
/// Mean, weighted when weights are given: of the array's shape, or a vector along the one axis.
Array average(const Operand& a, const Axes& axes = {}, std::optional<Array> weights = {});
/// Where the (first) extreme is, as an index along the axis, or into the flattened array.
Array argmin(const Operand& a, std::optional<int> axis = {}, bool keepdims = false);
Array argmax(const Operand& a, std::optional<int> axis = {}, bool keepdims = false);
Array any(const Operand& a, const Axes& axes = {}, bool keepdims = false);
Array all(const Operand& a, const Axes& axes = {}, bool keepdims = false);
Array count_nonzero(const Operand& a, const Axes& axes = {}, bool keepdims = false);

/// NaN counts as absent. All absent: nansum 0, nanprod 1, the others NaN.
Array nansum(const Operand& a, const Axes& axes = {}, bool keepdims = false);
Array nanprod(const Operand& a, const Axes& axes = {}, bool keepdims = false);
Array nanmean(const Operand& a, const Axes& axes = {}, bool keepdims = false);
Array nanvar(const Operand& a, const Axes& axes = {}, bool keepdims = false, int ddof = 0);
Array nanstd(const Operand& a, const Axes& axes = {}, bool keepdims = false, int ddof = 0);
Array nanmin(const Operand& a, const Axes& axes = {}, bool keepdims = false);
Array nanmax(const Operand& a, const Axes& axes = {}, bool keepdims = false);

/// Along the axis, or over the flattened array.
Array cumsum(const Operand& a, std::optional<int> axis = {});
Array cumprod(const Operand& a, std::optional<int> axis = {});
Array nancumsum(const Operand& a, std::optional<int> axis = {});
/// The largest element so far (NumPy: maximum.accumulate).
Array cummax(const Operand& a, std::optional<int> axis = {});

/// log(sum(exp(a))) without overflow.
Array logsumexp(const Operand& a, const Axes& axes = {}, bool keepdims = false);
/// Sum of a diagonal of the first two axes.
Array trace(const Operand& a, std::int64_t offset = 0, int axis1 = 0, int axis2 = 1);

}  // namespace brainpy::math
