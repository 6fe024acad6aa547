// Plots of arrays: what a runner recorded, as SVG or PNG.
// In: times and recordings. Out: files, or panels for visualize::subplots.
#pragma once

#include "frontend/math/array.hpp"
#include "frontend/visualize/figure.hpp"

namespace brainpy::visualize {

/// Lines over time: `ys` is (times) or (times, lines).
Panel line_panel(const math::Array& ts, const math::Array& ys, const LineOptions& options = {});
void line_plot(const math::Array& ts, const math::Array& ys, const LineOptions& options = {});

/// A mark for every spike of (times, neurons).
Panel raster_panel(const math::Array& ts, const math::Array& spikes, const RasterOptions& options = {});
void raster_plot(const math::Array& ts, const math::Array& spikes, const RasterOptions& options = {});

}  // namespace brainpy::visualize
