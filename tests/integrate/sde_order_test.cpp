// Orders of convergence of the stochastic methods, measured on Brownian paths that are refined: strong ones against
// exact solutions on the same path, weak ones by moments whose statistical error common random numbers make small.
// With BRAINPY_ORDERS=FILE a table is appended there: method | interpretation | claimed | measured strong | weak.
#include <brainpy/brainpy.hpp>
#include <cmath>
#include <complex>
#include <cstdio>
#include <cstdlib>
#include <functional>

#include <fmt/format.h>

#include "support/catch.h"

namespace bp = brainpy;
namespace bm = brainpy::math;

namespace {

using Numbers = std::vector<double>;
using Arrays = std::vector<bm::Array>;
using Stepper = std::shared_ptr<const bp::integrate::Stepper>;

constexpr std::uint64_t seed = 2024;

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

struct Model : bp::BrainPyObject {
  Stepper stepper;
  std::vector<bm::Variable> states;
  Model(Stepper s, const Numbers& initial, std::int64_t paths) : stepper(std::move(s)) {
    for (std::size_t k = 0; k < initial.size(); ++k)
      states.push_back(variable(fmt::format("x{}", k).c_str(), bm::full({paths}, initial[k])));
  }
  void update() {
    Arrays arguments(states.begin(), states.end());
    arguments.push_back(bp::share.t());
    const Arrays next = stepper->step(arguments, bm::Site::current());
    for (std::size_t k = 0; k < next.size(); ++k) states[k] = next[k];
  }
};

struct Functionals : bp::BrainPyObject {
  const Problem& problem;
  bp::BrownianPath path;
  std::vector<bm::Variable> values;
  Functionals(const Problem& p, const bp::BrownianPath& on, std::int64_t paths) : problem(p), path(on) {
    for (int k = 0; k < p.functionals; ++k)
      values.push_back(variable(fmt::format("F{}", k).c_str(), bm::zeros({paths})));
  }
  void update() {
    const double h = path.dt;
    const std::int64_t paths = values[0].shape()[0];
    std::vector<bp::BrownianIncrement> increments;
    for (int k = 0; k < problem.processes; ++k) increments.push_back(bp::brownian_increment(path, h, {paths}, k));
    const Arrays next = problem.advance(Arrays(values.begin(), values.end()), bp::share.t(), h, increments);
    for (std::size_t k = 0; k < next.size(); ++k) values[k] = next[k];
  }
};

/// Variables at time 1 after steps of `dt`: [which][path].
template <class T>
std::vector<Numbers> run(T& model, std::vector<bm::Variable>& values, double dt) {
  bp::DSRunner runner(model, {.dt = dt, .progress_bar = false});
  runner.run(1.0);
  std::vector<Numbers> all;
  for (const bm::Variable& v : values) all.push_back(v.to_vector<double>());
  return all;
}

struct Slope {
  double value, half_width;  ///< of the 95 % confidence interval
};

constexpr int batches = 20;

/// The slope of log2 |error| against log2 dt where dt halves; errors[level][batch]. The interval is that of the mean of
/// the batches' slopes.
Slope slope_of(const std::vector<Numbers>& errors) {
  const auto levels = static_cast<double>(errors.size());
  double mean = 0, square = 0;
  for (std::size_t b = 0; b < batches; ++b) {
    double xy = 0, xx = 0;
    for (std::size_t l = 0; l < errors.size(); ++l) {
      const double x = -(static_cast<double>(l) - (levels - 1) / 2);
      xy += x * std::log2(std::abs(errors[l][b]));
      xx += x * x;
    }
    const double slope = xy / xx;
    mean += slope / batches;
    square += slope * slope / batches;
  }
  constexpr double t_quantile = 2.093;  // Student's, 19 degrees of freedom, 97.5 %
  return {mean, t_quantile * std::sqrt((square - mean * mean) / (batches - 1))};
}

struct Levels {
  int first, last;  ///< dt from 2^-first to 2^-last
  std::int64_t paths;
  int beyond = 0;  ///< the path is 2^beyond times finer than the last dt: for functionals that are not exact
  /// Strong errors are those on one path; weak ones need none in common, which costs fewer random numbers.
  bool same_path = true;
};

/// Paths with the exact solution on each, against which methods are measured.
class Experiment {
 public:
  Experiment(Problem problem, const Levels& levels) : problem_(std::move(problem)), levels_(levels) {
    bm::enable_x64();
    for (int level = levels.first; level <= levels.last; ++level) {
      if (levels.same_path && level > levels.first) exact_.push_back(exact_[0]);
      else exact_.push_back(exact_on(path(level)));
    }
    bm::disable_x64();
  }

  /// error(approximation, exact) of each path, averaged in each batch, for each level.
  Slope measure(bp::SdeOptions options, double (*error)(const Numbers&, const Numbers&)) const {
    bm::enable_x64();
    const std::size_t states = problem_.initial.size();
    Numbers approximation(states), exact(states);
    std::vector<Numbers> errors;
    for (int level = levels_.first; level <= levels_.last; ++level) {
      options.dt = std::ldexp(1.0, -level);
      options.path = path(level);
      Model model(problem_.make(options), problem_.initial, levels_.paths);
      const std::vector<Numbers> found = run(model, model.states, options.dt);
      const std::vector<Numbers>& right = exact_[static_cast<std::size_t>(level - levels_.first)];
      Numbers mean(batches, 0.0);
      for (std::size_t p = 0; p < right[0].size(); ++p) {
        for (std::size_t k = 0; k < states; ++k) {
          approximation[k] = found[k][p];
          exact[k] = right[k][p];
        }
        mean[p % batches] += error(approximation, exact) * batches / static_cast<double>(levels_.paths);
      }
      errors.push_back(mean);
    }
    bm::disable_x64();
    return slope_of(errors);
  }

 private:
  bp::BrownianPath path(int level) const {
    if (levels_.same_path) return {.seed = seed, .dt = std::ldexp(1.0, -(levels_.last + levels_.beyond))};
    return {.seed = seed + static_cast<std::uint64_t>(level), .dt = std::ldexp(1.0, -level)};
  }

  /// [state][path].
  std::vector<Numbers> exact_on(const bp::BrownianPath& path) const {
    Functionals functionals(problem_, path, levels_.paths);
    const std::vector<Numbers> of_path = run(functionals, functionals.values, path.dt);
    std::vector<Numbers> exact(problem_.initial.size());
    Numbers one(of_path.size());
    for (std::size_t p = 0; p < static_cast<std::size_t>(levels_.paths); ++p) {
      for (std::size_t k = 0; k < one.size(); ++k) one[k] = of_path[k][p];
      const Numbers x = problem_.exact(1.0, one);
      for (std::size_t k = 0; k < x.size(); ++k) exact[k].push_back(x[k]);
    }
    return exact;
  }

  Problem problem_;
  Levels levels_;
  std::vector<std::vector<Numbers>> exact_;  ///< [level][state][path]
};

double distance(const Numbers& a, const Numbers& b) {
  double square = 0;
  for (std::size_t k = 0; k < a.size(); ++k) square += (a[k] - b[k]) * (a[k] - b[k]);
  return std::sqrt(square);
}
/// Of the first state. The exact solution on the same path has the same mean as any other, and most of its variance
/// cancels.
double second_moment_error(const Numbers& a, const Numbers& b) { return a[0] * a[0] - b[0] * b[0]; }

constexpr Levels strong_levels{4, 9, 1000}, weak_levels{2, 6, 100000, 0, false};

Slope strong(const Experiment& experiment, const bp::SdeOptions& options) {
  return experiment.measure(options, distance);
}
Slope weak(const Experiment& experiment, const bp::SdeOptions& options) {
  return experiment.measure(options, second_moment_error);
}

void check(const Slope& slope, double claimed) {
  INFO(fmt::format("measured {:.3f} +- {:.3f}, claimed {}", slope.value, slope.half_width, claimed));
  CHECK(std::abs(slope.value - claimed) < 0.15);
  CHECK(slope.half_width < 0.1);
}

const char* name_of(bp::Interpretation i) { return i == bp::Ito ? "Ito" : "Stratonovich"; }

void write_row(const std::string& method, bp::Interpretation i, double strong_claim, double weak_claim,
               const Slope& strong, const Slope& weak) {
  const char* file = std::getenv("BRAINPY_ORDERS");
  if (!file) return;
  std::FILE* f = std::fopen(file, "a");
  REQUIRE(f);
  fmt::print(f, "{} | {} | {}, {} | {:.2f} ± {:.2f} | {:.2f} ± {:.2f}\n", method, name_of(i), strong_claim, weak_claim,
             strong.value, strong.half_width, weak.value, weak.half_width);
  std::fclose(f);
}

struct Claim {
  const char* method;
  bp::Interpretation interpretation;
  double strong, weak;
};
const Claim claims[] = {
    {"euler", bp::Ito, 0.5, 1},
    {"exp_euler", bp::Ito, 0.5, 1},
    {"milstein", bp::Ito, 1, 1},
    {"milstein_grad_free", bp::Ito, 1, 1},
    {"klpl", bp::Ito, 1.5, 2},
    {"srk1w1", bp::Ito, 1.5, 2},
    {"srk2w1", bp::Ito, 1.5, 1.5},
    {"euler", bp::Stratonovich, 1, 1},
    {"heun", bp::Stratonovich, 1, 1},
    {"exp_euler", bp::Stratonovich, 1, 1},
    {"milstein", bp::Stratonovich, 1, 1},
    {"milstein_grad_free", bp::Stratonovich, 1, 1},
};

template <class F, class G>
auto equation(F f, G g) {
  return [f, g](const bp::SdeOptions& options) { return bp::sdeint(f, g, options).stepper_pointer(); };
}

Arrays sum_W(const Arrays& F, bm::Array, double, const std::vector<bp::BrownianIncrement>& d) {
  Arrays next;
  for (std::size_t k = 0; k < F.size(); ++k) next.push_back(F[k] + d[k].dW);
  return next;
}

/// dx = a x dt + b x dW (KP 4.4.6).
Problem geometric(bp::Interpretation i, double a = -0.7, double b = 0.8) {
  return {
      .make = equation([a](bm::Array x, bm::Array) { return a * x; }, [b](bm::Array x, bm::Array) { return b * x; }),
      .initial = {1.0},
      .advance = sum_W,
      .exact = [=](double t, const Numbers& W) {
        return Numbers{std::exp((i == bp::Ito ? a - b * b / 2 : a) * t + b * W[0])};
      }};
}

/// x = arctan(W + tan x0) (KP 4.4.46): dx = -sin x cos^3 x dt + cos^2 x dW, dx = cos^2 x o dW.
Problem arc_tangent(bp::Interpretation i) {
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
Problem not_autonomous(bp::Interpretation i) {
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
Problem coupled(bp::Interpretation i) {
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
Problem rotation(bp::Interpretation i, const std::vector<std::complex<double>>& g) {
  using Complex = std::complex<double>;
  // Rates at which second moments are far from any at which their error vanishes.
  const Complex lambda = i == bp::Ito ? Complex(0.5, 1) : Complex(0.3, 0.3);
  const auto drift = [=](bm::Array x, bm::Array y, bm::Array) {
    return std::tuple(lambda.real() * x - lambda.imag() * y, lambda.imag() * x + lambda.real() * y);
  };
  const auto diffusion = [=](bm::Array x, bm::Array y, bm::Array) {
    Arrays of_x, of_y;
    for (const Complex& c : g) {
      of_x.push_back(bm::expand_dims(c.real() * x - c.imag() * y, -1));
      of_y.push_back(bm::expand_dims(c.imag() * x + c.real() * y, -1));
    }
    return std::tuple(bm::concatenate(of_x, -1), bm::concatenate(of_y, -1));
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
Problem not_commuting() {
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
Problem additive() {
  return {.make = equation([](bm::Array x, bm::Array t) { return 2.0 * x / (1.0 + t) + 0.5 * (1.0 + t) * (1.0 + t); },
                           [](bm::Array x, bm::Array t) { return 0.5 * (1.0 + t) * (1.0 + t) * bm::ones_like(x); }),
          .initial = {1.0},
          .advance = sum_W,
          .exact = [](double t, const Numbers& W) { return Numbers{(1 + t) * (1 + t) * (1 + (W[0] + t) / 2)}; }};
}

void check_all_strong(const std::function<Problem(bp::Interpretation)>& problem, bp::WienerType wiener,
                      const Levels& levels, const std::string& except = "") {
  for (const bp::Interpretation i : {bp::Ito, bp::Stratonovich}) {
    const Experiment experiment(problem(i), levels);
    for (const Claim& c : claims) {
      if (c.interpretation != i || c.method == except) continue;
      INFO(c.method << ", " << name_of(i));
      check(strong(experiment, {.method = c.method, .interpretation = i, .wiener = wiener}), c.strong);
    }
  }
}

}  // namespace

TEST_CASE("geometric Brownian motion: strong and weak order of every method") {
  for (const bp::Interpretation i : {bp::Ito, bp::Stratonovich}) {
    const Experiment paths(geometric(i, -0.7, 0.8), strong_levels), many_paths(geometric(i, 0.5, 0.6), weak_levels);
    // The moments of srk2w1 have errors of order 3/2 and 2: with these rates the first are the larger ones already.
    const Experiment decaying(geometric(i, -0.3, 0.6), {2, 6, 300000, 0, false});
    for (const Claim& c : claims) {
      if (c.interpretation != i) continue;
      INFO(c.method << ", " << name_of(i));
      const bp::SdeOptions options{.method = c.method, .interpretation = i};
      const Slope s = strong(paths, options), w = weak(c.weak == 1.5 ? decaying : many_paths, options);
      check(s, c.strong);
      check(w, c.weak);
      write_row(c.method, i, c.strong, c.weak, s, w);
    }
  }
}

TEST_CASE("strong orders on a nonlinear equation") { check_all_strong(arc_tangent, bp::ScalarWiener, strong_levels); }

TEST_CASE("strong orders on an equation that is not autonomous") {
  check_all_strong(not_autonomous, bp::ScalarWiener, strong_levels);
}

TEST_CASE("strong orders on two coupled states with a process each") {
  check_all_strong(coupled, bp::ScalarWiener, {4, 9, 500, 2}, "klpl");
}

TEST_CASE("strong orders on two states that share one process") {
  check_all_strong([](bp::Interpretation i) { return rotation(i, {{0.4, 0.6}}); }, bp::VectorWiener, strong_levels);
}

TEST_CASE("strong and weak orders on two states that share two processes") {
  for (const bp::Interpretation i : {bp::Ito, bp::Stratonovich}) {
    const auto problem = rotation(i, {{0.0, 0.4}, {0.6, 0.0}});
    const Experiment paths(problem, strong_levels), many_paths(problem, weak_levels);
    for (const char* method : {"euler", "exp_euler", "heun"}) {
      if (i == bp::Ito && method == std::string("heun")) continue;
      INFO(method << ", " << name_of(i));
      const bp::SdeOptions options{.method = method, .interpretation = i, .wiener = bp::VectorWiener};
      const double claim = i == bp::Ito ? 0.5 : 1;
      const Slope s = strong(paths, options), w = weak(many_paths, options);
      check(s, claim);
      check(w, 1);
      write_row(std::string(method) + " (two processes that commute)", i, claim, 1, s, w);
    }
  }
}

TEST_CASE("noise that does not commute: strong order 1/2") {
  const Experiment paths(not_commuting(), {3, 8, 1000, 3});
  check(strong(paths, {.method = "euler", .interpretation = bp::Ito, .wiener = bp::VectorWiener}), 0.5);
  for (const char* method : {"euler", "exp_euler", "heun"})
    check(strong(paths, {.method = method, .interpretation = bp::Stratonovich, .wiener = bp::VectorWiener}), 0.5);
}

TEST_CASE("additive noise: euler has strong order 1") {
  const Experiment paths(additive(), strong_levels);
  for (const char* method : {"euler", "exp_euler", "milstein"})
    for (const bp::Interpretation i : {bp::Ito, bp::Stratonovich}) {
      INFO(method << ", " << name_of(i));
      check(strong(paths, {.method = method, .interpretation = i}), 1);
    }
}
