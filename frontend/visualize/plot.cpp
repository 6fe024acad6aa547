#include "frontend/visualize/plot.hpp"

#include "frontend/math/array_data.h"

namespace brainpy::visualize {

using math::Array;

Panel line_panel(const Array& ts, const Array& ys, const LineOptions& options) {
  if (ys.ndim() != 1 && ys.ndim() != 2)
    throw ShapeError({.what = "line_plot: ys are not of shape (times) or (times, lines)",
                      .values = "got " + to_string(ys.type()),
                      .hint = "reduce or index the recording first"});
  const std::int64_t times = ys.shape()[0], lines = ys.ndim() == 2 ? ys.shape()[1] : 1;
  const std::vector<double> all = ys.to_vector<double>();
  std::vector<std::vector<double>> columns(static_cast<std::size_t>(lines),
                                           std::vector<double>(static_cast<std::size_t>(times)));
  for (std::int64_t k = 0; k < times; ++k)
    for (std::int64_t n = 0; n < lines; ++n)
      columns[static_cast<std::size_t>(n)][static_cast<std::size_t>(k)] = all[static_cast<std::size_t>(k * lines + n)];
  return line_panel(ts.to_vector<double>(), columns, options);
}

void line_plot(const Array& ts, const Array& ys, const LineOptions& options) {
  save(subplots({line_panel(ts, ys, options)}), options.file);
}

Panel raster_panel(const Array& ts, const Array& spikes, const RasterOptions& options) {
  if (spikes.ndim() != 2)
    throw ShapeError({.what = "raster_plot: spikes are not of shape (times, neurons)",
                      .values = "got " + to_string(spikes.type()),
                      .hint = "give a recording such as runner.mon[\"E.spike\"]"});
  const std::vector<std::uint8_t> fired =
      math::convert(spikes, math::DType::bool_, math::Site::current()).to_vector<std::uint8_t>();
  return raster_panel(ts.to_vector<double>(), fired, spikes.shape()[1], options);
}

void raster_plot(const Array& ts, const Array& spikes, const RasterOptions& options) {
  save(subplots({raster_panel(ts, spikes, options)}), options.file);
}

}  // namespace brainpy::visualize
