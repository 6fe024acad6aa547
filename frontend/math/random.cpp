// RandomState: keys by folding, draws by the registry's random operations.
#include "frontend/math/random.hpp"

#include "frontend/math/array_data.h"

namespace brainpy::math {

namespace {

Array key_number(std::uint64_t bits) {
  runtime::Tensor t = runtime::make_tensor({DType::key, {}});
  *t.as<std::uint64_t>() = bits;
  return Array(std::move(t));
}

std::vector<std::int64_t> extents(const Shape& shape) { return {shape.begin(), shape.end()}; }

/// Applies a random operation with parameters of one type to a new key.
Array draw(RandomState& state, const char* name, std::vector<Operand> parameters, DType dtype, const Size& size) {
  const Site& site = parameters[0].site();
  std::vector<Array> operands{state.split_key(site)};
  Shape result = size.shape();
  std::vector<Array> arrays;
  for (const Operand& p : parameters) {
    arrays.push_back(convert(p.array(dtype), dtype, p.site()));
    Shape together;
    if (!runtime::broadcast(result, arrays.back().shape(), together) || (size.given() && !(together == size.shape())))
      throw ShapeError(
          {.what = std::string("random.") + name + ": a parameter does not broadcast to the shape",
           .where = location_of(p.site()),
           .values = "the parameter is " + to_string(arrays.back().type()) + ", the shape " + to_string(result),
           .hint = "give scalars, or arrays that broadcast to the shape"});
    result = together;
  }
  for (Array& a : arrays) operands.push_back(a.shape().is_scalar() ? a : broadcast_array(a, result, site));
  return apply(std::string("random_") + name, operands, {{"shape", extents(result)}}, site);
}

DType float_type(const std::vector<Operand>& parameters) { return to_float(common_dtype(parameters)); }

Array draw_float(RandomState& state, const char* name, std::vector<Operand> parameters, const Size& size) {
  const DType dtype = float_type(parameters);
  return draw(state, name, std::move(parameters), dtype, size);
}

}  // namespace

RandomState::RandomState(std::uint64_t seed) : key_(Operand(key_number(seed)), "random_key") {}

void RandomState::seed(std::uint64_t seed) { key_ = Operand(key_number(seed)); }

Array RandomState::split_key(Site site) {
  const Array key = key_.value();
  const Array drawn = apply("random_fold", {key, number(DType::u64, std::int64_t{1})}, {}, site);
  key_ = Operand(apply("random_fold", {key, number(DType::u64, std::int64_t{0})}, {}, site), site);
  return drawn;
}

Array RandomState::rand(const Shape& shape, Site site) {
  return uniform(Operand(0.0, site), Operand(1.0, site), shape);
}
Array RandomState::randn(const Shape& shape, Site site) {
  return normal(Operand(0.0, site), Operand(1.0, site), shape);
}
Array RandomState::normal(const Operand& mean, const Operand& standard_deviation, const Size& size) {
  return draw_float(*this, "normal", {mean, standard_deviation}, size);
}
Array RandomState::uniform(const Operand& low, const Operand& high, const Size& size) {
  return draw_float(*this, "uniform", {low, high}, size);
}
Array RandomState::randint(const Operand& low, const Operand& high, const Size& size) {
  DType dtype = common_dtype({low, high});
  if (dtype != DType::i64) dtype = default_int();
  return draw(*this, "randint", {low, high}, dtype, size);
}
Array RandomState::bernoulli(const Operand& p, const Size& size) { return draw_float(*this, "bernoulli", {p}, size); }
Array RandomState::exponential(const Operand& scale, const Size& size) {
  return draw_float(*this, "exponential", {scale}, size);
}
Array RandomState::poisson(const Operand& rate, const Size& size) { return draw_float(*this, "poisson", {rate}, size); }
Array RandomState::gamma(const Operand& shape_parameter, const Operand& scale, const Size& size) {
  return draw_float(*this, "gamma", {shape_parameter, scale}, size);
}
Array RandomState::beta(const Operand& a, const Operand& b, const Size& size) {
  return draw_float(*this, "beta", {a, b}, size);
}

Array RandomState::binomial(const Operand& n, const Operand& p, const Size& size) {
  const Array counts = convert(n.array(DType::i32), DType::i32, n.site());
  const DType dtype = to_float(common_dtype({p}));
  const Array chances = convert(p.array(dtype), dtype, p.site());
  Shape result;
  if (!runtime::broadcast(counts.shape(), chances.shape(), result))
    throw ShapeError({.what = "random.binomial: n and p do not broadcast",
                      .where = location_of(n.site()),
                      .values = "n is " + to_string(counts.type()) + ", p " + to_string(chances.type())});
  if (size.given()) result = size.shape();
  const Array key = split_key(n.site());
  const auto spread = [&](const Array& a) { return a.shape().is_scalar() ? a : broadcast_array(a, result, n.site()); };
  return apply("random_binomial", {key, spread(counts), spread(chances)}, {{"shape", extents(result)}}, n.site());
}

Array RandomState::truncated_normal(const Operand& lower, const Operand& upper, const Size& size) {
  return draw_float(*this, "truncated_normal", {lower, upper}, size);
}
Array RandomState::lognormal(const Operand& mean, const Operand& sigma, const Size& size) {
  return float_unary("exp", Operand(normal(mean, sigma, size), mean.site()));
}

Array RandomState::permutation(std::int64_t n, Site site) {
  if (n < 0)
    throw ValueError(
        {.what = "random.permutation: n is negative", .where = location_of(site), .values = std::to_string(n)});
  const Array bits = apply("random_bits", {split_key(site)}, {{"shape", std::vector<std::int64_t>{n}}}, site);
  // Two equal words keep their order: with 32 bits a bias below n / 2^32 for each pair.
  return convert(apply("argsort", {bits}, {{"axis", std::int64_t{0}}}, site), default_int(), site);
}

Array RandomState::permutation(const Array& rows, Site site) {
  if (rows.ndim() == 0)
    throw ShapeError({.what = "random.permutation: a scalar has no rows", .where = location_of(site)});
  return apply("take", {rows, permutation(rows.shape()[0], site)}, {{"axis", std::int64_t{0}}}, site);
}

Array RandomState::choice(std::int64_t n, const Shape& shape, bool replace, Site site) {
  if (n <= 0 || (!replace && shape.size() > n))
    throw ValueError({.what = "random.choice: there are not enough elements to choose from",
                      .where = location_of(site),
                      .values = std::to_string(shape.size()) + " of " + std::to_string(n),
                      .hint = "choose fewer, or with replacement"});
  if (replace) return randint(Operand(0, site), Operand(n, site), shape);
  const Array order = permutation(n, site);
  const Array first = read_index(order, {Index(Slice{0, shape.size(), 1})}, site);
  return first.reshape(extents(shape), site);
}

Array RandomState::choice(const Array& from, const Shape& shape, bool replace, Site site) {
  if (from.ndim() == 0)
    throw ShapeError({.what = "random.choice: a scalar has no elements to choose from",
                      .where = location_of(site),
                      .hint = "give an array, or an int for 0 .. n-1"});
  return apply("take", {from, choice(from.shape()[0], shape, replace, site)}, {{"axis", std::int64_t{0}}}, site);
}

void RandomState::shuffle(Variable& rows, Site site) { rows = Operand(permutation(rows.value(), site), site); }

namespace random {

RandomState& default_state() {
  static RandomState state(0);
  return state;
}
void seed(std::uint64_t seed) { default_state().seed(seed); }
Array split_key(Site site) { return default_state().split_key(site); }
Array rand(const Shape& shape, Site site) { return default_state().rand(shape, site); }
Array random(const Shape& shape, Site site) { return default_state().rand(shape, site); }
Array randn(const Shape& shape, Site site) { return default_state().randn(shape, site); }
Array normal(const Operand& mean, const Operand& standard_deviation, const Size& size) {
  return default_state().normal(mean, standard_deviation, size);
}
Array uniform(const Operand& low, const Operand& high, const Size& size) {
  return default_state().uniform(low, high, size);
}
Array randint(const Operand& low, const Operand& high, const Size& size) {
  return default_state().randint(low, high, size);
}
Array bernoulli(const Operand& p, const Size& size) { return default_state().bernoulli(p, size); }
Array exponential(const Operand& scale, const Size& size) { return default_state().exponential(scale, size); }
Array poisson(const Operand& rate, const Size& size) { return default_state().poisson(rate, size); }
Array gamma(const Operand& shape_parameter, const Operand& scale, const Size& size) {
  return default_state().gamma(shape_parameter, scale, size);
}
Array beta(const Operand& a, const Operand& b, const Size& size) { return default_state().beta(a, b, size); }
Array binomial(const Operand& n, const Operand& p, const Size& size) { return default_state().binomial(n, p, size); }
Array truncated_normal(const Operand& lower, const Operand& upper, const Size& size) {
  return default_state().truncated_normal(lower, upper, size);
}
Array lognormal(const Operand& mean, const Operand& sigma, const Size& size) {
  return default_state().lognormal(mean, sigma, size);
}
Array permutation(std::int64_t n, Site site) { return default_state().permutation(n, site); }
Array permutation(const Array& rows, Site site) { return default_state().permutation(rows, site); }
Array choice(const Array& from, const Shape& shape, bool replace, Site site) {
  return default_state().choice(from, shape, replace, site);
}
Array choice(std::int64_t n, const Shape& shape, bool replace, Site site) {
  return default_state().choice(n, shape, replace, site);
}
void shuffle(Variable& rows, Site site) { default_state().shuffle(rows, site); }

}  // namespace random
}  // namespace brainpy::math
