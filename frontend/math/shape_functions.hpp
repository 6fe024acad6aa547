// Rearranging arrays: shapes, joining, splitting, repeating, flipping, padding, taking.
// In: arrays, Variables, views, numbers. Out: arrays (or lists of them); no function changes its operand.
#pragma once

#include "frontend/math/array.hpp"

namespace brainpy::math {

// --- shape ---------------------------------------------------------------------------------------

/// The same elements, row by row. One extent may be -1: it follows from the others.
Array reshape(const Operand& a, const std::vector<std::int64_t>& shape);
Array reshape(const Operand& a, std::int64_t extent);
Array ravel(const Operand& a);
Array flatten(const Operand& a);
/// Axis i of the result is axis axes[i]; without axes, all in the opposite order.
Array transpose(const Operand& a, const std::vector<int>& axes = {});
Array swapaxes(const Operand& a, int first, int second);
Array moveaxis(const Operand& a, int from, int to);
/// Drops axes of extent 1: all of them, or the one named.
Array squeeze(const Operand& a, std::optional<int> axis = {});
/// A new axis of extent 1 before `axis`; -1: at the end.
Array expand_dims(const Operand& a, int axis);
Array atleast_1d(const Operand& a);
Array atleast_2d(const Operand& a);
Array atleast_3d(const Operand& a);
Array broadcast_to(const Operand& a, const Shape& shape);
std::vector<Array> broadcast_arrays(const std::vector<Array>& arrays, Site site = Site::current());

// --- joining, splitting --------------------------------------------------------------------------

Array concatenate(const std::vector<Array>& arrays, int axis = 0, Site site = Site::current());
/// Along a new axis.
Array stack(const std::vector<Array>& arrays, int axis = 0, Site site = Site::current());
Array vstack(const std::vector<Array>& arrays, Site site = Site::current());
Array hstack(const std::vector<Array>& arrays, Site site = Site::current());
Array dstack(const std::vector<Array>& arrays, Site site = Site::current());
Array column_stack(const std::vector<Array>& arrays, Site site = Site::current());
/// Without an axis both are flattened.
Array append(const Operand& a, const Operand& values, std::optional<int> axis = {});
/// Equal parts (ValueError when the extent does not divide; array_split makes the first ones longer), or parts that
/// start at the given places.
std::vector<Array> split(const Operand& a, const std::vector<std::int64_t>& places, int axis = 0);
std::vector<Array> split_equally(const Operand& a, int sections, int axis = 0);
template <std::integral I>  // so that split(a, {3}) is a list of places
std::vector<Array> split(const Operand& a, I sections, int axis = 0) {
  return split_equally(a, static_cast<int>(sections), axis);
}
std::vector<Array> array_split(const Operand& a, int sections, int axis = 0);
std::vector<Array> hsplit(const Operand& a, int sections);
std::vector<Array> vsplit(const Operand& a, int sections);
/// Without the elements at the places.
Array remove(const Operand& a, const std::vector<std::int64_t>& places, int axis = 0);

// --- repeating, flipping, padding ----------------------------------------------------------------

/// The array `counts` times along each axis; missing axes are added in front.
Array tile(const Operand& a, const std::vector<std::int64_t>& counts);
Array tile(const Operand& a, std::int64_t count);
/// Each element `count` times; without an axis of the flattened array.
Array repeat(const Operand& a, std::int64_t count, std::optional<int> axis = {});
Array repeat(const Operand& a, const std::vector<std::int64_t>& counts, std::optional<int> axis = {});
/// Cyclic; without an axis of the flattened array.
Array roll(const Operand& a, std::int64_t shift, std::optional<int> axis = {});
/// All axes, or those named.
Array flip(const Operand& a, const std::vector<int>& axes = {});
Array fliplr(const Operand& a);
Array flipud(const Operand& a);
/// Counter-clockwise quarter turns of the first two axes.
Array rot90(const Operand& a, int turns = 1);
/// Elements before and after each axis: one pair for each axis, or one for all. Modes: "constant", "edge", "reflect",
/// "symmetric", "wrap".
using PadWidths = std::vector<std::vector<std::int64_t>>;
Array pad(const Operand& a, const PadWidths& widths, const std::string& mode = "constant", double value = 0.0);
Array pad(const Operand& a, std::int64_t width, const std::string& mode = "constant", double value = 0.0);

// --- taking --------------------------------------------------------------------------------------

/// Elements at integer places along the axis, or of the flattened array.
Array take(const Operand& a, const Operand& indices, std::optional<int> axis = {});
/// Along the axis, the element that the index at the same place names.
Array take_along_axis(const Operand& a, const Operand& indices, int axis);
/// Element by element, the choice whose number the index is.
Array choose(const Operand& index, const std::vector<Array>& choices);
Array astype(const Operand& a, DType dtype);

}  // namespace brainpy::math
