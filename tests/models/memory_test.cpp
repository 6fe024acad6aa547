// Resident memory stays flat: many calls, many models.
#include <unistd.h>
#include <brainpy/brainpy.hpp>
#include <fstream>

#include "support/catch.h"

namespace bp = brainpy;
namespace bm = brainpy::math;

namespace {

/// Resident pages of this process, in MiB.
double resident() {
  std::ifstream in("/proc/self/statm");
  long total = 0, pages = 0;
  in >> total >> pages;
  return static_cast<double>(pages) * static_cast<double>(sysconf(_SC_PAGESIZE)) / (1 << 20);
}

struct Model : bp::BrainPyObject {
  explicit Model(int n) : n(n) {}
  int n;
  bm::Variable V = variable("V", bm::zeros({n}));
  void update(bm::Array I) { V = V * 0.9 + bm::tanh(I) * static_cast<double>(n); }
};

}  // namespace

TEST_CASE("10,000 calls do not grow the process") {
  Model model(1000);
  auto step = bp::jit(model, &Model::update);
  const bm::Array I = bm::ones({1000});
  for (int k = 0; k < 500; ++k) step(I);
  const double before = resident();
  for (int k = 0; k < 10000; ++k) step(I);
  INFO("MiB before " << before << ", after " << resident());
  CHECK(resident() - before < 1.0);
}

TEST_CASE("100 models made and destroyed do not grow the process") {
  // Sizes differ, so each one is compiled (or loaded) anew.
  const auto make = [](int n) {
    Model model(n);
    bp::jit(model, &Model::update)(bm::ones({n}));
  };
  for (int k = 0; k < 100; ++k) make(100 + k);
  const double before = resident();
  for (int k = 0; k < 100; ++k) make(300 + k);
  INFO("MiB before " << before << ", after " << resident());
  // The allocator's own slack; a leaked program would be some hundred KiB each.
  CHECK(resident() - before < 4.0);
}
