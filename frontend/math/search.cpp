#include "frontend/math/search.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "frontend/math/creation.hpp"
#include "frontend/math/elementwise.hpp"
#include "frontend/math/primitives.h"
#include "frontend/math/reductions.hpp"
#include "frontend/math/shape_functions.hpp"

namespace brainpy::math {

namespace {

Array ordered(const char* name, const Operand& a, std::optional<int> axis) {
  const Site& site = a.site();
  const Array x = axis ? array_of(a) : ravel(a);
  const int along = check_axis(axis.value_or(0), x.ndim(), name, site);
  return apply(name, {x}, {{"axis", std::int64_t{along}}}, site);
}

void need_vector(const Array& a, const char* function, const char* what, const Site& site) {
  if (a.ndim() == 1) return;
  shape_error(fmt::format("{}: the {} are no vector", function, what), site, to_string(a.type()),
              "give an array of one axis");
}

Array one_line(const Operand& a, const char* function, const char* what) {
  const Array x = array_of(a);
  need_vector(x, function, what, a.site());
  return x;
}

}  // namespace

Array sort(const Operand& a, std::optional<int> axis) { return ordered("sort", a, axis); }
Array argsort(const Operand& a, std::optional<int> axis) {
  return convert(ordered("argsort", a, axis), default_int(), a.site());
}

Array searchsorted(const Operand& sorted, const Operand& values, const std::string& side) {
  const Site& site = sorted.site();
  if (side != "left" && side != "right")
    value_error("searchsorted: unknown side", site, "'" + side + "'", "it is \"left\" or \"right\"");
  one_line(sorted, "searchsorted", "sorted values");
  const DType dtype = common_dtype({sorted, values});
  const Array x = convert(sorted.array(dtype), dtype, site), v = convert(values.array(dtype), dtype, site);
  return convert(apply("searchsorted", {x, v}, {{"right", side == "right"}}, site), default_int(), site);
}

Array digitize(const Operand& values, const Operand& bins, bool right) {
  return searchsorted(Operand(array_of(bins), values.site()), values, right ? "left" : "right");
}

UniqueResult unique_all(const Operand& a) {
  const Site& site = a.site();
  const Array x = ravel(a);
  need_concrete(x, "unique", "call it outside the trace, or use bm::bincount with a length", site);
  const Array order = argsort(Operand(x, site), 0), sorted = sort(Operand(x, site), 0);
  const auto n = static_cast<std::size_t>(x.size());
  const std::vector<std::int64_t> places = order.to_vector<std::int64_t>(site);
  std::vector<bool> starts;
  if (n > 1) {
    const Array before = slice_axis(sorted, 0, 0, x.size() - 1, 1, site),
                after = slice_axis(sorted, 0, 1, x.size(), 1, site);
    // All NaN count as one.
    const Array both_nan =
        logical_and(Operand(isnan(Operand(before, site)), site), Operand(isnan(Operand(after, site)), site));
    const Array differ = logical_and(Operand(Operand(before, site) != Operand(after, site), site),
                                     Operand(!Operand(both_nan, site), site));
    starts = differ.to_vector<bool>(site);
  }
  std::vector<std::int64_t> first, inverse(n), counts;
  for (std::size_t i = 0; i < n; ++i) {
    if (i == 0 || starts[i - 1]) {
      first.push_back(places[i]);
      counts.push_back(0);
    }
    ++counts.back();
    inverse[static_cast<std::size_t>(places[i])] = static_cast<std::int64_t>(first.size()) - 1;
  }
  const Shape found{static_cast<std::int64_t>(first.size())};
  const auto indices = [&](const std::vector<std::int64_t>& list) {
    return convert(host_array(list, {static_cast<std::int64_t>(list.size())}), default_int(), site);
  };
  const Array values = take_axis(x, index_array(first, found), 0, site);
  return {values, indices(first), indices(inverse), indices(counts)};
}

Array unique(const Operand& a) { return unique_all(a).values; }

std::vector<Array> nonzero(const Operand& a) {
  std::vector<Array> result;
  for (const std::vector<std::int64_t>& list : host_nonzero(array_of(a), "nonzero", a.site()))
    result.push_back(convert(host_array(list, {static_cast<std::int64_t>(list.size())}), default_int(), a.site()));
  return result;
}

Array flatnonzero(const Operand& a) { return nonzero(Operand(ravel(a), a.site()))[0]; }

Array argwhere(const Operand& a) { return stack(nonzero(a), 1, a.site()); }

Array extract(const Operand& mask, const Operand& a) {
  const Site& site = mask.site();
  const Array chosen = convert(ravel(mask), DType::bool_, site);
  return read_index(ravel(a), {Index(chosen, site)}, site);
}

Array isin(const Operand& a, const Operand& values) {
  const Site& site = a.site();
  const DType dtype = common_dtype({a, values});
  const Array x = convert(a.array(dtype), dtype, site);
  const Array v = ravel(Operand(convert(values.array(dtype), dtype, site), site));
  if (v.size() == 0) return filled(x.shape(), number(DType::bool_, std::int64_t{0}), site);
  const Array sorted = apply("sort", {v}, {{"axis", std::int64_t{0}}}, site);
  const Array place = apply("searchsorted", {sorted, x}, {{"right", false}}, site);
  const Array inside = apply("minimum", {place, number(DType::i32, v.size() - 1)}, {}, site);
  return apply("eq", {take_axis(sorted, inside, 0, site), x}, {}, site);
}

Array bincount(const Operand& a, std::optional<std::int64_t> length, std::optional<Array> weights) {
  const Site& site = a.site();
  const Array x = one_line(a, "bincount", "integers");
  if (!runtime::is_integer(x.dtype()))
    throw DTypeError({.what = "bincount: the array has no integers",
                      .where = location_of(site),
                      .values = to_string(x.type()),
                      .hint = "convert it with .astype(bm::int32)"});
  std::int64_t bins = length.value_or(0);
  if (!x.is_traced()) {
    for (std::int64_t v : x.to_vector<std::int64_t>(site)) {
      if (v < 0)
        value_error("bincount: a number is negative", site, fmt::format("number {}", v), "shift the numbers first");
      if (!length) bins = std::max(bins, v + 1);
      else if (v >= bins)
        value_error("bincount: a number is not below the length", site, fmt::format("number {}, length {}", v, bins),
                    "give a larger length, or clip the numbers");
    }
  } else if (!length) {
    need_concrete(x, "bincount", "give the length: bm::bincount(x, n)", site);
  }
  Array each = number(default_int(), std::int64_t{1});
  if (weights) {
    if (!(weights->shape() == x.shape()))
      shape_error("bincount: the weights do not fit", site,
                  fmt::format("array {}, weights {}", to_string(x.type()), to_string(weights->type())),
                  "give one weight for each number");
    each = convert(*weights, to_float(weights->dtype()), site);
  }
  const Array empty_bins = filled({bins}, number(each.dtype(), std::int64_t{0}), site);
  if (x.size() == 0) return empty_bins;
  return write_index(empty_bins, {Index(x, site)}, "add", Operand(each, site), site);
}

Histogram histogram(const Operand& a, const Array& edges) {
  const Site& site = a.site();
  need_vector(edges, "histogram", "edges", site);
  if (edges.size() < 2)
    value_error("histogram: there is no bin", site, fmt::format("{} edges", edges.size()), "give two edges or more");
  const Array x = ravel(a);
  const DType dtype = common_dtype({Operand(x, site), Operand(edges, site)});
  const Array values = convert(x, dtype, site), limits = convert(edges, dtype, site);
  const std::int64_t bins = edges.size() - 1;
  // Sorted, the elements below an edge are counted by its place; the last bin includes its end.
  const Array sorted = apply("sort", {values}, {{"axis", std::int64_t{0}}}, site);
  const Array below =
      apply("searchsorted", {sorted, slice_axis(limits, 0, 0, bins, 1, site)}, {{"right", false}}, site);
  const Array upto =
      apply("searchsorted", {sorted, slice_axis(limits, 0, bins, bins + 1, 1, site)}, {{"right", true}}, site);
  const Array places = join({below, upto}, 0, site);
  const Array counts =
      apply("sub", {slice_axis(places, 0, 1, bins + 1, 1, site), slice_axis(places, 0, 0, bins, 1, site)}, {}, site);
  return {convert(counts, default_int(), site), edges};
}

Histogram histogram(const Operand& a, std::int64_t bins, std::optional<double> low, std::optional<double> high) {
  const Site& site = a.site();
  if (bins < 1) value_error("histogram: there is no bin", site, fmt::format("bins {}", bins), "give one or more");
  const Array x = array_of(a);
  if (!low || !high) {
    need_concrete(x, "histogram", "give the ends: bm::histogram(x, bins, low, high)", site);
    low = x.size() == 0 ? 0.0 : min(a).item<double>(site);
    high = x.size() == 0 ? 1.0 : max(a).item<double>(site);
  }
  if (*low == *high) *low -= 0.5, *high += 0.5;
  const DType dtype = runtime::is_float(x.dtype()) ? x.dtype() : DType::f64;
  return histogram(a, linspace(Operand(*low, site), Operand(*high, site), bins + 1, true, dtype));
}

}  // namespace brainpy::math
