// The regularised incomplete gamma functions for real arguments.
// In: numbers. Out: a number, computed in double with our own elementary functions.
#pragma once

namespace brainpy::compiler::incomplete_gamma {

/// From this order on only the first terms of the uniform expansion are used.
inline constexpr double uniform_from = 1e6;

/// P(a, x), the integral of t^(a - 1) e^-t / gamma(a) from 0 to x, for a > 0 and x >= 0; else NaN.
double lower(double a, double x);
/// 1 - P(a, x), also where it is tiny.
double upper(double a, double x);

}  // namespace brainpy::compiler::incomplete_gamma
