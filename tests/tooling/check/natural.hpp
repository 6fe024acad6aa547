// A header of the project: it is looked at, and mended, too.
#pragma once
#include <vector>

#include <fmt/core.h>
#include <brainpy/brainpy.hpp>

namespace bp = brainpy;
namespace bm = brainpy::math;

class Base : public bp::BrainPyObject {
 public:
  bm::Variable a = bm::zeros({4}), b = bm::zeros({4});
  int calls = 0;
  std::vector<bm::Variable> hidden;

  Base() { hidden.emplace_back(bm::zeros({4})); }
  void tick() { ++calls; }
  void update() { tick(); }
};
