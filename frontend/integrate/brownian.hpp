// Brownian paths that can be repeated and refined: what a Wiener process does in a step is a pure function of a seed
// and the number of the step. In: a BrownianPath, the step dt, bp::share.i(). Out: increments, for sdeint and for
// users.
#pragma once

#include <cstdint>

#include "frontend/math/array.hpp"

namespace brainpy {

/// One sample path of each Wiener process, made of independent increments over steps of `dt`. Element e of process p
/// over fine step n is a function of (seed, n, e, p) alone, so the path does not depend on the method, the time step or
/// the order of the calls. Everything that is given the same seed sees the same path.
struct BrownianPath {
  std::uint64_t seed = 0;
  double dt = 0;  ///< ms, the finest step: the step of an equation on this path is a whole multiple of it
};

/// What one Wiener process does in a step from t to t + h; two normal numbers with covariance h^2 / 2.
struct BrownianIncrement {
  math::Array dW;  ///< W(t + h) - W(t): mean 0, variance h
  math::Array dZ;  ///< I_(1,0), the integral of W(s) - W(t) from t to t + h: mean 0, variance h^3 / 3
};

/// The increment that sdeint uses for its state number `process` of that shape (with VectorWiener: for its process of
/// that number, of the states' shape) in the step of `dt` number bp::share.i(), in the default float type. Over m fine
/// steps of length d it is the sum of theirs: dW = sum dW_j, dZ = sum (dZ_j + d (dW_0 + ... + dW_(j-1))). A path whose
/// dt is not above zero, or a dt that is not a whole multiple of it, is a ValueError.
BrownianIncrement brownian_increment(const BrownianPath& path, double dt, const math::Shape& shape, int process = 0,
                                     math::Site site = math::Site::current());

}  // namespace brainpy
