// Traced values that are stored where they mean nothing afterwards.
#include <optional>
#include <vector>

#include <brainpy/brainpy.hpp>

namespace bp = brainpy;
namespace bm = brainpy::math;

bm::Array global = bm::zeros({4});

struct Cache {
  bm::Array last = bm::zeros({4});
  void keep(bm::Array x) { last = x; }
};

void assign(bm::Array& target, bm::Array value) { target = value; }

class Cell : public bp::BrainPyObject {
 public:
  bm::Variable V = variable("V", bm::zeros({4}));
  bm::Array last = bm::zeros({4});
  bm::Array given = bm::zeros({4});
  std::vector<bm::Array> history;
  std::optional<bm::Array> maybe;
  Cache cache;

  void update(bm::Array I) {
    last = V + I;
    V = last * 0.5;
    assign(given, I);
    const auto& read_only = given;
    V += read_only;
    history.push_back(I);
    maybe = V + 1.0;
    cache.keep(V * 2.0);
    global = I;
    bm::Array kept = I;
    kept += 1.0;
    assign(kept, V);
    bm::for_loop([&](bm::Array x) { kept = x; }, V.value());
    const auto helper = [&](bm::Array x) { kept = x; };
    helper(I);
  }
};

int main() {
  bm::Array outside = bm::zeros({});
  auto step = bp::jit([&](bm::Array x) { outside = x * 2.0; });
  step(1.0);
}
