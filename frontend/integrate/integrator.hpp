// What all integrators share: a step without types (Stepper) and the typed callable that users hold (Integrator<N>).
// In: states, t, parameters. Out: the states one step later.
#pragma once

#include <memory>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "frontend/transform/structure.hpp"

namespace brainpy {
class BrainPyObject;
}

namespace brainpy::integrate {

using math::Array;
using transform::Arrays;
using transform::Function;

/// What an equation is, whichever method solves it.
struct Equation {
  const char* family = "odeint";        ///< the user's function, for errors
  std::size_t states = 0;               ///< state variables; they come first in the arguments
  std::size_t arguments = 0;            ///< states, t and parameters
  double dt = 0;                        ///< ms; 0: bp::share.dt()
  std::vector<std::string> variables;   ///< names of the states; x0, x1, ... where none are given
  std::vector<std::string> parameters;  ///< names of what follows t; p0, p1, ...
  math::Site site;                      ///< where the user made the integrator
};

/// One step of an equation by a method.
class Stepper {
 public:
  /// Fills in the names that are missing. A dt below zero, or names that are more or fewer than the states, are a
  /// ValueError.
  explicit Stepper(Equation equation);
  virtual ~Stepper();
  Stepper(const Stepper&) = delete;

  /// arguments: states, t, parameters, as many as the equation has (else a ValueError). States and t are converted to
  /// floats. Returns the states one step later, of the same types.
  Arrays step(const Arrays& arguments, const math::Site& site) const;
  /// The same for what users give; at the place of the first.
  Arrays step(std::initializer_list<math::Operand> arguments) const;

  /// What the integrator remembers from step to step (a memory of the past): its Variables are reset with a runner.
  virtual std::vector<BrainPyObject*> memories() const;

  const Equation& equation() const { return equation_; }
  std::size_t states() const { return equation_.states; }
  /// The step in ms.
  double dt() const;

 protected:
  virtual Arrays advance(const Arrays& arguments, const math::Site& site) const = 0;

 private:
  Equation equation_;
};

/// Calls a function of an equation: `count` results are expected, each of its state's shape (or a scalar); they come
/// back in the states' types. `what` names the function in errors: "derivative".
Arrays call_equation(const Equation& equation, const Function& function, const Arrays& arguments, const char* what,
                     const math::Site& site);

template <class R>
struct StateCount {
  static constexpr std::size_t value = 1;
};
template <class... T>
struct StateCount<std::tuple<T...>> {
  static constexpr std::size_t value = sizeof...(T);
};
template <class A, class B>
struct StateCount<std::pair<A, B>> {
  static constexpr std::size_t value = 2;
};

template <std::size_t n, class... T>
struct ArrayTuple : ArrayTuple<n - 1, Array, T...> {};
template <class... T>
struct ArrayTuple<0, T...> {
  using type = std::tuple<T...>;
};

/// A function of an equation behind one virtual call.
template <class F>
std::shared_ptr<const Function> own_function(F function) {
  return transform::own_function<transform::Signature<F>::count>(std::move(function));
}

/// The number of states of a derivative: one for an Array, n for a std::tuple of n.
template <class F>
constexpr std::size_t count_states() {
  constexpr std::size_t states = StateCount<typename transform::Signature<F>::Result>::value;
  static_assert(transform::Signature<F>::count > states,
                "a derivative takes its states and then t: f(x..., t, parameters...)");
  return states;
}

}  // namespace brainpy::integrate

namespace brainpy {

/// Advances N state variables by one step: `V = integral(V, t, I)`, `std::tie(V, w) = integral(V, w, t, I)`.
template <int N>
class Integrator {
 public:
  using Result = std::conditional_t<N == 1, math::Array, typename integrate::ArrayTuple<N>::type>;

  explicit Integrator(std::shared_ptr<const integrate::Stepper> stepper) : stepper_(std::move(stepper)) {}

  /// The states, t, then the parameters; arrays, Variables or numbers.
  template <class... A>
  Result operator()(const math::Operand& first, const A&... rest) const {
    return transform::unflatten<Result>(stepper_->step({first, math::Operand(rest)...}));
  }

  double dt() const { return stepper_->dt(); }
  const std::shared_ptr<const integrate::Stepper>& stepper_pointer() const { return stepper_; }

 private:
  std::shared_ptr<const integrate::Stepper> stepper_;
};

/// Equations written one by one, solved together: each takes all states, t and the parameters, and returns its own
/// derivative. `bp::odeint(bp::JointEq(dV, dw), ...)` is odeint of one function that returns both.
template <class... F>
class JointEq {
 public:
  explicit JointEq(F... equations) : equations_(std::move(equations)...) {}

  template <class... A>
  auto operator()(const A&... arguments) {
    return std::apply([&](auto&... f) { return std::tuple(math::Array(f(arguments...))...); }, equations_);
  }

 private:
  std::tuple<F...> equations_;
};

}  // namespace brainpy

namespace brainpy::transform::detail {
template <class... F>
struct Signature<JointEq<F...>> {
  template <class E>
  using One = transform::Signature<E>;
  using Result = typename integrate::ArrayTuple<sizeof...(F)>::type;
  static constexpr std::size_t count = One<std::tuple_element_t<0, std::tuple<F...>>>::count;
  static_assert(((One<F>::count == count) && ...),
                "each equation of a JointEq takes the same arguments: all states, then t, then the parameters");
};
}  // namespace brainpy::transform::detail
