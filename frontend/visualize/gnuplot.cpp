// Drawing by gnuplot: a script and a file of binary numbers in a temporary folder, and one process that reads them.
#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

#include "frontend/visualize/reduce.h"
#include "runtime/error.h"
#include "runtime/log.h"

extern char** environ;

namespace brainpy::visualize {
namespace fs = std::filesystem;
namespace {

/// Okabe and Ito's colours, which people with colour-blindness tell apart; the yellow is left out as too pale.
constexpr std::array<const char*, 7> line_colors = {"#0072B2", "#D55E00", "#009E73", "#CC79A7",
                                                    "#E69F00", "#56B4E9", "#000000"};
constexpr const char* mark_color = "#202020";
constexpr const char* axis_color = "#404040";

/// Margins around a plot in characters of the font, and about how many pixels a character takes.
constexpr double left_margin = 9, right_margin = 2.5, bottom_margin = 3.4, title_margin = 2, plain_margin = 0.8;
constexpr double character_width = 6.5, character_height = 13;
/// Pixels of one line of legend.
constexpr double legend_height = 28;

/// Up to so many marks are circles; more are strokes, which make smaller files.
constexpr std::size_t few_marks = 2000;
/// Pixels across gnuplot's circle of size 1.
constexpr double point_size = 5.5;

struct TempFolder {
  fs::path path;
  TempFolder() {
    std::string name = (fs::temp_directory_path() / "brainpy_figure_XXXXXX").string();
    if (!mkdtemp(name.data()))
      throw FileError({.what = "visualize: cannot make a temporary folder",
                       .values = "'" + name + "': " + std::generic_category().message(errno),
                       .hint = "set TMPDIR to a folder that you may write to"});
    path = name;
  }
  ~TempFolder() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
};

/// A gnuplot string in single quotes, in which nothing but the quote itself is special.
std::string quoted(const std::string& text) {
  std::string result = "'";
  for (const char c : text) {
    if (c == '\'') result += "''";
    else result += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
  }
  return result + "'";
}

enum class Format { svg, png };

Format format_of(const std::string& path) {
  std::string extension = fs::path(path).extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (extension == ".svg") return Format::svg;
  if (extension == ".png") return Format::png;
  throw FileError({.what = "visualize: unknown picture format '" + extension + "'",
                   .values = "path '" + path + "'",
                   .hint = "end the path in .svg or .png"});
}

struct Layout {
  int rows;
  int cols;
  int width;
  int height;
};

Layout layout_of(const Figure& figure) {
  const int count = static_cast<int>(figure.panels.size());
  const int cols = figure.cols;
  const int rows = figure.rows > 0 || cols < 1 ? figure.rows : std::max(1, (count + cols - 1) / cols);
  if (cols < 1 || rows < 1 || count > rows * cols || figure.width < 0 || figure.height < 0)
    throw ValueError({.what = "visualize: the panels do not fit into the figure",
                      .values = fmt::format("{} panels, {} rows, {} cols, {} x {} pixels", count, figure.rows,
                                            figure.cols, figure.width, figure.height),
                      .hint = "rows * cols must be at least the number of panels; rows may be 0"});
  const int width = figure.width > 0 ? figure.width : (cols == 1 ? 640 : 420 * cols);
  const int height = figure.height > 0 ? figure.height : (rows == 1 ? 380 : 240 * rows);
  return {rows, cols, width, height};
}

/// Series of numbers in one binary file; a script names them by offset and count.
class DataFile {
 public:
  explicit DataFile(const fs::path& path) : path_(path), file_(path, std::ios::binary) {}
  /// The plot's source: `columns` are written side by side.
  std::string add(const std::vector<std::vector<double>>& columns) {
    const std::size_t count = columns.front().size();
    std::string format;
    for (std::size_t c = 0; c < columns.size(); ++c) format += "%float64";
    const std::string source =
        fmt::format("{} binary format='{}' skip={} record={}", quoted(path_.string()), format, bytes_, count);
    for (std::size_t i = 0; i < count; ++i)
      for (const auto& column : columns) file_.write(reinterpret_cast<const char*>(&column[i]), sizeof(double));
    bytes_ += count * columns.size() * sizeof(double);
    return source;
  }
  bool close() {
    file_.close();
    return static_cast<bool>(file_);
  }

 private:
  fs::path path_;
  std::ofstream file_;
  std::size_t bytes_ = 0;
};

bool has_legend(const Panel& panel) {
  const auto labelled = [](const auto& series) { return !series.label.empty(); };
  return panel.legend && (std::any_of(panel.lines.begin(), panel.lines.end(), labelled) ||
                          std::any_of(panel.points.begin(), panel.points.end(), labelled));
}

std::string title_of(const std::string& label, bool legend) {
  return label.empty() || !legend ? "notitle" : "title " + quoted(label);
}

/// The plot elements of one panel, each a line of a gnuplot `plot` command.
std::vector<std::string> elements_of(const Panel& panel, const Frame& frame, DataFile& data) {
  std::vector<std::string> elements;
  for (const Points& all : panel.points) {
    const Points points = visible(all, frame);
    if (points.x.empty()) continue;
    const auto count = static_cast<double>(points.x.size());
    // From 3 pixels for a few marks to 1 for those of a dense raster.
    const double size =
        points.size > 0 ? points.size : std::clamp(std::sqrt(frame.width * frame.height / count) / 4, 1.0, 3.0);
    const std::string look = fmt::format("lc rgb {} {}", quoted(points.color.empty() ? mark_color : points.color),
                                         title_of(points.label, panel.legend));
    if (points.height <= 0 && points.x.size() <= few_marks) {
      elements.push_back(fmt::format("{} using 1:2 with points pt 7 ps {:.3g} {}", data.add({points.x, points.y}),
                                     size / point_size, look));
      continue;
    }
    // A mark is a short vertical stroke, as wide as it is high unless it is a tick: one path in an SVG.
    const double pixel = (frame.y.high - frame.y.low) / frame.height;
    const double height = points.height > 0 ? points.height : size * pixel;
    const double width = points.height > 0 && points.size <= 0 ? std::min(size, 1.4) : size;
    std::vector<double> low = points.y;
    for (double& y : low) y -= height / 2;
    elements.push_back(fmt::format(
        "{} using 1:2:(0):({:.17g}) with vectors nohead lw {:.3g} lc rgb {} {}", data.add({points.x, low}), height,
        width, quoted(points.color.empty() ? mark_color : points.color), title_of(points.label, panel.legend)));
  }
  std::size_t next_color = 0;
  for (const Line& all : panel.lines) {
    const std::string color = all.color.empty() ? line_colors[next_color++ % line_colors.size()] : all.color;
    const Line line = visible(all, frame);
    if (line.x.empty()) continue;
    elements.push_back(fmt::format("{} using 1:2 with lines lw {:.3g} lc rgb {} {}", data.add({line.x, line.y}),
                                   line.width, quoted(color), title_of(line.label, panel.legend)));
  }
  if (elements.empty()) elements.push_back("NaN notitle");
  return elements;
}

std::string script_of(const Figure& figure, const std::string& path, Format format, DataFile& data) {
  const Layout layout = layout_of(figure);
  std::string script = "set encoding utf8\n";
  // Text is never marked up (noenhanced): an underscore in a name stays one.
  if (format == Format::svg)
    script +=
        fmt::format("set terminal svg noenhanced size {},{} font 'Arial,12' butt dashlength 0.5 background 'white'\n",
                    layout.width, layout.height);
  else
    script += fmt::format(
        "set terminal pngcairo noenhanced size {},{} font 'Sans,9' fontscale 2 linewidth 2 butt background 'white'\n",
        2 * layout.width, 2 * layout.height);
  script += fmt::format("set output {}\n", quoted(path));
  script += fmt::format(
      "set minussign\n"
      "set format xy '%h'\n"
      "set border 3 lw 0.8 lc rgb '{0}'\n"
      "set tics out nomirror scale 0.5 textcolor rgb '{0}'\n"
      "set key top right horizontal reverse Left samplen 1.6 opaque fc rgb '#30ffffff' nobox\n"
      "set lmargin {1}\nset rmargin {2}\nset bmargin {3}\n",
      axis_color, left_margin, right_margin, bottom_margin);
  script += fmt::format("set multiplot layout {},{} rowsfirst\n", layout.rows, layout.cols);
  for (const Panel& panel : figure.panels) {
    const double top_margin = panel.title.empty() ? plain_margin : title_margin;
    const double width = layout.width / layout.cols - (left_margin + right_margin) * character_width;
    const double height = layout.height / layout.rows - (bottom_margin + top_margin) * character_height;
    Frame frame = frame_of(panel, std::max(width, 50.0), std::max(height, 30.0));
    // Room for a line of legend above the data.
    if (has_legend(panel) && !std::isfinite(panel.ylim.high))
      frame.y.high += (frame.y.high - frame.y.low) * legend_height / frame.height;
    script += fmt::format("set tmargin {}\n", top_margin);
    script += fmt::format("set title {} offset 0,-0.4\n", quoted(panel.title));
    script += fmt::format("set xlabel {} offset 0,0.3\n", quoted(panel.xlabel));
    script += fmt::format("set ylabel {} offset -0.5,0\n", quoted(panel.ylabel));
    script += fmt::format("set xrange [{:.17g}:{:.17g}]\n", frame.x.low, frame.x.high);
    script += fmt::format("set yrange [{:.17g}:{:.17g}]\n", frame.y.low, frame.y.high);
    script += "plot ";
    const std::vector<std::string> elements = elements_of(panel, frame, data);
    for (std::size_t k = 0; k < elements.size(); ++k) script += (k ? ", \\\n     " : "") + elements[k];
    script += '\n';
  }
  return script + "unset multiplot\nset output\n";
}

enum class Outcome { drawn, missing, failed };

/// Runs gnuplot on a script; what it says goes to `messages`.
Outcome run_gnuplot(const fs::path& script, const fs::path& messages) {
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addopen(&files, 2, messages.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  std::string name = "gnuplot", argument = script.string();
  char* arguments[] = {name.data(), argument.data(), nullptr};
  pid_t child = 0;
  const int error = posix_spawnp(&child, "gnuplot", &files, nullptr, arguments, environ);
  posix_spawn_file_actions_destroy(&files);
  if (error != 0) return Outcome::missing;
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? Outcome::drawn : Outcome::failed;
}

/// The figure's numbers as text that gnuplot and NumPy read: one block a series, two empty lines between.
void write_table(const Figure& figure, const std::string& path) {
  std::ofstream file(path);
  const auto block = [&](std::size_t panel, const std::string& label, const auto& x, const auto& y) {
    file << fmt::format("# panel {} {}\n", panel + 1, quoted(label));
    for (std::size_t i = 0; i < x.size(); ++i) file << fmt::format("{:.9g} {:.9g}\n", x[i], y[i]);
    file << "\n\n";
  };
  for (std::size_t p = 0; p < figure.panels.size(); ++p) {
    for (const Points& points : figure.panels[p].points) block(p, points.label, points.x, points.y);
    for (const Line& line : figure.panels[p].lines) block(p, line.label, line.x, line.y);
  }
  file.close();
  if (!file)
    throw FileError({.what = "visualize: cannot write the data of the figure",
                     .values = "path '" + path + "'",
                     .hint = "does the folder exist, and may you write there?"});
}

void check_lengths(const std::vector<double>& x, const std::vector<double>& y, const std::string& label) {
  if (x.size() == y.size()) return;
  throw ShapeError({.what = "visualize: x and y have different lengths",
                    .values = fmt::format("'{}': {} and {} values", label, x.size(), y.size()),
                    .hint = "give one y for each x"});
}

}  // namespace

void save(const Figure& figure, const std::string& path) {
  const Format format = format_of(path);
  for (const Panel& panel : figure.panels) {
    for (const Line& line : panel.lines) check_lengths(line.x, line.y, line.label);
    for (const Points& points : panel.points) check_lengths(points.x, points.y, points.label);
  }
  const TempFolder folder;
  const fs::path script = folder.path / "figure.gp", messages = folder.path / "messages";
  DataFile data(folder.path / "figure.bin");
  std::ofstream script_file(script);
  const fs::path picture = folder.path / (format == Format::svg ? "figure.svg" : "figure.png");
  script_file << script_of(figure, picture.string(), format, data);
  script_file.close();
  if (!script_file || !data.close())
    throw FileError({.what = "visualize: cannot write the data of the figure",
                     .values = "folder '" + folder.path.string() + "'",
                     .hint = "is there room on the disk? TMPDIR names another folder"});
  switch (run_gnuplot(script, messages)) {
    case Outcome::drawn: {
      std::error_code error;
      fs::copy_file(picture, path, fs::copy_options::overwrite_existing, error);
      if (!error) return;
      throw FileError({.what = "visualize: cannot write the figure",
                       .values = fmt::format("path '{}': {}", path, error.message()),
                       .hint = "does the folder exist, and may you write there?"});
    }
    case Outcome::missing:
      write_table(figure, path + ".dat");
      runtime::note(fmt::format(
          "no figure '{0}': gnuplot is not installed (apt-get install gnuplot-nox); its data are in '{0}.dat'", path));
      return;
    case Outcome::failed:
      break;
  }
  std::ifstream said(messages);
  std::string text{std::istreambuf_iterator<char>(said), {}};
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back()))) text.pop_back();
  throw FileError({.what = "visualize: gnuplot cannot draw the figure",
                   .values = fmt::format("path '{}': {}", path, text.substr(text.find_last_of('\n') + 1)),
                   .hint = "is every colour one that gnuplot knows, such as '#d55e00' or 'black'?"});
}

}  // namespace brainpy::visualize
