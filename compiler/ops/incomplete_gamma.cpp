// Three ways: the power series of P for x below a + 1 or so, the continued fraction of Q above (M. Abramowitz, I.
// Stegun, Handbook of Mathematical Functions, 6.5.29 and 6.5.31), and for large a near x = a Temme's uniform expansion
// (N. Temme, SIAM J. Math. Anal. 10, 1979). The number of terms grows like sqrt(a) up to where the third one begins.
#include "compiler/ops/incomplete_gamma.h"

#include <algorithm>
#include <cmath>

#include "compiler/ops/batching.h"
#include "compiler/ops/kernel.h"
#include "compiler/ops/registry.h"
#include "compiler/ops/vecmath.h"

namespace brainpy::compiler {

namespace incomplete_gamma {
namespace {

using Number = lane::Host<double>;

constexpr double root_two_pi = 2.50662827463100050242;
constexpr double accuracy = 1e-17;

double exp(double x) { return vecmath::exp(Number(x)).v; }
double erfc(double x) { return vecmath::erfc(Number(x)).v; }

/// mu - log(1 + mu), without cancellation near 0.
double excess(double mu) {
  if (mu > -0.29 && mu < 0.41) return -vecmath::detail::log1p_tail(Number(mu)).v;
  return mu - vecmath::log1p(Number(mu)).v;
}

/// x^a e^-x / gamma(a + 1)
double density(double a, double x) {
  if (a >= 8) {
    const double rest = vecmath::detail::stirling_rest(Number(a)).v;
    return exp(-a * excess((x - a) / a) - rest) / (root_two_pi * std::sqrt(a));
  }
  if (x > 800) return 0;
  return vecmath::pow(Number(x), Number(a)).v * exp(-x) / vecmath::gamma(Number(a + 1)).v;
}

/// P: the sum of x^k / ((a + 1) ... (a + k)).
double series(double a, double x) {
  double sum = 1, term = 1;
  for (double k = 1; term > accuracy * sum; ++k) {
    term *= x / (a + k);
    sum += term;
  }
  return density(a, x) * sum;
}

/// Q by Lentz's method, for x above a and 1.
double fraction(double a, double x) {
  double b = x + 1 - a, c = 1e300, d = 1 / b, product = d;
  for (double k = 1;; ++k) {
    const double above = -k * (k - a);
    b += 2;
    d = 1 / (above * d + b);
    c = b + above / c;
    product *= c * d;
    if (!(std::fabs(c * d - 1) > 4.5e-16)) break;
  }
  return density(a, x) * a * product;
}

/// Q for x <= 1 and small a, where 1 - P would cancel: x^a / gamma(a + 1) is near 1, and what it lacks comes from its
/// logarithm.
double small_order(double a, double x) {
  double sum = 0, term = 1;  // of (-x)^k / (k! (a + k)), k from 1 on
  for (double k = 1; std::fabs(term) > accuracy; ++k) {
    term *= -x / k;
    sum += term / (a + k);
  }
  // lgamma(1 + a) without the rounding of 1 + a.
  const double lgamma = a * (a - 1) * vecmath::detail::lgamma_series<Number, false>(Number(a - 0.5)).v;
  const double logarithm = a * vecmath::log(Number(x)).v - lgamma;
  return -vecmath::expm1(Number(logarithm)).v - a * exp(logarithm) * sum;
}

/// Q for large a and the sign 1, P for the sign -1: half erfc(sign eta sqrt(a / 2)), and the first two terms of what
/// it lacks, eta^2 / 2 = mu - log(1 + mu).
double uniform(double a, double x, double sign) {
  const double mu = (x - a) / a, half_square = excess(mu), eta = std::copysign(std::sqrt(2 * half_square), mu);
  const double exponent = a * half_square;
  const double first = std::fabs(eta) > 0.1
                           ? 1 / mu - 1 / eta
                           : vecmath::detail::horner(Number(eta), {-1.0 / 3, 1.0 / 12, -2.0 / 135, 1.0 / 864,
                                                                   1.0 / 2835, -139.0 / 777600, 1.0 / 25515})
                                 .v;
  const double rest = exp(-exponent) / (root_two_pi * std::sqrt(a)) * (first - (1.0 / 540 + eta / 288) / a);
  return 0.5 * erfc(sign * std::copysign(std::sqrt(exponent), mu)) + sign * rest;
}

bool is_outside(double a, double x) { return !(a > 0) || !(x >= 0) || (std::isinf(a) && std::isinf(x)); }
bool near_middle(double a, double x) { return a >= uniform_from && std::fabs(x - a) < 0.1 * a; }
/// Where P is the smaller one, and its series is short.
bool series_converges(double a, double x) { return x <= 1 || x < a; }

}  // namespace

double lower(double a, double x) {
  if (is_outside(a, x)) return std::nan("");
  if (x == 0 || std::isinf(a)) return 0;
  if (std::isinf(x)) return 1;
  if (near_middle(a, x)) return uniform(a, x, -1);
  return series_converges(a, x) ? series(a, x) : 1 - fraction(a, x);
}

double upper(double a, double x) {
  if (is_outside(a, x)) return std::nan("");
  if (x == 0 || std::isinf(a)) return 1;
  if (std::isinf(x)) return 0;
  if (near_middle(a, x)) return uniform(a, x, 1);
  if (x <= 1 && a < 1) return small_order(a, x);
  return series_converges(a, x) ? 1 - series(a, x) : fraction(a, x);
}

}  // namespace incomplete_gamma

namespace {

template <double (*function)(double, double)>
void add(Registry& ops, const char* name, const char* doc, double sign) {
  OpDef def = kernel::kernel_op(
      name, doc, ShapeClass::opaque, 2,
      [name](std::span<const Type> operands, const Attributes&) -> std::vector<Type> {
        kernel::expect_operands(name, operands, 2, "a, x");
        kernel::expect_float(name, operands[0]);
        kernel::expect_same_dtype(name, operands, 0, 1);
        if (!(operands[0].shape == operands[1].shape))
          kernel::shape_error(name, "a and x differ in shape", kernel::list_types(operands),
                              "broadcast them to one shape");
        return {operands[0]};
      },
      [](const KernelCall& call) {
        kernel::dispatch(Floats{}, call.out_types[0].dtype, [&](auto type) {
          using T = typename decltype(type)::type;
          const T *a = call.input<T>(0), *x = call.input<T>(1);
          T* out = call.output<T>(0);
          for (std::int64_t i = 0; i < call.out_types[0].size(); ++i)
            out[i] = static_cast<T>(function(static_cast<double>(a[i]), static_cast<double>(x[i])));
        });
      });
  def.jvp = JvpFn([name, sign](JvpRule& r) -> std::vector<ir::Value*> {
    if (r.tangent(0))
      throw runtime::ValueError(
          {.what = std::string(name) + ": has no derivative with respect to a",
           .where = r.op().location,
           .values = "a " + to_string(r.op().operands[0]->type),
           .hint = "only x is differentiable; let a be a constant of the differentiated function"});
    // sign x^(a - 1) e^-x / gamma(a)
    ir::Value *a = r.operand(0), *x = r.operand(1);
    ir::Value* power = r.apply("xlogy", {r.apply("sub", {a, r.number(1, a->type.dtype)}), x});
    ir::Value* exponent = r.apply("sub", {r.apply("sub", {power, x}), r.apply("lgamma", {a})});
    ir::Value* slope = r.apply("mul", {r.number(sign, a->type.dtype), r.apply("exp", {exponent})});
    return {r.apply("mul", {r.tangent(1), slope})};
  });
  def.never_fails = true;
  def.batch = BatchFn(batching::leading_axes);  // element by element
  kernel::add_samples(def, kernel::sample_floats,
                      [](DType dtype, std::int64_t n) {
                        return std::vector<Type>{{dtype, {n}}, {dtype, {n}}};
                      },
                      {{0.5, 12}, {0.1, 15}});
  ops.add(std::move(def));
}

}  // namespace

void register_incomplete_gamma(Registry& ops) {
  add<incomplete_gamma::lower>(
      ops, "gammainc",
      "gammainc(a, x) = P(a, x), the regularised lower incomplete gamma function, for a > 0, x >= 0 (else: NaN), "
      "within 2e-13 relative (f64), 1 ulp (f32); differentiable by x.",
      1);
  add<incomplete_gamma::upper>(ops, "gammaincc",
                               "gammaincc(a, x) = 1 - gammainc(a, x), also where that is tiny; as gammainc.", -1);
}

}  // namespace brainpy::compiler
