#include "frontend/integrate/jacobian.h"

#include "frontend/integrate/linearize.h"
#include "frontend/math/array_data.h"
#include "frontend/math/math.hpp"
#include "frontend/transform/control_flow.hpp"

namespace brainpy::integrate {

namespace bm = brainpy::math;
using math::Site;

namespace {

/// f as a function of its states (and time).
struct OfStates final : Function {
  const OdeProblem& problem;
  double fraction;
  OfStates(const OdeProblem& p, double part) : problem(p), fraction(part) {}
  Arrays operator()(const Arrays& states) const override { return problem.slopes(states, fraction); }
};

struct OfTime final : Function {
  const OdeProblem& problem;
  explicit OfTime(const OdeProblem& p) : problem(p) {}
  Arrays operator()(const Arrays& time) const override {
    return problem.right_hand_side()(problem.states(), Operand(time[0], Site::current()));
  }
};

Array flatten_states(const Arrays& states) {
  Arrays flat;
  for (const Array& s : states) flat.push_back(s.reshape({-1}));
  return flat.size() == 1 ? flat[0] : bm::concatenate(flat);
}

Arrays unflatten_states(const Array& flat, const Arrays& like) {
  Arrays states;
  std::int64_t from = 0;
  for (const Array& s : like) {
    const Array part = flat[bm::slice(from, from + s.size())];
    states.push_back(part.reshape({s.shape().begin(), s.shape().end()}));
    from += s.size();
  }
  return states;
}

/// Row k: the derivative of all results by element k of the states.
Array columns(const RecordedFunction& f, const Arrays& states) {
  const Array flat = flatten_states(states);
  const std::int64_t size = flat.size();
  const auto column = [&](const Array& k) {
    const Array unit = math::convert(bm::arange(size) == k, flat.dtype(), Site::current());
    const Arrays all = f.along(unflatten_states(unit, states));
    return flatten_states({all.begin() + static_cast<std::ptrdiff_t>(f.results()), all.end()});
  };
  return bm::for_loop(column, bm::arange(size));
}

}  // namespace

Jacobian::Jacobian(const OdeProblem& problem, const Arrays& states, double fraction) {
  const RecordedFunction f(OfStates(problem, fraction), states, Site::current());
  const std::size_t count = states.size();
  if (f.is_elementwise(count)) {
    blocks_.resize(count);
    for (std::size_t j = 0; j < count; ++j) {
      const Arrays all = f.along_ones(j);
      if (slopes_.empty()) slopes_.assign(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(count));
      for (std::size_t i = 0; i < count; ++i) blocks_[i].push_back(all[count + i]);
    }
    return;
  }
  slopes_ = problem.slopes(states, fraction);
  matrix_ = columns(f, states).T();
}

Arrays Jacobian::solve(const Operand& scale, const Arrays& right) const {
  return blocks_.empty() ? solve_dense(scale, right) : solve_blocks(scale, right);
}

Arrays Jacobian::solve_dense(const Operand& scale, const Arrays& right) const {
  const Array identity = bm::eye(matrix_.shape()[0], {}, 0, matrix_.dtype());
  return unflatten_states(bm::linalg::solve(identity - scale * matrix_, flatten_states(right)), right);
}

Arrays Jacobian::solve_blocks(const Operand& scale, Arrays y) const {
  // Gauss's elimination with partial pivoting, for all elements at once. Solved again with the same scale, its first
  // part is shared by the compiler.
  const std::size_t n = blocks_.size();
  std::vector<Arrays> a(n);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < n; ++j) {
      const Array term = scale * blocks_[i][j];
      a[i].push_back(i == j ? 1.0 - term : -term);
    }
  const auto exchange_if = [](const Array& condition, Array& one, Array& other) {
    const Array first = bm::where(condition, other, one);
    other = bm::where(condition, one, other);
    one = first;
  };
  for (std::size_t c = 0; c < n; ++c) {
    for (std::size_t r = c + 1; r < n; ++r) {
      const Array larger = bm::abs(a[r][c]) > bm::abs(a[c][c]);
      for (std::size_t j = c; j < n; ++j) exchange_if(larger, a[c][j], a[r][j]);
      exchange_if(larger, y[c], y[r]);
    }
    for (std::size_t r = c + 1; r < n; ++r) {
      const Array factor = a[r][c] / a[c][c];
      for (std::size_t j = c + 1; j < n; ++j) a[r][j] = a[r][j] - factor * a[c][j];
      y[r] = y[r] - factor * y[c];
    }
  }
  for (std::size_t r = n; r-- > 0;) {
    for (std::size_t j = r + 1; j < n; ++j) y[r] = y[r] - a[r][j] * y[j];
    y[r] = y[r] / a[r][r];
  }
  return y;
}

Arrays time_slopes(const OdeProblem& problem) {
  const Array t = problem.t().array();
  const Arrays time{t.ndim() == 0 ? t : t};
  const RecordedFunction f(OfTime(problem), time, Site::current());
  const Arrays all = f.along({bm::ones_like(t)});
  return {all.begin() + static_cast<std::ptrdiff_t>(f.results()), all.end()};
}

}  // namespace brainpy::integrate
