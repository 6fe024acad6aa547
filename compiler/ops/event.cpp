#include "compiler/ops/map.h"

namespace brainpy::compiler {

void register_event(Registry&) {}

}  // namespace brainpy::compiler
