// A header of the models' own: what it declares is in the table of every source that includes it.
#pragma once

#include <brainpy/brainpy.hpp>

namespace cells {

namespace bm = brainpy::math;

/// Something with a membrane.
class Membrane : public brainpy::BrainPyObject {
 public:
  explicit Membrane(int count) : size(count) {}
  int size;
  static constexpr double capacity = 1.5;  ///< of the membrane [uF/cm2]

 protected:
  bm::Variable V = bm::full({size}, -65.0);  ///< potential, "inside" [mV]
};

}  // namespace cells
