// Exponentials that become powers of one: how many are left, how far the results are from the exact ones, and what
// stays as it is.
#include "compiler/ir/rewrite.h"
#include "compiler/passes/pass.h"
#include "support/both_ways.h"
#include "support/programs.h"

using namespace brainpy;
using namespace brainpy::test;
using compiler::ir::clone;
namespace passes = compiler::passes;

namespace {

constexpr passes::PassOptions fast{.math = runtime::MathMode::fast};

/// exp((x + shift) / divisor) for each pair.
std::unique_ptr<Program> rates(DType dtype, const std::vector<std::pair<double, double>>& lines) {
  Maker m;
  Value* x = m.parameter({dtype, {64}});
  std::vector<Value*> results;
  for (const auto& [shift, divisor] : lines) {
    Value* shifted = m.op("add", {x, m.b.constant(dtype, shift)});
    results.push_back(m.op("exp", {m.op("div", {m.op("neg", {shifted}), m.b.constant(dtype, divisor)})}));
  }
  return m.done(results);
}

int exponentials(const Program& program) {
  int n = 0;
  compiler::ir::walk(program.body, [&](const Op& op) { n += compiler::ir::is(op, "exp"); });
  return n;
}

}  // namespace

TEST_CASE("rates of Hodgkin and Huxley need two exponentials instead of six") {
  const DType dtype = GENERATE(DType::f32, DType::f64);
  const auto program = rates(dtype, {{40, 10}, {65, 18}, {65, 20}, {35, 10}, {55, 10}, {65, 80}});
  program->discharged = true;
  auto shared = clone(*program);
  CHECK(passes::share_exponentials(*shared, fast));
  compiler::ir::verify(*shared);
  CHECK(exponentials(*shared) == 2);
  std::mt19937_64 random(1);
  const Tensor x = random_tensor({dtype, {64}}, random, -90, 60);
  SymbolTable none;
  const auto exact = compiler::interp::run(*program, {x}, none), other = compiler::interp::run(*shared, {x}, none);
  const double tolerance = dtype == DType::f32 ? 4e-6 : 1e-14;
  for (std::size_t k = 0; k < exact.size(); ++k)
    for (int i = 0; i < 64; ++i) {
      const double a = dtype == DType::f32 ? exact[k].as<float>()[i] : exact[k].as<double>()[i];
      const double b = dtype == DType::f32 ? other[k].as<float>()[i] : other[k].as<double>()[i];
      CHECK(std::fabs(a - b) <= tolerance * std::fabs(a));
    }
}

TEST_CASE("exponentials that are no multiples of one another stay, and so does everything without BRAINPY_MATH=fast") {
  const auto unrelated = rates(DType::f32, {{40, 10}, {65, 18}});
  CHECK_FALSE(passes::share_exponentials(*unrelated, fast));
  const auto opposite = rates(DType::f32, {{40, 10}, {40, -10}});
  CHECK_FALSE(passes::share_exponentials(*opposite, fast));
  const auto far = rates(DType::f32, {{40, 10}, {4000, 10}});  // e^-400 is no f32
  CHECK_FALSE(passes::share_exponentials(*far, fast));
  const auto related = rates(DType::f32, {{40, 10}, {65, 20}});
  CHECK_FALSE(passes::share_exponentials(*related, {}));
  CHECK_FALSE(passes::share_exponentials(*related, {.math = runtime::MathMode::contract}));
  CHECK(passes::share_exponentials(*related, fast));
}
