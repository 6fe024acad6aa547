// An operation that the library does not know, registered by this program, in every mode and differentiated.
#include <brainpy/brainpy.hpp>
#include <brainpy/custom_op.hpp>

#include "compiler/interp/interpreter.h"
#include "compiler/ir/builder.h"
#include "compiler/transform/jvp.h"
#include "support/catch.h"

namespace bp = brainpy;
namespace bm = brainpy::math;
namespace ops = brainpy::compiler;

namespace {

/// A soft threshold: exp(-x^2) x / (1 + |x|), with its derivative as a rule.
void register_operations() {
  static const bool once = [] {
    ops::OpDef def =
        ops::map_op("soft_threshold", "exp(-x^2) x / (1 + |x|).", ops::same_type_bodies<1>(ops::Floats{}, [](auto x) {
                      using L = decltype(x);
                      return ops::vecmath::exp(-(x * x)) * x / (L(1) + ops::lane::abs(x));
                    }));
    def.jvp = ops::JvpFn([](ops::JvpRule& r) -> std::vector<ops::ir::Value*> {
      // y' = e^(-x^2) (1 / (1 + |x|)^2 - 2 x^2 / (1 + |x|))
      const auto type = r.operand(0)->type.dtype;
      ops::ir::Value* x = r.operand(0);
      ops::ir::Value* square = r.apply("mul", {x, x});
      ops::ir::Value* bell = r.apply("exp", {r.apply("neg", {square})});
      ops::ir::Value* below = r.apply("add", {r.number(1.0, type), r.apply("abs", {x})});
      ops::ir::Value* left = r.apply("div", {r.number(1.0, type), r.apply("mul", {below, below})});
      ops::ir::Value* right = r.apply("div", {r.apply("mul", {r.number(2.0, type), square}), below});
      return {r.apply("mul", {r.tangent(0), r.apply("mul", {bell, r.apply("sub", {left, right})})})};
    });
    def.samples = ops::float_samples(1, -3, 3);
    ops::registry().add(std::move(def));
    return true;
  }();
  static_cast<void>(once);
}

struct Model : bp::BrainPyObject {
  bm::Variable x = variable("x", bm::linspace(-2.0, 2.0, 37));
  bp::Integrator<1> integral = bp::odeint([](bm::Array x, bm::Array) { return 0.3 - bm::call("soft_threshold", {x}); },
                                          {.method = "exp_auto", .dt = 0.1});
  void update() { x = integral(x, bp::share.t()); }
};

std::vector<float> after_steps(bool jit, const char* mode) {
  bp::set_run_mode(mode);
  bp::disable_jit(!jit);
  Model model;
  auto step = bp::jit(model, &Model::update);
  for (int k = 0; k < 20; ++k) step();
  bp::enable_jit();
  bp::set_run_mode("jit");
  return model.x.to_vector<float>();
}

}  // namespace

TEST_CASE("an operation from outside the library gives the same bits in every mode") {
  register_operations();
  const std::vector<float> compiled = after_steps(true, "jit");
  CHECK(after_steps(true, "interp") == compiled);
  CHECK(after_steps(true, "shadow") == compiled);
  CHECK(after_steps(false, "jit") == compiled);
  CHECK(compiled[0] != -2.0F);
}

TEST_CASE("and is differentiated by its rule") {
  register_operations();
  ops::ir::Program f;
  ops::ir::Value* x = f.body.add_argument({bm::float64, {5}}, "x");
  f.parameters = 1;
  ops::ir::Builder builder(f.body);
  builder.yield({builder.apply("soft_threshold", {x})});
  const auto derivative = ops::transform::jvp(f, {true}, ops::transform::JvpSeed::ones);
  const bm::Array points = bm::linspace(-1.5, 1.4, 5).astype(bm::float64);
  ops::interp::SymbolTable none;
  const std::vector<double> slope =
      bm::Array(ops::interp::run(*derivative, {points.tensor()}, none)[1]).to_vector<double>();
  const double h = 1e-6;
  const std::vector<double> above = bm::call("soft_threshold", {points + h}).to_vector<double>();
  const std::vector<double> below = bm::call("soft_threshold", {points - h}).to_vector<double>();
  for (std::size_t k = 0; k < 5; ++k) CHECK(slope[k] == Approx((above[k] - below[k]) / (2 * h)).margin(1e-8));
}

TEST_CASE("what is missing or wrong in a record is said") {
  register_operations();
  ops::OpDef incomplete =
      ops::map_op("half_done", "", ops::same_type_bodies<1>(ops::Floats{}, [](auto v) { return v; }));
  CHECK_THROWS_WITH(ops::registry().add(std::move(incomplete)), Catch::Matchers::Contains("no doc") &&
                                                                    Catch::Matchers::Contains("no jvp") &&
                                                                    Catch::Matchers::Contains("no samples"));
  ops::OpDef taken = ops::map_op("exp", "Taken.", ops::same_type_bodies<1>(ops::Floats{}, [](auto v) { return v; }));
  taken.jvp = ops::ZeroDerivative{};
  taken.samples = ops::float_samples(1, 0, 1);
  CHECK_THROWS_WITH(ops::registry().add(std::move(taken)), Catch::Matchers::Contains("the name is taken"));
  CHECK_THROWS_WITH(bm::call("soft_treshold", {1.0}),
                    Catch::Matchers::Contains("soft_threshold") && Catch::Matchers::Contains("custom_op_test.cpp"));
}
