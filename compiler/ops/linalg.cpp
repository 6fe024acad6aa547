#include "compiler/ops/map.h"

namespace brainpy::compiler {

void register_linalg(Registry&) {}

}  // namespace brainpy::compiler
