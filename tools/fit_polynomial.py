"""Remez fits of the coefficient sets in compiler/ops/vecmath: prints them as C++ literals with the error reached.
Usage: python3 tools/fit_polynomial.py [name ...]   (needs mpmath; every set is named in FITS below)."""
import struct
import sys

from mpmath import mp, mpf, matrix, lu_solve

mp.dps = 45


def rounded(value, bits):
    """The value as a float of 24 or 53 bits."""
    if bits == 53:
        return mpf(float(value))
    return mpf(struct.unpack("f", struct.pack("f", float(value)))[0])


def remez(target, weight, variable, low, high, terms, skip=()):
    """Minimises max |weight * (target - sum c_k variable^k)|; `skip` holds the leading coefficients that are fixed."""
    first, free = len(skip), terms - len(skip)
    count = 24 * (free + 1)
    grid = [(low + high) / 2 - (high - low) / 2 * mp.cos(mp.pi * i / count) for i in range(count + 1)]
    values = []
    for x in grid:
        u = variable(x)
        values.append((u, target(x) - sum(c * u**k for k, c in enumerate(skip)), weight(x)))
    picks = [round(i * count / free) for i in range(free + 1)]
    for _ in range(12):
        system, right = matrix(free + 1, free + 1), matrix(free + 1, 1)
        for row, i in enumerate(picks):
            u, value, w = values[i]
            for k in range(free):
                system[row, k] = w * u ** (first + k)
            system[row, free] = (-1) ** row
            right[row] = w * value
        solution = lu_solve(system, right)
        errors = [w * (v - sum(solution[k] * u ** (first + k) for k in range(free))) for u, v, w in values]
        best = []
        for i, e in enumerate(errors):
            if best and (errors[best[-1]] > 0) == (e > 0):
                if abs(e) > abs(errors[best[-1]]):
                    best[-1] = i
            else:
                best.append(i)
        while len(best) > free + 1:
            best.pop(0 if abs(errors[best[0]]) < abs(errors[best[-1]]) else -1)
        if len(best) < free + 1 or best == picks:
            break
        picks = best
    return [solution[k] for k in range(free)], max(abs(e) for e in errors)


def fit(name, bits, terms, interval, target, weight, variable):
    """Prints the better of: all coefficients rounded; rounded one at a time, lowest first, the others refitted."""
    low, high = (mpf(x) for x in interval)
    samples = [(variable(x), target(x), weight(x)) for x in (low + (high - low) * i / 800 for i in range(801))]

    def error_of(coefficients):
        return max(abs(w * (t - sum(c * u**k for k, c in enumerate(coefficients)))) for u, t, w in samples)

    rest, ideal = remez(target, weight, variable, low, high, terms)
    plain = [rounded(c, bits) for c in rest]
    fixed = []
    while bits == 24 and len(fixed) < terms:
        fixed.append(rounded(rest[0], bits))
        if len(fixed) < terms:
            rest, _ = remez(target, weight, variable, low, high, terms, fixed)
    best = min([plain] + [fixed] * bool(fixed), key=error_of)
    print(f"// {name}: 2^{float(mp.log(error_of(best), 2)):.1f} (unrounded 2^{float(mp.log(ideal, 2)):.1f})")
    print(", ".join(literal(float(c), bits) for c in best), flush=True)


def literal(value, bits):
    mantissa, exponent = value.hex().split("p")
    return mantissa.rstrip("0") + "p" + exponent + ("f" if bits == 24 else "")


def odd(function, power=3):
    """function(x) = x + x^3 P(x^2): the target of P and the weight that makes its error relative."""
    return (lambda x: (function(x) - x) / x**power, lambda x: x**power / function(x), lambda x: x * x)


def rising_erfc(x):
    return mp.erfc(x) * mp.exp(x * x) * (1 + 2 * x)


def erfc(k):
    """erfc(x) = exp(-x^2) (1 + (1 + t) P(t)) / (1 + 2x) with t = (x - k) / (x + k), as a function of t."""
    x_of = lambda t: k * (1 + t) / (1 - t)
    target = lambda t: (rising_erfc(x_of(t)) - 1) / (1 + t)
    return (target, lambda t: (1 + t) / rising_erfc(x_of(t)), lambda t: t)


tiny = mpf(10) ** -6
half_ln2 = mp.log(2) / 2 * mpf("1.001")
atanh2 = (lambda s: (2 * mp.atanh(s) - 2 * s) / s**3, lambda s: s**3 / (2 * mp.atanh(s)), lambda s: s * s)
expm1 = (lambda r: (mp.expm1(r) - r) / r**2, lambda r: r**2 / mp.expm1(r), lambda r: r)
exp = (expm1[0], lambda r: r**2 / mp.exp(r), expm1[2])
exp2 = (lambda r: mp.expm1(r * mp.log(2)) / r, lambda r: r / mpf(2) ** r, lambda r: r)
cosine = (lambda r: (mp.cos(r) - 1 + r * r / 2) / r**4, lambda r: r**4 / mp.cos(r), lambda r: r * r)
# atanh(s) = s (1 + z / 3 + z^2 P(z)), relative
atanh_rest = (lambda s: ((mp.atanh(s) - s) / s**3 - mpf(1) / 3) / s**2, lambda s: s**5 / mp.atanh(s), lambda s: s * s)
# lgamma(2 + w) = w P(w)
lgamma2 = (lambda w: mp.loggamma(2 + w) / w, lambda w: w / mp.loggamma(2 + w), lambda w: w)
erf = (lambda x: (mp.erf(x) - x) / x, lambda x: x / mp.erf(x), lambda x: x * x)


FITS = {
    "exp32": (24, 5, (-half_ln2 + tiny / 7, half_ln2), *exp),
    "expm1_32": (24, 6, (-half_ln2 + tiny / 7, half_ln2), *expm1),
    "exp64": (53, 10, (-half_ln2 + tiny / 7, half_ln2), *exp),
    "expm1_64": (53, 11, (-half_ln2 + tiny / 7, half_ln2), *expm1),
    "exp2_32": (24, 6, ("-0.5001", "0.50010013"), *exp2),
    "exp2_64": (53, 12, ("-0.5001", "0.50010013"), *exp2),
    "log32": (24, 3, (tiny, "0.1717"), *atanh2),
    "log64": (53, 7, (tiny, "0.1717"), *atanh2),
    "pow64": (53, 8, (mpf(10) ** -4, "0.1717"), *atanh_rest),
    "lgamma32": (53, 9, ("-0.50001", "0.50001111"), *lgamma2),
    "lgamma64": (53, 18, ("-0.50001", "0.50001111"), *lgamma2),
    "sin32": (24, 3, (tiny, "0.79"), *odd(mp.sin)),
    "sin64": (53, 6, (tiny, "0.79"), *odd(mp.sin)),
    "cos32": (24, 3, (tiny, "0.79"), *cosine),
    "cos64": (53, 6, (tiny, "0.79"), *cosine),
    "atan32": (24, 9, (tiny, 1), *odd(mp.atan)),
    "atan64": (53, 20, (tiny, 1), *odd(mp.atan)),
    "asin32": (24, 5, (tiny, "0.5"), *odd(mp.asin)),
    "asin64": (53, 12, (tiny, "0.5"), *odd(mp.asin)),
    "erf32": (24, 7, (tiny, 1), *erf),
    "erf64": (53, 13, (tiny, 1), *erf),
    "erfc32": (24, 9, ("-0.99999", "0.68"), *erfc(mpf(2))),
    "erfc64": (53, 25, ("-0.99999", "0.87"), *erfc(mpf(2))),
}

if __name__ == "__main__":
    for name in sys.argv[1:] or FITS:
        fit(name, *FITS[name])
