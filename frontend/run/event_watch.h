// The events of a runner, watched step by step inside the compiled loop.
// In: events, steps as polynomials. Out: buffers of times and states, and whether the run has stopped.
#pragma once

#include "frontend/integrate/adaptive.h"
#include "frontend/run/event.hpp"

namespace brainpy::run {

using integrate::Array;
using integrate::Arrays;

/// Carried: stopped (bool), time of the stop (f64), then for each event: its last signal (f64), its count (i64), times
/// (f64[most]), and each state's values [most, ...].
class EventWatch final : public integrate::StepObserver {
 public:
  EventWatch(const std::vector<Event>& events, const integrate::Equation& equation, std::int64_t most);

  /// The carried arrays at the start.
  Arrays start(const Array& t, const Arrays& states) const;

  Arrays signals(const Array& t, const Arrays& states) const override;
  Array happened(const Arrays& carried, const Arrays& signals) const override;
  Arrays observe(const integrate::StepPolynomial& step, const Arrays& carried, const Arrays& signals) const override;
  Arrays pass(const Arrays& carried, const Arrays& signals) const override;
  Array stopped(const Arrays& carried) const override { return carried[0]; }
  static const Array& stop_time(const Arrays& carried) { return carried[1]; }

  /// What was recorded of event k.
  EventRecord record(const Arrays& carried, std::size_t k) const;

 private:
  std::size_t place(std::size_t k) const { return 2 + k * (3 + equation_.states); }
  Array crossed(std::size_t k, const Arrays& carried, const Arrays& signals) const;
  Array find_crossing(std::size_t k, const integrate::StepPolynomial& step, const Array& before) const;
  Array signal(std::size_t k, const Array& t, const Arrays& states) const;

  const std::vector<Event>& events_;
  const integrate::Equation& equation_;
  std::int64_t most_;
};

}  // namespace brainpy::run
