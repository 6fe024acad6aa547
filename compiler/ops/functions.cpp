// Elementary functions. The functions themselves are vecmath.h's, or small compositions of them here.
// In: float lanes (pow: also integers). Out: one registry entry each, with its derivative rule.
#include "compiler/ops/function_rule.h"

namespace brainpy::compiler {
namespace {

using namespace function_rule;
using lane::Lane;
using lane::scalar;
using lane::select;

constexpr double pi = 3.14159265358979323846;
constexpr double ln_2 = 0.69314718055994530942;
constexpr double ln_10 = 2.30258509299404568402;

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

/// The second derivative of exprel, the integral of t^2 e^(x t) over [0, 1]: sum x^k / (k! (k + 3)) near 0; elsewhere
/// from the first one by parts.
template <Lane L>
L exprel_second_derivative(L x) {
  const L near = vecmath::detail::polynomial(
      x,
      {1.0f / 3, 1.0f / 4, 1.0f / 10, 1.0f / 36, 1.0f / 168, 1.0f / 960, 1.0f / 6480, 1.0f / 50400, 1.0f / 443520,
       1.0f / 4354560, 1.0f / 47174400, 1.0f / 558835200, 1.0f / 7185024000, 1.0f / 99632332800},
      {1.0 / 3,
       1.0 / 4,
       1.0 / 10,
       1.0 / 36,
       1.0 / 168,
       1.0 / 960,
       1.0 / 6480,
       1.0 / 50400,
       1.0 / 443520,
       1.0 / 4354560,
       1.0 / 47174400,
       1.0 / 558835200,
       1.0 / 7185024000,
       1.0 / 99632332800,
       1.0 / 1482030950400,
       1.0 / 23538138624000,
       1.0 / 397533007872000,
       1.0 / 7113748561920000,
       1.0 / 134449847820288000,
       1.0 / 2676192208994304000,
       1.0 / 5.595674618806272e19,
       1.0 / 1.22618261212102656e21,
       1.0 / 2.8100018194440192e22,
       1.0 / 6.7215243521100939264e23,
       1.0 / 1.675210684679746486272e25});
  const L far = (vecmath::exp(x) - exprel_derivative(x) * number<L>(2)) / x;
  return select(lane::abs(x) < number<L>(2), near, far);
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

// --- registration --------------------------------------------------------------------------------

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
      [](auto x) { return exprel_derivative(x); },
      times([](const Rule& f) { return f.apply("exprel_second_derivative", f.x()); }), -5, 5);
  add_function(
      ops, "exprel_second_derivative", "The second derivative of exprel, 1/3 at 0, within 8 ulp.",
      [](auto x) { return exprel_second_derivative(x); }, times([](const Rule& f) {
        // As in the function itself: sum x^k / (k! (k + 4)) near 0, elsewhere by parts.
        ir::Value* near = f.number(0);
        double factorial = 15511210043330985984000000.0;  // 25!
        for (int k = 25; k >= 0; factorial /= k > 0 ? k : 1, --k)
          near = f.add(f.mul(near, f.x()), f.number(1 / (factorial * (k + 4))));
        ir::Value* far = f.div(f.sub(f.apply("exp", f.x()), f.mul(f.number(3), f.y())), f.x());
        ir::Value* is_near = f.r.apply("lt", {f.apply("abs", f.x()), f.number(2)});
        return f.r.apply("select", {is_near, near, far});
      }),
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

}  // namespace

void register_functions(Registry& ops) {
  register_exponentials(ops);
  register_trigonometry(ops);
  register_powers(ops);
}

}  // namespace brainpy::compiler
