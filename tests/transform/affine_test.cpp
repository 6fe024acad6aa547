// Affine functions are recognised by their operations, and slope * x + offset is what they compute.
#include "compiler/transform/affine.h"

#include <cmath>

#include "compiler/transform/jvp.h"
#include "support/programs.h"

using namespace brainpy;
using namespace brainpy::test;
using compiler::transform::affine;

namespace {

std::vector<Tensor> run(const Program& program, const std::vector<Tensor>& arguments) {
  SymbolTable none;
  return compiler::interp::run(program, arguments, none);
}

/// f(x) against slope * x + offset, and the slope against the derivative.
void check_affine(const Program& f, const std::vector<Tensor>& arguments, bool has_offset) {
  const auto form = affine(f, 0, 0);
  REQUIRE(form);
  CHECK(form->has_offset == has_offset);
  const std::vector<Tensor> parts = run(*form->program, arguments);
  REQUIRE(parts.size() == (has_offset ? 2U : 1U));
  REQUIRE(parts[0].type.shape.is_scalar());
  const double slope = *parts[0].as<double>();
  std::vector<bool> along_x(arguments.size(), false);
  along_x[0] = true;
  const auto derived = compiler::transform::jvp(f, along_x, compiler::transform::JvpSeed::ones);
  const std::vector<Tensor> values = run(*derived, arguments);
  for (std::int64_t i = 0; i < arguments[0].type.size(); ++i) {
    const double offset = !has_offset                       ? 0
                          : parts[1].type.shape.is_scalar() ? *parts[1].as<double>()
                                                            : parts[1].as<double>()[i];
    CHECK(slope * arguments[0].as<double>()[i] + offset == Approx(values[0].as<double>()[i]).epsilon(1e-14));
    CHECK(slope == Approx(values[1].as<double>()[i]).epsilon(1e-14));
  }
}

}  // namespace

TEST_CASE("the membrane equation: (rest - V + I) / tau") {
  std::mt19937 random(1);
  Maker m;
  Value *v = m.parameter(f64({5})), *i = m.parameter(f64({5})), *tau = m.parameter(f64());
  Value* rest = m.b.constant(DType::f64, -60);
  Value* change = m.op("div", {m.op("add", {m.op("sub", {rest, v}), i}), tau});
  check_affine(*m.done({change}),
               {random_tensor(f64({5}), random), random_tensor(f64({5}), random), random_tensor(f64(), random, 5, 20)},
               true);
}

TEST_CASE("a decay has no offset; sums, differences and factors of the state") {
  std::mt19937 random(2);
  const Tensor x = random_tensor(f64({4}), random), c = random_tensor(f64(), random, 1, 2);
  const auto check = [&](bool has_offset, auto formula) {
    Maker m;
    Value *v = m.parameter(f64({4})), *k = m.parameter(f64());
    check_affine(*m.done({formula(m, v, k)}), {x, c}, has_offset);
  };
  check(false, [](Maker& m, Value* v, Value* k) { return m.op("div", {m.op("neg", {v}), k}); });
  check(false, [](Maker& m, Value* v, Value* k) { return m.op("add", {m.op("mul", {k, v}), m.op("mul", {v, k})}); });
  check(false, [](Maker& m, Value* v, Value* k) { return m.op("sub", {v, m.op("div", {v, k})}); });
  check(true, [](Maker& m, Value* v, Value* k) { return m.op("sub", {m.op("mul", {v, k}), k}); });
  check(true, [](Maker& m, Value* v, Value* k) { return m.op("neg", {m.op("sub", {k, v})}); });
  check(true, [](Maker& m, Value* v, Value* k) {
    return m.op("sub", {m.op("add", {v, k}), m.op("add", {m.op("mul", {v, k}), k})});
  });
}

TEST_CASE("what is not affine, or not with one slope, is left to the derivative") {
  const auto refused = [](auto formula) {
    Maker m;
    Value *v = m.parameter(f64({4})), *other = m.parameter(f64({4}));
    return !affine(*m.done({formula(m, v, other)}), 0, 0);
  };
  CHECK(refused([](Maker& m, Value* v, Value*) { return m.op("mul", {v, v}); }));
  CHECK(refused([](Maker& m, Value* v, Value*) { return m.op("exp", {v}); }));
  CHECK(refused([](Maker& m, Value* v, Value*) { return m.op("floor", {v}); }));  // its slope is zero, it is not flat
  CHECK(refused([](Maker& m, Value* v, Value* other) { return m.op("div", {other, v}); }));
  CHECK(refused([](Maker& m, Value* v, Value* other) { return m.op("mul", {other, v}); }));  // a slope for each element
  CHECK(refused([](Maker& m, Value* v, Value*) { return m.op("add", {m.op("abs", {v}), v}); }));
  CHECK(refused([](Maker&, Value*, Value* other) { return other; }));  // does not depend on it
  CHECK(refused([](Maker& m, Value* v, Value* other) { return m.op("select", {m.op("gt", {v, other}), v, other}); }));
}

TEST_CASE("another result may be nonlinear") {
  Maker m;
  Value *x = m.parameter(f64({2})), *y = m.parameter(f64({2}));
  const auto f = m.done({m.op("neg", {x}), m.op("mul", {m.op("exp", {x}), y})});
  CHECK(affine(*f, 0, 0));
  CHECK_FALSE(affine(*f, 0, 1));
  CHECK_FALSE(affine(*f, 1, 1));  // exp(x) is an array: a slope for each element
}
