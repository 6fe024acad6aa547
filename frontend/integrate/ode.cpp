// odeint's stepper: binds the parameters and hands the problem to the method.
#include "frontend/integrate/ode.hpp"

#include "frontend/integrate/methods.h"

namespace brainpy::integrate {

namespace {

/// The derivative with its parameters bound.
struct Bound final : OdeProblem::RightHandSide {
  const Equation& equation;
  const Function& derivative;
  Arrays parameters;
  const math::Site& site;

  Bound(const Equation& e, const Function& f, Arrays p, const math::Site& s)
      : equation(e), derivative(f), parameters(std::move(p)), site(s) {}

  Arrays operator()(const Arrays& states, const Operand& t) const override {
    Arrays arguments = states;
    arguments.push_back(t.array());
    arguments.insert(arguments.end(), parameters.begin(), parameters.end());
    return call_equation(equation, derivative, arguments, "derivative", site);
  }
};

class OdeStepper final : public Stepper {
 public:
  OdeStepper(std::shared_ptr<const Function> derivative, Equation equation, const OdeOptions& options)
      : Stepper(std::move(equation)),
        derivative_(std::move(derivative)),
        method_(find_method(options.method, "odeint", this->equation().site)) {}

 protected:
  Arrays advance(const Arrays& arguments, const math::Site& site) const override {
    const auto t = arguments.begin() + static_cast<std::ptrdiff_t>(states());
    const Bound f(equation(), *derivative_, {t + 1, arguments.end()}, site);
    return (*method_.step)({f, {arguments.begin(), t}, Operand(*t, site), Operand(dt(), site), site});
  }

 private:
  std::shared_ptr<const Function> derivative_;
  const MethodEntry& method_;
};

}  // namespace

std::shared_ptr<const Stepper> make_ode(std::shared_ptr<const Function> derivative, std::size_t states,
                                        std::size_t arguments, OdeOptions options, const math::Site& site) {
  return std::make_shared<OdeStepper>(
      std::move(derivative),
      Equation{"odeint", states, arguments, options.dt, options.variables, options.parameters, site}, options);
}

}  // namespace brainpy::integrate
