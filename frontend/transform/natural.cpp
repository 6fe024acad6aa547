// Natural control flow: one decision for a scalar condition, masks for an array of them.
#include "frontend/transform/natural.hpp"

#include <optional>

#include "frontend/math/elementwise.hpp"
#include "frontend/math/reductions.hpp"
#include "frontend/transform/lanes.h"
#include "frontend/transform/regions.h"
#include "frontend/transform/replay.h"

namespace brainpy::math::natural {

Places room_for(std::size_t places) {
  Places list;
  list.reserve(places);
  return list;
}
void add_places(Places& places, Array& array, bool is_result) { places.push_back({&array, is_result}); }

namespace ir = compiler::ir;
using transform::ActiveLanes;
using transform::Trace;
using Arrays = std::vector<Array>;

namespace {

bool is_empty(const Array& a) { return !a.data(); }

Array truth_of(const Operand& condition) { return convert(condition.array(), DType::bool_, condition.site()); }

/// A condition that has a number now: eager, on a tape, or a constant of the trace.
bool is_known(const Array& condition) { return condition.ndim() == 0 && !condition.is_traced(); }

Array negated(const Array& a, const Site& site) { return !Operand(a, site); }
Array conjunction(const Array& a, const Array& b, const Site& site) { return Operand(a, site) & Operand(b, site); }

Arrays values_of(const Places& places) {
  Arrays values;
  for (const Place& p : places) values.push_back(*p.array);
  return values;
}

void set(const Places& places, const Arrays& values) {
  for (std::size_t k = 0; k < places.size(); ++k) *places[k].array = values[k];
}

/// What an element has after two ways, chosen by the condition. A value that only one way gives is no value; of a
/// result it is enough, since the others return elsewhere.
Array merged(const Array& condition, const Array& a, const Array& b, bool is_result, const Site& site) {
  if (a.data() == b.data()) return a;
  if (is_empty(a) || is_empty(b)) return !is_result ? Array() : is_empty(a) ? b : a;
  return where(Operand(condition, site), Operand(a, site), Operand(b, site));
}

/// The type to which both convert.
Type common_type(const Type& a, const Type& b, const Site& site) {
  Shape shape;
  if (!runtime::broadcast(a.shape, b.shape, shape))
    throw ShapeError({.what = "a local array has shapes that do not broadcast on the ways that lead here",
                      .where = location_of(site),
                      .values = to_string(a) + " and " + to_string(b),
                      .hint = "give it the same shape on both ways"});
  return {promote(a.dtype, b.dtype), shape};
}

Array as_type(const Array& a, const Type& type, const Site& site) {
  return broadcast_array(convert(a, type.dtype, site), type.shape, site);
}

Array zero_of(const Type& type, const Site& site) { return broadcast_array(number(type.dtype, 0.0), type.shape, site); }

// --- branches ------------------------------------------------------------------------------------

/// Both ways, each for its elements.
void branch_in_lanes(const Array& condition, Body if_true, Body if_false, const Places& places, const Site& site) {
  const Arrays before = values_of(places);
  {
    const ActiveLanes lanes(condition, site);
    if_true();
  }
  const Arrays first = values_of(places);
  set(places, before);
  {
    const ActiveLanes lanes(negated(condition, site), site);
    if_false();
  }
  for (std::size_t k = 0; k < places.size(); ++k)
    *places[k].array = merged(condition, first[k], *places[k].array, places[k].is_result, site);
}

/// A real branch: an `if` operation whose results are the places that a way changes.
void record_branch(Trace& trace, const Array& condition, Body if_true, Body if_false, const Places& places,
                   const Site& site) {
  const Arrays before = values_of(places);
  trace.builder().set_location(location_of(site));
  ir::Op* op = trace.builder().append_control("if", {trace.lift(condition, site)}, {}, {}, 2);
  ir::Region& true_region = *op->regions[0];
  ir::Region& false_region = *op->regions[1];
  trace.inside(true_region, [&] { if_true(); });
  const Arrays first = values_of(places);
  set(places, before);
  trace.inside(false_region, [&] { if_false(); });
  const Arrays second = values_of(places);

  // Both ways yield the same types, so the regions end when both are known.
  std::vector<std::size_t> results;
  std::vector<Type> types;
  Arrays after = before;
  for (std::size_t k = 0; k < places.size(); ++k) {
    if (first[k].data() == second[k].data()) {
      after[k] = first[k];
    } else if (is_empty(first[k]) || is_empty(second[k])) {
      after[k] = Array();
      if (!places[k].is_result) continue;
      results.push_back(k);
      types.push_back(is_empty(first[k]) ? second[k].type() : first[k].type());
    } else {
      results.push_back(k);
      types.push_back(common_type(first[k].type(), second[k].type(), site));
    }
  }
  const auto end = [&](ir::Region& region, const Arrays& values) {
    trace.inside(region, [&] {
      std::vector<ir::Value*> yielded;
      for (std::size_t r = 0; r < results.size(); ++r) {
        const Array& value = values[results[r]];
        const Array typed = is_empty(value) ? zero_of(types[r], site) : as_type(value, types[r], site);
        yielded.push_back(trace.lift(typed, site));
      }
      trace.builder().yield(std::move(yielded));
    });
  };
  end(true_region, first);
  end(false_region, second);
  for (std::size_t r = 0; r < results.size(); ++r) after[results[r]] = trace.add_result(*op, types[r]);
  set(places, after);
}

// --- loops ---------------------------------------------------------------------------------------

struct Loop {
  Test condition;
  Body body;
  const Body* step;
  const Places& places;
  Site site;

  /// One turn for the elements of `running`; what remains running.
  Array turn(const Array& running) const {
    const bool in_lanes = running.ndim() > 0;
    const Arrays before = values_of(places);
    std::optional<ActiveLanes> lanes;
    if (in_lanes) lanes.emplace(running, site);
    body();
    if (step) (*step)();
    Array goes_on = truth_of(condition());
    lanes.reset();
    if (!in_lanes) return goes_on;
    for (std::size_t k = 0; k < places.size(); ++k)
      *places[k].array = merged(running, *places[k].array, before[k], places[k].is_result, site);
    return conjunction(running, goes_on, site);
  }
};

void loop_at_once(const Loop& loop, Array running) {
  const auto goes_on = [&] { return any(Operand(running, loop.site)).template item<bool>(loop.site); };
  while (running.ndim() == 0 ? running.item<bool>(loop.site) : goes_on()) {
    Array next = loop.turn(running);
    // The first turn of a do-while does not know yet whether elements will go different ways.
    running = std::move(next);
  }
}

/// The types that a loop carries: those of `running`, then of each place; null for a place without a value.
using Carried = std::vector<std::optional<Type>>;

/// What the types have to become to hold the values too; true when they grew.
bool widen(Carried& carried, const Array& running, const Places& places, const Site& site) {
  bool grew = false;
  const auto grow = [&](std::optional<Type>& type, const Array& value) {
    const Type wide = type ? common_type(*type, value.type(), site) : value.type();
    grew = grew || !type || !(wide == *type);
    type = wide;
  };
  grow(carried[0], running);
  for (std::size_t k = 0; k < places.size(); ++k)
    if (!is_empty(*places[k].array) && (carried[k + 1] || places[k].is_result)) grow(carried[k + 1], *places[k].array);
  return grew;
}

/// One attempt to record the loop with these types; false when the body needs wider ones (they are then known).
bool record_attempt(Trace& trace, const Loop& loop, const Array& running, const Arrays& initial, Carried& carried) {
  std::vector<std::size_t> slots;  // which places are carried
  std::vector<Type> types{*carried[0]};
  std::vector<ir::Value*> operands{trace.lift(as_type(running, types[0], loop.site), loop.site)};
  for (std::size_t k = 0; k < initial.size(); ++k) {
    if (!carried[k + 1]) continue;
    slots.push_back(k);
    types.push_back(*carried[k + 1]);
    const Array start =
        is_empty(initial[k]) ? zero_of(types.back(), loop.site) : as_type(initial[k], types.back(), loop.site);
    operands.push_back(trace.lift(start, loop.site));
  }
  trace.builder().set_location(location_of(loop.site));
  ir::Op* op = trace.builder().append_control("while", operands, types, {}, 2);
  for (const auto& region : op->regions)
    for (const Type& t : types) region->add_argument(t, "carry");
  ir::Region& test = *op->regions[0];
  trace.inside(test, [&] {
    const Array flag = trace.wrap(test.arguments[0].get());
    trace.builder().yield({trace.lift(flag.ndim() ? any(Operand(flag, loop.site)) : flag, loop.site)});
  });
  ir::Region& body = *op->regions[1];
  bool grew = false;
  trace.inside(body, [&] {
    set(loop.places, initial);
    for (std::size_t s = 0; s < slots.size(); ++s)
      *loop.places[slots[s]].array = trace.wrap(body.arguments[s + 1].get());
    const Array next = loop.turn(trace.wrap(body.arguments[0].get()));
    grew = widen(carried, next, loop.places, loop.site);
    if (grew) return;
    std::vector<ir::Value*> yielded{trace.lift(as_type(next, types[0], loop.site), loop.site)};
    for (std::size_t s = 0; s < slots.size(); ++s) {
      const Array& value = *loop.places[slots[s]].array;
      if (is_empty(value))
        throw ValueError({.what = "a local array loses its value in a loop",
                          .where = location_of(loop.site),
                          .values = "before the loop it is " + to_string(types[s + 1]),
                          .hint = "give it a value on every way through the loop"});
      yielded.push_back(trace.lift(as_type(value, types[s + 1], loop.site), loop.site));
    }
    trace.builder().yield(std::move(yielded));
  });
  set(loop.places, initial);
  if (grew) {
    trace.discard(*op);
    return false;
  }
  for (std::size_t k = 0; k < initial.size(); ++k)
    if (!carried[k + 1]) *loop.places[k].array = Array();
  for (std::size_t s = 0; s < slots.size(); ++s) *loop.places[slots[s]].array = trace.wrap(op->results[s + 1].get());
  return true;
}

/// A `while` operation. What the body makes of a carried value may be wider than what it began with (a number becomes
/// an array): then it is recorded anew.
void record_loop(Trace& trace, const Loop& loop, const Array& running) {
  const Arrays initial = values_of(loop.places);
  Carried carried{running.type()};
  for (const Array& a : initial) carried.push_back(is_empty(a) ? std::nullopt : std::optional<Type>(a.type()));
  while (!record_attempt(trace, loop, running, initial, carried)) set(loop.places, initial);
}

}  // namespace

namespace detail {

void if_else(const Operand& condition, Body if_true, Body if_false, const Places& places) {
  const Site site = condition.site();
  const Array chosen = truth_of(condition);
  if (is_known(chosen)) return chosen.item<bool>(site) ? if_true() : if_false();
  if (chosen.ndim() > 0) return branch_in_lanes(chosen, if_true, if_false, places, site);
  record_branch(*Trace::current(), chosen, if_true, if_false, places, site);
}

void loop(Test condition, Body body, const Body* step, bool body_first, const Places& places) {
  const Loop loop{condition, body, step, places, condition.site()};
  Array running = body_first ? Array(true) : truth_of(condition());
  if (is_known(running) && !running.item<bool>(loop.site)) return;
  // Elements that do not take part must not keep the loop going.
  if (const ActiveLanes* lanes = ActiveLanes::current()) running = conjunction(lanes->mask(), running, loop.site);
  Trace* trace = Trace::current();
  if (transform::computes_at_once()) {
    if (trace) trace->note_unrolled();
    return loop_at_once(loop, running);
  }
  record_loop(*trace, loop, running);
}

}  // namespace detail

// --- expressions ---------------------------------------------------------------------------------

Array choose(const Operand& condition, Test if_true, Test if_false) {
  const Site& site = condition.site();
  const Array chosen = truth_of(condition);
  std::optional<Operand> first, second;
  // The element type of a number is that of the other way.
  const auto array_of = [](const Operand& value, const std::optional<Operand>& other) {
    if (!value.is_number() || !other || other->is_number()) return value.array();
    return value.array(common_dtype({value, *other}));
  };
  if (is_known(chosen)) return (chosen.item<bool>(site) ? if_true() : if_false()).array();
  if (chosen.ndim() > 0) {
    {
      const ActiveLanes lanes(chosen, site);
      first = if_true();
    }
    const ActiveLanes lanes(negated(chosen, site), site);
    second = if_false();
    return where(Operand(chosen, site), *first, *second);
  }
  Array result;
  const Places places = places_of(result);
  const auto take_first = [&] { result = array_of(*(first = if_true()), second); };
  const auto take_second = [&] { result = array_of(*(second = if_false()), first); };
  detail::if_else(Operand(chosen, site), take_first, take_second, places);
  return result;
}

Array both(const Operand& a, Test b) {
  return truth_of(Operand(choose(a, b, [] { return false; }), a.site()));
}

Array either(const Operand& a, Test b) {
  return truth_of(Operand(choose(
                              a, [] { return true; }, b),
                          a.site()));
}

}  // namespace brainpy::math::natural
