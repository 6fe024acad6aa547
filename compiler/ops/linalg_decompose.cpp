// Decompositions of matrices and what follows from them: qr, svd, eigh, eig, pinv, lstsq.
// In: arrays of f32 or f64 whose last two axes are matrices; the leading axes are a batch (lstsq: one matrix).
// Out: one registry entry for each operation. All are computed in f64, f32 too: more exact, and Eigen's templates are
// compiled once. Of each singular vector and eigenvector the largest element is positive, whatever the algorithm.
#include <fmt/format.h>

#include <Eigen/Eigenvalues>
#include <Eigen/QR>
#include <Eigen/SVD>

#include <algorithm>
#include <complex>

#include "compiler/ops/batching.h"
#include "compiler/ops/linalg.h"

namespace brainpy::compiler {
namespace {

using linalg::Formula;
using linalg::input_matrix;
using linalg::Matrix;
using linalg::output_matrix;

using Wide = Matrix<double>;
using Column = Eigen::VectorXd;

template <class T>
Wide wide_input(const KernelCall& call, int i, std::int64_t b) {
  return input_matrix<T>(call, i, b).template cast<double>();
}

template <class T>
void store(const KernelCall& call, int i, std::int64_t b, const Wide& matrix) {
  output_matrix<T>(call, i, b) = matrix.template cast<T>();
}

/// Row b of result i: singular values, eigenvalues.
template <class T>
void store_values(const KernelCall& call, int i, std::int64_t b, const Column& values) {
  std::transform(values.begin(), values.end(), call.output<T>(i) + b * values.size(),
                 [](double v) { return static_cast<T>(v); });
}

/// The first of the largest elements of a column.
template <class Vectors>
Eigen::Index pivot_of(const Vectors& vectors, Eigen::Index column) {
  Eigen::Index largest = 0;
  vectors.col(column).cwiseAbs2().maxCoeff(&largest);
  return largest;
}

/// Tall, square and wide samples.
void add_rectangular_samples(OpDef& def, bool wide) {
  const auto add = [&](auto shape) {
    kernel::add_samples(def, kernel::sample_floats,
                        [shape](DType t, std::int64_t n) {
                          return std::vector<Type>{{t, shape(std::min<std::int64_t>(n, 20))}};
                        },
                        {{-1, 1}});
  };
  add([](std::int64_t n) { return Shape{n + 3, n}; });
  add([](std::int64_t n) { return Shape{2, n, n}; });
  if (wide) add([](std::int64_t n) { return Shape{n, n + 2}; });
}

// --- qr ------------------------------------------------------------------------------------------

OpDef qr() {
  const auto infer = [](std::span<const Type> operands, const Attributes&) -> std::vector<Type> {
    linalg::expect_matrices("qr", operands, 1, "a");
    const Shape& a = operands[0].shape;
    const std::int64_t rows = linalg::row_count(a), columns = linalg::column_count(a), rank = std::min(rows, columns);
    return {{operands[0].dtype, linalg::batch_with(a, {rows, rank})},
            {operands[0].dtype, linalg::batch_with(a, {rank, columns})}};
  };
  const auto run = [](const KernelCall& call) {
    linalg::each_matrix(call, [&]<class E>(E, std::int64_t b) {
      using T = typename E::type;
      const Eigen::HouseholderQR<Wide> decomposed(wide_input<T>(call, 0, b));
      const std::int64_t rows = decomposed.rows(), rank = std::min(rows, decomposed.cols());
      store<T>(call, 0, b, decomposed.householderQ() * Wide::Identity(rows, rank));
      store<T>(call, 1, b, decomposed.matrixQR().topRows(rank).triangularView<Eigen::Upper>());
    });
  };
  OpDef def = kernel::kernel_op(
      "qr", "Reduced q [.., m, k] and r [.., k, n] with q r = a, k = min(m, n); signs as in LAPACK's Householder form.",
      ShapeClass::opaque, 1, infer, run);
  def.never_fails = true;
  def.batch = BatchFn(batching::leading_axes);
  def.jvp = JvpFn([](JvpRule& r) -> std::vector<ir::Value*> {
    Formula f(r);
    ir::Value *q = r.result(0), *upper = r.result(1);
    if (linalg::row_count(r.operand(0)->type.shape) < linalg::column_count(r.operand(0)->type.shape))
      kernel::shape_error("qr", "no derivative for a wide matrix", "operand " + to_string(r.operand(0)->type),
                          "the derivative needs at least as many rows as columns");
    // q^T dq is skew-symmetric: its lower triangle is that of q^T da r^-1.
    ir::Value* scaled = f.divide(r.tangent(0), upper);
    ir::Value* inner = f.matmul(f.transpose(q), scaled);
    ir::Value* lower = f.part(inner, "gt");
    ir::Value* skew = f.sub(lower, f.transpose(lower));
    ir::Value* rest = f.sub(inner, skew);
    return {f.sub(scaled, f.matmul(q, rest)), f.matmul(rest, upper)};
  });
  add_rectangular_samples(def, false);
  return def;
}

// --- svd -----------------------------------------------------------------------------------------

using Svd = Eigen::JacobiSVD<Wide>;

Svd decompose(const Wide& a) { return Svd(a, Eigen::ComputeThinU | Eigen::ComputeThinV); }

bool is_decomposed(const Svd& svd) { return svd.info() == Eigen::Success && svd.singularValues().allFinite(); }

OpDef svd() {
  const auto infer = [](std::span<const Type> operands, const Attributes&) -> std::vector<Type> {
    linalg::expect_matrices("svd", operands, 1, "a");
    const Shape& a = operands[0].shape;
    const DType t = operands[0].dtype;
    const std::int64_t rows = linalg::row_count(a), columns = linalg::column_count(a), rank = std::min(rows, columns);
    return {{t, linalg::batch_with(a, {rows, rank})},
            {t, linalg::batch_with(a, {rank})},
            {t, linalg::batch_with(a, {rank, columns})}};
  };
  const auto run = [](const KernelCall& call) {
    linalg::each_matrix(call, [&]<class E>(E, std::int64_t b) {
      using T = typename E::type;
      const Svd decomposed = decompose(wide_input<T>(call, 0, b));
      if (!is_decomposed(decomposed))
        return linalg::fail_matrix<T>(call, b, "has no singular values: the iteration did not converge", {0, 1, 2});
      Wide u = decomposed.matrixU(), v = decomposed.matrixV();
      for (Eigen::Index j = 0; j < u.cols(); ++j) {
        if (u(pivot_of(u, j), j) > 0) continue;
        u.col(j) = -u.col(j);
        v.col(j) = -v.col(j);
      }
      store<T>(call, 0, b, u);
      store_values<T>(call, 1, b, decomposed.singularValues());
      store<T>(call, 2, b, v.transpose());
    });
  };
  OpDef def = kernel::kernel_op(
      "svd", "Reduced u [.., m, k], s [.., k] descending, v^T [.., k, n] with u diag(s) v^T = a, k = min(m, n).",
      ShapeClass::opaque, 1, infer, run);
  // Townsend, Differentiating the Singular Value Decomposition (2016), eqs. 9-11 and 16. Equal or zero singular values
  // have no derivative of their vectors: it is infinite.
  def.batch = BatchFn(batching::leading_axes);
  def.jvp = JvpFn([](JvpRule& r) -> std::vector<ir::Value*> {
    Formula f(r);
    ir::Value *u = r.result(0), *s = r.result(1), *vt = r.result(2), *da = r.tangent(0);
    const std::int64_t k = s->type.shape[s->type.shape.rank() - 1];
    const std::int64_t rows = linalg::row_count(u->type.shape), columns = linalg::column_count(vt->type.shape);
    ir::Value* v = f.transpose(vt);
    ir::Value* inner = f.matmul(f.matmul(f.transpose(u), da), v);
    ir::Value* gaps = f.inverse_gaps(f.mul(s, s));
    ir::Value *s_row = f.as_rows(s, k), *s_column = f.as_columns(s, k), *inner_t = f.transpose(inner);
    ir::Value* du = f.matmul(u, f.mul(gaps, f.add(f.mul(inner, s_row), f.mul(s_column, inner_t))));
    ir::Value* dv = f.matmul(v, f.mul(gaps, f.add(f.mul(s_column, inner), f.mul(inner_t, s_row))));
    // The part outside the span of the vectors, for matrices that are not square.
    const auto outside = [&](ir::Value* image, ir::Value* basis, std::int64_t length) {
      ir::Value* rest = f.sub(image, f.matmul(basis, f.matmul(f.transpose(basis), image)));
      return r.apply("div", {rest, f.as_rows(s, length)});
    };
    if (rows > k) du = f.add(du, outside(f.matmul(da, v), u, rows));
    if (columns > k) dv = f.add(dv, outside(f.matmul(f.transpose(da), u), v, columns));
    return {du, f.diagonal(inner), f.transpose(dv)};
  });
  add_rectangular_samples(def, true);
  return def;
}

// --- eigenvalues ---------------------------------------------------------------------------------

OpDef eigh() {
  const auto infer = [](std::span<const Type> operands, const Attributes&) -> std::vector<Type> {
    linalg::expect_matrices("eigh", operands, 1, "a");
    linalg::expect_square("eigh", operands[0]);
    const Shape& a = operands[0].shape;
    return {{operands[0].dtype, linalg::batch_with(a, {linalg::row_count(a)})}, operands[0]};
  };
  const auto run = [](const KernelCall& call) {
    linalg::each_matrix(call, [&]<class E>(E, std::int64_t b) {
      using T = typename E::type;
      const Eigen::SelfAdjointEigenSolver<Wide> solver(wide_input<T>(call, 0, b));
      if (solver.info() != Eigen::Success)
        return linalg::fail_matrix<T>(call, b, "has no eigenvalues: the iteration did not converge", {0, 1});
      Wide vectors = solver.eigenvectors();
      for (Eigen::Index j = 0; j < vectors.cols(); ++j)
        if (vectors(pivot_of(vectors, j), j) < 0) vectors.col(j) = -vectors.col(j);
      store_values<T>(call, 0, b, solver.eigenvalues());
      store<T>(call, 1, b, vectors);
    });
  };
  OpDef def = kernel::kernel_op(
      "eigh",
      "Eigenvalues w [.., n] ascending and eigenvectors (columns of v) of symmetric a; reads its lower triangle.",
      ShapeClass::opaque, 1, infer, run);
  // First-order perturbation theory. Equal eigenvalues have no derivative of their vectors: it is infinite.
  def.batch = BatchFn(batching::leading_axes);
  def.jvp = JvpFn([](JvpRule& r) -> std::vector<ir::Value*> {
    Formula f(r);
    ir::Value *w = r.result(0), *v = r.result(1);
    ir::Value* inner = f.matmul(f.matmul(f.transpose(v), f.symmetric(r.tangent(0))), v);
    return {f.diagonal(inner), f.matmul(v, f.mul(f.inverse_gaps(w), inner))};
  });
  linalg::add_square_samples(def);
  return def;
}

/// Turns each eigenvector, of length 1, until its largest element is real and positive.
void normalise_columns(Eigen::MatrixXcd& vectors) {
  for (Eigen::Index j = 0; j < vectors.cols(); ++j) {
    const Eigen::Index largest = pivot_of(vectors, j);
    const std::complex<double> pivot = vectors(largest, j);
    // A real vector stays exactly real: its sign is all that can change.
    if (pivot.imag() == 0) {
      if (pivot.real() < 0) vectors.col(j) = -vectors.col(j);
      continue;
    }
    vectors.col(j) *= std::conj(pivot) / std::abs(pivot);
    vectors(largest, j) = vectors(largest, j).real();
  }
}

OpDef eig() {
  const auto infer = [](std::span<const Type> operands, const Attributes&) -> std::vector<Type> {
    linalg::expect_matrices("eig", operands, 1, "a");
    linalg::expect_square("eig", operands[0]);
    const Type values{operands[0].dtype, linalg::batch_with(operands[0].shape, {linalg::row_count(operands[0].shape)})};
    return {values, values, operands[0], operands[0]};
  };
  const auto run = [](const KernelCall& call) {
    linalg::each_matrix(call, [&]<class E>(E, std::int64_t b) {
      using T = typename E::type;
      const Wide a = wide_input<T>(call, 0, b);
      const auto solver = a.allFinite() ? Eigen::EigenSolver<Wide>(a) : Eigen::EigenSolver<Wide>();
      if (!a.allFinite() || solver.info() != Eigen::Success)
        return linalg::fail_matrix<T>(call, b, "has no eigenvalues: the iteration did not converge", {0, 1, 2, 3});
      Eigen::MatrixXcd vectors = solver.eigenvectors();
      normalise_columns(vectors);
      store_values<T>(call, 0, b, solver.eigenvalues().real());
      store_values<T>(call, 1, b, solver.eigenvalues().imag());
      store<T>(call, 2, b, vectors.real());
      store<T>(call, 3, b, vectors.imag());
    });
  };
  OpDef def = kernel::kernel_op(
      "eig", "Eigenvalues and right eigenvectors (columns) of a real matrix: real and imaginary parts wr, wi, vr, vi.",
      ShapeClass::opaque, 1, infer, run);
  def.batch = BatchFn(batching::leading_axes);
  def.jvp = NotDifferentiable{"its results are complex numbers in two parts; for symmetric matrices use eigh"};
  linalg::add_square_samples(def);
  return def;
}

// --- least squares -------------------------------------------------------------------------------

/// Singular values up to this are taken for zero. Without an `rcond`, the dtype's precision times the larger extent.
template <class T>
double cutoff(const Attributes& attributes, const Svd& svd) {
  const double precision = std::numeric_limits<T>::epsilon();
  const auto extent = static_cast<double>(std::max(svd.rows(), svd.cols()));
  const double relative = attributes.find("rcond") ? attributes.real("rcond") : precision * extent;
  return relative * svd.singularValues()(0);
}

/// 1 / s, and zero for the singular values up to the limit.
Column inverted(const Svd& svd, double limit) {
  const auto& s = svd.singularValues().array();
  return (s > limit).select(1 / s, 0.0);
}

OpDef pinv() {
  const auto infer = [](std::span<const Type> operands, const Attributes&) -> std::vector<Type> {
    linalg::expect_matrices("pinv", operands, 1, "a");
    const Shape& a = operands[0].shape;
    return {{operands[0].dtype, linalg::batch_with(a, {linalg::column_count(a), linalg::row_count(a)})}};
  };
  const auto run = [](const KernelCall& call) {
    linalg::each_matrix(call, [&]<class E>(E, std::int64_t b) {
      using T = typename E::type;
      const Svd decomposed = decompose(wide_input<T>(call, 0, b));
      if (!is_decomposed(decomposed))
        return linalg::fail_matrix<T>(call, b, "has no singular values: the iteration did not converge", {0});
      const double limit = cutoff<T>(*call.attributes, decomposed);
      store<T>(call, 0, b,
               decomposed.matrixV() * inverted(decomposed, limit).asDiagonal() * decomposed.matrixU().transpose());
    });
  };
  OpDef def = kernel::kernel_op(
      "pinv", "Pseudo-inverse [.., n, m]; singular values up to `rcond` times the largest count as zero.",
      ShapeClass::opaque, 1, infer, run);
  // Golub and Pereyra 1973, eq. 4.12, for matrices of constant rank.
  def.batch = BatchFn(batching::leading_axes);
  def.jvp = JvpFn([](JvpRule& r) -> std::vector<ir::Value*> {
    Formula f(r);
    ir::Value *a = r.operand(0), *p = r.result(), *da = r.tangent(0);
    ir::Value *da_t = f.transpose(da), *p_t = f.transpose(p);
    ir::Value* left = f.matmul(f.matmul(p, p_t), da_t);
    ir::Value* right = f.matmul(da_t, f.matmul(p_t, p));
    ir::Value* sum = f.add(f.sub(left, f.matmul(f.matmul(left, a), p)), f.sub(right, f.matmul(p, f.matmul(a, right))));
    return {f.sub(sum, f.matmul(f.matmul(p, da), p))};
  });
  add_rectangular_samples(def, true);
  return def;
}

OpDef lstsq() {
  const auto infer = [](std::span<const Type> operands, const Attributes&) -> std::vector<Type> {
    linalg::expect_matrices("lstsq", operands, 2, "a, b");
    const Shape &a = operands[0].shape, &b = operands[1].shape;
    if (a.rank() != 2 || b.rank() != 2 || a[0] != b[0])
      kernel::shape_error("lstsq", "the right-hand side does not fit", "operands " + kernel::list_types(operands),
                          "a is [m, n] and b is [m, k], without leading axes");
    const DType t = operands[0].dtype;
    return {{t, {a[1], b[1]}}, {t, {a[0] > a[1] ? b[1] : 0}}, {DType::i32, {}}, {t, {std::min(a[0], a[1])}}};
  };
  const auto run = [](const KernelCall& call) {
    kernel::dispatch(Floats{}, call.in_types[0].dtype, [&]<class E>(E) {
      using T = typename E::type;
      const Wide a = wide_input<T>(call, 0, 0), b = wide_input<T>(call, 1, 0);
      Wide x = Wide::Zero(a.cols(), b.cols());
      std::int32_t& rank = *call.output<std::int32_t>(2);
      rank = 0;
      if (a.size() > 0) {
        const Svd decomposed = decompose(a);
        if (!is_decomposed(decomposed))
          return linalg::fail_matrix<T>(call, 0, "has no singular values: the iteration did not converge", {0, 1, 3});
        const double limit = cutoff<T>(*call.attributes, decomposed);
        rank = static_cast<std::int32_t>((decomposed.singularValues().array() > limit).count());
        store_values<T>(call, 3, 0, decomposed.singularValues());
        if (b.size() > 0) {
          const Wide projected = decomposed.matrixU().transpose() * b;
          x = decomposed.matrixV() * (inverted(decomposed, limit).asDiagonal() * projected);
        }
      }
      store<T>(call, 0, 0, x);
      if (call.out_types[1].size() == 0) return;
      const Wide residual = a.size() > 0 ? Wide(b - a * x) : b;
      store_values<T>(call, 1, 0, residual.colwise().squaredNorm().transpose());
    });
  };
  OpDef def = kernel::kernel_op("lstsq",
                                "Least squares (a [m, n], b [m, k]) -> x [n, k] of smallest norm, squared residuals "
                                "[k] (none when m <= n), rank, "
                                "singular values; those up to `rcond` times the largest count as zero.",
                                ShapeClass::opaque, 2, infer, run);
  def.batch = BatchByLoop{};
  def.jvp = NotDifferentiable{"its rank is a step function; write pinv(a) @ b, which has a derivative"};
  for (const bool wide : {false, true})
    kernel::add_samples(def, kernel::sample_floats,
                        [wide](DType t, std::int64_t n) {
                          const std::int64_t m = std::min<std::int64_t>(n, 20), rows = wide ? m : m + 4,
                                             columns = wide ? m + 2 : m;
                          return std::vector<Type>{{t, {rows, columns}}, {t, {rows, 2}}};
                        },
                        {{-1, 1}});
  return def;
}

}  // namespace

void register_decompositions(Registry& ops) {
  ops.add(qr());
  ops.add(svd());
  ops.add(eigh());
  ops.add(eig());
  ops.add(pinv());
  ops.add(lstsq());
}

}  // namespace brainpy::compiler
