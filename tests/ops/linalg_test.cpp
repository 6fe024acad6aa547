// Linear algebra: every sample of every operation against a bound on its residual in f64, known values, batches,
// singular matrices, bad input.
#include "support/operands.h"
#include "support/operations.h"

using namespace brainpy;
using namespace brainpy::test;
using Catch::Matchers::Contains;

namespace {

/// A matrix in f64 with naive arithmetic.
struct Dense {
  std::int64_t rows = 0, columns = 0;
  std::vector<double> x;
  Dense(std::int64_t r, std::int64_t c) : rows(r), columns(c), x(static_cast<std::size_t>(r * c)) {}
  double& at(std::int64_t i, std::int64_t j) { return x[static_cast<std::size_t>(i * columns + j)]; }
  double at(std::int64_t i, std::int64_t j) const { return x[static_cast<std::size_t>(i * columns + j)]; }
};

double element(const Tensor& t, std::int64_t i) {
  return t.type.dtype == DType::f32 ? t.as<float>()[i] : t.as<double>()[i];
}

/// Matrix b of a tensor; a vector of singular values becomes a diagonal matrix.
Dense matrix(const Tensor& t, std::int64_t b = 0) {
  const Shape& s = t.type.shape;
  Dense m(s[s.rank() - 2], s[s.rank() - 1]);
  for (std::int64_t i = 0; i < m.rows * m.columns; ++i)
    m.x[static_cast<std::size_t>(i)] = element(t, b * m.rows * m.columns + i);
  return m;
}

Dense diagonal(const Tensor& t, std::int64_t b = 0) {
  const std::int64_t n = t.type.shape[t.type.shape.rank() - 1];
  Dense m(n, n);
  for (std::int64_t i = 0; i < n; ++i) m.at(i, i) = element(t, b * n + i);
  return m;
}

Dense identity(std::int64_t n) {
  Dense m(n, n);
  for (std::int64_t i = 0; i < n; ++i) m.at(i, i) = 1;
  return m;
}

Dense operator*(const Dense& a, const Dense& b) {
  REQUIRE(a.columns == b.rows);
  Dense c(a.rows, b.columns);
  for (std::int64_t i = 0; i < a.rows; ++i)
    for (std::int64_t j = 0; j < b.columns; ++j)
      for (std::int64_t k = 0; k < a.columns; ++k) c.at(i, j) += a.at(i, k) * b.at(k, j);
  return c;
}

Dense transposed(const Dense& a) {
  Dense c(a.columns, a.rows);
  for (std::int64_t i = 0; i < a.rows; ++i)
    for (std::int64_t j = 0; j < a.columns; ++j) c.at(j, i) = a.at(i, j);
  return c;
}

/// The largest difference of two elements.
double distance(const Dense& a, const Dense& b) {
  REQUIRE(a.rows == b.rows);
  REQUIRE(a.columns == b.columns);
  double d = 0;
  for (std::size_t i = 0; i < a.x.size(); ++i)
    d = std::isnan(a.x[i]) || std::isnan(b.x[i]) ? INFINITY : std::max(d, std::abs(a.x[i] - b.x[i]));
  return d;
}

/// Calls f(operands, results, b, bound) for each matrix of each sample with elements; `bound` suits its type and size.
template <class F>
void each_matrix(const std::string& op, F&& f) {
  const compiler::OpDef& def = compiler::registry().get(op);
  for (const compiler::Sample& sample : def.samples)
    for (std::int64_t n : {1, 3, 16, 17}) {
      const std::vector<Tensor> operands = sample_operands(def, sample, n);
      if (!runtime::is_float(operands[0].type.dtype)) continue;
      const std::vector<Tensor> results = call(op, operands, sample_attributes(sample, n));
      const Shape& shape = operands[0].type.shape;
      const std::int64_t rows = shape[shape.rank() - 2], columns = shape[shape.rank() - 1];
      if (rows * columns == 0) continue;
      INFO(op << " of " << to_string(operands[0].type));
      const double precision = operands[0].type.dtype == DType::f32 ? 1e-6 : 1e-15;
      for (std::int64_t b = 0; b < shape.size() / (rows * columns); ++b)
        f(operands, results, b, 100 * precision * static_cast<double>(rows + columns));
    }
}

void check_orthonormal(const Dense& q, double bound) {
  CHECK(distance(transposed(q) * q, identity(q.columns)) < bound);
}

Tensor square(std::vector<double> x) {
  const auto n = static_cast<std::int64_t>(std::lround(std::sqrt(static_cast<double>(x.size()))));
  return tensor<double>({n, n}, x);
}

}  // namespace

TEST_CASE("residuals: matmul, solve, inv, cholesky") {
  each_matrix("matmul", [](const auto& in, const auto& out, std::int64_t b, double bound) {
    CHECK(distance(matrix(out[0], b), matrix(in[0], b) * matrix(in[1], b)) < 100 * bound);
  });
  each_matrix("solve", [](const auto& in, const auto& out, std::int64_t b, double bound) {
    CHECK(distance(matrix(in[0], b) * matrix(out[0], b), matrix(in[1], b)) < bound);
  });
  each_matrix("inv", [](const auto& in, const auto& out, std::int64_t b, double bound) {
    CHECK(distance(matrix(in[0], b) * matrix(out[0], b), identity(matrix(in[0], b).rows)) < bound);
  });
  each_matrix("cholesky", [](const auto& in, const auto& out, std::int64_t b, double bound) {
    const Dense l = matrix(out[0], b);
    for (std::int64_t i = 0; i < l.rows; ++i)
      for (std::int64_t j = i + 1; j < l.columns; ++j) CHECK(l.at(i, j) == 0);
    CHECK(distance(l * transposed(l), matrix(in[0], b)) < 20 * bound);
  });
}

TEST_CASE("residuals: qr, svd, eigh, eig, pinv, lstsq") {
  each_matrix("qr", [](const auto& in, const auto& out, std::int64_t b, double bound) {
    const Dense q = matrix(out[0], b), r = matrix(out[1], b);
    check_orthonormal(q, bound);
    for (std::int64_t i = 0; i < r.rows; ++i)
      for (std::int64_t j = 0; j < i; ++j) CHECK(r.at(i, j) == 0);
    CHECK(distance(q * r, matrix(in[0], b)) < bound);
  });
  each_matrix("svd", [](const auto& in, const auto& out, std::int64_t b, double bound) {
    const Dense u = matrix(out[0], b), s = diagonal(out[1], b), vt = matrix(out[2], b);
    check_orthonormal(u, bound);
    check_orthonormal(transposed(vt), bound);
    for (std::int64_t i = 0; i < s.rows; ++i) CHECK((s.at(i, i) >= 0 && (i == 0 || s.at(i, i) <= s.at(i - 1, i - 1))));
    CHECK(distance(u * s * vt, matrix(in[0], b)) < bound);
  });
  each_matrix("eigh", [](const auto& in, const auto& out, std::int64_t b, double bound) {
    const Dense w = diagonal(out[0], b), v = matrix(out[1], b);
    check_orthonormal(v, bound);
    for (std::int64_t i = 1; i < w.rows; ++i) CHECK(w.at(i, i) >= w.at(i - 1, i - 1));
    CHECK(distance(matrix(in[0], b) * v, v * w) < 20 * bound);
  });
  each_matrix("eig", [](const auto& in, const auto& out, std::int64_t b, double bound) {
    const Dense a = matrix(in[0], b), wr = diagonal(out[0], b), wi = diagonal(out[1], b), vr = matrix(out[2], b),
                vi = matrix(out[3], b);
    const auto sum = [](Dense x, const Dense& y, double sign) {
      for (std::size_t i = 0; i < x.x.size(); ++i) x.x[i] += sign * y.x[i];
      return x;
    };
    CHECK(distance(a * vr, sum(vr * wr, vi * wi, -1)) < 10 * bound);
    CHECK(distance(a * vi, sum(vr * wi, vi * wr, 1)) < 10 * bound);
    const Dense lengths = sum(transposed(vr) * vr, transposed(vi) * vi, 1);
    for (std::int64_t i = 0; i < lengths.rows; ++i) CHECK(lengths.at(i, i) == Approx(1).epsilon(bound));
  });
  each_matrix("pinv", [](const auto& in, const auto& out, std::int64_t b, double bound) {
    const Dense a = matrix(in[0], b), p = matrix(out[0], b);
    CHECK(distance(a * p * a, a) < 100 * bound);
    CHECK(distance(transposed(a * p), a * p) < 1000 * bound);
    CHECK(distance(transposed(p * a), p * a) < 1000 * bound);
  });
  each_matrix("lstsq", [](const auto& in, const auto& out, std::int64_t, double bound) {
    // The residual of the best solution is orthogonal to the columns.
    const Dense a = matrix(in[0]), b = matrix(in[1]), x = matrix(out[0]);
    Dense residual = a * x;
    for (std::size_t i = 0; i < residual.x.size(); ++i) residual.x[i] -= b.x[i];
    CHECK(distance(transposed(a) * residual, Dense(a.columns, b.columns)) < 1000 * bound);
    CHECK(*out[2].template as<std::int32_t>() == std::min(a.rows, a.columns));
    if (a.rows <= a.columns) return;
    for (std::int64_t j = 0; j < b.columns; ++j)
      CHECK(element(out[1], j) == Approx((transposed(residual) * residual).at(j, j)).epsilon(1e-4).margin(bound));
  });
}

TEST_CASE("det and slogdet agree, and with known values") {
  CHECK(*call1("det", {square({1, 2, 3, 4})}).as<double>() == Approx(-2));
  CHECK(*call1("det", {square({1, 2, 2, 4})}).as<double>() == 0);
  CHECK(*call1("det", {tensor<double>({0, 0}, {})}).as<double>() == 1);
  const std::vector<Tensor> log = call("slogdet", {square({1, 2, 3, 4})});
  CHECK(*log[0].as<double>() == -1);
  CHECK(*log[1].as<double>() == Approx(std::log(2.0)));
  const std::vector<Tensor> singular = call("slogdet", {square({1, 2, 2, 4})});
  CHECK(*singular[0].as<double>() == 0);
  CHECK(*singular[1].as<double>() == -INFINITY);
  each_matrix("slogdet", [](const auto& in, const auto& out, std::int64_t b, double) {
    CHECK(element(out[0], b) * std::exp(element(out[1], b)) == Approx(element(call1("det", {in[0]}), b)).epsilon(1e-4));
  });
}

TEST_CASE("matmul: integers, shared operands, equal bits wherever a matrix lies in a batch") {
  CHECK(values<std::int32_t>(
            call1("matmul", {tensor<std::int32_t>({1, 2}, {INT32_MAX, 1}), tensor<std::int32_t>({2, 1}, {1, 1})})) ==
        std::vector<std::int32_t>{INT32_MIN});
  CHECK(values<float>(call1("matmul", {tensor<float>({2, 0}, {}), tensor<float>({0, 1}, {})})) ==
        std::vector<float>{0, 0});
  Numbers numbers(7);
  for (const DType dtype : {DType::f32, DType::f64})
    for (std::int64_t n : {1, 3, 7, 33}) {
      const Type one{dtype, {n, n + 2}}, many{dtype, {3, n, n + 2}};
      const Tensor a = random_operand(many, {-1, 1}, numbers),
                   b = random_operand({dtype, {n + 2, 5}}, {-1, 1}, numbers);
      const Tensor all = call1("matmul", {a, b});
      for (std::int64_t k = 0; k < 3; ++k) {
        Tensor alone = runtime::make_tensor(one), expected = runtime::make_tensor({dtype, {n, 5}});
        std::memcpy(alone.data->data(), a.as<std::byte>() + static_cast<std::size_t>(k) * one.bytes(), one.bytes());
        std::memcpy(expected.data->data(), all.as<std::byte>() + static_cast<std::size_t>(k) * expected.type.bytes(),
                    expected.type.bytes());
        CHECK(same_bits(call1("matmul", {alone, b}), expected));
      }
    }
}

TEST_CASE("qr has LAPACK's signs") {
  const std::vector<Tensor> out = call("qr", {square({3, 1, 4, 2})});
  CHECK(out[1].as<double>()[0] == Approx(-5));
  CHECK(out[0].as<double>()[0] == Approx(-0.6));
}

TEST_CASE("least squares: rank, smallest norm, cutoff") {
  const Tensor a = tensor<double>({3, 2}, {1, 1, 2, 2, 3, 3}), b = tensor<double>({3, 1}, {2, 4, 6});
  const std::vector<Tensor> out = call("lstsq", {a, b});
  CHECK(out[0].as<double>()[0] == Approx(1));
  CHECK(out[0].as<double>()[1] == Approx(1));
  CHECK(*out[2].as<std::int32_t>() == 1);
  CHECK(out[1].type.shape == Shape{1});
  CHECK(call("lstsq", {tensor<double>({1, 2}, {1, 1}), tensor<double>({1, 1}, {2})})[1].type.shape == Shape{0});
  const Tensor nearly = square({1, 0, 0, 1e-3});
  CHECK(call1("pinv", {nearly}).as<double>()[3] == Approx(1e3));
  CHECK(call1("pinv", {nearly}, {{"rcond", 1e-2}}).as<double>()[3] == 0);
  CHECK(*call("lstsq", {nearly, nearly}, {{"rcond", 1e-2}})[2].as<std::int32_t>() == 1);
}

TEST_CASE("matrices without an answer are a ValueError that says which") {
  CHECK_THROWS_WITH(call("inv", {square({1, 2, 2, 4})}), Contains("(2, 2)") && Contains("singular"));
  CHECK_THROWS_AS(call("solve", {square({0, 0, 0, 0}), square({1, 0, 0, 1})}), ValueError);
  CHECK_THROWS_WITH(call("cholesky", {square({1, 2, 2, 1})}), Contains("not positive definite"));
  CHECK_THROWS_WITH(call("inv", {tensor<double>({2, 1, 1}, {1, 0})}), Contains("number 1 of the batch"));
  for (const char* op : {"svd", "eigh", "eig", "pinv"}) {
    INFO(op);
    CHECK_THROWS_AS(call(op, {square({NAN, 1, 1, 1})}), ValueError);
  }
}

TEST_CASE("shapes and types that linear algebra refuses") {
  const Tensor wide = counting<double>({2, 3}), line = counting<double>({3});
  for (const char* op : {"inv", "det", "slogdet", "cholesky", "eigh", "eig"}) {
    INFO(op);
    CHECK_THROWS_WITH(call(op, {wide}), Contains("not square") && Contains("f64[2,3]") && Contains("hint"));
    CHECK_THROWS_AS(call(op, {line}), ShapeError);
    CHECK_THROWS_AS(call(op, {counting<std::int32_t>({2, 2})}), DTypeError);
  }
  for (const char* op : {"qr", "svd", "pinv"}) CHECK_THROWS_AS(call(op, {line}), ShapeError);
  CHECK_THROWS_WITH(call("matmul", {wide, wide}), Contains("inner extents differ") && Contains("f64[2,3]"));
  CHECK_THROWS_AS(call("matmul", {wide, line}), ShapeError);
  CHECK_THROWS_AS(call("matmul", {wide, counting<float>({3, 2})}), DTypeError);
  CHECK_THROWS_AS(call("matmul", {counting<double>({2, 2, 2}), counting<double>({3, 2, 2})}), ShapeError);
  CHECK_THROWS_AS(call("matmul", {tensor<bool>({1, 1}, {true}), tensor<bool>({1, 1}, {true})}), DTypeError);
  CHECK_THROWS_AS(call("solve", {square({1, 0, 0, 1}), counting<double>({3, 1})}), ShapeError);
  CHECK_THROWS_AS(call("lstsq", {wide, counting<double>({3, 1})}), ShapeError);
}
