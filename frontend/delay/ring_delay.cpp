// The ring buffer of LengthDelay and VarDelay: its initial rows, its writes, its three readers.
#include <cmath>

#include <fmt/format.h>

#include "frontend/delay/delay.hpp"
#include "frontend/delay/history.h"
#include "frontend/delay/ring.h"
#include "frontend/math/check.hpp"
#include "frontend/math/creation.hpp"
#include "frontend/math/elementwise.hpp"
#include "frontend/math/primitives.h"
#include "frontend/object/share.hpp"
#include "frontend/object/variable_state.h"
#include "frontend/transform/trace.h"

namespace brainpy::delay {

using math::DType;
using math::History;
using math::number;
using math::Shape;
using math::Type;

Delay::Delay(const math::Variable& target, const Site& site) : target_(target.state()), site_(site) {}

const Type& Delay::row_type() const { return target_->type; }

std::int64_t whole_steps(double delay, double dt, const std::string& what, const Site& site) {
  const double steps = delay / dt;
  if (!(delay >= 0) || steps > 1e9)
    throw ValueError({.what = what + (delay < 0 ? " is negative" : " is not a time"),
                      .where = math::location_of(site),
                      .values = fmt::format("{} ms", delay),
                      .hint = "a delay looks back: give 0 ms or more"});
  const double rounded = std::round(steps);
  if (std::abs(steps - rounded) > 1e-6)
    throw ValueError(
        {.what = what + " is not a whole number of steps",
         .where = math::location_of(site),
         .values = fmt::format("{} ms are {} steps of {} ms", delay, steps, dt),
         .hint = fmt::format("round it, to {:.10g} or {:.10g} ms, or use bm::TimeDelay, which interpolates",
                             std::floor(steps) * dt, std::ceil(steps) * dt)});
  return static_cast<std::int64_t>(rounded);
}

RingDelay::RingDelay(const char* family, const math::Variable& target, std::int64_t length, History init,
                     const Site& site)
    : Delay(target, site),
      family_(family),
      length_(length),
      init_(std::move(init)),
      rows_([&] {
        const transform::Eagerly eagerly;
        return variable("rows", Operand(initial_rows(), site));
      }()),
      written_(variable("written", Operand(number(DType::i64, std::int64_t{0}), site))) {}

Array RingDelay::initial_rows() const {
  const Type& row = row_type();
  const Site& site = init_.site();
  if (length_ < 0)
    throw ValueError({.what = fmt::format("{}: the largest delay is negative", family_),
                      .where = math::location_of(site_),
                      .values = fmt::format("{} steps", length_),
                      .hint = "give 0 or more"});
  const Shape all = row.shape.with_leading(length_ + 1);
  if (init_.function()) {
    std::vector<Array> rows;
    for (std::int64_t step = -length_ - 1; step < 0; ++step) {
      const Array t = number(math::default_float(), static_cast<double>(step) * share.dt());
      rows.push_back(math::insert_axis(history_at(init_, t, row, family_), 0, site));
    }
    return math::join(rows, 0, site);
  }
  if (const Operand* value = init_.value();
      value && !value->is_number() && value->array().ndim() == row.shape.rank() + 1) {
    const Array given = value->array();
    if (given.shape() == all) return in_type(*value, {row.dtype, all}, family_, "initial history", site);
    throw ShapeError(
        {.what = fmt::format("{}: the initial history has a wrong number of rows", family_),
         .where = math::location_of(site),
         .values = fmt::format("{} steps of {}, the history is {}", length_, to_string(row), to_string(given.type())),
         .hint =
             fmt::format("give {} rows, the oldest first: the values of steps -{} to -1", length_ + 1, length_ + 1)});
  }
  return math::broadcast_array(history_at(init_, Array(), row, family_), all, site);
}

void RingDelay::reset_state() {
  rows_ = Operand(initial_rows(), site_);
  written_ = Operand(number(DType::i64, std::int64_t{0}), site_);
}

void RingDelay::resize(std::int64_t length, const Site& site) {
  if (transform::Trace::current())
    throw TraceError({.what = fmt::format("{}: the buffer's length changes inside a traced function", family_),
                      .where = math::location_of(site),
                      .values = fmt::format("from {} to {} steps", length_, length),
                      .hint = "call reset_state() and register_entry() outside bp::jit and before a run"});
  length_ = length;
  const Array rows = initial_rows();
  rows_.state()->type = rows.type();
  rows_.state()->value = rows.tensor();
  written_ = Operand(number(DType::i64, std::int64_t{0}), site);
}

bool RingDelay::is_unused() const { return !transform::Trace::current() && written_.item<std::int64_t>() == 0; }

void RingDelay::update(Site site) { update(Operand(math::read_variable(target_), site)); }

void RingDelay::update(const Operand& value) {
  const Site& site = value.site();
  expect_steps(share.dt(), site);
  const Array next = written_value(value, row_type(), family_);
  const math::AttributedTo attributed(site);
  rows_ = write_row(rows_, place_of(written_, length_ + 1), next);
  written_ = written_ + 1;
}

void RingDelay::record(const Operand& value, const Operand*, const Operand&) { update(value); }

namespace {

[[noreturn]] void refuse_delay(const char* family, std::int64_t delay, std::int64_t length, const Site& site) {
  throw ValueError({.what = fmt::format("{}: a delay is {}", family, delay < 0 ? "negative" : "longer than the buffer"),
                    .where = math::location_of(site),
                    .values = fmt::format("a delay of {} steps, the buffer holds 0 .. {}", delay, length),
                    .hint = delay < 0 ? "a delay looks back: give 0 or more" : "make the delay with a larger length"});
}

}  // namespace

/// Places in the ring of what was `delays` steps before the newest row.
Array RingDelay::places(const Operand& delays) const {
  const Site& site = delays.site();
  expect_steps(share.dt(), site);
  Array steps = delays.array();
  if (!runtime::is_integer(steps.dtype()))
    throw DTypeError({.what = fmt::format("{}: a delay is not an integer", family_),
                      .where = math::location_of(site),
                      .values = "the delay is " + to_string(steps.type()),
                      .hint = "give whole steps, or use bp::VarDelay or bm::TimeDelay for delays in ms"});
  if (runtime::is_unsigned_integer(steps.dtype())) steps = math::convert(steps, DType::i64, site);
  const math::AttributedTo attributed(site);
  if (steps.is_traced())
    math::check((steps >= 0) & (steps <= length_),
                fmt::format("{}: a delay is negative or longer than the buffer", family_),
                {{"delay", steps}, {"longest", length_}},
                "give delays of 0 .. longest steps, or make the delay with a larger length");
  else
    for (const std::int64_t d : steps.to_vector<std::int64_t>(site))
      if (d < 0 || d > length_) refuse_delay(family_, d, length_, site);
  const Array newest = place_of(written_ - 1, length_ + 1);
  return place_before(math::convert(newest, steps.dtype(), site), steps, length_ + 1);
}

Array RingDelay::retrieve(const Operand& delay) const {
  const Site& site = delay.site();
  const Array place = places(delay);
  const math::AttributedTo attributed(site);
  const Shape& row = row_type().shape;
  if (place.ndim() == 0 || row.is_scalar()) return read_row(rows_, place);
  Shape common;
  if (!runtime::broadcast(place.shape(), row, common) || !(common == row))
    throw ShapeError({.what = fmt::format("{}: the delays do not fit the elements", family_),
                      .where = math::location_of(site),
                      .values = fmt::format("the target is {}, the delays {}", to_string(row_type()),
                                            runtime::to_string(place.shape())),
                      .hint = "give one delay for each element; retrieve(delays, indices) reads any elements"});
  return read_elements(rows_, math::broadcast_array(place, row, site));
}

Array RingDelay::retrieve(const Operand& delays, const Operand& indices) const {
  const Site& site = delays.site();
  if (row_type().shape.is_scalar())
    throw ShapeError({.what = fmt::format("{}: the target has no elements to index", family_),
                      .where = math::location_of(site),
                      .values = "the target is " + to_string(row_type()),
                      .hint = "use retrieve(delays)"});
  const Array place = places(delays), from = indices.array();
  const std::int64_t extent = row_type().shape[0];
  if (runtime::is_integer(from.dtype()) && !from.is_traced())
    for (const std::int64_t i : from.to_vector<std::int64_t>(site))
      if (i < -extent || i >= extent)
        throw IndexError({.what = fmt::format("{}: index out of range", family_),
                          .where = math::location_of(indices.site()),
                          .values = fmt::format("index {}, the target is {}", i, to_string(row_type())),
                          .hint = fmt::format("indices are {} .. {}", -extent, extent - 1)});
  return math::read_index(rows_.value(), {math::Index(place, site), math::Index(from, indices.site())}, site);
}

}  // namespace brainpy::delay

namespace brainpy::math {

LengthDelay::LengthDelay(const Variable& target, LengthDelayOptions options)
    : RingDelay("LengthDelay", target, options.length, std::move(options.init), options.site) {}

}  // namespace brainpy::math
