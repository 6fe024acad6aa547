// What a quantity was before a simulation began: a number, an array, or a function of the time.
// In: what the user gives as `.init` or `.before_t0`. Out: History, which the delays ask for values.
#pragma once

#include <memory>
#include <optional>

#include "frontend/transform/structure.hpp"

namespace brainpy::math {

class History {
 public:
  /// Zero at all times.
  History(Site site = Site::current()) : site_(site) {}
  template <class T>
  requires std::integral<T> || std::floating_point<T> History(T value, Site site = Site::current())
      : value_(Operand(value, site)), site_(site) {}
  /// One value for all times, or (for delays of whole steps) one row for each step, the oldest first.
  History(const Array& value, Site site = Site::current()) : value_(Operand(value, site)), site_(site) {}
  History(const Variable& value, Site site = Site::current()) : value_(Operand(value, site)), site_(site) {}
  /// A function of the time in ms, `[](bm::Array t) { return bm::cos(t); }`; written with operators, as t may be
  /// traced.
  template <class F>
  requires std::invocable<F&, const Array&> History(F function, Site site = Site::current()) : site_(site) {
    auto as_array = [f = std::move(function)](const Array& t) mutable { return Array(f(t)); };
    function_ = std::make_shared<transform::OwnedFunction<decltype(as_array), 1>>(std::move(as_array));
  }

  const std::optional<Operand>& value() const { return value_; }
  /// Null where it is a value.
  const std::shared_ptr<const transform::Function>& function() const { return function_; }
  const Site& site() const { return site_; }

 private:
  std::optional<Operand> value_;
  std::shared_ptr<const transform::Function> function_;
  Site site_;
};

}  // namespace brainpy::math
