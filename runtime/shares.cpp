#include "runtime/shares.h"

#include <algorithm>
#include <cmath>

#include "runtime/threads.h"

namespace brainpy::runtime {
namespace {

/// What is less of a loop's time is taken for chance.
constexpr double worth = 0.02;

}  // namespace

std::vector<std::int64_t> balanced_bounds(const std::vector<std::int64_t>& bounds, const std::vector<double>& busy,
                                          std::int64_t unit) {
  const std::size_t parts = busy.size();
  std::vector<double> speeds(parts);
  double sum = 0, known = 0;
  for (std::size_t p = 0; p < parts; ++p) {
    const auto size = static_cast<double>(bounds[p + 1] - bounds[p]);
    if (size > 0 && busy[p] > 0) sum += speeds[p] = size / busy[p], ++known;
  }
  if (known == 0) return bounds;
  for (double& speed : speeds)
    if (speed == 0) speed = sum / known;
  const double all = sum / known * static_cast<double>(parts);
  const std::int64_t count = bounds.back(), units = (count + unit - 1) / unit;
  const auto least = static_cast<std::int64_t>(units >= static_cast<std::int64_t>(parts));
  std::vector<std::int64_t> result = {0};
  double before = 0;
  std::int64_t last = 0;
  for (std::size_t p = 1; p < parts; ++p) {
    before += speeds[p - 1];
    const double begin = before / all * static_cast<double>(count);
    const auto wanted = static_cast<std::int64_t>(std::llround(begin / static_cast<double>(unit)));
    const std::int64_t later = static_cast<std::int64_t>(parts - p) * least;
    last = std::max(last + least, std::min(wanted, units - later));
    result.push_back(std::min(last * unit, count));
  }
  result.push_back(count);
  return result;
}

Shares::Shares(std::int64_t count, int parts) : watches_(static_cast<std::size_t>(parts)) {
  for (int part = 0; part <= parts; ++part) bounds_.push_back(begin_of_part(count, part, parts));
}

bool Shares::move() {
  if (--until_look_ > 0) return false;
  until_look_ = look_every;
  std::vector<double> busy;
  for (const Watch& watch : watches_) {
    auto times = watch.times;  // the middle one: now and then the system takes a processor away
    std::nth_element(times.begin(), times.begin() + samples / 2, times.end());
    busy.push_back(static_cast<double>(times[samples / 2]));
  }
  std::vector<std::int64_t> wanted = balanced_bounds(bounds_, busy, part_unit);
  double longest = 0;  // of the parts as wanted
  for (std::size_t p = 0; p < busy.size(); ++p)
    if (const std::int64_t size = bounds_[p + 1] - bounds_[p]; size > 0)
      longest = std::max(longest, busy[p] * static_cast<double>(wanted[p + 1] - wanted[p]) / static_cast<double>(size));
  const double now = std::ranges::max(busy), less = now - longest;
  if (less < worth * now || wanted == bounds_) {
    lost_ /= 2;
    return false;
  }
  lost_ += less * static_cast<double>(look_every);
  if (lost_ < cost_) return false;
  bounds_ = std::move(wanted);
  lost_ = cost_ = 0;
  return true;
}

}  // namespace brainpy::runtime
