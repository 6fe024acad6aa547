// Stochastic equations with exact solutions on a given path, for the measurements of orders.
// In: the sense of the integral, rates. Out: the equation for bp::sdeint, and its states from functionals of the path.
// KP: Kloeden & Platen 1992, Numerical Solution of Stochastic Differential Equations.
#pragma once

#include <brainpy/brainpy.hpp>
#include <cmath>
#include <complex>
#include <functional>
#include <memory>
#include <vector>

namespace brainpy::test {

namespace bp = brainpy;
namespace bm = brainpy::math;

using Numbers = std::vector<double>;
using Arrays = std::vector<bm::Array>;
using Stepper = std::shared_ptr<const bp::integrate::Stepper>;

/// An equation whose solution is a function of t and of functionals of the path, such as W itself.
struct Problem {
  std::function<Stepper(const bp::SdeOptions&)> make;
  Numbers initial;  ///< of each state
  int processes = 1;
  int functionals = 1;
  /// The functionals at the end of a step of the finest length, from those at its start.
  std::function<Arrays(const Arrays&, bm::Array t, double h, const std::vector<bp::BrownianIncrement>&)> advance;
  /// The exact states at the time, from the functionals of one path.
  std::function<Numbers(double t, const Numbers&)> exact;
};

template <class F, class G>
auto equation(F f, G g) {
  return [f, g](const bp::SdeOptions& options) { return bp::sdeint(f, g, options).stepper_pointer(); };
}

inline Arrays sum_W(const Arrays& F, bm::Array, double, const std::vector<bp::BrownianIncrement>& d) {
  Arrays next;
  for (std::size_t k = 0; k < F.size(); ++k) next.push_back(F[k] + d[k].dW);
  return next;
}

/// dx = a x dt + b x dW (KP 4.4.6).
inline Problem geometric(bp::Interpretation i, double a = -0.7, double b = 0.8) {
  return {
      .make = equation([a](bm::Array x, bm::Array) { return a * x; }, [b](bm::Array x, bm::Array) { return b * x; }),
      .initial = {1.0},
      .advance = sum_W,
      .exact = [=](double t, const Numbers& W) {
        return Numbers{std::exp((i == bp::Ito ? a - b * b / 2 : a) * t + b * W[0])};
      }};
}

/// x = arctan(W + tan x0) (KP 4.4.46): dx = -sin x cos^3 x dt + cos^2 x dW, dx = cos^2 x o dW.
inline Problem arc_tangent(bp::Interpretation i) {
  const double slope = i == bp::Ito ? -1 : 0, start = 0.3;
  return {.make = equation(
              [slope](bm::Array x, bm::Array) {
                const bm::Array c = bm::cos(x);
                return slope * bm::sin(x) * c * c * c;
              },
              [](bm::Array x, bm::Array) { return bm::cos(x) * bm::cos(x); }),
          .initial = {start},
          .advance = sum_W,
          .exact = [=](double, const Numbers& W) { return Numbers{std::atan(W[0] + std::tan(start))}; }};
}

/// dx = cos(3 t) x dt + (1 + t) x / 2 dW: x = exp(integrals), of which the integral of 1 + t over dW is a functional
/// that dW and dZ give exactly.
inline Problem not_autonomous(bp::Interpretation i) {
  return {.make = equation([](bm::Array x, bm::Array t) { return bm::cos(3.0 * t) * x; },
                           [](bm::Array x, bm::Array t) { return 0.5 * (1.0 + t) * x; }),
          .initial = {1.0},
          .advance =
              [](const Arrays& F, bm::Array t, double h, const std::vector<bp::BrownianIncrement>& d) {
                return Arrays{F[0] + (1.0 + t + h) * d[0].dW - d[0].dZ};
              },
          .exact =
              [=](double t, const Numbers& F) {
                const double variance = 0.25 * (std::pow(1 + t, 3) - 1) / 3;
                return Numbers{std::exp(std::sin(3 * t) / 3 - (i == bp::Ito ? variance / 2 : 0) + F[0] / 2)};
              }};
}

/// dx = -x dt + 0.6 x dW_0, dy = 1.5 x y dt + 0.5 y dW_1, written as JointEq. The integral of x that y needs is a sum
/// of expansions, with an error of order 3/2 in the finest step.
inline Problem coupled(bp::Interpretation i) {
  const double b = 0.6, c = 0.5, correction = i == bp::Ito ? 0.5 : 0.0;
  const double rate = -1 - correction * b * b;  // x = exp(rate t + b W_0)
  return {.make =
              [](const bp::SdeOptions& options) {
                return bp::sdeint(bp::JointEq([](bm::Array x, bm::Array, bm::Array) { return -x; },
                                              [](bm::Array x, bm::Array y, bm::Array) { return 1.5 * x * y; }),
                                  bp::JointEq([](bm::Array x, bm::Array, bm::Array) { return 0.6 * x; },
                                              [](bm::Array, bm::Array y, bm::Array) { return 0.5 * y; }),
                                  options)
                    .stepper_pointer();
              },
          .initial = {1.0, 1.0},
          .processes = 2,
          .functionals = 3,
          .advance =
              [=](const Arrays& F, bm::Array t, double h, const std::vector<bp::BrownianIncrement>& d) {
                const bm::Array x = bm::exp(rate * t + b * F[0]);
                const bm::Array integral = x * (h + (rate + b * b / 2) * h * h / 2 + b * d[0].dZ);
                return Arrays{F[0] + d[0].dW, F[1] + d[1].dW, F[2] + integral};
              },
          .exact =
              [=](double t, const Numbers& F) {
                return Numbers{std::exp(rate * t + b * F[0]), std::exp(1.5 * F[2] - correction * c * c * t + c * F[1])};
              }};
}

/// dz = lambda z dt + sum_j g_j z dW_j with complex numbers, as two states that share one or two processes; multiplying
/// commutes: z = exp((lambda - sum_j g_j^2 / 2) t + sum_j g_j W_j), without the correction for Stratonovich.
inline Problem rotation(bp::Interpretation i, const std::vector<std::complex<double>>& g) {
  using Complex = std::complex<double>;
  // Rates at which second moments are far from any at which their error vanishes.
  const Complex lambda = i == bp::Ito ? Complex(0.5, 1) : Complex(0.3, 0.3);
  const auto drift = [=](bm::Array x, bm::Array y, bm::Array) {
    return std::tuple(lambda.real() * x - lambda.imag() * y, lambda.imag() * x + lambda.real() * y);
  };
  Numbers real, imaginary;
  for (const Complex& c : g) {
    real.push_back(c.real());
    imaginary.push_back(c.imag());
  }
  const auto diffusion = [=](bm::Array x, bm::Array y, bm::Array) {
    const bm::Array a = bm::expand_dims(x, -1), b = bm::expand_dims(y, -1), re = bm::array(real),
                    im = bm::array(imaginary);
    return std::tuple(re * a - im * b, im * a + re * b);
  };
  return {.make = equation(drift, diffusion),
          .initial = {1.0, 0.0},
          .processes = static_cast<int>(g.size()),
          .functionals = static_cast<int>(g.size()),
          .advance = sum_W,
          .exact = [=](double t, const Numbers& W) {
            Complex exponent = lambda * t;
            for (std::size_t j = 0; j < g.size(); ++j)
              exponent += g[j] * W[j] - (i == bp::Ito ? 0.5 * g[j] * g[j] * t : 0.0);
            const Complex z = std::exp(exponent);
            return Numbers{z.real(), z.imag()};
          }};
}

/// dx = dW_0, dy = x dW_1: noise that does not commute; the same equation in both senses. The exact y needs the
/// double integral of W_0 over W_1, here from a path eight times finer than the last dt.
inline Problem not_commuting() {
  return {.make = equation(
              [](bm::Array x, bm::Array, bm::Array) { return std::tuple(bm::zeros_like(x), bm::zeros_like(x)); },
              [](bm::Array x, bm::Array, bm::Array) {
                const bm::Array zero = bm::zeros_like(x), one = bm::ones_like(x);
                return std::tuple(bm::stack({one, zero}, -1), bm::stack({zero, x}, -1));
              }),
          .initial = {0.0, 0.0},
          .processes = 2,
          .functionals = 2,
          .advance =
              [](const Arrays& F, bm::Array, double, const std::vector<bp::BrownianIncrement>& d) {
                return Arrays{F[0] + d[0].dW, F[1] + (F[0] + 0.5 * d[0].dW) * d[1].dW};
              },
          .exact = [](double, const Numbers& F) { return F; }};
}

/// dx = (2 x / (1 + t) + (1 + t)^2 / 2) dt + (1 + t)^2 / 2 dW: additive noise; x = (1 + t)^2 (x0 + (W + t) / 2)
/// (KP 4.4.10).
inline Problem additive() {
  return {.make = equation([](bm::Array x, bm::Array t) { return 2.0 * x / (1.0 + t) + 0.5 * (1.0 + t) * (1.0 + t); },
                           [](bm::Array x, bm::Array t) { return 0.5 * (1.0 + t) * (1.0 + t) * bm::ones_like(x); }),
          .initial = {1.0},
          .advance = sum_W,
          .exact = [](double t, const Numbers& W) { return Numbers{(1 + t) * (1 + t) * (1 + (W[0] + t) / 2)}; }};
}

}  // namespace brainpy::test
