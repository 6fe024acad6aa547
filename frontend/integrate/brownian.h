// The noise of one step of an equation: from a path, or from a key that is drawn for it.
// In: where the numbers come from, the step. Out: increments of Wiener processes by their number.
#pragma once

#include "frontend/integrate/brownian.hpp"
#include "frontend/math/random.hpp"

namespace brainpy::integrate {

/// How many of the path's fine steps make one step of `dt`; a misfit is a ValueError of `function`.
std::int64_t fine_steps(const BrownianPath& path, double dt, const char* function, const math::Site& site);

class StepNoise {
 public:
  /// Step bp::share.i() of the path.
  StepNoise(const BrownianPath& path, double dt, const char* function, const math::Site& site);
  /// A step with a new key of the state.
  StepNoise(math::RandomState& state, double dt, const math::Site& site);

  /// The increment of process `process` for each element of the type; dZ without data unless it is asked for. Each
  /// process is to be asked for once: the same number gives the same increment.
  BrownianIncrement increment(std::uint64_t process, const runtime::Type& type, bool with_integral) const;

 private:
  /// Numbers with mean 0 and covariance [1, 1/2; 1/2, 1/3]: dW and dZ of a step of length 1.
  BrownianIncrement unit(const math::Array& key, std::uint64_t process, const runtime::Type& type,
                         bool with_integral) const;

  math::Array key_;    ///< of the step, or of the path where a step has several fine ones
  math::Array first_;  ///< the first fine step's number
  std::int64_t steps_ = 1;
  double length_;  ///< of a fine step
  math::Site site_;
};

}  // namespace brainpy::integrate
