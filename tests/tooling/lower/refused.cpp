// Everything that is not rewritten, and what is said instead.
#include <functional>
#include <stdexcept>
#include <vector>

#include <brainpy/brainpy.hpp>

namespace bp = brainpy;
namespace bm = brainpy::math;

#define IF_ABOVE(x) if (x > 0.0)

struct Helper {
  bm::Array kept = 0.0;
  void add(bm::Array x) { kept = kept + x; }
};

bm::Array global = 0.0;

class Refused : public bp::BrainPyObject {
 public:
  bm::Variable V = variable("V", bm::zeros({4}));
  int count = 0;
  bm::Array plain = 0.0;
  Helper helper;
  std::function<void()> callback;

  void native_local(bm::Array x) {
    int n = 0;
    if (x > 0.0) n = 1;
    double total = 0.0;
    while (V < x) V += 1.0, total += 0.5;
    for (int k = 0; V < x; ++k) V += 1.0;
    std::vector<bm::Array> list;
    if (x > 0.0) list.push_back(x);
  }
  void members(bm::Array x) {
    if (x > 0.0) ++count;
    if (x > 0.0) plain = x;
    if (x > 0.0) helper.add(x);
    if (x > 0.0) global = x;
  }
  void far_away(bm::Array x, std::vector<bm::Array>& list, bm::Array* pointer) {
    if (x > 0.0) list[0] = x;
    if (x > 0.0) *pointer = x;
    if (x > 0.0) callback();
    auto counter = [n = 0]() mutable { return ++n; };
    if (x > 0.0) counter();
  }
  void forms(bm::Array x) {
    if (bm::Array y = x + 1.0; y > 0.0) V = y;
    IF_ABOVE(x) V = x;
    bm::Array y = x > 0.0 ? (V = x) : x;
    (x > 0.0 ? x : y) = 1.0;
    const double number = x > 0.0 ? 1.0 : 2.0;
    if (x > 0.0 && ((y = x) > 1.0)) V = number;
  }
  void directive(bm::Array x) {
    if (x > 0.0)
#define LOST 1.0
      V = x + LOST;
  }
  int returns(bm::Array x) {
    if (x > 0.0) return 1;
    return 0;
  }
  void exits(bm::Array x, int mode) {
    switch (mode) {
      case 0:
        if (x > 0.0) break;
        V = x;
    }
    if (x > 0.0) throw std::runtime_error("negative");
    if (x > 0.0) goto end;
    V = 0.0;
  end:
    V = 1.0;
  }
};
