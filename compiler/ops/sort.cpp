#include "compiler/ops/map.h"

namespace brainpy::compiler {

void register_sort(Registry&) {}

}  // namespace brainpy::compiler
