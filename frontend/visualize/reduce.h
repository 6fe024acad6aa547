// Data of a figure reduced to what can be seen at its size.
// In: points and the plot's frame in pixels. Out: fewer points that draw the same picture.
#pragma once

#include "frontend/visualize/figure.hpp"

namespace brainpy::visualize {

/// The frame that data are drawn in: finite limits with low < high, and about how many pixels they cover.
struct Frame {
  Limits x;
  Limits y;
  double width = 0;
  double height = 0;
};

/// Limits moved outwards to round numbers that are very near: a run from 0 to 99.9 ms gets an axis up to 100.
Limits rounded(const Limits& limits);

/// Limits from those that are set and from the data of the panel: x tight (rounded) unless a line runs back in x, as
/// in a phase plane; y with a margin.
Frame frame_of(const Panel& panel, double width, double height);

/// Of each half pixel column that a line crosses in order of x the first, lowest, highest and last point. Lines of few
/// points, lines that run back in x (phase planes) and lines with gaps stay as they are.
Line visible(const Line& line, const Frame& frame);

/// One mark for each pixel, when there are more than 20000 marks; only those inside the frame.
Points visible(const Points& points, const Frame& frame);

}  // namespace brainpy::visualize
