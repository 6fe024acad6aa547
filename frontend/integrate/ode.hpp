// bp::odeint: from a derivative dx/dt = f(x..., t, parameters...) to a function that advances x by one step.
// In: a callable and OdeOptions. Out: Integrator<N> for N state variables, called as f is, returning their next values.
//
// Methods (h: step, x': f at the step's start):
//   euler      x + h x'
//   rk2        order 2, second stage at 2/3 of the step (Ralston 1962), as BrainPy has it
//   rk4        the classical method of order 4
//   exp_auto   exponential Euler: x + h phi(h a) x', phi(z) = (e^z - 1)/z, a = df/dx by differentiating f; exact for
//              linear equations (Hochbruck & Ostermann 2010, Acta Numerica 19). Where f's operations show that it is
//              a x + b with one a for all elements, the same step is computed as e^(h a) x + h phi(h a) b. Each
//              variable of a system has its own a, the others keep their values of the step's start. Aliases:
//              exp_euler, exponential_euler.
#pragma once

#include <memory>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "frontend/transform/structure.hpp"

namespace brainpy {

struct OdeOptions {
  std::string method = "euler";
  double dt = 0;                             ///< ms; 0: bp::share.dt()
  std::vector<std::string> variables = {};   ///< names of the state variables, for IntegratorRunner
  std::vector<std::string> parameters = {};  ///< names of what follows t
};

namespace integrate {

using math::Array;
using transform::Arrays;
using transform::Function;

/// One step without types.
class Stepper {
 public:
  /// An unknown method is a NameError that lists the known ones, a dt below zero a ValueError.
  Stepper(std::shared_ptr<const Function> derivative, std::size_t states, std::size_t arguments, OdeOptions options,
          const math::Site& site);

  /// arguments: states, t, parameters. Returns the states one step later.
  Arrays step(const Arrays& arguments, const math::Site& site) const;
  /// The derivative itself.
  Arrays derivative(const Arrays& arguments, const math::Site& site) const;

  double dt() const;
  const OdeOptions& options() const { return options_; }
  std::size_t states() const { return states_; }
  std::size_t arguments() const { return arguments_; }

 private:
  std::shared_ptr<const Function> derivative_;
  std::size_t states_, arguments_;
  OdeOptions options_;
};

/// The names of the methods, in the order of the list above.
std::vector<std::string> method_names();

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

}  // namespace integrate

/// Advances N state variables by one step: `V = integral(V, t, I)`, `std::tie(V, w) = integral(V, w, t, I)`.
template <int N>
class Integrator {
 public:
  using Result = std::conditional_t<N == 1, math::Array, typename integrate::ArrayTuple<N>::type>;

  explicit Integrator(std::shared_ptr<const integrate::Stepper> stepper) : stepper_(std::move(stepper)) {}

  /// The states, t, then the parameters; arrays, Variables or numbers.
  template <class... A>
  Result operator()(const math::Operand& first, const A&... rest) const {
    const integrate::Arrays next = stepper_->step({first.array(), math::Operand(rest).array()...}, first.site());
    return transform::unflatten<Result>(next);
  }

  double dt() const { return stepper_->dt(); }
  const std::shared_ptr<const integrate::Stepper>& stepper_pointer() const { return stepper_; }

 private:
  std::shared_ptr<const integrate::Stepper> stepper_;
};

/// The derivative takes the states, then t, then parameters, all bm::Array, and returns an Array (one state) or a
/// std::tuple of N.
template <class F>
auto odeint(F derivative, OdeOptions options = {}, math::Site site = math::Site::current()) {
  using Sig = transform::Signature<F>;
  constexpr std::size_t states = integrate::StateCount<typename Sig::Result>::value;
  static_assert(Sig::count > states, "a derivative takes its states and then t: f(x..., t, parameters...)");
  auto function = std::make_shared<transform::OwnedFunction<F, Sig::count>>(std::move(derivative));
  return Integrator<static_cast<int>(states)>(
      std::make_shared<integrate::Stepper>(std::move(function), states, Sig::count, std::move(options), site));
}

}  // namespace brainpy
