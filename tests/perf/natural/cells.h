// Hodgkin-Huxley populations behind one interface: one written in natural style, one with the library's functions.
// In: how many. Out: CPU seconds of a run, and the bits of the state after it.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <vector>

#include "timing.h"

namespace brainpy::perf {

class Cells {
 public:
  virtual ~Cells() = default;
  virtual double seconds_of(double milliseconds) = 0;
  /// Of all Variables, in the order in which the model declares them.
  virtual std::vector<std::uint32_t> bits() = 0;
};

std::unique_ptr<Cells> natural_cells(int count);
std::unique_ptr<Cells> written_cells(int count);

/// `T` is a model; its steps are run by a DSRunner.
template <class T, class Runner>
class Running final : public Cells {
 public:
  explicit Running(int count) : model_(count), runner_(model_, {.dt = 0.01, .progress_bar = false}) {}
  double seconds_of(double milliseconds) override {
    return thread_seconds_of([&] { runner_.run(milliseconds); });
  }
  std::vector<std::uint32_t> bits() override {
    std::vector<std::uint32_t> all;
    for (auto& [name, variable] : model_.vars())
      for (const float x : variable.template to_vector<float>()) {
        std::uint32_t word;
        std::memcpy(&word, &x, sizeof word);
        all.push_back(word);
      }
    return all;
  }

 private:
  T model_;
  Runner runner_;
};

}  // namespace brainpy::perf
