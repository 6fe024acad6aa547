// What a quantity was before a simulation began: a number, an array, or a function of the time.
// In: what the user gives as `.init` or `.before_t0`. Out: History, which the delays ask for values.
#pragma once

#include <cstddef>
#include <memory>

#include "frontend/transform/structure.hpp"

namespace brainpy::math {

class History {
 public:
  /// Zero at all times.
  History(Site site = Site::current());
  template <class T>
  requires std::integral<T> || std::floating_point<T> History(T value, Site site = Site::current())
      : History(Operand(value, site), site, nullptr) {}
  /// One value for all times, or (for delays of whole steps) one row for each step, the oldest first.
  History(const Array& value, Site site = Site::current());
  History(const Variable& value, Site site = Site::current());
  /// A function of the time in ms, `[](bm::Array t) { return bm::cos(t); }`; written with operators, as t may be
  /// traced.
  template <class F>
  requires std::invocable<F&, const Array&> History(F function, Site site = Site::current()) : site_(site) {
    auto as_array = [f = std::move(function)](const Array& t) mutable { return Array(f(t)); };
    function_ = transform::own_function<1>(std::move(as_array));
  }

  History(const History&);
  History(History&&) noexcept;
  History& operator=(const History&);
  History& operator=(History&&) noexcept;
  ~History();

  /// Null where it is a function, or zero.
  const Operand* value() const { return value_.get(); }
  /// Null where it is a value.
  const std::shared_ptr<const transform::Function>& function() const { return function_; }
  const Site& site() const { return site_; }

 private:
  History(const Operand& value, const Site& site, std::nullptr_t);

  std::shared_ptr<const Operand> value_;
  std::shared_ptr<const transform::Function> function_;
  Site site_;
};

}  // namespace brainpy::math
