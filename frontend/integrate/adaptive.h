// Adaptive integration: steps as long as the error allows, in native loops.
// In: a method that estimates its error, tolerances, a right-hand side. Out: the states at asked times.
//
// A step is accepted when the norm of error / (atol + rtol max(|x|, |x'|)) is below 1. The next one is as long as a
// proportional-integral controller says (Gustafsson 1991; Hairer & Wanner 1996, Solving Ordinary Differential
// Equations II, section IV.2). Times are float64 whatever the states are.
#pragma once

#include "frontend/integrate/integrator.hpp"
#include "frontend/integrate/methods.h"

namespace brainpy::integrate {

struct StepControl {
  double rtol = 1e-3, atol = 1e-6;
  /// One step for each element of the states, which then all have one shape; else one for the whole system, and the
  /// norm is the root mean square over all elements.
  bool per_element = false;
  double first_step = 0;  ///< ms; 0: found from the slopes (Hairer, Norsett & Wanner 1993, section II.4)
  double max_step = 0;    ///< ms; 0: none
};

/// A step as a polynomial: x(t_left + theta h) = left + sum_j coefficients_j theta^(j+1), theta in [0, 1].
struct StepPolynomial {
  Array t_left, h;
  Arrays left;
  std::vector<Arrays> coefficients;

  /// The states at a time (float64) within the step.
  Arrays at(const Array& t) const;
};

/// How many coefficients the polynomials of a method have.
std::size_t polynomial_degree(const Tableau* tableau);

/// The polynomial of a step: the method's own; else Hermite's from the slopes at both ends, of degree 4 for tableaus
/// above order 3 (one right-hand side more), else cubic. `h`: float64.
StepPolynomial step_polynomial(const OdeProblem& problem, const Array& t_left, const Array& h, const Attempt& attempt,
                               const Tableau* tableau);

/// What a solver carries from step to step.
struct Progress {
  Array t, h;                ///< end of the last accepted step; length of the next
  Array last_error;          ///< norm of the last accepted step's error
  Array rejected_last;       ///< bool: the last try was rejected
  Array accepted, rejected;  ///< int64: how many
  Arrays states, slopes;     ///< at t
  StepPolynomial last;       ///< the last accepted step, where the solver interpolates; else without arrays

  Arrays pack() const;
  /// `degree` 0: without the last step.
  static Progress unpack(const Arrays& flat, std::size_t states, std::size_t degree);
};

/// Looks at every accepted step, with arrays of its own that are carried along.
struct StepObserver {
  virtual ~StepObserver() = default;
  /// What it watches, at a time.
  virtual Arrays signals(const Array& t, const Arrays& states) const = 0;
  /// Whether something happened between the carried signals and these (a bool scalar).
  virtual Array happened(const Arrays& carried, const Arrays& signals) const = 0;
  /// The carried arrays after a step in which something happened.
  virtual Arrays observe(const StepPolynomial& step, const Arrays& carried, const Arrays& signals) const = 0;
  /// The carried arrays after any other step.
  virtual Arrays pass(const Arrays& carried, const Arrays& signals) const = 0;
  /// Whether the run has ended (a bool scalar).
  virtual Array stopped(const Arrays& carried) const = 0;
};

class AdaptiveSolver {
 public:
  /// `interpolates`: steps go on past asked times, whose states come from the step's polynomial; else steps end there.
  AdaptiveSolver(const MethodEntry& method, const StepControl& control, const Equation& equation,
                 const OdeProblem::RightHandSide& f, bool interpolates);

  Progress start(const Arrays& states, const Array& t) const;
  /// Steps until t >= target, or until the observer has stopped; its arrays are `carried`.
  Progress advance(const Progress& start, const Array& target, const StepObserver* observer = nullptr,
                   Arrays* carried = nullptr) const;

  std::size_t degree() const { return interpolates_ ? polynomial_degree(method_.tableau.get()) : 0; }
  /// Right-hand sides for so many tries, with those of start().
  static std::int64_t evaluations(const MethodEntry& method, std::int64_t accepted, std::int64_t rejected);

 private:
  Arrays body(const Arrays& flat, const Array& target, const StepObserver* observer) const;
  /// The problem of a step, in the states' types.
  OdeProblem problem(const Arrays& states, const Array& t, const Array& h) const;
  /// For each state: (error / (atol + rtol max(|a|, |b|)))^2, summed over its elements unless they have steps of their
  /// own; float64.
  Arrays squares(const Arrays& errors, const Arrays& a, const Arrays& b) const;
  /// The root of their mean over the states (and their elements).
  Array norm(const Arrays& squares, const Arrays& states) const;
  /// Refuses a step below the spacing of the numbers around t.
  void check_step(const Progress& now, const Arrays& squares, const Array& active, const Array& accept) const;
  /// The slopes at the end of a try.
  Arrays slopes_at_end(const Progress& now, const Progress& after, const Attempt& made, const Array& accept) const;

  const MethodEntry& method_;
  const StepControl& control_;
  const Equation& equation_;
  const OdeProblem::RightHandSide& f_;
  bool interpolates_;
};

}  // namespace brainpy::integrate
