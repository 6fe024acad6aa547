#include "compiler/ops/map.h"

namespace brainpy::compiler {

void register_shape(Registry&) {}

}  // namespace brainpy::compiler
