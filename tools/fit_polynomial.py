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
    if bits == 24:
        best = polished(best, samples)
    print(f"// {name}: 2^{float(mp.log(error_of(best), 2)):.1f} (unrounded 2^{float(mp.log(ideal, 2)):.1f})")
    print(", ".join(literal(float(c), bits) for c in best), flush=True)


def polished(coefficients, samples):
    """Moves f32 coefficients by an ulp while that lowers the largest error."""
    points = [(float(u), float(w)) for u, _, w in samples[::4]]
    targets = [t - sum(c * u**k for k, c in enumerate(coefficients)) for u, t, _ in samples[::4]]
    errors = [float(w * t) for (_, _, w), t in zip(samples[::4], targets)]
    result, worst = list(coefficients), max(map(abs, errors))
    steps = [(k, sign) for k in range(len(result)) for sign in (1, -1)]
    moves = [(s,) for s in steps] + [(a, b) for a in steps for b in steps if a[0] < b[0]]
    improved = True
    while improved:
        improved = False
        for move in moves:
            delta = [(k, sign * 2.0 ** (float(mp.floor(mp.log(abs(result[k]), 2))) - 23)) for k, sign in move]
            trial = [e - w * sum(d * u**k for k, d in delta) for e, (u, w) in zip(errors, points)]
            if max(map(abs, trial)) < worst * 0.999:
                errors, worst, improved = trial, max(map(abs, trial)), True
                for k, d in delta:
                    result[k] += d
    return result


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
exprel = (lambda x: (mp.expm1(x) - x) / x**2, lambda x: x**2 / mp.expm1(x), lambda x: x)
exp2 = (lambda r: mp.expm1(r * mp.log(2)) / r, lambda r: r / mpf(2) ** r, lambda r: r)
cosine = (lambda r: (mp.cos(r) - 1 + r * r / 2) / r**4, lambda r: r**4 / mp.cos(r), lambda r: r * r)
# atanh(s) = s (1 + z / 3 + z^2 P(z)), relative
atanh_rest = (lambda s: ((mp.atanh(s) - s) / s**3 - mpf(1) / 3) / s**2, lambda s: s**5 / mp.atanh(s), lambda s: s * s)
# lgamma(1 + d) = d (d - 1) P(d - 1/2)
lgamma_rest = lambda u: mp.loggamma(mpf(1.5) + u) / ((u + mpf(0.5)) * (u - mpf(0.5)))
lgamma = (lgamma_rest, lambda u: 1 / lgamma_rest(u), lambda u: u)
erf = (lambda x: (mp.erf(x) - x) / x, lambda x: x / mp.erf(x), lambda x: x * x)


def erfinv(k, slope):
    """erfinv(x) = x sqrt(w + 3) (1 + P(u)), w = -log(1 - x^2), u = (slope w - k) / (w + k)."""

    def ratio(u):
        w = k * (1 + u) / (slope - u)
        x, log_rest = mp.sqrt(-mp.expm1(-w)), -w - mp.log1p(mp.sqrt(-mp.expm1(-w)))
        y = mp.sqrt(w) if w > 1 else mp.erfinv(x)
        for _ in range(9 if w > 1 else 0):  # Newton on log erfc(y) = log(1 - x)
            tail = mp.erfc(y)
            y += (mp.log(tail) - log_rest) * tail * mp.exp(y * y) * mp.sqrt(mp.pi) / 2
        return (y / x if w > mpf(10) ** -20 else mp.sqrt(mp.pi) / 2) / mp.sqrt(w + 3)

    return (lambda u: ratio(u) - 1, lambda u: 1 / ratio(u), lambda u: u)


def erfcinv(k, slope):
    """erfcinv(c) = s (1 + P(u)) for c <= 1/2, s = sqrt(-log c), v = s - 13/16, u = (slope v - k) / (v + k)."""

    def ratio(u):
        s = k * (1 + u) / (slope - u) + mpf(13) / 16
        y = s * (1 - mp.exp(-s / 2) * mpf("0.6"))
        for _ in range(9):  # Newton on log erfc(y) = -s^2
            tail = mp.erfc(y)
            y += (mp.log(tail) + s * s) * tail * mp.exp(y * y) * mp.sqrt(mp.pi) / 2
        return y / s

    return (lambda u: ratio(u) - 1, lambda u: 1 / ratio(u), lambda u: u)


FITS = {
    "exp32": (24, 5, (-half_ln2 + tiny / 7, half_ln2), *exp),
    "expm1_32": (24, 6, (-half_ln2 + tiny / 7, half_ln2), *expm1),
    "exp64": (53, 10, (-half_ln2 + tiny / 7, half_ln2), *exp),
    "expm1_64": (53, 11, (-half_ln2 + tiny / 7, half_ln2), *expm1),
    "exprel32": (24, 6, ("-0.7500001", "0.12500013"), *exprel),
    "exprel64": (53, 11, ("-0.7500001", "0.12500013"), *exprel),
    "exp2_32": (24, 6, ("-0.5001", "0.50010013"), *exp2),
    "exp2_64": (53, 12, ("-0.5001", "0.50010013"), *exp2),
    "log32": (24, 3, (tiny, "0.1717"), *atanh2),
    "log64": (53, 7, (tiny, "0.1717"), *atanh2),
    "pow64": (53, 8, (mpf(10) ** -4, "0.1717"), *atanh_rest),
    "lgamma32": (53, 11, ("-0.499999", "0.49999"), *lgamma),
    "lgamma64": (53, 21, ("-0.499999", "0.49999"), *lgamma),
    "erfinv32": (24, 16, ("-0.9999999", 1), *erfinv(12, mpf("2.5"))),
    "erfinv64": (53, 37, ("-0.9999999", 1), *erfinv(8, mpf("1.4375"))),
    "erfcinv32": (24, 12, (-1, "0.975"), *erfcinv(mpf("2.5"), mpf("1.5"))),
    "erfcinv64": (53, 36, (-1, "0.9956"), *erfcinv(4, mpf("1.296875"))),
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
    "erfc32": (24, 10, ("-0.99999", "0.55"), *erfc(mpf(3))),
    "erfc64": (53, 23, ("-0.99999", "0.746"), *erfc(mpf(4))),
}

if __name__ == "__main__":
    for name in sys.argv[1:] or FITS:
        fit(name, *FITS[name])
