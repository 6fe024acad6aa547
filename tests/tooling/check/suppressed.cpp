// Comments that silence findings, and some that do not.
#include <brainpy/brainpy.hpp>

namespace bp = brainpy;
namespace bm = brainpy::math;

class Cell : public bp::BrainPyObject {
 public:
  bm::Variable V = variable("V", bm::zeros({4}));
  bm::Variable own{bm::zeros({4})};  // brainpy: ignore unregistered-variable, host-state
  int counted = 0, wrong_name = 0, too_far = 0;

  void update(bm::Array I) {
    ++counted;  // brainpy: ignore host-state (counts recordings)
    // brainpy: ignore concretize, host-state
    counted += V.item<int>();
    ++wrong_name;  // brainpy: ignore concretize
    // brainpy: ignore host-state

    ++too_far;
    V += I;  // brainpy: ignore host-state
    ++too_far;
  }
};
