#include "frontend/math/special.hpp"

#include "frontend/math/primitives.h"

namespace brainpy::math {

namespace {

/// An operation on two arrays of one shape that is not a map.
Array kernel_of_two(const char* name, const Operand& a, const Operand& b) {
  const DType dtype = to_float(common_dtype({a, b}));
  const Site& site = a.site();
  const Array x = convert(a.array(dtype), dtype, site), y = convert(b.array(dtype), dtype, site);
  const Shape shape = common_shape({x, y}, name, site);
  return apply(name, {broadcast_array(x, shape, site), broadcast_array(y, shape, site)}, {}, site);
}

}  // namespace

Array erfcx(const Operand& x) { return float_unary("erfcx", x); }
Array erfcinv(const Operand& x) { return float_unary("erfcinv", x); }
Array ndtr(const Operand& x) { return float_unary("ndtr", x); }
Array log_ndtr(const Operand& x) { return float_unary("log_ndtr", x); }
Array ndtri(const Operand& p) { return float_unary("ndtri", p); }

Array gamma(const Operand& x) { return float_unary("gamma", x); }
Array digamma(const Operand& x) { return float_unary("digamma", x); }
Array trigamma(const Operand& x) { return float_unary("trigamma", x); }

Array polygamma(int n, const Operand& x) {
  if (n < 0 || n > 100)
    value_error("polygamma: the order is not in 0 ... 100", x.site(), "n is " + std::to_string(n),
                "order n is derivative n of bm::digamma");
  const DType dtype = to_float(common_dtype({x}));
  return map("polygamma", {number(dtype, static_cast<double>(n)), convert(x.array(dtype), dtype, x.site())}, x.site());
}

Array beta(const Operand& a, const Operand& b) { return float_binary("beta", a, b); }
Array betaln(const Operand& a, const Operand& b) { return float_binary("betaln", a, b); }

Array gammainc(const Operand& a, const Operand& x) { return kernel_of_two("gammainc", a, x); }
Array gammaincc(const Operand& a, const Operand& x) { return kernel_of_two("gammaincc", a, x); }

Array xlogy(const Operand& x, const Operand& y) { return float_binary("xlogy", x, y); }
Array xlog1py(const Operand& x, const Operand& y) { return float_binary("xlog1py", x, y); }

Array mittag_leffler(const Operand& z, double alpha, double beta) {
  const DType dtype = to_float(common_dtype({z}));
  try {
    return apply("mittag_leffler", {convert(z.array(dtype), dtype, z.site())}, {{"alpha", alpha}, {"beta", beta}},
                 z.site());
  } catch (const Error& e) {
    e.rethrow_at(location_of(z.site()));
    throw;
  }
}

}  // namespace brainpy::math
