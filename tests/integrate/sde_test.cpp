// Stochastic equations: the statistics of increments, paths that repeat and refine, the same bits in every mode, what
// both senses of the integral mean, and mistakes. Orders of convergence are in sde_order_test.cpp.
#include <algorithm>
#include <brainpy/brainpy.hpp>
#include <cmath>
#include <regex>
#include <utility>

#include <fmt/format.h>

#include "runtime/options.h"
#include "support/errors.h"
#include "support/float64.h"

namespace bp = brainpy;
namespace bm = brainpy::math;

namespace {

using Numbers = std::vector<double>;

double mean_of(const Numbers& a) {
  double sum = 0;
  for (const double x : a) sum += x;
  return sum / static_cast<double>(a.size());
}
/// The mean of the products of two sets of numbers of mean 0.
double covariance(const Numbers& a, const Numbers& b) {
  double sum = 0;
  for (std::size_t k = 0; k < a.size(); ++k) sum += a[k] * b[k];
  return sum / static_cast<double>(a.size());
}

/// Both are normal with mean 0; their covariance over n pairs is `expected` within 5 standard errors.
void check_covariance(const Numbers& a, const Numbers& b, double expected) {
  const double error =
      std::sqrt((covariance(a, a) * covariance(b, b) + expected * expected) / static_cast<double>(a.size()));
  INFO(covariance(a, b) << ", expected " << expected << " +- " << error);
  CHECK(std::abs(covariance(a, b) - expected) < 5 * error);
}

Numbers shifted(const Numbers& a) {
  Numbers b(a.begin() + 1, a.end());
  b.push_back(a[0]);
  return b;
}

struct Drawn {
  Numbers dW, dZ;
};

Drawn increment(const bp::BrownianPath& path, double dt, int step, int process, std::int64_t n) {
  bp::share.save("i", step);
  const bp::BrownianIncrement both = bp::brownian_increment(path, dt, {n}, process);
  return {both.dW.to_vector<double>(), both.dZ.to_vector<double>()};
}

/// While it lives numbers are float64; forgets the number of the step.
struct Float64 : bp::test::Float64 {
  ~Float64() { bp::share.clear(); }
};

/// Inside a check of several lines compilers differ in which of them is the place: only the file counts here.
template <class Kind, class Action>
std::string text_without_line(Action&& action) {
  return std::regex_replace(text_of<Kind>(action), std::regex("sde_test.cpp:[0-9]+"), "sde_test.cpp");
}

const std::string here = "\n  at sde_test.cpp";

bm::Array decay(bm::Array x, bm::Array) { return -x / 10.0; }
bm::Array growing(bm::Array x, bm::Array) { return 0.3 * x; }

}  // namespace

TEST_CASE("the increments of a step: variances, their covariance, independence") {
  const Float64 numbers;
  constexpr std::int64_t n = 100000;
  for (const int fine : {1, 5}) {  // fine steps in a step
    const double h = 0.4;
    const bp::BrownianPath path{.seed = 7, .dt = h / fine};
    const Drawn a = increment(path, h, 3, 0, n), next = increment(path, h, 4, 0, n),
                other = increment(path, h, 3, 1, n);
    const Drawn reseeded = increment({.seed = 8, .dt = h / fine}, h, 3, 0, n);
    CHECK(std::abs(mean_of(a.dW)) < 5 * std::sqrt(h / n));
    CHECK(std::abs(mean_of(a.dZ)) < 5 * std::sqrt(h * h * h / 3 / n));
    check_covariance(a.dW, a.dW, h);
    check_covariance(a.dZ, a.dZ, h * h * h / 3);
    check_covariance(a.dW, a.dZ, h * h / 2);
    for (const Drawn* b : {&next, &other, &reseeded})
      for (const Numbers* x : {&a.dW, &a.dZ})
        for (const Numbers* y : {&b->dW, &b->dZ}) check_covariance(*x, *y, 0);
    for (const Numbers* x : {&a.dW, &a.dZ})
      for (const Numbers* y : {&a.dW, &a.dZ}) check_covariance(*x, shifted(*y), 0);
  }
}

TEST_CASE("increments of a coarse step are the sums of those of the fine ones") {
  const Float64 numbers;
  const bp::BrownianPath path{.seed = 11, .dt = 0.01};
  constexpr std::int64_t n = 50;
  for (const int m : {2, 3, 16}) {
    const double d = path.dt, h = m * d;
    const Drawn coarse = increment(path, h, 5, 2, n);
    Drawn sum{Numbers(n, 0.0), Numbers(n, 0.0)};
    for (int j = 0; j < m; ++j) {
      const Drawn fine = increment(path, d, 5 * m + j, 2, n);
      for (std::size_t e = 0; e < n; ++e) {
        sum.dZ[e] += d * sum.dW[e] + fine.dZ[e];
        sum.dW[e] += fine.dW[e];
      }
    }
    for (std::size_t e = 0; e < n; ++e) {
      CHECK(coarse.dW[e] == Approx(sum.dW[e]).margin(1e-15));
      CHECK(coarse.dZ[e] == Approx(sum.dZ[e]).margin(1e-17));
    }
  }
}

TEST_CASE("a path is a function of seed, step, element and state; the order of the calls is nothing to it") {
  const Float64 numbers;
  const auto make = [](std::uint64_t seed, double dt) {
    return bp::sdeint(
        [](bm::Array x, bm::Array y, bm::Array) { return std::tuple(0.0 * x, 0.0 * y); },
        [](bm::Array x, bm::Array y, bm::Array) { return std::tuple(bm::ones_like(x), bm::ones_like(y)); },
        {.dt = dt, .path = bp::BrownianPath{.seed = seed, .dt = 0.25}});
  };
  const auto at_step = [](auto& integral, int i) {
    bp::share.save("i", i);
    auto [x, y] = integral(bm::zeros({4}), bm::zeros({4}), 0.0);
    Numbers all = x.template to_vector<double>(), of_y = y.template to_vector<double>();
    all.insert(all.end(), of_y.begin(), of_y.end());
    return all;
  };
  auto fine = make(1, 0.25), coarse = make(1, 0.5), again = make(1, 0.25), other = make(2, 0.25);
  const Numbers second = at_step(fine, 1), first = at_step(fine, 0), both = at_step(coarse, 0);
  CHECK(at_step(again, 0) == first);
  CHECK(at_step(again, 1) == second);
  CHECK(at_step(other, 0) != first);
  for (std::size_t k = 0; k < first.size(); ++k) CHECK(both[k] == Approx(first[k] + second[k]).epsilon(1e-14));
  // It is the path that brownian_increment shows, and of all numbers none is there twice.
  CHECK(Numbers(first.begin() + 4, first.end()) == increment({.seed = 1, .dt = 0.25}, 0.25, 0, 1, 4).dW);
  Numbers all = first;
  all.insert(all.end(), second.begin(), second.end());
  std::sort(all.begin(), all.end());
  CHECK(std::adjacent_find(all.begin(), all.end()) == all.end());
}

TEST_CASE("without a path each step takes a new key of bm::random's state, or of one's own") {
  const Float64 numbers;
  constexpr std::int64_t n = 20000;
  const double h = 0.2;
  const auto drift = [](bm::Array x, bm::Array y, bm::Array) { return std::tuple(0.0 * x, 0.0 * y); };
  const auto diffusion = [](bm::Array x, bm::Array y, bm::Array) {
    return std::tuple(bm::ones_like(x), bm::ones_like(y));
  };
  auto integral = bp::sdeint(drift, diffusion, {.dt = h});
  const auto steps = [&](auto& f) {
    std::vector<Numbers> drawn;
    for (int k = 0; k < 3; ++k) {
      auto [x, y] = f(bm::zeros({n}), bm::zeros({n}), 0.0);
      drawn.push_back(x.template to_vector<double>());
      drawn.push_back(y.template to_vector<double>());
    }
    return drawn;
  };
  bm::random::seed(5);
  const std::vector<Numbers> drawn = steps(integral);
  for (std::size_t a = 0; a < drawn.size(); ++a)
    for (std::size_t b = a; b < drawn.size(); ++b) check_covariance(drawn[a], drawn[b], a == b ? h : 0.0);
  bm::random::seed(5);
  CHECK(steps(integral) == drawn);
  // It is not the path of the same seed.
  const Numbers of_path = increment({.seed = 5, .dt = h}, h, 1, 0, n).dW;
  for (const Numbers& d : drawn) CHECK(d != of_path);

  bm::RandomState own(5);
  auto with_own = bp::sdeint(drift, diffusion, {.dt = h, .random = &own});
  bm::random::seed(6);
  const double before = bm::random::rand({}).item<double>();
  bm::random::seed(6);
  CHECK(steps(with_own) == drawn);
  CHECK(bm::random::rand({}).item<double>() == before);
}

TEST_CASE("VectorWiener: states share their processes, elements do not") {
  const Float64 numbers;
  constexpr std::int64_t n = 50000;
  const double h = 0.25;
  auto integral = bp::sdeint(
      [](bm::Array x, bm::Array y, bm::Array) { return std::tuple(0.0 * x, 0.0 * y); },
      [](bm::Array x, bm::Array, bm::Array) {
        const bm::Array one = bm::ones_like(x);
        return std::tuple(bm::stack({one, 2.0 * one, 0.0 * one}, -1), bm::stack({one, 0.0 * one, -1.0 * one}, -1));
      },
      {.wiener = bp::VectorWiener, .dt = h, .path = bp::BrownianPath{.seed = 3, .dt = h}});
  bp::share.save("i", 0);
  auto [x, y] = integral(bm::zeros({n}), bm::zeros({n}), 0.0);
  const Numbers dx = x.to_vector<double>(), dy = y.to_vector<double>();
  check_covariance(dx, dx, 5 * h);
  check_covariance(dy, dy, 2 * h);
  check_covariance(dx, dy, h);
  check_covariance(dx, shifted(dx), 0);
  const Drawn first = increment({.seed = 3, .dt = h}, h, 0, 0, n), third = increment({.seed = 3, .dt = h}, h, 0, 2, n);
  for (std::size_t e = 0; e < 5; ++e) CHECK(dy[e] == Approx(first.dW[e] - third.dW[e]).epsilon(1e-14));
}

TEST_CASE("the stationary variance of an Ornstein-Uhlenbeck process that Euler and Maruyama's steps have") {
  auto ou = bp::sdeint([](bm::Array x, bm::Array) { return -x / 10.0; },
                       [](bm::Array x, bm::Array) { return 0.3 * bm::ones_like(x); },
                       {.method = "milstein", .interpretation = bp::Ito, .dt = 1.0});
  bm::random::seed(1);
  constexpr std::int64_t n = 100000;
  bp::IntegratorRunner runner(ou, {.inits = {{"x0", bm::zeros({n})}}, .monitors = {"x0"}, .progress_bar = false});
  runner.run(100.0);
  const bm::Array last = runner.mon["x0"][{99}];
  CHECK(last.dtype() == bm::DType::f32);
  const std::vector<float> floats = last.to_vector<float>();
  const double exact = 0.09 / (1 - 0.9 * 0.9);
  check_covariance(Numbers(floats.begin(), floats.end()), Numbers(floats.begin(), floats.end()), exact);
}

TEST_CASE("exp_euler solves a linear drift exactly") {
  const Float64 numbers;
  for (const char* name : {"exp_euler", "exp_auto", "exponential_euler"}) {
    auto integral = bp::sdeint([](bm::Array x, bm::Array) { return 2.0 - x / 10.0; },
                               [](bm::Array x, bm::Array) { return bm::zeros_like(x); }, {.method = name, .dt = 5.0});
    const double x = integral(bm::full({3}, 1.0), 0.0).to_vector<double>()[1];
    CHECK(x == Approx(20 - 19 * std::exp(-0.5)).epsilon(1e-14));
  }
}

TEST_CASE("Stratonovich's equation is Ito's with the drift f + g g' / 2") {
  const Float64 numbers;
  constexpr std::int64_t n = 4000;
  const double a = -0.3, b = 0.7, dt = 1.0 / 256;
  const auto diffusion = [=](bm::Array x, bm::Array) { return b * bm::sin(x); };
  const auto final_states = [&](bp::Interpretation i, double correction, const char* method) {
    auto integral = bp::sdeint(
        [=](bm::Array x, bm::Array) { return a * x + correction * b * b * bm::sin(x) * bm::cos(x); }, diffusion,
        {.method = method, .interpretation = i, .dt = dt, .path = bp::BrownianPath{.seed = 4, .dt = dt}});
    bp::IntegratorRunner runner(integral,
                                {.inits = {{"x0", bm::full({n}, 1.0)}}, .monitors = {"x0"}, .progress_bar = false});
    runner.run(1.0);
    return runner.mon["x0"][{255}].to_vector<double>();
  };
  const auto distance = [](const Numbers& x, const Numbers& y) {
    double sum = 0;
    for (std::size_t k = 0; k < x.size(); ++k) sum += std::abs(x[k] - y[k]);
    return sum / static_cast<double>(x.size());
  };
  const Numbers ito = final_states(bp::Ito, 0.5, "srk1w1"), uncorrected = final_states(bp::Ito, 0, "srk1w1");
  const double correction = distance(ito, uncorrected);
  CHECK(correction > 0.05);
  for (const char* method : {"euler", "heun", "milstein", "milstein2", "exp_euler"}) {
    INFO(method);
    CHECK(distance(final_states(bp::Stratonovich, 0, method), ito) < 0.02 * correction);
  }
  for (const char* method : {"klpl", "srk2w1", "milstein", "milstein2"}) {
    INFO(method);
    CHECK(distance(final_states(bp::Ito, 0.5, method), ito) < 0.02 * correction);
  }
}

TEST_CASE("every method gives the same bits in every mode") {
  const bool x64 = GENERATE(false, true);
  bm::enable_x64(x64);
  struct Model : bp::BrainPyObject {
    bm::Variable x, y, sigma;
    bp::Integrator<2> integral;
    Model(const bp::SdeOptions& options, bool vector)
        : x(variable("x", bm::linspace(0.5, 2.0, 40000))),
          y(variable("y", bm::linspace(-1.0, 1.0, 40000))),
          sigma(variable("sigma", bm::linspace(0.1, 0.5, 40000))),
          integral(bp::sdeint(
              [](bm::Array x, bm::Array y, bm::Array t) { return std::tuple(bm::cos(t) - x * 0.3, bm::sin(y)); },
              [this, vector](bm::Array x, bm::Array y, bm::Array t) {
                const bm::Array g = bm::exp(-0.1 * x * x) * (1.0 + t), h = sigma * y;
                if (!vector) return std::tuple(g, h);
                return std::tuple(bm::stack({g, h}, -1), bm::stack({0.0 * h, g * h}, -1));
              },
              options)) {}
    void update() { std::tie(x, y) = integral(x, y, bp::share.t()); }
  };
  auto& switches = brainpy::runtime::options();
  for (const bp::Interpretation i : {bp::Ito, bp::Stratonovich})
    for (const char* method :
         {"euler", "vector euler", "heun", "exp_euler", "milstein", "milstein2", "srk1w1", "srk2w1", "klpl"}) {
      const std::string name = method;
      if (i == bp::Ito ? name == "heun" : name == "srk1w1" || name == "srk2w1" || name == "klpl") continue;
      INFO(name << (i == bp::Ito ? ", Ito" : ", Stratonovich") << (x64 ? ", f64" : ", f32"));
      const bool vector = name == "vector euler";
      bp::SdeOptions options{.method = vector ? "euler" : name,
                             .interpretation = i,
                             .wiener = vector ? bp::VectorWiener : bp::ScalarWiener,
                             .dt = 0.25};
      // Each method meets both types with and without a path.
      const bool on_path = x64 == (i == bp::Ito);
      if (on_path) options.path = bp::BrownianPath{.seed = 9, .dt = 0.125};
      const auto run = [&] {
        bm::random::seed(2);
        Model model(options, vector);
        bp::DSRunner runner(model, {.dt = 0.25, .progress_bar = false});
        runner.run(1.0);
        Numbers all = model.x.to_vector<double>(), of_y = model.y.to_vector<double>();
        all.insert(all.end(), of_y.begin(), of_y.end());
        return all;
      };
      const Numbers compiled = run();
      CHECK(std::none_of(compiled.begin(), compiled.end(), [](double x) { return std::isnan(x); }));
      for (const char* mode : {"interp", "shadow"}) {
        bp::set_run_mode(mode);
        CHECK(run() == compiled);
      }
      bp::set_run_mode("jit");
      {
        const bp::NoJit eagerly;
        CHECK(run() == compiled);
      }
      for (const int threads : {1, 3}) {
        const int before = std::exchange(switches.threads, threads);
        CHECK(run() == compiled);
        switches.threads = before;
      }
    }
  bm::disable_x64();
}

TEST_CASE("unknown methods and combinations that a method does not solve") {
  CHECK(text_without_line<bp::NameError>([] { bp::sdeint(decay, growing, {.method = "rk4"}); }) ==
        "sdeint: no method is called 'rk4'" + here +
            "\n  hint: known are: euler, heun, milstein, milstein_grad_free, milstein2, exp_euler, exp_auto, "
            "exponential_euler, srk1w1, srk2w1, klpl");
  CHECK(text_without_line<bp::ValueError>([] { bp::sdeint(decay, growing, {.method = "heun"}); }) ==
        "sdeint: 'heun' does not solve equations in the sense of Ito" + here +
            "\n  hint: it solves those of Stratonovich; for Ito use euler, milstein, milstein_grad_free, milstein2, "
            "exp_euler, exp_auto, exponential_euler, srk1w1, srk2w1, klpl");
  CHECK(text_without_line<bp::ValueError>([] {
          bp::sdeint(decay, growing, {.method = "srk1w1", .interpretation = bp::Stratonovich});
        }) == "sdeint: 'srk1w1' does not solve equations in the sense of Stratonovich" + here +
                  "\n  hint: it solves those of Ito; for Stratonovich use euler, heun, milstein, milstein_grad_free, "
                  "milstein2, exp_euler, exp_auto, exponential_euler");
}

TEST_CASE("steps and paths that do not fit") {
  CHECK(text_without_line<bp::ValueError>([] { bp::sdeint(decay, growing, {.dt = -0.1}); }) ==
        "sdeint: the time step is not above zero" + here +
            "\n  dt = -0.1\n  hint: give dt in ms, or leave it out to use bp::share.dt()");
  CHECK(
      text_without_line<bp::ValueError>(
          [] { bp::sdeint(decay, growing, {.dt = 0.1, .path = bp::BrownianPath{.seed = 1}}); }) ==
      "sdeint: the path has no finest step" + here +
          "\n  path.dt = 0\n  hint: give .path = bp::BrownianPath{.seed = 1, .dt = 0.01}, the shortest step that will "
          "be taken on it, in ms");
  const bp::BrownianPath path{.seed = 1, .dt = 0.04};
  CHECK(text_without_line<bp::ValueError>([&] { bp::sdeint(decay, growing, {.dt = 0.1, .path = path}); }) ==
        "sdeint: the time step is not a whole multiple of the path's finest step" + here +
            "\n  dt = 0.1, path.dt = 0.04: 2.5 steps\n  hint: choose dt = m * path.dt with a whole m of at least 1");
  // The step of bp::share is known when a step is made.
  auto late = bp::sdeint(decay, growing, {.path = path});
  bp::share.set_dt(0.01);
  CHECK(text_without_line<bp::ValueError>([&] { late(bm::zeros({2}), 0.0); }) ==
        "sdeint: the time step is not a whole multiple of the path's finest step" + here +
            "\n  dt = 0.01, path.dt = 0.04: 0.25 steps\n  hint: choose dt = m * path.dt with a whole m of at least 1");
  bp::share.set_dt(0.1);
  bm::RandomState own(1);
  CHECK(text_without_line<bp::ValueError>([&] { bp::sdeint(decay, growing, {.path = path, .random = &own}); }) ==
        "sdeint: both a path and a random state are given" + here +
            "\n  hint: the path has its own seed: leave .random out");
  CHECK(text_without_line<bp::ValueError>([&] { bp::brownian_increment(path, 0.1, {2}); }) ==
        "brownian_increment: the time step is not a whole multiple of the path's finest step" + here +
            "\n  dt = 0.1, path.dt = 0.04: 2.5 steps\n  hint: choose dt = m * path.dt with a whole m of at least 1");
  CHECK(text_without_line<bp::ValueError>([&] { bp::brownian_increment(path, 0.04, {2}, -1); }) ==
        "brownian_increment: the process is below zero" + here + "\n  process = -1");
}

TEST_CASE("diffusions of a wrong number or shape") {
  auto three = bp::sdeint(decay, [](bm::Array x, bm::Array) { return std::vector<bm::Array>{x, x, x}; });
  CHECK(text_without_line<bp::ValueError>([&] { three(bm::zeros({2}), 0.0); }) ==
        "sdeint: the diffusion returns a wrong number of values" + here +
            "\n  1 states, 3 values\n  hint: return one value for each state, in the order of the states");
  auto longer = bp::sdeint(decay, [](bm::Array, bm::Array) { return bm::ones({3}); }, {.variables = {"V"}});
  CHECK(
      text_without_line<bp::ShapeError>([&] { longer(bm::zeros({2}), 0.0); }) ==
      "sdeint: the diffusion of state 0 has another shape" + here +
          "\n  the state 'V' is f32[2], its diffusion f32[3]\n  hint: return one value for each element of the state, "
          "in the order of the states");
  auto no_axis = bp::sdeint(decay, growing, {.wiener = bp::VectorWiener, .variables = {"V"}});
  CHECK(
      text_without_line<bp::ShapeError>([&] { no_axis(bm::zeros({2}), 0.0); }) ==
      "sdeint: the diffusion of state 0 has another shape" + here +
          "\n  the state 'V' is f32[2], its diffusion f32[2]\n  hint: with VectorWiener return the state's shape with "
          "one more, last axis: a coefficient for each process");
  const auto still = [](bm::Array x, bm::Array y, bm::Array) { return std::tuple(0.0 * x, 0.0 * y); };
  auto uneven = bp::sdeint(still,
                           [](bm::Array, bm::Array, bm::Array) {
                             return std::tuple(bm::ones({2, 3}), bm::ones({2, 2}));
                           },
                           {.wiener = bp::VectorWiener});
  CHECK(text_without_line<bp::ShapeError>([&] { uneven(bm::zeros({2}), bm::zeros({2}), 0.0); }) ==
        "sdeint: the diffusions of two states have different numbers of processes" + here +
            "\n  3 for the state 'x0', 2 for the state 'x1'\n  hint: with VectorWiener all states share the processes: "
            "give those that do not drive a state the coefficient 0");
  CHECK(
      text_without_line<bp::ShapeError>([&] { uneven(bm::zeros({2}), bm::zeros({3}), 0.0); }) ==
      "sdeint: states that share Wiener processes have different types" + here +
          "\n  'x0' is f32[2], 'x1' is f32[3]\n  hint: with VectorWiener element i of all states is driven by the same "
          "processes; use ScalarWiener, or states of one shape and element type");
}

TEST_CASE("methods for one process refuse noise of several") {
  auto several = bp::sdeint(decay,
                            [](bm::Array x, bm::Array) {
                              return bm::stack({x, x}, -1);
                            },
                            {.method = "milstein", .wiener = bp::VectorWiener});
  CHECK(text_without_line<bp::ValueError>([&] { several(bm::zeros({2}), 0.0); }) ==
        "sdeint: 'milstein' is for one Wiener process" + here +
            "\n  the diffusion has 2\n  hint: for several use euler, exp_euler, exp_auto, exponential_euler");
  auto neighbours = bp::sdeint(decay, [](bm::Array x, bm::Array) { return bm::mean(x) + 0.0 * x; },
                               {.method = "milstein2", .interpretation = bp::Stratonovich, .variables = {"V"}});
  CHECK(text_without_line<bp::ValueError>([&] { neighbours(bm::zeros({2}), 0.0); }) ==
        "sdeint: 'milstein2' needs a diffusion in which each element is driven by one process" + here +
            "\n  the diffusion of state 'V' depends on other elements of the state 'V'\n  hint: let it depend on the "
            "same element alone, or use euler, heun, exp_euler, exp_auto, exponential_euler");
  const auto apart = [](bm::Array x, bm::Array y, bm::Array) { return std::tuple(-x, -y); };
  const auto mixed = [](bm::Array x, bm::Array y, bm::Array) { return std::tuple(y, -x * y); };
  auto across = bp::sdeint(apart, mixed, {.method = "srk1w1", .variables = {"x", "y"}});
  CHECK(text_without_line<bp::ValueError>([&] { across(bm::zeros({2}), bm::zeros({2}), 0.0); }) ==
        "sdeint: 'srk1w1' needs a diffusion in which each element is driven by one process" + here +
            "\n  the diffusion of state 'x' depends on the state 'y'\n  hint: let it depend on the same element alone, "
            "or use euler, exp_euler, exp_auto, exponential_euler");
  auto coupled = bp::sdeint(mixed, apart, {.method = "klpl", .variables = {"x", "y"}});
  CHECK(text_without_line<bp::ValueError>([&] { coupled(bm::zeros({2}), bm::zeros({2}), 0.0); }) ==
        "sdeint: 'klpl' needs a drift in which each element is driven by one process" + here +
            "\n  the drift of state 'x' depends on the state 'y'\n  hint: let it depend on the same element alone, or "
            "use srk1w1");
  // srk1w1 takes that drift, and a diffusion that depends on time, parameters and the element itself.
  auto fine =
      bp::sdeint([](bm::Array x, bm::Array, bm::Array p) { return p * bm::mean(x) - x; },
                 [](bm::Array x, bm::Array t, bm::Array p) { return bm::where(x > 0.0, x, 0.0) * bm::sum(p) + t; },
                 {.method = "srk1w1"});
  CHECK(fine(bm::ones({2}), 0.5, bm::ones({2})).shape() == bm::Shape{2});
}
