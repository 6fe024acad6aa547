// Variables and models that a step makes.
#include <brainpy/brainpy.hpp>

namespace bp = brainpy;
namespace bm = brainpy::math;

class Part : public bp::BrainPyObject {
 public:
  bm::Variable x = variable("x", bm::zeros({4}));
  void update() { x += 1.0; }
};

class Cell : public bp::BrainPyObject {
 public:
  bm::Variable V = variable("V", bm::zeros({4}));
  bp::VarList list;

  void update(bm::Array I) {
    bm::Variable drive(I * 0.5);
    drive += 1.0;
    V = V + drive;
    bm::Variable named(I, "named");
    V = named * 2.0;
    bm::Variable part(bm::zeros({4}));
    part[{0}] = 1.0;  // needs a Variable
    bm::Variable& same = V;
    same += part;
    const auto again = variable("again", 0.0);
    list.add(0.0) = I;
    Part inner;
    inner.update();
    node<Part>("made").update();
    V += again;
  }
};
