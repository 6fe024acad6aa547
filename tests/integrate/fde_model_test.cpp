// fdeint in models: reset, a saved past, states from outside; the same bits in all modes, states of any shape; runs
// that do not fit their memory.
#include <algorithm>
#include <brainpy/brainpy.hpp>
#include <cmath>
#include <string>

#include "integrate/fractional.h"
#include "runtime/options.h"
#include "support/errors.h"
#include "support/float64.h"
#include "support/temp_folder.h"

namespace bp = brainpy;
namespace bm = brainpy::math;
using bp::test::Float64;
using bp::test::fractional_methods;

namespace {

using Numbers = std::vector<double>;

struct FractionalLIF : bp::BrainPyObject {
  explicit FractionalLIF(const std::string& method)
      : integral(bp::fdeint([](bm::Array V, bm::Array, bm::Array I) { return (I - V) / 10.0; },
                            {.alpha = 0.7, .method = method, .num_memory = 30, .inits = {bm::zeros({3})}, .dt = 0.1})),
        past(node("past", integral.memory())) {}
  bm::Variable V = variable("V", bm::zeros({3}));
  bp::FractionalIntegrator<1> integral;
  bp::FractionalMemory& past;
  void update() {
    const bm::Array v = integral(V, bp::share.t(), bm::array({10.0, 20.0, 30.0}));
    V = bm::where(v > 5.0, 0.0, v);
  }
};

std::vector<float> last_of(const bp::DSRunner& runner) { return runner.mon["V"].to_vector<float>(); }

}  // namespace

TEST_CASE("reset repeats a fractional run bit by bit, and a model saves its past") {
  const TempFolder folder;
  for (const std::string& method : fractional_methods) {
    INFO(method);
    FractionalLIF model(method), other(method);
    bp::DSRunner runner(model, {.monitors = {"V"}, .dt = 0.1, .progress_bar = false});
    runner.run(10.0);
    const std::vector<float> first = last_of(runner);
    CHECK(*std::ranges::max_element(first) > 1.0F);
    model.save_state(folder / "state.npz");
    runner.run(5.0);
    const std::vector<float> second = last_of(runner);
    runner.reset();
    runner.run(10.0);
    CHECK(last_of(runner) == first);
    // integral.reset() by itself: V goes back by hand.
    model.integral.reset();
    CHECK(model.past.vars()["steps"].item<int>() == 0);
    model.V = 0.0;
    runner.reset(false);
    runner.run(10.0);
    CHECK(last_of(runner) == first);
    // Another object carries on where the saved one was.
    other.load_state(folder / "state.npz");
    bp::DSRunner resumed(other, {.monitors = {"V"}, .dt = 0.1, .progress_bar = false});
    resumed.run(5.0);
    CHECK(last_of(resumed) == second);
  }
  FractionalLIF model("l1");
  struct Second : bp::BrainPyObject {
    explicit Second(const FractionalLIF& m) { node("mine", m.integral.memory()); }
  };
  CHECK_THAT(text_of<bp::NameError>([&] { const Second second(model); }),
             Catch::Matchers::Contains("node 'mine' is already a part of an object\n  there it is 'past'"));
}

TEST_CASE("a runner's reset forgets the past of its integrator") {
  auto relax = bp::fdeint([](bm::Array x, bm::Array) { return -x; },
                          {.alpha = 0.8, .method = "l1", .num_memory = 1000, .inits = {1.0}, .dt = 0.01});
  bp::IntegratorRunner runner(relax, {.inits = {{"x0", 1.0}}, .monitors = {"x0"}, .progress_bar = false});
  runner.run(1.0);
  const std::vector<float> x = runner.mon["x0"].to_vector<float>();
  runner.run(1.0);
  CHECK(runner.mon["x0"].to_vector<float>() != x);
  runner.reset();
  runner.run(1.0);
  CHECK(runner.mon["x0"].to_vector<float>() == x);
}

TEST_CASE("a state from outside shifts the fractional solution from then on") {
  const Float64 numbers;
  for (const std::string& method : fractional_methods)
    for (const char* memory : {"window", "exponentials"}) {
      INFO(method << ", " << memory);
      // The slope does not depend on x: the jump of 3 stays for ever, whatever the step.
      const auto make = [&] {
        bp::FdeOptions o{.alpha = 0.6, .method = method, .inits = {1.0}, .dt = 0.05, .memory = memory};
        if (o.memory == "window") o.num_memory = 15;
        else o.horizon = 5;
        return bp::fdeint([](bm::Array x, bm::Array t) { return bm::cos(t) + 0.0 * x; }, o);
      };
      const auto smooth = make(), jumping = make();
      bm::Array x = 1.0, y = 1.0;
      for (int k = 0; k < 40; ++k) {
        if (k == 20) y = y + 3.0;
        x = smooth(x, k * 0.05);
        y = jumping(y, k * 0.05);
      }
      CHECK(std::abs(y.item<double>() - x.item<double>() - 3) < 1e-13);
    }
}

namespace {

/// Restores the modes.
struct Modes {
  ~Modes() {
    bp::set_run_mode("jit");
    brainpy::runtime::options().threads = 0;
  }
};

/// The whole trajectory, as the default type's bits.
using Run = std::vector<double> (*)();

template <class F>
Numbers trajectory(F f, bp::FdeOptions options, std::vector<bm::Operand> start, double duration) {
  options.inits = start;
  auto equation = bp::fdeint(f, options);
  bp::IntegratorRunnerOptions run{.monitors = {}, .progress_bar = false};
  for (std::size_t k = 0; k < start.size(); ++k) {
    run.inits.emplace_back("x" + std::to_string(k), start[k]);
    run.monitors.emplace_back("x" + std::to_string(k));
  }
  bp::IntegratorRunner runner(equation, run);
  runner.run(duration);
  Numbers all;
  for (std::size_t k = 0; k < start.size(); ++k)
    for (double v : runner.mon["x" + std::to_string(k)].template to_vector<double>()) all.push_back(v);
  return all;
}

/// Grigorenko & Grigorenko 2003, Phys. Rev. Lett. 91.
Numbers lorenz() {
  return trajectory([](bm::Array x, bm::Array y, bm::Array z,
                       bm::Array) { return std::tuple(10.0 * (y - x), x * (28.0 - z) - y, x * y - 8.0 / 3.0 * z); },
                    {.alpha = 0.99, .method = "l1", .num_memory = 500, .dt = 0.01}, {8.0, 1.0, 1.0}, 20.0);
}

/// Petras 2011, Fractional-Order Nonlinear Systems, section 5.2.
Numbers chua(bp::FdeOptions options) {
  options.alpha = {0.93, 0.99, 0.92};
  options.dt = 0.005;
  return trajectory(
      [](bm::Array x, bm::Array y, bm::Array z, bm::Array) {
        const bm::Array diode = -0.7872 * x + 0.5 * (-1.1726 + 0.7872) * (bm::abs(x + 1.0) - bm::abs(x - 1.0));
        return std::tuple(10.725 * (y - x - diode), x - y + z, -10.593 * y - 0.268 * z);
      },
      options, {0.2, -0.1, 0.1}, 20.0);
}

Numbers chua_window() { return chua({.method = "short-memory", .num_memory = 1000}); }
Numbers chua_exponentials() { return chua({.method = "abm", .memory = "exponentials", .horizon = 20}); }
Numbers chua_product() { return chua({.method = "abm", .num_memory = 300}); }

}  // namespace

TEST_CASE("fractional Lorenz and Chua are bounded, alive, and the same bits in all modes") {
  const Modes restored;
  for (const bool wide : {false, true})
    for (const Run run : {lorenz, chua_window, chua_exponentials, chua_product}) {
      if (wide) bm::enable_x64();
      const Numbers jit = run();
      INFO((wide ? "f64, " : "f32, ") << jit.size() << " numbers");
      const auto third = static_cast<std::ptrdiff_t>(jit.size() / 3);
      const auto [low, high] = std::minmax_element(jit.begin() + third / 2, jit.begin() + third);
      CHECK(*low < -1);  // both wings
      CHECK(*high > 1);
      CHECK(std::ranges::all_of(jit, [](double v) { return std::abs(v) < 60; }));
      for (const char* mode : {"interp", "shadow"}) {
        bp::set_run_mode(mode);
        CHECK(run() == jit);
      }
      bp::set_run_mode("jit");
      for (int threads : {1, 2, 4}) {
        brainpy::runtime::options().threads = threads;
        CHECK(run() == jit);
      }
      {
        const bp::NoJit eager;
        CHECK(run() == jit);
      }
      bm::disable_x64();
    }
}

TEST_CASE("fractional states of any shape: each unit is as by itself") {
  const auto run = [](const bm::Shape& shape, const std::string& method, const char* memory, int steps) {
    bp::FdeOptions o{.alpha = 0.7, .method = method, .inits = {bm::ones(shape)}, .dt = 0.1, .memory = memory};
    if (o.memory == "window") o.num_memory = 20;
    else o.horizon = 5;
    auto equation = bp::fdeint([](bm::Array x, bm::Array) { return -x; }, o);
    auto step = bp::jit([&](bm::Array x, bm::Array t) { return equation(x, t); });
    bm::Array x = bm::ones(shape);
    for (int k = 0; k < steps; ++k) x = step(x, 0.1 * k);
    return x;
  };
  for (const std::string& method : fractional_methods)
    for (const char* memory : {"window", "exponentials"}) {
      INFO(method << ", " << memory);
      const auto pair = run({2}, method, memory, 30).to_vector<float>();
      CHECK(run({}, method, memory, 30).item<float>() == Approx(pair[0]).epsilon(1e-5));
      const bm::Array block = run({2, 3, 4}, method, memory, 30);
      CHECK(block.shape() == bm::Shape{2, 3, 4});
      CHECK(block.to_vector<float>() == std::vector<float>(24, pair[0]));
    }
  const auto pair = run({2}, "l1", "window", 25).to_vector<float>();
  CHECK(run({100000}, "l1", "window", 25).to_vector<float>() == std::vector<float>(100000, pair[0]));
}

TEST_CASE("another time step than that of the past is refused") {
  const auto integral =
      bp::fdeint([](bm::Array x, bm::Array) { return -x; }, {.alpha = 0.5, .num_memory = 9, .inits = {1.0}});
  const double before = bp::share.dt();
  bm::set_dt(0.1);
  bm::Array x = integral(1.0, 0.0);
  bm::set_dt(0.2);
  const int line = __LINE__ + 1;
  const std::string text = text_of<bp::ValueError>([&] { integral(x, 0.1); });
  CHECK(text == "fdeint: the time step has changed\n  at fde_model_test.cpp:" + std::to_string(line) +
                    "\n  dt = 0.2, the past has steps of 0.1\n  hint: keep dt, or forget the past by reset()");
  integral.reset();
  CHECK(integral(1.0, 0.0).item<float>() < x.item<float>());
  bm::set_dt(before);
}

TEST_CASE("a run beyond the horizon of its exponentials is refused in all modes") {
  const Modes restored;
  for (const char* mode : {"jit", "interp", "shadow", "eager"}) {
    INFO(mode);
    const bool eager = mode == std::string("eager");
    bp::set_run_mode(eager ? "jit" : mode);
    auto equation = bp::fdeint([](bm::Array x, bm::Array) { return -x; },
                               {.alpha = 0.5, .inits = {1.0}, .dt = 0.1, .memory = "exponentials", .horizon = 2});
    const auto run = [&] {
      bp::IntegratorRunner runner(equation, {.inits = {{"x0", 1.0}}, .progress_bar = false});
      runner.run(2.0);
      runner.reset();
      runner.run(2.0);
      const std::string text = text_of<bp::Error>([&] { runner.run(0.1); });
      CHECK(text.starts_with("fdeint: the run is longer than the horizon of its memory\n"));
      CHECK(text.find("steps = 20") != std::string::npos);
      CHECK(text.ends_with("\n  hint: give a longer .horizon, or forget the past by reset()"));
    };
    if (!eager) run();
    else {
      const bp::NoJit now;
      run();
    }
  }
}
