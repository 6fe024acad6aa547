// Recording operations that own regions: the shared part of loops, branches and runners.
// In: bodies as callables on arrays. Out: `for` operations in the current trace.
#pragma once

#include <functional>
#include <vector>

#include "frontend/transform/trace.h"

namespace brainpy::transform {

/// A `for` whose bounds may be values of the program. The body gets the index (int64), the carried values and one row
/// of each scanned operand, and returns the next carried values, then the values to be stacked.
struct LoopSpec {
  Array lower, upper;       ///< int64 scalars
  std::int64_t length = 0;  ///< rows of scanned operands and stacked results
  bool reverse = false;
  std::vector<Array> carried, scanned;
};
using LoopBody = std::function<std::vector<Array>(const Array& index, const std::vector<Array>& carried,
                                                  const std::vector<Array>& rows)>;

/// Carried values' last ones, then the stacked results. `function` names the user's function in errors.
std::vector<Array> record_loop(Trace& trace, const LoopSpec& spec, const LoopBody& body, const char* function,
                               const Site& site);

/// Where the value was made, if known, else the site.
runtime::Location made_at(const Array& array, const Site& site);

}  // namespace brainpy::transform
