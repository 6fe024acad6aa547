// What the linear algebra operations share: matrices over buffers, batches, checks, and matrix formulas for rules.
// In: arrays whose last two axes are matrices; the leading axes are a batch. Out: small functions.
#pragma once

#define EIGEN_DONT_PARALLELIZE

#include <Eigen/Core>
#include <string>
#include <vector>

#include "compiler/ops/kernel.h"

namespace brainpy::compiler::linalg {

/// A matrix in a buffer, and one to compute with (Eigen decomposes by columns).
template <class T>
using Rows = Eigen::Map<Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>;
template <class T>
using ConstRows = Eigen::Map<const Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>;
template <class T>
using Matrix = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic>;

inline std::int64_t row_count(const Shape& s) { return s[s.rank() - 2]; }
inline std::int64_t column_count(const Shape& s) { return s[s.rank() - 1]; }
/// Number of matrices: the product of the leading axes.
std::int64_t batch_size(const Shape& shape);
/// The leading axes, followed by the given ones.
Shape batch_with(const Shape& shape, std::initializer_list<std::int64_t> last);

/// Matrix b of an operand or result.
template <class T>
ConstRows<T> input_matrix(const KernelCall& call, int i, std::int64_t b) {
  const Shape& s = call.in_types[static_cast<std::size_t>(i)].shape;
  return {call.input<T>(i) + b * row_count(s) * column_count(s), row_count(s), column_count(s)};
}
template <class T>
Rows<T> output_matrix(const KernelCall& call, int i, std::int64_t b) {
  const Shape& s = call.out_types[static_cast<std::size_t>(i)].shape;
  return {call.output<T>(i) + b * row_count(s) * column_count(s), row_count(s), column_count(s)};
}

/// Calls f(ElementType<T>{}, b) for each matrix of operand 0 that has elements.
template <class F>
void each_matrix(const KernelCall& call, F&& f) {
  const Shape& shape = call.in_types[0].shape;
  if (row_count(shape) == 0 || column_count(shape) == 0) return;
  kernel::dispatch(Floats{}, call.in_types[0].dtype, [&]<class E>(E element) {
    for (std::int64_t b = 0; b < batch_size(shape); ++b) f(element, b);
  });
}

/// Reports that matrix b of operand 0 has no answer, such as "is singular"; results i get NaN there.
template <class T>
void fail_matrix(const KernelCall& call, std::int64_t b, const char* defect, std::initializer_list<int> results) {
  const Shape& shape = call.in_types[0].shape;
  for (int i : results) {
    const std::int64_t size = call.out_types[static_cast<std::size_t>(i)].size() / batch_size(shape);
    std::fill_n(call.output<T>(i) + b * size, size, std::numeric_limits<T>::quiet_NaN());
  }
  std::string message = "the matrix of shape " + to_string(Shape{row_count(shape), column_count(shape)}) + " " + defect;
  if (shape.rank() > 2) message += " (number " + std::to_string(b) + " of the batch)";
  call.fail(KernelError::Kind::value, std::move(message));
}

/// Checks `count` floating-point operands of rank 2 or more and of one type.
void expect_matrices(const std::string& op, std::span<const Type> operands, std::size_t count, const char* signature);
void expect_square(const std::string& op, const Type& matrix);

/// Formulas over the last two axes, appended to the program that a rule builds.
class Formula {
 public:
  explicit Formula(JvpRule& rule) : rule_(rule) {}
  ir::Value* matmul(ir::Value* a, ir::Value* b) { return rule_.apply("matmul", {a, b}); }
  ir::Value* add(ir::Value* a, ir::Value* b) { return rule_.apply("add", {a, b}); }
  ir::Value* sub(ir::Value* a, ir::Value* b) { return rule_.apply("sub", {a, b}); }
  ir::Value* mul(ir::Value* a, ir::Value* b) { return rule_.apply("mul", {a, b}); }
  ir::Value* solve(ir::Value* a, ir::Value* b) { return rule_.apply("solve", {a, b}); }
  ir::Value* transpose(ir::Value* a);
  /// a b^-1.
  ir::Value* divide(ir::Value* a, ir::Value* b) { return transpose(solve(transpose(b), transpose(a))); }
  /// The elements where `compare`(row, column) holds, zero elsewhere: "ge" is the lower triangle.
  ir::Value* part(ir::Value* a, const char* compare);
  /// The diagonal, and its sum.
  ir::Value* diagonal(ir::Value* a);
  ir::Value* trace(ir::Value* a);
  /// The symmetric matrix whose lower triangle is that of `a`: the part that symmetric solvers read.
  ir::Value* symmetric(ir::Value* a);
  /// [.., n] to matrices of equal rows v[j], or of equal columns v[i].
  ir::Value* as_rows(ir::Value* v, std::int64_t rows);
  ir::Value* as_columns(ir::Value* v, std::int64_t columns);
  /// 1 / (v[j] - v[i]), zero on the diagonal.
  ir::Value* inverse_gaps(ir::Value* v);

 private:
  ir::Value* mask(const Shape& shape, const char* compare);
  ir::Value* zero(ir::Value* like) { return rule_.number(0.0, like->type.dtype); }
  JvpRule& rule_;
};

/// Square samples of n up to 20, in a batch of two as well.
void add_square_samples(OpDef& def);

}  // namespace brainpy::compiler::linalg
