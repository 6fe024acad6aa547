// Three ways by the size of z: the series near 0, the asymptotic expansion far from it (R. Gorenflo, J. Loutchko,
// Yu. Luchko, Fract. Calc. Appl. Anal. 5, 2002), and between them the inverse Laplace transform
//   d^n/dz^n E_{alpha,beta}(z) = n!/(2 pi i) integral e^s s^(alpha - beta) / (s^alpha - z)^(n + 1) ds
// by the trapezoidal rule on a parabola around the negative axis, on which it converges geometrically; poles that
// the parabola leaves outside are added as residues (R. Garrappa, SIAM J. Numer. Anal. 53, 2015, whose parabolas
// widen with the number of nodes; ours stay narrow, so that small values keep their relative precision, and take more
// nodes instead).
#include "compiler/ops/mittag_leffler.h"

#include <algorithm>
#include <cmath>
#include <complex>
#include <vector>

#include <fmt/format.h>

#include "compiler/ops/batching.h"
#include "compiler/ops/kernel.h"
#include "compiler/ops/registry.h"
#include "compiler/ops/vecmath.h"

namespace brainpy::compiler {

namespace mittag_leffler {
namespace {

using Complex = std::complex<double>;
using Number = lane::Host<double>;

constexpr double pi = 3.14159265358979323846;
/// e^-42 is below half an ulp of what is summed, with room for constants.
constexpr double digits = 42;
/// From |z|^(1/alpha) on the asymptotic expansion reaches full precision.
constexpr double far = 55;
constexpr double near = 0.5;

double log(double x) { return vecmath::log(Number(x)).v; }
double exp(double x) { return vecmath::exp(Number(x)).v; }
double power(double x, double y) { return vecmath::pow(Number(x), Number(y)).v; }

/// e^(x + iy)
Complex exponential(double x, double y) {
  const double size = exp(x);
  return {size * vecmath::cos(Number(y)).v, size * vecmath::sin(Number(y)).v};
}

/// 1 / Gamma(x), which is 0 at 0, -1, -2, ...
double inverse_gamma(double x) {
  if (x <= 0 && x == std::floor(x)) return 0;
  return 1 / vecmath::gamma(Number(x)).v;
}

/// A number given by its logarithm and its angle: products and real powers stay exact in both.
struct Polar {
  double log_size, angle;
  Complex power(double exponent) const { return exponential(exponent * log_size, exponent * angle); }
};

double series(double z, const Kind& kind) {
  double sum = 0, factor = 1;  // k! / (k - n)! z^(k - n)
  for (int j = 2; j <= kind.order; ++j) factor *= j;
  int small = 0;
  for (int k = kind.order; small < 3; ++k) {
    const double term = factor * inverse_gamma(kind.alpha * k + kind.beta);
    sum += term;
    small = std::fabs(term) <= 1e-18 * std::fabs(sum) ? small + 1 : 0;
    factor *= z * (k + 1) / (k + 1 - kind.order);
  }
  return sum;
}

/// What the pole s = |z|^(1/alpha) e^(i angle) adds: derivative n of e^s s^(1 - beta) / alpha by z, where
/// ds/dz = s^(1 - alpha) / alpha. Each derivative turns e^s s^q into (e^s s^(q + 1 - alpha) + q e^s s^(q - alpha)) /
/// alpha.
Complex residue(const Polar& s, const Kind& kind) {
  struct Term {
    double factor, exponent;
  };
  std::vector<Term> terms = {{1 / kind.alpha, 1 - kind.beta}};
  for (int n = 0; n < kind.order; ++n) {
    std::vector<Term> next;
    for (const Term& t : terms) {
      next.push_back({t.factor / kind.alpha, t.exponent + 1 - kind.alpha});
      if (t.exponent != 0) next.push_back({t.factor * t.exponent / kind.alpha, t.exponent - kind.alpha});
    }
    terms = std::move(next);
  }
  Complex sum = 0;
  for (const Term& t : terms) sum += t.factor * s.power(t.exponent);
  const Complex at = s.power(1);
  return sum * exponential(at.real(), at.imag());
}

/// What all poles off the negative axis add: one for z > 0, a conjugate pair for z < 0 where alpha > 1.
double residues(double z, const Kind& kind) {
  const double log_size = log(std::fabs(z)) / kind.alpha;
  if (z > 0) return residue({log_size, 0}, kind).real();
  return kind.alpha > 1 ? 2 * residue({log_size, pi / kind.alpha}, kind).real() : 0;
}

/// -sum_k d^n/dz^n z^-k / Gamma(beta - alpha k), and the exponentials. The terms shrink up to alpha k = |z|^(1/alpha).
double asymptotic(double z, const Kind& kind) {
  double sum = 0, factor = -1;  // -(-1)^n k (k + 1) ... (k + n - 1) z^(-k - n)
  for (int j = 1; j <= kind.order; ++j) factor *= -j / z;
  int small = 0;
  for (int k = 1; small < 3 && kind.alpha * k < far; ++k) {
    factor /= z;
    const double term = factor * inverse_gamma(kind.beta - kind.alpha * k);
    sum += term;
    small = std::fabs(term) <= 1e-18 * std::fabs(sum) ? small + 1 : 0;
    factor *= static_cast<double>(k + kind.order) / k;
  }
  return sum + residues(z, kind);
}

/// s = vertex (1 + iu)^2 for steps of u, and whether the poles lie outside.
struct Parabola {
  double vertex, step;
  int count;
  bool poles_outside;
};

/// The error of the trapezoidal rule is e^(-2 pi c / step) times the integrand's size on the line u - ic, for every c
/// in the strip without singularities: below it the negative axis or a pole inside, above it e^s or a pole outside.
Parabola parabola(double z, const Kind& kind) {
  Parabola p{.vertex = std::max(1.0, kind.beta - 1), .step = 0, .count = 0, .poles_outside = false};
  const double accuracy = digits + 4 * kind.order;
  const bool has_poles = z > 0 || kind.alpha > 1;
  // Re sqrt(s) of the pole, in units of the vertex: below 1 it lies inside.
  double root = 0;
  if (has_poles) {
    root = exp(0.5 * log(std::fabs(z)) / kind.alpha);
    if (z < 0) root *= vecmath::cos(Number(0.5 * pi / kind.alpha)).v;
  }
  double place = root / std::sqrt(p.vertex);
  if (place > 0.5 && place < 1.6) {
    place = 1.7;
    p.vertex = root * root / (place * place);
  }
  p.poles_outside = place > 1;
  const double grown = std::sqrt(1 + accuracy / p.vertex);
  double rate = 2 * p.vertex * (1 + grown);  // 2 pi / step
  if (p.poles_outside && place - 1 < grown) rate = (accuracy + p.vertex * (place * place - 1)) / (place - 1);
  rate = std::max(rate, accuracy / (p.poles_outside ? 1 : 1 - place));
  // A pole just beyond the negative axis makes the integrand large on it.
  if (kind.alpha < 1) rate += std::min(30.0, -(kind.order + 1) * log(1 - kind.alpha));
  // s^(alpha - beta) is large near 0, at the end of the strip.
  if (const double steep = 2 * (kind.beta - kind.alpha) - 1; steep > 0) rate += steep * (1 + log(digits / steep));
  p.step = 2 * pi / rate;
  p.count = static_cast<int>(std::ceil(grown / p.step));
  return p;
}

double inverse_transform(double z, const Kind& kind) {
  const Parabola p = parabola(z, kind);
  double sum = 0;
  for (int k = p.count; k >= 0; --k) {
    const double u = k * p.step;
    const Polar s{log(p.vertex * (1 + u * u)), 2 * vecmath::atan(Number(u)).v};
    const Complex below = s.power(kind.alpha) - z;
    Complex value = exponential(p.vertex * (1 - u * u), 2 * p.vertex * u) * s.power(kind.alpha - kind.beta);
    for (int n = 0; n <= kind.order; ++n) value /= below;
    value *= Complex(1, u);
    sum += k == 0 ? 0.5 * value.real() : value.real();
  }
  double result = 2 * p.step * p.vertex / pi * sum;
  for (int j = 2; j <= kind.order; ++j) result *= j;
  return p.poles_outside ? result + residues(z, kind) : result;
}

}  // namespace

double value(double z, const Kind& kind) {
  if (std::isnan(z)) return z;
  if (kind.alpha == 1 && kind.beta == 1) return exp(z);
  const double size = std::fabs(z);
  if (size <= near) return series(z, kind);
  if (std::isinf(z)) return z > 0 ? z : kind.alpha < 2 ? 0.0 : std::nan("");
  return power(size, 1 / kind.alpha) >= far ? asymptotic(z, kind) : inverse_transform(z, kind);
}

}  // namespace mittag_leffler

namespace {

using mittag_leffler::Kind;

Kind kind_of(const Attributes& attributes) {
  return {attributes.real("alpha"), attributes.real("beta"), static_cast<int>(attributes.integer_or("order", 0))};
}

/// `limit` is the largest value; the numbers must be above 0.
void expect_parameter(const char* name, double value, double limit) {
  if (value > 0 && value <= limit) return;
  kernel::value_error("mittag_leffler", fmt::format("{} is not in (0, {}]", name, limit),
                      fmt::format("it is {}", value), "the order of a fractional derivative is between 0 and 2");
}

std::vector<Type> infer(std::span<const Type> operands, const Attributes& attributes) {
  kernel::expect_operands("mittag_leffler", operands, 1, "z");
  kernel::expect_float("mittag_leffler", operands[0]);
  const Kind kind = kind_of(attributes);
  expect_parameter("alpha", kind.alpha, mittag_leffler::largest_alpha);
  expect_parameter("beta", kind.beta, mittag_leffler::largest_beta);
  if (kind.order < 0 || kind.order > mittag_leffler::largest_order)
    kernel::value_error("mittag_leffler",
                        fmt::format("derivatives are provided up to order {}", mittag_leffler::largest_order),
                        fmt::format("order {}", kind.order), "differentiate fewer times");
  return {operands[0]};
}

template <class T>
void fill(const KernelCall& call) {
  const Kind kind = kind_of(*call.attributes);
  const T* z = call.input<T>(0);
  T* out = call.output<T>(0);
  for (std::int64_t i = 0; i < call.out_types[0].size(); ++i)
    out[i] = static_cast<T>(mittag_leffler::value(static_cast<double>(z[i]), kind));
}

}  // namespace

void register_mittag_leffler(Registry& ops) {
  OpDef def = kernel::kernel_op(
      "mittag_leffler",
      "mittag_leffler(z) {alpha, beta, order = 0}: E(z) = sum z^k / gamma(alpha k + beta) for 0 < alpha <= 2, "
      "0 < beta <= 5, or its derivative of that order (up to 8); relative error below 1e-12 (f64) away from its zeros.",
      ShapeClass::opaque, 1, infer, [](const KernelCall& call) {
        if (call.out_types[0].dtype == DType::f32) fill<float>(call);
        else fill<double>(call);
      });
  def.jvp = JvpFn([](JvpRule& r) -> std::vector<ir::Value*> {
    Attributes next = r.op().attributes;
    next.set("order", r.op().attributes.integer_or("order", 0) + 1);
    return {r.apply("mul", {r.tangent(0), r.apply("mittag_leffler", {r.operand(0)}, std::move(next))})};
  });
  def.never_fails = true;
  def.batch = BatchFn(batching::leading_axes);  // element by element
  for (const auto& [alpha, beta] : {std::pair{0.5, 1.0}, {0.8, 0.8}, {1.5, 2.0}})
    kernel::add_samples(
        def, kernel::sample_floats,
        [](DType dtype, std::int64_t n) {
          return std::vector<Type>{{dtype, {n}}};
        },
        {{-5, 1.5}},
        [alpha = alpha, beta = beta](std::int64_t) {
          return Attributes{{"alpha", alpha}, {"beta", beta}};
        });
  ops.add(std::move(def));
}

}  // namespace brainpy::compiler
