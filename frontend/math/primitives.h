// Short names for the operations that rearrange arrays, for the functions in this folder.
// In: arrays, extents, axes in [0, rank). Out: arrays; operations that would change nothing are left out.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "frontend/math/array_data.h"

namespace brainpy::math {

using Extents = std::vector<std::int64_t>;

Extents extents_of(const Shape& shape);
/// The operand's array, checked to hold one; numbers become arrays of their default type.
Array array_of(const Operand& a);

Array reshape_to(const Array& a, const Shape& shape, const Site& site);
/// Axis i of the result is axis axes[i] of `a`.
Array permute(const Array& a, const std::vector<int>& axes, const Site& site);
/// Moves the axes to the end (or the front), in the given order; the others keep theirs.
Array move_to_end(const Array& a, const std::vector<int>& axes, const Site& site);
Array move_to_front(const Array& a, const std::vector<int>& axes, const Site& site);
/// Elements start, start + step, ... before stop along one axis; as Python's slice.indices gives them.
Array slice_axis(const Array& a, int axis, std::int64_t start, std::int64_t stop, std::int64_t step, const Site& site);
/// One element along the axis, which is dropped.
Array pick(const Array& a, int axis, std::int64_t index, const Site& site);
Array insert_axis(const Array& a, int axis, const Site& site);
/// Arrays of one element type, joined along an axis.
Array join(const std::vector<Array>& parts, int axis, const Site& site);
/// a[..., indices, ...]: the index's axes take the place of `axis`.
Array take_axis(const Array& a, const Array& indices, int axis, const Site& site);
/// A scalar repeated.
Array filled(const Shape& shape, const Array& scalar, const Site& site);
/// 0, 1, 2, ... in the default integer type.
Array count_up(std::int64_t n, const Site& site);

/// A concrete array of host data.
template <class T>
Array host_array(const std::vector<T>& values, const Shape& shape) {
  runtime::Tensor t = runtime::make_tensor({runtime::dtype_of<T>, shape});
  for (std::size_t i = 0; i < values.size(); ++i) t.as<T>()[i] = values[i];
  return Array(std::move(t));
}
/// A concrete array of indices, in i32 where they fit.
Array index_array(const std::vector<std::int64_t>& values, const Shape& shape);

/// The common shape of arrays, or a ShapeError of the function.
Shape common_shape(const std::vector<Array>& arrays, const char* function, const Site& site);

/// What the errors of shape functions have in common.
[[noreturn]] void shape_error(const std::string& what, const Site& site, std::string values, std::string hint);
[[noreturn]] void value_error(const std::string& what, const Site& site, std::string values, std::string hint);

/// Indices of the elements that are not zero, one list for each axis. A traced array is a TraceError: the number of
/// elements would depend on values.
std::vector<std::vector<std::int64_t>> host_nonzero(const Array& a, const char* function, const Site& site);
/// Refuses a traced array in a function whose result's shape depends on values.
void need_concrete(const Array& a, const char* function, const char* cure, const Site& site);

}  // namespace brainpy::math
