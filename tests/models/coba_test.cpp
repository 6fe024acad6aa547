// The conductance-based network of the benchmarks against a plain loop in C++ over the same graph and start, in the
// same precision: the same spikes in the same steps. Counts of its spikes against its recorded spikes.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>
#include <vector>

#include "compiler/ops/vecmath/exp.h"
#include "perf/models.h"
#include "runtime/options.h"
#include "support/catch.h"

namespace bp = brainpy;
namespace bm = brainpy::math;

namespace {

constexpr int steps = 1000;  // 100 ms

template <class T>
T relative_growth(T x) {
  return bp::compiler::vecmath::exprel(bp::compiler::lane::Host<T>(x)).v;
}

struct Rows {
  std::vector<std::int32_t> indptr, indices;
  explicit Rows(const bm::CSR& m)
      : indptr(m.indptr().to_vector<std::int32_t>()), indices(m.indices().to_vector<std::int32_t>()) {}
};

/// Equations and parameters as models.h states them, one neuron after the other.
template <class T>
std::vector<std::vector<int>> plain_loop(const works::Coba& model, bool exponential, std::vector<T> V) {
  const auto size = static_cast<std::size_t>(model.size), excitatory = static_cast<std::size_t>(model.excitatory);
  const Rows from_e(model.from_e), from_i(model.from_i);
  const T dt = T(0.1), decay_e = std::exp(T(-1.0 / 5.0) * dt), decay_i = std::exp(T(-1.0 / 10.0) * dt);
  std::vector<T> g_e(size), g_i(size), t_last(size, T(-1e7));
  std::vector<char> fired(size);
  std::vector<std::vector<int>> spikes;
  for (int step = 0; step < steps; ++step) {
    const T t = static_cast<T>(step * 0.1);
    std::vector<T> in_e(size), in_i(size);
    for (std::size_t r = 0; r < size; ++r) {
      if (!fired[r]) continue;
      const bool is_e = r < excitatory;
      const Rows& m = is_e ? from_e : from_i;
      const std::size_t row = is_e ? r : r - excitatory;
      for (std::int32_t j = m.indptr[row]; j < m.indptr[row + 1]; ++j)
        (is_e ? in_e : in_i)[static_cast<std::size_t>(m.indices[static_cast<std::size_t>(j)])] +=
            is_e ? T(0.6) : T(6.7);
    }
    spikes.emplace_back();
    for (std::size_t k = 0; k < size; ++k) {
      const T ge = g_e[k] + in_e[k], gi = g_i[k] + in_i[k];
      const T slope = (((T(-60) - V[k]) + T(20)) + ge * (T(0) - V[k]) + gi * (T(-80) - V[k])) / T(20);
      T v;
      if (exponential) {
        const T rate = ((T(-1) - ge) - gi) / T(20);
        v = V[k] + relative_growth(rate * dt) * dt * slope;
      } else {
        v = V[k] + slope * dt;
      }
      if (t - t_last[k] <= T(5)) v = T(-60);
      g_e[k] = ge * decay_e;
      g_i[k] = gi * decay_i;
      fired[k] = v >= T(-50);
      if (fired[k]) {
        t_last[k] = t;
        v = T(-60);
        spikes.back().push_back(static_cast<int>(k));
      }
      V[k] = v;
    }
  }
  return spikes;
}

template <class T>
void check_network(const char* method) {
  if (sizeof(T) == 8) bm::enable_x64();
  bm::random::seed(7);
  works::Coba model(4000, method);
  const auto start = bm::Array(model.V).to_vector<T>();
  bp::DSRunner runner(model, {.monitors = {"spike"}, .dt = 0.1});
  runner.run(0.1 * steps);
  const auto recorded = runner.mon["spike"].to_vector<bool>();
  const auto expected = plain_loop<T>(model, std::string(method) == "exp_auto", start);
  bm::disable_x64();
  std::size_t total = 0;
  for (int step = 0; step < steps; ++step) {
    std::vector<int> got;
    for (int k = 0; k < model.size; ++k)
      if (recorded[static_cast<std::size_t>(step) * 4000 + static_cast<std::size_t>(k)]) got.push_back(k);
    INFO("step " << step << " of " << method);
    REQUIRE(got == expected[static_cast<std::size_t>(step)]);
    total += got.size();
  }
  CHECK(total > 5000);  // some 20 Hz
}

}  // namespace

TEST_CASE("the benchmark network fires as a plain loop does") {
  check_network<float>("euler");
  check_network<float>("exp_auto");
  check_network<double>("euler");
  check_network<double>("exp_auto");
}

TEST_CASE("spikes counted in each step are those recorded, in all modes") {
  // In float64 integers have 64 bits.
  const bool x64 = GENERATE(false, true);
  const int threads = GENERATE(1, 3);
  const std::string mode = GENERATE("compiled", "interp", "eager");
  const bp::runtime::Options saved = bp::runtime::options();
  bm::enable_x64(x64);
  bp::runtime::options().threads = threads;
  if (mode == "interp") bp::set_run_mode("interp");
  {
    const std::unique_ptr<bp::NoJit> eager = mode == "eager" ? std::make_unique<bp::NoJit>() : nullptr;
    bm::random::seed(7);
    works::Coba model(4000, "euler");
    const bm::Slice part(64, 1000);
    bp::DSRunner runner(model, {.monitors = {"spike",
                                             {"sum", [&] { return model.spikes(); }},
                                             {"mean", [&] { return bm::mean(model.spike); }},
                                             {"part", [&] { return bm::count_nonzero(model.spike[part]); }}},
                                .dt = 0.1});
    runner.run(10.0);
    const bm::Array spikes = runner.mon["spike"];
    const auto recorded = spikes.to_vector<bool>();
    const auto means = runner.mon["mean"].astype(bm::float64).to_vector<double>();
    const auto sums = runner.mon["sum"].astype(bm::int64).to_vector<std::int64_t>(),
               parts = runner.mon["part"].astype(bm::int64).to_vector<std::int64_t>();
    CHECK(runner.mon["sum"].dtype() == (x64 ? bm::int64 : bm::int32));
    std::int64_t total = 0;
    for (std::size_t step = 0; step < 100; ++step) {
      const auto row = recorded.begin() + static_cast<std::ptrdiff_t>(4000 * step);
      const std::int64_t fired = std::count(row, row + 4000, true);
      REQUIRE(sums[step] == fired);
      REQUIRE(parts[step] == std::count(row + 64, row + 1000, true));
      const double mean = static_cast<double>(fired) / 4000;
      REQUIRE(means[step] == (x64 ? mean : static_cast<double>(static_cast<float>(fired) / 4000.0f)));
      total += fired;
    }
    CHECK(total > 100);
  }
  bm::disable_x64();
  bp::runtime::options() = saved;
}

TEST_CASE("what counts spikes is compiled to a count of bits") {
  works::Coba model(4000, "euler");
  auto step = bp::jit([&](bm::Array v) {
    model.spike = v > 0.0;
    return std::tuple(bm::sum(model.spike), bm::mean(model.spike), bm::count_nonzero(model.spike));
  });
  step(bm::linspace(-1.0, 1.0, 4000));
  const std::string text = step.dump(bp::Stage::optimized);
  INFO(text);
  const std::size_t at = text.find("count_bits");
  CHECK(at != std::string::npos);
  CHECK(text.find("count_bits", at + 1) == std::string::npos);
  CHECK(text.find("sum") == std::string::npos);
}

namespace {

/// The state of a network that threads share, after some steps.
template <class T>
std::vector<std::vector<T>> state_with(int threads, const char* method, bool recorded, int step_count) {
  bp::runtime::options().threads = threads;
  bm::random::seed(7);
  works::Coba model(60'000, method);
  std::vector<bp::Monitor> monitors;
  if (recorded) monitors = {"spike"};
  bp::DSRunner runner(model, {.monitors = monitors, .dt = 0.1});
  runner.run(0.1 * step_count);
  runner.run(0.1 * 7);  // another run begins with the lists anew
  std::vector<std::vector<T>> state;
  for (const bm::Variable* v : {&model.V, &model.g_e, &model.g_i, &model.t_last})
    state.push_back(bm::Array(*v).to_vector<T>());
  state.push_back(bm::Array(model.spike).astype(bm::Array(model.V).dtype()).to_vector<T>());
  return state;
}

template <class T>
void check_threads(const char* method, bool recorded, int step_count) {
  const int before = bp::runtime::options().threads;
  if (sizeof(T) == 8) bm::enable_x64();
  const auto expected = state_with<T>(1, method, recorded, step_count);
  for (const int threads : {2, 3, 5}) {
    CAPTURE(threads, method, recorded);
    const auto state = state_with<T>(threads, method, recorded, step_count);
    for (std::size_t k = 0; k < state.size(); ++k)
      CHECK(std::memcmp(state[k].data(), expected[k].data(), state[k].size() * sizeof(T)) == 0);
  }
  bm::disable_x64();
  bp::runtime::options().threads = before;
}

}  // namespace

TEST_CASE("a network that threads share has the bits of one thread") {
  check_threads<float>("euler", false, 1500);  // long enough for parts to move
  check_threads<float>("euler", true, 200);
  check_threads<double>("exp_auto", false, 400);
}

TEST_CASE("the benchmark network refuses a population without inhibitory neurons") {
  CHECK_THROWS_AS(works::Coba(0, "euler"), bp::Error);
  CHECK_THROWS_AS(works::Coba(4000, "eulr"), bp::Error);
}
