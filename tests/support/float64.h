// Numbers of double precision in one test.
#pragma once

#include "frontend/math/array.hpp"

namespace brainpy::test {

/// While it lives numbers are float64 by default.
struct Float64 {
  Float64() { math::enable_x64(); }
  ~Float64() { math::disable_x64(); }
  Float64(const Float64&) = delete;
  Float64& operator=(const Float64&) = delete;
};

}  // namespace brainpy::test
