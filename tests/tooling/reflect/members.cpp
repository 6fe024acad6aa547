// Every kind of member that a table holds, and what the library makes of it.
#include <fmt/core.h>

#include "cells.hpp"

namespace bp = brainpy;
namespace bm = brainpy::math;

// A channel that
// opens.
class Channel : public bp::BrainPyObject {
 public:
  explicit Channel(int size) : gate(bm::zeros({size})) {}
  bm::Array open() const { return gate * g; }

 private:
  bm::Variable gate;     // open fraction [1]
  double g = 0.25, E{};  /// [mS/cm2]
};

namespace filters {

/// Remembers.
template <int order>
class Filter : public bp::BrainPyObject {
 public:
  void update() { past = past + 1.0; }

 private:
  bm::Variable past = bm::zeros({order});
};

}  // namespace filters

class Neuron final : public cells::Membrane {
 public:
  explicit Neuron(int count) : Membrane(count) {}
  void update() {
    // The potential of the base, a private member and a part's private member.
    V += channel_.open();
    if (V > -64.8) crossings_ += 1;
    filter.update();
  }
  bm::Variable weights = train_variable("w", bm::ones({2}));
  bm::TrainVar bias = bm::zeros({2});
  filters::Filter<3> filter;
  Channel& synapse = node<Channel>("synapse", 2);
  bool noisy = false;
  std::string kind = "a \"kind\"";
  bm::Array levels = bm::arange(3.0);

 private:
  struct Store : bp::BrainPyObject {
    bm::Variable sum = 0.0;
  };
  Channel channel_{size};
  bm::Variable crossings_ = bm::zeros({size}, bm::int32);
  Store store_;
  std::unique_ptr<Store> other_ = std::make_unique<Store>();
  std::unique_ptr<Store> none_;
  unsigned flags_ : 3 = 5;
  std::vector<double> table_{1.0};
  /// kept, though it has no value to show
  std::vector<double> shown_;
};

namespace {

class Twice : public bp::BrainPyObject {
  bm::Variable V = variable("W", 1.0);
  bm::Variable W = 2.0;
};

}  // namespace

int main() {
  Neuron neuron(3);
  for (auto& [name, variable] : neuron.vars()) fmt::print("{} = {}\n", name, to_string(variable.type()));
  for (auto& [name, variable] : neuron.train_vars()) fmt::print("trained: {}\n", name);
  for (auto& [name, node] : neuron.nodes()) fmt::print("{} is a {}\n", name, node->class_name());
  fmt::print("{}\n", neuron.describe());

  Neuron fresh(3);
  auto step = bp::jit(fresh, &Neuron::update);
  step();
  fmt::print("{}", step.dump(bp::Stage::trace));

  neuron.save_state("members.npz");
  fresh.load_state("members.npz");
  fmt::print("{}\n", fresh.vars()["crossings_"].to_vector<int>() == std::vector<int>{0, 0, 0});
  try {
    Twice().vars();
  } catch (const bp::Error& e) {
    fmt::print("{}\n", e.what());
  }
}
