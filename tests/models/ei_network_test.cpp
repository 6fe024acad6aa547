// The main example's network: one hash of all spikes and voltages over every mode, thread count and stage of its dump.
#include <fmt/format.h>
#include <brainpy/brainpy.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

#include "frontend/object/variable_state.h"
#include "runtime/hash.h"
#include "runtime/options.h"
#include "support/catch.h"

namespace bp = brainpy;
namespace bm = brainpy::math;
namespace fs = std::filesystem;

namespace {

class LIF : public bp::BrainPyObject {
 public:
  explicit LIF(int size) : size(size) {}
  const int size;
  double tau = 20.0, V_rest = -60.0, V_reset = -60.0, V_th = -50.0, t_ref = 5.0;
  bm::Variable V = variable("V", bm::random::normal(-55.0, 2.0, {size}));
  bm::Variable input = variable("input", bm::zeros({size}));
  bm::Variable spike = variable("spike", bm::zeros({size}, bm::bool_));
  bm::Variable t_last = variable("t_last", bm::full({size}, -1e7));
  bp::Integrator<1> integral = bp::odeint(
      [this](bm::Array V, bm::Array, bm::Array I) { return (V_rest - V + I) / tau; }, {.method = "exp_auto"});

  void update() {
    const bm::Array t = bp::share.t();
    const bm::Array refractory = (t - t_last) <= t_ref;
    const bm::Array v = bm::where(refractory, V, integral(V, t, input));
    spike = v >= V_th;
    t_last = bm::where(spike, t, t_last);
    V = bm::where(spike, V_reset, v);
    input = 20.0;
  }
};

class ExpSynapse : public bp::BrainPyObject {
 public:
  ExpSynapse(LIF& pre, LIF& post, double weight, double tau, double E)
      : pre(pre), post(post), weight(weight), tau(tau), E(E) {}
  LIF &pre, &post;
  double weight, tau, E;
  bm::CSR synapses = bp::conn::FixedProb(0.02, {.seed = 123}).csr(pre.size, post.size);
  bm::Variable g = variable("g", bm::zeros({post.size}));
  bp::Integrator<1> integral = bp::odeint([this](bm::Array g, bm::Array) { return -g / tau; }, {.method = "exp_auto"});

  void update() {
    g = integral(g, bp::share.t()) + bm::event::csrmv(weight, synapses, pre.spike);
    post.input += g * (E - post.V);
  }
};

class EINet : public bp::BrainPyObject {
 public:
  explicit EINet(int scale) : E(node<LIF>("E", 4 * scale)), I(node<LIF>("I", scale)) {}
  LIF &E, &I;
  ExpSynapse& E2E = node<ExpSynapse>("E2E", E, E, 0.6, 5.0, 0.0);
  ExpSynapse& E2I = node<ExpSynapse>("E2I", E, I, 0.6, 5.0, 0.0);
  ExpSynapse& I2E = node<ExpSynapse>("I2E", I, E, 6.7, 10.0, -80.0);
  ExpSynapse& I2I = node<ExpSynapse>("I2I", I, I, 6.7, 10.0, -80.0);

  void update() {
    E2E.update(), E2I.update(), I2E.update(), I2I.update();
    E.update(), I.update();
  }
};

std::string bits_of(const bm::Array& array) {
  const brainpy::runtime::Tensor t = array.tensor();
  return {static_cast<const char*>(t.data->data()), t.type.bytes()};
}

/// All spikes and some voltages over the run, and every Variable after it. A voltage is never NaN, so bits compare.
std::string hash_of_run(double duration, int scale = 800) {
  bm::random::seed(42);
  bp::share.clear();
  EINet net(scale);
  bp::DSRunner runner(net, {.monitors = {"E.spike", "I.spike", "E.V[0:5]"}, .dt = 0.1, .progress_bar = false});
  runner.run(duration);
  std::string all;
  for (const auto& [name, values] : runner.mon) all += bits_of(values);
  for (auto& [name, variable] : net.vars()) all += bits_of(variable.value());
  const double rate = bp::measure::mean_rate(runner.mon["E.spike"]);
  CHECK(rate > 5.0);
  CHECK(rate < 80.0);
  return brainpy::runtime::to_hex(brainpy::runtime::hash128(all));
}

/// Restores the switches.
struct Switches {
  brainpy::runtime::Options saved = brainpy::runtime::options();
  ~Switches() { brainpy::runtime::options() = saved; }
};

}  // namespace

TEST_CASE("the E/I network has one hash in all modes") {
  const bool x64 = GENERATE(false, true);
  const Switches switches;
  bm::enable_x64(x64);
  const std::string compiled = hash_of_run(1000.0);
  INFO((x64 ? "float64 " : "float32 ") << compiled);

  SECTION("interpreted, 1000 ms") {
    bp::set_run_mode("interp");
    CHECK(hash_of_run(1000.0) == compiled);
  }
  SECTION("1, 2 and 4 threads, 1000 ms") {
    for (int threads : {1, 2, 4}) {
      brainpy::runtime::options().threads = threads;
      CHECK(hash_of_run(1000.0) == compiled);
    }
  }
  SECTION("vectors of 4, 8 and 16 elements, 1000 ms") {
    for (int width : {4, 8, 16}) {
      const int before = std::exchange(brainpy::runtime::options().vector, width);
      CHECK(hash_of_run(1000.0) == compiled);
      brainpy::runtime::options().vector = before;
    }
  }
  SECTION("eagerly, 100 ms") {
    const std::string part = hash_of_run(100.0);
    const bp::NoJit eager;
    CHECK(hash_of_run(100.0) == part);
  }
  SECTION("shadow, 1000 ms") {
    bp::set_run_mode("shadow");
    CHECK(hash_of_run(1000.0) == compiled);
  }
  bm::disable_x64();
}

TEST_CASE("a run in pieces is the run in one") {
  const auto voltages = [](std::initializer_list<double> durations) {
    bm::random::seed(1);
    bp::share.clear();
    EINet net(100);
    bp::DSRunner runner(net, {.monitors = {}, .dt = 0.1, .progress_bar = false});
    for (double d : durations) runner.run(d);
    CHECK(runner.step() == 3000);
    return bits_of(net.E.V.value());
  };
  CHECK(voltages({300.0}) == voltages({123.4, 0.0, 176.6}));
}

TEST_CASE("reset brings the first run back") {
  bm::random::seed(1);
  EINet net(100);
  bp::DSRunner runner(net, {.monitors = {"E.spike"}, .dt = 0.1, .progress_bar = false});
  runner.run(50.0);
  const std::string first = bits_of(runner.mon["E.spike"]);
  runner.run(50.0);
  CHECK(bits_of(runner.mon["E.spike"]) != first);
  runner.reset();
  runner.run(50.0);
  CHECK(bits_of(runner.mon["E.spike"]) == first);
}

TEST_CASE("streaming hands over the same recording piece by piece") {
  const auto run = [](bp::Stream stream) {
    bm::random::seed(1);
    EINet net(100);
    bp::DSRunner runner(net, {.monitors = {"E.spike"}, .dt = 0.1, .progress_bar = false, .stream = std::move(stream)});
    runner.run(250.0);
    return runner.mon.contains("E.spike") ? bits_of(runner.mon["E.spike"]) : std::string();
  };
  std::string pieces;
  int count = 0;
  const std::string nothing = run([&](const bp::Monitors& piece) {
    pieces += bits_of(piece["E.spike"]);
    ++count;
  });
  CHECK(nothing.empty());
  CHECK(count == 3);
  CHECK(pieces == run({}));
}

TEST_CASE("the network's dump at every stage runs in the tool with the model's bits") {
  const Switches switches;
  const fs::path folder = fs::temp_directory_path() / ("brainpy_dump_test_" + std::to_string(::getpid()));
  brainpy::runtime::options().dump = "all";
  brainpy::runtime::options().dump_dir = folder.string();
  hash_of_run(50.0, 400);
  brainpy::runtime::options().dump.clear();

  // The tool prints hashes of results and new states: all stages and modes must print the same lines.
  std::string expected;
  int stages = 0;
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.path().extension() == ".bpir" && entry.path().string().find("EINet") != std::string::npos)
      files.push_back(entry.path());
  std::ranges::sort(files);
  for (const fs::path& file : files)
    for (const char* mode : {"jit", "interp"}) {
      const fs::path out = folder / "out.txt";
      const std::string command =
          fmt::format("{} ir {} --run {} > {} 2>&1", BRAINPY_TOOL, file.string(), mode, out.string());
      INFO(command);
      REQUIRE(std::system(command.c_str()) == 0);
      std::ifstream in(out);
      std::stringstream text;
      text << in.rdbuf();
      if (expected.empty()) expected = text.str();
      // A Variable that the passes found unread is not an input of later stages: compare what both print.
      std::istringstream lines(text.str());
      for (std::string line; std::getline(lines, line);) {
        INFO(line);
        CHECK(expected.find(line) != std::string::npos);
      }
      CHECK(text.str().find("@E.V") != std::string::npos);
      ++stages;
    }
  CHECK(stages >= 6);
  fs::remove_all(folder);
}
