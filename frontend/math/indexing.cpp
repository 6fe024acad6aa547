// Reading and replacing parts of arrays: a[...] and a.at(...), by NumPy's rules.
// In: an array, a list of integers, slices, integer and bool arrays, newaxis, ellipsis. Out: the part; or a new array
// with the part replaced.
#include <algorithm>
#include <numeric>
#include <string_view>

#include <fmt/format.h>

#include "frontend/math/primitives.h"
#include "frontend/object/variable.hpp"

namespace brainpy::math {

Slice slice(std::int64_t stop) { return {.stop = stop}; }
Slice slice(std::optional<std::int64_t> start, std::optional<std::int64_t> stop, std::int64_t step) {
  return {start, stop, step};
}

Index::Index(const Array& value, Site site) : kind(Kind::array), data(value.data()), site(site) {
  if (!data)
    throw ValueError({.what = "an empty Array is used as an index",
                      .where = location_of(site),
                      .hint = "give it a value first, such as bm::arange(n)"});
}
Index::Index(const Variable& value, Site site) : Index(value.value(), site) {}

namespace {

/// One entry that is left once ellipsis and masks are spelled out.
struct Entry {
  enum class Kind { integer, slice, array, new_axis } kind = Kind::slice;
  int axis = 0;  ///< of the indexed array
  std::int64_t start = 0, stop = 0, step = 1;
  Array index;
};

[[noreturn]] void index_error(const std::string& what, const Site& site, std::string values, std::string hint) {
  throw IndexError({.what = what, .where = location_of(site), .values = std::move(values), .hint = std::move(hint)});
}

/// Axes of the indexed array that the entry consumes.
int axes_used(const Index& index) {
  if (index.kind == Index::Kind::new_axis || index.kind == Index::Kind::ellipsis) return 0;
  if (index.kind == Index::Kind::array && index.data->type.dtype == DType::bool_) return index.data->type.shape.rank();
  return 1;
}

Entry slice_entry(const Slice& s, int axis, std::int64_t extent, const Site& site) {
  if (s.step == 0) index_error("index: a slice has step 0", site, "", "give a positive or negative step");
  const std::int64_t low = s.step > 0 ? 0 : -1, high = s.step > 0 ? extent : extent - 1;
  const auto limit = [&](std::optional<std::int64_t> end, std::int64_t otherwise) {
    if (!end) return otherwise;
    return std::clamp(*end < 0 ? *end + extent : *end, low, high);
  };
  return {.kind = Entry::Kind::slice,
          .axis = axis,
          .start = limit(s.start, s.step > 0 ? low : high),
          .stop = limit(s.stop, s.step > 0 ? high : low),
          .step = s.step};
}

std::int64_t length_of(const Entry& e) {
  const std::int64_t span = e.step > 0 ? e.stop - e.start : e.start - e.stop;
  return span <= 0 ? 0 : (span - 1) / std::abs(e.step) + 1;
}

std::int64_t checked_integer(std::int64_t value, int axis, std::int64_t extent, const Site& site) {
  if (value >= -extent && value < extent) return value < 0 ? value + extent : value;
  index_error("index out of range", site, fmt::format("index {} on axis {}, which has {} elements", value, axis, extent),
              extent == 0 ? "the axis is empty" : fmt::format("indices are {} .. {}", -extent, extent - 1));
}

/// Indices counted from the front. Known ones are checked here; traced ones are checked when the program runs.
Array from_front(const Array& index, int axis, std::int64_t extent, const Site& site) {
  if (!runtime::is_integer(index.dtype()))
    throw DTypeError({.what = "index: an array used as an index has no integers",
                      .where = location_of(site),
                      .values = "the index is " + to_string(index.type()),
                      .hint = "convert it with .astype(bm::int32)"});
  if (!index.is_traced()) {
    std::vector<std::int64_t> values = index.to_vector<std::int64_t>(site);
    for (std::int64_t& v : values) v = checked_integer(v, axis, extent, site);
    return index_array(values, index.shape());
  }
  const DType wide = index.dtype() == DType::u32 || index.dtype() == DType::u64 ? DType::i64 : index.dtype();
  const Array signed_index = convert(index, wide, site);
  if (runtime::is_unsigned_integer(index.dtype())) return signed_index;
  const Array negative = apply("lt", {signed_index, number(wide, std::int64_t{0})}, {}, site);
  return apply("select", {negative, apply("add", {signed_index, number(wide, extent)}, {}, site), signed_index}, {}, site);
}

std::vector<Entry> parse(const Array& array, const IndexList& indices, const Site& site) {
  const int rank = array.ndim();
  int used = 0, ellipses = 0;
  for (const Index& index : indices) {
    used += axes_used(index);
    ellipses += index.kind == Index::Kind::ellipsis;
  }
  if (used > rank)
    index_error("index: too many indices", site, fmt::format("{} indices, the array is {}", used, to_string(array.type())),
                fmt::format("give at most {}", rank));
  if (ellipses > 1) index_error("index: more than one ellipsis", site, "", "keep one bm::ellipsis");

  std::vector<Entry> entries;
  int axis = 0;
  const auto whole_axes = [&](int count) {
    for (int k = 0; k < count; ++k, ++axis) entries.push_back(slice_entry({}, axis, array.shape()[axis], site));
  };
  for (const Index& index : indices) {
    switch (index.kind) {
      case Index::Kind::new_axis: entries.push_back({.kind = Entry::Kind::new_axis}); break;
      case Index::Kind::ellipsis: whole_axes(rank - used); break;
      case Index::Kind::slice: {
        entries.push_back(slice_entry(index.range, axis, array.shape()[axis], site));
        ++axis;
        break;
      }
      case Index::Kind::integer: {
        const std::int64_t at = checked_integer(index.integer, axis, array.shape()[axis], site);
        entries.push_back({.kind = Entry::Kind::integer, .axis = axis, .start = at, .stop = at + 1});
        ++axis;
        break;
      }
      case Index::Kind::array: {
        const Array value(index.data);
        if (value.dtype() != DType::bool_) {
          entries.push_back({.kind = Entry::Kind::array,
                             .axis = axis,
                             .index = from_front(value, axis, array.shape()[axis], site)});
          ++axis;
          break;
        }
        for (int k = 0; k < value.ndim(); ++k)
          if (value.shape()[k] != array.shape()[axis + k])
            index_error("index: the bool mask does not fit", site,
                        fmt::format("mask {}, array {}, axis {}", to_string(value.type()), to_string(array.type()), axis + k),
                        "a mask has the extents of the axes that it selects from");
        if (value.ndim() == 0)
          index_error("index: a bool scalar is no mask", site, "", "use bm::where(condition, x, otherwise)");
        for (std::vector<std::int64_t>& list : host_nonzero(value, "index with a bool mask", site)) {
          const Shape count{static_cast<std::int64_t>(list.size())};
          entries.push_back({.kind = Entry::Kind::array, .axis = axis, .index = index_array(list, count)});
          ++axis;
        }
        break;
      }
    }
  }
  if (ellipses == 0) whole_axes(rank - used);
  return entries;
}

bool is_advanced(const Entry& e) { return e.kind == Entry::Kind::array || e.kind == Entry::Kind::integer; }

/// Integers and slices: one `slice` operation; axes of arrays stay whole.
Array read_basic(const Array& array, const std::vector<Entry>& entries, const Site& site) {
  const std::size_t rank = static_cast<std::size_t>(array.ndim());
  Extents start(rank, 0), stop = extents_of(array.shape()), step(rank, 1);
  bool whole = true;
  Shape shape;
  for (const Entry& e : entries) {
    const auto k = static_cast<std::size_t>(e.axis);
    if (e.kind == Entry::Kind::new_axis) {
      shape.push_back(1);
    } else if (e.kind == Entry::Kind::array) {
      shape.push_back(array.shape()[e.axis]);
    } else {
      whole = whole && e.start == 0 && e.stop == array.shape()[e.axis] && e.step == 1;
      start[k] = e.start, stop[k] = e.stop, step[k] = e.step;
      if (e.kind == Entry::Kind::slice) shape.push_back(length_of(e));
    }
  }
  const Array part = whole ? array : apply("slice", {array}, {{"start", start}, {"stop", stop}, {"step", step}}, site);
  return reshape_to(part, shape, site);
}

/// Several index arrays as one, into the row-major order of the axes of `extents`.
Array linear_index(const std::vector<Array>& indices, const Extents& extents, const Site& site) {
  const Shape shape = common_shape(indices, "index", site);
  const bool known = std::ranges::none_of(indices, [](const Array& a) { return a.is_traced(); });
  if (known) {
    std::vector<std::int64_t> linear(static_cast<std::size_t>(shape.size()), 0);
    for (std::size_t k = 0; k < indices.size(); ++k) {
      const std::vector<std::int64_t> spread = broadcast_array(indices[k], shape, site).to_vector<std::int64_t>(site);
      for (std::size_t i = 0; i < linear.size(); ++i) linear[i] = linear[i] * extents[k] + spread[i];
    }
    return index_array(linear, shape);
  }
  DType dtype = DType::i32;
  for (const Array& a : indices) dtype = promote(dtype, a.dtype());
  Array linear;
  for (std::size_t k = 0; k < indices.size(); ++k) {
    const Array index = convert(indices[k], dtype, site);
    if (k == 0) linear = index;
    else linear = map("add", {map("mul", {linear, number(dtype, extents[k])}, site), index}, site);
  }
  return linear;
}

Array read_entries(const Array& array, const std::vector<Entry>& entries, const Site& site) {
  const Array part = read_basic(array, entries, site);
  std::vector<Array> indices;
  std::vector<int> axes;
  Extents extents;
  int axis = 0, first = -1, last = -1, before_first = 0, position = 0;
  for (const Entry& e : entries) {
    if (is_advanced(e)) {
      if (first < 0) first = position, before_first = axis;
      last = position;
    }
    if (e.kind == Entry::Kind::array) {
      indices.push_back(e.index);
      axes.push_back(axis);
      extents.push_back(part.shape()[axis]);
    }
    if (e.kind != Entry::Kind::integer) ++axis;
    ++position;
  }
  if (indices.empty()) return part;
  const auto advanced = std::count_if(entries.begin() + first, entries.begin() + last + 1, is_advanced);
  const bool adjacent = advanced == last - first + 1;
  // Index axes go where the only group of indices was, else to the front.
  const int target = adjacent ? before_first : 0;

  Array gathered;
  int from = 0, rank = 0;
  if (indices.size() == 1) {
    gathered = take_axis(part, indices[0], axes[0], site);
    from = axes[0];
    rank = indices[0].ndim();
  } else {
    const Array index = linear_index(indices, extents, site);
    const Array front = move_to_front(part, axes, site);
    Extents shape{std::accumulate(extents.begin(), extents.end(), std::int64_t{1}, std::multiplies<>())};
    for (int k = static_cast<int>(axes.size()); k < front.ndim(); ++k) shape.push_back(front.shape()[k]);
    gathered = take_axis(reshape_to(front, shape, site), index, 0, site);
    rank = index.ndim();
  }
  if (from == target || rank == 0) return gathered;
  std::vector<int> order;
  for (int k = 0; k < gathered.ndim(); ++k)
    if (k < from || k >= from + rank) order.push_back(k);
  for (int k = 0; k < rank; ++k) order.insert(order.begin() + target + k, from + k);
  return permute(gathered, order, site);
}

const char* operation_of(std::string_view how) {
  if (how == "add") return "add";
  if (how == "mul") return "mul";
  if (how == "min") return "minimum";
  return "maximum";
}

Array fit_values(const Array& array, const Shape& part, const Operand& values, const Site& site) {
  const Array converted = convert(values.array(array.dtype()), array.dtype(), site);
  Shape common;
  if (!runtime::broadcast(converted.shape(), part, common) || !(common == part))
    shape_error("index: the values do not fit the part", site,
                fmt::format("part {}, values {}", to_string(Type{array.dtype(), part}), to_string(converted.type())),
                "values broadcast to the shape of the part that they replace");
  return converted;
}

bool is_whole(const Entry& e, const Array& array) {
  return e.kind == Entry::Kind::slice && e.start == 0 && e.step == 1 && e.stop == array.shape()[e.axis];
}

/// The parts of integers and slices of step 1 are boxes: one copy.
Array write_box(const Array& array, const std::vector<Entry>& entries, std::string_view how, const Operand& values,
                const Site& site) {
  const Array old = read_entries(array, entries, site);
  Array replacement = fit_values(array, old.shape(), values, site);
  if (how != "set") replacement = map(operation_of(how), {old, replacement}, site);
  Extents start(static_cast<std::size_t>(array.ndim()), 0);
  Shape box = array.shape();
  for (const Entry& e : entries) {
    if (e.kind == Entry::Kind::new_axis) continue;
    start[static_cast<std::size_t>(e.axis)] = e.start;
    box[e.axis] = length_of(e);
  }
  const Array spread = reshape_to(broadcast_array(replacement, old.shape(), site), box, site);
  if (box == array.shape()) return spread;
  return apply("update_slice", {array, spread}, {{"start", start}}, site);
}

/// A mask whose values are known only when the program runs: a choice between old and new, element by element.
Array write_masked(const Array& array, const Array& mask, std::string_view how, const Operand& values, const Site& site) {
  for (int k = 0; k < mask.ndim(); ++k)
    if (mask.ndim() > array.ndim() || mask.shape()[k] != array.shape()[k])
      index_error("index: the bool mask does not fit", site,
                  fmt::format("mask {}, array {}", to_string(mask.type()), to_string(array.type())),
                  "a mask has the extents of the array's first axes");
  Extents rest, aligned = extents_of(mask.shape());
  for (int k = mask.ndim(); k < array.ndim(); ++k) rest.push_back(array.shape()[k]), aligned.push_back(1);
  Array value = fit_values(array, Shape(rest), values, site);
  if (how != "set") value = map(operation_of(how), {array, value}, site);
  return map("select", {reshape_to(mask, aligned, site), value, array}, site);
}

}  // namespace

Array read_index(const Array& array, const IndexList& indices, const Site& site) {
  return read_entries(array, parse(array_of(Operand(array, site)), indices, site), site);
}

Array write_index(const Array& target, const IndexList& indices, const char* how, const Operand& values, const Site& site) {
  const Array array = array_of(Operand(target, site));
  if (indices.size() == 1 && indices[0].kind == Index::Kind::array && indices[0].data->type.dtype == DType::bool_ &&
      Array(indices[0].data).is_traced())
    return write_masked(array, Array(indices[0].data), how, values, site);
  const std::vector<Entry> entries = parse(array, indices, site);
  const bool box = std::ranges::all_of(
      entries, [](const Entry& e) { return e.kind != Entry::Kind::array && (e.kind == Entry::Kind::new_axis || e.step == 1); });
  if (box) return write_box(array, entries, how, values, site);

  const std::string scatter = std::string("scatter_") + how;
  // Whole rows of the first axis: the index as it stands.
  if (entries[0].kind == Entry::Kind::array &&
      std::all_of(entries.begin() + 1, entries.end(), [&](const Entry& e) { return is_whole(e, array); })) {
    const Array& index = entries[0].index;
    Extents part = extents_of(index.shape());
    for (int k = 1; k < array.ndim(); ++k) part.push_back(array.shape()[k]);
    const Array spread = broadcast_array(fit_values(array, Shape(part), values, site), Shape(part), site);
    Extents rows{index.size()};
    rows.insert(rows.end(), part.begin() + index.ndim(), part.end());
    return apply(scatter, {array, reshape_to(index, {index.size()}, site), reshape_to(spread, rows, site)},
                 {{"axis", std::int64_t{0}}}, site);
  }
  // Anything else: reading the places of the elements by the same rules says where values go.
  const Array places = read_entries(reshape_to(count_up(array.size(), site), array.shape(), site), entries, site);
  const Array spread = broadcast_array(fit_values(array, places.shape(), values, site), places.shape(), site);
  const Array flat = apply(scatter,
                           {reshape_to(array, {array.size()}, site), reshape_to(places, {places.size()}, site),
                            reshape_to(spread, {places.size()}, site)},
                           {{"axis", std::int64_t{0}}}, site);
  return reshape_to(flat, array.shape(), site);
}

IndexedUpdate::IndexedUpdate(Array array, IndexList indices, Site site)
    : array_(std::move(array)), indices_(std::move(indices)), site_(site) {}
Array IndexedUpdate::set(const Operand& values) const { return write_index(array_, indices_, "set", values, site_); }
Array IndexedUpdate::add(const Operand& values) const { return write_index(array_, indices_, "add", values, site_); }
Array IndexedUpdate::multiply(const Operand& values) const { return write_index(array_, indices_, "mul", values, site_); }
Array IndexedUpdate::min(const Operand& values) const { return write_index(array_, indices_, "min", values, site_); }
Array IndexedUpdate::max(const Operand& values) const { return write_index(array_, indices_, "max", values, site_); }
Array IndexedUpdate::get() const { return read_index(array_, indices_, site_); }

}  // namespace brainpy::math
