// In natural style: plain members, native control flow; what still goes wrong, and its fixes.
#include "natural.hpp"

class Cell : public Base {
 public:
  bm::Variable V = bm::zeros({4}), U = bm::ones({4});
  bm::TrainVar w = bm::ones({4});
  int steps = 0;
  double total = 0.5;
  bm::Array last = bm::zeros({4});

  bm::Array update(bm::Array I) {
    ++steps;
    bm::Variable drive = I * 0.5;
    if (V > 1.0) V = I;
    while (V < I && steps > 2.0) V += 1.0;
    V = V > 1.0 ? I : V + drive;
    total += 0.5;
    V += total * last;
    last = V;
    fmt::print("V = {}\n", V);
    return V;
  }
};

int main() {
  Cell cell;
  auto step = bp::jit(cell, &Cell::update);
  step(bm::ones({4}));
}
