// A class inside a function has no name for a table.
#include <brainpy/brainpy.hpp>

namespace bp = brainpy;
namespace bm = brainpy::math;

int main() {
  struct Local : bp::BrainPyObject {
    bm::Variable named = variable("named", 0.0);
    bm::Variable plain = 0.0;
  } local;
  return static_cast<int>(local.vars().size());
}
