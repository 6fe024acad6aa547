#include "compiler/ops/map.h"

namespace brainpy::compiler {

void register_functions(Registry&) {}

}  // namespace brainpy::compiler
