// Lambdas, free functions, static methods, headers, constructors: all are rewritten.
#include "pieces.hpp"

namespace {
bm::Array ramp(bm::Array x) { return x > 0.0 ? x : bm::Array(0.0); }
}  // namespace

class Pieces : public bp::BrainPyObject {
 public:
  explicit Pieces(bm::Array start) : V(variable("V", start)) {
    if (V < -2.0) V = -2.0;
  }
  bm::Variable V;
  static bm::Array halved(bm::Array x) {
    while (x > 1.0) x *= 0.5;
    return x;
  }
  std::tuple<bm::Array, bm::Array> both(bm::Array x) const {
    if (x > 1.0) return {x, 1.0};
    return {x * 2.0, x};
  }
  bool is_small() const { return V.size() < 100 ? true : false; }
  // brainpy: native
  bm::Array by_hand(bm::Array x) const {
    return bm::ifelse(
        bm::sum(x) > 100.0, [&] { return x * 0.5; }, [&] { return x; });
  }
  bp::Integrator<1> integral = bp::odeint([](bm::Array v, bm::Array) {
    if (v > 0.0) return -v;
    return v * 0.5;
  });
  void update(bm::Array I) {
    const auto nested = [&](bm::Array x) {
      bm::Array y = x;
      const auto inner = [&y](bm::Array z) {
        if (z > 0.5) y += 1.0;
      };
      inner(x);
      if (y > 1.25) return y - 1.0;
      return y;
    };
    auto [a, b] = both(halved(V));
    const auto raised = [](bm::Array z) {
      z += 0.5;
      return z;
    };
    if (a > 1.5) a = b;
    else a = raised(a) - 0.5;
    bm::Variable& same = V;
    V = is_small() ? by_hand(nested(clipped(ramp(a) + I))) : same;
    V = integral(V, 0.0);
  }
};

int main() {
  bm::enable_x64();
  Pieces model(bm::linspace(-4.0, 4.0, 9));
  auto step = bp::jit(model, &Pieces::update);
  for (int i = 0; i < 3; ++i) step(0.25);
  fmt::print("{}\n", model.V);
}
