// Control flow on traced values. Compiled, each becomes one operation that owns its bodies; eagerly, it simply happens.
// In: callables on arrays and their operands. Out: what the callables return, stacked or carried. Variables that a body
// assigns are carried by themselves.
#pragma once

#include <initializer_list>
#include <memory>
#include <tuple>
#include <utility>

#include "frontend/transform/structure.hpp"

namespace brainpy::math {

struct LoopOptions {
  bool reverse = false;  ///< from the last row to the first; stacked results keep the rows' order
};

/// What a branch of bm::ifelse is: a callable without arguments, or a constant.
class Branch {
 public:
  Branch(const Operand& constant);
  template <class N>
  requires std::integral<N> || std::floating_point<N> Branch(N constant, Site site = Site::current())
      : Branch(Operand(constant, site)) {}
  Branch(const Array& constant, Site site = Site::current()) : Branch(Operand(constant, site)) {}
  template <class F>
  requires std::invocable<F&> Branch(F callable) : function_(transform::own_function<0>(std::move(callable))) {}
  Branch(const Branch&);
  ~Branch();

  transform::Arrays operator()() const;

 private:
  std::shared_ptr<const Operand> constant_;
  std::shared_ptr<const transform::Function> function_;
};

namespace detail {

using transform::Arrays;
using transform::Function;

Arrays for_loop(const Function& body, const Arrays& operands, const LoopOptions& options, const Site& site);
/// The body maps (carry..., row...) to (carry..., stacked...).
Arrays scan(const Function& body, const Arrays& initial, const Arrays& operands, const LoopOptions& options,
            const Site& site);
Arrays while_loop(const Function& condition, const Function& body, const Arrays& initial, const Site& site);
Arrays branch(const Array& predicate, const Function& if_true, const Function& if_false, const Site& site);
/// The same for callables without arguments that return lists.
template <class A, class B>
Arrays either(const Array& predicate, A&& if_true, B&& if_false, const Site& site = Site::current()) {
  const transform::FunctionOf<std::remove_reference_t<A>, 0> first(if_true);
  const transform::FunctionOf<std::remove_reference_t<B>, 0> second(if_false);
  return branch(predicate, first, second, site);
}
Arrays ifelse(std::initializer_list<Operand> conditions, std::initializer_list<Branch> branches, const Site& site);

template <std::size_t count, class F>
auto loop_of(F& body, const Arrays& operands, const LoopOptions& options, const Site& site) {
  const transform::FunctionOf<F, count> function(body);
  Arrays results = for_loop(function, operands, options, site);
  using R = typename transform::Signature<F>::Result;
  if constexpr (!std::is_void_v<R>) return transform::unflatten<R>(results);
}

template <std::size_t count, class C, class B>
auto while_of(C& condition, B& body, const Arrays& initial, const Site& site) {
  const transform::FunctionOf<C, count> test(condition);
  const transform::FunctionOf<B, count> step(body);
  return transform::unflatten<typename transform::Signature<B>::Result>(while_loop(test, step, initial, site));
}

}  // namespace detail

/// Calls `body` with each row of the operands (along their first axis); results are stacked along a new first axis.
/// `bm::for_loop([&](bm::Array x) { total += x; }, xs)`. At most four operands; more: bm::scan with a tuple.
template <class F>
auto for_loop(F&& body, const Operand& a, const LoopOptions& options = {}) {
  return detail::loop_of<1>(body, {a.array()}, options, a.site());
}
template <class F>
auto for_loop(F&& body, const Operand& a, const Operand& b, const LoopOptions& options = {}) {
  return detail::loop_of<2>(body, {a.array(), b.array()}, options, a.site());
}
template <class F>
auto for_loop(F&& body, const Operand& a, const Operand& b, const Operand& c, const LoopOptions& options = {}) {
  return detail::loop_of<3>(body, {a.array(), b.array(), c.array()}, options, a.site());
}
template <class F>
auto for_loop(F&& body, const Operand& a, const Operand& b, const Operand& c, const Operand& d,
              const LoopOptions& options = {}) {
  return detail::loop_of<4>(body, {a.array(), b.array(), c.array(), d.array()}, options, a.site());
}

namespace detail {
template <class Carry, class F>
struct ScanBody final : Function {
  F& f;
  std::size_t carried;
  ScanBody(F& callable, std::size_t count) : f(callable), carried(count) {}
  Arrays operator()(const Arrays& arguments) const override {
    std::size_t next = 0;
    Carry carry = transform::Structure<Carry>::take(arguments, next);
    if constexpr (transform::Signature<F>::count == 1) return transform::flatten(f(std::move(carry)));
    else return call(std::move(carry), arguments, std::make_index_sequence<transform::Signature<F>::count - 1>{});
  }
  template <std::size_t... k>
  Arrays call(Carry carry, const Arrays& arguments, std::index_sequence<k...>) const {
    return transform::flatten(f(std::move(carry), arguments[carried + k]...));
  }
};

template <class T>
struct CarryOf {
  using type = Array;
};
template <class... T>
struct CarryOf<std::tuple<T...>> {
  using type = std::tuple<T...>;
};
template <class A, class B>
struct CarryOf<std::pair<A, B>> {
  using type = std::pair<A, B>;
};

template <class Carry, class Given>
Arrays initial_carry(const Given& given) {
  if constexpr (std::is_same_v<Carry, Array>) return {Operand(given).array()};
  else return transform::flatten(given);
}
}  // namespace detail

/// `body(carry, row)` returns the pair (next carry, value); the result is the pair (last carry, stacked values).
/// The carry is an Array or a tuple of them and keeps its types.
template <class F, class Init>
auto scan(F&& body, const Init& initial, const Operand& xs, const LoopOptions& options = {}) {
  using Carry = typename detail::CarryOf<Init>::type;
  const transform::Arrays start = detail::initial_carry<Carry>(initial);
  const detail::ScanBody<Carry, std::remove_reference_t<F>> function(body, start.size());
  using R = typename transform::Signature<F>::Result;
  return transform::unflatten<R>(detail::scan(function, start, {xs.array()}, options, xs.site()));
}

/// While `condition(values...)` is true, values = body(values...). All keep shape and element type. Returns the last
/// values as the body does: an Array for one, a tuple for several.
template <class C, class B>
auto while_loop(C&& condition, B&& body, const Operand& a) {
  return detail::while_of<1>(condition, body, {a.array()}, a.site());
}
template <class C, class B>
auto while_loop(C&& condition, B&& body, const Operand& a, const Operand& b) {
  return detail::while_of<2>(condition, body, {a.array(), b.array()}, a.site());
}
template <class C, class B>
auto while_loop(C&& condition, B&& body, const Operand& a, const Operand& b, const Operand& c) {
  return detail::while_of<3>(condition, body, {a.array(), b.array(), c.array()}, a.site());
}
template <class C, class B>
auto while_loop(C&& condition, B&& body, const Operand& a, const Operand& b, const Operand& c, const Operand& d) {
  return detail::while_of<4>(condition, body, {a.array(), b.array(), c.array(), d.array()}, a.site());
}

/// `if_true(operands...)` or `if_false(operands...)`; both return the same types.
template <class T, class F, class... X>
auto cond(const Operand& predicate, T&& if_true, F&& if_false, const X&... operands) {
  const transform::Arrays arrays{Operand(operands).array()...};
  const auto left = [&] { return transform::call_flat(if_true, arrays, std::index_sequence_for<X...>{}); };
  const auto right = [&] { return transform::call_flat(if_false, arrays, std::index_sequence_for<X...>{}); };
  const transform::FunctionOf<decltype(left), 0> left_function(const_cast<std::remove_const_t<decltype(left)>&>(left));
  const transform::FunctionOf<decltype(right), 0> right_function(
      const_cast<std::remove_const_t<decltype(right)>&>(right));
  const transform::Arrays results = detail::branch(predicate.array(), left_function, right_function, predicate.site());
  using R = typename transform::Signature<T>::Result;
  if constexpr (!std::is_void_v<R>) return transform::unflatten<R>(results);
}

/// The first branch whose condition is true, else the last one: n conditions, n + 1 branches. A branch is a callable
/// without arguments or a constant; all give one array of the same type, or nothing.
Array ifelse(std::initializer_list<Operand> conditions, std::initializer_list<Branch> branches,
             Site site = Site::current());
Array ifelse(const Operand& condition, const Branch& if_true, const Branch& if_false, Site site = Site::current());

/// The same for branches that return several arrays: bm::ifelse_as<std::tuple<bm::Array, bm::Array>>(...).
template <class R>
R ifelse_as(std::initializer_list<Operand> conditions, std::initializer_list<Branch> branches,
            Site site = Site::current()) {
  return transform::unflatten<R>(detail::ifelse(conditions, branches, site));
}

}  // namespace brainpy::math
