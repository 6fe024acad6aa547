// Comparisons of traced values where C++ wants true or false.
#include <algorithm>
#include <cassert>

#include <brainpy/brainpy.hpp>

namespace bp = brainpy;
namespace bm = brainpy::math;

class Cell : public bp::BrainPyObject {
 public:
  bm::Variable V = variable("V", bm::zeros({4}));
  bm::Variable W = variable("W", bm::zeros({4}));
  bm::Array weights = bm::ones({4});

  void update(bm::Array x) {
    V = std::max(V, W);
    const bm::Array clipped = std::clamp(x, V.value(), W.value());
    const auto& smaller = std::min(V, W);
    V = clipped + smaller;
    const bool same{V == W};
    W += static_cast<bool>(x > 0.0);
    V += std::max(1.0, 2.0) + same;
    assert(V > 0.0);
    assert(V.size() > 2);
    V = bm::where(x > 0.0 && !(V > 1.0), x, V);
  }
};

int main() {
  const bm::Array x = bm::ones({1});
  assert(x.item<double>() > 0.0);
}
