#include "compiler/ir/location_text.h"

#include <mutex>
#include <unordered_set>

namespace brainpy::compiler::ir {

void append_location(std::string& text, const Location& location) {
  for (char c : runtime::to_string(location)) text += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
}

Location parse_location(std::string_view comment) {
  while (comment.starts_with(' ')) comment.remove_prefix(1);
  while (comment.ends_with(' ') || comment.ends_with('\r')) comment.remove_suffix(1);
  for (std::size_t colon = comment.find(':'); colon != comment.npos; colon = comment.find(':', colon + 1)) {
    std::size_t i = colon + 1;
    unsigned line = 0;
    while (i < comment.size() && comment[i] >= '0' && comment[i] <= '9' && i < colon + 10)
      line = 10 * line + static_cast<unsigned>(comment[i++] - '0');
    if (line == 0) continue;
    const std::string_view rest = comment.substr(i);
    if (rest.empty() || rest.starts_with(" in "))
      return {lasting_name(comment.substr(0, colon)), line, std::string(rest.substr(rest.empty() ? 0 : 4))};
  }
  return {};
}

const char* lasting_name(std::string_view name) {
  static std::mutex mutex;
  static auto* names = new std::unordered_set<std::string>;
  const std::lock_guard lock(mutex);
  return names->emplace(name).first->c_str();
}

}  // namespace brainpy::compiler::ir
