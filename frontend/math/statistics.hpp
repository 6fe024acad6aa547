// Statistics of several variables, differences and integrals of sampled functions, interpolation, convolution.
// In: arrays, Variables, views. Out: arrays of floats (diff and convolve keep integers).
#pragma once

#include "frontend/math/array.hpp"

namespace brainpy::math {

/// Covariance of the rows (one variable each; a vector is one), divided by n - ddof.
Array cov(const Operand& a, bool bias = false, std::optional<int> ddof = {});
/// Of the rows; of two vectors: the 2 x 2 matrix.
Array corrcoef(const Operand& a);
Array corrcoef(const Operand& a, const Operand& b);
/// a[i + 1] - a[i] along the axis, n times.
Array diff(const Operand& a, int n = 1, int axis = -1);
Array ediff1d(const Operand& a);
/// Central differences inside, one-sided at both ends, along the axis; two elements or more.
Array gradient(const Operand& a, double spacing = 1.0, int axis = -1);
/// Trapezoidal rule over the axis, samples `dx` apart, or at x.
Array trapz(const Operand& y, double dx = 1.0, int axis = -1);
Array trapz(const Operand& y, const Array& x, int axis = -1);
/// Linear between the points (xp ascending, fp), constant beyond them.
Array interp(const Operand& x, const Operand& xp, const Operand& fp);
/// Of vectors. "full": all places where they overlap; "same": the middle, as long as the longer one; "valid": complete
/// overlap.
Array convolve(const Operand& a, const Operand& v, const std::string& mode = "full");
Array correlate(const Operand& a, const Operand& v, const std::string& mode = "valid");
/// Value of the polynomial with these coefficients, highest power first.
Array polyval(const Operand& coefficients, const Operand& x);

}  // namespace brainpy::math
