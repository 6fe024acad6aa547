// bm::check: a condition that a running program must satisfy.
// In: a condition, what it means, values to show. Out: nothing, or a ValueError at the caller's line.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "frontend/math/array.hpp"

namespace brainpy::math {

/// Stops with a ValueError where an element of the condition is false, also in compiled code, each time that it runs:
/// `bm::check(bm::all(rate >= 0.0), "a rate is negative", {{"t", t}})`. The error shows the values at the first element
/// that fails; they are scalars or of the condition's shape.
void check(const Operand& condition, const std::string& what,
           const std::vector<std::pair<std::string, Operand>>& values = {}, const std::string& hint = {});

}  // namespace brainpy::math
