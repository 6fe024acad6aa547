// A Variable declared as a plain member, in a header: it is read in braces.
#pragma once

#include <brainpy/brainpy.hpp>

class Plain : public brainpy::BrainPyObject {
 public:
  brainpy::math::Variable V = brainpy::math::zeros({4});

  void update(brainpy::math::Array drive) {
    V += drive;
    if (V > 1.0) V = 0.0;
  }
};
