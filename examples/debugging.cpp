// Looking inside: the same model compiled, step by step, as text at every stage, in shadow mode, and with an injected
// NaN that is found by its line.
#include <fmt/core.h>
#include <brainpy/brainpy.hpp>

namespace bp = brainpy;
namespace bm = brainpy::math;

class QuadraticIF : public bp::BrainPyObject {
 public:
  bm::Variable V = variable("V", bm::linspace(-2.0, 2.0, 8));
  bm::Variable spike = variable("spike", bm::zeros({8}, bm::bool_));
  double gain = 1.0;

  bp::Integrator<1> integral =
      bp::odeint([](bm::Array V, bm::Array /*t*/, bm::Array I) { return V * V + I; }, {.method = "rk2", .dt = 0.1});

  void update(bm::Array I) {
    const bm::Array v = integral(V, bp::share.t(), I);
    if (!bp::is_tracing()) fmt::print("    here update() sees numbers: v = {}\n", v);
    spike = v > 3.0;
    V = bm::where(spike, -1.0, v);
  }

  void broken(bm::Array I) {
    const bm::Array drive = I - 2.0;
    V = V + bm::sqrt(drive);  // negative below I = 2: a NaN is born on this line
  }
};

int main() {
  QuadraticIF model;
  const bm::Array start = model.V.value();
  const bm::Array I = bm::full({8}, 0.5);
  auto step = bp::jit(model, &QuadraticIF::update);

  fmt::print("1. Compiled: update() runs once, to be recorded; then native code runs.\n");
  for (int k = 0; k < 5; ++k) step(I);
  const bm::Array compiled = model.V.value();

  fmt::print("2. Under bp::NoJit every operation computes at once; prints and breakpoints work:\n");
  model.V = start;
  {
    bp::NoJit debug;
    for (int k = 0; k < 5; ++k) step(I);
  }
  const bool same = bm::array_equal(compiled, model.V).item<bool>();
  fmt::print("   the same bits: {}\n\n", same);

  fmt::print("3. The program as recorded:\n{}\n", step.dump(bp::Stage::trace));
  fmt::print("   and after the passes:\n{}\n", step.dump(bp::Stage::optimized));

  fmt::print("4. Shadow: compiled and interpreted side by side, compared bit for bit.\n");
  bp::set_run_mode("shadow");
  model.V = start;
  for (int k = 0; k < 5; ++k) step(I);
  const bool shadowed = bm::array_equal(compiled, model.V).item<bool>();
  bp::set_run_mode("jit");
  fmt::print("   no difference: {}\n\n", shadowed);

  fmt::print("5. A NaN, found at the operation that makes it:\n");
  bool found = false;
  bp::set_debug_nans();
  auto broken = bp::jit(model, &QuadraticIF::broken);
  try {
    broken(bm::full({8}, 0.5));
  } catch (const bp::Error& e) {
    fmt::print("{}\n", e.what());
    found = true;
  }
  bp::set_debug_nans(false);
  return same && shadowed && found ? 0 : 1;
}
