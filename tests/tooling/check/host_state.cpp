// What update() changes, by itself, through helpers, lambdas, references and member objects.
#include <array>
#include <map>
#include <memory>
#include <numeric>
#include <vector>

#include <brainpy/brainpy.hpp>

namespace bp = brainpy;
namespace bm = brainpy::math;

int global_steps = 0;

struct Stats {
  int calls = 0;
  std::vector<double> seen;
  void add(double x) {
    ++calls;
    seen.push_back(x);
  }
  int count() const { return calls; }
};

void bump(int& counter) { counter += 1; }
void bump_all(Stats* stats) { bump(stats->calls); }
void untouched(const int& counter, int copy) { copy += counter; }

class Cell : public bp::BrainPyObject {
 public:
  bm::Variable V = variable("V", bm::zeros({4}));
  int steps = 0;
  double total = 0.0, other = 0.0;
  int by_value = 0, calls = 0;
  double rate = 1.0;
  bool fired = false;
  std::vector<int> history;
  std::array<int, 3> counts{};
  std::map<int, double> table;
  std::unique_ptr<Stats> owned = std::make_unique<Stats>();
  Stats stats;
  static inline int shared = 0;

  explicit Cell(double r) { set_rate(r), history.push_back(0), ++steps; }
  void set_rate(double r) { rate = r, ++calls; }  // never called by update()

  void update(bm::Array I) {
    ++steps;
    V = V + I * steps;
    total += 0.5;
    step(I);
    const auto inner = [&](bm::Array x) {
      fired = true;
      return x;
    };
    V = inner(V);
    bump(by_value);
    untouched(by_value, steps);
    bump_all(&stats);
    stats.add(1.0);
    V += stats.count();
    owned->add(2.0);
    history.push_back(1);
    history[0] = 2;
    table[3] = 1.0;
    for (int& count : counts) count = 1;
    for (auto& [key, value] : table) value = key;
    std::iota(counts.begin(), counts.end(), 0);
    ++global_steps;
    ++shared;
    int& same = counts[1];
    same += 1;
  }
  void step(bm::Array I) { deeper(I); }

 private:
  void deeper(bm::Array I) {
    other = 2.0;
    std::swap(other, total);
    V += I;
    if (!bp::is_tracing()) ++calls;  // eager runs only
  }
};

// What is local may change.
class Clean : public bp::BrainPyObject {
 public:
  bm::Variable V = variable("V", bm::zeros({4}));
  void update(bm::Array I) {
    int n = 0;
    bump(n);
    Stats local;
    local.add(1.0);
    local.calls += 1;
    std::vector<bm::Array> parts;
    for (int k = 0; k < 3; ++k) parts.push_back(I * k);
    for (const bm::Array& part : parts) V += part;
    auto counter = [n = 0]() mutable { return ++n; };
    V += counter();
    if (bp::is_tracing()) return;
    ++eager;
  }
  int eager = 0;
};

class Loops : public bp::BrainPyObject {
 public:
  bm::Variable V = variable("V", bm::zeros({4}));
  int turns = 0;
  bp::Integrator<1> integral = bp::odeint([this](bm::Array v, bm::Array) {
    ++turns;
    return -v;
  });
  void run_all(bm::Array xs) {
    int n = 0;
    bm::for_loop([&](bm::Array x) { V += x, ++n; }, xs);
  }
};

int main() {
  Cell cell(1.0);
  cell.steps = 3;
  Loops loops;
  bp::jit(loops, &Loops::run_all)(bm::ones({2}));
  int calls = 0;
  auto step = bp::jit([&](bm::Array x) {
    ++calls;
    return x;
  });
  step(1.0);
}
