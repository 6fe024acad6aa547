// bp::sdeint: from dx = f(x..., t, p...) dt + g(x..., t, p...) dW to a function that advances x by one step.
// In: drift f and diffusion g, callables of the same arguments, and SdeOptions. Out: Integrator<N> for N state
// variables, called as f is, returning their next values.
//
// W are independent Wiener processes with variance t (ms). Kinds of noise (SdeOptions::wiener):
//   ScalarWiener  one process for each element of each state; g returns one coefficient for each element:
//                 dx = f dt + g dW
//   VectorWiener  m processes for each element, shared by all states, which then have one shape; g returns arrays with
//                 one more, last axis of extent m: dx = f dt + sum_j g[..., j] dW_j
//
// Methods with the strong and the weak order that they have for smooth f and g (docs/integrators.md holds the measured
// ones). KP: Kloeden & Platen 1992, Numerical Solution of Stochastic Differential Equations.
//   method                      interpretation     noise           strong, weak order
//   euler                       Ito                both            1/2, 1; additive noise (g a function of t alone): 1,
//   1
//                 Euler-Maruyama (KP 10.2)
//   euler                       Stratonovich       both            1, 1; 1/2 where noise does not commute
//                 Euler-Heun: the average of g at x and at x + g dW
//   heun                        Stratonovich       both            1, 1; 1/2 where noise does not commute
//                 the same for f and g, at x + f dt + g dW (Rümelin 1982, SIAM J. Numer. Anal. 19)
//   milstein                    both               one process     1, 1
//                 g g' (dW^2 - dt) / 2 (Ito), g g' dW^2 / 2 (Stratonovich), g g' by differentiating g (KP 10.3)
//   milstein_grad_free          both               one process     1, 1
//                 the same with a difference quotient of g along g sqrt(dt) (KP 11.1; for Stratonovich the central
//                 one, without which the order would be 1/2). Alias: milstein2
//   exp_euler                   both               both            as euler
//                 the drift as odeint's exp_euler solves it, the noise as in euler; where f is linear and g zero it is
//                 exact. Aliases: exp_auto, exponential_euler
//   srk1w1                      Ito                one process     3/2, 2
//   srk2w1                      Ito                one process     3/2, 3/2
//                 SRI1W1 and SRI2W1 of Rößler 2010, SIAM J. Numer. Anal. 48, of order 2 and 3 where g is zero
//   klpl                        Ito                one process     3/2, 2
//                 the explicit scheme of Platen (KP 11.2.1), time as one more state; f too is driven by one process
// "One process" means that each element of a state is driven by a single process: with ScalarWiener its g is a function
// of itself alone (not of other elements or states; of t and parameters freely), with VectorWiener m is 1 and its g a
// function of the same element of any states. f may couple everything, but for klpl. Where that is not so, or the
// operations do not show it, the step is a ValueError.
//
// Noise commutes where g_i dg_j = g_j dg_i for every two processes, such as one process, or g of itself alone.
#pragma once

#include <optional>

#include "frontend/delay/delay.hpp"
#include "frontend/integrate/brownian.hpp"
#include "frontend/integrate/integrator.hpp"
#include "frontend/math/random.hpp"

namespace brainpy {

/// What the integral over dW means: the coefficient at the step's start, or the average over the step.
enum class Interpretation : std::uint8_t { Ito, Stratonovich };
using enum Interpretation;

enum class WienerType : std::uint8_t { ScalarWiener, VectorWiener };
using enum WienerType;

struct SdeOptions {
  std::string method = "euler";
  Interpretation interpretation = Ito;
  WienerType wiener = ScalarWiener;
  double dt = 0;                             ///< ms; 0: bp::share.dt()
  std::vector<std::string> variables = {};   ///< names of the state variables, for IntegratorRunner and errors
  std::vector<std::string> parameters = {};  ///< names of what follows t
  /// Noise of step bp::share.i() of this path (runners set it; by hand: bp::share.save("i", k)). Absent: each call
  /// takes a new key from `random`.
  std::optional<BrownianPath> path = {};
  math::RandomState* random = nullptr;  ///< must outlive the integrator; null: bm::random's default state
  /// Pasts of states, by their names: `.delays = {{"x", x_delayed}}`. At each step's start, before f and g are
  /// evaluated, the state is written into them; both may read them, `x_delayed(t - 17.0)`, between points along
  /// straight lines: a cubic one is a ValueError. Where g reads the past, all methods are of strong order 1/2 (Kuechler
  /// & Platen 2000, Math. Comput. Simul. 54); where f alone does, none is above 1. They must outlive the integrator.
  std::vector<std::pair<std::string, DelayReference>> delays = {};
  ~SdeOptions();
};

namespace integrate {

/// An unknown method is a NameError that lists the known ones, as is a delay of an unknown state; a combination that
/// the method does not solve, or a path that does not fit dt, a ValueError.
std::shared_ptr<const Stepper> make_sde(std::shared_ptr<const Function> drift,
                                        std::shared_ptr<const Function> diffusion, std::size_t states,
                                        std::size_t arguments, const SdeOptions& options, const math::Site& site);

}  // namespace integrate

/// Both functions take the states, then t, then parameters, all bm::Array, and return an Array (one state) or a
/// std::tuple of N; or they are a bp::JointEq.
template <class F, class G>
auto sdeint(F drift, G diffusion, const SdeOptions& options = {}, math::Site site = math::Site::current()) {
  constexpr std::size_t states = integrate::count_states<F>();
  static_assert(transform::Signature<G>::count == transform::Signature<F>::count,
                "drift and diffusion take the same arguments: f(x..., t, parameters...), g(x..., t, parameters...)");
  return Integrator<static_cast<int>(states)>(integrate::make_sde(integrate::own_function(std::move(drift)),
                                                                  integrate::own_function(std::move(diffusion)), states,
                                                                  transform::Signature<F>::count, options, site));
}

}  // namespace brainpy
