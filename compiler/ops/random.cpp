#include "compiler/ops/map.h"

namespace brainpy::compiler {

void register_random(Registry&) {}

}  // namespace brainpy::compiler
