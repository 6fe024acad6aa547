#include "compiler/ir/similar_names.h"

#include <algorithm>
#include <numeric>

namespace brainpy::compiler::ir {
namespace {

/// Letters to insert, remove or replace (Levenshtein's distance).
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t above = row[j + 1];
      row[j + 1] = std::min({above + 1, row[j] + 1, diagonal + (a[i] != b[j])});
      diagonal = above;
    }
  }
  return row.back();
}

}  // namespace

std::vector<std::string_view> similar_names(std::string_view mistyped, const std::vector<std::string_view>& known) {
  const std::size_t limit = (mistyped.size() + 1) / 3;
  std::vector<std::pair<std::size_t, std::string_view>> found;
  for (std::string_view name : known) {
    const std::size_t distance = edit_distance(mistyped, name);
    const bool contains = mistyped.size() >= 3 && name.find(mistyped) != std::string_view::npos;
    if (distance <= limit || contains) found.emplace_back(distance, name);
  }
  std::ranges::sort(found);
  std::vector<std::string_view> names;
  for (std::size_t i = 0; i < std::min<std::size_t>(found.size(), 3); ++i) names.push_back(found[i].second);
  return names;
}

std::string did_you_mean(std::string_view mistyped, const std::vector<std::string_view>& known,
                         std::string_view otherwise, std::string_view prefix) {
  const std::vector<std::string_view> names = similar_names(mistyped, known);
  if (names.empty()) return std::string(otherwise);
  std::string text = "did you mean ";
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i) text += i + 1 == names.size() ? " or " : ", ";
    (text += prefix) += names[i];
  }
  return text + "?";
}

}  // namespace brainpy::compiler::ir
