// The works that ./dev bench times, written as a user writes them. One process, one work, one line of JSON.
// In: work, neurons, dtype, steps, rounds. Out: milliseconds to the first step, CPU seconds of each round, memory, and
// the spikes of one round, counted in a run of its own that is not timed.
#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "models.h"

using namespace works;

namespace {

double wall_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// Of all threads of the process.
double cpu_seconds() {
  timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

template <class Model>
int measure(Model& model, double built, double dt, long steps, int rounds, std::vector<bp::Monitor> monitors) {
  const double before = wall_seconds();
  bp::DSRunner runner(model, {.monitors = std::move(monitors), .dt = dt});
  runner.run(dt);
  const double first = wall_seconds() - before;
  std::string cpu, wall;
  for (int k = 0; k < rounds; ++k) {
    // Each round begins at the same state: rounds then do the same work.
    runner.reset();
    const double c = cpu_seconds(), w = wall_seconds();
    runner.run(dt * static_cast<double>(steps));
    cpu += fmt::format("{}{:.6f}", k ? ", " : "", cpu_seconds() - c);
    wall += fmt::format("{}{:.6f}", k ? ", " : "", wall_seconds() - w);
  }
  rusage use;
  getrusage(RUSAGE_SELF, &use);
  runner.reset();
  bp::DSRunner counter(model, {.monitors = {{"spikes", [&] { return model.spikes(); }}}, .dt = dt});
  counter.run(dt * static_cast<double>(steps));
  fmt::print(
      "{{\"build_ms\": {:.2f}, \"first_step_ms\": {:.2f}, \"cpu_s\": [{}], \"wall_s\": [{}], \"spikes\": {}, "
      "\"peak_mb\": {:.1f}",
      1e3 * built, 1e3 * first, cpu, wall, bm::sum(counter.mon["spikes"].astype(bm::int64)).item<std::int64_t>(),
      static_cast<double>(use.ru_maxrss) / 1024);
  std::int64_t state = 0;
  for (const auto& [name, variable] : model.vars()) state += bm::Array(variable).nbytes();
  fmt::print(", \"bytes_per_neuron\": {:.1f}", static_cast<double>(state) / model.size);
  if constexpr (requires { model.matrices(); }) {
    std::int64_t synapses = 0, bytes = 0;
    for (const bm::CSR* matrix : model.matrices()) {
      synapses += matrix->nnz();
      bytes += matrix->indices().nbytes() + matrix->indptr().nbytes();
    }
    fmt::print(", \"synapses\": {}, \"bytes_per_synapse\": {:.3f}", synapses,
               static_cast<double>(bytes) / static_cast<double>(std::max<std::int64_t>(synapses, 1)));
  }
  fmt::print("}}\n");
  return 0;
}

int usage() {
  std::fputs(
      "usage: perf_works lif|hh|coba_euler|coba_expeuler|coba_composed|lif_sparse|silent_10|silent_1000|"
      "variants NEURONS f32|f64 STEPS ROUNDS\n",
      stderr);
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6) return usage();
  const std::string work = argv[1], dtype = argv[3];
  const int size = std::atoi(argv[2]), rounds = std::atoi(argv[5]);
  const long steps = std::atol(argv[4]);
  if (size < 10 || steps < 1 || rounds < 1 || (dtype != "f32" && dtype != "f64")) return usage();
  if (dtype == "f64") bm::enable_x64();
  bm::random::seed(42);
  const double before = wall_seconds();
  if (work == "lif") {
    LIF model(size);
    return measure(model, wall_seconds() - before, 0.1, steps, rounds, {});
  }
  if (work == "hh") {
    HH model(size);
    return measure(model, wall_seconds() - before, 0.01, steps, rounds, {});
  }
  if (work == "coba_euler" || work == "coba_expeuler") {
    Coba model(size, work == "coba_euler" ? "euler" : "exp_auto");
    return measure(model, wall_seconds() - before, 0.1, steps, rounds, {});
  }
  if (work == "coba_composed") {
    Composed model(size);
    return measure(model, wall_seconds() - before, 0.1, steps, rounds, {"E.spike", "I.spike"});
  }
  if (work == "lif_sparse" || work == "silent_10" || work == "silent_1000") {
    LIFSparse model(size, work == "lif_sparse" ? 100 : work == "silent_10" ? 10 : 1000, work == "lif_sparse" ? 11 : 0);
    return measure(model, wall_seconds() - before, 0.1, steps, rounds, {});
  }
  if (work == "variants") {
    Variants model(std::max(size, 100 * Variants::count));
    return measure(model, wall_seconds() - before, 0.1, steps, rounds, {});
  }
  return usage();
}
