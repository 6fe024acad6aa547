// Special functions, SciPy's names and rules: operands broadcast together, integers become floats.
// In: arrays, Variables, views, numbers. Out: arrays. erf, erfc, erfinv and lgamma are in elementwise.hpp.
#pragma once

#include "frontend/math/array.hpp"

namespace brainpy::math {

/// exp(x^2) erfc(x), which is about 1 / (sqrt(pi) x) for large x; infinite below -26.6 (float32: -9.38).
Array erfcx(const Operand& x);
/// The inverse of erfc on (0, 2), also where erfc is tiny; infinite at 0 and 2, NaN outside.
Array erfcinv(const Operand& x);
/// The distribution function of the standard normal distribution, also where it is tiny.
Array ndtr(const Operand& x);
/// log(ndtr(x)), also where ndtr is 0 or 1 in floats.
Array log_ndtr(const Operand& x);
/// The inverse of ndtr on (0, 1); infinite at 0 and 1, NaN outside.
Array ndtri(const Operand& p);

/// The gamma function; NaN at -1, -2, ..., infinite at 0.
Array gamma(const Operand& x);
/// The derivative of lgamma; NaN at 0, -1, -2, ...
Array digamma(const Operand& x);
/// The derivative of digamma.
Array trigamma(const Operand& x);
/// Derivative n of digamma: n of 0 ... 100 (else: ValueError); above n = 0 for x >= 0 (below: NaN).
Array polygamma(int n, const Operand& x);
/// gamma(a) gamma(b) / gamma(a + b) for a, b > 0; infinite where one is 0, NaN below.
Array beta(const Operand& a, const Operand& b);
/// log(beta(a, b)), also where beta is 0 in floats.
Array betaln(const Operand& a, const Operand& b);
/// The regularised lower incomplete gamma function P(a, x), the integral of t^(a - 1) e^-t / gamma(a) from 0 to x, for
/// a > 0 and x >= 0 (else: NaN). In float64 the relative error is below 2e-13. Differentiable by x; by a: ValueError.
Array gammainc(const Operand& a, const Operand& x);
/// The upper one, 1 - gammainc(a, x), also where that is tiny.
Array gammaincc(const Operand& a, const Operand& x);
/// x log(y), and 0 where x is 0.
Array xlogy(const Operand& x, const Operand& y);
/// x log(1 + y), and 0 where x is 0.
Array xlog1py(const Operand& x, const Operand& y);

/// The Mittag-Leffler function E_{alpha,beta}(z) = sum z^k / gamma(alpha k + beta) of real z, for 0 < alpha <= 2 and
/// 0 < beta <= 5 (else: ValueError). E_alpha(-t^alpha) relaxes as the equation D^alpha x = -x of Caputo's derivative
/// does: K. Diethelm, The Analysis of Fractional Differential Equations, 2010, chapter 4. In float64 the relative error
/// is below 1e-12 away from zeros. Up to 8 derivatives by z.
Array mittag_leffler(const Operand& z, double alpha, double beta = 1.0);

}  // namespace brainpy::math
