// Events of an integration: times at which a function of the state crosses zero.
// In: a name, a function of the states and the time. Out: times and states, found inside the step.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "frontend/integrate/integrator.hpp"

namespace brainpy {

struct EventOptions {
  int direction = 0;      ///< 1: upwards only, -1: downwards only, 0: both
  bool terminal = false;  ///< the run stops at the first one
};

/// {"spike", [](bm::Array V, bm::Array w, bm::Array t) { return V - 1.0; }, {.direction = 1}}: the function takes the
/// states and t and returns one number. Sign changes are looked for between the ends of steps, so that two crossings
/// within one step are not seen; the time is then found to rounding on the step's interpolant.
class Event {
 public:
  template <class F>
  Event(std::string label, F function_, EventOptions given = {}, math::Site where = math::Site::current())
      : name(std::move(label)),
        function(integrate::own_function(std::move(function_))),
        arguments(transform::Signature<F>::count),
        options(given),
        site(where) {}

  std::string name;
  std::shared_ptr<const transform::Function> function;
  std::size_t arguments;
  EventOptions options;
  math::Site site;
};

/// What happened at the crossings of one event, in order.
struct EventRecord {
  math::Array ts;  ///< ms, float64
  std::vector<std::pair<std::string, math::Array>> states;

  /// The state's values at these times, (events, ...), or a NameError that lists the names.
  const math::Array& operator[](const std::string& name) const;
};

}  // namespace brainpy
