// What the operations with their own loops share: choosing code by element type, copies between strided views,
// the checks of their inference, rules and samples of linear operations.
// In: types, attributes, buffers of a KernelCall. Out: small functions; none of them allocates.
#pragma once

#include <array>
#include <cstring>
#include <functional>
#include <initializer_list>
#include <string>
#include <vector>

#include "compiler/ops/map.h"
#include "compiler/ops/samples.h"

namespace brainpy::compiler::kernel {

// --- choice by element type ----------------------------------------------------------------------

template <class T>
struct ElementType {
  using type = T;
};

/// Calls f(ElementType<T>{}) for the C++ type of `dtype`; does nothing for a type outside the list.
template <class... T, class F>
void dispatch(Types<T...>, DType dtype, F&& f) {
  static_cast<void>(((dtype == runtime::dtype_of<T> && (f(ElementType<T>{}), true)) || ...));
}

/// The same for operations that only move elements: an unsigned word of the element's size stands for the type.
template <class F>
void dispatch_word(DType dtype, F&& f) {
  switch (runtime::size_of(dtype)) {
    case 1:
      f(ElementType<std::uint8_t>{});
      break;
    case 4:
      f(ElementType<std::uint32_t>{});
      break;
    default:
      f(ElementType<std::uint64_t>{});
      break;
  }
}

/// The same for the two types that indices have.
template <class F>
void dispatch_index(DType dtype, F&& f) {
  dispatch(Types<std::int32_t, std::int64_t>{}, dtype, f);
}

// --- axes and views ------------------------------------------------------------------------------

/// A shape seen from one axis: `outer` blocks of `extent` rows of `inner` elements.
struct AxisSplit {
  std::int64_t outer = 1, extent = 1, inner = 1;
};
AxisSplit split_at(const Shape& shape, int axis);

/// Distance in elements between neighbours along each axis; may be zero or negative.
using Strides = std::array<std::int64_t, Shape::max_rank>;
/// Strides of a dense row-major array.
Strides dense_strides(const Shape& shape);

/// Where some elements of an array are: the place of the first one, and how far apart neighbours are.
struct View {
  std::int64_t first = 0;
  Strides strides{};
};
View dense_view(const Shape& shape);
/// Elements start, start + step, ... along each axis of a dense array.
View view(const Shape& shape, const std::vector<std::int64_t>& start, const std::vector<std::int64_t>& step);

/// Copies elements from one view to another, which must not overlap; `extents` says how many along each axis.
template <class Word>
void copy_view(const Shape& extents, Word* to, const View& to_view, const Word* from, const View& from_view);
extern template void copy_view(const Shape&, std::uint8_t*, const View&, const std::uint8_t*, const View&);
extern template void copy_view(const Shape&, std::uint32_t*, const View&, const std::uint32_t*, const View&);
extern template void copy_view(const Shape&, std::uint64_t*, const View&, const std::uint64_t*, const View&);

/// Result 0 starts as a copy of operand 0 (nothing to do when the caller computes in place).
inline void copy_first_operand(const KernelCall& call) {
  if (call.in[0] != call.out[0]) std::memcpy(call.out[0], call.in[0], call.in_types[0].bytes());
}

// --- checks of inference: each throws a user error without a place -------------------------------

[[noreturn]] void shape_error(const std::string& op, const std::string& what, std::string values, std::string hint);
[[noreturn]] void dtype_error(const std::string& op, const std::string& what, std::string values, std::string hint);
[[noreturn]] void value_error(const std::string& op, const std::string& what, std::string values, std::string hint);

/// "f32[3], i32[]".
std::string list_types(std::span<const Type> types);
/// "[0, 2]".
std::string list_numbers(const std::vector<std::int64_t>& numbers);

/// `signature` names the operands: "x, indices".
void expect_operands(const std::string& op, std::span<const Type> operands, std::size_t count, const char* signature);
/// i32 or i64.
void expect_indices(const std::string& op, const Type& indices);
void expect_same_dtype(const std::string& op, std::span<const Type> operands, std::size_t a, std::size_t b);
void expect_float(const std::string& op, const Type& type);
/// The attribute `axis`, which must be in [0, rank).
int expect_axis(const std::string& op, const Type& type, const Attributes& attributes);
/// A list attribute with one number for each of `rank` axes.
const std::vector<std::int64_t>& expect_list(const std::string& op, const Attributes& attributes, const char* name,
                                             int rank);

// --- records -------------------------------------------------------------------------------------

std::vector<std::int64_t> to_list(const Shape& shape);

/// A scalar zero repeated over the type's shape.
ir::Value* zeros(JvpRule& rule, const Type& type);
/// The operand's tangent; zeros when it has none.
ir::Value* tangent_or_zeros(JvpRule& rule, int operand);
/// The rule of an operation with one result that is linear in the given operands together (indices are not among
/// them): the operation itself, on tangents.
JvpFn linear_rule(std::vector<int> linear_operands);

using SampleTypes = std::function<std::vector<Type>(DType, std::int64_t n)>;
using SampleAttributes = std::function<Attributes(std::int64_t n)>;
/// Adds a sample for each element type.
void add_samples(OpDef& def, std::initializer_list<DType> dtypes, SampleTypes operands, Ranges ranges,
                 SampleAttributes attributes = {});

inline constexpr std::initializer_list<DType> sample_floats = {DType::f32, DType::f64};
inline constexpr std::initializer_list<DType> sample_numbers = {DType::f32, DType::f64, DType::i32, DType::i64};
inline constexpr std::initializer_list<DType> sample_anything = {DType::f32, DType::f64, DType::i32, DType::i64,
                                                                 DType::bool_};

/// Starts the record of an operation with a host kernel; the caller sets jvp and samples.
OpDef kernel_op(std::string name, std::string doc, ShapeClass shape_class, int arity, InferFn infer, KernelFn kernel);

}  // namespace brainpy::compiler::kernel
