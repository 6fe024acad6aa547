// Exponential methods: the linear part of each equation, found by differentiating it, is solved exactly.
#include "frontend/integrate/linearize.h"
#include "frontend/integrate/methods.h"
#include "frontend/math/array_data.h"

namespace brainpy::integrate {

using math::Array;

namespace {

/// The right-hand side as a function of its states alone, at the step's start.
struct OfStates final : Function {
  const OdeProblem& problem;
  explicit OfStates(const OdeProblem& p) : problem(p) {}
  Arrays operator()(const Arrays& states) const override { return problem.slopes(states, 0); }
};

}  // namespace

Arrays exponential_euler(const OdeProblem& problem) {
  const math::Site& site = problem.site();
  const Linearized f = linearize(OfStates(problem), problem.states(), problem.count(), site);
  const Operand& h = problem.h();
  Arrays next;
  for (std::size_t k = 0; k < problem.count(); ++k) {
    const Linearized::Part& part = f.parts[k];
    const Operand x(problem.states()[k], site), exponent(Operand(part.slope, site) * h, site);
    // h (e^z - 1) / z, what a constant rate adds in one step.
    const auto gain = [&] { return Operand(Operand(math::float_unary("exprel", exponent), site) * h, site); };
    if (part.affine) {
      // The exact solution, with the state's factor and the rate's gain computed once for all elements.
      const Array decayed = x * Operand(math::float_unary("exp", exponent), site);
      const Array offset = part.offset;
      next.push_back(offset.data() ? Operand(decayed, site) + Operand(gain() * Operand(offset, site), site) : decayed);
    } else {
      next.push_back(x + Operand(gain() * Operand(f.results[k], site), site));
    }
  }
  return next;
}

}  // namespace brainpy::integrate
