// Special functions: those of the error integral and of the gamma function. vecmath.h has the functions themselves.
// In: float lanes. Out: one registry entry each, with its derivative rule.
#include "compiler/ops/function_rule.h"

namespace brainpy::compiler {
namespace {

using namespace function_rule;
using lane::select;

constexpr double two_over_root_pi = 1.12837916709551257390;
constexpr double root_half = 0.70710678118654752440;
constexpr double root_two_pi = 2.50662827463100050242;

/// e^(x^2 / 2)
ir::Value* exp_of_half_square(const Rule& f, ir::Value* x) { return f.apply("exp", f.mul(f.mul(f.number(0.5), x), x)); }

void register_error_integrals(Registry& ops) {
  add_function(
      ops, "erf", "Error function, within 2 ulp.", [](auto x) { return vecmath::erf(x); }, times([](const Rule& f) {
        return f.mul(f.number(two_over_root_pi), f.apply("exp", f.neg(f.mul(f.x(), f.x()))));
      }),
      -3, 3);
  add_function(
      ops, "erfc", "1 - erf(x), within 3 ulp, also where it is tiny.", [](auto x) { return vecmath::erfc(x); },
      times(
          [](const Rule& f) { return f.mul(f.number(-two_over_root_pi), f.apply("exp", f.neg(f.mul(f.x(), f.x())))); }),
      -3, 3);
  add_function(
      ops, "erfinv", "Inverse of erf on (-1, 1); infinite at the ends, NaN outside.",
      [](auto x) { return vecmath::erfinv(x); },
      times([](const Rule& f) { return f.mul(f.number(1 / two_over_root_pi), f.apply("exp", f.mul(f.y(), f.y()))); }),
      -0.95, 0.95);
  add_function(
      ops, "erfcx", "exp(x^2) erfc(x), within 3 ulp; its derivative is a difference, within 2e-16 (f64).",
      [](auto x) { return vecmath::erfcx(x); },
      times([](const Rule& f) { return f.sub(f.mul(f.mul(f.number(2), f.x()), f.y()), f.number(two_over_root_pi)); }),
      -3, 3);
  add_function(
      ops, "erfcinv", "Inverse of erfc on (0, 2), within 3 ulp; infinite at the ends, NaN outside.",
      [](auto x) { return vecmath::erfcinv(x); },
      times([](const Rule& f) { return f.mul(f.number(-1 / two_over_root_pi), f.apply("exp", f.mul(f.y(), f.y()))); }),
      0.05, 1.95);
  add_function(
      ops, "ndtr", "The normal distribution function, within 2 ulp, also where it is tiny.",
      [](auto x) { return vecmath::ndtr(x); },
      times([](const Rule& f) { return f.div(f.number(1 / root_two_pi), exp_of_half_square(f, f.x())); }), -3, 3);
  add_function(
      ops, "log_ndtr", "log(ndtr(x)), within 3 ulp, also where ndtr is 0 or 1.",
      [](auto x) { return vecmath::log_ndtr(x); }, over([](const Rule& f) {
        return f.mul(f.number(root_two_pi / 2), f.apply("erfcx", f.mul(f.number(-root_half), f.x())));
      }),
      -5, 5);
  add_function(
      ops, "ndtri", "Inverse of ndtr on (0, 1), within 5 ulp; infinite at the ends, NaN outside.",
      [](auto x) { return vecmath::ndtri(x); },
      times([](const Rule& f) { return f.mul(f.number(root_two_pi), exp_of_half_square(f, f.y())); }), 0.05, 0.95);
}

void register_gamma_functions(Registry& ops) {
  add_function(
      ops, "lgamma", "log|gamma(x)|; see vecmath/gamma.h for its error near the zeros at 1, 2 and below 0.",
      [](auto x) { return vecmath::lgamma(x); }, times([](const Rule& f) { return f.apply("digamma", f.x()); }), 0.1,
      20);
  add_function(
      ops, "digamma", "The derivative of lgamma, within 4 ulp or 1e-14 (f64), 1 ulp (f32); NaN at 0, -1, -2, ...",
      [](auto x) { return vecmath::digamma(x); }, times([](const Rule& f) { return f.apply("trigamma", f.x()); }), 0.1,
      20);
  add_function(
      ops, "trigamma",
      "The derivative of digamma, within 5 ulp above 0 (f64), 1 ulp (f32); inf at 0, NaN at -1, -2, ...",
      [](auto x) { return vecmath::trigamma(x); }, times([](const Rule& f) {
        return f.r.apply("polygamma", {f.number(2), f.x()});
      }),
      0.1, 20);
  add_function_of_two(
      ops, "polygamma",
      "polygamma(n, x): derivative n of digamma, n rounded, for n of 0 ... 100 and, above n = 0, x >= 0 "
      "(others: NaN); within 8 + 2 n ulp (f64), 1 ulp (f32).",
      [](auto n, auto x) { return vecmath::polygamma(n, x); }, JvpFn([](JvpRule& r) -> Values {
        const Rule f{r};
        if (!f.t(1)) return {nullptr};
        ir::Value* next = r.apply("polygamma", {f.add(f.x(0), f.number(1)), f.x(1)});
        return {f.mul(f.t(1), next)};
      }),
      {{1, 4}, {0.1, 20}});
  // The derivative of betaln by operand i; beta's is beta times it.
  const auto slope = [](const Rule& f, int i) {
    return f.sub(f.apply("digamma", f.x(i)), f.apply("digamma", f.add(f.x(0), f.x(1))));
  };
  add_function_of_two(ops, "beta",
                      "beta(a, b) for a, b > 0 (0: inf, below: NaN); relative error below 4e-15 max(1, |log beta|) "
                      "(f64), 1 ulp (f32).",
                      [](auto a, auto b) { return vecmath::beta(a, b); },
                      partial([slope](const Rule& f) { return f.mul(f.y(), slope(f, 0)); },
                              [slope](const Rule& f) { return f.mul(f.y(), slope(f, 1)); }),
                      {{0.3, 12}, {0.3, 12}});
  add_function_of_two(
      ops, "betaln",
      "log(beta(a, b)) for a, b > 0 (0: inf, below: NaN); error below 4e-15 max(1, |result|) (f64), 1 ulp (f32) of it.",
      [](auto a, auto b) { return vecmath::betaln(a, b); },
      partial([slope](const Rule& f) { return slope(f, 0); }, [slope](const Rule& f) { return slope(f, 1); }),
      {{0.3, 12}, {0.3, 12}});
  add_function_of_two(ops, "xlogy", "x log(y), 0 where x is 0 (unless y is NaN); within 2 ulp.",
                      [](auto x, auto y) {
                        using L = decltype(x);
                        return select((x == number<L>(0)) & (y == y), number<L>(0), x * vecmath::log(y));
                      },
                      partial([](const Rule& f) { return f.apply("log", f.x(1)); },
                              [](const Rule& f) { return f.div(f.x(0), f.x(1)); }),
                      {{-5, 5}, {0.1, 20}});
  add_function_of_two(ops, "xlog1py", "x log(1 + y), 0 where x is 0 (unless y is NaN); within 2 ulp.",
                      [](auto x, auto y) {
                        using L = decltype(x);
                        return select((x == number<L>(0)) & (y == y), number<L>(0), x * vecmath::log1p(y));
                      },
                      partial([](const Rule& f) { return f.apply("log1p", f.x(1)); },
                              [](const Rule& f) { return f.div(f.x(0), f.add(f.number(1), f.x(1))); }),
                      {{-5, 5}, {-0.9, 20}});
  add_function(
      ops, "gamma", "The gamma function, within 6 ulp (f64; below 0: 8 ulp), 1 ulp (f32); NaN at -1, -2, ...",
      [](auto x) { return vecmath::gamma(x); },
      times([](const Rule& f) { return f.mul(f.y(), f.apply("digamma", f.x())); }), 0.1, 20);
}

}  // namespace

void register_special(Registry& ops) {
  register_error_integrals(ops);
  register_gamma_functions(ops);
}

}  // namespace brainpy::compiler
