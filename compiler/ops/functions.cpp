// Elementary and special functions. The functions themselves are vecmath.h's, or small compositions of them here.
// In: float lanes (pow: also integers). Out: one registry entry each, with its derivative rule.
#include <limits>

#include "compiler/ops/map.h"
#include "compiler/ops/samples.h"
#include "compiler/ops/vecmath.h"

namespace brainpy::compiler {
namespace {

using lane::Lane;
using lane::scalar;
using lane::select;

constexpr double pi = 3.14159265358979323846;
constexpr double ln_2 = 0.69314718055994530942;
constexpr double ln_10 = 2.30258509299404568402;
constexpr double two_over_root_pi = 1.12837916709551257390;

template <Lane L>
L number(double value) {
  return static_cast<scalar<L>>(value);
}

// --- functions composed here ---------------------------------------------------------------------

/// sin(pi x) / (pi x). The argument is reduced before pi enters, so that integers give exactly 0.
template <Lane L>
L sinc(L x) {
  const L whole = lane::nearbyint(x);
  const L rest = x - whole;
  const L half = whole * number<L>(0.5);
  const L sine = vecmath::sin(rest * number<L>(pi));
  const L signed_sine = select(half == lane::floor(half), sine, -sine);
  return select(x == number<L>(0), number<L>(1), signed_sine / (x * number<L>(pi)));
}

/// log(e^a + e^b). Equal operands go their own way: the difference of equal infinities would be NaN.
template <Lane L>
L logaddexp(L a, L b) {
  const L apart = select(a > b, a, b) + vecmath::log1p(vecmath::exp(-lane::abs(a - b)));
  return select(a == b, a + number<L>(ln_2), apart);
}

/// The derivative of exprel: sum x^k / (k! (k + 2)) near 0; elsewhere from e^x = 1 + x exprel(x), in the form that does
/// not cancel on that side.
template <Lane L>
L exprel_derivative(L x) {
  const L near = vecmath::detail::polynomial(
      x,
      {1.0f / 2, 1.0f / 3, 1.0f / 8, 1.0f / 30, 1.0f / 144, 1.0f / 840, 1.0f / 5760, 1.0f / 45360, 1.0f / 403200,
       1.0f / 3991680},
      {1.0 / 2, 1.0 / 3, 1.0 / 8, 1.0 / 30, 1.0 / 144, 1.0 / 840, 1.0 / 5760, 1.0 / 45360, 1.0 / 403200, 1.0 / 3991680,
       1.0 / 43545600, 1.0 / 518918400, 1.0 / 6706022400, 1.0 / 93405312000, 1.0 / 1394852659200, 1.0 / 22230464256000,
       1.0 / 376610217984000, 1.0 / 6758061133824000});
  const L relative = vecmath::exprel(x), inverse = number<L>(1) / x;
  const L above = lane::fma(relative, number<L>(1) - inverse, inverse);
  const L below = (vecmath::exp(x) - relative) * inverse;
  return select(lane::abs(x) < number<L>(1), near, select(x > number<L>(0), above, below));
}

/// The derivative of lgamma: recurrence up to x >= 8, then the asymptotic series; reflection below 1/2.
/// M. Abramowitz, I. Stegun, Handbook of Mathematical Functions, 6.3.5-6.3.18.
template <Lane L>
L digamma_double(L x) {
  const auto reflected = x < 0.5;
  L y = select(reflected, 1.0 - x, x);
  L steps = 0.0;
  for (int k = 0; k < 8; ++k) {
    const auto small = y < 8.0;
    steps = steps + select(small, 1.0 / y, 0.0);
    y = select(small, y + 1.0, y);
  }
  const L inverse = 1.0 / y;
  const L square = inverse * inverse;
  // B_2k / (2k)
  const L series = vecmath::detail::polynomial(
      square, {1.0 / 12, -1.0 / 120, 1.0 / 252, -1.0 / 240, 1.0 / 132, -691.0 / 32760, 1.0 / 12, -3617.0 / 8160});
  const L value = vecmath::log(y) - 0.5 * inverse - square * series - steps;
  const L distance = x - lane::nearbyint(x);
  const L mirrored = value - pi / vecmath::tan(distance * pi);
  const auto pole = (distance == 0.0) & (x <= 0.0);
  return select(pole, L(std::numeric_limits<double>::quiet_NaN()),
                select(reflected, mirrored, select(x == std::numeric_limits<double>::infinity(), x, value)));
}

template <Lane L>
L digamma(L x) {
  if constexpr (std::is_same_v<scalar<L>, float>) return lane::convert<float>(digamma_double(lane::convert<double>(x)));
  else return digamma_double(x);
}

/// Integer power by squaring, wrapping; every bit of the exponent is looked at, so that lanes need no branch.
template <Lane L>
L integer_power(L base, L exponent) {
  constexpr int bits = std::numeric_limits<scalar<L>>::digits;
  L result = 1, square = base;
  for (int k = 0; k < bits; ++k) {
    result = select(((exponent >> k) & scalar<L>(1)) != L(0), result * square, result);
    if (k + 1 < bits) square = square * square;
  }
  // 1 / base^n is a whole number for base 1 and -1 only; for -1 it is what the exponent's last bit says.
  const L sign = select((exponent & scalar<L>(1)) != L(0), base, L(1));
  const L inverse = select(lane::abs(base) == L(1), sign, L(0));
  return select(exponent < L(0), inverse, result);
}

// --- derivative rules ----------------------------------------------------------------------------

using Values = std::vector<ir::Value*>;

/// Short names for building a rule.
struct Rule {
  JvpRule& r;

  ir::Value* x(int i = 0) const { return r.operand(i); }
  ir::Value* y() const { return r.result(); }
  ir::Value* t(int i = 0) const { return r.tangent(i); }
  ir::Value* number(double value) const { return r.number(value, r.result()->type.dtype); }
  ir::Value* apply(const char* name, ir::Value* a) const { return r.apply(name, {a}); }
  ir::Value* add(ir::Value* a, ir::Value* b) const { return r.apply("add", {a, b}); }
  ir::Value* sub(ir::Value* a, ir::Value* b) const { return r.apply("sub", {a, b}); }
  ir::Value* mul(ir::Value* a, ir::Value* b) const { return r.apply("mul", {a, b}); }
  ir::Value* div(ir::Value* a, ir::Value* b) const { return r.apply("div", {a, b}); }
  ir::Value* neg(ir::Value* a) const { return apply("neg", a); }
  /// (1 - x)(1 + x): 1 - x^2 with its digits near 1.
  ir::Value* one_minus_square(ir::Value* a) const { return mul(sub(number(1), a), add(number(1), a)); }
};

/// The tangent of a function of one operand from its derivative.
template <class Derivative>
JvpFn times(Derivative derivative) {
  return [derivative](JvpRule& r) -> Values {
    const Rule rule{r};
    return {rule.mul(rule.t(), derivative(rule))};
  };
}

/// The same where the derivative is one over something.
template <class Inverse>
JvpFn over(Inverse inverse) {
  return [inverse](JvpRule& r) -> Values {
    const Rule rule{r};
    return {rule.div(rule.t(), inverse(rule))};
  };
}

/// The tangent of a function of two operands; a derivative is only built where its tangent is not zero.
template <class First, class Second>
JvpFn partial(First first, Second second) {
  return [first, second](JvpRule& r) -> Values {
    const Rule rule{r};
    ir::Value* a = rule.t(0) ? rule.mul(rule.t(0), first(rule)) : nullptr;
    ir::Value* b = rule.t(1) ? rule.mul(rule.t(1), second(rule)) : nullptr;
    return {r.add(a, b)};
  };
}

/// Adds a function of one float operand; samples are drawn from [low, high].
template <class Body>
void add_function(Registry& ops, const char* name, const char* doc, Body body, Jvp jvp, double low, double high) {
  OpDef def = map_op(name, doc, same_type_bodies<1>(Floats{}, body));
  def.jvp = std::move(jvp);
  def.samples = float_samples(1, low, high);
  ops.add(std::move(def));
}

/// The same for two operands, each with its own range.
template <class Body>
void add_function_of_two(Registry& ops, const char* name, const char* doc, Body body, Jvp jvp, const Ranges& ranges) {
  OpDef def = map_op(name, doc, same_type_bodies<2>(Floats{}, body));
  def.jvp = std::move(jvp);
  def.samples = {sample({DType::f32, DType::f32}, ranges), sample({DType::f64, DType::f64}, ranges)};
  ops.add(std::move(def));
}

void register_exponentials(Registry& ops) {
  add_function(
      ops, "exp", "e^x, within 1 ulp.", [](auto x) { return vecmath::exp(x); },
      times([](const Rule& f) { return f.y(); }), -10, 10);
  add_function(
      ops, "exp2", "2^x, within 1 ulp, exact for integers.", [](auto x) { return vecmath::exp2(x); },
      times([](const Rule& f) { return f.mul(f.y(), f.number(ln_2)); }), -10, 10);
  add_function(
      ops, "expm1", "e^x - 1, within 1 ulp, also near 0.", [](auto x) { return vecmath::expm1(x); },
      times([](const Rule& f) { return f.add(f.y(), f.number(1)); }), -5, 5);
  add_function(
      ops, "log", "Natural logarithm, within 1 ulp; -inf at 0, NaN below.", [](auto x) { return vecmath::log(x); },
      over([](const Rule& f) { return f.x(); }), 0.1, 100);
  add_function(
      ops, "log2", "Logarithm to base 2, within 1 ulp, exact for powers of two.",
      [](auto x) { return vecmath::log2(x); }, over([](const Rule& f) { return f.mul(f.x(), f.number(ln_2)); }), 0.1,
      100);
  add_function(
      ops, "log10", "Logarithm to base 10, within 1 ulp.", [](auto x) { return vecmath::log10(x); },
      over([](const Rule& f) { return f.mul(f.x(), f.number(ln_10)); }), 0.1, 100);
  add_function(
      ops, "log1p", "log(1 + x), within 1 ulp, also near 0; -inf at -1, NaN below.",
      [](auto x) { return vecmath::log1p(x); }, over([](const Rule& f) { return f.add(f.x(), f.number(1)); }), -0.9,
      10);
  add_function(
      ops, "sigmoid", "1 / (1 + e^-x), within 2 ulp; e^x for large negative x.",
      [](auto x) { return vecmath::sigmoid(x); },
      times([](const Rule& f) { return f.mul(f.y(), f.sub(f.number(1), f.y())); }), -10, 10);
  add_function(
      ops, "softplus", "log(1 + e^x), within 2 ulp; x for large x.", [](auto x) { return vecmath::softplus(x); },
      times([](const Rule& f) { return f.apply("sigmoid", f.x()); }), -10, 10);
  add_function(
      ops, "exprel", "(e^x - 1) / x, 1 at 0, within 1.5 ulp: the rate functions' singularity removed.",
      [](auto x) { return vecmath::exprel(x); },
      times([](const Rule& f) { return f.apply("exprel_derivative", f.x()); }), -5, 5);
  add_function(
      ops, "exprel_derivative", "The derivative of exprel, 1/2 at 0, within 8 ulp.",
      [](auto x) { return exprel_derivative(x); }, NotDifferentiable{"the second derivative of exprel is not provided"},
      -5, 5);
  add_function_of_two(ops, "logaddexp", "log(e^a + e^b) without overflow, within 3 ulp of the larger term.",
                      [](auto a, auto b) { return logaddexp(a, b); },
                      partial([](const Rule& f) { return f.apply("sigmoid", f.sub(f.x(0), f.x(1))); },
                              [](const Rule& f) { return f.apply("sigmoid", f.sub(f.x(1), f.x(0))); }),
                      {{-10, 10}});
}

void register_trigonometry(Registry& ops) {
  add_function(
      ops, "sin", "Sine of radians, within 1 ulp; see vecmath/trig.h for very large arguments.",
      [](auto x) { return vecmath::sin(x); }, times([](const Rule& f) { return f.apply("cos", f.x()); }), -20, 20);
  add_function(
      ops, "cos", "Cosine of radians, within 1 ulp; see vecmath/trig.h for very large arguments.",
      [](auto x) { return vecmath::cos(x); }, times([](const Rule& f) { return f.neg(f.apply("sin", f.x())); }), -20,
      20);
  add_function(
      ops, "tan", "Tangent of radians, within 2 ulp; see vecmath/trig.h for very large arguments.",
      [](auto x) { return vecmath::tan(x); },
      times([](const Rule& f) { return f.add(f.number(1), f.mul(f.y(), f.y())); }), -1.3, 1.3);
  const auto root = [](const Rule& f) { return f.apply("sqrt", f.one_minus_square(f.x())); };
  add_function(
      ops, "asin", "Inverse sine in radians, within 1.5 ulp; NaN outside [-1, 1].",
      [](auto x) { return vecmath::asin(x); }, over(root), -0.95, 0.95);
  add_function(
      ops, "acos", "Inverse cosine in radians, within 1.5 ulp; NaN outside [-1, 1].",
      [](auto x) { return vecmath::acos(x); }, over([root](const Rule& f) { return f.neg(root(f)); }), -0.95, 0.95);
  add_function(
      ops, "atan", "Inverse tangent in radians, within 1.5 ulp.", [](auto x) { return vecmath::atan(x); },
      over([](const Rule& f) { return f.add(f.number(1), f.mul(f.x(), f.x())); }), -20, 20);
  const auto square_radius = [](const Rule& f) { return f.add(f.mul(f.x(0), f.x(0)), f.mul(f.x(1), f.x(1))); };
  add_function_of_two(ops, "atan2", "atan2(y, x): angle of the point (x, y) in (-pi, pi], within 1.5 ulp.",
                      [](auto y, auto x) { return vecmath::atan2(y, x); },
                      partial([=](const Rule& f) { return f.div(f.x(1), square_radius(f)); },
                              [=](const Rule& f) { return f.div(f.neg(f.x(0)), square_radius(f)); }),
                      {{0.1, 5}, {-5, 5}});
  add_function(
      ops, "sinh", "Hyperbolic sine, within 2 ulp.", [](auto x) { return vecmath::sinh(x); },
      times([](const Rule& f) { return f.apply("cosh", f.x()); }), -5, 5);
  add_function(
      ops, "cosh", "Hyperbolic cosine, within 1.5 ulp.", [](auto x) { return vecmath::cosh(x); },
      times([](const Rule& f) { return f.apply("sinh", f.x()); }), -5, 5);
  add_function(
      ops, "tanh", "Hyperbolic tangent, within 2 ulp.", [](auto x) { return vecmath::tanh(x); },
      times([](const Rule& f) { return f.one_minus_square(f.y()); }), -4, 4);
  add_function(
      ops, "asinh", "Inverse hyperbolic sine, within 1.5 ulp.", [](auto x) { return vecmath::asinh(x); },
      over([](const Rule& f) {
        return f.r.apply("hypot", {f.x(), f.number(1)});
      }),
      -10, 10);
  add_function(
      ops, "acosh", "Inverse hyperbolic cosine, within 1.5 ulp; NaN below 1.", [](auto x) { return vecmath::acosh(x); },
      over([](const Rule& f) { return f.apply("sqrt", f.mul(f.sub(f.x(), f.number(1)), f.add(f.x(), f.number(1)))); }),
      1.1, 10);
  add_function(
      ops, "atanh", "Inverse hyperbolic tangent, within 1.5 ulp; NaN outside [-1, 1].",
      [](auto x) { return vecmath::atanh(x); }, over([](const Rule& f) { return f.one_minus_square(f.x()); }), -0.9,
      0.9);
  const auto scaling = [&](const char* name, const char* doc, auto body, double factor) {
    add_function(ops, name, doc, body, times([factor](const Rule& f) { return f.number(factor); }), -360, 360);
  };
  scaling(
      "degrees", "Radians to degrees.", [](auto x) { return x * number<decltype(x)>(180 / pi); }, 180 / pi);
  scaling(
      "radians", "Degrees to radians.", [](auto x) { return x * number<decltype(x)>(pi / 180); }, pi / 180);
  add_function(
      ops, "sinc", "sin(pi x) / (pi x), 1 at 0, exactly 0 at other integers; within 4 ulp.",
      [](auto x) { return sinc(x); }, times([](const Rule& f) {
        // (cos(pi x) - sinc x) / x cancels near 0: there three terms of its series.
        ir::Value* square = f.mul(f.x(), f.x());
        ir::Value* inner =
            f.add(f.number(pi * pi * pi * pi / 30), f.mul(square, f.number(-pi * pi * pi * pi * pi * pi / 840)));
        ir::Value* near = f.mul(f.x(), f.add(f.number(-pi * pi / 3), f.mul(square, inner)));
        ir::Value* far = f.div(f.sub(f.apply("cos", f.mul(f.x(), f.number(pi))), f.y()), f.x());
        ir::Value* is_near = f.r.apply("lt", {f.apply("abs", f.x()), f.number(0.02)});
        return f.r.apply("select", {is_near, near, far});
      }),
      -3, 3);
}

void register_powers(Registry& ops) {
  std::vector<MapBody> bodies = same_type_bodies<2>(Floats{}, [](auto x, auto y) { return vecmath::pow(x, y); });
  for (MapBody& body :
       same_type_bodies<2>(Types<std::int32_t, std::int64_t>{}, [](auto x, auto y) { return integer_power(x, y); }))
    bodies.push_back(body);
  OpDef def = map_op("pow",
                     "x^y with C's special values, within 1 ulp; integers wrap, and a negative exponent gives 0 unless "
                     "the base is 1 or -1.",
                     std::move(bodies));
  def.jvp = partial(
      [](const Rule& f) {
        return f.mul(f.x(1), f.r.apply("pow", {f.x(0), f.sub(f.x(1), f.number(1))}));
      },
      [](const Rule& f) {
        // x^y log x is 0 at x = 0 (for y > 0), where the logarithm alone is infinite.
        ir::Value* is_zero = f.r.apply("eq", {f.x(0), f.number(0)});
        return f.mul(f.y(), f.apply("log", f.r.apply("select", {is_zero, f.number(1), f.x(0)})));
      });
  def.samples = {
      sample({DType::f32, DType::f32}, {{0.2, 5}, {-3, 3}}), sample({DType::f64, DType::f64}, {{0.2, 5}, {-3, 3}}),
      sample({DType::i32, DType::i32}, {{-9, 9}, {-2, 12}}), sample({DType::i64, DType::i64}, {{-9, 9}, {-2, 30}})};
  ops.add(std::move(def));

  add_function(
      ops, "square", "x * x.", [](auto x) { return x * x; },
      times([](const Rule& f) { return f.mul(f.number(2), f.x()); }), -10, 10);
  add_function(
      ops, "cbrt", "Cube root, within 1 ulp; negative for negative x.", [](auto x) { return vecmath::cbrt(x); },
      over([](const Rule& f) { return f.mul(f.number(3), f.mul(f.y(), f.y())); }), 0.1, 100);
  add_function_of_two(
      ops, "hypot", "sqrt(x^2 + y^2) without early overflow, within 1 ulp.",
      [](auto x, auto y) { return vecmath::hypot(x, y); },
      partial([](const Rule& f) { return f.div(f.x(0), f.y()); }, [](const Rule& f) { return f.div(f.x(1), f.y()); }),
      {{0.1, 10}, {-10, 10}});
  add_function(
      ops, "reciprocal", "1 / x, exactly rounded.", [](auto x) { return number<decltype(x)>(1) / x; },
      times([](const Rule& f) { return f.neg(f.mul(f.y(), f.y())); }), 0.2, 10);
  add_function(
      ops, "rsqrt", "1 / sqrt(x), within 1 ulp.", [](auto x) { return number<decltype(x)>(1) / lane::sqrt(x); },
      times([](const Rule& f) { return f.div(f.mul(f.number(-0.5), f.y()), f.x()); }), 0.2, 10);
  add_function(
      ops, "relu", "max(x, 0); NaN stays. Its derivative at 0 is 0.",
      [](auto x) { return select(x <= number<decltype(x)>(0), number<decltype(x)>(0), x); },
      JvpFn([](JvpRule& r) -> Values {
        const Rule f{r};
        return {r.apply("select", {r.apply("gt", {f.x(), f.number(0)}), f.t(), f.number(0)})};
      }),
      -5, 5);
  add_function_of_two(ops, "heaviside", "heaviside(x, at_zero): 0 below 0, 1 above, at_zero at 0; NaN stays.",
                      [](auto x, auto at_zero) {
                        using L = decltype(x);
                        const L zero = number<L>(0), one = number<L>(1);
                        return select(lane::is_nan(x), x, select(x < zero, zero, select(x > zero, one, at_zero)));
                      },
                      ZeroDerivative{}, {{-2, 2}, {0, 1}});
}

void register_special(Registry& ops) {
  add_function(
      ops, "erf", "Error function, within 2 ulp.", [](auto x) { return vecmath::erf(x); }, times([](const Rule& f) {
        return f.mul(f.number(two_over_root_pi), f.apply("exp", f.neg(f.mul(f.x(), f.x()))));
      }),
      -3, 3);
  add_function(
      ops, "erfc", "1 - erf(x), within 3 ulp, also where it is tiny.", [](auto x) { return vecmath::erfc(x); },
      times(
          [](const Rule& f) { return f.mul(f.number(-two_over_root_pi), f.apply("exp", f.neg(f.mul(f.x(), f.x())))); }),
      -3, 3);
  add_function(
      ops, "erfinv", "Inverse of erf on (-1, 1); infinite at the ends, NaN outside.",
      [](auto x) { return vecmath::erfinv(x); },
      times([](const Rule& f) { return f.mul(f.number(1 / two_over_root_pi), f.apply("exp", f.mul(f.y(), f.y()))); }),
      -0.95, 0.95);
  add_function(
      ops, "lgamma", "log|gamma(x)|; see vecmath/gamma.h for its error near the zeros at 1, 2 and below 0.",
      [](auto x) { return vecmath::lgamma(x); }, times([](const Rule& f) { return f.apply("digamma", f.x()); }), 0.1,
      20);
  add_function(
      ops, "digamma", "The derivative of lgamma, within 4 ulp or 1e-14 (f64), 1 ulp (f32); NaN at 0, -1, -2, ...",
      [](auto x) { return digamma(x); }, NotDifferentiable{"the derivative of digamma (trigamma) is not provided"}, 0.1,
      20);
}

}  // namespace

void register_functions(Registry& ops) {
  register_exponentials(ops);
  register_trigonometry(ops);
  register_powers(ops);
  register_special(ops);
}

}  // namespace brainpy::compiler
