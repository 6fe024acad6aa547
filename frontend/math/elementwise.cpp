#include "frontend/math/elementwise.hpp"

#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "frontend/math/primitives.h"
#include "frontend/math/reductions.hpp"

namespace brainpy::math {

namespace {

Array one_like(const Array& a) { return number(a.dtype(), std::int64_t{1}); }

/// Floats as they are, integers and bools in default floats.
Array float_of(const Operand& a) {
  const DType dtype = to_float(common_dtype({a}));
  return convert(a.array(dtype), dtype, a.site());
}

Array bool_of(const Operand& a) { return convert(array_of(a), DType::bool_, a.site()); }

/// The function of floats; integers are what the function gives for them already.
Array rounding(const char* name, const Operand& a) {
  const Array x = array_of(a);
  return runtime::is_float(x.dtype()) ? apply(name, {x}, {}, a.site()) : x;
}

/// The question about floats; for integers the answer is known.
Array float_test(const char* name, const Operand& a, bool of_integers) {
  const Array x = array_of(a);
  if (runtime::is_float(x.dtype())) return apply(name, {x}, {}, a.site());
  return filled(x.shape(), number(DType::bool_, std::int64_t{of_integers}), a.site());
}

struct Pair {
  Array a, b;
};

Pair common_pair(const Operand& a, const Operand& b) {
  const DType dtype = common_dtype({a, b});
  return {convert(a.array(dtype), dtype, a.site()), convert(b.array(dtype), dtype, a.site())};
}

}  // namespace

// --- arithmetic ----------------------------------------------------------------------------------

Array add(const Operand& a, const Operand& b) { return binary("add", a, b); }
Array subtract(const Operand& a, const Operand& b) { return binary("sub", a, b, "subtract"); }
Array multiply(const Operand& a, const Operand& b) { return binary("mul", a, b, "multiply"); }
Array divide(const Operand& a, const Operand& b) { return float_binary("div", a, b); }
Array true_divide(const Operand& a, const Operand& b) { return float_binary("div", a, b); }
Array floor_divide(const Operand& a, const Operand& b) { return binary("floor_divide", a, b); }
Array mod(const Operand& a, const Operand& b) { return binary("remainder", a, b, "mod"); }
Array remainder(const Operand& a, const Operand& b) { return binary("remainder", a, b); }

Array fmod(const Operand& a, const Operand& b) {
  const Site& site = a.site();
  const auto [x, y] = common_pair(a, b);
  const Array r = map("remainder", {apply("abs", {x}, {}, site), apply("abs", {y}, {}, site)}, site, "fmod");
  if (runtime::is_float(r.dtype())) return map("copysign", {r, x}, site);
  return map("mul", {r, apply("sign", {x}, {}, site)}, site);
}

std::vector<Array> divmod(const Operand& a, const Operand& b) { return {floor_divide(a, b), remainder(a, b)}; }

namespace {

/// Integer power by repeated squaring; products wrap, as NumPy's do.
Array integer_power(const Array& base, const Array& exponent, const Site& site) {
  const DType t = base.dtype();
  const Array one = number(t, std::int64_t{1}), zero = number(t, std::int64_t{0});
  const int bits = static_cast<int>(runtime::size_of(t) * 8) - (runtime::is_signed_integer(t) ? 1 : 0);
  Array result = one, square = base;
  for (int k = 0; k < bits; ++k) {
    const Array bit = map("and", {exponent, number(t, std::int64_t{1} << k)}, site);
    const Array with = map("mul", {result, square}, site, "power");
    result = map("select", {map("ne", {bit, zero}, site), with, result}, site);
    if (k + 1 < bits) square = apply("mul", {square, square}, {}, site);
  }
  if (!runtime::is_signed_integer(t)) return result;
  return map("select", {map("lt", {exponent, zero}, site), zero, result}, site);
}

}  // namespace

Array power(const Operand& a, const Operand& b) {
  const Site& site = a.site();
  DType dtype = common_dtype({a, b});
  if (dtype == DType::bool_) dtype = default_int();
  const Array x = convert(a.array(dtype), dtype, site);
  if (b.is_number()) {
    const double n = b.real();
    const auto times = [&](const Array& left, const Array& right) { return apply("mul", {left, right}, {}, site); };
    if (n == 1) return x;
    if (n == 2) return times(x, x);
    if (n == 3) return times(times(x, x), x);
    if (n == 4) return times(times(x, x), times(x, x));
    if (runtime::is_integer(dtype) && n < 0)
      value_error("power: an integer to a negative power", site, fmt::format("exponent {}", n),
                  "make one of them a float: bm::power(x, -1.0)");
    if (runtime::is_integer(dtype)) {
      Array result, square = x;
      for (auto left = b.integer(); left > 0; left >>= 1, square = left > 0 ? times(square, square) : square)
        if (left & 1) result = result.data() ? times(result, square) : square;
      return result.data() ? result : filled(x.shape(), number(dtype, std::int64_t{1}), site);
    }
  }
  const Array y = convert(b.array(dtype), dtype, site);
  return runtime::is_integer(dtype) ? integer_power(x, y, site) : map("pow", {x, y}, site, "power");
}

Array pow(const Operand& a, const Operand& b) { return power(a, b); }

Array float_power(const Operand& a, const Operand& b) {
  const Array x = float_of(a);
  return power(Operand(x, a.site()), b);
}

Array negative(const Operand& a) { return -a; }
Array positive(const Operand& a) { return array_of(a); }

Array absolute(const Operand& a) {
  const Array x = array_of(a);
  return x.dtype() == DType::bool_ ? x : apply("abs", {x}, {}, a.site());
}

Array abs(const Operand& a) { return absolute(a); }
Array fabs(const Operand& a) { return float_unary("abs", a); }

Array sign(const Operand& a) {
  const Array x = array_of(a);
  return x.dtype() == DType::bool_ ? x : apply("sign", {x}, {}, a.site());
}

Array square(const Operand& a) {
  const Array x = array_of(a);
  return binary("mul", Operand(x, a.site()), Operand(x, a.site()), "square");
}

Array sqrt(const Operand& a) { return float_unary("sqrt", a); }
Array cbrt(const Operand& a) { return float_unary("cbrt", a); }

Array reciprocal(const Operand& a) {
  const Array x = float_of(a);
  return apply("div", {one_like(x), x}, {}, a.site());
}

Array fma(const Operand& a, const Operand& b, const Operand& c) {
  const DType dtype = to_float(common_dtype({a, b, c}));
  const auto in = [&](const Operand& x) { return convert(x.array(dtype), dtype, a.site()); };
  return map("fma", {in(a), in(b), in(c)}, a.site());
}

// --- exponentials, logarithms --------------------------------------------------------------------

Array exp(const Operand& a) { return float_unary("exp", a); }
Array exp2(const Operand& a) { return float_unary("exp2", a); }
Array expm1(const Operand& a) { return float_unary("expm1", a); }
Array log(const Operand& a) { return float_unary("log", a); }
Array log2(const Operand& a) { return float_unary("log2", a); }
Array log10(const Operand& a) { return float_unary("log10", a); }
Array log1p(const Operand& a) { return float_unary("log1p", a); }
Array logaddexp(const Operand& a, const Operand& b) { return float_binary("logaddexp", a, b); }

Array logaddexp2(const Operand& a, const Operand& b) {
  const Site& site = a.site();
  const double ln2 = 0.693147180559945309417;
  const Operand x(multiply(Operand(float_of(a), site), ln2), site), y(multiply(Operand(float_of(b), site), ln2), site);
  return divide(Operand(logaddexp(x, y), site), ln2);
}

Array exprel(const Operand& a) { return float_unary("exprel", a); }

// --- trigonometry --------------------------------------------------------------------------------

Array sin(const Operand& a) { return float_unary("sin", a); }
Array cos(const Operand& a) { return float_unary("cos", a); }
Array tan(const Operand& a) { return float_unary("tan", a); }
Array arcsin(const Operand& a) { return float_unary("asin", a); }
Array arccos(const Operand& a) { return float_unary("acos", a); }
Array arctan(const Operand& a) { return float_unary("atan", a); }
Array arctan2(const Operand& y, const Operand& x) { return float_binary("atan2", y, x); }
Array sinh(const Operand& a) { return float_unary("sinh", a); }
Array cosh(const Operand& a) { return float_unary("cosh", a); }
Array tanh(const Operand& a) { return float_unary("tanh", a); }
Array arcsinh(const Operand& a) { return float_unary("asinh", a); }
Array arccosh(const Operand& a) { return float_unary("acosh", a); }
Array arctanh(const Operand& a) { return float_unary("atanh", a); }
Array hypot(const Operand& a, const Operand& b) { return float_binary("hypot", a, b); }
Array sinc(const Operand& a) { return float_unary("sinc", a); }
Array deg2rad(const Operand& a) { return float_unary("radians", a); }
Array radians(const Operand& a) { return float_unary("radians", a); }
Array rad2deg(const Operand& a) { return float_unary("degrees", a); }
Array degrees(const Operand& a) { return float_unary("degrees", a); }

// --- special functions ---------------------------------------------------------------------------

Array erf(const Operand& a) { return float_unary("erf", a); }
Array erfc(const Operand& a) { return float_unary("erfc", a); }
Array erfinv(const Operand& a) { return float_unary("erfinv", a); }
Array lgamma(const Operand& a) { return float_unary("lgamma", a); }

// --- choice, limits ------------------------------------------------------------------------------

Array where(const Operand& condition, const Operand& a, const Operand& b) {
  const auto [x, y] = common_pair(a, b);
  return map("select", {bool_of(condition), x, y}, condition.site(), "where");
}

Array select(const std::vector<Array>& conditions, const std::vector<Array>& choices, const Operand& otherwise) {
  const Site& site = otherwise.site();
  if (conditions.size() != choices.size())
    value_error("select: conditions and choices differ in number", site,
                fmt::format("{} conditions, {} choices", conditions.size(), choices.size()),
                "give one choice a condition");
  std::vector<Operand> all{otherwise};
  for (const Array& c : choices) all.emplace_back(c, site);
  const DType dtype = common_dtype(all);
  Array result = convert(otherwise.array(dtype), dtype, site);
  for (std::size_t k = conditions.size(); k-- > 0;)
    result =
        where(Operand(conditions[k], site), Operand(convert(choices[k], dtype, site), site), Operand(result, site));
  return result;
}

Array maximum(const Operand& a, const Operand& b) { return binary("maximum", a, b); }
Array minimum(const Operand& a, const Operand& b) { return binary("minimum", a, b); }

namespace {

Array numbers_win(const char* name, const Operand& a, const Operand& b, const char* function) {
  const Site& site = a.site();
  const auto [x, y] = common_pair(a, b);
  const Array both = map(name, {x, y}, site, function);
  if (!runtime::is_float(both.dtype())) return both;
  const Array left = map("select", {apply("is_nan", {y}, {}, site), x, both}, site);
  return map("select", {apply("is_nan", {x}, {}, site), y, left}, site);
}

}  // namespace

Array fmax(const Operand& a, const Operand& b) { return numbers_win("maximum", a, b, "fmax"); }
Array fmin(const Operand& a, const Operand& b) { return numbers_win("minimum", a, b, "fmin"); }

Array clip(const Operand& a, const Operand& low, const Operand& high) {
  const Site& site = a.site();
  const DType dtype = common_dtype({a, low, high});
  const auto in = [&](const Operand& x) { return convert(x.array(dtype), dtype, site); };
  return map("minimum", {map("maximum", {in(a), in(low)}, site, "clip"), in(high)}, site, "clip");
}

Array heaviside(const Operand& a, const Operand& h0) { return float_binary("heaviside", a, h0); }

Array nan_to_num(const Operand& a, double nan, std::optional<double> posinf, std::optional<double> neginf) {
  const Array x = array_of(a);
  if (!runtime::is_float(x.dtype())) return x;
  const Site& site = a.site();
  const double largest =
      x.dtype() == DType::f32 ? std::numeric_limits<float>::max() : std::numeric_limits<double>::max();
  const double infinity = std::numeric_limits<double>::infinity();
  const auto replace = [&](const Array& where, double by, const Array& in) {
    return apply("select", {where, number(x.dtype(), by), in}, {}, site);
  };
  Array result = replace(apply("is_nan", {x}, {}, site), nan, x);
  result = replace(apply("eq", {x, number(x.dtype(), infinity)}, {}, site), posinf.value_or(largest), result);
  return replace(apply("eq", {x, number(x.dtype(), -infinity)}, {}, site), neginf.value_or(-largest), result);
}

// --- rounding ------------------------------------------------------------------------------------

Array floor(const Operand& a) { return rounding("floor", a); }
Array ceil(const Operand& a) { return rounding("ceil", a); }
Array trunc(const Operand& a) { return rounding("trunc", a); }
Array fix(const Operand& a) { return rounding("trunc", a); }
Array rint(const Operand& a) { return rounding("round", a); }

Array round(const Operand& a, int decimals) {
  if (decimals == 0) return rint(a);
  const Array x = array_of(a);
  const Site& site = a.site();
  const bool of_integers = !runtime::is_float(x.dtype());
  if (of_integers && decimals > 0) return x;
  const DType dtype = of_integers ? DType::f64 : x.dtype();
  const Array scale = number(dtype, std::pow(10.0, std::abs(decimals)));
  const char *there = decimals > 0 ? "mul" : "div", *back = decimals > 0 ? "div" : "mul";
  const Array scaled = apply("round", {apply(there, {convert(x, dtype, site), scale}, {}, site)}, {}, site);
  return convert(apply(back, {scaled, scale}, {}, site), x.dtype(), site);
}

Array around(const Operand& a, int decimals) { return round(a, decimals); }

// --- floats' anatomy -----------------------------------------------------------------------------

Array isnan(const Operand& a) { return float_test("is_nan", a, false); }
Array isinf(const Operand& a) { return float_test("is_inf", a, false); }
Array isfinite(const Operand& a) { return float_test("is_finite", a, true); }
Array isposinf(const Operand& a) { return equal(a, std::numeric_limits<double>::infinity()); }
Array isneginf(const Operand& a) { return equal(a, -std::numeric_limits<double>::infinity()); }

Array signbit(const Operand& a) {
  const Array x = array_of(a);
  if (runtime::is_float(x.dtype())) return apply("sign_bit", {x}, {}, a.site());
  return less(a, 0);
}

Array copysign(const Operand& a, const Operand& b) { return float_binary("copysign", a, b); }

// --- comparison, logic, bits ---------------------------------------------------------------------

Array equal(const Operand& a, const Operand& b) { return a == b; }
Array not_equal(const Operand& a, const Operand& b) { return a != b; }
Array less(const Operand& a, const Operand& b) { return a < b; }
Array less_equal(const Operand& a, const Operand& b) { return a <= b; }
Array greater(const Operand& a, const Operand& b) { return a > b; }
Array greater_equal(const Operand& a, const Operand& b) { return a >= b; }

Array isclose(const Operand& a, const Operand& b, double rtol, double atol, bool equal_nan) {
  const Site& site = a.site();
  const DType dtype = to_float(common_dtype({a, b}));
  const Array x = convert(a.array(dtype), dtype, site), y = convert(b.array(dtype), dtype, site);
  const Array same = map("eq", {x, y}, site, "isclose");
  const Array distance = apply("abs", {map("sub", {x, y}, site)}, {}, site);
  const Array slack =
      apply("add", {number(dtype, atol), apply("mul", {number(dtype, rtol), apply("abs", {y}, {}, site)}, {}, site)},
            {}, site);
  const Array finite = map("and", {apply("is_finite", {x}, {}, site), apply("is_finite", {y}, {}, site)}, site);
  const Array near = map("and", {map("le", {distance, slack}, site), finite}, site);
  const Array close = apply("or", {same, near}, {}, site);
  if (!equal_nan) return close;
  const Array both_nan = map("and", {apply("is_nan", {x}, {}, site), apply("is_nan", {y}, {}, site)}, site);
  return apply("or", {close, both_nan}, {}, site);
}

Array allclose(const Operand& a, const Operand& b, double rtol, double atol, bool equal_nan) {
  return all(Operand(isclose(a, b, rtol, atol, equal_nan), a.site()));
}

Array array_equal(const Operand& a, const Operand& b, bool equal_nan) {
  const Array x = array_of(a), y = array_of(b);
  const Site& site = a.site();
  if (!(x.shape() == y.shape())) return number(DType::bool_, std::int64_t{0});
  const Array same = Operand(x, site) == Operand(y, site);
  if (!equal_nan) return all(Operand(same, site));
  return all(
      Operand(map("or", {same, map("and", {isnan(Operand(x, site)), isnan(Operand(y, site))}, site)}, site), site));
}

Array logical_and(const Operand& a, const Operand& b) { return a && b; }
Array logical_or(const Operand& a, const Operand& b) { return a || b; }
Array logical_xor(const Operand& a, const Operand& b) {
  return map("xor", {bool_of(a), bool_of(b)}, a.site(), "logical_xor");
}
Array logical_not(const Operand& a) { return !a; }
Array bitwise_and(const Operand& a, const Operand& b) { return a & b; }
Array bitwise_or(const Operand& a, const Operand& b) { return a | b; }
Array bitwise_xor(const Operand& a, const Operand& b) { return a ^ b; }
Array bitwise_not(const Operand& a) { return ~a; }
Array invert(const Operand& a) { return ~a; }
Array left_shift(const Operand& a, const Operand& b) { return a << b; }
Array right_shift(const Operand& a, const Operand& b) { return a >> b; }

}  // namespace brainpy::math
