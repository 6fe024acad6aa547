// One case of the comparison with NumPy, and the tables of bm:: functions by name.
// In: the text that make_cases.py writes. Out: cases; calls that compute them.
#pragma once

#include <functional>
#include <istream>
#include <map>
#include <string>
#include <vector>

#include "frontend/math/math.hpp"

namespace numpy_test {

namespace bm = brainpy::math;

struct Case {
  std::string name;
  std::string tolerance;  ///< "exact", "ulp:2", "close:1e-6"
  std::map<std::string, std::string> parameters;
  std::vector<bm::Array> in, out;

  bool has(const std::string& key) const { return parameters.count(key) > 0; }
  const std::string& text(const std::string& key) const { return parameters.at(key); }
  double real(const std::string& key) const { return std::stod(parameters.at(key)); }
  int integer(const std::string& key) const { return std::stoi(parameters.at(key)); }
  bool flag(const std::string& key) const { return has(key) && integer(key) != 0; }
  /// "2,3"; "-" is the empty list.
  std::vector<std::int64_t> list(const std::string& key) const;
  std::vector<int> short_list(const std::string& key) const;
  std::optional<int> axis() const { return has("axis") ? std::optional<int>(integer("axis")) : std::nullopt; }
  bm::Axes axes() const { return has("axis") ? bm::Axes(short_list("axis")) : bm::Axes(); }
};

std::vector<Case> read_cases(std::istream& in);

/// "" when the results are what NumPy gives within the tolerance, else what differs.
std::string compare(const Case& c, const std::vector<bm::Array>& results);

using Arrays = std::vector<bm::Array>;
using Call = std::function<Arrays(const Case&)>;
using Table = std::map<std::string, Call>;

void add_elementwise_calls(Table& table);
void add_reduction_calls(Table& table);
void add_array_calls(Table& table);
void add_linalg_calls(Table& table);

}  // namespace numpy_test
