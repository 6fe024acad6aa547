#include "frontend/math/reductions.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "frontend/math/creation.hpp"
#include "frontend/math/elementwise.hpp"
#include "frontend/math/primitives.h"

namespace brainpy::math {

Axes::Axes() : all_(true) {}
Axes::Axes(std::nullopt_t) : Axes() {}
Axes::Axes(int axis) : axes_{axis} {}
Axes::Axes(std::optional<int> axis) : all_(!axis) {
  if (axis) axes_.push_back(*axis);
}
Axes::Axes(std::initializer_list<int> axes) : axes_(axes) {}
Axes::Axes(std::vector<int> axes) : axes_(std::move(axes)) {}
Axes::Axes(const Axes&) = default;
Axes& Axes::operator=(const Axes&) = default;
Axes::~Axes() = default;

namespace {

std::vector<int> checked_axes(const Axes& axes, int rank, const char* function, const Site& site) {
  std::vector<int> result;
  if (!axes.given())
    for (int axis = 0; axis < rank; ++axis) result.push_back(axis);
  else
    for (int axis : *axes.given()) result.push_back(check_axis(axis, rank, function, site));
  std::ranges::sort(result);
  if (std::ranges::adjacent_find(result) != result.end())
    value_error(fmt::format("{}: an axis is named twice", function), site,
                fmt::format("axes of an array with {} axes", rank), "name each axis once");
  return result;
}

Shape kept_shape(Shape shape, const std::vector<int>& axes) {
  for (int axis : axes) shape[axis] = 1;
  return shape;
}

Array reduce_axes(const char* name, const Array& a, const std::vector<int>& axes, bool keepdims, const Site& site) {
  // A scalar, or no axis: only the element type may change.
  const Array result = apply(name, {a}, {{"axes", Extents(axes.begin(), axes.end())}}, site);
  return keepdims ? reshape_to(result, kept_shape(a.shape(), axes), site) : result;
}

Array reduce(const char* name, const Operand& operand, const Array& a, const Axes& axes, bool keepdims) {
  return reduce_axes(name, a, checked_axes(axes, a.ndim(), name, operand.site()), keepdims, operand.site());
}

/// Bools as integers to count.
Array countable(const Operand& a) {
  const Array x = array_of(a);
  return x.dtype() == DType::bool_ ? convert(x, default_int(), a.site()) : x;
}

Array float_of(const Operand& a) {
  const DType dtype = to_float(common_dtype({a}));
  return convert(a.array(dtype), dtype, a.site());
}

double elements(const Array& a, const std::vector<int>& axes) {
  double n = 1;
  for (int axis : axes) n *= static_cast<double>(a.shape()[axis]);
  return n;
}

Array divided(const Array& a, double by, const Site& site) {
  return apply("div", {a, number(a.dtype(), by)}, {}, site);
}

Array mean_of(const Array& x, const std::vector<int>& axes, bool keepdims, const Site& site) {
  return divided(reduce_axes("sum", x, axes, keepdims, site), elements(x, axes), site);
}

}  // namespace

Array sum(const Operand& a, const Axes& axes, bool keepdims) { return reduce("sum", a, countable(a), axes, keepdims); }
Array prod(const Operand& a, const Axes& axes, bool keepdims) {
  return reduce("prod", a, countable(a), axes, keepdims);
}

Array mean(const Operand& a, const Axes& axes, bool keepdims) {
  const Array x = float_of(a);
  return mean_of(x, checked_axes(axes, x.ndim(), "mean", a.site()), keepdims, a.site());
}

Array var(const Operand& a, const Axes& axes, bool keepdims, int ddof) {
  const Array x = float_of(a);
  const Site& site = a.site();
  const std::vector<int> over = checked_axes(axes, x.ndim(), "var", site);
  const Array distance = map("sub", {x, mean_of(x, over, true, site)}, site);
  const Array squares = apply("mul", {distance, distance}, {}, site);
  return divided(reduce_axes("sum", squares, over, keepdims, site), std::max(0.0, elements(x, over) - ddof), site);
}

Array std(const Operand& a, const Axes& axes, bool keepdims, int ddof) {
  return apply("sqrt", {var(a, axes, keepdims, ddof)}, {}, a.site());
}

Array min(const Operand& a, const Axes& axes, bool keepdims) { return reduce("min", a, array_of(a), axes, keepdims); }
Array max(const Operand& a, const Axes& axes, bool keepdims) { return reduce("max", a, array_of(a), axes, keepdims); }
Array amin(const Operand& a, const Axes& axes, bool keepdims) { return min(a, axes, keepdims); }
Array amax(const Operand& a, const Axes& axes, bool keepdims) { return max(a, axes, keepdims); }

Array ptp(const Operand& a, const Axes& axes, bool keepdims) {
  return subtract(Operand(max(a, axes, keepdims), a.site()), Operand(min(a, axes, keepdims), a.site()));
}

Array quantile(const Operand& a, double q, const Axes& axes, bool keepdims) {
  const Site& site = a.site();
  if (!(q >= 0 && q <= 1))
    value_error("quantile: q is outside [0, 1]", site, fmt::format("q {}", q), "percentile takes [0, 100]");
  const Array x = float_of(a);
  const std::vector<int> over = checked_axes(axes, x.ndim(), "quantile", site);
  Shape rest;
  for (int axis = 0; axis < x.ndim(); ++axis)
    if (std::ranges::find(over, axis) == over.end()) rest.push_back(x.shape()[axis]);
  const auto n = static_cast<std::int64_t>(elements(x, over));
  if (n == 0) return full(rest, Operand(std::numeric_limits<double>::quiet_NaN(), site), x.dtype());
  const int axis = rest.rank();
  Shape lines = rest;
  lines.push_back(n);
  const Array sorted =
      apply("sort", {reshape_to(move_to_end(x, over, site), lines, site)}, {{"axis", std::int64_t{axis}}}, site);
  const double place = q * static_cast<double>(n - 1);
  const auto below = static_cast<std::int64_t>(std::floor(place));
  const auto above = std::min(below + 1, n - 1);
  const Array low = pick(sorted, axis, below, site), high = pick(sorted, axis, above, site),
              last = pick(sorted, axis, n - 1, site);
  const double weight = place - static_cast<double>(below);
  Array between = low;
  if (weight == 0.5) {
    between = apply("mul", {apply("add", {low, high}, {}, site), number(x.dtype(), 0.5)}, {}, site);
  } else if (weight > 0) {
    const Array step = apply("mul", {apply("sub", {high, low}, {}, site), number(x.dtype(), weight)}, {}, site);
    between = apply("add", {low, step}, {}, site);
  }
  // NaN is sorted to the end: one there spoils the line.
  const Array result = apply("select", {apply("is_nan", {last}, {}, site), last, between}, {}, site);
  return keepdims ? reshape_to(result, kept_shape(x.shape(), over), site) : result;
}

Array percentile(const Operand& a, double q, const Axes& axes, bool keepdims) {
  return quantile(a, q / 100.0, axes, keepdims);
}
Array median(const Operand& a, const Axes& axes, bool keepdims) { return quantile(a, 0.5, axes, keepdims); }

Array average(const Operand& a, const Axes& axes, std::optional<Array> weights) {
  if (!weights) return mean(a, axes);
  const Site& site = a.site();
  const Array x = float_of(a);
  Array w = convert(*weights, x.dtype(), site);
  if (!(w.shape() == x.shape())) {
    const std::vector<int> over = checked_axes(axes, x.ndim(), "average", site);
    if (w.ndim() != 1 || over.size() != 1 || w.size() != x.shape()[over[0]])
      shape_error("average: the weights do not fit", site,
                  fmt::format("array {}, weights {}", to_string(x.type()), to_string(w.type())),
                  "give weights of the array's shape, or a vector along the one axis");
    Extents aligned(static_cast<std::size_t>(x.ndim()), 1);
    aligned[static_cast<std::size_t>(over[0])] = w.size();
    w = broadcast_array(reshape_to(w, aligned, site), x.shape(), site);
  }
  const Operand weighted(map("mul", {x, w}, site), site);
  return divide(Operand(sum(weighted, axes), site), Operand(sum(Operand(w, site), axes), site));
}

namespace {

Array extreme_place(const char* name, const Operand& a, std::optional<int> axis, bool keepdims) {
  const Array x = array_of(a);
  return convert(reduce(name, a, x, Axes(axis), keepdims), default_int(), a.site());
}

Array truth(const Operand& a) { return convert(array_of(a), DType::bool_, a.site()); }

}  // namespace

Array argmin(const Operand& a, std::optional<int> axis, bool keepdims) {
  return extreme_place("argmin", a, axis, keepdims);
}
Array argmax(const Operand& a, std::optional<int> axis, bool keepdims) {
  return extreme_place("argmax", a, axis, keepdims);
}
Array any(const Operand& a, const Axes& axes, bool keepdims) { return reduce("any", a, truth(a), axes, keepdims); }
Array all(const Operand& a, const Axes& axes, bool keepdims) { return reduce("all", a, truth(a), axes, keepdims); }

Array count_nonzero(const Operand& a, const Axes& axes, bool keepdims) {
  return sum(Operand(truth(a), a.site()), axes, keepdims);
}

// --- NaN counts as absent ------------------------------------------------------------------------

namespace {

Operand without_nan(const Operand& a, double instead) {
  const Array x = array_of(a);
  const Site& site = a.site();
  if (!runtime::is_float(x.dtype())) return Operand(x, site);
  return Operand(apply("select", {apply("is_nan", {x}, {}, site), number(x.dtype(), instead), x}, {}, site), site);
}

Operand present(const Operand& a) { return Operand(logical_not(Operand(isnan(a), a.site())), a.site()); }

Array nan_extreme(const Operand& a, const Array& extreme, const Axes& axes, bool keepdims) {
  const Site& site = a.site();
  if (!runtime::is_float(extreme.dtype())) return extreme;
  const Operand some(any(present(a), axes, keepdims), site);
  return where(some, Operand(extreme, site), std::numeric_limits<double>::quiet_NaN());
}

}  // namespace

Array nansum(const Operand& a, const Axes& axes, bool keepdims) { return sum(without_nan(a, 0.0), axes, keepdims); }
Array nanprod(const Operand& a, const Axes& axes, bool keepdims) { return prod(without_nan(a, 1.0), axes, keepdims); }

Array nanmean(const Operand& a, const Axes& axes, bool keepdims) {
  const Operand x(float_of(a), a.site());
  const Operand n(convert(sum(present(x), axes, keepdims), x.array().dtype(), a.site()), a.site());
  return divide(Operand(nansum(x, axes, keepdims), a.site()), n);
}

Array nanvar(const Operand& a, const Axes& axes, bool keepdims, int ddof) {
  const Site& site = a.site();
  const Operand x(float_of(a), site);
  const Operand distance(subtract(x, Operand(nanmean(x, axes, true), site)), site);
  const Operand n(convert(sum(present(x), axes, keepdims), x.array().dtype(), site), site);
  return divide(Operand(nansum(Operand(square(distance), site), axes, keepdims), site),
                Operand(subtract(n, ddof), site));
}

Array nanstd(const Operand& a, const Axes& axes, bool keepdims, int ddof) {
  return sqrt(Operand(nanvar(a, axes, keepdims, ddof), a.site()));
}

Array nanmin(const Operand& a, const Axes& axes, bool keepdims) {
  return nan_extreme(a, min(without_nan(a, std::numeric_limits<double>::infinity()), axes, keepdims), axes, keepdims);
}

Array nanmax(const Operand& a, const Axes& axes, bool keepdims) {
  return nan_extreme(a, max(without_nan(a, -std::numeric_limits<double>::infinity()), axes, keepdims), axes, keepdims);
}

// --- cumulative ----------------------------------------------------------------------------------

namespace {

Array scan(const char* name, const Operand& a, const Array& array, std::optional<int> axis) {
  const Site& site = a.site();
  const Array x = axis ? array : reshape_to(array, {array.size()}, site);
  const int along = axis ? check_axis(*axis, x.ndim(), name, site) : 0;
  return apply(name, {x}, {{"axis", std::int64_t{along}}}, site);
}

}  // namespace

Array cumsum(const Operand& a, std::optional<int> axis) { return scan("cumsum", a, countable(a), axis); }
Array cumprod(const Operand& a, std::optional<int> axis) { return scan("cumprod", a, countable(a), axis); }
Array nancumsum(const Operand& a, std::optional<int> axis) { return cumsum(without_nan(a, 0.0), axis); }
Array cummax(const Operand& a, std::optional<int> axis) { return scan("cummax", a, array_of(a), axis); }

Array logsumexp(const Operand& a, const Axes& axes, bool keepdims) {
  const Site& site = a.site();
  const Array x = float_of(a);
  const std::vector<int> over = checked_axes(axes, x.ndim(), "logsumexp", site);
  const Array largest = reduce_axes("max", x, over, true, site);
  // An infinite maximum must not give inf - inf.
  const Array zero = number(x.dtype(), std::int64_t{0});
  const Array shift = apply("select", {apply("is_finite", {largest}, {}, site), largest, zero}, {}, site);
  const Array weights = apply("exp", {map("sub", {x, shift}, site)}, {}, site);
  const Array total =
      apply("add", {apply("log", {reduce_axes("sum", weights, over, true, site)}, {}, site), shift}, {}, site);
  if (keepdims) return total;
  Shape rest;
  for (int axis = 0; axis < x.ndim(); ++axis)
    if (std::ranges::find(over, axis) == over.end()) rest.push_back(x.shape()[axis]);
  return reshape_to(total, rest, site);
}

Array trace(const Operand& a, std::int64_t offset, int axis1, int axis2) {
  return sum(Operand(diagonal(a, offset, axis1, axis2), a.site()), -1);
}

}  // namespace brainpy::math
