// Implicit methods, for stiff equations.
//   backward_euler  order 1, L-stable        x' = x + h f(x', t + h)
//   trapezoid       order 2, A-stable        x' = x + h/2 (f(x, t) + f(x', t + h))
//   rodas4          order 4(3), L-stable     Rosenbrock's method of 6 stages, coefficients of Hairer & Wanner 1996,
//                                            Solving Ordinary Differential Equations II, section VI.4 (RODAS)
#include <limits>

#include <fmt/format.h>

#include "frontend/integrate/jacobian.h"
#include "frontend/math/array_data.h"
#include "frontend/math/math.hpp"
#include "frontend/transform/control_flow.hpp"

namespace brainpy::integrate {

namespace bm = brainpy::math;
using math::Site;

namespace {

constexpr int most_iterations = 30;

double spacing_of(math::DType dtype) {
  return dtype == math::DType::f32 ? std::numeric_limits<float>::epsilon() : std::numeric_limits<double>::epsilon();
}

/// x' of x' = x + known + weight h f(x', t + h), by Newton's iteration from x' = x.
Arrays newton(const OdeProblem& problem, const Arrays& known, double weight, const char* method) {
  const Arrays& x = problem.states();
  const std::size_t count = x.size();
  const Operand scale(problem.h().is_number() ? Operand(weight * problem.h().real())
                                              : Operand(problem.h() * Operand(weight)));
  Arrays start;
  for (std::size_t k = 0; k < count; ++k) start.push_back(x[k] + known[k]);
  // Carried: x', the largest correction of the last iteration in units of the numbers' spacing, iterations.
  const auto unfinished = [&](const Arrays& now) {
    return Arrays{bm::logical_and(now[count] > 16.0, now[count + 1] < most_iterations)};
  };
  const auto iterate = [&](const Arrays& now) {
    const Arrays guess(now.begin(), now.begin() + static_cast<std::ptrdiff_t>(count));
    const Jacobian jacobian(problem, guess, 1.0);
    Arrays residual;
    for (std::size_t k = 0; k < count; ++k)
      residual.push_back(start[k] + scale * Operand(jacobian.slopes()[k]) - guess[k]);
    const Arrays change = jacobian.solve(scale, residual);
    Arrays next;
    Array largest;
    for (std::size_t k = 0; k < count; ++k) {
      next.push_back(guess[k] + change[k]);
      const Array size = bm::maximum(bm::abs(next[k]), bm::abs(x[k]));
      const Array own = bm::max(
          bm::abs(change[k]) / (size * spacing_of(x[k].dtype()) + (x[k].dtype() == math::DType::f32 ? 1e-37 : 1e-300)));
      const Array wide = math::convert(own, math::DType::f64, Site::current());
      largest = largest.data() ? bm::maximum(largest, wide) : wide;
    }
    next.push_back(largest);
    next.push_back(now[count + 1] + 1);
    return next;
  };
  Arrays initial = x;
  initial.push_back(math::number(math::DType::f64, std::numeric_limits<double>::infinity()));
  initial.push_back(math::number(math::DType::i64, std::int64_t{0}));
  Arrays end = bm::detail::while_loop(transform::ListFunction(unfinished), transform::ListFunction(iterate), initial,
                                      Site::current());
  // Where rounding stops the iteration early, the last corrections are still far below the solution.
  bm::check(Operand(end[count] * spacing_of(x[0].dtype()) < 1e-3),
            fmt::format("odeint: Newton's iteration of '{}' did not converge", method),
            {{"t", problem.t()}, {"relative correction", Operand(end[count] * spacing_of(x[0].dtype()))}},
            "take a smaller step; a derivative that is nan or jumps has no solution");
  end.resize(count);
  return end;
}

// --- rodas4 --------------------------------------------------------------------------------------

constexpr int stage_count = 6;
constexpr double gamma = 0.25;
constexpr double c[stage_count] = {0, 0.386, 0.21, 0.63, 1, 1};
constexpr double d[stage_count] = {0.25, -0.1043, 0.1035, -0.03620000000000023, 0, 0};
constexpr double a[stage_count][stage_count] = {
    {},
    {1.544},
    {0.9466785280815826, 0.2557011698983284},
    {3.314825187068521, 2.896124015972201, 0.9986419139977817},
    {1.221224509226641, 6.019134481288629, 12.53708332932087, -0.6878860361058950},
    {1.221224509226641, 6.019134481288629, 12.53708332932087, -0.6878860361058950, 1},
};
constexpr double coupling[stage_count][stage_count] = {
    {},
    {-5.6688},
    {-2.430093356833875, -0.2063599157091915},
    {-0.1073529058151375, -9.594562251023355, -20.47028614809616},
    {7.496443313967647, -10.24680431464352, -33.99990352819905, 11.70890893206160},
    {8.083246795921522, -7.981132988064893, -31.52159432874371, 16.31930543123136, -6.058818238834054},
};

/// The interpolant of order 3 is theta x' + (1 - theta) (x + theta (sum_i first_i u_i + theta sum_i second_i u_i)).
constexpr double dense_first[5] = {10.12623508344586, -7.487995877610167, -34.80091861555747, -7.992771707568823,
                                   1.025137723295662};
constexpr double dense_second[5] = {-0.6762803392801253, 6.087714651680015, 16.43084320892478, 24.76722511418386,
                                    -6.594389125716872};

/// The stages u_i of (1 - gamma h J) u_i = gamma (h f(x + sum_j a_ij u_j) + sum_j c_ij u_j + d_i h^2 df/dt).
std::vector<Arrays> rosenbrock_stages(const OdeProblem& problem, const Arrays& slopes) {
  const std::size_t count = problem.count();
  const Operand& h = problem.h();
  const Jacobian jacobian(problem, problem.states(), 0);
  const Arrays changes = time_slopes(problem);
  const Operand scale(h * Operand(gamma));
  std::vector<Arrays> u;
  for (int i = 0; i < stage_count; ++i) {
    const auto sum = [&](const double* weights, std::size_t k, Array total) {
      for (int j = 0; j < i; ++j)
        if (weights[j] != 0) {
          const Array term = u[static_cast<std::size_t>(j)][k] * weights[j];
          total = total.data() ? total + term : term;
        }
      return total;
    };
    Arrays at, right;
    for (std::size_t k = 0; k < count; ++k) at.push_back(sum(a[i], k, problem.states()[k]));
    const Arrays f = i == 0 ? slopes : problem.slopes(at, c[i]);
    for (std::size_t k = 0; k < count; ++k) {
      Array rate = h * Operand(f[k]);
      if (d[i] != 0) rate = rate + h * Operand(h * Operand(changes[k] * d[i]));
      right.push_back(sum(coupling[i], k, rate) * gamma);
    }
    u.push_back(jacobian.solve(scale, right));
  }
  return u;
}

Attempt rosenbrock(const OdeProblem& problem, const Arrays& slopes) {
  const std::vector<Arrays> u = rosenbrock_stages(problem, slopes);
  Attempt made;
  for (std::size_t k = 0; k < problem.count(); ++k) {
    Array x = problem.states()[k];
    for (int j = 0; j < stage_count; ++j) x = x + u[static_cast<std::size_t>(j)][k] * (j < 5 ? a[5][j] : 1.0);
    made.states.push_back(x);
  }
  made.errors = u.back();
  made.polynomial.resize(3);
  for (std::size_t k = 0; k < problem.count(); ++k) {
    Array first = u[0][k] * dense_first[0], second = u[0][k] * dense_second[0];
    for (std::size_t j = 1; j < 5; ++j) {
      first = first + u[j][k] * dense_first[j];
      second = second + u[j][k] * dense_second[j];
    }
    made.polynomial[0].push_back(made.states[k] - problem.states()[k] + first);
    made.polynomial[1].push_back(second - first);
    made.polynomial[2].push_back(-second);
  }
  return made;
}

}  // namespace

Arrays backward_euler(const OdeProblem& problem) {
  Arrays none;
  for (const Array& x : problem.states()) none.push_back(bm::zeros_like(x));
  return newton(problem, none, 1.0, "backward_euler");
}

Arrays trapezoid(const OdeProblem& problem) {
  const Arrays slopes = problem.slopes(problem.states(), 0);
  return newton(problem, problem.change({{0.5, &slopes}}), 0.5, "trapezoid");
}

Arrays rodas4(const OdeProblem& problem) { return rosenbrock(problem, problem.slopes(problem.states(), 0)).states; }

Rodas4::Rodas4() {
  error_order = 4;
  tries_cost = stage_count - 1;
  acceptance_cost = 1;
}

Attempt Rodas4::attempt(const OdeProblem& problem, const Arrays& slopes) const { return rosenbrock(problem, slopes); }

}  // namespace brainpy::integrate
