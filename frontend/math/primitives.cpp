#include "frontend/math/primitives.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include <fmt/format.h>

namespace brainpy::math {

Extents extents_of(const Shape& shape) { return {shape.begin(), shape.end()}; }

Array array_of(const Operand& a) {
  Array array = a.array();
  if (array.data()) return array;
  throw ValueError({.what = "an empty Array is used",
                    .where = location_of(a.site()),
                    .hint = "give it a value first, such as bm::zeros({n})"});
}

Array reshape_to(const Array& a, const Shape& shape, const Site& site) {
  if (a.shape() == shape) return a;
  return apply("reshape", {a}, {{"shape", extents_of(shape)}}, site);
}

Array permute(const Array& a, const std::vector<int>& axes, const Site& site) {
  if (std::ranges::is_sorted(axes)) return a;
  return apply("transpose", {a}, {{"axes", Extents(axes.begin(), axes.end())}}, site);
}

namespace {

std::vector<int> other_axes(const Array& a, const std::vector<int>& axes) {
  std::vector<int> others;
  for (int axis = 0; axis < a.ndim(); ++axis)
    if (std::ranges::find(axes, axis) == axes.end()) others.push_back(axis);
  return others;
}

}  // namespace

Array move_to_end(const Array& a, const std::vector<int>& axes, const Site& site) {
  std::vector<int> order = other_axes(a, axes);
  order.insert(order.end(), axes.begin(), axes.end());
  return permute(a, order, site);
}

Array move_to_front(const Array& a, const std::vector<int>& axes, const Site& site) {
  std::vector<int> order = axes;
  const std::vector<int> others = other_axes(a, axes);
  order.insert(order.end(), others.begin(), others.end());
  return permute(a, order, site);
}

Array slice_axis(const Array& a, int axis, std::int64_t start, std::int64_t stop, std::int64_t step, const Site& site) {
  if (start == 0 && step == 1 && stop == a.shape()[axis]) return a;
  Extents starts(static_cast<std::size_t>(a.ndim()), 0), stops = extents_of(a.shape()), steps(starts.size(), 1);
  const auto k = static_cast<std::size_t>(axis);
  starts[k] = start, stops[k] = stop, steps[k] = step;
  return apply("slice", {a}, {{"start", starts}, {"stop", stops}, {"step", steps}}, site);
}

Array pick(const Array& a, int axis, std::int64_t index, const Site& site) {
  return reshape_to(slice_axis(a, axis, index, index + 1, 1, site), a.shape().without_axis(axis), site);
}

Array insert_axis(const Array& a, int axis, const Site& site) {
  Extents shape = extents_of(a.shape());
  shape.insert(shape.begin() + axis, 1);
  return reshape_to(a, shape, site);
}

Array join(const std::vector<Array>& parts, int axis, const Site& site) {
  if (parts.size() == 1) return parts[0];
  return apply("concatenate", parts, {{"axis", std::int64_t{axis}}}, site);
}

Array take_axis(const Array& a, const Array& indices, int axis, const Site& site) {
  return apply("take", {a, indices}, {{"axis", std::int64_t{axis}}}, site);
}

Array filled(const Shape& shape, const Array& scalar, const Site& site) {
  if (shape.is_scalar()) return scalar;
  return apply("fill", {scalar}, {{"shape", extents_of(shape)}}, site);
}

Array count_up(std::int64_t n, const Site& site) {
  const DType t = default_int();
  return apply("iota", {number(t, std::int64_t{0}), number(t, std::int64_t{1})}, {{"shape", Extents{n}}}, site);
}

Array index_array(const std::vector<std::int64_t>& values, const Shape& shape) {
  const bool narrow = std::ranges::all_of(values, [](std::int64_t v) {
    return v >= std::numeric_limits<std::int32_t>::min() && v <= std::numeric_limits<std::int32_t>::max();
  });
  if (!narrow) return host_array(values, shape);
  return host_array(std::vector<std::int32_t>(values.begin(), values.end()), shape);
}

Shape common_shape(const std::vector<Array>& arrays, const char* function, const Site& site) {
  Shape shape;
  std::string types;
  for (const Array& a : arrays) types += (types.empty() ? "" : ", ") + to_string(a.type());
  for (const Array& a : arrays)
    if (!runtime::broadcast(shape, a.shape(), shape))
      shape_error(fmt::format("{}: shapes do not broadcast", function), site, types,
                  "aligned from the last axis, extents must be equal or 1");
  return shape;
}

void shape_error(const std::string& what, const Site& site, std::string values, std::string hint) {
  throw ShapeError({.what = what, .where = location_of(site), .values = std::move(values), .hint = std::move(hint)});
}

void value_error(const std::string& what, const Site& site, std::string values, std::string hint) {
  throw ValueError({.what = what, .where = location_of(site), .values = std::move(values), .hint = std::move(hint)});
}

void need_concrete(const Array& a, const char* function, const char* cure, const Site& site) {
  if (!a.is_traced()) return;
  throw TraceError({.what = fmt::format("{}: the shape of the result depends on values", function),
                    .where = location_of(site),
                    .values = "the traced value is " + to_string(a.type()),
                    .hint = cure});
}

std::vector<std::vector<std::int64_t>> host_nonzero(const Array& a, const char* function, const Site& site) {
  need_concrete(a, function, "use bm::where(mask, x, otherwise), which keeps the shape; or call it outside the trace",
                site);
  const std::vector<bool> chosen = a.to_vector<bool>(site);
  const Shape strides = a.shape().strides();
  std::vector<std::vector<std::int64_t>> indices(static_cast<std::size_t>(a.ndim()));
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    if (!chosen[i]) continue;
    for (int axis = 0; axis < a.ndim(); ++axis)
      indices[static_cast<std::size_t>(axis)].push_back(static_cast<std::int64_t>(i) / strides[axis] % a.shape()[axis]);
  }
  return indices;
}

}  // namespace brainpy::math
