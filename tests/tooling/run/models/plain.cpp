#include "plain.hpp"

int main() {
  Plain plain;
  auto step = brainpy::jit(plain, &Plain::update);
  for (int k = 0; k < 3; ++k) step(brainpy::math::linspace(0.0, 0.75, 4));
  for (const double v : plain.V.to_vector<double>()) fmt::print("{} ", v);
  fmt::print("\n");
}
