// Random numbers: element i of a draw is a pure function of (key, i), so it depends on no order, width or thread.
// In: a key (scalar) and parameters, scalars or arrays of the attribute `shape`. Out: one registry entry each.
//
// Map operations need a fixed number of words for each element; rejection methods are kernels (rejection.h).
#include <fmt/format.h>

#include <limits>
#include <string>

#include "compiler/ops/map.h"
#include "compiler/ops/philox.h"
#include "compiler/ops/rejection.h"
#include "compiler/ops/samples.h"
#include "compiler/ops/vecmath.h"

namespace brainpy::compiler {
namespace {

using lane::Lane;
using lane::scalar;
using lane::select;
using philox::Purpose;

template <Lane L>
L not_a_number() {
  return std::numeric_limits<scalar<L>>::quiet_NaN();
}

/// low + (high - low) u; what rounds up to `high` becomes `low`, as the interval is half open.
template <Lane L>
L scale_uniform(L u, L low, L high) {
  const L width = high - low;
  const L value = lane::fma(u, width, low);
  const auto valid = (width >= L(0)) & (width < L(std::numeric_limits<scalar<L>>::infinity()));
  return select(valid, select(value < high, value, low), not_a_number<L>());
}

/// Box and Muller (1958), the cosine half: always finite, |z| < 6.7 (float) or 8.7 (double).
template <class T, Lane L>
lane::with<T, L> standard_normal(const philox::Block<L>& words) {
  using R = lane::with<T, L>;
  const R u = philox::positive_unit_interval<T>(words[0], words[1]);
  const R turn = philox::unit_interval<T>(words[2], words[3]) - T(0.5);
  return lane::sqrt(T(-2) * vecmath::log(u)) * vecmath::cos(turn * T(6.283185307179586476925));
}

/// Upper bound of |z| below which the probability of a normal tail is a normal double.
constexpr double normal_tail_limit = 37.0;

/// The z with Phi(z) = p for p in (0, 1/2], from Newton's method on log Phi: the start is below z and log Phi is
/// concave, so that every step stays below z and approaches it.
template <Lane L>
L lower_normal_quantile(L p) {
  const L target = vecmath::log(p);
  L z = -lane::sqrt(-2.0 * vecmath::log(p + p));
  for (int step = 0; step < 6; ++step) {
    const L tail = 0.5 * vecmath::erfc(z * -0.7071067811865475244);
    const L density = 0.3989422804014326779 * vecmath::exp(-0.5 * (z * z));
    z = z + (target - vecmath::log(tail)) * (tail / density);
  }
  return z;
}

/// NaN stays NaN.
template <Lane L>
L clamp_between(L x, L low, L high) {
  return select(x < low, low, select(x > high, high, x));
}

/// Inversion: Phi^-1 of a uniform number between Phi(lower) and Phi(upper), mirrored to the lower tail where
/// probabilities keep their digits.
template <Lane L>
L truncated_normal(L u, L lower, L upper) {
  const auto mirrored = lower + upper > 0.0;
  const L low = vecmath::detail::at_least(select(mirrored, -upper, lower), -normal_tail_limit);
  const L high = vecmath::detail::at_least(select(mirrored, -lower, upper), -normal_tail_limit);
  const auto probability = [](L z) { return 0.5 * vecmath::erfc(z * -0.7071067811865475244); };
  const L first = probability(low);
  const L p = lane::fma(u, probability(high) - first, first);
  const auto above = p > 0.5;
  const L z = lower_normal_quantile(select(above, 1.0 - p, p));
  const L unfolded = select(above != mirrored, -z, z);
  return select(lower <= upper, clamp_between(unfolded, lower, upper), not_a_number<L>());
}

/// floor(random * range / 2^64) for two words of randomness and range < 2^64, by schoolbook multiplication.
template <Lane L>
L multiply_high(L low, L high, L range) {
  const L range_low = range & philox::detail::low_word, range_high = range >> 32;
  const L middle = high * range_low + ((low * range_low) >> 32);
  const L cross = low * range_high + (middle & philox::detail::low_word);
  return high * range_high + (middle >> 32) + (cross >> 32);
}

// Lane bodies: (index, key, parameters...).

constexpr auto uniform_body = [](auto index, auto key, auto low, auto high) {
  using T = scalar<decltype(low)>;
  const auto words = philox::block(key, index, Purpose::uniform);
  return scale_uniform(philox::unit_interval<T>(words[0], words[1]), low, high);
};

constexpr auto normal_body = [](auto index, auto key, auto mean, auto standard_deviation) {
  using L = decltype(mean);
  const L z = standard_normal<scalar<L>>(philox::block(key, index, Purpose::normal));
  return select(standard_deviation >= L(0), lane::fma(z, standard_deviation, mean), not_a_number<L>());
};

constexpr auto truncated_normal_body = [](auto index, auto key, auto lower, auto upper) {
  using T = scalar<decltype(lower)>;
  const auto words = philox::block(key, index, Purpose::truncated_normal);
  const auto u = philox::unit_interval<double>(words[0], words[1]);
  const auto z = truncated_normal(u, lane::convert<double>(lower), lane::convert<double>(upper));
  // Rounding to float may leave the interval by an ulp.
  return clamp_between(lane::convert<T>(z), lower, upper);
};

constexpr auto bernoulli_body = [](auto index, auto key, auto p) {
  // 53 bits for float too: a spike probability of 1e-8 must not become 6e-8.
  const auto words = philox::block(key, index, Purpose::bernoulli);
  return philox::unit_interval<double>(words[0], words[1]) < lane::convert<double>(p);
};

constexpr auto integer_body = [](auto index, auto key, auto low, auto high) {
  using L = decltype(low);
  using Unsigned = std::make_unsigned_t<scalar<L>>;
  const auto words = philox::block(key, index, Purpose::integer);
  const auto range = lane::bitcast<Unsigned>(high - low);
  const auto offset = multiply_high(words[0], words[1], lane::convert<std::uint64_t>(range));
  const L value = low + lane::bitcast<scalar<L>>(lane::convert<Unsigned>(offset));
  return select(low < high, value, low);
};

constexpr auto exponential_body = [](auto index, auto key, auto scale) {
  using L = decltype(scale);
  const auto words = philox::block(key, index, Purpose::exponential);
  const L u = philox::positive_unit_interval<scalar<L>>(words[0], words[1]);
  return select(scale >= L(0), scale * (scalar<L>(0) - vecmath::log(u)), not_a_number<L>());
};

// --- derivatives: the draw is a smooth function of its parameters for fixed words (reparametrisation)

Attributes result_shape(JvpRule& r) {
  const Shape& shape = r.result()->type.shape;
  return {{"shape", std::vector<std::int64_t>(shape.begin(), shape.end())}};
}

/// The tangent, stretched to the result's shape.
ir::Value* stretched(JvpRule& r, ir::Value* tangent) {
  return tangent->type.shape == r.result()->type.shape ? tangent : r.apply("fill", {tangent}, result_shape(r));
}

/// The same draw with other parameters: the same words.
ir::Value* redraw(JvpRule& r, std::vector<double> parameters) {
  std::vector<ir::Value*> operands = {r.operand(0)};
  for (double p : parameters) operands.push_back(r.number(p, r.result()->type.dtype));
  Attributes attributes = result_shape(r);
  if (const ir::Attribute* row = r.op().attributes.find("row")) attributes.set("row", *row);
  return r.apply(r.op().def->name, std::move(operands), std::move(attributes));
}

std::vector<ir::Value*> uniform_jvp(JvpRule& r) {
  ir::Value* u = redraw(r, {0.0, 1.0});
  ir::Value* from_low = nullptr;
  if (r.tangent(1)) {
    ir::Value* rest = r.apply("sub", {r.number(1.0, r.result()->type.dtype), u});
    from_low = r.apply("mul", {r.tangent(1), rest});
  }
  ir::Value* from_high = r.tangent(2) ? r.apply("mul", {r.tangent(2), u}) : nullptr;
  return {r.add(from_low, from_high)};
}

std::vector<ir::Value*> normal_jvp(JvpRule& r) {
  ir::Value* spread = r.tangent(2) ? r.apply("mul", {r.tangent(2), redraw(r, {0.0, 1.0})}) : nullptr;
  if (!r.tangent(1)) return {spread};
  return {spread ? r.add(r.tangent(1), spread) : stretched(r, r.tangent(1))};
}

std::vector<ir::Value*> exponential_jvp(JvpRule& r) { return {r.apply("mul", {r.tangent(1), redraw(r, {1.0})})}; }

std::vector<ir::Value*> gamma_jvp(JvpRule& r) {
  if (r.tangent(1))
    throw runtime::ValueError({.what = "random_gamma: no derivative with respect to the shape parameter",
                               .where = r.op().location,
                               .values = "operand " + to_string(r.operand(1)->type),
                               .hint = "only the scale is differentiable; stop the gradient at the shape parameter"});
  ir::Value* standard =
      r.apply("random_gamma", {r.operand(0), r.operand(1), r.number(1.0, r.result()->type.dtype)}, result_shape(r));
  return {r.apply("mul", {r.tangent(2), standard})};
}

// --- samples -------------------------------------------------------------------------------------

/// A draw of shape [n] with scalar parameters, and one with arrays of parameters.
std::vector<Sample> draw_samples(const std::vector<DType>& parameters, const Ranges& ranges) {
  std::vector<Sample> samples;
  for (bool arrays : {false, true}) {
    if (arrays && parameters.empty()) break;
    Sample s;
    s.operands = [parameters, arrays](std::int64_t n) {
      std::vector<Type> types = {{DType::key, {}}};
      for (DType t : parameters) types.push_back({t, arrays ? Shape{n} : Shape{}});
      return types;
    };
    s.ranges = {{0, 1e6}};
    s.ranges.insert(s.ranges.end(), ranges.begin(), ranges.end());
    s.sized_attributes = [](std::int64_t n) { return Attributes{{"shape", std::vector<std::int64_t>{n}}}; };
    samples.push_back(std::move(s));
  }
  return samples;
}

void append(std::vector<Sample>& samples, std::vector<Sample> more) {
  for (Sample& s : more) samples.push_back(std::move(s));
}

/// Samples for float32 and float64 parameters.
std::vector<Sample> float_draw_samples(int parameters, const Ranges& ranges) {
  std::vector<Sample> samples;
  for (DType t : {DType::f32, DType::f64})
    append(samples, draw_samples(std::vector<DType>(static_cast<std::size_t>(parameters), t), ranges));
  return samples;
}

// --- kernels -------------------------------------------------------------------------------------

/// Types of a draw by a kernel: a scalar key, parameters of the given kinds ('f': the float type, 'i': i32), each a
/// scalar or of the result's shape. `integer_result`: i32, else the float type.
InferFn infer_draw(std::string name, std::string kinds, bool integer_result) {
  return [=](std::span<const Type> operands, const Attributes& attributes) -> std::vector<Type> {
    std::string types;
    for (const Type& t : operands) types += (types.empty() ? "" : ", ") + to_string(t);
    DType number = DType::f32;
    bool fits = operands.size() == kinds.size() + 1 && operands[0] == Type{DType::key, {}};
    for (std::size_t k = 0; fits && k < kinds.size(); ++k)
      if (kinds[k] == 'f') number = operands[k + 1].dtype;
    fits = fits && is_float(number);
    for (std::size_t k = 0; fits && k < kinds.size(); ++k)
      fits = operands[k + 1].dtype == (kinds[k] == 'f' ? number : DType::i32);
    if (!fits)
      throw runtime::DTypeError({.what = name + ": operands of other types are needed",
                                 .values = "operands " + types,
                                 .hint = "give a scalar key, then parameters of one float type" +
                                         std::string(kinds.find('i') == kinds.npos ? "" : " (the count as int32)")});
    Shape shape;
    if (attributes.find("shape")) shape = attributes.shape("shape");
    for (const Type& t : operands)
      if (!t.shape.is_scalar() && !(t.shape == shape))
        throw runtime::ShapeError({.what = name + ": a parameter's shape differs from the shape of the draw",
                                   .values = "operands " + types + ", draw " + runtime::to_string(shape),
                                   .hint = "give scalars, or arrays of exactly that shape"});
    return {{integer_result ? DType::i32 : number, shape}};
  };
}

/// Element i of a parameter, as the double that the samplers work with.
template <class T>
struct Parameter {
  const T* values;
  std::int64_t step;
  double operator()(std::int64_t i) const { return static_cast<double>(values[i * step]); }
};
template <class T>
Parameter<T> parameter(const KernelCall& call, int k) {
  return {call.input<T>(k), call.in_types[static_cast<std::size_t>(k)].shape.is_scalar() ? 0 : 1};
}

/// Calls `draw(T{})` with the float type of operand `k`.
template <class Draw>
void with_float_type(const KernelCall& call, int k, Draw draw) {
  if (call.in_types[static_cast<std::size_t>(k)].dtype == DType::f32) draw(float{});
  else draw(double{});
}

void poisson_kernel(const KernelCall& call) {
  with_float_type(call, 1, [&]<class T>(T) {
    const auto rate = parameter<T>(call, 1);
    const std::uint64_t key = *call.input<std::uint64_t>(0);
    for (std::int64_t i = 0; i < call.out_types[0].size(); ++i) {
      if (!(rate(i) >= 0 && rate(i) <= rejection::largest_poisson_rate))
        return call.fail(KernelError::Kind::value, fmt::format("rate {} at element {}; a rate is in [0, {:g}]", rate(i),
                                                               i, rejection::largest_poisson_rate));
      call.output<std::int32_t>(0)[i] = rejection::poisson({key, static_cast<std::uint64_t>(i)}, rate(i));
    }
  });
}

void binomial_kernel(const KernelCall& call) {
  with_float_type(call, 2, [&]<class T>(T) {
    const auto trials = parameter<std::int32_t>(call, 1);
    const auto p = parameter<T>(call, 2);
    const std::uint64_t key = *call.input<std::uint64_t>(0);
    for (std::int64_t i = 0; i < call.out_types[0].size(); ++i) {
      if (!(trials(i) >= 0 && p(i) >= 0 && p(i) <= 1))
        return call.fail(KernelError::Kind::value,
                         fmt::format("n = {}, p = {} at element {}; n is at least 0, p in [0, 1]", trials(i), p(i), i));
      call.output<std::int32_t>(0)[i] =
          rejection::binomial({key, static_cast<std::uint64_t>(i)}, static_cast<std::int32_t>(trials(i)), p(i));
    }
  });
}

/// gamma and beta: two float parameters, a float result.
template <double draw(rejection::Stream, double, double)>
void two_parameter_kernel(const KernelCall& call) {
  with_float_type(call, 1, [&]<class T>(T) {
    const auto first = parameter<T>(call, 1), second = parameter<T>(call, 2);
    const std::uint64_t key = *call.input<std::uint64_t>(0);
    for (std::int64_t i = 0; i < call.out_types[0].size(); ++i)
      call.output<T>(0)[i] = static_cast<T>(draw({key, static_cast<std::uint64_t>(i)}, first(i), second(i)));
  });
}

}  // namespace

void register_random(Registry& ops) {
  const auto add = [&](const char* name, const char* doc, std::vector<MapBody> bodies, Jvp jvp,
                       std::vector<Sample> samples) {
    OpDef def = map_op(name, doc, std::move(bodies));
    def.indexed = true;
    def.jvp = std::move(jvp);
    def.samples = std::move(samples);
    ops.add(std::move(def));
  };
  const auto add_kernel = [&](const char* name, const char* doc, const char* kinds, bool integer_result,
                              KernelFn kernel, Jvp jvp, std::vector<Sample> samples) {
    OpDef def;
    def.name = name;
    def.doc = doc;
    def.shape_class = ShapeClass::opaque;
    def.infer = infer_draw(name, kinds, integer_result);
    def.kernel = std::move(kernel);
    def.jvp = std::move(jvp);
    def.batch = BatchByLoop{};
    def.samples = std::move(samples);
    def.arity = static_cast<int>(std::string(kinds).size()) + 1;
    ops.add(std::move(def));
  };

  // A fold depends on its operands alone, not on the element's index: folding an array gives what folding each would.
  OpDef fold = map_op(
      "random_fold", "fold(key, data u64): a new key, independent of the old one's draws and of folds with other data.",
      {key_body<Key, std::uint64_t>([](auto, auto key, auto data) {
        const auto words = philox::block(key, data, Purpose::fold);
        return philox::join(words[0], words[1]);
      })});
  fold.jvp = ZeroDerivative{};
  fold.samples = {sample({DType::key, DType::u64}, {{0, 1e6}})};
  ops.add(std::move(fold));

  add("random_bits", "32 uniform random bits: bits(key) {shape}.", {indexed_body<Key>([](auto index, auto key) {
        return lane::convert<std::uint32_t>(philox::block(key, index, Purpose::bits)[0]);
      })},
      ZeroDerivative{}, draw_samples({}, {}));
  add("random_bits64", "64 uniform random bits: bits64(key) {shape}; the low half is that of random_bits.",
      {indexed_body<Key>([](auto index, auto key) {
        const auto words = philox::block(key, index, Purpose::bits);
        return philox::join(words[0], words[1]);
      })},
      ZeroDerivative{}, draw_samples({}, {}));

  add("random_uniform",
      "uniform(key, low, high) {shape} in [low, high), from 24 (f32) or 53 (f64) random bits; low when the interval is "
      "empty, NaN when high < low or the width is not finite.",
      {indexed_body<Key, float, float>(uniform_body), indexed_body<Key, double, double>(uniform_body)},
      JvpFn(uniform_jvp), float_draw_samples(2, {{-2, 1}, {1.5, 4}}));
  add("random_normal",
      "normal(key, mean, standard_deviation) {shape} by Box and Muller's transform (Ann. Math. Stat. 29, 1958); always "
      "finite, within 6.7 (f32) or 8.7 (f64) deviations; NaN for a negative deviation.",
      {indexed_body<Key, float, float>(normal_body), indexed_body<Key, double, double>(normal_body)}, JvpFn(normal_jvp),
      float_draw_samples(2, {{-2, 2}, {0.1, 4}}));
  add("random_truncated_normal",
      "truncated_normal(key, lower, upper) {shape}: a standard normal number given that it is in [lower, upper], by "
      "inversion; beyond 37 deviations the bound nearest to 0; NaN when lower > upper.",
      {indexed_body<Key, float, float>(truncated_normal_body),
       indexed_body<Key, double, double>(truncated_normal_body)},
      NotDifferentiable{"the bounds of a truncated normal draw are fixed; scale and shift the draw instead"},
      float_draw_samples(2, {{-3, 0.5}, {0.5, 4}}));
  add("random_bernoulli", "bernoulli(key, p) {shape}: true with probability p (clamped to [0, 1]; NaN gives false).",
      {indexed_body<Key, float>(bernoulli_body), indexed_body<Key, double>(bernoulli_body)}, ZeroDerivative{},
      float_draw_samples(1, {{0, 1}}));
  add("random_randint",
      "randint(key, low, high) {shape}: an integer in [low, high), from 64 random bits by a high product: "
      "probabilities "
      "are off by at most (high - low) / 2^64 of themselves; low when the interval is empty.",
      {indexed_body<Key, std::int32_t, std::int32_t>(integer_body),
       indexed_body<Key, std::int64_t, std::int64_t>(integer_body)},
      ZeroDerivative{}, [] {
        std::vector<Sample> samples = draw_samples({DType::i32, DType::i32}, {{-100, 5}, {5, 1000}});
        append(samples, draw_samples({DType::i64, DType::i64}, {{-100, 5}, {5, 1000}}));
        return samples;
      }());
  add("random_exponential", "exponential(key, scale) {shape} by inversion: mean `scale`; NaN for a negative scale.",
      {indexed_body<Key, float>(exponential_body), indexed_body<Key, double>(exponential_body)}, JvpFn(exponential_jvp),
      float_draw_samples(1, {{0.1, 4}}));

  add_kernel("random_poisson",
             "poisson(key, rate) {shape}: i32 counts of mean `rate` in [0, 2.1e9] (else a ValueError); inversion below "
             "10, PTRS above (Hörmann, Insurance: Math. and Econ. 12, 1993).",
             "f", true, poisson_kernel, ZeroDerivative{}, float_draw_samples(1, {{0, 40}}));
  add_kernel("random_binomial",
             "binomial(key, n i32, p) {shape}: i32 successes of n >= 0 trials with probability p in [0, 1] (else a "
             "ValueError); inversion for n min(p, 1-p) < 10, BTRS above (Hörmann, J. Stat. Comput. Simul. 46, 1993).",
             "if", true, binomial_kernel, ZeroDerivative{}, [] {
               std::vector<Sample> samples = draw_samples({DType::i32, DType::f32}, {{0, 100}, {0, 1}});
               append(samples, draw_samples({DType::i32, DType::f64}, {{0, 100}, {0, 1}}));
               return samples;
             }());
  add_kernel("random_gamma",
             "gamma(key, shape parameter, scale) {shape} by Marsaglia and Tsang's method (ACM TOMS 26, 2000); mean "
             "shape * scale; NaN unless the shape parameter is positive and finite and the scale at least 0.",
             "ff", false, two_parameter_kernel<rejection::gamma>, JvpFn(gamma_jvp),
             float_draw_samples(2, {{0.3, 5}, {0.1, 4}}));
  add_kernel("random_beta",
             "beta(key, a, b) {shape}: the first part of a sum of two gamma draws, in logarithms so that small a, b do "
             "not underflow; NaN unless both are positive and finite.",
             "ff", false, two_parameter_kernel<rejection::beta>,
             NotDifferentiable{"a beta draw has no derivative with respect to its shape parameters here"},
             float_draw_samples(2, {{0.3, 5}, {0.3, 5}}));
}

}  // namespace brainpy::compiler
