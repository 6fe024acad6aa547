// The elementary functions of compiler/ops/vecmath.h: the largest error in ulp against a more precise libm (f32 against
// double, f64 against 80-bit long double) over random and special arguments, and C's special values.
// In: a fixed seed (printed). Out: a line per function with its largest error and where it was found.
#include "compiler/ops/vecmath.h"

#include <algorithm>
#include <bit>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdio>
#include <limits>
#include <random>
#include <vector>

namespace {

using brainpy::compiler::lane::Host;
namespace vecmath = brainpy::compiler::vecmath;

constexpr std::uint64_t seed = 20240611;

template <class T>
using Wide = std::conditional_t<std::is_same_v<T, float>, double, long double>;

/// |value - reference| in units of the last place of T at the reference.
template <class T>
double ulp_error(T value, Wide<T> reference) {
  const T nearest = static_cast<T>(reference);
  if (std::isnan(nearest) || std::isnan(value)) return std::isnan(nearest) && std::isnan(value) ? 0 : 1e30;
  if (value == nearest) {
    if (std::isinf(nearest)) return 0;
  } else if (std::isinf(nearest) || std::isinf(value)) {
    // The neighbour of infinity is the largest finite number, one ulp away.
    const T finite = std::isinf(value) ? nearest : value;
    return std::fabs(finite) == std::numeric_limits<T>::max() && std::signbit(value) == std::signbit(nearest) ? 1
                                                                                                              : 1e30;
  }
  int exponent = 0;
  std::frexp(reference, &exponent);
  const int smallest = std::numeric_limits<T>::min_exponent;
  const int digits = std::numeric_limits<T>::digits;
  const Wide<T> ulp = std::ldexp(Wide<T>(1), std::max(exponent, smallest) - digits);
  return static_cast<double>(std::fabs(static_cast<Wide<T>>(value) - reference) / ulp);
}

struct Interval {
  double low, high;
};

/// Arguments of an interval: half of them uniform, half with uniform bits (all magnitudes alike), and both ends.
template <class T>
std::vector<T> arguments(Interval interval, int count, std::mt19937_64& generator) {
  const T low = static_cast<T>(interval.low), high = static_cast<T>(interval.high);
  std::vector<T> result = {low, high};
  std::uniform_real_distribution<double> uniform(0, 1);
  const auto magnitude = [&](T a, T b) {  // uniform between the bits of a and b, both >= 0
    using Bits = brainpy::compiler::lane::BitsOf<T>;
    const Bits first = std::bit_cast<Bits>(std::fabs(a)), last = std::bit_cast<Bits>(std::fabs(b));
    return std::bit_cast<T>(static_cast<Bits>(first + (last - first) * uniform(generator)));
  };
  for (int i = 0; i < count / 2; ++i) {
    result.push_back(std::min(high, std::max(low, static_cast<T>(low + (high - low) * uniform(generator)))));
    if (low >= 0) result.push_back(magnitude(low, high));
    else if (high <= 0) result.push_back(-magnitude(high, low));
    else result.push_back(generator() % 2 ? magnitude(0, high) : -magnitude(0, low));
  }
  return result;
}

template <class T>
void report(const char* name, double worst, double x, double y, double bound) {
  std::printf("  %-9s f%d  %7.3f ulp at %.17g", name, static_cast<int>(8 * sizeof(T)), worst, x);
  if (!std::isnan(y)) std::printf(", %.17g", y);
  std::printf("\n");
  CAPTURE(name, x, y);
  CHECK(worst <= bound);
}

template <class T, class Function, class Reference>
void check(const char* name, Function function, Reference reference, double bound, std::vector<Interval> intervals,
           int count = 150000) {
  std::mt19937_64 generator(seed);
  double worst = 0, where = 0;
  for (const auto& interval : intervals) {
    for (const T x : arguments<T>(interval, count / static_cast<int>(intervals.size()), generator)) {
      const double error = ulp_error<T>(function(Host<T>(x)).v, reference(static_cast<Wide<T>>(x)));
      if (error > worst) worst = error, where = static_cast<double>(x);
    }
  }
  report<T>(name, worst, where, std::numeric_limits<double>::quiet_NaN(), bound);
}

template <class T, class Function, class Reference>
void check2(const char* name, Function function, Reference reference, double bound, std::vector<Interval> first,
            std::vector<Interval> second, int count = 150000) {
  std::mt19937_64 generator(seed);
  double worst = 0, where = 0, and_where = 0;
  for (std::size_t i = 0; i < first.size(); ++i) {
    const auto xs = arguments<T>(first[i], count / static_cast<int>(first.size()), generator);
    auto ys = arguments<T>(second[i], count / static_cast<int>(first.size()), generator);
    std::shuffle(ys.begin(), ys.end(), generator);
    for (std::size_t k = 0; k < xs.size(); ++k) {
      const double error = ulp_error<T>(function(Host<T>(xs[k]), Host<T>(ys[k])).v,
                                        reference(static_cast<Wide<T>>(xs[k]), static_cast<Wide<T>>(ys[k])));
      if (error > worst) worst = error, where = static_cast<double>(xs[k]), and_where = static_cast<double>(ys[k]);
    }
  }
  report<T>(name, worst, where, and_where, bound);
}

/// The inverse of erf by Newton's method, on erfc where x is near 1.
template <class W>
W reference_erfinv(W x) {
  const W a = std::fabs(x);
  if (a == 0 || a >= 1 || std::isnan(a))
    return a == 1 ? std::copysign(std::numeric_limits<W>::infinity(), x) : a > 1 ? NAN : x;
  W y = a < W(0.7) ? a : std::sqrt(-std::log1p(-a));
  for (int i = 0; i < 60; ++i) {
    const W slope = W(1.1283791670955125738961589031215452L) * std::exp(-y * y);
    const W step = a < W(0.5) ? (std::erf(y) - a) / slope : ((1 - a) - std::erfc(y)) / slope;
    // Newton on log erfc would converge faster far out; halving keeps this one from overshooting.
    const W next = y - std::min(std::max(step, W(-0.5)), y / 2);
    if (std::fabs(next - y) <= std::numeric_limits<W>::epsilon() / 2 * y) break;
    y = next;
  }
  return std::copysign(y, x);
}

// Overload sets as objects.
#define VECMATH_FUNCTION(name) [](auto... x) { return vecmath::name(x...); }
#define LIBM_FUNCTION(name) [](auto... x) { return std::name(x...); }

template <class T>
void check_all() {
  using W = Wide<T>;
  constexpr bool f32 = std::is_same_v<T, float>;
  const double big = std::numeric_limits<T>::max(), small = std::numeric_limits<T>::min();
  const double smallest = std::numeric_limits<T>::denorm_min();
  const double turns = f32 ? 1e5 : 1e9;
  const Interval positive{smallest, big}, all{-big, big};
#define CHECK_LIBM(name, bound, ...) check<T>(#name, VECMATH_FUNCTION(name), LIBM_FUNCTION(name), bound, __VA_ARGS__)
  const Interval exp_range = f32 ? Interval{-105, 89.5} : Interval{-750, 711};
  CHECK_LIBM(exp, 1.1, {exp_range, {-2, 2}});
  CHECK_LIBM(exp2, 1.1, {f32 ? Interval{-152, 129} : Interval{-1080, 1025}, {-2, 2}});
  CHECK_LIBM(expm1, 1.2, {exp_range, {-2, 2}});
  CHECK_LIBM(log, 1.1, {positive, {0.25, 4}, {smallest, small}});
  CHECK_LIBM(log2, 1.1, {positive, {0.25, 4}, {smallest, small}});
  CHECK_LIBM(log10, 1.1, {positive, {0.25, 4}, {smallest, small}});
  CHECK_LIBM(log1p, 1.1, {{-1, big}, {-0.9, 4}, {-1, 0}});
  CHECK_LIBM(sin, 1, {{-turns, turns}, {-10, 10}});
  CHECK_LIBM(cos, 1, {{-turns, turns}, {-10, 10}});
  CHECK_LIBM(tan, 1.2, {{-turns, turns}, {-10, 10}});
  CHECK_LIBM(asin, 1.3, {{-1, 1}});
  CHECK_LIBM(acos, 1.2, {{-1, 1}});
  CHECK_LIBM(atan, 1.3, {all, {-4, 4}});
  CHECK_LIBM(sinh, 1.2, {{-exp_range.high - 1, exp_range.high + 1}, {-2, 2}});
  CHECK_LIBM(cosh, 1.5, {{-exp_range.high - 1, exp_range.high + 1}, {-2, 2}});
  CHECK_LIBM(tanh, 1.1, {all, {-20, 20}, {-2, 2}});
  CHECK_LIBM(asinh, 1.1, {all, {-4, 4}});
  CHECK_LIBM(acosh, 1.1, {{1, big}, {1, 4}, {1, 1.01}});
  CHECK_LIBM(atanh, 1.2, {{-1, 1}, {-0.1, 0.1}});
  CHECK_LIBM(cbrt, 0.51, {all, {-8, 8}, {-small, small}});
  CHECK_LIBM(erf, 1.2, {all, {-6, 6}, {-1.5, 1.5}});
  CHECK_LIBM(erfc, 2, {f32 ? Interval{-5, 10.1} : Interval{-7, 27.3}, {-2, 2}});
  const auto log_of_exp = [](W x) { return x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x)); };
  check<T>("softplus", VECMATH_FUNCTION(softplus), log_of_exp, 1.8,
           {{-exp_range.high - 20, big}, {-100, 100}, {-4, 4}});
  const auto logistic = [](W x) { return x > 0 ? 1 / (1 + std::exp(-x)) : std::exp(x) / (1 + std::exp(x)); };
  check<T>("sigmoid", VECMATH_FUNCTION(sigmoid), logistic, 1.6, {all, {-110, 110}, {-4, 4}});
  const auto relative = [](W x) { return x == 0 ? W(1) : x == -INFINITY ? W(0) : std::expm1(x) / x; };
  check<T>("exprel", VECMATH_FUNCTION(exprel), relative, 1.8,
           {{-big, exp_range.high + 8}, {-800, exp_range.high}, {-2, 2}});
  check<T>("erfinv", VECMATH_FUNCTION(erfinv), reference_erfinv<W>, 2, {{-1, 1}, {0.99, 1}, {-0.5, 0.5}}, 60000);
  // Near the zeros 1 and 2 the bound is absolute for f64; here the relative one applies.
  CHECK_LIBM(lgamma, f32 ? 0.6 : 4, {{smallest, 0.8}, {2.5, 20}, {2.5, big / 1e3}});
  CHECK_LIBM(lgamma, f32 ? 0.6 : 4, {{0.5, 3}});
#undef CHECK_LIBM
  check2<T>("atan2", VECMATH_FUNCTION(atan2), LIBM_FUNCTION(atan2), 1.6, {{-1, 1}, all}, {{-1, 1}, all});
  check2<T>("hypot", VECMATH_FUNCTION(hypot), LIBM_FUNCTION(hypot), 1.2, {{-1, 1}, all}, {{-1, 1}, all});
  check2<T>("pow", VECMATH_FUNCTION(pow), LIBM_FUNCTION(pow), f32 ? 0.51 : 1.1,
            {{0, 100}, positive, positive, {0.9, 1.1}, {smallest, small}, {-3, 3}},
            {{-40, 40}, {-3, 3}, all, {-7000, 7000}, {-1.5, 1.5}, {-9, 9}}, 300000);
}

template <class T>
std::vector<T> special_values() {
  using Limits = std::numeric_limits<T>;
  std::vector<T> values;
  for (T x : {T(0),
              Limits::denorm_min(),
              Limits::min() / 3,
              Limits::min(),
              T(1e-30),
              T(1e-10),
              T(0.25),
              T(0.5),
              T(1) - Limits::epsilon() / 2,
              T(1),
              T(1) + Limits::epsilon(),
              T(1.5),
              T(2),
              T(3),
              T(4),
              T(5),
              T(7.5),
              T(1e3),
              T(1e5) + 1,
              T(16777215),
              T(16777216),
              T(4503599627370497.0),
              T(1e30),
              Limits::max(),
              Limits::infinity(),
              Limits::quiet_NaN()}) {
    values.push_back(x);
    values.push_back(-x);
  }
  return values;
}

template <class T>
bool agrees(T value, T expected, double bound) {
  if (std::isnan(expected) || std::isnan(value)) return std::isnan(expected) && std::isnan(value);
  return std::signbit(value) == std::signbit(expected) && ulp_error<T>(value, expected) <= bound;
}

template <class T>
void check_special_values() {
  const double turns = std::is_same_v<T, float> ? 1e5 : 1e9;
  for (const T x : special_values<T>()) {
    CAPTURE(x);
#define CHECK_SPECIAL(name) \
  CHECK(agrees<T>(vecmath::name(Host<T>(x)).v, static_cast<T>(std::name(static_cast<Wide<T>>(x))), 3))
    CHECK_SPECIAL(exp);
    CHECK_SPECIAL(exp2);
    CHECK_SPECIAL(expm1);
    CHECK_SPECIAL(log);
    CHECK_SPECIAL(log2);
    CHECK_SPECIAL(log10);
    CHECK_SPECIAL(log1p);
    CHECK_SPECIAL(asin);
    CHECK_SPECIAL(acos);
    CHECK_SPECIAL(atan);
    CHECK_SPECIAL(sinh);
    CHECK_SPECIAL(cosh);
    CHECK_SPECIAL(tanh);
    CHECK_SPECIAL(asinh);
    CHECK_SPECIAL(acosh);
    CHECK_SPECIAL(atanh);
    CHECK_SPECIAL(cbrt);
    CHECK_SPECIAL(erf);
    CHECK_SPECIAL(erfc);
    if (!(std::fabs(x) > turns) || std::isinf(x)) {
      CHECK_SPECIAL(sin);
      CHECK_SPECIAL(cos);
      CHECK_SPECIAL(tan);
    } else {
      CHECK(std::fabs(vecmath::sin(Host<T>(x)).v) <= 1);
      CHECK(std::fabs(vecmath::cos(Host<T>(x)).v) <= 1);
    }
    if (!(std::fabs(x - T(1.5)) < 1) && !(x < 0 && std::floor(x) != x)) CHECK_SPECIAL(lgamma);
#undef CHECK_SPECIAL
    CHECK(agrees<T>(vecmath::erfinv(Host<T>(x)).v, static_cast<T>(reference_erfinv<Wide<T>>(x)), 3));
    CHECK((vecmath::sigmoid(Host<T>(x)).v <= 1) == !std::isnan(x));
    for (const T y : special_values<T>()) {
      CAPTURE(y);
      CHECK(agrees<T>(vecmath::pow(Host<T>(x), Host<T>(y)).v, std::pow(x, y), 2));
      CHECK(agrees<T>(vecmath::atan2(Host<T>(y), Host<T>(x)).v, std::atan2(y, x), 2));
      CHECK(agrees<T>(vecmath::hypot(Host<T>(x), Host<T>(y)).v, std::hypot(x, y), 2));
    }
  }
  const T infinity = std::numeric_limits<T>::infinity();
  CHECK(vecmath::sigmoid(Host<T>(-infinity)).v == 0);
  CHECK(vecmath::sigmoid(Host<T>(infinity)).v == 1);
  CHECK(vecmath::softplus(Host<T>(-infinity)).v == 0);
  CHECK(vecmath::softplus(Host<T>(infinity)).v == infinity);
  CHECK(vecmath::exprel(Host<T>(-infinity)).v == 0);
  CHECK(vecmath::exprel(Host<T>(infinity)).v == infinity);
  CHECK(vecmath::exprel(Host<T>(0)).v == 1);
}

TEST_CASE("vecmath f32 is accurate", "[vecmath]") {
  std::printf("vecmath, seed %llu\n", static_cast<unsigned long long>(seed));
  check_all<float>();
}
TEST_CASE("vecmath f64 is accurate", "[vecmath]") { check_all<double>(); }
TEST_CASE("vecmath f32 keeps C's special values", "[vecmath]") { check_special_values<float>(); }
TEST_CASE("vecmath f64 keeps C's special values", "[vecmath]") { check_special_values<double>(); }

}  // namespace
