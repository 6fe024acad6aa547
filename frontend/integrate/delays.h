// The delays that an integrator fills: at each step's start they get the state and, where there is one, its slope.
// In: delays by the name of their state, a step's states and slopes. Out: points of the past, before the later stages
// ask for them.
#pragma once

#include "frontend/delay/delay.hpp"
#include "frontend/integrate/integrator.hpp"
#include "frontend/integrate/ode_problem.hpp"

namespace brainpy::integrate {

/// Whether the states of an equation have slopes dx/dt, which delays may keep.
enum class StateSlopes : std::uint8_t { none, known };

class Delays {
 public:
  /// A name that is not a state is a NameError, a delay of another type than its state (at the first step) a
  /// ShapeError, one that needs slopes where there are none a ValueError.
  Delays(const std::vector<std::pair<std::string, DelayReference>>& delays, const Equation& equation,
         StateSlopes slopes);

  bool empty() const { return entries_.empty(); }
  std::vector<BrainPyObject*> memories() const;
  /// Forgets all points.
  void reset() const;
  /// Makes x(t) known where a delay needs no slope: before the first stage, which may read it.
  void record_values(const Arrays& states, const math::Operand& t, double dt, const math::Site& site) const;
  /// Whether a delay needs the slopes.
  bool need_slopes() const;
  /// Makes x(t) and its slope known in the other delays: after the first stage, which is the slope.
  void record_slopes(const Arrays& states, const Arrays& slopes, const math::Operand& t, const math::Site& site) const;

 private:
  struct Entry {
    std::size_t state;
    delay::Delay* delay;
  };
  void check_slopes(const Entry& entry, const math::Site& site) const;

  const char* family_;
  StateSlopes slopes_;
  std::vector<Entry> entries_;
};

/// A right-hand side whose value at the step's start is known: methods that begin with it do not compute it again.
struct KnownAtStart final : OdeProblem::RightHandSide {
  const RightHandSide& f;
  const Arrays &states, &slopes;
  const math::Operand& t;

  KnownAtStart(const RightHandSide& function, const Arrays& s, const Arrays& k, const math::Operand& time)
      : f(function), states(s), slopes(k), t(time) {}
  Arrays operator()(const Arrays& at, const math::Operand& time) const override;
};

}  // namespace brainpy::integrate
