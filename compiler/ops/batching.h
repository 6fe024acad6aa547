// Rules by which operations are done for many rows at once, as far as several operations share them.
// In: a BatchRule (op_def.h), the batch being the first axis. Out: rules, and the steps of which rules are made.
#pragma once

#include <cstdint>
#include <vector>

#include "compiler/ops/op_def.h"

namespace brainpy::compiler::batching {

using List = std::vector<std::int64_t>;

// --- steps ---------------------------------------------------------------------------------------

/// [extent, row...]: the extents of a batched value.
List with_extent(const BatchRule& rule, const Shape& row);
/// The same, before a list with one number for each axis.
List with_first(std::int64_t first, const List& list);
/// A batched value whose rows stretch to `row` by NumPy's rule.
ir::Value* stretch(BatchRule& rule, ir::Value* value, const Shape& row);
/// Nothing is appended when the axes are in order already.
ir::Value* transpose(BatchRule& rule, ir::Value* value, const List& axes);
ir::Value* reshape(BatchRule& rule, ir::Value* value, const List& shape);
/// Indices [extent, m, k] into rows as index rows [extent * m, 1 + k] into the batch of rows.
ir::Value* index_rows(BatchRule& rule, ir::Value* indices);

// --- rules ---------------------------------------------------------------------------------------

/// What BatchElementwise means: the map on more elements.
std::vector<ir::Value*> elementwise(BatchRule& rule);
/// Operations whose attribute `axis` counts the axes of all operands: it is one more.
std::vector<ir::Value*> along_axis(BatchRule& rule);
/// The same for a list of `axes`.
std::vector<ir::Value*> along_axes(BatchRule& rule);
/// Operations on the last axes, which take any number of axes before them.
std::vector<ir::Value*> leading_axes(BatchRule& rule);

}  // namespace brainpy::compiler::batching
