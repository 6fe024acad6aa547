#include "compiler/codegen/copies.h"

#include <algorithm>
#include <string>

#include "runtime/error.h"

namespace brainpy::compiler::codegen {

std::vector<Copy> in_order(std::vector<Copy> at_once, const std::function<int(std::int64_t bytes)>& new_temporary) {
  std::vector<Copy>& waiting = at_once;
  for (const Copy& c : waiting)
    if (std::ranges::count(waiting, c.to, &Copy::to) > 1)
      throw runtime::InternalError("in_order: two copies to slot " + std::to_string(c.to));
  std::vector<Copy> ordered;
  while (!waiting.empty()) {
    const auto free = std::ranges::find_if(waiting, [&](const Copy& c) {
      return std::ranges::none_of(waiting, [&](const Copy& other) { return other.from == c.to; });
    });
    if (free != waiting.end()) {
      ordered.push_back(*free);
      waiting.erase(free);
      continue;
    }
    const Copy first = waiting.front();
    const int temporary = new_temporary(first.bytes);
    ordered.push_back({first.to, temporary, first.bytes});
    for (Copy& c : waiting)
      if (c.from == first.to) c.from = temporary;
  }
  return ordered;
}

}  // namespace brainpy::compiler::codegen
