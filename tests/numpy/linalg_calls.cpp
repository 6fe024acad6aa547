// Calls of products and linear algebra; decompositions are put together again.
#include "case.h"

namespace numpy_test {

namespace {

bm::Array transposed(const bm::Array& a) { return bm::swapaxes(a, -1, -2); }

}  // namespace

void add_linalg_calls(Table& table) {
  using Product = bm::Array (*)(const bm::Operand&, const bm::Operand&);
  const std::pair<const char*, Product> products[] = {
      {"dot", bm::dot},   {"vdot", bm::vdot},     {"inner", bm::inner}, {"outer", bm::outer},
      {"kron", bm::kron}, {"matmul", bm::matmul}, {"cross", bm::cross}, {"solve", bm::linalg::solve}};
  for (const auto& [name, function] : products)
    table[name] = [function = function](const Case& c) { return Arrays{function(c.in[0], c.in[1])}; };
  table["tensordot"] = [](const Case& c) {
    if (c.has("axes")) return Arrays{bm::tensordot(c.in[0], c.in[1], c.integer("axes"))};
    return Arrays{bm::tensordot(c.in[0], c.in[1], c.short_list("axes_of_a"), c.short_list("axes_of_b"))};
  };
  table["einsum"] = [](const Case& c) { return Arrays{bm::einsum(c.text("subscripts"), c.in)}; };

  using Unary = bm::Array (*)(const bm::Operand&);
  const std::pair<const char*, Unary> unary[] = {
      {"inv", bm::linalg::inv},           {"det", bm::linalg::det},   {"eigvalsh", bm::linalg::eigvalsh},
      {"cholesky", bm::linalg::cholesky}, {"pinv", bm::linalg::pinv}, {"matrix_rank", bm::linalg::matrix_rank}};
  for (const auto& [name, function] : unary)
    table[name] = [function = function](const Case& c) { return Arrays{function(c.in[0])}; };
  table["slogdet"] = [](const Case& c) {
    const auto [sign, logarithm] = bm::linalg::slogdet(c.in[0]);
    return Arrays{sign, logarithm};
  };
  table["matrix_power"] = [](const Case& c) { return Arrays{bm::linalg::matrix_power(c.in[0], c.integer("n"))}; };
  table["eigh_and_back"] = [](const Case& c) {
    const auto [w, v] = bm::linalg::eigh(c.in[0]);
    return Arrays{w, bm::matmul(v * bm::expand_dims(w, -2), transposed(v))};
  };
  // (A - w) v in real and imaginary parts: zero.
  table["eig_residual"] = [](const Case& c) {
    const auto [wr, wi, vr, vi] = bm::linalg::eig(c.in[0]);
    const bm::Array real = bm::matmul(c.in[0], vr) - vr * bm::expand_dims(wr, -2) + vi * bm::expand_dims(wi, -2);
    const bm::Array imaginary = bm::matmul(c.in[0], vi) - vr * bm::expand_dims(wi, -2) - vi * bm::expand_dims(wr, -2);
    return Arrays{bm::abs(real) + bm::abs(imaginary)};
  };
  table["svd_and_back"] = [](const Case& c) {
    const auto [u, s, vh] = bm::linalg::svd(c.in[0]);
    return Arrays{s, bm::matmul(u * s, vh)};
  };
  table["qr_and_back"] = [](const Case& c) {
    const auto [q, r] = bm::linalg::qr(c.in[0]);
    return Arrays{bm::matmul(q, bm::triu(r)), bm::matmul(transposed(q), q)};
  };
  table["lstsq"] = [](const Case& c) { return Arrays{bm::linalg::lstsq(c.in[0], c.in[1]).x}; };
  table["norm"] = [](const Case& c) {
    const std::optional<double> order = c.has("order") ? std::optional<double>(c.real("order")) : std::nullopt;
    return Arrays{bm::linalg::norm(c.in[0], order, c.axes())};
  };
}

}  // namespace numpy_test
