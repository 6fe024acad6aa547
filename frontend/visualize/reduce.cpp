#include "frontend/visualize/reduce.h"

#include <algorithm>
#include <cmath>
#include <unordered_set>

namespace brainpy::visualize {
namespace {

/// Smallest and largest finite number.
struct Extent {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();
  void take(const std::vector<double>& values) {
    for (const double v : values)
      if (std::isfinite(v)) {
        low = std::min(low, v);
        high = std::max(high, v);
      }
  }
};

/// The y of those points whose x the user's limits let show.
std::vector<double> within(const Limits& limits, const std::vector<double>& x, const std::vector<double>& y) {
  std::vector<double> shown;
  for (std::size_t i = 0; i < x.size(); ++i)
    if (!(x[i] < limits.low) && !(x[i] > limits.high)) shown.push_back(y[i]);
  return shown;
}

/// The ends that the user did not set, from the data with a margin on each side; never an empty interval.
Limits complete(const Limits& wanted, const Extent& data, double margin) {
  const bool any = data.low <= data.high;
  const double low = any ? data.low : 0.0, high = any ? data.high : 1.0;
  const double room = (high - low) * margin;
  Limits limits{std::isfinite(wanted.low) ? wanted.low : low - room,
                std::isfinite(wanted.high) ? wanted.high : high + room};
  if (!(limits.low < limits.high)) {
    const double half = std::max(std::abs(limits.low) * 0.05, 0.5);
    limits = {limits.low - half, limits.low + half};
  }
  return limits;
}

}  // namespace

Limits rounded(const Limits& limits) {
  const double range = limits.high - limits.low;
  if (!(range > 0) || !std::isfinite(range)) return limits;
  const double step = std::pow(10.0, std::floor(std::log10(range)) - 1);
  const double low = std::floor(limits.low / step) * step, high = std::ceil(limits.high / step) * step;
  const double near = range * 0.005;
  return {limits.low - low < near ? low : limits.low, high - limits.high < near ? high : limits.high};
}

Frame frame_of(const Panel& panel, double width, double height) {
  Extent x, y;
  bool ordered = true;
  for (const Line& line : panel.lines) {
    ordered = ordered && std::is_sorted(line.x.begin(), line.x.end());
    x.take(line.x);
    y.take(within(panel.xlim, line.x, line.y));
  }
  for (const Points& points : panel.points) {
    x.take(points.x);
    y.take(within(panel.xlim, points.x, points.y));
  }
  if (ordered && x.low < x.high) {
    const Limits tight = rounded({x.low, x.high});
    x.low = tight.low;
    x.high = tight.high;
  }
  return {complete(panel.xlim, x, ordered ? 0.0 : 0.05), complete(panel.ylim, y, 0.05), width, height};
}

Line visible(const Line& line, const Frame& frame) {
  const std::size_t count = line.x.size();
  const double columns = frame.width * 2;
  if (static_cast<double>(count) <= columns * 4) return line;
  for (std::size_t i = 0; i < count; ++i)
    if (!std::isfinite(line.x[i]) || !std::isfinite(line.y[i]) || (i > 0 && line.x[i] < line.x[i - 1])) return line;

  Line few{.x = {}, .y = {}, .label = line.label, .color = line.color, .width = line.width};
  const double scale = columns / (frame.x.high - frame.x.low);
  const auto column_of = [&](std::size_t i) { return std::floor((line.x[i] - frame.x.low) * scale); };
  const auto keep = [&](std::size_t i) {
    few.x.push_back(line.x[i]);
    few.y.push_back(line.y[i]);
  };
  for (std::size_t begin = 0; begin < count;) {
    const double column = column_of(begin);
    std::size_t end = begin, lowest = begin, highest = begin;
    for (; end < count && column_of(end) == column; ++end) {
      if (line.y[end] < line.y[lowest]) lowest = end;
      if (line.y[end] > line.y[highest]) highest = end;
    }
    std::size_t kept[] = {begin, lowest, highest, end - 1};
    std::sort(std::begin(kept), std::end(kept));
    std::for_each(std::begin(kept), std::unique(std::begin(kept), std::end(kept)), keep);
    begin = end;
  }
  return few;
}

Points visible(const Points& points, const Frame& frame) {
  constexpr std::size_t many = 20000;
  Points few{
      .x = {}, .y = {}, .label = points.label, .color = points.color, .size = points.size, .height = points.height};
  const double x_scale = frame.width / (frame.x.high - frame.x.low);
  const double y_scale = frame.height / (frame.y.high - frame.y.low);
  const bool reduce = points.x.size() > many;
  std::unordered_set<std::int64_t> taken;
  for (std::size_t i = 0; i < points.x.size(); ++i) {
    const double x = points.x[i], y = points.y[i];
    const bool inside = x >= frame.x.low && x <= frame.x.high && y >= frame.y.low && y <= frame.y.high;
    if (!inside) continue;  // NaN too
    if (reduce) {
      const auto column = static_cast<std::int64_t>((x - frame.x.low) * x_scale);
      const auto row = static_cast<std::int64_t>((y - frame.y.low) * y_scale);
      if (!taken.insert(column << 32 | row).second) continue;
    }
    few.x.push_back(x);
    few.y.push_back(y);
  }
  return few;
}

}  // namespace brainpy::visualize
