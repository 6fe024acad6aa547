// Reading and replacing parts of arrays: a[...] and a.at(...), by NumPy's rules.
// In: an array, a list of integers, slices, integer and bool arrays, newaxis, ellipsis. Out: the part; or a new array
// with the part replaced.
#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include "frontend/math/primitives.h"
#include "frontend/object/variable.hpp"
#include "frontend/transform/trace.h"

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
Index::Index(const Index&) = default;
Index::Index(Index&&) noexcept = default;
Index& Index::operator=(const Index&) = default;
Index& Index::operator=(Index&&) noexcept = default;
Index::~Index() = default;

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
  index_error("index out of range", site,
              fmt::format("index {} on axis {}, which has {} elements", value, axis, extent),
              extent == 0 ? "the axis is empty" : fmt::format("indices are {} .. {}", -extent, extent - 1));
}

/// Known indices are checked here and counted from the front; traced ones are checked when the program runs.
Array checked_index(const Array& index, int axis, std::int64_t extent, const Site& site) {
  if (!runtime::is_integer(index.dtype()))
    throw DTypeError({.what = "index: an array used as an index has no integers",
                      .where = location_of(site),
                      .values = "the index is " + to_string(index.type()),
                      .hint = "convert it with .astype(bm::int32)"});
  if (index.is_traced()) return runtime::is_unsigned_integer(index.dtype()) ? convert(index, DType::i64, site) : index;
  std::vector<std::int64_t> values = index.to_vector<std::int64_t>(site);
  for (std::int64_t& v : values) v = checked_integer(v, axis, extent, site);
  return index_array(values, index.shape());
}

std::vector<Entry> parse(const Array& array, const IndexList& indices, const Site& site) {
  const int rank = array.ndim();
  int used = 0, ellipses = 0;
  for (const Index& index : indices) {
    used += axes_used(index);
    ellipses += index.kind == Index::Kind::ellipsis;
  }
  if (used > rank)
    index_error("index: too many indices", site,
                fmt::format("{} indices, the array is {}", used, to_string(array.type())),
                fmt::format("give at most {}", rank));
  if (ellipses > 1) index_error("index: more than one ellipsis", site, "", "keep one bm::ellipsis");

  std::vector<Entry> entries;
  int axis = 0;
  const auto whole_axes = [&](int count) {
    for (int k = 0; k < count; ++k, ++axis) entries.push_back(slice_entry({}, axis, array.shape()[axis], site));
  };
  for (const Index& index : indices) {
    switch (index.kind) {
      case Index::Kind::new_axis:
        entries.push_back({.kind = Entry::Kind::new_axis});
        break;
      case Index::Kind::ellipsis:
        whole_axes(rank - used);
        break;
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
                             .index = checked_index(value, axis, array.shape()[axis], site)});
          ++axis;
          break;
        }
        for (int k = 0; k < value.ndim(); ++k)
          if (value.shape()[k] != array.shape()[axis + k])
            index_error(
                "index: the bool mask does not fit", site,
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

/// Several index arrays as rows [m, k], one column an array; m counts the elements of their common shape.
Array index_rows(const std::vector<Array>& indices, const Shape& shape, const Site& site) {
  const std::int64_t rows = shape.size(), columns = static_cast<std::int64_t>(indices.size());
  const bool known = std::ranges::none_of(indices, [](const Array& a) { return a.is_traced(); });
  if (columns == 1) return reshape_to(indices[0], {rows, 1}, site);
  if (!known) {
    DType dtype = DType::i32;
    for (const Array& a : indices) dtype = promote(dtype, a.dtype());
    std::vector<Array> parts;
    for (const Array& a : indices)
      parts.push_back(reshape_to(broadcast_array(convert(a, dtype, site), shape, site), {rows, 1}, site));
    return join(parts, 1, site);
  }
  std::vector<std::int64_t> table(static_cast<std::size_t>(rows * columns));
  for (std::size_t k = 0; k < indices.size(); ++k) {
    Array spread;
    {
      const transform::Eagerly known_while_tracing;
      spread = broadcast_array(indices[k], shape, site);
    }
    const std::vector<std::int64_t> column = spread.to_vector<std::int64_t>(site);
    for (std::size_t m = 0; m < column.size(); ++m) table[m * indices.size() + k] = column[m];
  }
  return index_array(table, {rows, columns});
}

Array read_entries(const Array& array, const std::vector<Entry>& entries, const Site& site) {
  const Array part = read_basic(array, entries, site);
  std::vector<Array> indices;
  std::vector<int> axes;
  int axis = 0, first = -1, last = -1, before_first = 0, position = 0;
  for (const Entry& e : entries) {
    if (is_advanced(e)) {
      if (first < 0) first = position, before_first = axis;
      last = position;
    }
    if (e.kind == Entry::Kind::array) {
      indices.push_back(e.index);
      axes.push_back(axis);
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
    const Shape common = common_shape(indices, "index", site);
    const Array front = move_to_front(part, axes, site);
    Extents shape = extents_of(common);
    shape.insert(shape.end(), front.shape().begin() + axes.size(), front.shape().end());
    gathered = reshape_to(apply("gather", {front, index_rows(indices, common, site)}, {}, site), shape, site);
    rank = common.rank();
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

/// Parts of integers and slices are regular regions: one copy.
Array write_region(const Array& array, const std::vector<Entry>& entries, std::string_view how, const Operand& values,
                   const Site& site) {
  const Array old = how == "set" ? Array() : read_entries(array, entries, site);
  Extents start(static_cast<std::size_t>(array.ndim()), 0), step(start.size(), 1), backwards;
  Shape region = array.shape(), part;
  for (const Entry& e : entries) {
    if (e.kind == Entry::Kind::new_axis) {
      part.push_back(1);
      continue;
    }
    const auto k = static_cast<std::size_t>(e.axis);
    region[e.axis] = length_of(e);
    if (e.kind == Entry::Kind::slice) part.push_back(region[e.axis]);
    start[k] = e.step > 0 ? e.start : e.start + (region[e.axis] - 1) * e.step;
    step[k] = std::abs(e.step);
    if (e.step < 0) backwards.push_back(e.axis);
  }
  Array replacement = fit_values(array, part, values, site);
  if (how != "set") replacement = map(operation_of(how), {old, replacement}, site);
  Array spread = reshape_to(broadcast_array(replacement, part, site), region, site);
  if (region.size() == 0) return array;
  if (!backwards.empty()) spread = apply("reverse", {spread}, {{"axes", backwards}}, site);
  if (region == array.shape()) return spread;
  return apply("update_slice", {array, spread}, {{"start", start}, {"step", step}}, site);
}

/// A mask whose values are known only when the program runs: a choice between old and new, element by element.
Array write_masked(const Array& array, const Array& mask, std::string_view how, const Operand& values,
                   const Site& site) {
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

Array write_index(const Array& target, const IndexList& indices, const char* how, const Operand& values,
                  const Site& site) {
  const Array array = array_of(Operand(target, site));
  if (indices.size() == 1 && indices[0].kind == Index::Kind::array && indices[0].data->type.dtype == DType::bool_ &&
      Array(indices[0].data).is_traced())
    return write_masked(array, Array(indices[0].data), how, values, site);
  const std::vector<Entry> entries = parse(array, indices, site);
  if (std::ranges::none_of(entries, [](const Entry& e) { return e.kind == Entry::Kind::array; }))
    return write_region(array, entries, how, values, site);

  const std::string scatter = std::string("scatter_") + how;
  // Arrays on the first axes, the other axes whole: rows as they stand.
  std::vector<Array> rows_of;
  for (const Entry& e : entries) {
    if (e.kind != Entry::Kind::array) break;
    rows_of.push_back(e.index);
  }
  const int leading = static_cast<int>(rows_of.size());
  if (leading > 0 &&
      std::all_of(entries.begin() + leading, entries.end(), [&](const Entry& e) { return is_whole(e, array); })) {
    const Shape common = common_shape(rows_of, "index", site);
    const Extents rest(array.shape().begin() + leading, array.shape().end());
    Extents part = extents_of(common), rows{common.size()};
    part.insert(part.end(), rest.begin(), rest.end());
    rows.insert(rows.end(), rest.begin(), rest.end());
    const Array spread = broadcast_array(fit_values(array, part, values, site), part, site);
    return apply(scatter, {array, index_rows(rows_of, common, site), reshape_to(spread, rows, site)}, {}, site);
  }
  // Anything else: reading the places of the elements by the same rules says where values go.
  const Array places = read_entries(reshape_to(count_up(array.size(), site), array.shape(), site), entries, site);
  const Array spread = broadcast_array(fit_values(array, places.shape(), values, site), places.shape(), site);
  const Array flat = apply(scatter,
                           {reshape_to(array, {array.size()}, site), reshape_to(places, {places.size(), 1}, site),
                            reshape_to(spread, {places.size()}, site)},
                           {}, site);
  return reshape_to(flat, array.shape(), site);
}

IndexedUpdate::IndexedUpdate(Array array, IndexList indices, Site site)
    : array_(std::move(array)), indices_(std::move(indices)), site_(site) {}
IndexedUpdate::~IndexedUpdate() = default;
Array IndexedUpdate::set(const Operand& values) const { return write_index(array_, indices_, "set", values, site_); }
Array IndexedUpdate::add(const Operand& values) const { return write_index(array_, indices_, "add", values, site_); }
Array IndexedUpdate::multiply(const Operand& values) const {
  return write_index(array_, indices_, "mul", values, site_);
}
Array IndexedUpdate::min(const Operand& values) const { return write_index(array_, indices_, "min", values, site_); }
Array IndexedUpdate::max(const Operand& values) const { return write_index(array_, indices_, "max", values, site_); }
Array IndexedUpdate::get() const { return read_index(array_, indices_, site_); }

}  // namespace brainpy::math
