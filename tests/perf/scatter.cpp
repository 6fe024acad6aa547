// What a synaptic event costs: the event-driven product in a compiled loop against a loop written by hand, on the same
// connections and the same spikes, in turn. One thread.
// In: rounds. Out: for each size ns an event of both, their ratio, and the ratio without what a step without spikes
// costs (zeroing the sums, and for ours looking for spikes). Fails when the sums differ by a bit.
#include <fmt/format.h>

#include <algorithm>
#include <brainpy/brainpy.hpp>
#include <cstdlib>
#include <cstring>
#include <utility>
#include <vector>

#include "frontend/math/array_data.h"
#include "runtime/options.h"
#include "timing.h"

namespace bp = brainpy;
namespace bm = brainpy::math;

namespace {

using bp::perf::median;
using bp::perf::thread_seconds_of;

constexpr float weight = 0.6f;

/// One product a step; a step's spikes are a row of the input.
class Product : public bp::BrainPyObject {
 public:
  explicit Product(bm::CSR synapses) : synapses(std::move(synapses)) {}
  bm::CSR synapses;
  bm::Variable sums = variable("sums", bm::zeros({synapses.cols()}));
  void update(const bm::Array& spikes) { sums = bm::event::csrmv(weight, synapses, spikes); }
};

struct Firing {
  bm::Array table;                              ///< bool[steps, neurons]
  std::vector<std::vector<std::int32_t>> rows;  ///< who fires, in rising order
};

Firing firing(std::int64_t steps, std::int64_t neurons, std::int64_t spikes) {
  const bp::runtime::Tensor table = bp::runtime::make_tensor({bp::runtime::DType::bool_, {steps, neurons}});
  Firing f{bm::Array(table), {}};
  std::uint64_t state = 1;
  for (std::int64_t s = 0; s < steps; ++s) {
    std::vector<std::int32_t> rows;
    bool* row = table.as<bool>() + s * neurons;
    while (static_cast<std::int64_t>(rows.size()) < spikes) {
      state = state * 6364136223846793005 + 1442695040888963407;
      const auto neuron = static_cast<std::int32_t>((state >> 33) % static_cast<std::uint64_t>(neurons));
      if (!std::exchange(row[neuron], true)) rows.push_back(neuron);
    }
    std::sort(rows.begin(), rows.end());
    f.rows.push_back(std::move(rows));
  }
  return f;
}

/// As well as one can in plain C++: while a row is added, the next one's lines are on their way.
void add_rows(const std::vector<std::int32_t>& rows, const std::int32_t* indptr, const std::int32_t* indices, float w,
              std::int64_t cols, float* __restrict sums) {
  std::memset(sums, 0, static_cast<std::size_t>(cols) * sizeof(float));
  for (std::size_t k = 0; k < rows.size(); ++k) {
    if (k + 2 < rows.size()) __builtin_prefetch(indptr + rows[k + 2]);
    if (k + 1 < rows.size()) {
      const std::int32_t *next = indices + indptr[rows[k + 1]], *end = indices + indptr[rows[k + 1] + 1];
      for (; next < end; next += 16) __builtin_prefetch(next);
    }
    const std::int32_t end = indptr[rows[k] + 1];
    for (std::int32_t j = indptr[rows[k]]; j < end; ++j) sums[indices[j]] += w;
  }
}

bool compare(std::int64_t neurons, double degree, std::int64_t spikes, std::int64_t steps, int rounds) {
  Product model(bp::conn::FixedProb(degree / static_cast<double>(neurons), {.seed = 7}).csr(neurons, neurons));
  const Firing fired = firing(steps, neurons, spikes), silent = firing(steps, neurons, 0);
  const bp::runtime::Tensor indptr = model.synapses.indptr().tensor(), indices = model.synapses.indices().tensor();
  std::int64_t events = 0;
  for (const auto& rows : fired.rows)
    for (std::int32_t r : rows) events += indptr.as<std::int32_t>()[r + 1] - indptr.as<std::int32_t>()[r];

  bp::DSRunner runner(model, {.dt = 0.1, .progress_bar = false});
  const auto ours = [&](const Firing& f) { return thread_seconds_of([&] { runner.run(f.table); }); };
  const bp::runtime::Tensor sums = bp::runtime::make_tensor({bp::runtime::DType::f32, {neurons}});
  const auto by_hand = [&](const Firing& f) {
    return thread_seconds_of([&] {
      for (const auto& rows : f.rows)
        add_rows(rows, indptr.as<std::int32_t>(), indices.as<std::int32_t>(), weight, neurons, sums.as<float>());
    });
  };
  ours(fired), by_hand(fired);
  const bool same = std::memcmp(bm::Array(model.sums).tensor().as<float>(), sums.as<float>(), sums.type.bytes()) == 0;
  std::vector<double> our_ns, hand_ns, ratios, added_ratios;
  for (int k = 0; k < rounds; ++k) {
    const double o = ours(fired), h = by_hand(fired), o0 = ours(silent), h0 = by_hand(silent);
    our_ns.push_back(1e9 * o / static_cast<double>(events));
    hand_ns.push_back(1e9 * h / static_cast<double>(events));
    ratios.push_back(o / h);
    added_ratios.push_back((o - o0) / (h - h0));
  }
  fmt::print(
      "{:>8} neurons {:>4} synapses {:>5} spikes: ours {:6.3f} ns, by hand {:6.3f} ns, ratio {:.2f}, of events "
      "alone {:.2f}{}\n",
      neurons, degree, spikes, median(our_ns), median(hand_ns), median(ratios), median(added_ratios),
      same ? "" : "  SUMS DIFFER");
  std::fflush(stdout);
  return same;
}

}  // namespace

int main(int argc, char** argv) {
  const int rounds = argc > 1 ? std::max(1, std::atoi(argv[1])) : 15;
  const bool smoke = rounds == 1;
  bp::runtime::options().threads = 1;
  bool same = compare(4000, 80, 8, 2000, rounds);
  same &= compare(4000, 80, 80, 1000, rounds);
  if (!smoke) {
    same &= compare(100'000, 100, 10, 200, rounds);
    same &= compare(100'000, 100, 100, 200, rounds);
    same &= compare(100'000, 100, 1000, 100, rounds);
    same &= compare(1'000'000, 100, 100, 40, rounds);
    same &= compare(1'000'000, 100, 1000, 40, rounds);
    same &= compare(1'000'000, 100, 10'000, 20, rounds);
  }
  return same ? 0 : 1;
}
