// The registered functions against the C library (the fine bounds are in vecmath_test.cpp), the functions composed in
// functions.cpp, integer powers, derivative helpers, and print.
// In: a fixed seed (printed). Out: the largest error in ulp of each function, checked.
#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <functional>
#include <limits>
#include <random>

#include "compiler/interp/interpreter.h"
#include "compiler/ops/map.h"
#include "support/catch.h"

using namespace brainpy::compiler;
using brainpy::runtime::dtype_of;
using brainpy::runtime::make_tensor;
using brainpy::runtime::Tensor;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
constexpr std::uint64_t seed = 20240602;

template <class T>
std::vector<T> evaluate(const std::string& name, const std::vector<std::vector<T>>& operands) {
  std::vector<Tensor> tensors;
  for (const auto& values : operands) {
    tensors.push_back(make_tensor({dtype_of<T>, {static_cast<std::int64_t>(values.size())}}));
    std::ranges::copy(values, tensors.back().template as<T>());
  }
  const Tensor out = interp::apply(registry().get(name), tensors, {}, {})[0];
  return {out.as<T>(), out.as<T>() + out.type.size()};
}

template <class T>
T at(const std::string& name, T x) {
  return evaluate<T>(name, {{x}})[0];
}
template <class T>
T at(const std::string& name, T x, T y) {
  return evaluate<T>(name, {{x}, {y}})[0];
}

/// Distance in units of the last place of the reference.
template <class T>
double ulps(T value, double reference) {
  const T right = static_cast<T>(reference);
  if (value == right || (std::isnan(value) && std::isnan(right))) return 0;
  const T unit = std::nextafter(std::fabs(right), std::numeric_limits<T>::infinity()) - std::fabs(right);
  return std::fabs(static_cast<double>(value) - reference) / static_cast<double>(unit);
}

struct Case {
  const char* name;
  double low, high;
  std::function<double(double)> reference;
  double bound = 4;
};

double exprel_derivative(double x) {
  double sum = 0, term = 1;  // sum x^k / (k! (k + 2)): fine for |x| < 3
  for (int k = 0; k < 40; term *= x / ++k) sum += term / (k + 2);
  return sum;
}

}  // namespace

TEMPLATE_TEST_CASE("functions are those of the C library", "[functions]", float, double) {
  CAPTURE(seed);
  const Case cases[] = {
      {"exp", -80, 80, [](double x) { return std::exp(x); }},
      {"exp2", -120, 120, [](double x) { return std::exp2(x); }},
      {"expm1", -5, 5, [](double x) { return std::expm1(x); }},
      {"log", 1e-6, 1e6, [](double x) { return std::log(x); }},
      {"log2", 1e-6, 1e6, [](double x) { return std::log2(x); }},
      {"log10", 1e-6, 1e6, [](double x) { return std::log10(x); }},
      {"log1p", -0.9, 50, [](double x) { return std::log1p(x); }},
      {"sin", -20, 20, [](double x) { return std::sin(x); }},
      {"cos", -20, 20, [](double x) { return std::cos(x); }},
      {"tan", -20, 20, [](double x) { return std::tan(x); }},
      {"asin", -1, 1, [](double x) { return std::asin(x); }},
      {"acos", -1, 1, [](double x) { return std::acos(x); }},
      {"atan", -50, 50, [](double x) { return std::atan(x); }},
      {"sinh", -20, 20, [](double x) { return std::sinh(x); }},
      {"cosh", -20, 20, [](double x) { return std::cosh(x); }},
      {"tanh", -5, 5, [](double x) { return std::tanh(x); }},
      {"asinh", -50, 50, [](double x) { return std::asinh(x); }},
      {"acosh", 1, 50, [](double x) { return std::acosh(x); }},
      {"atanh", -1, 1, [](double x) { return std::atanh(x); }},
      {"sigmoid", -50, 50, [](double x) { return 1 / (1 + std::exp(-x)); }},
      {"softplus", -30, 30, [](double x) { return x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x)); }},
      {"exprel", -30, 30, [](double x) { return x == 0 ? 1 : std::expm1(x) / x; }},
      {"exprel_derivative", -2.9, 2.9, exprel_derivative, 12},
      {"cbrt", -1e3, 1e3, [](double x) { return std::cbrt(x); }},
      {"erf", -4, 4, [](double x) { return std::erf(x); }},
      {"erfc", -4, 5, [](double x) { return std::erfc(x); }},
      {"square", -9, 9, [](double x) { return x * x; }},
      {"reciprocal", -9, 9, [](double x) { return 1 / x; }},
      {"rsqrt", 1e-3, 1e3, [](double x) { return 1 / std::sqrt(x); }},
      {"degrees", -9, 9, [](double x) { return x * (180 / M_PI); }},
      {"radians", -360, 360, [](double x) { return x * (M_PI / 180); }},
      {"sinc", -0.9, 0.9,
       [](double x) {
         const long double angle = std::acos(-1.0L) * x;
         return x == 0 ? 1 : static_cast<double>(std::sin(angle) / angle);
       }},
      {"lgamma", 2.5, 50, [](double x) { return std::lgamma(x); }, 16},
  };
  std::mt19937_64 generator(seed);
  for (const Case& c : cases) {
    std::uniform_real_distribution<double> uniform(c.low, c.high);
    std::vector<TestType> x(2000);
    for (TestType& v : x) v = static_cast<TestType>(uniform(generator));
    const std::vector<TestType> y = evaluate<TestType>(c.name, {x});
    double worst = 0;
    TestType where = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double error = ulps(y[i], c.reference(static_cast<double>(x[i])));
      if (!(error <= worst)) worst = error, where = x[i];
    }
    CAPTURE(c.name, where);
    CHECK(worst <= c.bound);
  }
}

TEMPLATE_TEST_CASE("functions of two operands are those of the C library", "[functions]", float, double) {
  CAPTURE(seed);
  struct {
    const char* name;
    double low, high;
    double (*reference)(double, double);
  } const cases[] = {
      {"pow", 0.1, 9, [](double x, double y) { return std::pow(x, y); }},
      {"atan2", -9, 9, [](double y, double x) { return std::atan2(y, x); }},
      {"hypot", -9, 9, [](double x, double y) { return std::hypot(x, y); }},
      {"logaddexp", 1, 30, [](double x, double y) { return std::max(x, y) + std::log1p(std::exp(-std::fabs(x - y))); }},
  };
  std::mt19937_64 generator(seed);
  for (const auto& c : cases) {
    std::uniform_real_distribution<double> uniform(c.low, c.high);
    std::vector<TestType> x(2000), y(2000);
    for (TestType& v : x) v = static_cast<TestType>(uniform(generator));
    for (TestType& v : y) v = static_cast<TestType>(uniform(generator));
    const std::vector<TestType> z = evaluate<TestType>(c.name, {x, y});
    double worst = 0;
    for (std::size_t i = 0; i < x.size(); ++i)
      worst = std::max(worst, ulps(z[i], c.reference(static_cast<double>(x[i]), static_cast<double>(y[i]))));
    CAPTURE(c.name);
    CHECK(worst <= 4);
  }
}

TEMPLATE_TEST_CASE("special values of the composed functions", "[functions]", float, double) {
  using T = TestType;
  const T inf = std::numeric_limits<T>::infinity(), nan = std::numeric_limits<T>::quiet_NaN();
  CHECK(at<T>("relu", -2) == 0);
  CHECK(at<T>("relu", 3) == 3);
  CHECK(std::isnan(at<T>("relu", nan)));
  CHECK(at<T>("heaviside", -2, T(0.5)) == 0);
  CHECK(at<T>("heaviside", 0, T(0.5)) == T(0.5));
  CHECK(at<T>("heaviside", 2, T(0.5)) == 1);
  CHECK(std::isnan(at<T>("heaviside", nan, T(0.5))));
  CHECK(at<T>("sinc", 0) == 1);
  for (T k : {T(1), T(-2), T(7), T(1000)}) CHECK(at<T>("sinc", k) == 0);
  CHECK(at<T>("sinc", T(1.5)) == Approx(-2 / (3 * M_PI)));
  CHECK(at<T>("sinc", T(2.5)) == Approx(2 / (5 * M_PI)));
  CHECK(at<T>("logaddexp", inf, inf) == inf);
  CHECK(at<T>("logaddexp", -inf, -inf) == -inf);
  CHECK(at<T>("logaddexp", -inf, inf) == inf);
  CHECK(at<T>("logaddexp", -inf, T(3)) == 3);
  CHECK(std::isnan(at<T>("logaddexp", nan, T(3))));
  CHECK(std::isnan(at<T>("logaddexp", T(3), nan)));
  CHECK(at<T>("logaddexp", 1000, 1000) == Approx(1000 + std::log(2.0)));
  CHECK(at<T>("exprel_derivative", 0) == T(0.5));
  CHECK(at<T>("exprel_derivative", T(-1e4)) == Approx(1e-8));
  CHECK(at<T>("exprel_derivative", T(20)) == Approx(std::exp(20.0) * (1 - 1 / 20.0) / 20 + 1 / 400.0));
  CHECK(at<T>("exprel_derivative", inf) == inf);
  CHECK(at<T>("reciprocal", -0.0) == -inf);
  CHECK(at<T>("rsqrt", 0) == inf);
  CHECK(std::isnan(at<T>("rsqrt", -1)));
}

TEMPLATE_TEST_CASE("erfinv undoes erf", "[functions]", float, double) {
  using T = TestType;
  for (T x : {T(-2), T(-0.7), T(-1e-3), T(0), T(0.3), T(1.5)}) CHECK(at<T>("erfinv", at<T>("erf", x)) == Approx(x));
  CHECK(at<T>("erfinv", 1) == std::numeric_limits<T>::infinity());
  CHECK(std::isnan(at<T>("erfinv", T(1.1))));
}

TEST_CASE("digamma at known points and as the slope of lgamma") {
  constexpr double euler = 0.57721566490153286061;
  CHECK(at("digamma", 1.0) == Approx(-euler).epsilon(1e-13));
  CHECK(at("digamma", 0.5) == Approx(-euler - 2 * std::log(2.0)).epsilon(1e-13));
  CHECK(at("digamma", 10.0) == Approx(2.251752589066721).epsilon(1e-13));
  CHECK(at("digamma", -0.5) == Approx(0.03648997397857652).epsilon(1e-12));
  CHECK(at("digamma", 1e10) == Approx(std::log(1e10)));
  CHECK(at("digamma", infinity) == infinity);
  for (double x : {0.0, -1.0, -7.0, -infinity, not_a_number}) CHECK(std::isnan(at("digamma", x)));
  for (double x : {0.3, 1.7, 5.0, 30.0, -2.3}) {
    const double h = 1e-5, slope = (at("lgamma", x + h) - at("lgamma", x - h)) / (2 * h);
    CHECK(at("digamma", x) == Approx(slope).epsilon(1e-7));
    CHECK(at("digamma", static_cast<float>(x)) == Approx(at("digamma", static_cast<double>(static_cast<float>(x)))));
  }
}

TEMPLATE_TEST_CASE("integer powers", "[functions]", std::int32_t, std::int64_t) {
  using T = TestType;
  for (T base = -7; base <= 7; ++base) {
    T right = 1;
    for (T exponent = 0; exponent <= 10; ++exponent, right *= base) CHECK(at<T>("pow", base, exponent) == right);
  }
  constexpr T bits = std::numeric_limits<T>::digits;
  CHECK(at<T>("pow", 2, bits - 1) == T(1) << (bits - 1));
  CHECK(at<T>("pow", 2, bits) == std::numeric_limits<T>::min());
  CHECK(at<T>("pow", 2, bits + 1) == 0);
  CHECK(at<T>("pow", 1, std::numeric_limits<T>::max()) == 1);
  CHECK(at<T>("pow", -1, std::numeric_limits<T>::max()) == -1);
  CHECK(at<T>("pow", 1, -5) == 1);
  CHECK(at<T>("pow", -1, -5) == -1);
  CHECK(at<T>("pow", -1, -6) == 1);
  CHECK(at<T>("pow", 2, -1) == 0);
  CHECK(at<T>("pow", 0, -1) == 0);
  CHECK(at<T>("pow", 0, 0) == 1);
}

TEST_CASE("functions refuse operands of other types") {
  CHECK_THROWS_AS(at("exp", 3), brainpy::DTypeError);
  CHECK_THROWS_AS(at("pow", 3u, 2u), brainpy::DTypeError);
  CHECK_THROWS_AS((evaluate<float>("pow", {{1, 2}, {1, 2, 3}})), brainpy::ShapeError);
  CHECK_THROWS_AS((evaluate<float>("sin", {{1}, {2}})), brainpy::DTypeError);
}

namespace {

/// What `print` writes for a tensor, caught from standard output.
std::string printed(const Tensor& tensor, const Attributes& attributes) {
  std::fflush(stdout);
  const int saved = dup(STDOUT_FILENO);
  std::FILE* file = std::tmpfile();
  dup2(fileno(file), STDOUT_FILENO);
  const std::vector<Tensor> operands = {tensor};
  try {
    interp::apply(registry().get("print"), operands, attributes, {});
  } catch (...) {
    dup2(saved, STDOUT_FILENO), close(saved), std::fclose(file);
    throw;
  }
  dup2(saved, STDOUT_FILENO);
  close(saved);
  std::string text(static_cast<std::size_t>(std::ftell(file)), '\0');
  std::rewind(file);
  REQUIRE(std::fread(text.data(), 1, text.size(), file) == text.size());
  std::fclose(file);
  return text;
}

}  // namespace

TEST_CASE("print writes the label and the value") {
  const Attributes label = {{"label", std::string("V")}};
  Tensor t = make_tensor({DType::f32, {2, 2}});
  for (int i = 0; i < 4; ++i) t.as<float>()[i] = static_cast<float>(i) + 0.5f;
  CHECK(printed(t, label) == "V: [[0.5 1.5]\n [2.5 3.5]]\n");
  t = make_tensor({DType::bool_, {}});
  *t.as<bool>() = true;
  CHECK(printed(t, label) == "V: True\n");
  CHECK(printed(make_tensor({DType::i32, {0}}), label) == "V: []\n");
  t = make_tensor({DType::i64, {2000}});
  for (int i = 0; i < 2000; ++i) t.as<std::int64_t>()[i] = i;
  CHECK(printed(t, label) == "V: [0 1 2 ... 1997 1998 1999]\n");
  CHECK_THROWS_AS(printed(t, {}), brainpy::ValueError);
}
