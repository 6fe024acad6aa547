// Linear algebra without decomposed results: matmul, solve, inv, det, slogdet, cholesky.
// In: arrays whose last two axes are matrices, f32 or f64 (matmul: integers too); the leading axes are a batch.
// Out: one registry entry for each operation. matmul has an order of its own (multiply.h). Eigen computes the others,
// in one thread, on aligned copies: their bits are equal in every mode of one build, not between builds for different
// processors.
#include "compiler/ops/linalg.h"

#include <fmt/format.h>

#include <Eigen/Cholesky>
#include <Eigen/LU>
#include <cmath>

#include "compiler/ops/batching.h"
#include "compiler/ops/multiply.h"

namespace brainpy::compiler {

namespace linalg {

std::int64_t batch_size(const Shape& shape) {
  std::int64_t n = 1;
  for (int a = 0; a + 2 < shape.rank(); ++a) n *= shape[a];
  return n;
}

Shape batch_with(const Shape& shape, std::initializer_list<std::int64_t> last) {
  Shape s;
  for (int a = 0; a + 2 < shape.rank(); ++a) s.push_back(shape[a]);
  for (std::int64_t e : last) s.push_back(e);
  return s;
}

void expect_matrices(const std::string& op, std::span<const Type> operands, std::size_t count, const char* signature) {
  kernel::expect_operands(op, operands, count, signature);
  for (std::size_t k = 0; k < count; ++k) {
    kernel::expect_float(op, operands[k]);
    kernel::expect_same_dtype(op, operands, 0, k);
    if (operands[k].shape.rank() < 2)
      kernel::shape_error(op, "an operand is not a matrix", "operands " + kernel::list_types(operands),
                          "matrices have two axes or more; reshape a vector to one column");
  }
}

void expect_square(const std::string& op, const Type& matrix) {
  if (row_count(matrix.shape) != column_count(matrix.shape))
    kernel::shape_error(op, "the matrix is not square", "operand " + to_string(matrix),
                        "the last two axes must be equal; lstsq and pinv take other matrices");
}

ir::Value* Formula::transpose(ir::Value* a) {
  std::vector<std::int64_t> axes;
  for (int k = 0; k < a->type.shape.rank(); ++k) axes.push_back(k);
  std::swap(axes[axes.size() - 1], axes[axes.size() - 2]);
  return rule_.apply("transpose", {a}, {{"axes", axes}});
}

ir::Value* Formula::mask(const Shape& shape, const char* compare) {
  const auto places = [&](std::int64_t n, std::vector<std::int64_t> extents) {
    ir::Value* line = rule_.apply("iota", {rule_.number(0.0, DType::i32), rule_.number(1.0, DType::i32)},
                                  {{"shape", std::vector<std::int64_t>{n}}});
    return rule_.apply("broadcast", {rule_.apply("reshape", {line}, {{"shape", std::move(extents)}})},
                       {{"shape", kernel::to_list(shape)}});
  };
  const std::int64_t rows = row_count(shape), columns = column_count(shape);
  return rule_.apply(compare, {places(rows, {rows, 1}), places(columns, {1, columns})});
}

ir::Value* Formula::part(ir::Value* a, const char* compare) {
  return rule_.apply("select", {mask(a->type.shape, compare), a, zero(a)});
}

ir::Value* Formula::diagonal(ir::Value* a) {
  return rule_.apply("sum", {part(a, "eq")}, {{"axes", std::vector<std::int64_t>{a->type.shape.rank() - 1}}});
}

ir::Value* Formula::trace(ir::Value* a) {
  const int rank = a->type.shape.rank();
  return rule_.apply("sum", {part(a, "eq")}, {{"axes", std::vector<std::int64_t>{rank - 2, rank - 1}}});
}

ir::Value* Formula::symmetric(ir::Value* a) { return add(part(a, "ge"), transpose(part(a, "gt"))); }

ir::Value* Formula::as_rows(ir::Value* v, std::int64_t rows) {
  std::vector<std::int64_t> shape = kernel::to_list(v->type.shape);
  shape.insert(shape.end() - 1, 1);
  ir::Value* row = rule_.apply("reshape", {v}, {{"shape", shape}});
  shape[shape.size() - 2] = rows;
  return rule_.apply("broadcast", {row}, {{"shape", shape}});
}

ir::Value* Formula::as_columns(ir::Value* v, std::int64_t columns) {
  std::vector<std::int64_t> shape = kernel::to_list(v->type.shape);
  shape.push_back(1);
  ir::Value* column = rule_.apply("reshape", {v}, {{"shape", shape}});
  shape.back() = columns;
  return rule_.apply("broadcast", {column}, {{"shape", shape}});
}

ir::Value* Formula::inverse_gaps(ir::Value* v) {
  const std::int64_t n = v->type.shape[v->type.shape.rank() - 1];
  ir::Value* gaps = sub(as_rows(v, n), as_columns(v, n));
  ir::Value* one = rule_.number(1.0, v->type.dtype);
  ir::Value* diagonal_mask = mask(gaps->type.shape, "eq");
  ir::Value* inverse = rule_.apply("div", {one, rule_.apply("select", {diagonal_mask, one, gaps})});
  return rule_.apply("select", {diagonal_mask, zero(v), inverse});
}

void add_square_samples(OpDef& def) {
  kernel::add_samples(def, kernel::sample_floats,
                      [](DType t, std::int64_t n) {
                        const std::int64_t m = std::min<std::int64_t>(n, 20);
                        return std::vector<Type>{{t, {m, m}}};
                      },
                      {{-1, 1}});
  kernel::add_samples(def, {DType::f64},
                      [](DType t, std::int64_t n) {
                        return std::vector<Type>{{t, {n % 5, 4, 4}}};
                      },
                      {{-1, 1}});
}

}  // namespace linalg

namespace {

using linalg::Formula;
using linalg::input_matrix;
using linalg::Matrix;
using linalg::output_matrix;

// --- matmul --------------------------------------------------------------------------------------

std::vector<Type> infer_matmul(std::span<const Type> operands, const Attributes&) {
  kernel::expect_operands("matmul", operands, 2, "a, b");
  kernel::expect_same_dtype("matmul", operands, 0, 1);
  const Shape &a = operands[0].shape, &b = operands[1].shape;
  if (operands[0].dtype == DType::bool_ || operands[0].dtype == DType::key)
    kernel::dtype_error("matmul", "needs numbers", "operands " + kernel::list_types(operands),
                        "convert with to_f32 or to_i32");
  if (a.rank() < 2 || b.rank() < 2)
    kernel::shape_error("matmul", "an operand is not a matrix", "operands " + kernel::list_types(operands),
                        "reshape a vector to one row (left) or one column (right)");
  if (linalg::column_count(a) != linalg::row_count(b))
    kernel::shape_error("matmul", "inner extents differ", "operands " + kernel::list_types(operands),
                        "columns of the left operand must be as many as rows of the right one");
  const Shape batch_a = linalg::batch_with(a, {}), batch_b = linalg::batch_with(b, {});
  if (a.rank() > 2 && b.rank() > 2 && !(batch_a == batch_b))
    kernel::shape_error("matmul", "batches differ", "operands " + kernel::list_types(operands),
                        "leading axes must be equal, or missing in one operand; broadcast them first");
  return {
      {operands[0].dtype, linalg::batch_with(a.rank() > 2 ? a : b, {linalg::row_count(a), linalg::column_count(b)})}};
}

/// Matrices that all rows share are used by every product as they are; otherwise the leading axes become equal.
std::vector<ir::Value*> matmul_rows(BatchRule& r) {
  const Shape &a = r.op().operands[0]->type.shape, &b = r.op().operands[1]->type.shape;
  if (a.rank() == 2 && b.rank() == 2) return r.append("matmul", {r.operand(0), r.operand(1)});
  // One operand that is a single matrix for all rows and products.
  for (int i : {0, 1})
    if (!r.is_batched(i) && r.operand(i)->type.shape.rank() == 2)
      return r.append("matmul", {r.operand(0), r.operand(1)});
  const Shape& result = r.op().result()->type.shape;
  const auto whole = [&](int i, const Shape& matrix) {
    return batching::stretch(r, r.batched(i),
                             linalg::batch_with(result, {linalg::row_count(matrix), linalg::column_count(matrix)}));
  };
  return r.append("matmul", {whole(0, a), whole(1, b)});
}

OpDef matmul() {
  const auto run = [](const KernelCall& call) {
    const Shape &a = call.in_types[0].shape, &b = call.in_types[1].shape;
    const std::int64_t rows = linalg::row_count(a), inner = linalg::column_count(a), columns = linalg::column_count(b);
    const std::int64_t batch = linalg::batch_size(call.out_types[0].shape);
    if (call.out_types[0].size() == 0) return;
    // An operand without batch axes is used by every product.
    const std::int64_t next_a = a.rank() > 2 ? rows * inner : 0, next_b = b.rank() > 2 ? inner * columns : 0;
    kernel::dispatch(Numbers{}, call.in_types[0].dtype, [&]<class E>(E) {
      using T = typename E::type;
      T* c = call.output<T>(0);
      if (inner == 0) {
        std::fill_n(c, call.out_types[0].size(), T(0));
        return;
      }
      for (std::int64_t k = 0; k < batch; ++k)
        linalg::multiply(call.input<T>(0) + k * next_a, call.input<T>(1) + k * next_b, c + k * rows * columns, rows,
                         inner, columns);
    });
  };
  OpDef def = kernel::kernel_op("matmul", "Matrix product over the last two axes; integers wrap.", ShapeClass::opaque,
                                2, infer_matmul, run);
  def.jvp = JvpFn([](JvpRule& r) -> std::vector<ir::Value*> {
    ir::Value* left = r.tangent(0) ? r.apply("matmul", {r.tangent(0), r.operand(1)}) : nullptr;
    ir::Value* right = r.tangent(1) ? r.apply("matmul", {r.operand(0), r.tangent(1)}) : nullptr;
    return {r.add(left, right)};
  });
  def.never_fails = true;
  def.batch = BatchFn(matmul_rows);
  kernel::add_samples(def, kernel::sample_numbers,
                      [](DType t, std::int64_t n) {
                        return std::vector<Type>{{t, {3, n}}, {t, {n, 5}}};
                      },
                      {{-10, 10}});
  kernel::add_samples(def, kernel::sample_floats,
                      [](DType t, std::int64_t n) {
                        return std::vector<Type>{{t, {n, 7}}, {t, {7, 1}}};
                      },
                      {{-10, 10}});
  kernel::add_samples(def, {DType::f64},
                      [](DType t, std::int64_t n) {
                        return std::vector<Type>{{t, {2, n, 3}}, {t, {2, 3, 4}}};
                      },
                      {{-10, 10}});
  return def;
}

// --- equations -----------------------------------------------------------------------------------

/// LU with partial pivoting; false, reported, when a pivot is exactly zero.
template <class T>
bool factorise(const KernelCall& call, std::int64_t b, Eigen::PartialPivLU<Matrix<T>>& lu) {
  lu.compute(input_matrix<T>(call, 0, b));
  if ((lu.matrixLU().diagonal().array() != T(0)).all()) return true;
  linalg::fail_matrix<T>(call, b, "is singular", {0});
  return false;
}

OpDef solve() {
  const auto infer = [](std::span<const Type> operands, const Attributes&) -> std::vector<Type> {
    linalg::expect_matrices("solve", operands, 2, "a, b");
    linalg::expect_square("solve", operands[0]);
    const Shape &a = operands[0].shape, &b = operands[1].shape;
    if (!(linalg::batch_with(a, {linalg::row_count(a)}) == linalg::batch_with(b, {linalg::row_count(b)})))
      kernel::shape_error("solve", "the right-hand side does not fit", "operands " + kernel::list_types(operands),
                          "a is [.., n, n] and b is [.., n, k], with equal leading axes");
    return {operands[1]};
  };
  const auto run = [](const KernelCall& call) {
    if (call.out_types[0].size() == 0) return;
    linalg::each_matrix(call, [&]<class E>(E, std::int64_t b) {
      using T = typename E::type;
      Eigen::PartialPivLU<Matrix<T>> lu;
      if (factorise<T>(call, b, lu)) output_matrix<T>(call, 0, b) = lu.solve(Matrix<T>(input_matrix<T>(call, 1, b)));
    });
  };
  OpDef def = kernel::kernel_op("solve",
                                "x with a x = b: (a [.., n, n], b [.., n, k]) -> [.., n, k]; a singular a is an error.",
                                ShapeClass::opaque, 2, infer, run);
  def.batch = BatchFn(batching::leading_axes);
  def.jvp = JvpFn([](JvpRule& r) -> std::vector<ir::Value*> {
    ir::Value* right = r.tangent(1);
    if (r.tangent(0)) {
      ir::Value* bend = r.apply("matmul", {r.tangent(0), r.result()});
      right = right ? r.apply("sub", {right, bend}) : r.apply("neg", {bend});
    }
    return {r.apply("solve", {r.operand(0), right})};
  });
  kernel::add_samples(def, kernel::sample_floats,
                      [](DType t, std::int64_t n) {
                        const std::int64_t m = std::min<std::int64_t>(n, 20);
                        return std::vector<Type>{{t, {m, m}}, {t, {m, 2}}};
                      },
                      {{-1, 1}});
  kernel::add_samples(def, {DType::f64},
                      [](DType t, std::int64_t n) {
                        return std::vector<Type>{{t, {n % 5, 4, 4}}, {t, {n % 5, 4, 3}}};
                      },
                      {{-1, 1}});
  return def;
}

InferFn infer_square(std::string op) {
  return [op](std::span<const Type> operands, const Attributes&) -> std::vector<Type> {
    linalg::expect_matrices(op, operands, 1, "a");
    linalg::expect_square(op, operands[0]);
    return {operands[0]};
  };
}

OpDef inv() {
  const auto run = [](const KernelCall& call) {
    linalg::each_matrix(call, [&]<class E>(E, std::int64_t b) {
      using T = typename E::type;
      Eigen::PartialPivLU<Matrix<T>> lu;
      if (factorise<T>(call, b, lu)) output_matrix<T>(call, 0, b) = lu.inverse();
    });
  };
  OpDef def = kernel::kernel_op("inv", "Inverse of square matrices; a singular one is an error.", ShapeClass::opaque, 1,
                                infer_square("inv"), run);
  def.batch = BatchFn(batching::leading_axes);
  def.jvp = JvpFn([](JvpRule& r) -> std::vector<ir::Value*> {
    Formula f(r);
    return {r.apply("neg", {f.matmul(f.matmul(r.result(), r.tangent(0)), r.result())})};
  });
  linalg::add_square_samples(def);
  return def;
}

// --- determinants --------------------------------------------------------------------------------

OpDef det() {
  const auto infer = [](std::span<const Type> operands, const Attributes& attributes) -> std::vector<Type> {
    infer_square("det")(operands, attributes);
    return {{operands[0].dtype, linalg::batch_with(operands[0].shape, {})}};
  };
  const auto run = [](const KernelCall& call) {
    // Matrices without elements have the determinant 1.
    kernel::dispatch(Floats{}, call.in_types[0].dtype, [&]<class E>(E) {
      using T = typename E::type;
      std::fill_n(call.output<T>(0), call.out_types[0].size(), T(1));
    });
    linalg::each_matrix(call, [&]<class E>(E, std::int64_t b) {
      using T = typename E::type;
      call.output<T>(0)[b] = Matrix<T>(input_matrix<T>(call, 0, b)).partialPivLu().determinant();
    });
  };
  OpDef def = kernel::kernel_op("det", "Determinant of square matrices; its derivative needs them regular.",
                                ShapeClass::opaque, 1, infer, run);
  def.never_fails = true;
  def.batch = BatchFn(batching::leading_axes);
  def.jvp = JvpFn([](JvpRule& r) -> std::vector<ir::Value*> {
    Formula f(r);
    return {f.mul(r.result(), f.trace(f.solve(r.operand(0), r.tangent(0))))};
  });
  linalg::add_square_samples(def);
  return def;
}

OpDef slogdet() {
  const auto infer = [](std::span<const Type> operands, const Attributes& attributes) -> std::vector<Type> {
    infer_square("slogdet")(operands, attributes);
    const Type number{operands[0].dtype, linalg::batch_with(operands[0].shape, {})};
    return {number, number};
  };
  const auto run = [](const KernelCall& call) {
    kernel::dispatch(Floats{}, call.in_types[0].dtype, [&]<class E>(E) {
      using T = typename E::type;
      std::fill_n(call.output<T>(0), call.out_types[0].size(), T(1));
      std::fill_n(call.output<T>(1), call.out_types[1].size(), T(0));
    });
    linalg::each_matrix(call, [&]<class E>(E, std::int64_t b) {
      using T = typename E::type;
      const Eigen::PartialPivLU<Matrix<T>> lu(input_matrix<T>(call, 0, b));
      T sign = static_cast<T>(lu.permutationP().determinant()), logarithm = 0;
      for (std::int64_t i = 0; i < lu.matrixLU().rows(); ++i) {
        const T pivot = lu.matrixLU()(i, i);
        sign = pivot == T(0) ? T(0) : pivot < T(0) ? -sign : sign;
        logarithm += std::log(std::abs(pivot));
      }
      call.output<T>(0)[b] = sign;
      call.output<T>(1)[b] = logarithm;
    });
  };
  OpDef def =
      kernel::kernel_op("slogdet", "Sign of the determinant and logarithm of its magnitude (0 and -inf when singular).",
                        ShapeClass::opaque, 1, infer, run);
  def.never_fails = true;
  def.batch = BatchFn(batching::leading_axes);
  def.jvp = JvpFn([](JvpRule& r) -> std::vector<ir::Value*> {
    Formula f(r);
    return {nullptr, f.trace(f.solve(r.operand(0), r.tangent(0)))};
  });
  linalg::add_square_samples(def);
  return def;
}

OpDef cholesky() {
  const auto run = [](const KernelCall& call) {
    linalg::each_matrix(call, [&]<class E>(E, std::int64_t b) {
      using T = typename E::type;
      const Eigen::LLT<Matrix<T>> llt(input_matrix<T>(call, 0, b));
      if (llt.info() == Eigen::Success) output_matrix<T>(call, 0, b) = Matrix<T>(llt.matrixL());
      else linalg::fail_matrix<T>(call, b, "is not positive definite", {0});
    });
  };
  OpDef def = kernel::kernel_op(
      "cholesky", "Lower triangular l with l l^T = a; reads the lower triangle of a, which must be positive definite.",
      ShapeClass::opaque, 1, infer_square("cholesky"), run);
  // l^-1 da l^-T is split into its lower triangle, with half the diagonal (Murray 2016, arXiv:1602.07527, eq. 10).
  def.batch = BatchFn(batching::leading_axes);
  def.jvp = JvpFn([](JvpRule& r) -> std::vector<ir::Value*> {
    Formula f(r);
    ir::Value* l = r.result();
    ir::Value* inner = f.divide(f.solve(l, f.symmetric(r.tangent(0))), f.transpose(l));
    ir::Value* half = f.mul(f.part(inner, "eq"), r.number(0.5, l->type.dtype));
    return {f.matmul(l, f.add(f.part(inner, "gt"), half))};
  });
  linalg::add_square_samples(def);
  return def;
}

}  // namespace

void register_decompositions(Registry& ops);  // linalg_decompose.cpp

void register_linalg(Registry& ops) {
  ops.add(matmul());
  ops.add(solve());
  ops.add(inv());
  ops.add(det());
  ops.add(slogdet());
  ops.add(cholesky());
  register_decompositions(ops);
}

}  // namespace brainpy::compiler
