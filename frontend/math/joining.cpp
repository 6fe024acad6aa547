// Joining arrays into one and splitting one into several.
// In: lists of arrays, brought to their common element type. Out: arrays. Declared in shape_functions.hpp.
#include <algorithm>

#include <fmt/format.h>

#include "frontend/math/primitives.h"
#include "frontend/math/shape_functions.hpp"

namespace brainpy::math {

namespace {

std::vector<Array> in_common_dtype(const std::vector<Array>& arrays, const char* function, const Site& site) {
  if (arrays.empty()) value_error(fmt::format("{}: nothing to join", function), site, "", "give at least one array");
  std::vector<Operand> operands;
  for (const Array& a : arrays) operands.emplace_back(a, site);
  const DType dtype = common_dtype(operands);
  std::vector<Array> result;
  for (const Array& a : arrays) result.push_back(convert(a, dtype, site));
  return result;
}

std::string list_types(const std::vector<Array>& arrays) {
  std::string types;
  for (const Array& a : arrays) types += (types.empty() ? "" : ", ") + to_string(a.type());
  return types;
}

template <class Change>
std::vector<Array> each(const std::vector<Array>& arrays, const Site& site, Change change) {
  std::vector<Array> result;
  for (const Array& a : arrays) result.push_back(change(Operand(a, site)));
  return result;
}

}  // namespace

Array concatenate(const std::vector<Array>& arrays, int axis, Site site) {
  const std::vector<Array> parts = in_common_dtype(arrays, "concatenate", site);
  const int along = check_axis(axis, parts[0].ndim(), "concatenate", site);
  for (const Array& a : parts)
    if (a.ndim() != parts[0].ndim() || !(a.shape().without_axis(along) == parts[0].shape().without_axis(along)))
      shape_error("concatenate: shapes differ outside the axis", site,
                  fmt::format("axis {}, arrays {}", axis, list_types(arrays)),
                  "all extents but that of the joined axis are equal");
  return join(parts, along, site);
}

Array stack(const std::vector<Array>& arrays, int axis, Site site) {
  std::vector<Array> parts = in_common_dtype(arrays, "stack", site);
  const int along = check_axis(axis, parts[0].ndim() + 1, "stack", site);
  for (const Array& a : parts)
    if (!(a.shape() == parts[0].shape()))
      shape_error("stack: shapes differ", site, list_types(arrays), "all arrays have the same shape");
  for (Array& a : parts) a = insert_axis(a, along, site);
  return join(parts, along, site);
}

Array vstack(const std::vector<Array>& arrays, Site site) {
  return concatenate(each(arrays, site, atleast_2d), 0, site);
}

Array hstack(const std::vector<Array>& arrays, Site site) {
  const std::vector<Array> parts = each(arrays, site, atleast_1d);
  return concatenate(parts, parts.empty() || parts[0].ndim() == 1 ? 0 : 1, site);
}

Array dstack(const std::vector<Array>& arrays, Site site) {
  return concatenate(each(arrays, site, atleast_3d), 2, site);
}

Array column_stack(const std::vector<Array>& arrays, Site site) {
  return concatenate(each(arrays, site,
                          [](const Operand& a) {
                            const Array x = atleast_1d(a);
                            return x.ndim() == 1 ? insert_axis(x, 1, a.site()) : x;
                          }),
                     1, site);
}

Array append(const Operand& a, const Operand& values, std::optional<int> axis) {
  if (axis) return concatenate({array_of(a), array_of(values)}, *axis, a.site());
  const DType dtype = common_dtype({a, values});
  const Array x = convert(a.array(dtype), dtype, a.site()), y = convert(values.array(dtype), dtype, a.site());
  return concatenate({ravel(Operand(x, a.site())), ravel(Operand(y, a.site()))}, 0, a.site());
}

std::vector<Array> split(const Operand& operand, const std::vector<std::int64_t>& places, int axis) {
  const Array a = array_of(operand);
  const Site& site = operand.site();
  const int along = check_axis(axis, a.ndim(), "split", site);
  const std::int64_t n = a.shape()[along];
  std::vector<Array> parts;
  std::int64_t start = 0;
  for (std::size_t k = 0; k <= places.size(); ++k) {
    // Places mean what they mean in slices.
    std::int64_t stop = n;
    if (k < places.size()) stop = std::clamp<std::int64_t>(places[k] < 0 ? places[k] + n : places[k], 0, n);
    parts.push_back(slice_axis(a, along, start, std::max(start, stop), 1, site));
    start = stop;
  }
  return parts;
}

namespace {

std::vector<Array> split_evenly(const Operand& operand, int sections, int axis, const char* function, bool exact) {
  const Array a = array_of(operand);
  const Site& site = operand.site();
  const std::int64_t n = a.shape()[check_axis(axis, a.ndim(), function, site)];
  if (sections <= 0 || (exact && n % sections != 0))
    value_error(fmt::format("{}: the parts are not equal", function), site,
                fmt::format("{} elements, {} parts", n, sections), "bm::array_split makes the first parts longer");
  std::vector<std::int64_t> places;
  std::int64_t place = 0;
  for (int k = 0; k + 1 < sections; ++k) places.push_back(place += n / sections + (k < n % sections ? 1 : 0));
  return split(operand, places, axis);
}

}  // namespace

std::vector<Array> split_equally(const Operand& a, int sections, int axis) {
  return split_evenly(a, sections, axis, "split", true);
}

std::vector<Array> array_split(const Operand& a, int sections, int axis) {
  return split_evenly(a, sections, axis, "array_split", false);
}

std::vector<Array> hsplit(const Operand& a, int sections) {
  return split_evenly(a, sections, array_of(a).ndim() == 1 ? 0 : 1, "hsplit", true);
}

std::vector<Array> vsplit(const Operand& a, int sections) { return split_evenly(a, sections, 0, "vsplit", true); }

Array remove(const Operand& operand, const std::vector<std::int64_t>& places, int axis) {
  const Array a = array_of(operand);
  const Site& site = operand.site();
  const int along = check_axis(axis, a.ndim(), "remove", site);
  const std::int64_t n = a.shape()[along];
  std::vector<bool> removed(static_cast<std::size_t>(n), false);
  for (std::int64_t place : places) {
    if (place < -n || place >= n)
      throw IndexError({.what = "remove: a place is out of range",
                        .where = location_of(site),
                        .values = fmt::format("place {}, axis {} with {} elements", place, axis, n),
                        .hint = "places are those of indices"});
    removed[static_cast<std::size_t>(place < 0 ? place + n : place)] = true;
  }
  std::vector<std::int64_t> kept;
  for (std::int64_t i = 0; i < n; ++i)
    if (!removed[static_cast<std::size_t>(i)]) kept.push_back(i);
  return take_axis(a, index_array(kept, {static_cast<std::int64_t>(kept.size())}), along, site);
}

}  // namespace brainpy::math
