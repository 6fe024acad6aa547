// Figures: what lands in the SVG, limits, reduction of large data, bad input, and life without gnuplot.
#include "frontend/visualize/figure.hpp"

#include <algorithm>
#include <cstdlib>

#include "frontend/visualize/reduce.h"
#include "runtime/error.h"
#include "support/capture_stderr.h"
#include "support/catch.h"
#include "support/temp_folder.h"

using namespace brainpy::visualize;
using Catch::Matchers::Contains;

namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

std::vector<double> times(int count, double step) {
  std::vector<double> ts;
  for (int i = 0; i < count; ++i) ts.push_back(i * step);
  return ts;
}

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

template <class ErrorType, class Body>
std::string error_text(Body&& body) {
  try {
    body();
  } catch (const ErrorType& error) {
    CHECK_FALSE(error.parts().hint.empty());
    return error.what();
  }
  FAIL("no error was thrown");
  return {};
}

}  // namespace

TEST_CASE("a line plot has its texts, as they were written") {
  TempFolder folder;
  const std::string file = folder / "it's a plot.svg";
  line_plot(times(100, 0.1), {std::vector<double>(100, 1.0), times(100, 1.0)},
            {.title = "V_m < θ & 'noise' `date` @x {a}\n\\n\"",
             .ylabel = "V [mV]",
             .labels = {"E_0 <a&b>", "I"},
             .file = file});
  const std::string svg = read_bytes(file);
  CHECK_THAT(svg, Contains("V_m &lt; θ &amp; 'noise' `date` @x {a} \\n") && Contains("E_0 &lt;a&amp;b>") &&
                      Contains("V [mV]") && Contains("Time [ms]") && Contains("</svg>"));
  CHECK(count_of(svg, "rgb(  0, 114, 178)") >= 2);  // the line and its sample in the legend
  CHECK(count_of(svg, "rgb(213,  94,   0)") >= 2);
}

TEST_CASE("PNG by extension, in any case of letters") {
  TempFolder folder;
  line_plot(times(10, 1), {times(10, 1)}, {.file = folder / "a.PNG"});
  const std::string png = read_bytes(folder / "a.PNG");
  CHECK(png.substr(0, 4) == "\x89PNG");
  // Width and height in the header: twice the figure's pixels.
  CHECK(static_cast<unsigned char>(png[18]) * 256 + static_cast<unsigned char>(png[19]) == 1280);
}

TEST_CASE("a raster has a mark for every spike and shows the silent neurons") {
  const std::vector<std::uint8_t> spikes = {0, 1, 0,  //
                                            0, 0, 0,  //
                                            1, 1, 0};
  const Panel panel = raster_panel({0.0, 0.1, 0.2}, spikes, 3, {.title = "E/I balance"});
  REQUIRE(panel.points.size() == 1);
  CHECK(panel.points[0].x == std::vector<double>{0.0, 0.2, 0.2});
  CHECK(panel.points[0].y == std::vector<double>{1, 0, 1});
  CHECK(panel.ylim.low == -0.5);
  CHECK(panel.ylim.high == 2.5);
  CHECK(panel.xlim.low == 0.0);
  CHECK(panel.xlim.high == Approx(0.2));
  CHECK(panel.xlabel == "Time [ms]");
  CHECK(panel.ylabel == "Neuron index");
  TempFolder folder;
  raster_plot({0.0, 0.1, 0.2}, spikes, 3, {.file = folder / "raster.svg"});
  CHECK_THAT(read_bytes(folder / "raster.svg"), Contains("Neuron index"));
}

TEST_CASE("limits: from the data, from the user, and never empty") {
  Panel panel;
  panel.lines.push_back({times(1000, 0.1), std::vector<double>(1000, -65.0)});
  Frame frame = frame_of(panel, 500, 300);
  CHECK(frame.x.low == 0);
  CHECK(frame.x.high == Approx(100));
  CHECK(frame.y.low < -65);
  CHECK(frame.y.high > -65);
  panel.ylim.high = 20;
  CHECK(frame_of(panel, 500, 300).y.high == 20);
  panel.ylim = {5, 5};
  frame = frame_of(panel, 500, 300);
  CHECK(frame.y.low < frame.y.high);
  panel.lines = {{{not_a_number, 1}, {not_a_number, not_a_number}}};
  panel.ylim = {};
  frame = frame_of(panel, 500, 300);
  CHECK(frame.x.low < frame.x.high);
  CHECK(frame.y.low < frame.y.high);
  // Data outside the user's x limits do not stretch y.
  panel = {.xlim = {0, 1}, .lines = {{{0, 1, 2}, {0, 1, 100}}}};
  CHECK(frame_of(panel, 500, 300).y.high < 2);
}

TEST_CASE("a long line keeps its extremes; gaps and phase planes stay whole") {
  Line line{times(200000, 0.01), std::vector<double>(200000, -65.0)};
  line.y[123456] = 20.0;
  line.y[77777] = -90.0;
  const Frame frame{{0, 2000}, {-90, 20}, 500, 300};
  const Line few = visible(line, frame);
  CHECK(few.x.size() < 5000);
  CHECK(std::count(few.y.begin(), few.y.end(), 20.0) == 1);
  CHECK(std::count(few.y.begin(), few.y.end(), -90.0) == 1);
  CHECK(few.x.front() == line.x.front());
  CHECK(few.x.back() == line.x.back());
  CHECK(std::is_sorted(few.x.begin(), few.x.end()));
  line.y[5] = not_a_number;
  CHECK(visible(line, frame).x.size() == 200000);
  line.y[5] = 0;
  std::swap(line.x[0], line.x[100]);
  CHECK(visible(line, frame).x.size() == 200000);
}

TEST_CASE("a million spikes stay a file of a few megabytes") {
  TempFolder folder;
  const int steps = 2500, neurons = 4000;
  std::vector<std::uint8_t> spikes(static_cast<std::size_t>(steps) * neurons);
  for (std::size_t i = 0; i < spikes.size(); i += 10) spikes[i] = 1;
  Panel panel = raster_panel(times(steps, 0.1), spikes, neurons);
  CHECK(panel.points[0].x.size() == 1000000);
  save(subplots({panel}), folder / "big.svg");
  CHECK(read_bytes(folder / "big.svg").size() < 8000000);
  CHECK_THAT(read_bytes(folder / "big.svg").substr(0, 1000), Contains("<svg"));
}

TEST_CASE("panels: empty ones, many, and those that do not fit") {
  TempFolder folder;
  Panel named{.title = "left"};
  save(subplots({named, {}, {}, named}, 2), folder / "four.svg");
  CHECK(count_of(read_bytes(folder / "four.svg"), ">left<") == 2);
  save({}, folder / "none.svg");
  CHECK_THAT(error_text<brainpy::ValueError>([&] { save(subplots({named}, 0), folder / "a.svg"); }),
             Contains("do not fit"));
  const Figure crowded{.panels = {named, named, named}, .rows = 1, .cols = 2};
  CHECK_THAT(error_text<brainpy::ValueError>([&] { save(crowded, folder / "a.svg"); }), Contains("3 panels"));
}

TEST_CASE("data that do not belong together are refused") {
  TempFolder folder;
  CHECK_THAT(error_text<brainpy::ShapeError>([&] {
               line_plot({0, 1, 2}, {{0, 1, 2}, {0, 1}}, {});
             }),
             Contains("line 1: 2 values, 3 times"));
  CHECK_THAT(error_text<brainpy::ValueError>([&] {
               line_plot({0}, {{0}}, {.labels = {"a", "b"}});
             }),
             Contains("2 labels, 1 lines"));
  CHECK_THAT(error_text<brainpy::ShapeError>([&] {
               raster_plot({0, 1}, std::vector<std::uint8_t>(5), 3, {});
             }),
             Contains("5 values, 2 times, 3 neurons"));
  CHECK_THROWS_AS(raster_panel({}, {}, -1), brainpy::ShapeError);
  const Figure figure = subplots({{.lines = {{{0, 1}, {0}, "short"}}}});
  CHECK_THAT(error_text<brainpy::ShapeError>([&] { save(figure, folder / "a.svg"); }),
             Contains("'short': 2 and 1 values"));
}

TEST_CASE("paths and colours that do not work are named") {
  TempFolder folder;
  CHECK_THAT(error_text<brainpy::FileError>([&] { save({}, folder / "a.pdf"); }), Contains(".svg or .png"));
  CHECK_THAT(error_text<brainpy::FileError>([&] { save({}, folder / "no/folder/a.svg"); }),
             Contains("cannot write the figure") && Contains("no/folder/a.svg"));
  const Figure figure = subplots({{.lines = {{{0, 1}, {0, 1}, "", "no such colour"}}}});
  CHECK_THAT(error_text<brainpy::FileError>([&] { save(figure, folder / "a.svg"); }),
             Contains("gnuplot cannot draw") && Contains("colour"));
  CHECK_FALSE(std::filesystem::exists(folder / "a.svg"));
}

TEST_CASE("without gnuplot the data are kept and the package is named") {
  TempFolder folder;
  const std::string path = std::getenv("PATH");
  setenv("PATH", folder.path.c_str(), 1);
  const std::string said = captured_stderr([&] {
    line_plot({0, 0.5}, {{1, 2}}, {.labels = {"E"}, .file = folder / "a.svg"});
  });
  setenv("PATH", path.c_str(), 1);
  CHECK_THAT(said, Contains("gnuplot-nox") && Contains(folder / "a.svg.dat"));
  CHECK(count_of(said, "\n") == 1);
  CHECK(read_bytes(folder / "a.svg.dat") == "# panel 1 'E'\n0 1\n0.5 2\n\n\n");
  CHECK_FALSE(std::filesystem::exists(folder / "a.svg"));
}
