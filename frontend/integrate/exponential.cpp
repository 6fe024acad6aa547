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

Arrays exponential_rk2(const OdeProblem& problem) {
  const math::Site site = math::Site::current();
  const Linearized linear = linearize(OfStates(problem), problem.states(), problem.count(), site);
  const Arrays slopes = problem.slopes(problem.states(), 0);
  const Operand& h = problem.h();
  Arrays exponents, middle;
  for (std::size_t k = 0; k < problem.count(); ++k) {
    exponents.push_back(Operand(linear.parts[k].slope) * h);
    middle.push_back(problem.states()[k] + math::float_unary("exprel", exponents[k]) * Operand(h * Operand(slopes[k])));
  }
  // What f does beyond its linear part, from the step's start to its end, grows linearly: its gain is
  // phi_2(z) = (e^z - 1 - z)/z^2 = phi_1(z) - phi_1'(z).
  const Arrays ends = problem.slopes(middle, 1.0);
  for (std::size_t k = 0; k < problem.count(); ++k) {
    const Array linear_part = linear.parts[k].slope * Operand(middle[k] - problem.states()[k]);
    const Array beyond = ends[k] - slopes[k] - linear_part;
    const Array gain = math::float_unary("exprel", exponents[k]) - math::float_unary("exprel_derivative", exponents[k]);
    middle[k] = middle[k] + gain * Operand(h * Operand(beyond));
  }
  return middle;
}

}  // namespace brainpy::integrate
