// Delays of whole steps: ring buffers of the last values of a Variable.
// In: a Variable (or values given to update), the largest delay. Out: LengthDelay (delays in steps), VarDelay (in ms,
// by name).
//
// One update() is one step. The n-th update (n = 0, 1, ...) writes the value of step n:
//   after the update of step n    retrieve(d) is the value of step n - d
//   before it                     retrieve(d) is the value of step n - 1 - d: the last step's clock still holds
// for every d = 0, 1, ..., L, the largest delay. Steps before 0 have the values of `init`. So a model that reads before
// it updates sees a lag of d + 1 steps, one that reads after it a lag of d; both exactly.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "frontend/delay/history.hpp"
#include "frontend/object/object.hpp"

namespace brainpy::delay {

using math::Array;
using math::Operand;
using math::Site;

/// A memory of the past of a Variable.
class Delay : public BrainPyObject {
 public:
  /// Forgets all that was written: before the first update there is only the initial history.
  virtual void reset_state() = 0;
  /// What an integrator calls once at each step's start t: the value at t and, if needs_slope(), its slope (else null).
  virtual void record(const Operand& value, const Operand* slope, const Operand& t) = 0;
  /// Told once by an integrator that it can record slopes.
  virtual void offer_slopes() {}
  virtual bool needs_slope() const { return false; }
  /// Refuses an integrator whose time step is not that of the delay.
  virtual void expect_steps(double /*dt*/, const Site&) const {}
  const math::Type& row_type() const;

 protected:
  Delay(const math::Variable& target, const Site& site);

  std::shared_ptr<math::VariableState> target_;
  Site site_;  ///< where the user made it
};

/// The ring buffer behind LengthDelay and VarDelay. Its Variables: "rows" [L + 1, ...] and "written", the number of
/// updates. The cost of a step does not depend on L: rows stay where they are, and compiled code writes one of them.
class RingDelay : public Delay {
 public:
  void reset_state() override;
  /// Writes the target's value as that of the next step.
  void update(Site site = Site::current());
  /// Writes a value of the target's shape and element type (a number fills it).
  void update(const Operand& value);

  /// The value `delay` steps ago. An integer, or an integer array that broadcasts to the target's shape: element i
  /// comes from delay[i] steps ago. Of a target of one element and an array of another shape: one value for each delay.
  /// A delay below 0 or above L is a ValueError; one that is known only when the program runs is checked then.
  Array retrieve(const Operand& delay) const;
  /// The value of the elements (rows of the target's first axis) `indices` ago by `delays`, which broadcast together:
  /// `retrieve(delays, sources)[i, j]` is element sources[i, j], delays[i, j] steps ago.
  Array retrieve(const Operand& delays, const Operand& indices) const;

  /// The largest delay L in steps.
  std::int64_t length() const { return length_; }

  void record(const Operand& value, const Operand* slope, const Operand& t) override;

 protected:
  RingDelay(const char* family, const math::Variable& target, std::int64_t length, math::History init,
            const Site& site);
  /// The rows before the first update, the oldest (step -L - 1) first.
  Array initial_rows() const;
  /// Another largest delay; outside traces only.
  void resize(std::int64_t length, const Site& site);
  bool is_unused() const;

  const char* family_;  ///< the user's class, for errors
  std::int64_t length_;
  math::History init_;
  math::Variable rows_, written_;

 private:
  Array places(const Operand& delays) const;
};

/// delay / dt, which must be a whole number of steps within 1e-6 (a ValueError otherwise). "what" names it in errors.
std::int64_t whole_steps(double delay, double dt, const std::string& what, const Site& site);

}  // namespace brainpy::delay

namespace brainpy {
/// A delay that an integrator fills; it must outlive the integrator.
using DelayReference = std::reference_wrapper<delay::Delay>;
}  // namespace brainpy

namespace brainpy::math {

struct LengthDelayOptions {
  std::int64_t length = 0;  ///< steps, the largest delay
  /// Before the first update: a number, one row, all rows [length + 1, ...] with the oldest first (step -length - 1 to
  /// step -1), or a function of the time in ms (step * dt).
  History init = {};
  Site site = Site::current();  ///< the user's line, for errors
};

/// A delay in steps: `bm::LengthDelay delay(V, {.length = 10})`, `delay.update()`, `delay.retrieve(3)`.
/// As a part of a model: `node<bm::LengthDelay>("delay", V, bm::LengthDelayOptions{.length = 10})`.
class LengthDelay final : public delay::RingDelay {
 public:
  LengthDelay(const Variable& target, LengthDelayOptions options);
};

}  // namespace brainpy::math

namespace brainpy {

struct VarDelayOptions {
  double time = 0;                                           ///< ms, the largest delay; 0: that of the longest entry
  math::History init = {};                                   ///< as for LengthDelay
  std::vector<std::pair<std::string, double>> entries = {};  ///< delays in ms by name
  math::Site site = math::Site::current();                   ///< the user's line, for errors
};

/// Delays in ms, by name: `bp::VarDelay delay(V, {.time = 20.0, .entries = {{"to_E", 1.5}}})`, `delay.at("to_E")`.
/// Each is a whole number of steps of bp::share.dt(). After a change of dt, reset_state() makes the buffer anew; to go
/// on without is a ValueError.
class VarDelay final : public delay::RingDelay {
 public:
  VarDelay(const math::Variable& target, VarDelayOptions options);

  /// Another named delay. A longer one than the buffer holds is a ValueError, unless no `.time` was given and nothing
  /// has been written yet: then the buffer grows.
  void register_entry(const std::string& name, double time, math::Site site = math::Site::current());
  /// The value that long ago, or a NameError that lists the entries.
  math::Array at(const std::string& entry, math::Site site = math::Site::current()) const;
  /// The elements (rows of the target's first axis) `indices` of it.
  math::Array at(const std::string& entry, const math::Operand& indices) const;
  /// The delay of an entry in steps of the current dt.
  std::int64_t steps(const std::string& entry, math::Site site = math::Site::current()) const;

  void reset_state() override;
  void expect_steps(double dt, const math::Site& site) const override;

 private:
  std::int64_t longest() const;
  std::int64_t entry_steps(const std::string& name, double time, const math::Site& site) const;

  double time_, dt_;  ///< dt_: what the buffer was made for
  std::vector<std::pair<std::string, double>> entries_;
};

}  // namespace brainpy
