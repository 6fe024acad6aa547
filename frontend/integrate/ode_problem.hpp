// What a method for ordinary equations works with, and what a method is: a tableau or a function of one step.
// In: the states and time at the step's start, the step h, the right-hand side. Out: the states at its end.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "frontend/transform/structure.hpp"

namespace brainpy {

/// dx/dt = f(x, t) with its parameters bound, at one step. All arrays may be traced; so write methods with operators.
class OdeProblem {
 public:
  using Arrays = transform::Arrays;

  /// The right-hand side, as a method sees it.
  struct RightHandSide {
    virtual ~RightHandSide() = default;
    virtual Arrays operator()(const Arrays& states, const math::Operand& t) const = 0;
  };

  OdeProblem(const RightHandSide& f, Arrays states, math::Operand t, math::Operand h, math::Site site)
      : f_(f), states_(std::move(states)), t_(std::move(t)), h_(std::move(h)), site_(site) {}

  /// The states at the step's start.
  const Arrays& states() const { return states_; }
  std::size_t count() const { return states_.size(); }
  const math::Operand& t() const { return t_; }
  /// The step in ms: a number, or an array where it adapts.
  const math::Operand& h() const { return h_; }
  /// Where the user calls the integrator.
  const math::Site& site() const { return site_; }
  const RightHandSide& right_hand_side() const { return f_; }

  /// t + fraction h.
  math::Operand time_at(double fraction) const;
  /// f at the given states, `fraction` of a step after t; one slope for each state, of its type.
  Arrays slopes(const Arrays& states, double fraction) const { return f_(states, time_at(fraction)); }
  /// h times the weighted sum of slopes, for each state; terms of weight 0 are left out.
  Arrays change(const std::vector<std::pair<double, const Arrays*>>& terms) const;
  /// The states plus that change.
  Arrays advance(const std::vector<std::pair<double, const Arrays*>>& terms) const;

 private:
  const RightHandSide& f_;
  Arrays states_;
  math::Operand t_, h_;
  math::Site site_;
};

/// An explicit Runge-Kutta method with s stages: k_i = f(x + h sum_j a_ij k_j, t + c_i h), x' = x + h sum_i b_i k_i
/// (Butcher's form; Hairer, Norsett & Wanner 1993, Solving Ordinary Differential Equations I, section II.1).
struct Tableau {
  int order = 0;
  std::vector<double> c;               ///< s
  std::vector<std::vector<double>> a;  ///< s rows, row i of i entries
  std::vector<double> b;               ///< s
  /// An embedded solution of another order, whose difference from x' estimates the error; empty: none.
  std::vector<double> b_embedded = {};
  int embedded_order = 0;
  /// Inside a step: x(t + theta h) = x + h sum_i k_i sum_j dense_ij theta^(j+1), j from 0; empty: cubic Hermite.
  std::vector<std::vector<double>> dense = {};
};

/// A method that is not a tableau: one step from the problem's states.
struct OdeMethod {
  virtual ~OdeMethod() = default;
  virtual transform::Arrays operator()(const OdeProblem& problem) const = 0;
};

namespace integrate {
void register_method(const std::string& name, std::shared_ptr<const OdeMethod> method, const math::Site& site);
}  // namespace integrate

/// Makes a method known to odeint by name. A name that is taken is a NameError; a tableau whose sizes do not fit, or
/// that does not satisfy the order conditions of the order that it claims (checked up to order 4), is a ValueError.
void register_ode_method(const std::string& name, Tableau tableau, math::Site site = math::Site::current());

/// The same for any step: `[](const bp::OdeProblem& p) { return p.advance(...); }` returns one array for each state.
template <class F>
requires std::invocable<F&, const OdeProblem&>
void register_ode_method(const std::string& name, F step, math::Site site = math::Site::current()) {
  struct Method final : OdeMethod {
    mutable F step;
    explicit Method(F function) : step(std::move(function)) {}
    transform::Arrays operator()(const OdeProblem& problem) const override { return step(problem); }
  };
  integrate::register_method(name, std::make_shared<Method>(std::move(step)), site);
}

}  // namespace brainpy
