#include <brainpy/brainpy.hpp>

int main() {
  brainpy::math::Array a = brainpy::math::zeros({3});
  return a.nothing();
}
