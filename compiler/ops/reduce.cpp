#include "compiler/ops/map.h"

namespace brainpy::compiler {

void register_reduce(Registry&) {}

}  // namespace brainpy::compiler
