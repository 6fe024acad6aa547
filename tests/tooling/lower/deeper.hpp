#pragma once
#include <brainpy/brainpy.hpp>
namespace bp = brainpy;
namespace bm = brainpy::math;

inline bm::Array limit(bm::Array x) {
  bm::Array y = 2.0;
  if (x < 0.0) y = 1.0;
  return y;
}
