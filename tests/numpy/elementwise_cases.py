"""Functions of single elements."""
import ctypes
import math

import numpy as np

from cases import FLOATS, NUMBERS, SHAPES, case, draw, higher, rng

# --- elementwise, one operand -------------------------------------------------------------------------------------------
SPECIAL = np.array([0.0, -0.0, np.inf, -np.inf, np.nan, 1.0, -1.0])


def unary(name, f, low=-4.0, high=4.0, tolerance="ulp:2", special=True):
    """Exact ones are IEEE operations: NumPy rounds them once in their own precision."""
    precise = higher if tolerance != "exact" else np.asarray
    for dtype in FLOATS:
        for shape in SHAPES:
            a = draw(shape, dtype, low, high)
            case(name, [a], f(precise(a)).astype(dtype), tolerance)
        a = draw((200,), dtype, low, high)
        case(name, [a], f(precise(a)).astype(dtype), tolerance)
        if special:
            a = SPECIAL.astype(dtype)
            case(name, [a], f(precise(a)).astype(dtype), tolerance)
    a = draw((5,), np.int32, max(low, -50), min(high, 50))
    case(name, [a], np.asarray(f(precise(a.astype(np.float32)))), tolerance)


unary("exp", np.exp, -80, 80)
unary("exp2", np.exp2, -100, 100)
unary("expm1", np.expm1, -30, 30)
unary("log", np.log, 1e-3, 1e3)
unary("log2", np.log2, 1e-3, 1e3)
unary("log10", np.log10, 1e-3, 1e3)
unary("log1p", np.log1p, -0.9, 1e2)
unary("sqrt", np.sqrt, 0, 1e4, "exact")
unary("cbrt", np.cbrt, -1e3, 1e3)
unary("sin", np.sin, -100, 100)
unary("cos", np.cos, -100, 100)
unary("tan", np.tan, -100, 100)
unary("arcsin", np.arcsin, -1, 1)
unary("arccos", np.arccos, -1, 1)
unary("arctan", np.arctan, -50, 50)
unary("sinh", np.sinh, -20, 20)
unary("cosh", np.cosh, -20, 20)
unary("tanh", np.tanh, -12, 12)
unary("arcsinh", np.arcsinh, -1e3, 1e3)
unary("arccosh", np.arccosh, 1, 1e3)
unary("arctanh", np.arctanh, -0.99, 0.99)
unary("reciprocal", np.reciprocal, 0.1, 1e3, "exact")
for degrees in ("deg2rad", "radians"):
    unary(degrees, lambda x: x * (np.longdouble("3.14159265358979323846264338327950288") / 180), -720, 720, "ulp:1")
for radians in ("rad2deg", "degrees"):
    unary(radians, lambda x: x * (180 / np.longdouble("3.14159265358979323846264338327950288")), -12, 12, "ulp:1")
unary("sinc", lambda x: np.where(x == 0, 1, np.sin(np.longdouble(np.pi) * x) / np.where(x == 0, 1, np.longdouble(np.pi) * x)), -0.9, 0.9, "ulp:4", False)
unary("erf", np.vectorize(lambda x: math.erf(float(x)), otypes=[np.float64]), -5, 5, "ulp:3")
unary("erfc", np.vectorize(lambda x: math.erfc(float(x)), otypes=[np.float64]), -5, 5, "ulp:3")
# The C library's: CPython's own cancels near 2.
libm = ctypes.CDLL("libm.so.6")
libm.lgamma.restype, libm.lgamma.argtypes = ctypes.c_double, [ctypes.c_double]
unary("lgamma", np.vectorize(lambda x: libm.lgamma(float(x)), otypes=[np.float64]), 2.5, 60, "ulp:4", False)
unary("sigmoid", lambda x: 1 / (1 + np.exp(-x)), -20, 20, "ulp:3")
unary("softplus", lambda x: np.logaddexp(x, 0), -20, 20, "ulp:3")
unary("silu", lambda x: x / (1 + np.exp(-x)), -10, 10, "ulp:4", False)
unary("elu", lambda x: np.where(x > 0, x, np.expm1(x)), -5, 5, "ulp:2")
unary("selu", lambda x: 1.0507009873554804934 * np.where(x > 0, x, 1.6732632423543772848 * np.expm1(x)), -5, 5, "ulp:4", False)
unary("gelu", lambda x: x / 2 * (1 + np.tanh(np.sqrt(2 / np.longdouble(np.pi)) * (x + np.longdouble("0.044715") * x**3))), -2, 4, "close:4e-7", False)
unary("soft_sign", lambda x: x / (1 + np.abs(x)), -5, 5, "ulp:2", False)
unary("log_sigmoid", lambda x: -np.logaddexp(-x, 0), -20, 20, "ulp:3", False)
unary("leaky_relu", lambda x: np.where(x >= 0, x, x * 0.01), -5, 5, "ulp:2", False)
unary("hard_sigmoid", lambda x: np.clip(x + 3, 0, 6) / 6, -5, 5, "ulp:2", False)
unary("exprel", lambda x: np.where(x == 0, 1, np.expm1(x) / np.where(x == 0, 1, x)), -20, 20, "ulp:3", False)


def exact_unary(name, f, dtypes, low=-50.0, high=50.0):
    for dtype in dtypes:
        for shape in SHAPES:
            a = draw(shape, dtype, low, high)
            case(name, [a], f(a))
        if np.dtype(dtype).kind == "f":
            a = np.concatenate([SPECIAL, [0.5, 1.5, 2.5, -0.5, -1.5]]).astype(dtype)
            case(name, [a], f(a))


exact_unary("negative", np.negative, NUMBERS)
exact_unary("positive", np.positive, NUMBERS)
exact_unary("abs", np.abs, NUMBERS)
exact_unary("absolute", np.abs, NUMBERS)
exact_unary("fabs", np.fabs, FLOATS)
exact_unary("sign", np.sign, NUMBERS)
exact_unary("square", np.square, NUMBERS)
for rounding in ("floor", "ceil", "trunc", "fix", "rint"):
    exact_unary(rounding, getattr(np, rounding), FLOATS)
exact_unary("round", np.round, FLOATS)
for question in ("isnan", "isinf", "isfinite", "isposinf", "isneginf", "signbit"):
    exact_unary(question, getattr(np, question), FLOATS)
exact_unary("nan_to_num", np.nan_to_num, FLOATS)
exact_unary("relu", lambda x: np.maximum(x, 0), (np.int32, np.int64))
exact_unary("relu6", lambda x: np.clip(x, 0, 6), (np.int32, np.int64))
exact_unary("logical_not", np.logical_not, NUMBERS + (np.bool_,))
for inversion in ("invert", "bitwise_not"):
    exact_unary(inversion, np.invert, (np.int32, np.int64, np.uint32, np.bool_))
for decimals in (1, 2, -1):
    a = draw((20,), np.float64, -100, 100)
    case("round_decimals", [a], np.round(a, decimals), "ulp:1", decimals=decimals)

PAIRS = [((), ()), ((9,), (9,)), ((3, 1), (1, 4)), ((2, 3, 4), (4,)), ((0, 3), (3,)), ((3, 4), ())]

# --- elementwise, two operands ------------------------------------------------------------------------------------------


def binary(name, f, low=-4.0, high=4.0, tolerance="ulp:2"):
    for dtype in FLOATS:
        for left, right in PAIRS:
            a, b = draw(left, dtype, low, high), draw(right, dtype, low, high)
            case(name, [a, b], np.asarray(f(higher(a), higher(b))).astype(dtype), tolerance)


def exact_binary(name, f, dtypes, low=-20.0, high=20.0):
    for dtype in dtypes:
        for left, right in PAIRS:
            a, b = draw(left, dtype, low, high), draw(right, dtype, low, high)
            case(name, [a, b], f(a, b))


binary("arctan2", np.arctan2)
binary("hypot", np.hypot)
binary("logaddexp", np.logaddexp, -30, 30, "ulp:3")
binary("logaddexp2", np.logaddexp2, -30, 30, "close:1e-6")
binary("power_float", np.power, 0.1, 6)
binary("float_power", np.power, 0.1, 6)
binary("fmod", np.fmod, 0.5, 40, "ulp:1")
for name in ("mod", "remainder"):
    binary(name, np.mod, 0.5, 40, "ulp:1")
exact_binary("add", np.add, NUMBERS + (np.bool_,))
exact_binary("subtract", np.subtract, NUMBERS)
exact_binary("multiply", np.multiply, NUMBERS + (np.bool_,))
exact_binary("divide", np.divide, FLOATS, 0.5, 20)
exact_binary("true_divide", np.true_divide, FLOATS, 0.5, 20)
exact_binary("floor_divide", np.floor_divide, NUMBERS, 1, 30)
exact_binary("mod", np.mod, (np.int32, np.int64), 1, 30)
exact_binary("fmod", np.fmod, (np.int32, np.int64), 1, 30)
for dtype in (np.int32, np.int64):
    a, b = draw((30,), dtype, -50, 50), draw((30,), dtype, 1, 9) * rng.choice([-1, 1], 30).astype(dtype)
    case("floor_divide", [a, b], a // b)
    case("remainder", [a, b], a % b)
    case("fmod", [a, b], np.fmod(a, b))
    base, exponent = draw((30,), dtype, -5, 5), draw((30,), dtype, 0, 30)
    case("power", [base, exponent], base**exponent)
    case("pow", [base, exponent], base**exponent)
for number in (0, 1, 2, 3, 4, 7):
    a = draw((12,), np.int32, -5, 5)
    case("power_number", [a], (a**number).astype(np.int32), number=number)
for name in ("maximum", "minimum", "fmax", "fmin"):
    exact_binary(name, getattr(np, name), NUMBERS)
    a, b = np.array([1, np.nan, 2, np.nan, -3]), np.array([np.nan, 1, 3, np.nan, -4])
    for dtype in FLOATS:
        case(name, [a.astype(dtype), b.astype(dtype)], getattr(np, name)(a, b).astype(dtype))
exact_binary("copysign", np.copysign, FLOATS)
exact_binary("heaviside", np.heaviside, FLOATS)
for name in ("equal", "not_equal", "less", "less_equal", "greater", "greater_equal"):
    exact_binary(name, getattr(np, name), NUMBERS + (np.bool_,), -3, 3)
for name in ("logical_and", "logical_or", "logical_xor"):
    exact_binary(name, getattr(np, name), NUMBERS + (np.bool_,), -1, 1)
for name in ("bitwise_and", "bitwise_or", "bitwise_xor"):
    exact_binary(name, getattr(np, name), (np.int32, np.int64, np.bool_), -100, 100)
for name in ("left_shift", "right_shift"):
    exact_binary(name, getattr(np, name), (np.int32, np.int64), 0, 12)
for dtype in FLOATS:
    a = draw((6,), dtype)
    b = (a + np.array([0, 1e-6, 1e-3, 0, np.nan, np.inf]).astype(dtype)).astype(dtype)
    case("isclose", [a, b], np.isclose(a, b))
    case("allclose", [a, b], np.asarray(np.allclose(a, b)))
    case("array_equal", [a, b], np.asarray(np.array_equal(a, b)))
    case("array_equal", [a, a], np.asarray(True))
for dtype in NUMBERS:
    for left, right in PAIRS:
        c, a, b = draw(left, np.bool_), draw(left, dtype), draw(right, dtype)
        case("where", [c, a, b], np.where(c, a, b))
    a = draw((4, 5), dtype, -9, 9)
    low, high = draw((5,), dtype, -5, -1), draw((4, 1), dtype, 0, 5)
    case("clip", [a, low, high], np.clip(a, low, high))
q, r = np.divmod(np.arange(-9, 9, dtype=np.int32), np.int32(4))
case("divmod", [np.arange(-9, 9, dtype=np.int32), np.int32(4)], [q, r])
a, b, c = draw((9,), np.float32), draw((9,), np.float32), draw((9,), np.float32)
case("fma", [a, b, c], higher(a) * higher(b) + higher(c))

