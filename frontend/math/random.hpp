// bm::random: random numbers as pure functions of a key and the element's index, the same in every mode and thread
// count. In: distributions' parameters and a shape. Out: arrays. Module functions draw from a default RandomState.
#pragma once

#include "frontend/object/variable.hpp"

namespace brainpy::math {

/// The shape of a draw; when it is left out, the shape to which the parameters broadcast.
class Size {
 public:
  Size() = default;
  Size(std::initializer_list<std::int64_t> extents) : given_(true), shape_(extents) {}
  Size(const Shape& shape) : given_(true), shape_(shape) {}
  template <std::integral I>
  Size(I extent) : given_(true), shape_{static_cast<std::int64_t>(extent)} {}

  bool given() const { return given_; }
  const Shape& shape() const { return shape_; }

 private:
  bool given_ = false;
  Shape shape_;
};

/// A stream of keys (Philox 4x32-10, Salmon et al. 2011). Each draw takes a new key; the state is a Variable, so a
/// traced step that draws numbers carries it.
class RandomState {
 public:
  explicit RandomState(std::uint64_t seed = 0);
  void seed(std::uint64_t seed);
  /// A new key, independent of all others of this state.
  Array split_key(Site site = Site::current());
  Variable& key() { return key_; }

  /// Uniform in [0, 1).
  Array rand(const Shape& shape, Site site = Site::current());
  Array random(const Shape& shape = {}, Site site = Site::current()) { return rand(shape, site); }
  /// Standard normal.
  Array randn(const Shape& shape, Site site = Site::current());
  /// Parameters broadcast to the shape; without a shape, their own broadcast shape.
  Array normal(const Operand& mean = 0.0, const Operand& standard_deviation = 1.0, const Size& size = {});
  Array uniform(const Operand& low = 0.0, const Operand& high = 1.0, const Size& size = {});
  /// Integers in [low, high), of the default integer type.
  Array randint(const Operand& low, const Operand& high, const Size& size = {});
  Array bernoulli(const Operand& p, const Size& size = {});
  Array exponential(const Operand& scale = 1.0, const Size& size = {});
  Array poisson(const Operand& rate, const Size& size = {});
  Array gamma(const Operand& shape_parameter, const Operand& scale = 1.0, const Size& size = {});
  Array beta(const Operand& a, const Operand& b, const Size& size = {});
  Array binomial(const Operand& n, const Operand& p, const Size& size = {});
  /// Standard normal between two bounds.
  Array truncated_normal(const Operand& lower, const Operand& upper, const Size& size = {});
  Array lognormal(const Operand& mean = 0.0, const Operand& sigma = 1.0, const Size& size = {});
  /// 0 .. n-1 in random order, or the rows of an array.
  Array permutation(std::int64_t n, Site site = Site::current());
  Array permutation(const Array& rows, Site site = Site::current());
  /// Rows of `from`, with replacement unless said.
  Array choice(const Array& from, const Shape& shape, bool replace = true, Site site = Site::current());
  Array choice(std::int64_t n, const Shape& shape, bool replace = true, Site site = Site::current());
  /// Puts the rows of a Variable into random order.
  void shuffle(Variable& rows, Site site = Site::current());

 private:
  Variable key_;
};

namespace random {

/// The default state, seeded with 0 at the start of the process.
RandomState& default_state();
void seed(std::uint64_t seed);
Array split_key(Site site = Site::current());
Array rand(const Shape& shape, Site site = Site::current());
Array random(const Shape& shape = {}, Site site = Site::current());
Array randn(const Shape& shape, Site site = Site::current());
Array normal(const Operand& mean = 0.0, const Operand& standard_deviation = 1.0, const Size& size = {});
Array uniform(const Operand& low = 0.0, const Operand& high = 1.0, const Size& size = {});
Array randint(const Operand& low, const Operand& high, const Size& size = {});
Array bernoulli(const Operand& p, const Size& size = {});
Array exponential(const Operand& scale = 1.0, const Size& size = {});
Array poisson(const Operand& rate, const Size& size = {});
Array gamma(const Operand& shape_parameter, const Operand& scale = 1.0, const Size& size = {});
Array beta(const Operand& a, const Operand& b, const Size& size = {});
Array binomial(const Operand& n, const Operand& p, const Size& size = {});
Array truncated_normal(const Operand& lower, const Operand& upper, const Size& size = {});
Array lognormal(const Operand& mean = 0.0, const Operand& sigma = 1.0, const Size& size = {});
Array permutation(std::int64_t n, Site site = Site::current());
Array permutation(const Array& rows, Site site = Site::current());
Array choice(const Array& from, const Shape& shape, bool replace = true, Site site = Site::current());
Array choice(std::int64_t n, const Shape& shape, bool replace = true, Site site = Site::current());
void shuffle(Variable& rows, Site site = Site::current());

}  // namespace random
}  // namespace brainpy::math
