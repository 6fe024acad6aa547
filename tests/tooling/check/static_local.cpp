// Static locals in a step; in main() they are nobody's business.
#include <brainpy/brainpy.hpp>

namespace bp = brainpy;
namespace bm = brainpy::math;

bm::Array shifted(bm::Array x) {
  static bm::Array before = bm::zeros({4});
  return x + before;
}

class Cell : public bp::BrainPyObject {
 public:
  bm::Variable V = variable("V", bm::zeros({4}));
  void update(bm::Array I) {
    static int calls = 0;
    static const double scale = 2.0;
    static constexpr int n = 4;
    thread_local double last = 0.0;
    V = shifted(I) * scale + n + last;
    V += calls++;
  }
};

int main() {
  static int calls = 0;
  return calls;
}
