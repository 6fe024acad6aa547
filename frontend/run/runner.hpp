// bp::DSRunner: runs a model over time as native code, feeds inputs, records monitors.
// In: a model with update() (or update(x)), options. Out: monitors; the model's Variables have their last values.
//
// Step k of a run: share.i = k, share.t = t0 + k dt, inputs, update(), monitors. A second run goes on where the last
// ended.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "frontend/object/object.hpp"
#include "frontend/run/input.hpp"
#include "frontend/run/monitor.hpp"
#include "runtime/owner.h"

namespace brainpy {

/// Takes a piece of a recording.
class Stream {
 public:
  Stream() = default;
  template <class F>
  requires std::invocable<F&, const Monitors&> Stream(F function)
      : sink_(std::make_shared<Sink<F>>(std::move(function))) {}

  explicit operator bool() const { return sink_ != nullptr; }
  void operator()(const Monitors& piece) const { sink_->take(piece); }

 private:
  struct AnySink {
    virtual ~AnySink() = default;
    virtual void take(const Monitors& piece) = 0;
  };
  template <class F>
  struct Sink final : AnySink {
    F function;
    explicit Sink(F f) : function(std::move(f)) {}
    void take(const Monitors& piece) override { function(piece); }
  };
  std::shared_ptr<AnySink> sink_;
};

struct RunnerOptions {
  std::vector<Monitor> monitors = {};
  std::vector<Input> inputs = {};
  double dt = 0;             ///< ms; 0: bp::share.dt(). The runner sets bp::share's dt while it runs and after.
  double t0 = 0;             ///< ms, time of step 0
  bool jit = true;           ///< false: this runner runs eagerly
  bool progress_bar = true;  ///< on a terminal only
  /// When set, recordings are handed over in pieces of some hundred steps and not kept: memory stays bounded however
  /// long the run. `[](const bp::Monitors& piece) { ... }`
  Stream stream = {};

  ~RunnerOptions();
};

namespace run {

/// A runner without types.
class Runner {
 public:
  Runner(BrainPyObject& model, transform::FunctionPtr update, bool takes_input, const RunnerOptions& options,
         math::Site site);
  ~Runner();
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;

  void run(double duration, const math::Array* rows, math::Site site);
  /// Back to step 0; with `state` also the Variables to what they were when the runner was made.
  void reset(bool state);
  std::int64_t step() const;

  Monitors monitors;

 private:
  struct Impl;
  runtime::Owner<Impl> impl_;
};

template <class T>
concept StepsAlone = requires(T& model) {
  model.update();
};

}  // namespace run

class DSRunner {
 public:
  template <class T>
  requires std::derived_from<T, BrainPyObject> DSRunner(T& model, const RunnerOptions& options = {},
                                                        math::Site site = math::Site::current())
      : runner_(new run::Runner(model, function_of(model), !run::StepsAlone<T>, options, site)),
        mon(runner_->monitors) {}

  /// Advances by `duration` ms (rounded to whole steps) and fills `mon` with this run's recordings.
  void run(double duration, math::Site site = math::Site::current()) { runner_->run(duration, nullptr, site); }
  /// One step for each row of `inputs`, given to update(x).
  void run(const math::Array& inputs, math::Site site = math::Site::current()) { runner_->run(0, &inputs, site); }
  void operator()(double duration, math::Site site = math::Site::current()) { run(duration, site); }

  /// Starts over at t0; with `state` the Variables get the values back that they had when the runner was made.
  void reset(bool state = true) { runner_->reset(state); }
  /// Steps done so far.
  std::int64_t step() const { return runner_->step(); }

 private:
  template <class T>
  static transform::FunctionPtr function_of(T& model) {
    if constexpr (run::StepsAlone<T>) {
      return transform::own_function<0>([&model] { model.update(); });
    } else {
      return transform::own_function<1>([&model](const math::Array& x) { model.update(x); });
    }
  }

  runtime::Owner<run::Runner> runner_;

 public:
  Monitors& mon;  ///< recordings of the last run
};

}  // namespace brainpy
