// Orders of convergence of the stochastic methods in float64: strong ones against exact solutions on the same path,
// weak ones by second moments, whose statistical error the exact solution on the same path makes small. With
// BRAINPY_ORDERS=FILE the table of docs/integrators.md is appended there: method | interpretation | claimed | strong,
// measured | weak, measured.
#include <algorithm>
#include <array>
#include <brainpy/brainpy.hpp>
#include <cmath>
#include <fstream>
#include <functional>
#include <sstream>

#include <fmt/format.h>

#include "frontend/integrate/sde_methods.h"
#include "integrate/stochastic_problems.h"
#include "support/catch.h"
#include "support/errors.h"
#include "support/float64.h"
#include "support/orders.h"

namespace bp = brainpy;
namespace bm = brainpy::math;
using namespace brainpy::test;

namespace {

constexpr std::uint64_t seed = 2024;

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

/// An estimate of an order, from batches of paths that are independent of each other.
struct Order {
  double value, half_width;  ///< of the 95 % confidence interval
};

constexpr std::size_t batches = 20;
using Batches = std::array<double, batches>;

/// The slope of log2 |error| against log2 dt where dt halves from level to level, by least squares.
double slope_of(const Numbers& errors) {
  const double middle = (static_cast<double>(errors.size()) - 1) / 2;
  double xy = 0, xx = 0;
  for (std::size_t l = 0; l < errors.size(); ++l) {
    const double x = middle - static_cast<double>(l);
    xy += x * std::log2(std::abs(errors[l]));
    xx += x * x;
  }
  return xy / xx;
}

/// The slope that all paths give; its interval from the slopes without one batch each (the jackknife), since a batch
/// alone is too few paths for the logarithm of its error to be without bias. sums[level][batch] are of the errors.
Order order_of(const std::vector<Batches>& sums) {
  const auto slope_without = [&](std::size_t left_out) {
    Numbers errors;
    for (const Batches& of_level : sums) {
      double sum = 0;
      for (std::size_t b = 0; b < batches; ++b) sum += b == left_out ? 0 : of_level[b];
      errors.push_back(sum);
    }
    return slope_of(errors);
  };
  double mean = 0, square = 0;
  for (std::size_t b = 0; b < batches; ++b) {
    const double slope = slope_without(b);
    mean += slope / batches;
    square += slope * slope / batches;
  }
  constexpr double t_quantile = 2.093;  // Student's, 19 degrees of freedom, 97.5 %
  const double variance = std::max(0.0, square - mean * mean);
  return {slope_without(batches), t_quantile * std::sqrt((batches - 1) * variance)};
}

struct Levels {
  int first, last;  ///< dt from 2^-first to 2^-last
  std::int64_t paths;
  /// 0: each level has paths of its own whose finest step is its dt, which costs the fewest random numbers. Else all
  /// levels share paths 2^beyond times finer than the last dt, for functionals that only a fine path gives.
  int beyond = 0;
};

/// Paths with the exact solution on each, against which methods are measured.
class Experiment {
 public:
  Experiment(Problem problem, const Levels& levels) : problem_(std::move(problem)), levels_(levels) {
    const Float64 numbers;
    for (int level = levels.first; level <= levels.last; ++level)
      exact_.push_back(levels.beyond > 0 && level > levels.first ? exact_[0] : exact_on(path(level)));
  }

  /// The order in which the mean of error(approximation, exact) over the paths vanishes.
  Order measure(bp::SdeOptions options, double (*error)(const Numbers&, const Numbers&)) const {
    const Float64 numbers;
    const std::size_t states = problem_.initial.size();
    Numbers approximation(states), exact(states);
    std::vector<Batches> sums;
    for (int level = levels_.first; level <= levels_.last; ++level) {
      options.dt = std::ldexp(1.0, -level);
      options.path = path(level);
      Model model(problem_.make(options), problem_.initial, levels_.paths);
      const std::vector<Numbers> found = run(model, model.states, options.dt);
      const std::vector<Numbers>& right = exact_[static_cast<std::size_t>(level - levels_.first)];
      Batches& of_level = sums.emplace_back();
      of_level.fill(0);
      for (std::size_t p = 0; p < right[0].size(); ++p) {
        for (std::size_t k = 0; k < states; ++k) {
          approximation[k] = found[k][p];
          exact[k] = right[k][p];
        }
        of_level[p % batches] += error(approximation, exact);
      }
    }
    return order_of(sums);
  }

 private:
  bp::BrownianPath path(int level) const {
    if (levels_.beyond > 0) return {.seed = seed, .dt = std::ldexp(1.0, -(levels_.last + levels_.beyond))};
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

// Five halvings. Strong errors of order 1/2 come with ones of order 1, which are small enough from 2^-4 on; weak errors
// lie far above their statistical error only down to 2^-8.
constexpr Levels strong_levels{4, 9, 100000}, weak_levels{3, 8, 100000};
/// Where the statistical error vanishes no faster than the weak one.
constexpr Levels most_paths{3, 8, 400000};
/// For equations beside the table's.
constexpr Levels some_paths{4, 9, 10000};

Order strong(const Experiment& experiment, const bp::SdeOptions& options) {
  return experiment.measure(options, distance);
}
Order weak(const Experiment& experiment, const bp::SdeOptions& options) {
  return experiment.measure(options, second_moment_error);
}

/// The whole interval is close to the claim.
void check(const Order& order, double claimed) {
  INFO(fmt::format("measured {:.3f} +- {:.3f}, claimed {}", order.value, order.half_width, claimed));
  CHECK(std::abs(order.value - claimed) + order.half_width < 0.15);
}

const char* name_of(bp::Interpretation i) { return i == bp::Ito ? "Ito" : "Stratonovich"; }

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

/// For dx = a x dt + b x dW a step of srk2w1 adds -a b^3 / 6 h^(5/2) - a b^2 (44 a + 39 b^2) / 48 h^3 to the relative
/// second moment: weak order 3/2 (srk1w1 adds nothing before h^3). With these rates the second term vanishes.
Problem one_term(bp::Interpretation i) { return geometric(i, -39.0 / 44 * 0.64, 0.8); }

/// The page that holds the measured orders makes the same claim.
void check_row(const std::string& method, const Claim& claim, const Order& strong, const Order& weak) {
  std::ifstream page(BRAINPY_SOURCE_DIR "/docs/integrators.md");
  std::stringstream text;
  text << page.rdbuf();
  const auto measured = [](const Order& order) {
    return fmt::format("{:.3f} ± {:.3f}", order.value, order.half_width);
  };
  const std::string orders = fmt::format("{}, {}", claim.strong, claim.weak);
  CHECK_CONTAINS(text.str(), fmt::format("| {} | {} | {} |", method, name_of(claim.interpretation), orders));
  write_order_row({method, name_of(claim.interpretation), orders, measured(strong), measured(weak)});
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
    // Noise outweighs drift for the strong errors, so that those of order 1/2 are the larger ones from the start. With
    // the other rates the weak errors' leading terms have no small factor.
    const Experiment paths(geometric(i, -0.7, 0.8), strong_levels), many_paths(geometric(i, 0.5, 0.6), weak_levels);
    for (const Claim& c : claims) {
      if (c.interpretation != i) continue;
      INFO(c.method << ", " << name_of(i));
      const bp::SdeOptions options{.method = c.method, .interpretation = i};
      const Order s = strong(paths, options),
                  w = c.weak == 1.5 ? weak(Experiment(one_term(i), most_paths), options) : weak(many_paths, options);
      check(s, c.strong);
      check(w, c.weak);
      check_row(c.method, c, s, w);
    }
  }
}

TEST_CASE("every stochastic method has a claim in each sense that it solves, by its own name or an alias") {
  const auto methods = bp::integrate::sde_methods();
  for (const bp::integrate::SdeMethod& m : methods)
    for (const bp::Interpretation i : {bp::Ito, bp::Stratonovich}) {
      INFO(m.name << ", " << name_of(i));
      const bool claimed = std::any_of(std::begin(claims), std::end(claims), [&](const Claim& c) {
        return c.interpretation == i && std::any_of(methods.begin(), methods.end(), [&](const auto& same) {
                 return same.step == m.step && same.name == std::string(c.method);
               });
      });
      CHECK(claimed == (i == bp::Ito ? m.ito : m.stratonovich));
    }
}

TEST_CASE("an order is the slope of the errors, and its interval comes from differences between batches") {
  std::vector<Batches> same(6), different(6);
  for (std::size_t level = 0; level < same.size(); ++level)
    for (std::size_t b = 0; b < batches; ++b) {
      const double sign = b % 2 == 0 ? 1 : -1;
      same[level][b] = -3 * std::exp2(-1.25 * static_cast<double>(level));  // the sign does not matter
      different[level][b] = std::exp2(-(1.25 + 0.5 * sign) * static_cast<double>(level));
    }
  CHECK(std::abs(order_of(same).value - 1.25) < 1e-12);
  CHECK(order_of(same).half_width < 1e-6);
  CHECK(order_of(different).half_width > 0.05);
}

TEST_CASE("strong orders on a nonlinear equation") { check_all_strong(arc_tangent, bp::ScalarWiener, some_paths); }

TEST_CASE("strong orders on an equation that is not autonomous") {
  check_all_strong(not_autonomous, bp::ScalarWiener, some_paths);
}

TEST_CASE("strong orders on two coupled states with a process each") {
  check_all_strong(coupled, bp::ScalarWiener, {4, 9, 500, 2}, "klpl");
}

TEST_CASE("strong orders on two states that share one process") {
  check_all_strong([](bp::Interpretation i) { return rotation(i, {{0.4, 0.6}}); }, bp::VectorWiener, some_paths);
}

TEST_CASE("strong and weak orders on two states that share two processes") {
  for (const bp::Interpretation i : {bp::Ito, bp::Stratonovich}) {
    const auto problem = rotation(i, {{0.0, 0.4}, {0.6, 0.0}});
    const Experiment paths(problem, strong_levels), many_paths(problem, weak_levels);
    for (const char* method : {"euler", "exp_euler", "heun"}) {
      if (i == bp::Ito && method == std::string("heun")) continue;
      INFO(method << ", " << name_of(i));
      const bp::SdeOptions options{.method = method, .interpretation = i, .wiener = bp::VectorWiener};
      const Claim claim{method, i, i == bp::Ito ? 0.5 : 1, 1};
      const Order s = strong(paths, options), w = weak(many_paths, options);
      check(s, claim.strong);
      check(w, claim.weak);
      check_row(std::string(method) + " (two processes that commute)", claim, s, w);
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
  const Experiment paths(additive(), some_paths);
  for (const char* method : {"euler", "exp_euler", "milstein"})
    for (const bp::Interpretation i : {bp::Ito, bp::Stratonovich}) {
      INFO(method << ", " << name_of(i));
      check(strong(paths, {.method = method, .interpretation = i}), 1);
    }
}
