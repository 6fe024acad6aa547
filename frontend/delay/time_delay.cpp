// TimeDelay: where a time lies on the grid, what is known there, and the interpolation between points.
#include "frontend/delay/time_delay.hpp"

#include <cmath>

#include <fmt/format.h>

#include "frontend/delay/history.h"
#include "frontend/delay/ring.h"
#include "frontend/math/check.hpp"
#include "frontend/math/creation.hpp"
#include "frontend/math/elementwise.hpp"
#include "frontend/math/primitives.h"
#include "frontend/object/share.hpp"
#include "frontend/object/variable_state.h"

namespace brainpy::math {

namespace {

constexpr const char* family = "TimeDelay";

[[noreturn]] void refuse(const std::string& what, const Site& site, std::string values, std::string hint) {
  throw ValueError({.what = what, .where = location_of(site), .values = std::move(values), .hint = std::move(hint)});
}

double positive(double value, const char* what, const Site& site) {
  if (!(value > 0))
    refuse(fmt::format("TimeDelay: the {} is not above zero", what), site, fmt::format("{} ms", value),
           "give it in ms, such as 0.1");
  return value;
}

/// How many points from the newest one back are read in a step: those that `delay` spans, one more because the time may
/// be anywhere between two, and one because it may be rounded to just before a point.
std::int64_t points_for(double delay, double dt, const Site& site) {
  const double steps = delay / dt;
  if (steps > 1e9)
    refuse("TimeDelay: the delay spans too many points", site, fmt::format("{} ms of {} ms each", delay, dt),
           "give a larger dt");
  return static_cast<std::int64_t>(std::ceil(steps - 1e-6)) + 2;
}

/// By how many steps a time may be off because it was computed in its float type.
Array rounding_of(const Array& t, double dt) {
  const bool wide = t.dtype() == DType::f64;
  return abs(t) * ((wide ? 1e-14 : 1e-6) / dt) + (wide ? 1e-6 : 1e-3);
}

}  // namespace

TimeDelay::Interpolation TimeDelay::parse(const std::string& name, const Site& site) {
  if (name.empty()) return Interpolation::automatic;
  if (name == "linear") return Interpolation::linear;
  if (name == "cubic") return Interpolation::cubic;
  if (name == "round") return Interpolation::round;
  throw NameError({.what = "TimeDelay: no interpolation is called '" + name + "'",
                   .where = location_of(site),
                   .hint = "known are: linear, cubic, round"});
}

TimeDelay::TimeDelay(const Variable& target, TimeDelayOptions options)
    : Delay(target, options.site),
      delay_(positive(options.delay, "delay", options.site)),
      dt_(positive(options.dt == 0 ? share.dt() : options.dt, "step dt", options.site)),
      t0_(options.t0),
      before_t0_(std::move(options.before_t0)),
      interpolation_(parse(options.interpolation, options.site)),
      points_kept_(points_for(delay_, dt_, options.site)),
      values_(variable("values", zeros(row_type().shape.with_leading(points_kept_), row_type().dtype))),
      written_(variable("written", Operand(number(DType::i64, std::int64_t{0})))) {
  if (!runtime::is_float(row_type().dtype) && interpolation_ != Interpolation::round)
    throw DTypeError({.what = "TimeDelay: values that are not floats cannot be interpolated",
                      .where = location_of(site_),
                      .values = "the target is " + to_string(row_type()),
                      .hint = "give .interpolation = \"round\", or use bp::VarDelay"});
  if (!before_t0_.function()) delay::history_at(before_t0_, Array(), row_type(), family);
  if (interpolation_ == Interpolation::cubic) offer_slopes();
}

void TimeDelay::offer_slopes() {
  if (slopes_ || (interpolation_ != Interpolation::automatic && interpolation_ != Interpolation::cubic)) return;
  interpolation_ = Interpolation::cubic;
  slopes_ = runtime::Owner(new Variable(variable("slopes", zeros(values_.shape(), values_.dtype()))));
}

void TimeDelay::expect_steps(double dt, const Site& site) const {
  if (std::abs(dt - dt_) <= 1e-9 * dt_) return;
  refuse("TimeDelay: the integrator's step is not that of the delay's grid", site,
         fmt::format("the step is {} ms, the grid's {} ms", dt, dt_), "give both the same .dt");
}

void TimeDelay::reset_state() {
  values_ = Operand(0.0, site_);
  if (slopes_) *slopes_ = Operand(0.0, site_);
  written_ = Operand(0, site_);
}

// --- writing -------------------------------------------------------------------------------------

void TimeDelay::update(Site site) { write(Operand(read_variable(target_), site), nullptr); }
void TimeDelay::update(const Operand& value) { write(value, nullptr); }
void TimeDelay::update(const Operand& value, const Operand& slope) { write(value, &slope); }

void TimeDelay::write(const Operand& value, const Operand* slope) {
  const Site& site = value.site();
  if (slopes_ && !slope)
    refuse("TimeDelay: cubic interpolation needs slopes", site, "",
           "call update(value, slope), or let an integrator do it: .delays = {{\"x\", x_delayed}}");
  const Array row = delay::written_value(value, row_type(), family);
  const Array slope_row = slopes_ ? delay::written_value(*slope, row_type(), family) : Array();
  const AttributedTo attributed(site);
  const Array place = delay::place_of(written_, points_kept_);
  values_ = delay::write_row(values_, place, row);
  if (slopes_) *slopes_ = delay::write_row(*slopes_, place, slope_row);
  written_ = written_ + 1;
}

void TimeDelay::record(const Operand& value, const Operand* slope, const Operand& t) {
  {
    const AttributedTo attributed(value.site());
    const Array time = convert(t.array(), to_float(t.array().dtype()), value.site());
    const Array expected = convert(written_, time.dtype(), value.site()) * dt_ + t0_;
    check(abs(time - expected) / dt_ <= rounding_of(time, dt_) + 0.01,
          "TimeDelay: a step of the integrator does not follow the last one", {{"t", time}, {"expected", expected}},
          "step from .t0 on in steps of dt; to begin again, call reset_state() or the runner's reset()");
  }
  write(value, slope);
}

// --- reading -------------------------------------------------------------------------------------

/// A time on the grid.
struct TimeDelay::Place {
  Array t;
  Array is_before;    ///< t < t0
  Array left, right;  ///< how many points before the newest one those around t are, i64
  Array fraction;     ///< of the way from the left to the right one
  Type type;          ///< of the result
};

Array TimeDelay::fit_times(const Operand& when) const {
  const Site& site = when.site();
  Array t = array_of(when);
  t = convert(t, to_float(t.dtype()), site);
  const Shape& row = row_type().shape;
  if (t.ndim() == 0 || row.is_scalar()) return t;
  Shape common;
  if (!runtime::broadcast(t.shape(), row, common) || !(common == row))
    throw ShapeError(
        {.what = "TimeDelay: the times do not fit the elements",
         .where = location_of(site),
         .values = fmt::format("the target is {}, the times {}", to_string(row_type()), to_string(t.type())),
         .hint = "give one time, or one for each element"});
  // Elements at the same time are one row.
  return t.size() == 1 ? reshape_to(t, {}, site) : broadcast_array(t, row, site);
}

TimeDelay::Place TimeDelay::find(const Array& t, bool for_slope) const {
  const Site site = Site::current();
  const Array steps = (t - t0_) / dt_, newest = convert(written_, t.dtype(), site) - 1.0;
  const Array oldest = maximum(newest - static_cast<double>(points_kept_ - 1), 0.0);
  const Array whole = floor(interpolation_ == Interpolation::round ? steps + 0.5 : steps);
  // The slope of a straight line needs the point before the newest one.
  const bool needs_line = for_slope && interpolation_ != Interpolation::cubic;
  const Array last = needs_line ? newest - 1.0 : newest;

  const Array is_before = t < t0_;
  const Array is_known = (steps <= newest + rounding_of(t, dt_)) & (whole >= oldest) & (last >= 0.0);
  check(is_before | is_known,
        for_slope ? "TimeDelay: the slope is not known at a time" : "TimeDelay: the value is not known at a time",
        {{"t", t}, {"known from", oldest * dt_ + t0_}, {"to", newest * dt_ + t0_}},
        "look back by at least one step dt and at most .delay; at first only times before .t0 are known");

  // Within what is kept, whatever the time: what is read for times before t0 is not used.
  const Array left = minimum(maximum(whole, oldest), last);
  const Array back = clip(newest - left, 0.0, static_cast<double>(points_kept_ - 1));
  return {.t = t,
          .is_before = is_before,
          .left = convert(back, DType::i64, site),
          .right = convert(maximum(back - 1.0, 0.0), DType::i64, site),
          .fraction = clip(steps - left, 0.0, 1.0),
          .type = {row_type().dtype, t.ndim() > 0 ? t.shape() : row_type().shape}};
}

Array TimeDelay::read(const Variable& points, const Array& back) const {
  const Array newest = delay::place_of(written_ - 1, points_kept_);
  const Array place = delay::place_before(newest, back, points_kept_);
  if (place.ndim() == 0 || row_type().shape.is_scalar()) return delay::read_row(points, place);
  return delay::read_elements(points, place);
}

Array TimeDelay::before(const Place& place, bool slope) const {
  const Array t = minimum(place.t, t0_);  // never asked about later times
  return slope ? delay::history_slope(before_t0_, t, place.type, family)
               : delay::history_at(before_t0_, t, place.type, family);
}

Array TimeDelay::known(const Place& place, bool slope) const {
  const Array a = read(values_, place.left);
  if (interpolation_ == Interpolation::round) return a;
  const Array theta = convert(place.fraction, place.type.dtype, Site::current());
  const Array rise = read(values_, place.right) - a;
  if (!slopes_) return slope ? rise / dt_ : a + rise * theta;
  // a + theta (p + theta (c + theta d)) has the values and slopes of both points.
  const Array p = read(*slopes_, place.left) * dt_, q = read(*slopes_, place.right) * dt_;
  const Array c = 3.0 * rise - (p + q) - p, d = (p + q) - 2.0 * rise;
  return slope ? (p + theta * (2.0 * c + 3.0 * theta * d)) / dt_ : a + theta * (p + theta * (c + theta * d));
}

Array TimeDelay::look_back(const Operand& when, bool slope) const {
  const Array t = fit_times(when);
  const AttributedTo attributed(when.site());
  const Place place = find(t, slope);
  return where(place.is_before, before(place, slope), known(place, slope));
}

Array TimeDelay::operator()(const Operand& t) const { return look_back(t, false); }

Array TimeDelay::derivative(const Operand& t) const {
  if (interpolation_ == Interpolation::round)
    refuse("TimeDelay: rounded times have no slope", t.site(), "", "give .interpolation = \"linear\" or \"cubic\"");
  return look_back(t, true);
}

}  // namespace brainpy::math
