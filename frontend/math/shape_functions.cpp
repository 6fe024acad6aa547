#include "frontend/math/shape_functions.hpp"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

#include "frontend/math/primitives.h"

namespace brainpy::math {

// --- shape ---------------------------------------------------------------------------------------

Array reshape(const Operand& operand, const std::vector<std::int64_t>& shape) {
  const Array a = array_of(operand);
  const Site& site = operand.site();
  Extents extents = shape;
  std::int64_t known = 1, open = 0;
  for (std::int64_t e : extents) e == -1 ? ++open : known *= e;
  std::string wanted;
  for (std::int64_t e : shape) wanted += (wanted.empty() ? "" : ", ") + std::to_string(e);
  const bool fits = open == 0 ? known == a.size() : open == 1 && known != 0 && a.size() % known == 0;
  if (!fits)
    shape_error("reshape: the number of elements changes", site,
                fmt::format("array {} with {} elements, new shape ({})", to_string(a.type()), a.size(), wanted),
                open > 1 ? "only one extent may be -1" : "the product of the extents is the number of elements");
  for (std::int64_t& e : extents)
    if (e == -1) e = a.size() / known;
  return reshape_to(a, extents, site);
}

Array reshape(const Operand& a, std::int64_t extent) { return reshape(a, Extents{extent}); }

Array ravel(const Operand& a) {
  const Array x = array_of(a);
  return reshape_to(x, {x.size()}, a.site());
}

Array flatten(const Operand& a) { return ravel(a); }

Array transpose(const Operand& operand, const std::vector<int>& axes) {
  const Array a = array_of(operand);
  const Site& site = operand.site();
  std::vector<int> order;
  for (int axis : axes) order.push_back(check_axis(axis, a.ndim(), "transpose", site));
  if (order.empty())
    for (int axis = a.ndim(); axis-- > 0;) order.push_back(axis);
  std::vector<int> sorted = order;
  std::ranges::sort(sorted);
  if (static_cast<int>(order.size()) != a.ndim() || std::ranges::adjacent_find(sorted) != sorted.end())
    value_error("transpose: the axes are no permutation", site,
                fmt::format("{} axes given, the array has {}", axes.size(), a.ndim()), "name each axis once");
  return permute(a, order, site);
}

Array swapaxes(const Operand& operand, int first, int second) {
  const Array a = array_of(operand);
  std::vector<int> order(static_cast<std::size_t>(a.ndim()));
  std::iota(order.begin(), order.end(), 0);
  std::swap(order[static_cast<std::size_t>(check_axis(first, a.ndim(), "swapaxes", operand.site()))],
            order[static_cast<std::size_t>(check_axis(second, a.ndim(), "swapaxes", operand.site()))]);
  return permute(a, order, operand.site());
}

Array moveaxis(const Operand& operand, int from, int to) {
  const Array a = array_of(operand);
  const int source = check_axis(from, a.ndim(), "moveaxis", operand.site());
  const int target = check_axis(to, a.ndim(), "moveaxis", operand.site());
  std::vector<int> order;
  for (int axis = 0; axis < a.ndim(); ++axis)
    if (axis != source) order.push_back(axis);
  order.insert(order.begin() + target, source);
  return permute(a, order, operand.site());
}

Array squeeze(const Operand& operand, std::optional<int> axis) {
  const Array a = array_of(operand);
  const Site& site = operand.site();
  if (axis) {
    const int dropped = check_axis(*axis, a.ndim(), "squeeze", site);
    if (a.shape()[dropped] != 1)
      shape_error("squeeze: the axis has more than one element", site,
                  fmt::format("axis {} of {}", *axis, to_string(a.type())), "only axes of extent 1 can be dropped");
    return reshape_to(a, a.shape().without_axis(dropped), site);
  }
  Extents shape;
  for (std::int64_t e : a.shape())
    if (e != 1) shape.push_back(e);
  return reshape_to(a, shape, site);
}

Array expand_dims(const Operand& a, int axis) {
  const Array x = array_of(a);
  return insert_axis(x, check_axis(axis, x.ndim() + 1, "expand_dims", a.site()), a.site());
}

Array atleast_1d(const Operand& a) {
  const Array x = array_of(a);
  return x.ndim() >= 1 ? x : reshape_to(x, {1}, a.site());
}

Array atleast_2d(const Operand& a) {
  const Array x = atleast_1d(a);
  return x.ndim() >= 2 ? x : reshape_to(x, {1, x.size()}, a.site());
}

Array atleast_3d(const Operand& a) {
  const Array x = array_of(a);
  if (x.ndim() >= 3) return x;
  if (x.ndim() == 2) return reshape_to(x, {x.shape()[0], x.shape()[1], 1}, a.site());
  return reshape_to(x, {1, x.size(), 1}, a.site());
}

Array broadcast_to(const Operand& a, const Shape& shape) {
  const Array x = array_of(a);
  Shape common;
  if (!runtime::broadcast(x.shape(), shape, common) || !(common == shape))
    shape_error("broadcast_to: the array does not stretch to the shape", a.site(),
                fmt::format("array {}, shape {}", to_string(x.type()), to_string(shape)),
                "aligned from the last axis, extents must be equal, or 1 in the array");
  return broadcast_array(x, shape, a.site());
}

std::vector<Array> broadcast_arrays(const std::vector<Array>& arrays, Site site) {
  const Shape shape = common_shape(arrays, "broadcast_arrays", site);
  std::vector<Array> result;
  for (const Array& a : arrays) result.push_back(broadcast_array(a, shape, site));
  return result;
}

// --- repeating, flipping, padding ----------------------------------------------------------------

Array tile(const Operand& operand, const std::vector<std::int64_t>& counts) {
  const Site& site = operand.site();
  Array a = array_of(operand);
  Extents times = counts;
  while (static_cast<int>(times.size()) > a.ndim()) a = insert_axis(a, 0, site);
  while (static_cast<int>(times.size()) < a.ndim()) times.insert(times.begin(), 1);
  // Each axis twice, the outer one stretched: (1, n) -> (count, n) -> count * n; one axis at a time keeps ranks small.
  for (int axis = 0; axis < a.ndim(); ++axis) {
    const std::int64_t count = times[static_cast<std::size_t>(axis)];
    if (count == 1) continue;
    if (count < 0) value_error("tile: a count is negative", site, fmt::format("count {}", count), "give zero or more");
    std::int64_t before = 1, after = 1;
    for (int k = 0; k < axis; ++k) before *= a.shape()[k];
    for (int k = axis; k < a.ndim(); ++k) after *= a.shape()[k];
    const Array rows = broadcast_array(reshape_to(a, {before, 1, after}, site), {before, count, after}, site);
    Shape shape = a.shape();
    shape[axis] *= count;
    a = reshape_to(rows, shape, site);
  }
  return a;
}

Array tile(const Operand& a, std::int64_t count) { return tile(a, Extents{count}); }

Array repeat(const Operand& operand, std::int64_t count, std::optional<int> axis) {
  const Site& site = operand.site();
  const Array a = axis ? array_of(operand) : ravel(operand);
  const int along = check_axis(axis.value_or(0), a.ndim(), "repeat", site);
  if (count < 0)
    value_error("repeat: the count is negative", site, fmt::format("count {}", count), "give zero or more");
  std::int64_t before = 1, after = 1;
  for (int k = 0; k <= along; ++k) before *= a.shape()[k];
  for (int k = along + 1; k < a.ndim(); ++k) after *= a.shape()[k];
  const Array rows = broadcast_array(reshape_to(a, {before, 1, after}, site), {before, count, after}, site);
  Shape shape = a.shape();
  shape[along] *= count;
  return reshape_to(rows, shape, site);
}

Array repeat(const Operand& operand, const std::vector<std::int64_t>& counts, std::optional<int> axis) {
  const Site& site = operand.site();
  const Array a = axis ? array_of(operand) : ravel(operand);
  const int along = check_axis(axis.value_or(0), a.ndim(), "repeat", site);
  if (static_cast<std::int64_t>(counts.size()) != a.shape()[along])
    shape_error("repeat: one count for each element is needed", site,
                fmt::format("{} counts, {} elements", counts.size(), a.shape()[along]),
                "give one number to repeat all alike");
  std::vector<std::int64_t> places;
  for (std::size_t i = 0; i < counts.size(); ++i)
    for (std::int64_t k = 0; k < counts[i]; ++k) places.push_back(static_cast<std::int64_t>(i));
  return take_axis(a, index_array(places, {static_cast<std::int64_t>(places.size())}), along, site);
}

Array roll(const Operand& operand, std::int64_t shift, std::optional<int> axis) {
  const Site& site = operand.site();
  const Array a = axis ? array_of(operand) : ravel(operand);
  const int along = check_axis(axis.value_or(0), a.ndim(), "roll", site);
  const std::int64_t n = a.shape()[along];
  Array rolled = a;
  if (n > 0 && shift % n != 0) {
    const std::int64_t first = n - ((shift % n) + n) % n;
    rolled = join({slice_axis(a, along, first, n, 1, site), slice_axis(a, along, 0, first, 1, site)}, along, site);
  }
  return axis ? rolled : reshape_to(rolled, array_of(operand).shape(), site);
}

Array flip(const Operand& operand, const std::vector<int>& axes) {
  const Array a = array_of(operand);
  Extents over;
  for (int axis : axes) over.push_back(check_axis(axis, a.ndim(), "flip", operand.site()));
  if (axes.empty())
    for (int axis = 0; axis < a.ndim(); ++axis) over.push_back(axis);
  if (over.empty()) return a;
  return apply("reverse", {a}, {{"axes", over}}, operand.site());
}

Array fliplr(const Operand& a) { return flip(a, {1}); }
Array flipud(const Operand& a) { return flip(a, {0}); }

Array rot90(const Operand& a, int turns) {
  const auto at = [&](const Array& x) { return Operand(x, a.site()); };
  switch (((turns % 4) + 4) % 4) {
    case 1:
      return flip(at(swapaxes(a, 0, 1)), {0});
    case 2:
      return flip(a, {0, 1});
    case 3:
      return swapaxes(at(flip(a, {0})), 0, 1);
    default:
      return array_of(a);
  }
}

namespace {

/// The element that stands at place i outside [0, n).
std::int64_t padded_place(std::int64_t i, std::int64_t n, const std::string& mode) {
  const auto cyclic = [](std::int64_t k, std::int64_t period) { return ((k % period) + period) % period; };
  if (mode == "edge") return std::clamp<std::int64_t>(i, 0, n - 1);
  if (mode == "wrap") return cyclic(i, n);
  if (mode == "symmetric") {
    const std::int64_t k = cyclic(i, 2 * n);
    return k < n ? k : 2 * n - 1 - k;
  }
  if (n == 1) return 0;
  const std::int64_t k = cyclic(i, 2 * n - 2);
  return k < n ? k : 2 * n - 2 - k;
}

}  // namespace

Array pad(const Operand& operand, const PadWidths& widths, const std::string& mode, double value) {
  const Site& site = operand.site();
  Array a = array_of(operand);
  const bool known_mode =
      mode == "constant" || mode == "edge" || mode == "reflect" || mode == "symmetric" || mode == "wrap";
  if (!known_mode)
    value_error("pad: unknown mode", site, "'" + mode + "'", "modes are constant, edge, reflect, symmetric, wrap");
  Extents low, high;
  for (int axis = 0; axis < a.ndim(); ++axis) {
    const std::size_t k = widths.size() == 1 ? 0 : static_cast<std::size_t>(axis);
    if (k >= widths.size() || widths[k].size() != 2 || widths[k][0] < 0 || widths[k][1] < 0)
      value_error("pad: the widths do not fit", site,
                  fmt::format("{} pairs for {}", widths.size(), to_string(a.type())),
                  "give one pair {before, after} for each axis, or one for all");
    low.push_back(widths[k][0]);
    high.push_back(widths[k][1]);
  }
  if (mode == "constant") return apply("pad", {a, number(a.dtype(), value)}, {{"low", low}, {"high", high}}, site);
  for (int axis = 0; axis < a.ndim(); ++axis) {
    const auto k = static_cast<std::size_t>(axis);
    const std::int64_t n = a.shape()[axis];
    if (low[k] == 0 && high[k] == 0) continue;
    if (n == 0)
      value_error("pad: an empty axis has no elements to repeat", site, to_string(a.type()), "use mode \"constant\"");
    std::vector<std::int64_t> places;
    for (std::int64_t i = -low[k]; i < n + high[k]; ++i) places.push_back(padded_place(i, n, mode));
    a = take_axis(a, index_array(places, {static_cast<std::int64_t>(places.size())}), axis, site);
  }
  return a;
}

Array pad(const Operand& a, std::int64_t width, const std::string& mode, double value) {
  return pad(a, PadWidths{{width, width}}, mode, value);
}

// --- taking --------------------------------------------------------------------------------------

Array take(const Operand& operand, const Operand& indices, std::optional<int> axis) {
  const Site& site = operand.site();
  const Array a = axis ? array_of(operand) : ravel(operand);
  IndexList list(static_cast<std::size_t>(check_axis(axis.value_or(0), a.ndim(), "take", site)), Index(all_of(), site));
  list.push_back(indices.is_number() ? Index(indices.integer(), site) : Index(indices.array(), site));
  return read_index(a, list, site);
}

Array take_along_axis(const Operand& operand, const Operand& indices, int axis) {
  const Site& site = operand.site();
  const Array a = array_of(operand);
  Array index = array_of(indices);
  const int along = check_axis(axis, a.ndim(), "take_along_axis", site);
  if (!runtime::is_integer(index.dtype()))
    throw DTypeError({.what = "take_along_axis: the indices are no integers",
                      .where = location_of(site),
                      .values = to_string(index.type()),
                      .hint = "convert them with .astype(bm::int32)"});
  if (runtime::is_unsigned_integer(index.dtype())) index = convert(index, DType::i64, site);
  Shape from = a.shape(), places = index.shape(), common;
  const bool ranks = places.rank() == from.rank();
  if (ranks) from[along] = 1, places[along] = 1;
  if (!ranks || !runtime::broadcast(from, places, common))
    shape_error("take_along_axis: the indices do not fit", site,
                fmt::format("array {}, indices {}, axis {}", to_string(a.type()), to_string(index.type()), axis),
                "outside the axis, array and indices have equal extents or 1");
  Shape array_shape = common, index_shape = common;
  array_shape[along] = a.shape()[along];
  index_shape[along] = index.shape()[along];
  return apply("take_along", {broadcast_array(a, array_shape, site), broadcast_array(index, index_shape, site)},
               {{"axis", std::int64_t{along}}}, site);
}

Array choose(const Operand& index, const std::vector<Array>& choices) {
  const Site& site = index.site();
  if (choices.empty()) value_error("choose: no choices", site, "", "give at least one array");
  std::vector<Array> all = choices;
  all.push_back(array_of(index));
  const Shape shape = common_shape(all, "choose", site);
  DType dtype = choices[0].dtype();
  for (const Array& c : choices) dtype = promote(dtype, c.dtype());
  std::vector<Array> rows;
  for (const Array& c : choices)
    rows.push_back(insert_axis(broadcast_array(convert(c, dtype, site), shape, site), 0, site));
  const Array places = insert_axis(broadcast_array(all.back(), shape, site), 0, site);
  return pick(take_along_axis(Operand(join(rows, 0, site), site), Operand(places, site), 0), 0, 0, site);
}

Array astype(const Operand& a, DType dtype) { return convert(array_of(a), dtype, a.site()); }

}  // namespace brainpy::math
