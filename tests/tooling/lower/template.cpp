// Templates and generic lambdas have no types yet: they stay as they are, and the compiler refuses them.
#include <brainpy/brainpy.hpp>
namespace bm = brainpy::math;

template <class T>
T positive(T x) {
  if (x > 0.0) return x;
  return -x;
}

int main() {
  const auto generic = [](auto x) { return x > 0.0 ? x : -x; };
  generic(bm::ones({2}));
  positive(bm::ones({2}));
}
