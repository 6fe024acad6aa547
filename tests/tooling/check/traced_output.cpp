// Prints of traced values.
#include <iostream>

#include <fmt/core.h>
#include <brainpy/brainpy.hpp>

namespace bp = brainpy;
namespace bm = brainpy::math;

class Cell : public bp::BrainPyObject {
 public:
  bm::Variable V = variable("V", bm::zeros({4}));
  bm::Variable W = variable("W", bm::zeros({4}));
  bm::Array weights = bm::ones({4});

  void update(bm::Array x) {
    fmt::print("x = {}\n", x);
    std::cout << "V = " << fmt::format("{}", V + 1.0) << "\n";
    if (V.size() > 2) fmt::print("{} {}\n", 1, x.to_string());
    fmt::print("{} elements\n", x.size());
    std::cout << V.size() << "\n";
    std::cout.precision(3);
    if (bp::is_tracing()) fmt::print("recording\n");
    else fmt::print("{}\n", x);
  }
};

int main() {
  Cell cell;
  fmt::print("{} {}\n", cell.V, cell.V.value().item<double>());
}
