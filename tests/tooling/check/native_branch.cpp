// Native control flow on traced values, in a model, in a free function and in a lambda.
#include <brainpy/brainpy.hpp>

namespace bp = brainpy;
namespace bm = brainpy::math;

bm::Array larger(bm::Array a, bm::Array b) {
  if (a > b) return a;
  return b;
}

class Cell : public bp::BrainPyObject {
 public:
  bm::Variable V = variable("V", bm::zeros({4}));
  bm::Variable W = variable("W", bm::zeros({4}));
  bool driven = true;

  bm::Array helper(bm::Array x) { return W = x; }

  void choices(bm::Array I) {
    V = V > 1.0 ? I : V + I;
    W = I > 0.0 ? V : W;
    bm::Array x = I > 2.0 ? 1.0 : I > 1.0 ? bm::Array(0.5) : I;
    V = x * (I > 0.0 ? 1.0 : -1.0);
    double held = I > 0.0 ? 1.0 : 2.0;    // as a double it cannot be mended here
    V = I > 0.0 ? helper(I) : helper(x);  // both would run
    V += held;
  }
  void loops(bm::Array I) {
    while (V < I) V += 1.0;
    do {
      V -= 1.0;
    } while (V > I);
    for (bm::Array k = 0.0; k < I; k += 1.0) V += k;
  }
  void mixed(bm::Array I) {
    const bool is_large = V.size() > 2;
    V = bm::where(driven && I > 0.0, I, V);
    V = bm::where(I > 0.0 || is_large, I, V);
    if (driven && I > 1.0) V = I;
    V = bm::where(I > 0.0 && V > 0.0 && !(V > I), I, V);  // elementwise, fine
    if (driven && is_large) V = 0.0;
  }
};

int main() {
  bp::jit([](bm::Array a) { return a > 0.0 ? a : -a; });
  const bm::Array concrete = bm::ones({1});
  return concrete.item<double>() > 0.0 ? 0 : 1;
}
