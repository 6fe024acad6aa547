// Figures of simulations: lines over time and spike rasters, in panels, as SVG or PNG files drawn by gnuplot.
// In: numbers and names. Out: a file. Without gnuplot the data go to a text file beside it, and stderr says so.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

namespace brainpy::visualize {

/// Ends of an axis. An end that is NaN (the default) is taken from the data.
struct Limits {
  double low = std::numeric_limits<double>::quiet_NaN();
  double high = std::numeric_limits<double>::quiet_NaN();
};

/// A curve through (x[i], y[i]). NaN and infinities leave gaps.
struct Line {
  std::vector<double> x;
  std::vector<double> y;
  std::string label;   ///< its name in the legend; empty: none
  std::string color;   ///< "#rrggbb" or a gnuplot colour name; empty: the next one of a colour-blind safe list
  double width = 1.2;  ///< pixels
};

/// A mark at each (x[i], y[i]).
struct Points {
  std::vector<double> x;
  std::vector<double> y;
  std::string label;
  std::string color;  ///< empty: almost black
  double size = 0;    ///< side of a mark in pixels; 0: from 1 to 3, by how many there are
  double height = 0;  ///< height of a mark in units of the y axis (vertical ticks); 0: as its side
};

/// One set of axes.
struct Panel {
  std::string title;
  std::string xlabel;
  std::string ylabel;
  Limits xlim;
  Limits ylim;
  std::vector<Line> lines;
  std::vector<Points> points;
  bool legend = true;  ///< drawn when a label is not empty
};

/// Panels in rows of `cols`, from the upper left. rows 0: as many as needed. A width or height of 0 pixels is chosen
/// by the number of panels; a PNG has twice as many pixels each way, for sharp print.
struct Figure {
  std::vector<Panel> panels;
  int rows = 0;
  int cols = 1;
  int width = 0;
  int height = 0;
};

/// Draws the figure to a path that ends in .svg or .png (else a FileError, as for a path that cannot be written).
/// Lines of many points are reduced to what can be seen, and in an SVG, marks that share a pixel are drawn once: a
/// raster of a million spikes stays a file of a few megabytes. x and y of different lengths are a ShapeError; more
/// panels than rows * cols are a ValueError.
void save(const Figure& figure, const std::string& path);

/// What line_plot and line_panel take besides the data.
struct LineOptions {
  std::string title = {};
  std::string xlabel = "Time [ms]";
  std::string ylabel = {};
  std::vector<std::string> labels = {};  ///< one a line, or none
  std::string file = "line_plot.svg";
  Limits xlim = {};
  Limits ylim = {};
  bool legend = true;

  ~LineOptions();
};

/// One line for each of `ys` over the common times `ts` (ms). Another length than ts's is a ShapeError.
Panel line_panel(const std::vector<double>& ts, const std::vector<std::vector<double>>& ys,
                 const LineOptions& options = {});
/// The same, saved to options.file.
void line_plot(const std::vector<double>& ts, const std::vector<std::vector<double>>& ys,
               const LineOptions& options = {});

/// What raster_plot and raster_panel take besides the data.
struct RasterOptions {
  std::string title = {};
  std::string xlabel = "Time [ms]";
  std::string ylabel = "Neuron index";
  std::string file = "raster_plot.svg";
  double marker_size = 0;  ///< pixels; 0: chosen by the number of spikes
  std::string color = {};
  Limits xlim = {};
  Limits ylim = {};

  ~RasterOptions();
};

/// A mark for every spike. `spikes` has shape (times, neurons), row-major, zero where there is none; another size than
/// ts.size() * neurons is a ShapeError. Up to 100 neurons are drawn as vertical ticks, more as dots.
Panel raster_panel(const std::vector<double>& ts, std::span<const std::uint8_t> spikes, std::int64_t neurons,
                   const RasterOptions& options = {});
/// The same, saved to options.file.
void raster_plot(const std::vector<double>& ts, std::span<const std::uint8_t> spikes, std::int64_t neurons,
                 const RasterOptions& options = {});

/// A figure of these panels with `cols` in a row.
Figure subplots(std::vector<Panel> panels, int cols = 1);

}  // namespace brainpy::visualize
