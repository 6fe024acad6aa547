// Orders of convergence: a line through the logarithms of errors, and the table that the documentation holds.
// In: steps and errors. Out: the slope; a line in the file that BRAINPY_ORDERS names, if it is set.
#pragma once

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

namespace brainpy::test {

/// The slope of log(error) over log(step), by least squares.
inline double measured_order(const std::vector<double>& steps, const std::vector<double>& errors) {
  double x = 0, y = 0, xx = 0, xy = 0;
  const auto n = static_cast<double>(steps.size());
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const double a = std::log(steps[i]), b = std::log(errors[i]);
    x += a, y += b, xx += a * a, xy += a * b;
  }
  return (n * xy - x * y) / (n * xx - x * x);
}

/// Appends a row of a Markdown table to the file that BRAINPY_ORDERS names: `| a | b | ... |`.
inline void write_order_row(const std::vector<std::string>& cells) {
  const char* name = std::getenv("BRAINPY_ORDERS");
  if (!name) return;
  std::FILE* file = std::fopen(name, "a");
  if (!file) return;
  for (const std::string& cell : cells) std::fprintf(file, "| %s ", cell.c_str());
  std::fprintf(file, "|\n");
  std::fclose(file);
}

}  // namespace brainpy::test
