// Products and linear algebra, NumPy's names and rules.
// In: arrays, Variables, views. Out: arrays; decompositions give structs of arrays. Integers are computed in floats
// where a division or a root is needed. A leading batch of matrices works everywhere but in lstsq.
#pragma once

#include "frontend/math/array.hpp"
#include "frontend/math/reductions.hpp"

namespace brainpy::math {

/// Sum of products over the last axis of a and the second-last of b (the only one of a vector).
Array dot(const Operand& a, const Operand& b);
/// Of the flattened arrays.
Array vdot(const Operand& a, const Operand& b);
/// Over the last axes of both.
Array inner(const Operand& a, const Operand& b);
Array outer(const Operand& a, const Operand& b);
/// Matrices in the last two axes, the axes before them broadcast; a vector is a row at the left, a column at the right.
Array matmul(const Operand& a, const Operand& b);
/// Over the last `axes` axes of a and the first of b, or over the listed pairs.
Array tensordot(const Operand& a, const Operand& b, int axes = 2);
Array tensordot(const Operand& a, const Operand& b, const std::vector<int>& axes_of_a,
                const std::vector<int>& axes_of_b);
/// "ij,jk->ik": letters name axes, those missing at the right are summed; without "->" the letters that occur once, in
/// alphabetic order. One or more operands; a letter repeated within one takes its diagonal. "..." is not known.
Array einsum(const std::string& subscripts, const std::vector<Array>& operands, Site site = Site::current());
Array einsum(const std::string& subscripts, const Operand& a, const Operand& b);
Array kron(const Operand& a, const Operand& b);
/// Of vectors of three elements in the last axis.
Array cross(const Operand& a, const Operand& b);

namespace linalg {

struct SVDResult {
  Array U, S, Vh;
};
struct QRResult {
  Array Q, R;
};
struct EigResult {  ///< of symmetric matrices: ascending; eigenvectors are columns
  Array eigenvalues, eigenvectors;
};
struct ComplexEigResult {  ///< of any matrix: real and imaginary parts, eigenvectors are columns
  Array real, imaginary, vectors_real, vectors_imaginary;
};
struct SlogdetResult {
  Array sign, logabsdet;
};
struct LstsqResult {
  Array x, residuals, rank, singular_values;
};

/// Vectors: the p-norm (2 by default; infinity; 1; 0 counts). Matrices (two axes): "fro" without an order, else 1 and
/// infinity (largest column and row sum), 2 (largest singular value). All axes: the 2-norm of the elements.
Array norm(const Operand& a, std::optional<double> order = {}, const Axes& axes = {}, bool keepdims = false);
/// x of a x = b; b is a vector or a matrix. A singular matrix is a ValueError, here and in inv.
Array solve(const Operand& a, const Operand& b);
Array inv(const Operand& a);
Array det(const Operand& a);
SlogdetResult slogdet(const Operand& a);
ComplexEigResult eig(const Operand& a);
EigResult eigh(const Operand& a);
Array eigvalsh(const Operand& a);
SVDResult svd(const Operand& a);
QRResult qr(const Operand& a);
/// The lower triangle L of a = L L^T.
Array cholesky(const Operand& a);
/// x with the smallest |a x - b|, and of those the smallest.
LstsqResult lstsq(const Operand& a, const Operand& b);
/// Moore-Penrose inverse.
Array pinv(const Operand& a);
/// Singular values above largest * max(rows, columns) * epsilon.
Array matrix_rank(const Operand& a);
Array matrix_power(const Operand& a, int n);

}  // namespace linalg
}  // namespace brainpy::math
