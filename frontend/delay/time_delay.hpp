// The past of a Variable in continuous time: values (and slopes) on a grid, interpolated between.
// In: a Variable, the largest delay, what was before the first time. Out: TimeDelay, called with an absolute time.
//
// Point i of the grid (i = 0, 1, ...) is at t0 + i dt; the integer i is counted, never a sum of times. The i-th update
// (by the user, or by an integrator that has the delay among its `.delays`, at each step's start) makes point i known.
// x_delayed(t), with n the newest point:
//   t < t0                   before_t0, exactly
//   t0 <= t <= t0 + n dt     interpolated; a point of the grid is given as it was written
//   t > t0 + n dt            not known yet: a ValueError
//   older than the buffer    a ValueError; it reaches back `delay` from any time of the step after the newest point
#pragma once

#include <string>

#include "frontend/delay/delay.hpp"
#include "runtime/owner.h"

namespace brainpy::math {

struct TimeDelayOptions {
  double delay = 0;        ///< ms, the largest: above 0
  double dt = 0;           ///< ms, the step of the grid; 0: bp::share.dt()
  double t0 = 0;           ///< ms, time of the first point
  History before_t0 = {};  ///< a number, an array of the target's shape, or a function of the time in ms
  /// "linear", "cubic" (Hermite: de Boor 2001, A Practical Guide to Splines, ch. IV; needs slopes, keeps order 4),
  /// "round" (the nearest point); empty: cubic where an integrator supplies the slopes, else linear.
  std::string interpolation = {};
  Site site = Site::current();  ///< the user's line, for errors
};

class TimeDelay final : public delay::Delay {
 public:
  /// An unknown interpolation is a NameError; a delay or dt that is not above zero a ValueError; a target of integers
  /// or bools that is to be interpolated a DTypeError.
  TimeDelay(const Variable& target, TimeDelayOptions options);

  /// The value at time t (ms): a scalar gives all elements at that time; an array that broadcasts to the target's shape
  /// gives each element at its own time. Traced or not.
  Array operator()(const Operand& t) const;
  /// The slope (per ms) at time t: that of the interpolation, that of before_t0 before t0, at t0 the one from the
  /// right.
  Array derivative(const Operand& t) const;

  /// Makes the next point of the grid: the target's value, or a value of its shape and element type.
  void update(Site site = Site::current());
  void update(const Operand& value);
  /// The same with the slope per ms, which "cubic" needs.
  void update(const Operand& value, const Operand& slope);

  double delay() const { return delay_; }
  double dt() const { return dt_; }
  double t0() const { return t0_; }

  void reset_state() override;
  void record(const Operand& value, const Operand* slope, const Operand& t) override;
  void offer_slopes() override;
  bool needs_slope() const override { return bool(slopes_); }
  void expect_steps(double dt, const Site& site) const override;

 private:
  enum class Interpolation : std::uint8_t { automatic, linear, cubic, round };
  struct Place;

  static Interpolation parse(const std::string& name, const Site& site);
  /// Times as floats: one, or one for each element.
  Array fit_times(const Operand& when) const;
  Place find(const Array& t, bool for_slope) const;
  Array read(const Variable& points, const Array& back) const;
  Array before(const Place& place, bool slope) const;
  Array known(const Place& place, bool slope) const;
  Array look_back(const Operand& when, bool slope) const;
  void write(const Operand& value, const Operand* slope);

  double delay_, dt_, t0_;
  History before_t0_;
  Interpolation interpolation_;
  std::int64_t points_kept_;
  Variable values_;
  runtime::Owner<Variable> slopes_;  ///< null: none are kept
  Variable written_;
};

}  // namespace brainpy::math
