// Loops that are recorded turn by turn.
#include <array>

#include <brainpy/brainpy.hpp>

namespace bp = brainpy;
namespace bm = brainpy::math;

constexpr int many = 100;

class Cell : public bp::BrainPyObject {
 public:
  bm::Variable V = variable("V", bm::zeros({4}));
  std::array<double, 80> weights{};
  int substeps = 1000;

  void update(bm::Array I) {
    for (int k = 0; k < 1000; ++k) V += I;
    for (int k = many; k >= 0; k -= 1) V += I;
    for (int k = 0; k < 10; ++k)
      for (int j = 0; j != 20; j += 2) V += I * (k + j);
    for (const double w : weights) V += w * I;
    for (int k = 0; k < 64; ++k) V += I;        // few enough
    for (int k = 0; k < substeps; ++k) V += I;  // not known here
    double sum = 0.0;
    for (int k = 0; k < 1000; ++k) sum += 1.0 / (k + 1);  // nothing is recorded
    V += sum;
    bm::for_loop([&](bm::Array x) { V += x; }, bm::arange(1000));
  }
};

int main() {
  Cell cell;
  auto step = bp::jit(cell, &Cell::update);
  for (int k = 0; k < 1000; ++k) step(1.0);
}
