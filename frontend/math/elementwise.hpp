// Functions of single elements, NumPy's names and rules: operands broadcast together; numbers are weakly typed.
// In: arrays, Variables, views, numbers. Out: arrays. Functions of real analysis give floats for integers.
//
// Where they differ from NumPy: an integer with a float32 gives float32 (NumPy: float64); integer division by zero
// gives 0; floor, ceil, trunc and rint of integers are the integers (as in NumPy 2.1).
#pragma once

#include "frontend/math/array.hpp"

namespace brainpy::math {

// --- arithmetic ----------------------------------------------------------------------------------

/// On bools: or.
Array add(const Operand& a, const Operand& b);
Array subtract(const Operand& a, const Operand& b);
/// On bools: and.
Array multiply(const Operand& a, const Operand& b);
/// True division: integers give floats.
Array divide(const Operand& a, const Operand& b);
Array true_divide(const Operand& a, const Operand& b);
/// Rounds down.
Array floor_divide(const Operand& a, const Operand& b);
/// With the divisor's sign.
Array mod(const Operand& a, const Operand& b);
Array remainder(const Operand& a, const Operand& b);
/// With the dividend's sign.
Array fmod(const Operand& a, const Operand& b);
/// floor_divide and remainder.
std::vector<Array> divmod(const Operand& a, const Operand& b);
/// Integers to integer powers stay integers (negative powers of integers: ValueError when the number is known, else 0).
/// The numbers 2, 3, 4 as exponents are multiplications.
Array power(const Operand& a, const Operand& b);
Array pow(const Operand& a, const Operand& b);
/// In floats also for integers.
Array float_power(const Operand& a, const Operand& b);
Array negative(const Operand& a);
Array positive(const Operand& a);
Array absolute(const Operand& a);
Array abs(const Operand& a);
/// As abs, in floats.
Array fabs(const Operand& a);
Array sign(const Operand& a);
Array square(const Operand& a);
Array sqrt(const Operand& a);
Array cbrt(const Operand& a);
Array reciprocal(const Operand& a);
/// Rounded once: a * b + c.
Array fma(const Operand& a, const Operand& b, const Operand& c);

// --- exponentials, logarithms --------------------------------------------------------------------

Array exp(const Operand& a);
Array exp2(const Operand& a);
/// exp(a) - 1, exact near 0.
Array expm1(const Operand& a);
Array log(const Operand& a);
Array log2(const Operand& a);
Array log10(const Operand& a);
/// log(1 + a), exact near 0.
Array log1p(const Operand& a);
/// log(exp(a) + exp(b)) without overflow.
Array logaddexp(const Operand& a, const Operand& b);
Array logaddexp2(const Operand& a, const Operand& b);
/// (exp(a) - 1) / a, and 1 at 0.
Array exprel(const Operand& a);

// --- trigonometry (radians) ----------------------------------------------------------------------

Array sin(const Operand& a);
Array cos(const Operand& a);
Array tan(const Operand& a);
Array arcsin(const Operand& a);
Array arccos(const Operand& a);
Array arctan(const Operand& a);
/// Angle of the point (x, y).
Array arctan2(const Operand& y, const Operand& x);
Array sinh(const Operand& a);
Array cosh(const Operand& a);
Array tanh(const Operand& a);
Array arcsinh(const Operand& a);
Array arccosh(const Operand& a);
Array arctanh(const Operand& a);
Array hypot(const Operand& a, const Operand& b);
/// sin(pi a) / (pi a), and 1 at 0.
Array sinc(const Operand& a);
Array deg2rad(const Operand& a);
Array radians(const Operand& a);
Array rad2deg(const Operand& a);
Array degrees(const Operand& a);

// --- special functions ---------------------------------------------------------------------------

Array erf(const Operand& a);
Array erfc(const Operand& a);
Array erfinv(const Operand& a);
/// log |gamma(a)|
Array lgamma(const Operand& a);

// --- choice, limits ------------------------------------------------------------------------------

/// a where the condition holds, else b. Both are computed.
Array where(const Operand& condition, const Operand& a, const Operand& b);
/// The choice of the first condition that holds, else `otherwise`.
Array select(const std::vector<Array>& conditions, const std::vector<Array>& choices, const Operand& otherwise = 0);
/// NaN wins.
Array maximum(const Operand& a, const Operand& b);
Array minimum(const Operand& a, const Operand& b);
/// Numbers win over NaN.
Array fmax(const Operand& a, const Operand& b);
Array fmin(const Operand& a, const Operand& b);
/// minimum(maximum(a, low), high)
Array clip(const Operand& a, const Operand& low, const Operand& high);
/// 0 for negative a, h0 at 0, 1 for positive a.
Array heaviside(const Operand& a, const Operand& h0);
/// NaN becomes `nan`; infinities become the given numbers, or the largest finite ones.
Array nan_to_num(const Operand& a, double nan = 0.0, std::optional<double> posinf = {},
                 std::optional<double> neginf = {});

// --- rounding ------------------------------------------------------------------------------------

Array floor(const Operand& a);
Array ceil(const Operand& a);
Array trunc(const Operand& a);
Array fix(const Operand& a);
/// Ties to even.
Array rint(const Operand& a);
/// To that many decimals, ties to even; negative: to tens, hundreds, ...
Array round(const Operand& a, int decimals = 0);
Array around(const Operand& a, int decimals = 0);

// --- floats' anatomy -----------------------------------------------------------------------------

Array isnan(const Operand& a);
Array isinf(const Operand& a);
Array isfinite(const Operand& a);
Array isposinf(const Operand& a);
Array isneginf(const Operand& a);
Array signbit(const Operand& a);
Array copysign(const Operand& a, const Operand& b);

// --- comparison, logic, bits ---------------------------------------------------------------------

Array equal(const Operand& a, const Operand& b);
Array not_equal(const Operand& a, const Operand& b);
Array less(const Operand& a, const Operand& b);
Array less_equal(const Operand& a, const Operand& b);
Array greater(const Operand& a, const Operand& b);
Array greater_equal(const Operand& a, const Operand& b);
/// |a - b| <= atol + rtol * |b|
Array isclose(const Operand& a, const Operand& b, double rtol = 1e-5, double atol = 1e-8, bool equal_nan = false);
Array allclose(const Operand& a, const Operand& b, double rtol = 1e-5, double atol = 1e-8, bool equal_nan = false);
/// Same shape and same elements.
Array array_equal(const Operand& a, const Operand& b, bool equal_nan = false);
/// On any type: nonzero is true.
Array logical_and(const Operand& a, const Operand& b);
Array logical_or(const Operand& a, const Operand& b);
Array logical_xor(const Operand& a, const Operand& b);
Array logical_not(const Operand& a);
/// Of integers; of bools the logical ones.
Array bitwise_and(const Operand& a, const Operand& b);
Array bitwise_or(const Operand& a, const Operand& b);
Array bitwise_xor(const Operand& a, const Operand& b);
Array bitwise_not(const Operand& a);
Array invert(const Operand& a);
Array left_shift(const Operand& a, const Operand& b);
Array right_shift(const Operand& a, const Operand& b);

// --- activation functions ------------------------------------------------------------------------

/// 1 / (1 + exp(-a))
Array sigmoid(const Operand& a);
/// min(max(a + 3, 0), 6) / 6
Array hard_sigmoid(const Operand& a);
Array relu(const Operand& a);
Array relu6(const Operand& a);
/// slope * a for negative a.
Array leaky_relu(const Operand& a, double slope = 0.01);
/// alpha * (exp(a) - 1) for negative a.
Array elu(const Operand& a, double alpha = 1.0);
/// Self-normalising: Klambauer et al. 2017.
Array selu(const Operand& a);
/// a times the normal distribution function, by its tanh approximation or exactly: Hendrycks & Gimpel 2016.
Array gelu(const Operand& a, bool approximate = true);
/// a * sigmoid(a)
Array silu(const Operand& a);
/// log(1 + exp(a)) without overflow.
Array softplus(const Operand& a);
Array soft_sign(const Operand& a);
Array log_sigmoid(const Operand& a);
/// exp(a) divided by its sum along the axis.
Array softmax(const Operand& a, int axis = -1);
Array log_softmax(const Operand& a, int axis = -1);
/// A last axis of `classes` with 1 at each integer's place, 0 elsewhere (everywhere, for integers outside).
Array one_hot(const Operand& a, std::int64_t classes, std::optional<DType> dtype = {});

}  // namespace brainpy::math
