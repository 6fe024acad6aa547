// bp::fdeint: from the right-hand side of D^alpha x = f(x..., t, parameters...) to a function that advances x by one
// step. D^alpha is Caputo's derivative from the first step on, 0 < alpha <= 1 (Podlubny 1999, Fractional Differential
// Equations, 2.4.1).
// In: a callable and FdeOptions. Out: FractionalIntegrator<N>, called as f is, returning the states' next values.
//
// Methods, with their order; all are explicit. h is the step, x_n the state after n steps, f_n = f(x_n, t_n). With
// alpha = 1 each is the method for ordinary equations that is named last.
//   l1 [1]
//     x_n = x_(n-1) + h^alpha gamma(2-alpha) f_(n-1) - sum_k ((k+1)^(1-alpha) - k^(1-alpha)) (x_(n-k) - x_(n-k-1)),
//     k >= 1 (Oldham & Spanier 1974, The Fractional Calculus, 8.2). The sum's own error is of order 2 - alpha; f at the
//     step's start leaves order 1. Euler.
//   l1-corrected [min(2-alpha, 1+alpha)]
//     The same with f(x*, t_n) for f_(n-1), x* being what l1 gives. Euler with f at the predicted end, order 1.
//   short-memory, also called gl [1]
//     x_n = x_0 + h^alpha f_(n-1) - sum_k (-1)^k binomial(alpha, k) (x_(n-k) - x_0): the sum of Gruenwald and Letnikov
//     over x - x_0, which gives the Caputo derivative of x (Podlubny 7.3, 7.4). Euler.
//   euler [1]
//     x_n = x_0 + h^alpha / gamma(alpha+1) sum_k (k^alpha - (k-1)^alpha) f_(n-k): the product rectangle rule (Diethelm,
//     Ford & Freed 2002, Nonlinear Dynamics 29). Euler.
//   abm [min(2, 1+alpha)]
//     Predictor by the rectangle rule, corrector by the product trapezoidal rule (the same paper). The predictor, too,
//     sums from the first step on. Heun's method for an f of t alone, and else another one of order 2.
// These are the orders at a fixed time for a solution that is smooth. One of a smooth f usually begins like t^alpha:
// there l1-corrected has order 1, the others keep theirs. docs/fractional.md says more.
//
// Memory: "window" keeps the last num_memory steps; a run of no more steps than that has all of its past. In a longer
// one, L = num_memory h, older steps
//   count no more (l1, l1-corrected, short-memory: the short memory principle, Podlubny 7.3): the derivative is off by
//     at most 2 max|x - x_0| L^-alpha / gamma(1-alpha);
//   keep the last weight that they had (euler, abm): the solution is off by at most max|f| (alpha L^(alpha-1) (t-L) -
//     t^alpha + L^alpha) / gamma(alpha+1), besides what f makes of it.
// Both are 0 for alpha = 1. "exponentials" keeps all of the past in some 20 to 80 numbers for each element: every
// weight is within `tolerance` of itself, for a run of up to `horizon`; a longer one is a ValueError.
//
// The integrator owns the past, in Variables. `integral.reset()` forgets it, and so does a runner's reset() where the
// integrator is the runner's or its memory a part of the model:
//   bp::FractionalIntegrator<1> integral = bp::fdeint(...);
//   bp::FractionalMemory& past = node("past", integral.memory());   // also saved by save_state, and in vars()
// The state that is passed should be what the last step returned (at first: inits). Another value is a jump from
// outside, such as the reset of a neuron: it shifts the solution from then on; the past, without the jump, stays. Each
// call advances the past, so a step is called once; another dt than before is a ValueError.
#pragma once

#include <initializer_list>

#include "frontend/delay/delay.hpp"
#include "frontend/integrate/integrator.hpp"
#include "frontend/object/object.hpp"

namespace brainpy {

/// One order for all states, or one for each: 0.8, {0.9, 0.8}.
class FractionalOrder {
 public:
  FractionalOrder(double alpha);
  FractionalOrder(std::initializer_list<double> alphas);
  FractionalOrder(std::vector<double> alphas);
  const std::vector<double>& values() const { return values_; }

 private:
  std::vector<double> values_;
};

struct FdeOptions {
  FractionalOrder alpha = 1.0;  ///< in (0, 1]
  std::string method = "l1";
  std::int64_t num_memory = 0;               ///< steps of the past in a window, at least 1; none for exponentials
  std::vector<math::Operand> inits = {};     ///< one for each state; they fix its shape and float type
  double dt = 0;                             ///< ms; 0: bp::share.dt()
  std::vector<std::string> variables = {};   ///< names of the state variables, for IntegratorRunner and errors
  std::vector<std::string> parameters = {};  ///< names of what follows t
  std::string memory = "window";             ///< or "exponentials", which needs dt and horizon
  double horizon = 0;                        ///< ms: how long a run is at most
  double tolerance = 1e-6;                   ///< of a weight, relative; in [1e-10, 0.1]
  /// Pasts of states, by their names: `.delays = {{"x", x_delayed}}`. At each step's start the state is written into
  /// them; f reads them, `x_delayed(t - 17.0)`, between points along straight lines (D^alpha x is no slope): a cubic
  /// one is a ValueError. They must outlive the integrator.
  std::vector<std::pair<std::string, DelayReference>> delays = {};
  ~FdeOptions();
};

/// The past of a fractional equation: the Variable `steps` (i64), and for each state its `NAME_past` [num_memory, size]
/// or `NAME_newest` and `NAME_sums` [exponentials, size], and what else the method needs.
class FractionalMemory : public BrainPyObject {
 public:
  /// Back to the initial values, with no past; so are the integrator's delays.
  virtual void reset() = 0;
};

namespace integrate {

struct FractionalParts {
  std::shared_ptr<const Stepper> stepper;
  std::shared_ptr<FractionalMemory> memory;
};

/// NameError: unknown method or memory, a delay of an unknown state. ValueError: alpha outside (0, 1], no num_memory,
/// or numbers of alphas, inits or names that do not fit.
FractionalParts make_fde(std::shared_ptr<const Function> f, std::size_t states, std::size_t arguments,
                         const FdeOptions& options, const math::Site& site);

/// The names of the methods of fdeint.
std::vector<std::string> fde_method_names();

}  // namespace integrate

/// Advances N states by one step: `x = integral(x, t, parameters...)`. A state of another type than its initial value
/// is a ShapeError or DTypeError.
template <int N>
class FractionalIntegrator : public Integrator<N> {
 public:
  explicit FractionalIntegrator(integrate::FractionalParts parts)
      : Integrator<N>(std::move(parts.stepper)), memory_(std::move(parts.memory)) {}

  /// Forgets the past, also that in its delays.
  void reset() const { memory_->reset(); }
  const std::shared_ptr<FractionalMemory>& memory() const { return memory_; }

 private:
  std::shared_ptr<FractionalMemory> memory_;
};

/// The right-hand side takes the states, then t, then parameters, all bm::Array, and returns an Array (one state) or a
/// std::tuple of N; or it is a bp::JointEq.
template <class F>
auto fdeint(F f, const FdeOptions& options, math::Site site = math::Site::current()) {
  constexpr std::size_t states = integrate::count_states<F>();
  return FractionalIntegrator<static_cast<int>(states)>(integrate::make_fde(
      integrate::own_function(std::move(f)), states, transform::Signature<F>::count, options, site));
}

}  // namespace brainpy
