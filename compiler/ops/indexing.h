// Index arithmetic that gather and scatter operations share: an index to a place, rows of indices, rows of elements.
// In: i32 or i64 indices, which may count from the end. Out: places that are always inside the array.
#pragma once

#include "compiler/ops/kernel.h"

namespace brainpy::compiler::kernel {

/// Reports the first index out of range; kept out of the loops.
[[gnu::noinline]] void index_failure(const KernelCall& call, std::int64_t index, int axis, std::int64_t extent);

/// The place in [0, extent) that an index means. One that is out of range fails the call and is clamped.
inline std::int64_t place(const KernelCall& call, std::int64_t index, int axis, std::int64_t extent) {
  const std::int64_t p = index < 0 ? index + extent : index;
  if (static_cast<std::uint64_t>(p) < static_cast<std::uint64_t>(extent)) [[likely]]
    return p;
  index_failure(call, index, axis, extent);
  return index < 0 ? 0 : extent - 1;
}

/// A row of contiguous elements: one element is assigned, more are copied as a block.
template <class Word>
struct Row {
  std::int64_t length;
  void copy(Word* to, const Word* from) const {
    if (length == 1) *to = *from;
    else std::memcpy(to, from, static_cast<std::size_t>(length) * sizeof(Word));
  }
};

/// Rows [m, k] of indices into the first k axes of an array.
template <class Index>
class IndexRows {
 public:
  IndexRows(const KernelCall& call, int array, int indices)
      : call_(call),
        shape_(call.in_types[static_cast<std::size_t>(array)].shape),
        indices_(call.input<Index>(indices)) {
    const Shape& rows = call.in_types[static_cast<std::size_t>(indices)].shape;
    count_ = rows[0];
    axes_ = static_cast<int>(rows[1]);
    for (int a = axes_; a < shape_.rank(); ++a) inner_ *= shape_[a];
  }
  std::int64_t count() const { return count_; }
  /// Elements of the array below one index row.
  std::int64_t inner() const { return inner_; }
  /// Offset of the first element that row m names.
  std::int64_t place(std::int64_t m) const {
    std::int64_t offset = 0;
    for (int a = 0; a < axes_; ++a)
      offset = offset * shape_[a] + kernel::place(call_, indices_[m * axes_ + a], a, shape_[a]);
    return offset * inner_;
  }

 private:
  const KernelCall& call_;
  const Shape& shape_;
  const Index* indices_;
  std::int64_t count_ = 0, inner_ = 1;
  int axes_ = 0;
};

[[noreturn]] void empty_axis_error(const std::string& op, std::span<const Type> operands, int axis);
/// Checks indices [m, k] into the first k axes of an array; returns k.
std::int64_t expect_index_rows(const std::string& op, std::span<const Type> operands, std::size_t array,
                               std::size_t indices);
/// [m, rest...]: what gather gives and what scatter takes.
Shape rows_shape(const Shape& array, const Shape& indices);

}  // namespace brainpy::compiler::kernel
