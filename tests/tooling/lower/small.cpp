#include <brainpy/brainpy.hpp>
namespace bm = brainpy::math;

bm::Array count(bm::Array x) {
  bm::Array n = 0;
  while (x > 1.0) {
    x *= 0.5;  // halve
    if (n > 3) break;
    n += 1;
  }
  return n;
}
