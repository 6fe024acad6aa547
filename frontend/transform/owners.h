// Which object's method recorded an operation: the source line only tells the class.
// In: a recorded program, the Variables behind its symbols. Out: the path of its object in every operation's location.
#pragma once

#include <vector>

#include "frontend/transform/trace.h"

namespace brainpy::transform {

/// Operations recorded one after another in one method were one call of it; the Variables of that class which the call
/// touches tell whose. What belongs to no object (a runner's recordings) keeps an empty path.
void name_owners(ir::Program& program, const std::vector<Captured>& captured);

}  // namespace brainpy::transform
