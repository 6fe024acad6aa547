// Forward derivatives of functions of arrays: directional derivatives, Jacobians, second derivatives.
// In: a callable that takes bm::Arrays and returns an Array or a tuple of them. Out: its derivative, at once or as
// part of what is being recorded; the same bits in both. Variables and arrays that the callable uses are constants.
//
// Each operation's derivative is computed right behind it (forward accumulation: Griewank & Walther 2008, Evaluating
// Derivatives, chapter 3), so one direction costs about two to three calls; a Jacobian needs one direction for each
// element of its argument.
//
// Errors, at the place of the call: arguments or results that are not floats (DTypeError), tangents that do not fit
// their arguments (ValueError for their number, ShapeError, DTypeError), an operation without a derivative (ValueError
// at the operation), a Variable that the function assigns (TraceError).
#pragma once

#include <initializer_list>
#include <tuple>
#include <utility>
#include <vector>

#include "frontend/transform/structure.hpp"

namespace brainpy::math {

/// One operand for each argument of a function: `x`, `{x, y}` or a std::tuple; arrays, Variables, numbers.
class OperandList {
 public:
  OperandList(std::initializer_list<Operand> operands, Site site = Site::current());
  template <class T>
  requires std::convertible_to<const T&, Operand> OperandList(const T& operand, Site site = Site::current())
      : OperandList({Operand(operand, site)}, site) {}
  template <class... T>
  OperandList(const std::tuple<T...>& operands, Site site = Site::current())
      : OperandList(
            std::apply([&](const T&... part) { return OperandList({Operand(part, site)...}, site); }, operands)) {}
  OperandList(const OperandList&);
  OperandList& operator=(const OperandList&);
  ~OperandList();

  const std::vector<Operand>& operands() const { return operands_; }
  const Site& site() const { return site_; }

 private:
  std::vector<Operand> operands_;
  Site site_;
};

/// Of jacfwd and hessian.
struct JacobianOptions {
  int argnums = 0;  ///< which argument the function is differentiated by, counted from 0
};

namespace detail {

using transform::Arrays;
using transform::Function;

/// Results and tangents.
std::pair<Arrays, Arrays> jvp(const Function& f, std::size_t count, const OperandList& primals,
                              const OperandList& tangents);
/// For each result its Jacobians with respect to the arguments `argnums`.
Arrays jacobian(const Function& f, const Arrays& arguments, const std::vector<int>& argnums, const Site& site);
Arrays hvp(const Function& f, std::size_t count, const OperandList& primals, const OperandList& tangents);
void check_argnums(int argnums, std::size_t count, const Site& site);

/// The type R with a T for each array.
template <class R, class T>
struct EachArray {
  static_assert(sizeof(R) == 0, "a function that is differentiated by several arguments returns an Array or a tuple");
};
template <class T>
struct EachArray<Array, T> {
  using type = T;
};
template <class... Parts, class T>
struct EachArray<std::tuple<Parts...>, T> {
  using type = std::tuple<typename EachArray<Parts, T>::type...>;
};
template <class A, class B, class T>
struct EachArray<std::pair<A, B>, T> {
  using type = std::pair<typename EachArray<A, T>::type, typename EachArray<B, T>::type>;
};

template <std::size_t>
using AnArray = Array;
template <class Indices>
struct ArraysOf;
template <std::size_t... k>
struct ArraysOf<std::index_sequence<k...>> {
  using type = std::tuple<AnArray<k>...>;
};
/// An Array for one, a tuple for several.
template <std::size_t count>
using OneOrTuple = std::conditional_t<count == 1, Array, typename ArraysOf<std::make_index_sequence<count>>::type>;

/// The Jacobian of a callable, with the callable's arguments.
template <class F, class R, class Indices>
class Jacobian;
template <class F, class R, std::size_t... k>
class Jacobian<F, R, std::index_sequence<k...>> {
 public:
  Jacobian(F f, std::vector<int> argnums, const Site& site)
      : f_(std::move(f)), argnums_(std::move(argnums)), site_(site) {}

  R operator()(transform::detail::ArrayAt<k>... arguments) const {
    const transform::FunctionOf<F, sizeof...(k)> function(f_);
    return transform::unflatten<R>(jacobian(function, {arguments...}, argnums_, site_));
  }

 private:
  mutable F f_;
  std::vector<int> argnums_;
  Site site_;
};

}  // namespace detail

/// f at the primals and its derivative along the tangents: the pair (results, tangents), both of the type that f
/// returns. A tangent has the shape and element type of its primal; a plain number has the element type.
/// `bm::jvp(f, x, dx)`, `bm::jvp(f, {x, y}, {dx, dy})`.
template <class F>
auto jvp(F&& f, const OperandList& primals, const OperandList& tangents) {
  using Callable = std::remove_reference_t<F>;
  using Signature = transform::Signature<F>;
  using R = typename Signature::Result;
  const transform::FunctionOf<Callable, Signature::count> function(f);
  const auto [results, derivatives] = detail::jvp(function, Signature::count, primals, tangents);
  return std::pair<R, R>{transform::unflatten<R>(results), transform::unflatten<R>(derivatives)};
}

/// The Jacobian of f as a callable with f's arguments, which returns what f returns with each array replaced by its
/// Jacobian, of shape result.shape + argument.shape. `bm::jacfwd(f)(x)`, `bm::jacfwd(f, {.argnums = 1})(x, y)`.
template <class F>
auto jacfwd(F f, const JacobianOptions& options = {}, Site site = Site::current()) {
  using Signature = transform::Signature<F>;
  detail::check_argnums(options.argnums, Signature::count, site);
  return detail::Jacobian<F, typename Signature::Result, std::make_index_sequence<Signature::count>>(
      std::move(f), {options.argnums}, site);
}

/// The same by several arguments: each array is replaced by a tuple of its Jacobians.
/// `auto [by_x, by_y] = bm::jacfwd<0, 1>(f)(x, y)`.
template <int... argnums, class F>
requires(sizeof...(argnums) > 0) auto jacfwd(F f, Site site = Site::current()) {
  using Signature = transform::Signature<F>;
  static_assert(((argnums >= 0 && argnums < static_cast<int>(Signature::count)) && ...),
                "argnums are numbers of the function's arguments, counted from 0");
  using Each = typename detail::ArraysOf<std::make_index_sequence<sizeof...(argnums)>>::type;
  using R = typename detail::EachArray<typename Signature::Result, Each>::type;
  return detail::Jacobian<F, R, std::make_index_sequence<Signature::count>>(std::move(f), {argnums...}, site);
}

/// The second derivatives of f by one argument, forward over forward: a callable with f's arguments, which returns an
/// array of shape argument.shape + argument.shape (of a function that does not return one number: result.shape before
/// them).
template <class F>
auto hessian(F f, const JacobianOptions& options = {}, Site site = Site::current()) {
  return jacfwd(jacfwd(std::move(f), options, site), options, site);
}

/// The same by several arguments: `std::get<j>(std::get<i>(h))` is the derivative by argument i, then by argument j.
template <int... argnums, class F>
requires(sizeof...(argnums) > 0) auto hessian(F f, Site site = Site::current()) {
  return jacfwd<argnums...>(jacfwd<argnums...>(std::move(f), site), site);
}

/// The Hessian of f, a function that returns one number (shape {}), times the tangents, without the Hessian itself:
/// the gradient of f's derivative along them. An Array for one argument, a tuple for several.
template <class F>
auto hvp(F&& f, const OperandList& primals, const OperandList& tangents) {
  using Signature = transform::Signature<F>;
  const transform::FunctionOf<std::remove_reference_t<F>, Signature::count> function(f);
  return transform::unflatten<detail::OneOrTuple<Signature::count>>(
      detail::hvp(function, Signature::count, primals, tangents));
}

}  // namespace brainpy::math
