#include "frontend/visualize/figure.hpp"

#include <fmt/format.h>

#include "frontend/visualize/reduce.h"
#include "runtime/error.h"

namespace brainpy::visualize {

LineOptions::~LineOptions() = default;
RasterOptions::~RasterOptions() = default;

Panel line_panel(const std::vector<double>& ts, const std::vector<std::vector<double>>& ys,
                 const LineOptions& options) {
  if (!options.labels.empty() && options.labels.size() != ys.size())
    throw ValueError({.what = "line_plot: not one label a line",
                      .values = fmt::format("{} labels, {} lines", options.labels.size(), ys.size()),
                      .hint = "give as many labels as lines, or none"});
  Panel panel{.title = options.title,
              .xlabel = options.xlabel,
              .ylabel = options.ylabel,
              .xlim = options.xlim,
              .ylim = options.ylim,
              .legend = options.legend};
  for (std::size_t k = 0; k < ys.size(); ++k) {
    if (ys[k].size() != ts.size())
      throw ShapeError({.what = "line_plot: a line has not one value a time",
                        .values = fmt::format("line {}: {} values, {} times", k, ys[k].size(), ts.size()),
                        .hint = "pass the times of the same run, such as runner.mon.ts"});
    panel.lines.push_back({ts, ys[k], options.labels.empty() ? std::string() : options.labels[k]});
  }
  return panel;
}

void line_plot(const std::vector<double>& ts, const std::vector<std::vector<double>>& ys, const LineOptions& options) {
  save(subplots({line_panel(ts, ys, options)}), options.file);
}

Panel raster_panel(const std::vector<double>& ts, std::span<const std::uint8_t> spikes, std::int64_t neurons,
                   const RasterOptions& options) {
  if (neurons < 0 || spikes.size() != ts.size() * static_cast<std::size_t>(neurons))
    throw ShapeError({.what = "raster_plot: spikes have not the shape (times, neurons)",
                      .values = fmt::format("{} values, {} times, {} neurons", spikes.size(), ts.size(), neurons),
                      .hint = "pass a monitored spike matrix and the times of the same run"});
  Panel panel{.title = options.title,
              .xlabel = options.xlabel,
              .ylabel = options.ylabel,
              .xlim = options.xlim,
              .ylim = options.ylim};
  Points points{.color = options.color, .size = options.marker_size};
  if (neurons <= 100) points.height = 0.8;
  std::size_t at = 0;
  for (const double time : ts)
    for (std::int64_t neuron = 0; neuron < neurons; ++neuron)
      if (spikes[at++]) {
        points.x.push_back(time);
        points.y.push_back(static_cast<double>(neuron));
      }
  panel.points.push_back(std::move(points));
  // The axes show all neurons and the whole run, silent ones too.
  const auto fill = [](Limits& limits, double low, double high) {
    if (limits.low != limits.low) limits.low = low;
    if (limits.high != limits.high) limits.high = high;
  };
  if (!ts.empty()) {
    const Limits run = rounded({ts.front(), ts.back()});
    fill(panel.xlim, run.low, run.high);
  }
  fill(panel.ylim, -0.5, static_cast<double>(neurons) - 0.5);
  return panel;
}

void raster_plot(const std::vector<double>& ts, std::span<const std::uint8_t> spikes, std::int64_t neurons,
                 const RasterOptions& options) {
  save(subplots({raster_panel(ts, spikes, neurons, options)}), options.file);
}

Figure subplots(std::vector<Panel> panels, int cols) {
  Figure figure;
  figure.panels = std::move(panels);
  figure.cols = cols;
  return figure;
}

}  // namespace brainpy::visualize
