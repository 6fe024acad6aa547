// The other side of native.hpp: the library itself, with one array for all neurons.
// In: a model's source, rewritten. Out: its numbers, one row a step.
#pragma once

#include <cstdio>
#include <cstring>

#include <brainpy/brainpy.hpp>

constexpr int lanes = 64, steps = 12;
inline double value_of(int of_lane, int k) { return static_cast<double>((of_lane * 37 + k * 29) % 64) / 16.0 - 2.0; }
inline brainpy::math::Array per_lane(int k) {
  brainpy::runtime::Tensor t = brainpy::runtime::make_tensor({brainpy::math::float64, {lanes}});
  for (int i = 0; i < lanes; ++i) t.as<double>()[i] = value_of(i, k);
  return brainpy::math::Array(std::move(t));
}
inline brainpy::math::Array for_all(int k) {
  brainpy::runtime::Tensor t = brainpy::runtime::make_tensor({brainpy::math::float64, {}});
  t.as<double>()[0] = value_of(5, k);
  return brainpy::math::Array(std::move(t));
}
