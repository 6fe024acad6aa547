#include "frontend/math/statistics.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "frontend/math/elementwise.hpp"
#include "frontend/math/linear_algebra.hpp"
#include "frontend/math/primitives.h"
#include "frontend/math/reductions.hpp"
#include "frontend/math/search.hpp"
#include "frontend/math/shape_functions.hpp"

namespace brainpy::math {

namespace {

Array float_of(const Operand& a) {
  const DType dtype = to_float(common_dtype({a}));
  return convert(a.array(dtype), dtype, a.site());
}

/// The part of length n - 1 without the last (first = 0) or the first (first = 1) element.
Array neighbours(const Array& a, int axis, std::int64_t first, const Site& site) {
  return slice_axis(a, axis, first, a.shape()[axis] - 1 + first, 1, site);
}

Array covariance(const Array& rows, double divisor, const Site& site) {
  const Operand centred(subtract(Operand(rows, site), Operand(mean(Operand(rows, site), 1, true), site)), site);
  const Array products = matmul(centred, Operand(transpose(centred), site));
  return apply("div", {products, number(rows.dtype(), divisor)}, {}, site);
}

Array variables_in_rows(const Operand& a, const char* function) {
  const Array x = float_of(a);
  if (x.ndim() == 2) return x;
  if (x.ndim() != 1)
    shape_error(fmt::format("{}: variables are rows of a matrix", function), a.site(), to_string(x.type()),
                "give a vector or a matrix");
  return reshape_to(x, {1, x.size()}, a.site());
}

}  // namespace

Array cov(const Operand& a, bool bias, std::optional<int> ddof) {
  const Site& site = a.site();
  const Array rows = variables_in_rows(a, "cov");
  const double divisor = static_cast<double>(rows.shape()[1] - ddof.value_or(bias ? 0 : 1));
  const Array c = covariance(rows, std::max(0.0, divisor), site);
  return c.size() == 1 ? reshape_to(c, {}, site) : c;
}

Array corrcoef(const Operand& a) {
  const Site& site = a.site();
  const Array rows = variables_in_rows(a, "corrcoef");
  const Array c = covariance(rows, static_cast<double>(rows.shape()[1] - 1), site);
  const std::int64_t n = rows.shape()[0];
  const Array diagonal = take_axis(
      reshape_to(c, {n * n}, site),
      [&] {
        std::vector<std::int64_t> places;
        for (std::int64_t k = 0; k < n; ++k) places.push_back(k * (n + 1));
        return index_array(places, {n});
      }(),
      0, site);
  const Array deviation = apply("sqrt", {diagonal}, {}, site);
  const Array by_row = map("div", {c, reshape_to(deviation, {n, 1}, site)}, site);
  const Array r = map("div", {by_row, reshape_to(deviation, {1, n}, site)}, site);
  const Array limited = clip(Operand(r, site), -1.0, 1.0);
  return n == 1 ? reshape_to(limited, {}, site) : limited;
}

Array corrcoef(const Operand& a, const Operand& b) {
  return corrcoef(Operand(stack({array_of(a), array_of(b)}, 0, a.site()), a.site()));
}

Array diff(const Operand& a, int n, int axis) {
  const Site& site = a.site();
  Array x = array_of(a);
  const int along = check_axis(axis, x.ndim(), "diff", site);
  for (int k = 0; k < n && x.shape()[along] > 0; ++k) {
    const Operand after(neighbours(x, along, 1, site), site), before(neighbours(x, along, 0, site), site);
    x = x.dtype() == DType::bool_ ? (after != before) : after - before;
  }
  return x;
}

Array ediff1d(const Operand& a) { return diff(Operand(ravel(a), a.site())); }

Array gradient(const Operand& a, double spacing, int axis) {
  const Site& site = a.site();
  const Array x = float_of(a);
  const int along = check_axis(axis, x.ndim(), "gradient", site);
  const std::int64_t n = x.shape()[along];
  if (n < 2)
    shape_error("gradient: the axis is too short", site, fmt::format("axis {} of {}", axis, to_string(x.type())),
                "two elements or more");
  const auto between = [&](std::int64_t from, std::int64_t to, std::int64_t count, double distance) {
    const Array high = slice_axis(x, along, to, to + count, 1, site),
                low = slice_axis(x, along, from, from + count, 1, site);
    return apply("div", {apply("sub", {high, low}, {}, site), number(x.dtype(), distance)}, {}, site);
  };
  std::vector<Array> parts{between(0, 1, 1, spacing)};
  if (n > 2) parts.push_back(between(0, 2, n - 2, 2 * spacing));
  parts.push_back(between(n - 2, n - 1, 1, spacing));
  return join(parts, along, site);
}

Array trapz(const Operand& y, double dx, int axis) {
  const Site& site = y.site();
  const Array f = float_of(y);
  const int along = check_axis(axis, f.ndim(), "trapz", site);
  if (f.shape()[along] < 2) return sum(Operand(slice_axis(f, along, 0, 0, 1, site), site), along);
  const Array pairs = apply("add", {neighbours(f, along, 1, site), neighbours(f, along, 0, site)}, {}, site);
  return multiply(Operand(sum(Operand(pairs, site), along), site), Operand(dx / 2, site));
}

Array trapz(const Operand& y, const Array& x, int axis) {
  const Site& site = y.site();
  const Array f = float_of(y);
  const int along = check_axis(axis, f.ndim(), "trapz", site);
  Array widths = diff(Operand(convert(x, f.dtype(), site), site));
  if (x.ndim() == 1) {
    Extents aligned(static_cast<std::size_t>(f.ndim()), 1);
    aligned[static_cast<std::size_t>(along)] = widths.size();
    widths = reshape_to(widths, aligned, site);
  }
  const Array pairs = apply("add", {neighbours(f, along, 1, site), neighbours(f, along, 0, site)}, {}, site);
  const Operand areas(map("mul", {pairs, widths}, site, "trapz"), site);
  return multiply(Operand(sum(areas, along), site), 0.5);
}

Array interp(const Operand& x, const Operand& xp, const Operand& fp) {
  const Site& site = x.site();
  const DType dtype = to_float(common_dtype({x, xp, fp}));
  const auto in = [&](const Operand& o) { return convert(o.array(dtype), dtype, site); };
  const Array at = in(x), points = in(xp), values = in(fp);
  if (points.ndim() != 1 || !(points.shape() == values.shape()) || points.size() == 0)
    shape_error("interp: the points are no two vectors of one length", site,
                fmt::format("xp {}, fp {}", to_string(points.type()), to_string(values.type())),
                "give one value for each point");
  const std::int64_t n = points.size();
  if (n == 1) return broadcast_array(reshape_to(values, {}, site), at.shape(), site);
  // The interval [k, k + 1] of each place, by the point to its right.
  const Array right = apply("searchsorted", {points, at}, {{"right", true}}, site);
  const Array left = apply("sub", {right, number(DType::i32, std::int64_t{1})}, {}, site);
  const Array k = apply(
      "minimum", {apply("maximum", {left, number(DType::i32, std::int64_t{0})}, {}, site), number(DType::i32, n - 2)},
      {}, site);
  const Array next = apply("add", {k, number(DType::i32, std::int64_t{1})}, {}, site);
  const auto take = [&](const Array& from, const Array& index) { return take_axis(from, index, 0, site); };
  const Array x0 = take(points, k), x1 = take(points, next), y0 = take(values, k), y1 = take(values, next);
  const Array slope = apply("div", {apply("sub", {y1, y0}, {}, site), apply("sub", {x1, x0}, {}, site)}, {}, site);
  const Array line = apply("add", {apply("mul", {slope, apply("sub", {at, x0}, {}, site)}, {}, site), y0}, {}, site);
  const Array first = pick(points, 0, 0, site), last = pick(points, 0, n - 1, site);
  const Array below = apply("select", {apply("lt", {at, first}, {}, site), pick(values, 0, 0, site), line}, {}, site);
  return apply("select", {apply("ge", {at, last}, {}, site), pick(values, 0, n - 1, site), below}, {}, site);
}

namespace {

/// The windows of a padded vector times the reversed kernel: one row for each place.
Array slide(const Operand& a, const Operand& v, const std::string& mode, bool reversed, const char* function) {
  const Site& site = a.site();
  DType dtype = common_dtype({a, v});
  if (dtype == DType::bool_) dtype = default_int();
  Array x = convert(a.array(dtype), dtype, site), kernel = convert(v.array(dtype), dtype, site);
  if (x.ndim() != 1 || kernel.ndim() != 1 || x.size() == 0 || kernel.size() == 0)
    shape_error(fmt::format("{}: needs two vectors with elements", function), site,
                fmt::format("left {}, right {}", to_string(x.type()), to_string(kernel.type())),
                "reshape them to one axis");
  if (mode != "full" && mode != "same" && mode != "valid")
    value_error(fmt::format("{}: unknown mode", function), site, "'" + mode + "'", "modes are full, same, valid");
  if (reversed) kernel = apply("reverse", {kernel}, {{"axes", Extents{0}}}, site);
  // The shorter one slides over the longer one; exchanging them reverses the result of a correlation.
  const bool exchanged = kernel.size() > x.size();
  if (exchanged) std::swap(x, kernel);
  const std::int64_t n = x.size(), m = kernel.size();
  const std::int64_t low = mode == "full" ? m - 1 : mode == "same" ? m / 2 : 0;
  const std::int64_t places = mode == "full" ? n + m - 1 : mode == "same" ? n : n - m + 1;
  if (mode != "valid")
    x = apply("pad", {x, number(dtype, std::int64_t{0})}, {{"low", Extents{low}}, {"high", Extents{m - 1}}}, site);
  std::vector<std::int64_t> table;
  for (std::int64_t i = 0; i < places; ++i)
    for (std::int64_t k = 0; k < m; ++k) table.push_back(i + k);
  const Array windows = take_axis(x, index_array(table, {places, m}), 0, site);
  const Array result =
      reshape_to(apply("matmul", {windows, reshape_to(kernel, {m, 1}, site)}, {}, site), {places}, site);
  return exchanged ? apply("reverse", {result}, {{"axes", Extents{0}}}, site) : result;
}

}  // namespace

Array convolve(const Operand& a, const Operand& v, const std::string& mode) {
  // Exchangeable: the shorter one slides, and nothing is reversed at the end.
  const bool longer = array_of(v).size() > array_of(a).size();
  return longer ? slide(Operand(array_of(v), a.site()), Operand(array_of(a), a.site()), mode, true, "convolve")
                : slide(a, v, mode, true, "convolve");
}

Array correlate(const Operand& a, const Operand& v, const std::string& mode) {
  return slide(a, v, mode, false, "correlate");
}

Array polyval(const Operand& coefficients, const Operand& x) {
  const Site& site = coefficients.site();
  const Array c = array_of(coefficients);
  if (c.ndim() != 1)
    shape_error("polyval: the coefficients are no vector", site, to_string(c.type()), "highest power first");
  const DType dtype = common_dtype({coefficients, x});
  const Array at = convert(x.array(dtype), dtype, site), values = convert(c, dtype, site);
  Array result = filled(at.shape(), number(dtype, std::int64_t{0}), site);
  for (std::int64_t k = 0; k < c.size(); ++k)
    result = map("add", {map("mul", {result, at}, site), pick(values, 0, k, site)}, site);
  return result;
}

}  // namespace brainpy::math
