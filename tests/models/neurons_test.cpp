// Models against closed forms.
#include <brainpy/brainpy.hpp>
#include <cmath>

#include "support/catch.h"

namespace bp = brainpy;
namespace bm = brainpy::math;

namespace {

struct Leaky : bp::BrainPyObject {
  double tau = 10.0, drive = 12.0;
  bm::Variable V = variable("V", bm::zeros({3}));
  bp::Integrator<1> integral;
  explicit Leaky(const char* method)
      : integral(bp::odeint([this](bm::Array V, bm::Array) { return (drive - V) / tau; }, {.method = method})) {}
  void update() { V = integral(V, bp::share.t()); }
};

/// The largest error at t = 20 ms of dV/dt = (drive - V) / tau, V(0) = 0.
double error_of(const char* method, double dt) {
  bm::enable_x64();
  Leaky model(method);
  bp::DSRunner runner(model, {.monitors = {"V"}, .dt = dt, .progress_bar = false});
  runner.run(20.0);
  bm::disable_x64();
  const double exact = 12.0 * (1.0 - std::exp(-2.0));
  return std::abs(model.V.to_vector<double>()[1] - exact);
}

}  // namespace

TEST_CASE("methods have their order on a linear equation; exp_auto is exact") {
  for (const auto& [method, order] : {std::pair{"euler", 1.0}, {"rk2", 2.0}, {"rk4", 4.0}}) {
    const double coarse = error_of(method, 0.5), fine = error_of(method, 0.25);
    INFO(method << ": errors " << coarse << ", " << fine);
    CHECK(std::log2(coarse / fine) == Approx(order).margin(0.1));
  }
  CHECK(error_of("exp_auto", 0.5) < 1e-13);
}

TEST_CASE("time is t0 + i dt from an integer") {
  struct Clock : bp::BrainPyObject {
    bm::Variable last = variable("last", bm::zeros({}));
    void update() { last = bp::share.t(); }
  } clock;
  bm::enable_x64();
  struct Clock64 : bp::BrainPyObject {
    bm::Variable last = variable("last", bm::zeros({}));
    void update() { last = bp::share.t(); }
  } precise;
  bp::DSRunner runner(precise, {.monitors = {"last"}, .dt = 0.1, .t0 = 5.0, .progress_bar = false});
  runner.run(1000.0);
  const std::vector<double> t = runner.mon["last"].to_vector<double>();
  CHECK(t[7] == 5.0 + 7 * 0.1);
  CHECK(t[9999] == 5.0 + 9999 * 0.1);
  CHECK(runner.mon.ts.to_vector<double>() == t);
  bm::disable_x64();
}

TEST_CASE("inputs: constant, iterated, computed; added and set") {
  struct Sink : bp::BrainPyObject {
    bm::Variable x = variable("x", bm::zeros({2}));
    bm::Variable sum = variable("sum", bm::zeros({2}));
    void update() {
      sum += x;
      x = 0.0;
    }
  };
  const bool jit = GENERATE(true, false);
  Sink sink;
  bp::DSRunner runner(sink,
                      {.monitors = {"sum", {"double", [&] { return sink.sum * 2.0; }}},
                       .inputs = {{"x", 1.0}, {"x", bm::arange(4.0), "iter"}, {"x", [] { return bp::share.t(); }}},
                       .dt = 1.0,
                       .jit = jit,
                       .progress_bar = false});
  runner.run(4.0);
  CHECK(sink.sum.to_vector<float>()[0] == 4.0F + 6.0F + 6.0F);
  CHECK(runner.mon["double"].to_vector<float>().back() == 32.0F);
  Sink fixed;
  bp::DSRunner setter(fixed, {.inputs = {{"x", 1.0}, {"x", 5.0, "="}}, .dt = 1.0, .jit = jit, .progress_bar = false});
  setter.run(2.0);
  CHECK(fixed.sum.to_vector<float>()[1] == 10.0F);
}

TEST_CASE("an integrator runs without a class") {
  bm::enable_x64();
  auto fhn = bp::odeint([](bm::Array V, bm::Array w, bm::Array /*t*/,
                           bm::Array I) { return std::tuple(V - V * V * V / 3.0 - w + I, (V + 0.7 - 0.8 * w) / 12.5); },
                        {.method = "rk4", .dt = 0.01, .variables = {"V", "w"}, .parameters = {"I"}});
  bp::IntegratorRunner runner(
      fhn, {.inits = {{"V", 0.0}, {"w", 0.0}}, .args = {{"I", 0.5}}, .monitors = {"V", "w"}, .progress_bar = false});
  runner.run(100.0);
  CHECK(runner.mon.ts.size() == 10000);
  // The limit cycle of FitzHugh & Nagumo at I = 0.5 reaches about 2.
  CHECK(runner.mon["V"].max().item<double>() == Approx(1.95).margin(0.1));
  bm::disable_x64();
  CHECK_THROWS_AS(bp::IntegratorRunner(fhn, {.inits = {{"V", 0.0}}, .args = {{"I", 0.5}}}), bp::NameError);
  CHECK_THROWS_AS(bp::IntegratorRunner(fhn, {.inits = {{"V", 0.0}, {"w", 0.0}}, .args = {{"J", 0.5}}}), bp::NameError);
}

TEST_CASE("state is saved and loaded") {
  for (const char* extension : {".npz", ".h5"}) {
    Leaky a("euler"), b("euler");
    a.V = bm::array({1.0, 2.0, 3.0});
    const std::string file = std::string("state_test") + extension;
    a.save_state(file);
    b.load_state(file);
    CHECK(b.V.to_vector<float>() == std::vector<float>{1, 2, 3});
    struct Other : bp::BrainPyObject {
      bm::Variable W = variable("W", bm::zeros({3}));
    } other;
    CHECK_THROWS_AS(other.load_state(file), bp::NameError);
    struct Longer : bp::BrainPyObject {
      bm::Variable V = variable("V", bm::zeros({4}));
    } longer;
    CHECK_THROWS_AS(longer.load_state(file), bp::ShapeError);
    std::remove(file.c_str());
  }
}

TEST_CASE("measures") {
  // Two neurons, ten steps of 1 ms: 3 and 2 spikes, 1 of them together.
  std::vector<bool> fired(20, false);
  for (int k : {0, 4, 8}) fired[static_cast<std::size_t>(2 * k)] = true;
  for (int k : {4, 9}) fired[static_cast<std::size_t>(2 * k + 1)] = true;
  std::vector<float> numbers(fired.begin(), fired.end());
  const bm::Array spikes = bm::array(numbers).reshape({10, 2}) > 0.5;
  CHECK(bp::measure::mean_rate(spikes, 1.0) == Approx(5.0 / 2 / 0.010));
  CHECK(bp::measure::cross_correlation(spikes, 1.0, 1.0) == Approx(1.0 / std::sqrt(6.0)));
  CHECK(bp::measure::firing_rate(spikes, 3.0, 1.0).to_vector<float>()[4] == Approx(2.0 / (3 * 2 * 0.001)));
  CHECK_THROWS_AS(bp::measure::mean_rate(bm::zeros({3})), bp::ShapeError);
  CHECK_THROWS_AS(bp::measure::firing_rate(spikes, 0.0), bp::ValueError);
}
