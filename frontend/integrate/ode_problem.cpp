// Weighted sums of slopes, written with the operators that users have.
#include "frontend/integrate/ode_problem.hpp"

namespace brainpy {

using math::Array;
using math::Operand;

Operand OdeProblem::time_at(double fraction) const {
  if (fraction == 0) return t_;
  if (h_.is_number()) return Operand(t_ + Operand(fraction * h_.real(), site_), site_);
  const Operand part = fraction == 1 ? h_ : Operand(h_ * Operand(fraction, site_), site_);
  return Operand(t_ + part, site_);
}

transform::Arrays OdeProblem::change(const std::vector<std::pair<double, const Arrays*>>& terms) const {
  // A step that is a number goes into the weights: one multiplication less for each element.
  const double scale = h_.is_number() ? h_.real() : 1.0;
  Arrays result;
  for (std::size_t k = 0; k < count(); ++k) {
    Array sum;
    for (const auto& [weight, slopes] : terms) {
      if (weight == 0) continue;
      const double factor = weight * scale;
      const Operand slope((*slopes)[k], site_);
      const Array term = factor == 1 ? slope.array() : slope * Operand(factor, site_);
      sum = sum.data() ? Operand(sum, site_) + Operand(term, site_) : term;
    }
    if (!h_.is_number()) sum = Operand(sum, site_) * h_;
    result.push_back(std::move(sum));
  }
  return result;
}

transform::Arrays OdeProblem::advance(const std::vector<std::pair<double, const Arrays*>>& terms) const {
  Arrays next = change(terms);
  for (std::size_t k = 0; k < count(); ++k) next[k] = Operand(states_[k], site_) + Operand(next[k], site_);
  return next;
}

}  // namespace brainpy
