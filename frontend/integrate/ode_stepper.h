// odeint's stepper, as the runner sees it: fixed or adaptive steps.
// In: a derivative and its options. Out: a step, or what an adaptive solver needs.
#pragma once

#include "frontend/integrate/adaptive.h"
#include "frontend/integrate/delays.h"
#include "frontend/integrate/ode.hpp"

namespace brainpy::integrate {

/// The derivative with its parameters bound.
struct BoundDerivative final : OdeProblem::RightHandSide {
  const Equation& equation;
  const Function& derivative;
  Arrays parameters;
  math::Site site;

  BoundDerivative(const Equation& e, const Function& f, Arrays p, const math::Site& s)
      : equation(e), derivative(f), parameters(std::move(p)), site(s) {}
  Arrays operator()(const Arrays& states, const Operand& t) const override;
};

class OdeStepper final : public Stepper {
 public:
  OdeStepper(std::shared_ptr<const Function> derivative, Equation equation, const OdeOptions& options);

  bool adapts() const { return adapts_; }
  const MethodEntry& method() const { return method_; }
  const StepControl& control() const { return control_; }
  std::vector<BrainPyObject*> memories() const override;
  BoundDerivative bind(Arrays parameters, const math::Site& site) const;

 protected:
  Arrays advance(const Arrays& arguments, const math::Site& site) const override;

 private:
  std::shared_ptr<const Function> derivative_;
  /// A method and the places of the states that it advances.
  struct Group {
    const MethodEntry* method;
    std::vector<std::size_t> places;
  };
  void group_by_method(const OdeOptions& options);
  Arrays advance_groups(const OdeProblem& problem) const;
  Arrays fixed_step(const OdeProblem::RightHandSide& f, const Arrays& states, const Array& t,
                    const math::Site& site) const;
  /// The same once the states at the step's start, and their slopes, are in the delays.
  Arrays step_with_delays(const BoundDerivative& f, const Arrays& states, const Array& t, const math::Site& site) const;

  const MethodEntry& method_;
  std::vector<Group> groups_;  ///< empty: one method for all
  bool adapts_;
  StepControl control_;
  Delays delays_;
};

}  // namespace brainpy::integrate
