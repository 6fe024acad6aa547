// Copies that happen at once, done one after the other.
// In: copies between slots, each target once. Out: the same effect as a sequence.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "compiler/codegen/place.h"

namespace brainpy::compiler::codegen {

/// A copy may go first when nobody still reads its target; a ring of copies is broken by saving one target in a slot
/// that `new_temporary` makes for so many bytes.
std::vector<Copy> in_order(std::vector<Copy> at_once, const std::function<int(std::int64_t bytes)>& new_temporary);

}  // namespace brainpy::compiler::codegen
