// What the source tool turns natural control flow into. Code is written as for one neuron; where a condition has one
// element it decides once, a real branch; where it is an array each element goes its own way: both arms run, loops run
// while any element is in them, and only what an element would have changed changes.
// In: conditions, bodies, and the local arrays that the bodies assign ("places"). Out: their new values.
#pragma once

#include <concepts>
#include <memory>
#include <tuple>
#include <utility>
#include <vector>

#include "frontend/math/array.hpp"

namespace brainpy::math::natural {

/// A callable without arguments that returns nothing, by reference.
class Body {
 public:
  template <class F>
  requires(!std::same_as<std::remove_cvref_t<F>, Body>) Body(F&& f)
      : object_(const_cast<void*>(static_cast<const void*>(std::addressof(f)))),
        call_([](void* object) { (*static_cast<std::remove_reference_t<F>*>(object))(); }) {}
  void operator()() const { call_(object_); }

 private:
  void* object_;
  void (*call_)(void*);
};

/// A callable without arguments that returns a condition, by reference: an array, a Variable or a bool.
class Test {
 public:
  template <class F>
  requires(!std::same_as<std::remove_cvref_t<F>, Test>) Test(F&& f, Site site = Site::current())
      : object_(const_cast<void*>(static_cast<const void*>(std::addressof(f)))),
        call_([](void* object, const Site& at) {
          return Operand((*static_cast<std::remove_reference_t<F>*>(object))(), at);
        }),
        site_(site) {}
  Operand operator()() const { return call_(object_, site_); }
  const Site& site() const { return site_; }

 private:
  void* object_;
  Operand (*call_)(void*, const Site&);
  Site site_;
};

/// What a function with an early return returns: each element keeps the value of the return that it met.
template <class R>
class Returned {
 public:
  template <class V>
  Returned& operator=(V&& value) {
    value_ = R(std::forward<V>(value));
    return *this;
  }
  R take() { return std::move(value_); }
  R& value() { return value_; }

 private:
  R value_{};
};

/// A local array that bodies assign.
struct Place {
  Array* array;
  bool is_result;  ///< of a Returned: elements without a value never reach the place where it is used
};
using Places = std::vector<Place>;

/// No places yet, and room for some.
Places room_for(std::size_t places);
void add_places(Places& places, Array& array, bool is_result = false);
template <class... Parts>
void add_places(Places& places, std::tuple<Parts...>& parts, bool is_result = false) {
  std::apply([&](Parts&... part) { (add_places(places, part, is_result), ...); }, parts);
}
template <class A, class B>
void add_places(Places& places, std::pair<A, B>& pair, bool is_result = false) {
  add_places(places, pair.first, is_result), add_places(places, pair.second, is_result);
}
template <class R>
void add_places(Places& places, Returned<R>& result) {
  add_places(places, result.value(), true);
}

template <class... P>
Places places_of(P&... place) {
  Places places = room_for(sizeof...(P));
  (add_places(places, place), ...);
  return places;
}

namespace detail {
void if_else(const Operand& condition, Body if_true, Body if_false, const Places& places);
/// `step` may be null.
void loop(Test condition, Body body, const Body* step, bool body_first, const Places& places);
}  // namespace detail

/// if (condition) if_true(); else if_false();
template <class... P>
void if_else(const Operand& condition, Body if_true, Body if_false, P&... places) {
  detail::if_else(condition, if_true, if_false, places_of(places...));
}

/// while (condition()) body();
template <class... P>
void while_loop(Test condition, Body body, P&... places) {
  detail::loop(condition, body, nullptr, false, places_of(places...));
}

/// do body(); while (condition());
template <class... P>
void do_while(Body body, Test condition, P&... places) {
  detail::loop(condition, body, nullptr, true, places_of(places...));
}

/// for (; condition(); step()) body();
template <class... P>
void for_loop(Test condition, Body step, Body body, P&... places) {
  detail::loop(condition, body, &step, false, places_of(places...));
}

/// condition ? if_true() : if_false(); numbers are weakly typed.
Array choose(const Operand& condition, Test if_true, Test if_false);
/// a && b(), a || b(): b runs for the elements that a leaves open.
Array both(const Operand& a, Test b);
Array either(const Operand& a, Test b);

}  // namespace brainpy::math::natural
