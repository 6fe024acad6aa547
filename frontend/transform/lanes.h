// Which elements ("lanes") take part while a branch or loop with a condition per element runs: code written for one
// neuron runs for all of them at once, and assignments change only those for which it would have run. In: conditions,
// nested. Out: the mask that Variables' assignments obey.
#pragma once

#include "frontend/transform/trace.h"

namespace brainpy::transform {

/// While it lives, the lanes are those of the enclosing mask for which the condition holds too.
class ActiveLanes {
 public:
  ActiveLanes(const Array& condition, const Site& site);
  ~ActiveLanes();
  ActiveLanes(const ActiveLanes&) = delete;

  /// The innermost mask, or null: everything takes part.
  static const ActiveLanes* current();

  const Array& mask() const { return mask_; }
  const Site& site() const { return site_; }

 private:
  Array mask_;
  Site site_;
  const ActiveLanes* outer_;
};

/// What the Variable becomes when only the active lanes take the value: both have the Variable's type.
Array assigned_in_lanes(const VariableState& state, const Array& value, const Array& old, const Site& site);

}  // namespace brainpy::transform
