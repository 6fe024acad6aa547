#include "frontend/integrate/brownian.h"

#include <cmath>

#include <fmt/format.h>

#include "frontend/math/array_data.h"
#include "frontend/object/share.hpp"
#include "frontend/transform/control_flow.hpp"

namespace brainpy::integrate {

using math::Array;
using math::DType;
using math::Operand;

namespace {

Array fold(const Array& key, const Array& data, const math::Site& site) {
  return math::apply("random_fold", {key, data}, {}, site);
}
Array fold(const Array& key, std::uint64_t data, const math::Site& site) {
  return fold(key, math::number(DType::u64, static_cast<std::int64_t>(data)), site);
}

/// The key of a path: folded once, so that it is none of those that a RandomState of the same seed hands out.
Array path_key(std::uint64_t seed, const math::Site& site) {
  runtime::Tensor bits = runtime::make_tensor({DType::key, {}});
  *bits.as<std::uint64_t>() = seed;
  constexpr std::uint64_t purpose = 0x42726F776E69616E;  // "Brownian"
  return fold(Array(std::move(bits)), purpose, site);
}

Array step_key(const Array& path, const Array& number, const math::Site& site) {
  return fold(path, math::convert(number, DType::u64, site), site);
}

Array scaled(const Array& a, double factor, const math::Site& site) {
  return factor == 1 ? a : Operand(a, site) * Operand(factor, site);
}
Array sum(const Array& a, const Array& b, const math::Site& site) { return Operand(a, site) + Operand(b, site); }

}  // namespace

std::int64_t fine_steps(const BrownianPath& path, double dt, const char* function, const math::Site& site) {
  if (!(path.dt > 0) || !std::isfinite(path.dt))
    throw ValueError({.what = fmt::format("{}: the path has no finest step", function),
                      .where = math::location_of(site),
                      .values = fmt::format("path.dt = {}", path.dt),
                      .hint = "give .path = bp::BrownianPath{.seed = 1, .dt = 0.01}, the shortest step that will be "
                              "taken on it, in ms"});
  const double ratio = dt / path.dt, steps = std::nearbyint(ratio);
  if (!(steps >= 1 && steps < 1e9) || std::abs(ratio - steps) > 1e-9 * steps)
    throw ValueError(
        {.what = fmt::format("{}: the time step is not a whole multiple of the path's finest step", function),
         .where = math::location_of(site),
         .values = fmt::format("dt = {}, path.dt = {}: {} steps", dt, path.dt, ratio),
         .hint = "choose dt = m * path.dt with a whole m of at least 1"});
  return static_cast<std::int64_t>(steps);
}

StepNoise::StepNoise(const BrownianPath& path, double dt, const char* function, const math::Site& site)
    : key_(path_key(path.seed, site)), steps_(fine_steps(path, dt, function, site)), site_(site) {
  length_ = dt / static_cast<double>(steps_);
  first_ = share.i();
  if (steps_ == 1) key_ = step_key(key_, first_, site);
  else first_ = Operand(first_, site) * Operand(math::number(DType::i64, steps_), site);
}

StepNoise::StepNoise(math::RandomState& state, double dt, const math::Site& site)
    : key_(state.split_key(site)), length_(dt), site_(site) {}

BrownianIncrement StepNoise::unit(const Array& key, std::uint64_t process, const runtime::Type& type,
                                  bool with_integral) const {
  const auto normal = [&](std::uint64_t draw) {
    return math::apply(
        "random_normal",
        {fold(key, 2 * process + draw, site_), math::number(type.dtype, 0.0), math::number(type.dtype, 1.0)},
        {{"shape", std::vector<std::int64_t>(type.shape.begin(), type.shape.end())}}, site_);
  };
  BrownianIncrement out{normal(0), {}};
  // Kloeden & Platen 1992, Numerical Solution of Stochastic Differential Equations, equation 10.4.3.
  if (with_integral) out.dZ = sum(scaled(out.dW, 0.5, site_), scaled(normal(1), 0.5 / std::sqrt(3.0), site_), site_);
  return out;
}

BrownianIncrement StepNoise::increment(std::uint64_t process, const runtime::Type& type, bool with_integral) const {
  BrownianIncrement total;
  if (steps_ == 1) {
    total = unit(key_, process, type, with_integral);
  } else {
    // Carried: W, then Z, in units of the fine step, from the first fine step to the last.
    const auto add = [&](const transform::Arrays& arguments) {
      const Array& number = arguments.back();
      const BrownianIncrement fine = unit(step_key(key_, number, site_), process, type, with_integral);
      transform::Arrays next{sum(arguments[0], fine.dW, site_)};
      if (with_integral) next.push_back(sum(arguments[1], sum(arguments[0], fine.dZ, site_), site_));
      return next;
    };
    struct Body final : transform::Function {
      const decltype(add)& f;
      explicit Body(const decltype(add)& function) : f(function) {}
      transform::Arrays operator()(const transform::Arrays& arguments) const override { return f(arguments); }
    };
    runtime::Tensor counts = runtime::make_tensor({DType::i64, {steps_}});
    for (std::int64_t j = 0; j < steps_; ++j) counts.as<std::int64_t>()[j] = j;
    const Array numbers = sum(first_, Array(std::move(counts)), site_);
    const Array zero = math::broadcast_array(math::number(type.dtype, 0.0), type.shape, site_);
    const transform::Arrays sums = math::detail::scan(
        Body(add), with_integral ? transform::Arrays{zero, zero} : transform::Arrays{zero}, {numbers}, {}, site_);
    total.dW = sums[0];
    if (with_integral) total.dZ = sums[1];
  }
  total.dW = scaled(total.dW, std::sqrt(length_), site_);
  if (with_integral) total.dZ = scaled(total.dZ, length_ * std::sqrt(length_), site_);
  return total;
}

}  // namespace brainpy::integrate

namespace brainpy {

BrownianIncrement brownian_increment(const BrownianPath& path, double dt, const math::Shape& shape, int process,
                                     math::Site site) {
  if (process < 0)
    throw ValueError({.what = "brownian_increment: the process is below zero",
                      .where = math::location_of(site),
                      .values = fmt::format("process = {}", process)});
  const integrate::StepNoise noise(path, dt, "brownian_increment", site);
  return noise.increment(static_cast<std::uint64_t>(process), {math::default_float(), shape}, true);
}

}  // namespace brainpy
