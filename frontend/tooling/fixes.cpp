// Edits that do not overlap, applied from the end of a file to its beginning.
#include "frontend/tooling/fixes.h"

#include <algorithm>
#include <fstream>
#include <iterator>

#include "frontend/tooling/program_files.h"

namespace brainpy::tooling {

namespace {

bool is_same(const Edit& a, const Edit& b) { return a.offset == b.offset && a.length == b.length && a.text == b.text; }

/// Closing parentheses may meet at one place; their order does not matter.
bool overlap(const Edit& a, const Edit& b) {
  if (a.length == 0 && b.length == 0) return a.offset == b.offset && (a.text != b.text || a.text != ")");
  return a.offset < b.offset + b.length && b.offset < a.offset + a.length;
}

}  // namespace

bool Fixes::fits(const Edit& edit) const {
  const auto it = edits_.find(edit.file);
  if (it == edits_.end()) return true;
  return std::ranges::none_of(it->second, [&](const Edit& e) { return overlap(e, edit) && !is_same(e, edit); });
}

bool Fixes::add(const std::vector<Edit>& edits) {
  if (edits.empty() || !std::ranges::all_of(edits, [&](const Edit& e) { return fits(e); })) return false;
  for (const Edit& edit : edits) {
    std::vector<Edit>& others = edits_[edit.file];
    const bool is_known =
        edit.text != ")" && std::ranges::any_of(others, [&](const Edit& e) { return is_same(e, edit); });
    if (!is_known) others.push_back(edit);
  }
  return true;
}

void Fixes::write() const {
  for (const auto& [file, edits] : edits_) {
    std::ifstream in(file, std::ios::binary);
    std::string text{std::istreambuf_iterator<char>(in), {}};
    std::vector<Edit> ordered = edits;
    std::ranges::stable_sort(ordered, [](const Edit& a, const Edit& b) { return a.offset > b.offset; });
    for (const Edit& edit : ordered) text.replace(edit.offset, edit.length, edit.text);
    write_file(file, text);
  }
}

}  // namespace brainpy::tooling
