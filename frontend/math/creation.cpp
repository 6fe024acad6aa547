#include "frontend/math/creation.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "frontend/math/elementwise.hpp"
#include "frontend/math/primitives.h"
#include "frontend/math/shape_functions.hpp"

namespace brainpy::math {

// --- from numbers and containers -----------------------------------------------------------------

Nested::Nested(const Operand& number, const Site& site)
    : number_(std::make_shared<const Operand>(number)), site_(site) {}
Nested::Nested(std::initializer_list<Nested> items, Site site) : items_(items), site_(site) {}
Nested::Nested(const Nested&) = default;
Nested& Nested::operator=(const Nested&) = default;
Nested::~Nested() = default;

Array array(const Operand& value, std::optional<DType> dtype) {
  // A number takes the wanted type at once, unless that loses its kind: 0.5 as an integer is a conversion.
  const bool direct = value.is_number() && dtype && *dtype != DType::bool_ &&
                      (value.kind() != Operand::Kind::real || runtime::is_float(*dtype));
  const Array a = direct ? value.array(*dtype) : array_of(value);
  return convert(a, dtype.value_or(a.dtype()), value.site());
}

Array asarray(const Operand& value, std::optional<DType> dtype) { return array(value, dtype); }

namespace {

void collect(const Nested& list, int depth, Extents& shape, std::vector<Operand>& numbers, const Site& site) {
  if (list.number()) {
    if (depth != static_cast<int>(shape.size()))
      shape_error("array: lists and numbers are mixed on one axis", list.site(), "",
                  "nest all lists to the same depth");
    numbers.push_back(*list.number());
    return;
  }
  const auto length = static_cast<std::int64_t>(list.items().size());
  const auto axis = static_cast<std::size_t>(depth);
  if (axis == shape.size()) {
    if (!numbers.empty())
      shape_error("array: lists and numbers are mixed on one axis", list.site(), "",
                  "nest all lists to the same depth");
    shape.push_back(length);
  } else if (shape[axis] != length) {
    shape_error("array: lists of one axis differ in length", site,
                fmt::format("lengths {} and {} on axis {}", shape[axis], length, axis), "fill the shorter list");
  }
  for (const Nested& item : list.items()) collect(item, depth + 1, shape, numbers, site);
}

template <class T>
DType natural_dtype() {
  if constexpr (std::same_as<T, double>) return default_float();
  else if constexpr (std::same_as<T, std::int32_t>) return default_int();
  else return runtime::dtype_of<T>;
}

}  // namespace

Array array(std::initializer_list<Nested> values, std::optional<DType> dtype, Site site) {
  Extents shape;
  std::vector<Operand> numbers;
  collect(Nested(values, site), 0, shape, numbers, site);
  const DType common = dtype.value_or(numbers.empty() ? default_float() : common_dtype(numbers));
  runtime::Tensor t = runtime::make_tensor({common, shape});
  const std::size_t size = size_of(common);
  for (std::size_t i = 0; i < numbers.size(); ++i)
    std::memcpy(t.as<std::byte>() + i * size, array(numbers[i], common).tensor(site).data->data(), size);
  return Array(std::move(t));
}

template <class T>
Array array(const std::vector<T>& values, std::optional<DType> dtype, Site site) {
  return convert(host_array(values, {static_cast<std::int64_t>(values.size())}), dtype.value_or(natural_dtype<T>()),
                 site);
}

template <class T>
Array array(const std::vector<std::vector<T>>& rows, std::optional<DType> dtype, Site site) {
  const std::size_t columns = rows.empty() ? 0 : rows[0].size();
  std::vector<T> all;
  for (const std::vector<T>& row : rows) {
    if (row.size() != columns)
      shape_error("array: rows differ in length", site, fmt::format("lengths {} and {}", columns, row.size()),
                  "fill the shorter row");
    all.insert(all.end(), row.begin(), row.end());
  }
  const Shape shape{static_cast<std::int64_t>(rows.size()), static_cast<std::int64_t>(columns)};
  return convert(host_array(all, shape), dtype.value_or(natural_dtype<T>()), site);
}

template Array array(const std::vector<float>&, std::optional<DType>, Site);
template Array array(const std::vector<double>&, std::optional<DType>, Site);
template Array array(const std::vector<std::int32_t>&, std::optional<DType>, Site);
template Array array(const std::vector<std::int64_t>&, std::optional<DType>, Site);
template Array array(const std::vector<std::uint32_t>&, std::optional<DType>, Site);
template Array array(const std::vector<std::uint64_t>&, std::optional<DType>, Site);
template Array array(const std::vector<bool>&, std::optional<DType>, Site);
template Array array(const std::vector<std::vector<float>>&, std::optional<DType>, Site);
template Array array(const std::vector<std::vector<double>>&, std::optional<DType>, Site);
template Array array(const std::vector<std::vector<std::int32_t>>&, std::optional<DType>, Site);
template Array array(const std::vector<std::vector<std::int64_t>>&, std::optional<DType>, Site);
template Array array(const std::vector<std::vector<bool>>&, std::optional<DType>, Site);

// --- constant ones -------------------------------------------------------------------------------

Array zeros(const Shape& shape, std::optional<DType> dtype, Site site) {
  return filled(shape, number(dtype.value_or(default_float()), std::int64_t{0}), site);
}

Array ones(const Shape& shape, std::optional<DType> dtype, Site site) {
  return filled(shape, number(dtype.value_or(default_float()), std::int64_t{1}), site);
}

Array empty(const Shape& shape, std::optional<DType> dtype, Site site) { return zeros(shape, dtype, site); }

Array full(const Shape& shape, const Operand& value, std::optional<DType> dtype) {
  const Array source = array(value, dtype);
  Shape common;
  if (!runtime::broadcast(source.shape(), shape, common) || !(common == shape))
    shape_error("full: the value does not broadcast to the shape", value.site(),
                fmt::format("value {}, shape {}", to_string(source.type()), to_string(shape)), "give one number");
  return broadcast_array(source, shape, value.site());
}

Array zeros_like(const Operand& a, std::optional<DType> dtype) {
  const Array like = array_of(a);
  return zeros(like.shape(), dtype.value_or(like.dtype()), a.site());
}

Array ones_like(const Operand& a, std::optional<DType> dtype) {
  const Array like = array_of(a);
  return ones(like.shape(), dtype.value_or(like.dtype()), a.site());
}

Array empty_like(const Operand& a, std::optional<DType> dtype) { return zeros_like(a, dtype); }

Array full_like(const Operand& a, const Operand& value, std::optional<DType> dtype) {
  const Array like = array_of(a);
  return full(like.shape(), value, dtype.value_or(like.dtype()));
}

// --- ranges --------------------------------------------------------------------------------------

namespace {

double known_number(const Operand& a, const char* function) {
  if (a.is_number()) return a.real();
  need_concrete(array_of(a), function, "give C++ numbers: shapes are fixed when the program is traced", a.site());
  return a.array().item<double>(a.site());
}

bool is_integral(const Operand& a) {
  return a.is_number() ? a.kind() != Operand::Kind::real : !runtime::is_float(array_of(a).dtype());
}

std::vector<double> spaced(double start, double stop, std::int64_t count, bool endpoint, const char* function,
                           const Site& site) {
  if (count < 0)
    value_error(fmt::format("{}: the number of samples is negative", function), site, fmt::format("count {}", count),
                "give zero or more");
  std::vector<double> values(static_cast<std::size_t>(count));
  const double intervals = static_cast<double>(endpoint ? count - 1 : count);
  const double step = (stop - start) / intervals;
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = start + static_cast<double>(i) * step;
  if (endpoint && count > 1) values.back() = stop;
  if (count == 1) values[0] = start;
  return values;
}

Array vector_of(const std::vector<double>& values, DType dtype, const Site& site) {
  return convert(host_array(values, {static_cast<std::int64_t>(values.size())}), dtype, site);
}

}  // namespace

Array arange(const Operand& stop, std::optional<DType> dtype) {
  return arange(Operand(0, stop.site()), stop, 1, dtype);
}

Array arange(const Operand& start, const Operand& stop, const Operand& step, std::optional<DType> dtype) {
  const Site& site = start.site();
  const double first = known_number(start, "arange"), last = known_number(stop, "arange"),
               by = known_number(step, "arange");
  if (by == 0 || !std::isfinite((last - first) / by))
    value_error("arange: the range has no end", site, fmt::format("start {}, stop {}, step {}", first, last, by),
                "give a step that leads from start to stop");
  const auto count = std::max<std::int64_t>(0, static_cast<std::int64_t>(std::ceil((last - first) / by)));
  if (is_integral(start) && is_integral(stop) && is_integral(step)) {
    const DType t = dtype.value_or(default_int());
    const DType counted = t == DType::bool_ ? default_int() : t;
    const Array range = apply(
        "iota", {number(counted, static_cast<std::int64_t>(first)), number(counted, static_cast<std::int64_t>(by))},
        {{"shape", Extents{count}}}, site);
    return convert(range, t, site);
  }
  std::vector<double> values(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = first + static_cast<double>(i) * by;
  return vector_of(values, dtype.value_or(default_float()), site);
}

Array linspace(const Operand& start, const Operand& stop, std::int64_t count, bool endpoint,
               std::optional<DType> dtype) {
  const Site& site = start.site();
  return vector_of(
      spaced(known_number(start, "linspace"), known_number(stop, "linspace"), count, endpoint, "linspace", site),
      dtype.value_or(default_float()), site);
}

Array logspace(const Operand& start, const Operand& stop, std::int64_t count, bool endpoint, double base,
               std::optional<DType> dtype) {
  const Site& site = start.site();
  std::vector<double> values =
      spaced(known_number(start, "logspace"), known_number(stop, "logspace"), count, endpoint, "logspace", site);
  for (double& v : values) v = std::pow(base, v);
  return vector_of(values, dtype.value_or(default_float()), site);
}

Array geomspace(const Operand& start, const Operand& stop, std::int64_t count, bool endpoint,
                std::optional<DType> dtype) {
  const Site& site = start.site();
  const double first = known_number(start, "geomspace"), last = known_number(stop, "geomspace");
  if (!(first > 0 && last > 0))
    value_error("geomspace: the ends are not positive", site, fmt::format("start {}, stop {}", first, last),
                "a geometric progression keeps its sign; negate the result for negative ends");
  std::vector<double> values = spaced(std::log10(first), std::log10(last), count, endpoint, "geomspace", site);
  for (double& v : values) v = std::pow(10.0, v);
  if (count > 0) values[0] = first;
  if (count > 1 && endpoint) values.back() = last;
  return vector_of(values, dtype.value_or(default_float()), site);
}

// --- matrices of a pattern -----------------------------------------------------------------------

namespace {

/// column - row of each place of a matrix, compared with k.
Array diagonals(std::int64_t rows, std::int64_t columns, const char* compare, std::int64_t k, const Site& site) {
  const DType t = default_int();
  const Array row = reshape_to(count_up(rows, site), {rows, 1}, site);
  const Array column = count_up(columns, site);
  return map(compare, {map("sub", {column, row}, site), number(t, k)}, site);
}

}  // namespace

Array eye(std::int64_t rows, std::optional<std::int64_t> columns, std::int64_t k, std::optional<DType> dtype,
          Site site) {
  return convert(diagonals(rows, columns.value_or(rows), "eq", k, site), dtype.value_or(default_float()), site);
}

Array identity(std::int64_t n, std::optional<DType> dtype, Site site) { return eye(n, {}, 0, dtype, site); }

Array tri(std::int64_t rows, std::optional<std::int64_t> columns, std::int64_t k, std::optional<DType> dtype,
          Site site) {
  return convert(diagonals(rows, columns.value_or(rows), "le", k, site), dtype.value_or(default_float()), site);
}

namespace {

Array triangle(const Operand& operand, const char* compare, std::int64_t k, const char* function) {
  const Array a = array_of(operand);
  const Site& site = operand.site();
  if (a.ndim() < 2)
    shape_error(fmt::format("{}: the array is no matrix", function), site, to_string(a.type()),
                "give at least two axes");
  const Shape& s = a.shape();
  const Array keep = diagonals(s[a.ndim() - 2], s[a.ndim() - 1], compare, k, site);
  return map("select", {keep, a, number(a.dtype(), std::int64_t{0})}, site);
}

}  // namespace

Array tril(const Operand& a, std::int64_t k) { return triangle(a, "le", k, "tril"); }
Array triu(const Operand& a, std::int64_t k) { return triangle(a, "ge", k, "triu"); }

Array diagonal(const Operand& operand, std::int64_t offset, int axis1, int axis2) {
  const Site& site = operand.site();
  Array a = array_of(operand);
  const int first = check_axis(axis1, a.ndim(), "diagonal", site),
            second = check_axis(axis2, a.ndim(), "diagonal", site);
  if (first == second)
    value_error("diagonal: both axes are the same", site, fmt::format("axes {} and {}", axis1, axis2), "name two axes");
  a = move_to_end(a, {first, second}, site);
  const std::int64_t rows = a.shape()[a.ndim() - 2], columns = a.shape()[a.ndim() - 1];
  std::vector<std::int64_t> places;
  for (std::int64_t r = std::max<std::int64_t>(0, -offset), c = r + offset; r < rows && c < columns; ++r, ++c)
    places.push_back(r * columns + c);
  Extents flat(a.shape().begin(), a.shape().end() - 2);
  flat.push_back(rows * columns);
  const Array index = index_array(places, {static_cast<std::int64_t>(places.size())});
  return take_axis(reshape_to(a, flat, site), index, a.ndim() - 2, site);
}

Array diag(const Operand& operand, std::int64_t k) {
  const Array a = array_of(operand);
  const Site& site = operand.site();
  if (a.ndim() == 2) return diagonal(operand, k);
  if (a.ndim() != 1)
    shape_error("diag: the array is neither a vector nor a matrix", site, to_string(a.type()), "use bm::diagonal");
  const std::int64_t n = a.size(), extent = n + std::abs(k);
  std::vector<std::int64_t> places;
  for (std::int64_t i = 0; i < n; ++i)
    places.push_back((i + std::max<std::int64_t>(0, -k)) * extent + i + std::max<std::int64_t>(0, k));
  const Array flat = apply(
      "scatter_set",
      {filled({extent * extent}, number(a.dtype(), std::int64_t{0}), site), index_array(places, {n, 1}), a}, {}, site);
  return reshape_to(flat, {extent, extent}, site);
}

Array diagflat(const Operand& a, std::int64_t k) { return diag(Operand(ravel(a), a.site()), k); }

Array vander(const Operand& x, std::optional<std::int64_t> columns, bool increasing) {
  const Array a = array_of(x);
  const Site& site = x.site();
  if (a.ndim() != 1) shape_error("vander: the array is no vector", site, to_string(a.type()), "reshape it to one axis");
  const std::int64_t n = columns.value_or(a.size());
  if (n == 0) return zeros({a.size(), 0}, a.dtype(), site);
  std::vector<Array> powers{ones_like(Operand(a, site))};
  for (std::int64_t k = 1; k < n; ++k) powers.push_back(map("mul", {powers.back(), a}, site));
  if (!increasing) std::reverse(powers.begin(), powers.end());
  return stack(powers, 1, site);
}

std::vector<Array> meshgrid(const std::vector<Array>& vectors, const std::string& indexing, Site site) {
  if (indexing != "xy" && indexing != "ij")
    value_error("meshgrid: unknown indexing", site, "'" + indexing + "'", "it is \"xy\" or \"ij\"");
  Extents shape;
  for (const Array& v : vectors) shape.push_back(v.size());
  std::vector<std::size_t> axis_of(vectors.size());
  for (std::size_t k = 0; k < vectors.size(); ++k) axis_of[k] = k;
  if (indexing == "xy" && vectors.size() > 1) {
    std::swap(shape[0], shape[1]);
    std::swap(axis_of[0], axis_of[1]);
  }
  std::vector<Array> grid;
  for (std::size_t k = 0; k < vectors.size(); ++k) {
    Extents aligned(vectors.size(), 1);
    aligned[axis_of[k]] = vectors[k].size();
    grid.push_back(broadcast_array(reshape_to(vectors[k], aligned, site), shape, site));
  }
  return grid;
}

Array indices(const Shape& shape, Site site) {
  std::vector<Array> ranges;
  for (std::int64_t extent : shape) ranges.push_back(count_up(extent, site));
  if (ranges.empty()) return zeros({0}, default_int(), site);
  return stack(meshgrid(ranges, "ij", site), 0, site);
}

}  // namespace brainpy::math
