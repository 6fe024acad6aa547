// bp::odeint: from a derivative dx/dt = f(x..., t, parameters...) to a function that advances x by one step.
// In: a callable and OdeOptions. Out: Integrator<N> for N state variables, called as f is, returning their next values.
//
// Methods (order in brackets; docs/integrators.md holds their measured orders):
//   euler [1]; midpoint, heun2, ralston2, rk2 [2]; rk3, heun3, ralston3, ssprk3 [3]; rk4, ralston4, rk4_38rule [4]
//   with an error estimate, so that they can adapt: heun_euler, rkf12 [2], bs [3], rkf45, ck, rkdp [5]
//   exp_auto [1]  exponential Euler: x + h phi(h a) x', phi(z) = (e^z - 1)/z, a = df/dx by differentiating f; exact for
//                 linear equations (Hochbruck & Ostermann 2010, Acta Numerica 19). Where f's operations show that it is
//                 a x + b with one a for all elements, the same step is computed as e^(h a) x + h phi(h a) b. Each
//                 variable of a system has its own a, the others keep their values of the step's start. Aliases:
//                 exp_euler, exponential_euler.
//   exp_rk2 [2]   the same with a second stage: y = x + h phi_1(h a) f(x), then y + h phi_2(h a) (g(y) - g(x)), g = f -
//   a x
//                 (ETD2RK: Cox & Matthews 2002, J. Comput. Phys. 176)
//   symplectic_euler [1]  the states one after the other, each with those already advanced: for Hamiltonian systems
//                 written (momentum, position)
//   implicit, for stiff equations; the Jacobian comes from differentiating f, as small blocks where the elements of
//   the states do not depend on each other:
//   backward_euler [1], trapezoid [2] by Newton's iteration; rodas4 [4] a Rosenbrock method with an error estimate
#pragma once

#include <cstdint>

#include "frontend/delay/delay.hpp"
#include "frontend/integrate/integrator.hpp"
#include "frontend/integrate/ode_problem.hpp"

namespace brainpy {

/// What has a step of its own in adaptive integration: the whole system, or each element of the states (independent
/// units, all states of one shape).
enum class ErrorNorm : std::uint8_t { system, element };

struct OdeOptions {
  std::string method = "euler";
  double dt = 0;                             ///< ms; 0: bp::share.dt()
  std::vector<std::string> variables = {};   ///< names of the state variables, for IntegratorRunner and errors
  std::vector<std::string> parameters = {};  ///< names of what follows t
  /// Steps as long as the error allows, in one call or output step of dt. A step's error, divided by atol + rtol |x|,
  /// is below 1 in the root mean square.
  bool adaptive = false;
  double tolerance = 0;  ///< rtol and atol, where these are 0
  double rtol = 0;       ///< 0: tolerance, or 1e-3
  double atol = 0;       ///< 0: tolerance, or 1e-6
  ErrorNorm error_norm = ErrorNorm::system;
  double first_step = 0;  ///< ms; 0: found from the slopes
  double max_step = 0;    ///< ms; 0: none
  /// Methods of single variables, by name, where they differ from `method`: {{"V", "exp_auto"}, {"w", "rk4"}}. The
  /// variables of each method advance together; the others keep their values of the step's start meanwhile, so that the
  /// order of the whole is 1. Not with `adaptive`.
  std::vector<std::pair<std::string, std::string>> methods = {};
  /// Pasts of states, by their names: `.delays = {{"x", x_delayed}}`. At each step's start the state and its slope are
  /// written into them; the derivative reads them, `x_delayed(t - 17.0)`. They must outlive the integrator.
  std::vector<std::pair<std::string, DelayReference>> delays = {};
  ~OdeOptions();
};

namespace integrate {

/// An unknown method is a NameError that lists the known ones.
std::shared_ptr<const Stepper> make_ode(std::shared_ptr<const Function> derivative, std::size_t states,
                                        std::size_t arguments, const OdeOptions& options, const math::Site& site);

/// The names of the methods of odeint, registered ones last.
std::vector<std::string> ode_method_names();

}  // namespace integrate

/// The derivative takes the states, then t, then parameters, all bm::Array, and returns an Array (one state) or a
/// std::tuple of N; or it is a bp::JointEq.
template <class F>
auto odeint(F derivative, const OdeOptions& options = {}, math::Site site = math::Site::current()) {
  constexpr std::size_t states = integrate::count_states<F>();
  return Integrator<static_cast<int>(states)>(integrate::make_ode(
      integrate::own_function(std::move(derivative)), states, transform::Signature<F>::count, options, site));
}

}  // namespace brainpy
