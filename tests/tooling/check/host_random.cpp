// Random numbers of C++: fine in a constructor, not in a step.
#include <algorithm>
#include <cstdlib>
#include <random>
#include <vector>

#include <brainpy/brainpy.hpp>

namespace bp = brainpy;
namespace bm = brainpy::math;

class Cell : public bp::BrainPyObject {
 public:
  bm::Variable V = variable("V", bm::zeros({4}));
  std::mt19937 engine{1};
  double threshold = 0.0;

  Cell() { threshold = std::normal_distribution<double>(0.0, 1.0)(engine); }

  void update(bm::Array I) {
    V += std::rand() % 3;
    V += drand48();
    std::uniform_real_distribution<double> uniform(0.0, 1.0);
    V += I * uniform(engine);
    noise();
    V += bm::random::normal(0.0, 1.0, {4});
  }
  void noise() {
    std::vector<double> order{1.0, 2.0};
    std::shuffle(order.begin(), order.end(), engine);
    V += order[0] + static_cast<double>(std::random_device()());
  }
};

double in_main() { return std::rand(); }
