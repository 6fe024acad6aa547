// Masks of lanes, and assignments of Variables under them.
#include "frontend/transform/lanes.h"

#include <fmt/format.h>

#include "frontend/math/elementwise.hpp"

namespace brainpy::transform {

namespace {
thread_local const ActiveLanes* innermost = nullptr;
}

ActiveLanes::ActiveLanes(const Array& condition, const Site& site) : site_(site), outer_(innermost) {
  using math::Operand;
  mask_ = outer_ ? Operand(outer_->mask_, site) & Operand(condition, site) : condition;
  innermost = this;
}

ActiveLanes::~ActiveLanes() { innermost = outer_; }

const ActiveLanes* ActiveLanes::current() { return innermost; }

Array assigned_in_lanes(const VariableState& state, const Array& value, const Array& old, const Site& site) {
  const ActiveLanes* lanes = ActiveLanes::current();
  // Keys of random numbers move on for all: a number drawn here belongs to every element.
  if (!lanes || state.type.dtype == runtime::DType::key) return value;
  const runtime::Shape &mask = lanes->mask().shape(), &shape = state.type.shape;
  bool fits = mask.rank() <= shape.rank();
  for (int k = 1; fits && k <= mask.rank(); ++k)
    fits = mask[mask.rank() - k] == 1 || mask[mask.rank() - k] == shape[shape.rank() - k];
  if (!fits)
    throw ShapeError({.what = "Variable '" + state.path() + "' is assigned where elements go different ways",
                      .where = math::location_of(site),
                      .values = fmt::format("the Variable is {}, the condition of line {} is {}", to_string(state.type),
                                            lanes->site().line(), to_string(lanes->mask().type())),
                      .hint = "give the Variable one value per element of the condition, or reduce the condition with "
                              "bm::any or bm::all"});
  using math::Operand;
  return math::where(Operand(lanes->mask(), site), Operand(value, site), Operand(old, site));
}

}  // namespace brainpy::transform
