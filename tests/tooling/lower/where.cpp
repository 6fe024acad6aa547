// Places: what a compiler, a debugger and our own programs say about rewritten lines.
#include <brainpy/brainpy.hpp>

namespace bp = brainpy;
namespace bm = brainpy::math;

#ifdef BRAINPY_SOURCE_TOOL
bm::Array planted(bm::Array x);  // only the tool knows it: a fault for the compiler
#endif

class Cell : public bp::BrainPyObject {
 public:
  bm::Variable V = variable("V", bm::linspace(-1.0, 1.0, 4));
  void update(bm::Array I) {
    if (V > 0.5 && I > 0.0) {  // two lines
      V = bm::tanh(V);
    } else if (V < 0.0) V += I;
    for (bm::Array k = 0.0; k < V; k += 1.0) V -= 0.25 * bm::cosh(I);
#ifdef PLANTED
    if (V > 0.0) {
      V = planted(V);
    }
#endif
  }
};

int main() {
  Cell cell;
  auto step = bp::jit(cell, &Cell::update);
  step(1.0);
  fmt::print("{}\n", step.dump(bp::Stage::trace));
}
