// The steps, each as its formula in fde.hpp, and their table.
#include "frontend/integrate/fractional_methods.h"

#include <cmath>

#include "frontend/integrate/fde.hpp"
#include "frontend/math/array_data.h"
#include "frontend/math/elementwise.hpp"

namespace brainpy::integrate {

namespace {

using math::Operand;
using math::Variable;

/// Arithmetic at the user's place.
struct Terms {
  const math::Site& site;
  Array add(const Array& a, const Array& b) const { return Operand(a, site) + Operand(b, site); }
  Array subtract(const Array& a, const Array& b) const { return Operand(a, site) - Operand(b, site); }
  Array scale(const Array& a, double factor) const {
    return factor == 1 ? a : Operand(a, site) * Operand(factor, site);
  }
};

Operand end_of(const FractionalStep& s) { return Operand(s.t + Operand(s.h, s.site), s.site); }
Array next_count(const FractionalStep& s) { return Operand(s.steps, s.site) + Operand(1, s.site); }

/// Where the solution starts; a state that is not what the last step returned has moved it.
Array moved_origin(const FractionalState& m, const Array& state, const Terms& terms) {
  return terms.add(m.origin->value(), terms.subtract(state, m.current->value()));
}

void keep(FractionalState& m, const Array& origin, const Array& current, const math::Site& site) {
  *m.origin = Operand(origin, site);
  *m.current = Operand(current, site);
}

// --- l1 ------------------------------------------------------------------------------------------

double l1_scale(const FractionalState& m, double h) { return std::pow(h, m.alpha) * std::tgamma(2 - m.alpha); }

/// The changes c f - (the past's part); `pasts` in the same order.
Arrays l1_changes(const FractionalStep& s, const Arrays& slopes, const Arrays& pasts) {
  const Terms terms{s.site};
  Arrays changes;
  for (std::size_t k = 0; k < s.states.size(); ++k)
    changes.push_back(terms.subtract(terms.scale(slopes[k], l1_scale(*s.memory[k], s.h)), pasts[k]));
  return changes;
}

Arrays added(const FractionalStep& s, const Arrays& changes) {
  Arrays next;
  for (std::size_t k = 0; k < s.states.size(); ++k) next.push_back(Terms{s.site}.add(s.states[k], changes[k]));
  return next;
}

Arrays l1_step(const FractionalStep& s, bool corrected) {
  Arrays pasts;
  for (const auto& m : s.memory) pasts.push_back(m->history->sum(0, s.steps, s.site));
  Arrays changes = l1_changes(s, s.f(s.states, s.t), pasts);
  if (corrected) changes = l1_changes(s, s.f(added(s, changes), end_of(s)), pasts);
  for (std::size_t k = 0; k < s.states.size(); ++k) s.memory[k]->history->push(changes[k], s.steps, s.site);
  return added(s, changes);
}

Arrays l1(const FractionalStep& s) { return l1_step(s, false); }
Arrays l1_corrected(const FractionalStep& s) { return l1_step(s, true); }

// --- sums from the start ------------------------------------------------------------------------

Arrays short_memory(const FractionalStep& s) {
  const Terms terms{s.site};
  const Arrays slopes = s.f(s.states, s.t);
  Arrays next;
  for (std::size_t k = 0; k < s.states.size(); ++k) {
    FractionalState& m = *s.memory[k];
    const Array past = m.history->sum(0, s.steps, s.site);
    const Array distance = terms.add(terms.scale(slopes[k], std::pow(s.h, m.alpha)), past);
    m.history->push(distance, s.steps, s.site);
    const Array origin = moved_origin(m, s.states[k], terms);
    next.push_back(terms.add(origin, distance));
    keep(m, origin, next.back(), s.site);
  }
  return next;
}

/// Adds the slopes at the step's start to the past. Returns where the sums now start: what leaves a window stays in the
/// solution with its last weight, which is times `scale`.
Arrays push_slopes(const FractionalStep& s, const Arrays& slopes, std::size_t kind,
                   double (*scale)(const FractionalState&, double h)) {
  const Terms terms{s.site};
  Arrays origins;
  for (std::size_t k = 0; k < s.states.size(); ++k) {
    FractionalState& m = *s.memory[k];
    const Array origin = moved_origin(m, s.states[k], terms);
    const Array left = m.history->push(slopes[k], s.steps, s.site);
    origins.push_back(left.data() ? terms.add(origin, terms.scale(left, scale(m, s.h) * m.history->last_weight(kind)))
                                  : origin);
  }
  return origins;
}

double rectangle_scale(const FractionalState& m, double h) { return std::pow(h, m.alpha) / std::tgamma(m.alpha + 1); }
double trapezoid_scale(const FractionalState& m, double h) { return std::pow(h, m.alpha) / std::tgamma(m.alpha + 2); }

/// origin + the rectangle rule's sum.
Arrays rectangle_rule(const FractionalStep& s, const Arrays& origins) {
  const Terms terms{s.site};
  Arrays next;
  for (std::size_t k = 0; k < s.states.size(); ++k) {
    const FractionalState& m = *s.memory[k];
    const Array sum = m.history->sum(0, next_count(s), s.site);
    next.push_back(terms.add(origins[k], terms.scale(sum, rectangle_scale(m, s.h))));
  }
  return next;
}

Arrays euler(const FractionalStep& s) {
  const Arrays origins = push_slopes(s, s.f(s.states, s.t), 0, rectangle_scale);
  Arrays next = rectangle_rule(s, origins);
  for (std::size_t k = 0; k < next.size(); ++k) keep(*s.memory[k], origins[k], next[k], s.site);
  return next;
}

Arrays abm(const FractionalStep& s) {
  const Terms terms{s.site};
  const Arrays slopes = s.f(s.states, s.t);
  const Arrays origins = push_slopes(s, slopes, 1, trapezoid_scale);
  const Arrays end_slopes = s.f(rectangle_rule(s, origins), end_of(s));
  const Array is_first = Operand(s.steps, s.site) == Operand(0, s.site);
  Arrays next;
  for (std::size_t k = 0; k < s.states.size(); ++k) {
    FractionalState& m = *s.memory[k];
    const Array first =
        math::where(Operand(is_first, s.site), Operand(slopes[k], s.site), Operand(m.first->value(), s.site));
    *m.first = Operand(first, s.site);
    const Array correction = m.history->first_node(next_count(s), s.site);
    const Array inner =
        terms.add(m.history->sum(1, next_count(s), s.site), Operand(first, s.site) * Operand(correction, s.site));
    next.push_back(terms.add(origins[k], terms.scale(terms.add(inner, end_slopes[k]), trapezoid_scale(m, s.h))));
    keep(m, origins[k], next.back(), s.site);
  }
  return next;
}

const std::vector<FractionalMethod>& methods() {
  static const std::vector<FractionalMethod> all = {
      {{"l1"}, {LagWeight::l1}, false, false, l1},
      {{"l1-corrected"}, {LagWeight::l1}, false, false, l1_corrected},
      {{"short-memory", "gl"}, {LagWeight::grunwald}, true, false, short_memory},
      {{"euler"}, {LagWeight::rectangle}, true, false, euler},
      {{"abm"}, {LagWeight::rectangle, LagWeight::trapezoid}, true, true, abm},
  };
  return all;
}

}  // namespace

std::vector<std::string> fde_method_names() {
  std::vector<std::string> names;
  for (const FractionalMethod& m : methods()) names.insert(names.end(), m.names.begin(), m.names.end());
  return names;
}

const FractionalMethod& find_fractional_method(const std::string& name, const math::Site& site) {
  for (const FractionalMethod& m : methods())
    for (const std::string& known : m.names)
      if (name == known) return m;
  std::string known;
  for (const std::string& n : fde_method_names()) known += (known.empty() ? "" : ", ") + n;
  throw NameError({.what = "fdeint: no method is called '" + name + "'",
                   .where = math::location_of(site),
                   .hint = "known are: " + known});
}

}  // namespace brainpy::integrate
