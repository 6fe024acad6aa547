// What Clang itself refuses.
#include <brainpy/brainpy.hpp>

namespace bm = brainpy::math;

bool is_same(bm::Array a, bm::Array b) { return a == b; }
