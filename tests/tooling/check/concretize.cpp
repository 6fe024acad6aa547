// Numbers of traced values.
#include <brainpy/brainpy.hpp>

namespace bp = brainpy;
namespace bm = brainpy::math;

class Cell : public bp::BrainPyObject {
 public:
  bm::Variable V = variable("V", bm::zeros({4}));
  bm::Variable W = variable("W", bm::zeros({4}));
  bm::Array weights = bm::ones({4});

  void update(bm::Array I) {
    V += bm::max(V).item<double>();
    V += I.to_vector<double>()[0];
    V += V.item<double>();
    V += bp::share.t().item<double>();
    V += weights[0] * weights.to_vector<double>()[0];  // a constant has numbers
    const bm::Array local = weights * 2.0;
    V += local.item<double>();
    if (!bp::is_tracing()) V += I.item<double>();
    const auto scaled = [&](bm::Array x) { return x * x.item<double>(); };
    V += scaled(I);
  }
};

template <class T>
T halved(T x) {
  return x * (0.5 * x.template item<double>());
}

int main() {
  const bm::Array constant = bm::ones({1});
  bp::jit([&](bm::Array x) { return halved(x) * constant.item<double>(); });
  const bm::Array doubled = bm::for_loop([](bm::Array x) { return x * x.item<double>(); }, bm::ones({3}));
  return doubled[0].item<int>();
}
