#include "compiler/ops/map.h"

namespace brainpy::compiler {

void register_index(Registry&) {}

}  // namespace brainpy::compiler
