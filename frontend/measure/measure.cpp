#include "frontend/measure/measure.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <vector>

#include "frontend/math/array_data.h"
#include "frontend/object/share.hpp"

namespace brainpy::measure {

using math::Array;
using math::Site;

namespace {

struct Spikes {
  std::vector<std::uint8_t> fired;  ///< (times, neurons), row-major
  std::int64_t times, neurons;
  double dt;
};

Spikes read(const Array& spikes, double dt, const char* function, const Site& site) {
  if (spikes.ndim() != 2)
    throw ShapeError({.what = std::string(function) + ": spikes are not of shape (times, neurons)",
                      .where = math::location_of(site),
                      .values = "got " + to_string(spikes.type()),
                      .hint = "give a recording such as runner.mon[\"E.spike\"]"});
  if (dt < 0 || dt != dt)
    throw ValueError({.what = std::string(function) + ": the time step is not above zero",
                      .where = math::location_of(site),
                      .values = "dt = " + std::to_string(dt)});
  const Array flags = math::convert(spikes, math::DType::bool_, site);
  return {flags.to_vector<std::uint8_t>(site), spikes.shape()[0], spikes.shape()[1], dt > 0 ? dt : share.dt()};
}

void check_window(double width, const char* name, const char* function, const Site& site) {
  if (width > 0 && std::isfinite(width)) return;
  throw ValueError({.what = std::string(function) + ": " + name + " is not above zero",
                    .where = math::location_of(site),
                    .values = std::string(name) + " = " + std::to_string(width),
                    .hint = "give it in ms"});
}

}  // namespace

double mean_rate(const Array& spikes, double dt, Site site) {
  const Spikes s = read(spikes, dt, "mean_rate", site);
  if (s.fired.empty()) return 0;
  const auto count = std::ranges::count(s.fired, 1);
  return static_cast<double>(count) / (static_cast<double>(s.fired.size()) * s.dt) * 1000.0;
}

Array firing_rate(const Array& spikes, double width, double dt, Site site) {
  check_window(width, "width", "firing_rate", site);
  const Spikes s = read(spikes, dt, "firing_rate", site);
  // before[k]: spikes before row k, so that a window costs two look-ups.
  std::vector<std::int64_t> before(static_cast<std::size_t>(s.times) + 1, 0);
  for (std::int64_t k = 0; k < s.times; ++k) {
    const auto row = s.fired.begin() + k * s.neurons;
    before[static_cast<std::size_t>(k) + 1] = before[static_cast<std::size_t>(k)] + std::count(row, row + s.neurons, 1);
  }
  const auto half = static_cast<std::int64_t>(width / 2 / s.dt);
  runtime::Tensor rate = runtime::make_tensor({math::default_float(), {s.times}});
  for (std::int64_t k = 0; k < s.times; ++k) {
    const std::int64_t from = std::max<std::int64_t>(0, k - half), to = std::min(s.times, k + half + 1);
    const auto count =
        static_cast<double>(before[static_cast<std::size_t>(to)] - before[static_cast<std::size_t>(from)]);
    const double hz = s.neurons == 0 ? 0 : count * 1000.0 / (static_cast<double>((to - from) * s.neurons) * s.dt);
    if (rate.type.dtype == math::DType::f64) rate.as<double>()[k] = hz;
    else rate.as<float>()[k] = static_cast<float>(hz);
  }
  return Array(std::move(rate));
}

double cross_correlation(const Array& spikes, double bin, double dt, Site site) {
  check_window(bin, "bin", "cross_correlation", site);
  const Spikes s = read(spikes, dt, "cross_correlation", site);
  if (s.neurons < 2) return 0;
  const auto steps = std::max<std::int64_t>(1, std::llround(bin / s.dt));
  const std::int64_t bins = (s.times + steps - 1) / steps;
  // One bit for each bin: a pair costs one AND and one count for 64 bins.
  const auto words = static_cast<std::size_t>((bins + 63) / 64);
  std::vector<std::uint64_t> trains(words * static_cast<std::size_t>(s.neurons), 0);
  for (std::int64_t k = 0; k < s.times; ++k)
    for (std::int64_t n = 0; n < s.neurons; ++n)
      if (s.fired[static_cast<std::size_t>(k * s.neurons + n)]) {
        const auto b = static_cast<std::size_t>(k / steps);
        trains[static_cast<std::size_t>(n) * words + b / 64] |= std::uint64_t{1} << (b % 64);
      }
  const auto overlap = [&](std::size_t i, std::size_t j) {
    std::int64_t count = 0;
    for (std::size_t w = 0; w < words; ++w) count += std::popcount(trains[i * words + w] & trains[j * words + w]);
    return static_cast<double>(count);
  };
  const auto neurons = static_cast<std::size_t>(s.neurons);
  std::vector<double> active(neurons);
  for (std::size_t i = 0; i < neurons; ++i) active[i] = overlap(i, i);
  double sum = 0;
  for (std::size_t i = 0; i < neurons; ++i)
    for (std::size_t j = i + 1; j < neurons; ++j)
      if (active[i] > 0 && active[j] > 0) sum += overlap(i, j) / std::sqrt(active[i] * active[j]);
  return sum / (static_cast<double>(neurons) * static_cast<double>(neurons - 1) / 2);
}

}  // namespace brainpy::measure
