// Division by a constant is compiled as a product with a correction: every quotient must be the processor's own.
#include <bit>
#include <cmath>

#include "compiler/codegen/codegen.h"
#include "runtime/options.h"
#include "support/both_ways.h"

using namespace brainpy;
using namespace brainpy::compiler;
using runtime::Tensor;

namespace {

/// Any bits at all, quotients times the divisor and their neighbours (next to midpoints, where rounding is decided),
/// and the edges of the range in which the correction holds.
template <class T>
std::vector<T> dividends(T divisor, std::size_t count, std::mt19937_64& random) {
  using Bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
  std::vector<T> x = {T(0), T(-0.0), T(1), T(-1)};
  using Limits = std::numeric_limits<T>;
  for (T special : {Limits::infinity(), -Limits::infinity(), Limits::quiet_NaN(), Limits::denorm_min(), Limits::min(),
                    Limits::max(), Limits::lowest(), std::ldexp(T(1), sizeof(T) == 4 ? -100 : -960)})
    for (T near : {special, std::nextafter(special, T(0)), std::nextafter(special, T(1))}) x.push_back(near);
  while (x.size() < count / 2) x.push_back(std::bit_cast<T>(static_cast<Bits>(random())));
  std::uniform_real_distribution<T> significand(1, 2);
  while (x.size() < count) {
    const T q = std::ldexp(significand(random), static_cast<int>(random() % 60) - 30);
    // c (q + ulp / 2) in twice the precision as far as the format goes: the nearest dividends to a midpoint.
    const T half = (std::nextafter(q, Limits::infinity()) - q) / 2;
    T near = std::fma(divisor, q, divisor * half);
    near = std::nextafter(near, random() % 2 ? Limits::infinity() : -Limits::infinity());
    x.push_back(random() % 2 ? near : -near);
  }
  return x;
}

template <class T>
void check_division(T divisor, std::mt19937_64& random, bool long_turn = true) {
  const std::vector<T> x = dividends(divisor, 20'000, random);
  const Type type{runtime::dtype_of<T>, {static_cast<std::int64_t>(x.size())}};
  ir::Program program;
  ir::Builder builder(program.body);
  ir::Value* argument = program.body.add_argument(type);
  program.parameters = 1;
  using Bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
  ir::Value* constant = builder.constant_bits({type.dtype, {}}, {std::bit_cast<Bits>(divisor)});
  ir::Value* quotient = builder.append("div", {argument, constant})->result();
  // Short loops leave the division to the processor: only beside enough other work it is a product.
  ir::Value* other = argument;
  for (int k = 0; k < (long_turn ? 8 : 0); ++k) other = builder.append("sin", {other})->result();
  builder.yield({quotient, other});
  Tensor input = runtime::make_tensor(type);
  std::copy(x.begin(), x.end(), input.as<T>());
  std::vector<Tensor> none;
  const Tensor result = jit::compile(ir::clone(program), "division")->run({input}, none)[0];
  for (std::size_t i = 0; i < x.size(); ++i) {
    const T expected = x[i] / divisor, got = result.as<T>()[i];
    if (std::isnan(expected) && std::isnan(got)) continue;
    INFO(x[i] << " / " << divisor << " = " << expected << ", compiled " << got);
    REQUIRE(std::bit_cast<Bits>(expected) == std::bit_cast<Bits>(got));
  }
}

template <class T>
void check_divisors(T longest_short) {
  const unsigned seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  // Short ones, the longest that is corrected, longer ones and those below 1 that are not, powers of two.
  for (T divisor : {T(10), T(18), T(20), T(80), T(3), T(-7), T(1.5), T(-54.5), T(1e5), longest_short, longest_short + 2,
                    T(54.387), T(0.1), T(-0.3), T(1), T(4), T(1e30), T(1e-30)})
    check_division(divisor, random);
  for (T divisor : {T(10), T(-7)}) check_division(divisor, random, false);
  for (int k = 0; k < 20; ++k) check_division(static_cast<T>(2 * (random() % 100'000) + 1), random);
}

}  // namespace

TEST_CASE("division by a constant rounds as the processor's") {
  const int width = GENERATE(0, 4, 8, 16);
  runtime::options().vector = width;
  check_divisors<float>(0x1p21f - 1);
  check_divisors<double>(0x1p50 - 1);
  runtime::options().vector = 0;
}

TEST_CASE(
    "division by a constant is a product where the loop has other work or the divider too much, else a division") {
  if (!compiler::codegen::has_avx512()) return;
  const auto has_product = [](int divisions, int sines, float divisor = 3) {
    ir::Program program;
    ir::Builder builder(program.body);
    ir::Value* argument = program.body.add_argument({DType::f32, {1000}});
    program.parameters = 1;
    ir::Value* quotient = argument;
    for (int k = 0; k < divisions; ++k)
      quotient = builder.append("div", {quotient, builder.constant(DType::f32, divisor)})->result();
    for (int k = 0; k < sines; ++k) quotient = builder.append("sin", {quotient})->result();
    builder.yield({quotient});
    const std::string text = jit::compile(ir::clone(program), "division")->text(jit::Stage::llvm);
    return text.find("fpclass") != std::string::npos;
  };
  CHECK(!has_product(1, 0));
  CHECK(has_product(1, 8));
  CHECK(!has_product(3, 0));
  CHECK(has_product(16, 0));
  CHECK(!has_product(16, 0, 4));  // by a power of two
}

TEST_CASE("division by the constant zero gives infinities and NaN") {
  std::mt19937_64 random(7);
  check_division<float>(0.0f, random);
  check_division<double>(-0.0, random);
  check_division<float>(std::numeric_limits<float>::quiet_NaN(), random);
  check_division<double>(std::numeric_limits<double>::infinity(), random);
}
