// A model with natural control flow in a header: it is rewritten as well.
#pragma once

#include <brainpy/brainpy.hpp>

namespace bp = brainpy;
namespace bm = brainpy::math;

inline constexpr double drop = 2.0;

class Cell : public bp::BrainPyObject {
 public:
  explicit Cell(int size) : size(size) {}
  const int size;
  bm::Variable V = variable("V", bm::zeros({size}));
  bm::Variable count = variable("count", bm::zeros({size}));

  void update(bm::Array drive) {
    V += drive;
    if (V >= 3.0) {
      V -= drop;
      count += 1.0;
    }
  }
};
