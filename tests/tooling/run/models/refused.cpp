#include <brainpy/brainpy.hpp>

int main() {
  brainpy::math::Array a = brainpy::math::zeros({3});
  int n = 0;
  if (a > 0.0) n += 1;
  return n;
}
