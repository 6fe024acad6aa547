#include "frontend/math/linear_algebra.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "frontend/math/creation.hpp"
#include "frontend/math/elementwise.hpp"
#include "frontend/math/primitives.h"
#include "frontend/math/shape_functions.hpp"

namespace brainpy::math {

namespace {

struct Factors {
  Array a, b;
};

/// Both in the type of their product; bools count.
Factors common_factors(const Operand& a, const Operand& b) {
  DType dtype = common_dtype({a, b});
  if (dtype == DType::bool_) dtype = default_int();
  return {convert(a.array(dtype), dtype, a.site()), convert(b.array(dtype), dtype, a.site())};
}

[[noreturn]] void product_error(const char* function, const Array& a, const Array& b, const Site& site,
                                const char* hint) {
  shape_error(fmt::format("{}: shapes do not fit", function), site,
              fmt::format("left {}, right {}", to_string(a.type()), to_string(b.type())), hint);
}

Array multiply_matrices(const char* function, Array a, Array b, const Site& site) {
  const bool row = a.ndim() == 1, column = b.ndim() == 1;
  const Array left = a, right = b;
  if (row) a = insert_axis(a, 0, site);
  if (column) b = insert_axis(b, 1, site);
  if (a.shape()[a.ndim() - 1] != b.shape()[b.ndim() - 2])
    product_error(function, left, right, site,
                  "the last extent of the left one equals the second-last of the right one");
  if (a.ndim() > 2 && b.ndim() > 2) {
    Shape batch;
    const Shape batch_a(Extents(a.shape().begin(), a.shape().end() - 2)),
        batch_b(Extents(b.shape().begin(), b.shape().end() - 2));
    if (!runtime::broadcast(batch_a, batch_b, batch))
      product_error(function, left, right, site, "the axes before the last two broadcast");
    const auto spread = [&](const Array& x) {
      Shape shape = batch;
      shape.push_back(x.shape()[x.ndim() - 2]);
      shape.push_back(x.shape()[x.ndim() - 1]);
      return broadcast_array(x, shape, site);
    };
    a = spread(a);
    b = spread(b);
  }
  Array product = apply("matmul", {a, b}, {}, site);
  if (column) product = reshape_to(product, product.shape().without_axis(product.ndim() - 1), site);
  if (row) product = reshape_to(product, product.shape().without_axis(product.ndim() - (column ? 1 : 2)), site);
  return product;
}

/// Sum of products over pairs of axes: both become matrices.
Array contract(const Array& a, const Array& b, const std::vector<int>& axes_of_a, const std::vector<int>& axes_of_b,
               const char* function, const Site& site) {
  std::int64_t inner = 1;
  for (std::size_t k = 0; k < axes_of_a.size(); ++k) {
    inner *= a.shape()[axes_of_a[k]];
    if (a.shape()[axes_of_a[k]] != b.shape()[axes_of_b[k]])
      product_error(function, a, b, site, "axes that are summed over have equal extents");
  }
  const Array left = move_to_end(a, axes_of_a, site), right = move_to_front(b, axes_of_b, site);
  const auto count = static_cast<std::ptrdiff_t>(axes_of_a.size());
  Extents shape(left.shape().begin(), left.shape().end() - count);
  const std::int64_t rows = Shape(shape).size();
  shape.insert(shape.end(), right.shape().begin() + count, right.shape().end());
  const std::int64_t columns =
      inner == 0 ? Shape(Extents(right.shape().begin() + count, right.shape().end())).size() : right.size() / inner;
  const Array product =
      apply("matmul", {reshape_to(left, {rows, inner}, site), reshape_to(right, {inner, columns}, site)}, {}, site);
  return reshape_to(product, shape, site);
}

}  // namespace

Array dot(const Operand& a, const Operand& b) {
  const Site& site = a.site();
  const auto [x, y] = common_factors(a, b);
  if (x.ndim() == 0 || y.ndim() == 0) return map("mul", {x, y}, site, "dot");
  if (x.ndim() <= 2 && y.ndim() <= 2) return multiply_matrices("dot", x, y, site);
  return contract(x, y, {x.ndim() - 1}, {std::max(0, y.ndim() - 2)}, "dot", site);
}

Array vdot(const Operand& a, const Operand& b) { return dot(Operand(ravel(a), a.site()), Operand(ravel(b), a.site())); }

Array inner(const Operand& a, const Operand& b) {
  const auto [x, y] = common_factors(a, b);
  if (x.ndim() == 0 || y.ndim() == 0) return map("mul", {x, y}, a.site(), "inner");
  return contract(x, y, {x.ndim() - 1}, {y.ndim() - 1}, "inner", a.site());
}

Array outer(const Operand& a, const Operand& b) {
  const Site& site = a.site();
  const auto [x, y] = common_factors(a, b);
  return map("mul", {reshape_to(x, {x.size(), 1}, site), reshape_to(y, {1, y.size()}, site)}, site);
}

Array matmul(const Operand& a, const Operand& b) {
  const auto [x, y] = common_factors(a, b);
  if (x.ndim() == 0 || y.ndim() == 0) product_error("matmul", x, y, a.site(), "a scalar is no matrix: use * to scale");
  return multiply_matrices("matmul", x, y, a.site());
}

Array tensordot(const Operand& a, const Operand& b, const std::vector<int>& axes_of_a,
                const std::vector<int>& axes_of_b) {
  const auto [x, y] = common_factors(a, b);
  if (axes_of_a.size() != axes_of_b.size())
    value_error("tensordot: the lists of axes differ in length", a.site(),
                fmt::format("{} and {} axes", axes_of_a.size(), axes_of_b.size()), "name pairs of axes");
  std::vector<int> left, right;
  for (int axis : axes_of_a) left.push_back(check_axis(axis, x.ndim(), "tensordot", a.site()));
  for (int axis : axes_of_b) right.push_back(check_axis(axis, y.ndim(), "tensordot", a.site()));
  return contract(x, y, left, right, "tensordot", a.site());
}

Array tensordot(const Operand& a, const Operand& b, int axes) {
  const int rank = array_of(a).ndim();
  std::vector<int> left, right;
  for (int k = 0; k < axes; ++k) {
    left.push_back(rank - axes + k);
    right.push_back(k);
  }
  return tensordot(a, b, left, right);
}

Array kron(const Operand& a, const Operand& b) {
  const Site& site = a.site();
  auto [x, y] = common_factors(a, b);
  while (x.ndim() < y.ndim()) x = insert_axis(x, 0, site);
  while (y.ndim() < x.ndim()) y = insert_axis(y, 0, site);
  Extents left, right, shape;
  for (int axis = 0; axis < x.ndim(); ++axis) {
    left.insert(left.end(), {x.shape()[axis], 1});
    right.insert(right.end(), {1, y.shape()[axis]});
    shape.push_back(x.shape()[axis] * y.shape()[axis]);
  }
  return reshape_to(map("mul", {reshape_to(x, left, site), reshape_to(y, right, site)}, site), shape, site);
}

Array cross(const Operand& a, const Operand& b) {
  const Site& site = a.site();
  const auto [x, y] = common_factors(a, b);
  const auto last = [](const Array& v) { return v.ndim() == 0 ? 0 : v.shape()[v.ndim() - 1]; };
  if (last(x) != 3 || last(y) != 3) product_error("cross", x, y, site, "the last axis has three elements");
  const auto turned = [&](const Array& v, std::int64_t by) {
    return take_axis(v, index_array({by % 3, (by + 1) % 3, (by + 2) % 3}, {3}), v.ndim() - 1, site);
  };
  return map("sub",
             {map("mul", {turned(x, 1), turned(y, 2)}, site, "cross"), map("mul", {turned(x, 2), turned(y, 1)}, site)},
             site);
}

// --- linalg --------------------------------------------------------------------------------------

namespace linalg {

namespace {

/// Matrices of floats.
Array matrices(const Operand& a, const char* function) {
  const DType dtype = to_float(common_dtype({a}));
  const Array x = convert(a.array(dtype), dtype, a.site());
  if (x.ndim() < 2)
    shape_error(fmt::format("{}: the array is no matrix", function), a.site(), to_string(x.type()),
                "give two axes or more");
  return x;
}

Array square_matrices(const Operand& a, const char* function) {
  const Array x = matrices(a, function);
  if (x.shape()[x.ndim() - 1] != x.shape()[x.ndim() - 2])
    shape_error(fmt::format("{}: the matrix is not square", function), a.site(), to_string(x.type()),
                "the last two extents are equal; lstsq and pinv take any matrix");
  return x;
}

std::vector<Array> results(const char* name, std::initializer_list<Array> operands, const Site& site) {
  return apply_all(name, {operands.begin(), operands.size()}, {}, site);
}

}  // namespace

Array norm(const Operand& a, std::optional<double> order, const Axes& axes, bool keepdims) {
  const Site& site = a.site();
  const DType dtype = to_float(common_dtype({a}));
  const Array x = convert(a.array(dtype), dtype, site);
  const Operand magnitude(apply("abs", {x}, {}, site), site);
  const std::size_t over = axes.given() ? axes.given()->size() : static_cast<std::size_t>(x.ndim());
  const auto operand = [&](const Array& v) { return Operand(v, site); };
  if (!order) return sqrt(operand(sum(operand(apply("mul", {x, x}, {}, site)), axes, keepdims)));
  const double p = *order;
  if (over == 1) {
    if (std::isinf(p)) return p > 0 ? max(magnitude, axes, keepdims) : min(magnitude, axes, keepdims);
    if (p == 0) return convert(count_nonzero(magnitude, axes, keepdims), dtype, site);
    if (p == 1) return sum(magnitude, axes, keepdims);
    if (p == 2) return sqrt(operand(sum(operand(apply("mul", {x, x}, {}, site)), axes, keepdims)));
    return power(operand(sum(operand(power(magnitude, Operand(p, site))), axes, keepdims)), Operand(1 / p, site));
  }
  if (over != 2 || x.ndim() != 2 || (axes.given() && *axes.given() != std::vector<int>{0, 1}))
    value_error("norm: this order is one of vectors or of one matrix", site,
                fmt::format("order {}, {}", p, to_string(x.type())), "name one axis, or give a matrix");
  Array result;
  if (p == 1 || std::isinf(p)) {
    const Operand sums(sum(magnitude, p == 1 ? 0 : 1), site);
    result = p > 0 ? max(sums) : min(sums);
  } else if (p == 2) {
    result = max(operand(svd(operand(x)).S));
  } else {
    value_error("norm: unknown order of a matrix", site, fmt::format("order {}", p),
                "orders are 1, 2, infinity, or none: Frobenius");
  }
  return keepdims ? reshape_to(result, {1, 1}, site) : result;
}

Array solve(const Operand& a, const Operand& b) {
  const Site& site = a.site();
  const DType dtype = to_float(common_dtype({a, b}));
  const Array x = convert(square_matrices(a, "solve"), dtype, site);
  Array right = convert(b.array(dtype), dtype, site);
  const bool vector = right.ndim() == 1 || right.ndim() == x.ndim() - 1;
  if (vector) right = insert_axis(right, right.ndim(), site);
  if (right.ndim() < 2 || right.shape()[right.ndim() - 2] != x.shape()[x.ndim() - 1])
    product_error("solve", x, b.array(dtype), site, "the right-hand side has one row for each row of the matrix");
  Shape batch;
  if (!runtime::broadcast(Extents(x.shape().begin(), x.shape().end() - 2),
                          Extents(right.shape().begin(), right.shape().end() - 2), batch))
    product_error("solve", x, b.array(dtype), site, "the axes before the last two broadcast");
  const auto spread = [&](const Array& m) {
    Shape shape = batch;
    shape.push_back(m.shape()[m.ndim() - 2]);
    shape.push_back(m.shape()[m.ndim() - 1]);
    return broadcast_array(m, shape, site);
  };
  const Array solution = apply("solve", {spread(x), spread(right)}, {}, site);
  return vector ? reshape_to(solution, solution.shape().without_axis(solution.ndim() - 1), site) : solution;
}

Array inv(const Operand& a) { return apply("inv", {square_matrices(a, "inv")}, {}, a.site()); }
Array det(const Operand& a) { return apply("det", {square_matrices(a, "det")}, {}, a.site()); }

SlogdetResult slogdet(const Operand& a) {
  const std::vector<Array> r = results("slogdet", {square_matrices(a, "slogdet")}, a.site());
  return {r[0], r[1]};
}

ComplexEigResult eig(const Operand& a) {
  const std::vector<Array> r = results("eig", {square_matrices(a, "eig")}, a.site());
  return {r[0], r[1], r[2], r[3]};
}

EigResult eigh(const Operand& a) {
  const std::vector<Array> r = results("eigh", {square_matrices(a, "eigh")}, a.site());
  return {r[0], r[1]};
}

Array eigvalsh(const Operand& a) { return eigh(a).eigenvalues; }

SVDResult svd(const Operand& a) {
  const std::vector<Array> r = results("svd", {matrices(a, "svd")}, a.site());
  return {r[0], r[1], r[2]};
}

QRResult qr(const Operand& a) {
  const std::vector<Array> r = results("qr", {matrices(a, "qr")}, a.site());
  return {r[0], r[1]};
}

Array cholesky(const Operand& a) { return apply("cholesky", {square_matrices(a, "cholesky")}, {}, a.site()); }

LstsqResult lstsq(const Operand& a, const Operand& b) {
  const Site& site = a.site();
  const DType dtype = to_float(common_dtype({a, b}));
  const Array x = convert(matrices(a, "lstsq"), dtype, site);
  Array right = convert(b.array(dtype), dtype, site);
  const bool vector = right.ndim() == 1;
  if (vector) right = insert_axis(right, 1, site);
  if (x.ndim() != 2 || right.ndim() != 2 || right.shape()[0] != x.shape()[0])
    product_error("lstsq", x, b.array(dtype), site, "give one matrix, and one value for each of its rows");
  const std::vector<Array> r = results("lstsq", {x, right}, site);
  return {vector ? reshape_to(r[0], {r[0].size()}, site) : r[0], r[1], r[2], r[3]};
}

Array pinv(const Operand& a) { return apply("pinv", {matrices(a, "pinv")}, {}, a.site()); }

Array matrix_rank(const Operand& a) {
  const Site& site = a.site();
  const Array x = matrices(a, "matrix_rank");
  const Operand s(svd(Operand(x, site)).S, site);
  const double epsilon =
      x.dtype() == DType::f32 ? std::numeric_limits<float>::epsilon() : std::numeric_limits<double>::epsilon();
  const double extent = static_cast<double>(std::max(x.shape()[x.ndim() - 1], x.shape()[x.ndim() - 2]));
  const Operand bound(multiply(Operand(max(s, -1, true), site), extent * epsilon), site);
  return sum(Operand(greater(s, bound), site), -1);
}

Array matrix_power(const Operand& a, int n) {
  const Site& site = a.site();
  Array x = array_of(a);
  if (n < 0 || x.dtype() == DType::bool_) x = square_matrices(a, "matrix_power");
  if (x.ndim() < 2 || x.shape()[x.ndim() - 1] != x.shape()[x.ndim() - 2])
    shape_error("matrix_power: the matrix is not square", site, to_string(x.type()), "the last two extents are equal");
  if (n == 0) return broadcast_array(eye(x.shape()[x.ndim() - 1], {}, 0, x.dtype(), site), x.shape(), site);
  Array square = n < 0 ? apply("inv", {x}, {}, site) : x, result;
  for (unsigned left = static_cast<unsigned>(std::abs(n)); left > 0; left >>= 1) {
    if (left & 1U) result = result.data() ? apply("matmul", {result, square}, {}, site) : square;
    if (left > 1) square = apply("matmul", {square, square}, {}, site);
  }
  return result;
}

}  // namespace linalg
}  // namespace brainpy::math
