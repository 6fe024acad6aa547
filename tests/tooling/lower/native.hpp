// Enough of the library's names for a model to be compiled with plain doubles, one neuron at a time: what the rewritten
// source must do for all of them at once.
// In: a model's source. Out: the same program with native control flow.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstring>

namespace brainpy {
class BrainPyObject {
 protected:
  double variable(const char*, double initial) { return initial; }
};
namespace math {
using Array = double;
using Variable = double;
inline double minimum(double a, double b) { return std::min(a, b); }
inline double maximum(double a, double b) { return std::max(a, b); }
inline double abs(double a) { return std::abs(a); }
}  // namespace math
}  // namespace brainpy

inline int lane;
constexpr int lanes = 64, steps = 12;
/// Numbers with few binary digits, so that sums and halves of them are exact for a while.
inline double value_of(int of_lane, int k) { return static_cast<double>((of_lane * 37 + k * 29) % 64) / 16.0 - 2.0; }
inline double per_lane(int k) { return value_of(lane, k); }
inline double for_all(int k) { return value_of(5, k); }
