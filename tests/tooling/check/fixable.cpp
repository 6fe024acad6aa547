// All that is found here has a fix; the fixed file compiles.
#include <algorithm>
#include <cassert>

#include <fmt/core.h>
#include <brainpy/brainpy.hpp>

namespace bp = brainpy;
namespace bm = brainpy::math;

class Cell : public bp::BrainPyObject {
 public:
  bm::Variable V = variable("V", bm::zeros({4}));
  bm::Variable W{bm::zeros({4})};
  bm::TrainVar w = bm::TrainVar(bm::ones({4}));
  int steps = 0;
  double total = 1.5;
  bool fired = false;
  bm::Array last = bm::zeros({4});

  void update(bm::Array I) {
    ++steps;
    this->steps++;
    V = V + I * steps;
    V += 0.5 * total + 1.0;
    total += 0.25;
    total = total * 0.5;
    if (V.size() > 2) fired = true;
    last = V + I;
    V = last * w;
    bm::Variable drive(I * 0.5);
    drive += 1.0;
    V = V > 1.0 ? drive.sum() : V + drive;
    V = bm::where(V.size() > 2 && I > 0.0, I, V);
    W = std::max(V, W);
    V = I > 2.0 ? 1.0 : I > 1.0 ? bm::Array(0.5) : I;
    fmt::print("V = {}\n", V);
    show(V);
  }
  void show(bm::Array x) {
    for (int k = 0; k < 3; ++k) fmt::print("{} {}\n", k, x);
  }
};

int main() {
  Cell cell;
  auto step = bp::jit(cell, &Cell::update);
  step(bm::ones({4}));
}
