#include "frontend/integrate/sde_methods.h"

#include <cmath>
#include <optional>

#include "frontend/integrate/linearize.h"
#include "frontend/integrate/methods.h"
#include "frontend/math/primitives.h"

namespace brainpy::integrate {

template <class F>
States States::each(const States& a, const States& b, F&& f) {
  Arrays result;
  for (std::size_t k = 0; k < a.arrays_.size(); ++k) result.push_back(f(a.arrays_[k], b.arrays_[k]));
  return States(std::move(result));
}

States operator+(const States& a, const States& b) {
  return States::each(a, b, [](const Array& x, const Array& y) { return x + y; });
}
States operator-(const States& a, const States& b) {
  return States::each(a, b, [](const Array& x, const Array& y) { return x - y; });
}
States operator*(const States& a, const States& b) {
  return States::each(a, b, [](const Array& x, const Array& y) { return x * y; });
}
States operator*(double factor, const States& a) {
  if (factor == 1) return a;
  return States::each(a, a, [&](const Array& x, const Array&) { return factor * x; });
}

States SdeStep::f(const States& at, double fraction) const { return States(drift.slopes(at.arrays(), fraction)); }

States SdeStep::g(const States& at, double fraction) const {
  return States(diffusion(at.arrays(), drift.time_at(fraction)));
}

States SdeStep::noise(const States& coefficient) const {
  if (shared_dW.empty()) return coefficient * dW;
  Arrays sums;
  for (const Array& g : coefficient.arrays()) {
    Array sum;
    for (std::size_t j = 0; j < shared_dW.size(); ++j) {
      const Array column = math::pick(g, g.ndim() - 1, static_cast<std::int64_t>(j), math::Site::current());
      const Array term = column * shared_dW[j];
      sum = sum.data() ? sum + term : term;
    }
    sums.push_back(std::move(sum));
  }
  return States(std::move(sums));
}

States SdeStep::derivative_of_g_along_g() const {
  const auto of_states = [&](const Arrays& states) { return diffusion(states, drift.t()); };
  const math::Site site = math::Site::current();
  const RecordedFunction recorded(transform::ListFunction{of_states}, x.arrays(), site);
  Arrays along;
  for (std::size_t k = 0; k < x.arrays().size(); ++k)
    along.push_back(math::broadcast_array(g0.arrays()[k], x.arrays()[k].shape(), site));
  const Arrays all = recorded.along(along);
  return States({all.begin() + static_cast<std::ptrdiff_t>(recorded.results()), all.end()});
}

namespace {

/// The average of g at both ends, for Stratonovich's integral; `end` is a first guess of the states there.
States average_noise(const SdeStep& s, const States& end) { return 0.5 * s.noise(s.g0 + s.g(end, 1)); }

States euler(const SdeStep& s) {
  const States noise = s.noise(s.g0);
  return s.x + s.h * s.f(s.x) + (s.ito ? noise : average_noise(s, s.x + noise));
}

States heun(const SdeStep& s) {
  const States f = s.f(s.x);
  const States end = s.x + s.h * f + s.noise(s.g0);
  return s.x + (0.5 * s.h) * (f + s.f(end, 1)) + average_noise(s, end);
}

States exponential(const SdeStep& s) {
  const States noise = s.noise(s.g0);
  return States(exponential_euler(s.drift)) + (s.ito ? noise : average_noise(s, s.x + noise));
}

/// dW^2 - h (Ito) or dW^2: twice the double integral of a process with itself.
States twice_double_integral(const SdeStep& s) {
  const States square = s.dW * s.dW;
  if (!s.ito) return square;
  Arrays less;
  for (const Array& a : square.arrays()) less.push_back(a - s.h);
  return States(std::move(less));
}

States milstein(const SdeStep& s) {
  return s.x + s.h * s.f(s.x) + s.g0 * s.dW + 0.5 * (s.derivative_of_g_along_g() * twice_double_integral(s));
}

/// The quotient's error times dW^2 - h has mean 0; times dW^2 its mean would be of order h^(3/2), so that
/// Stratonovich's integral needs the central quotient, whose error is one order smaller.
States milstein_without_derivative(const SdeStep& s) {
  const double root = std::sqrt(s.h);
  const States ahead = s.g(s.x + root * s.g0);
  const States derivative = s.ito ? (1 / root) * (ahead - s.g0) : (0.5 / root) * (ahead - s.g(s.x - root * s.g0));
  return s.x + s.h * s.f(s.x) + s.g0 * s.dW + 0.5 * (derivative * twice_double_integral(s));
}

/// Kloeden & Platen 1992, equation 11.2.1, with time as one more state of drift 1: but for f and g at the start, all
/// are taken at its end.
States platen(const SdeStep& s) {
  const double h = s.h, root = std::sqrt(h);
  const States f = s.f(s.x), &g = s.g0, &dW = s.dW, &dZ = s.dZ;
  const States drifted = s.x + h * f;
  const States up = drifted + root * g, down = drifted - root * g;
  const States f_up = s.f(up, 1), f_down = s.f(down, 1), g_up = s.g(up, 1), g_down = s.g(down, 1);
  const States far_up = s.g(up + root * g_up, 1), far_down = s.g(up - root * g_up, 1);
  const States twice_I11 = twice_double_integral(s);
  const States I01 = h * dW - dZ;
  // ((dW)^2 / 3 - h) dW: twice the triple integral.
  const States twice_I111 = dW * ((1.0 / 3) * (dW * dW)) - h * dW;
  return s.x + g * dW + (0.5 / root) * ((f_up - f_down) * dZ) + (0.25 * h) * (f_up + 2 * f + f_down) +
         (0.25 / root) * ((g_up - g_down) * twice_I11) + (0.5 / h) * ((g_up - 2 * g + g_down) * I01) +
         (0.25 / h) * ((far_up - far_down - g_up + g_down) * twice_I111);
}

/// Rößler 2010, SIAM J. Numer. Anal. 48, section 5: for stages i
///   H0_i = x + sum_j A0_ij f(H0_j) h + sum_j B0_ij g(H1_j) I10 / h
///   H1_i = x + sum_j A1_ij f(H0_j) h + sum_j B1_ij g(H1_j) sqrt(h)
///   x'   = x + sum_i a_i f(H0_i) h + sum_i (b1_i I1 + b2_i I11 / sqrt(h) + b3_i I10 / h + b4_i I111 / h) g(H1_i).
/// f is taken at t + c0_i h, g at t + c1_i h.
struct RoesslerTableau {
  double c0[4], c1[4], A0[4][4], A1[4][4], B0[4][4], B1[4][4], a[4], b1[4], b2[4], b3[4], b4[4];
};

const RoesslerTableau sri1w1{
    .c0 = {0, 3.0 / 4},
    .c1 = {0, 1.0 / 4, 1, 1.0 / 4},
    .A0 = {{}, {3.0 / 4}},
    .A1 = {{}, {1.0 / 4}, {1}, {1.0 / 4}},  // The third stage of f is the first.
    .B0 = {{}, {3.0 / 2}},
    .B1 = {{}, {1.0 / 2}, {-1}, {-5, 3, 1.0 / 2}},
    .a = {1.0 / 3, 2.0 / 3},
    .b1 = {-1, 4.0 / 3, 2.0 / 3, 0},
    .b2 = {-1, 4.0 / 3, -1.0 / 3, 0},
    .b3 = {2, -4.0 / 3, -2.0 / 3, 0},
    .b4 = {-2, 5.0 / 3, -2.0 / 3, 1},
};

const RoesslerTableau sri2w1{
    .c0 = {0, 1, 1.0 / 2},
    .c1 = {0, 1.0 / 4, 1, 1.0 / 4},
    .A0 = {{}, {1}, {1.0 / 4, 1.0 / 4}},
    .A1 = {{}, {1.0 / 4}, {1}, {0, 0, 1.0 / 4}},
    .B0 = {{}, {}, {1, 1.0 / 2}},
    .B1 = {{}, {-1.0 / 2}, {1}, {2, -1, 1.0 / 2}},
    .a = {1.0 / 6, 1.0 / 6, 2.0 / 3},
    .b1 = {-1, 4.0 / 3, 2.0 / 3, 0},
    .b2 = {1, -4.0 / 3, 1.0 / 3, 0},
    .b3 = {2, -4.0 / 3, -2.0 / 3, 0},
    .b4 = {-2, 5.0 / 3, -2.0 / 3, 1},
};

States roessler(const SdeStep& s, const RoesslerTableau& tableau) {
  const double h = s.h, root = std::sqrt(h);
  const States &I1 = s.dW, &I10 = s.dZ;
  const States I11 = 0.5 * twice_double_integral(s);
  const States I111 = (1.0 / 6) * (I1 * (I1 * I1)) - (0.5 * h) * I1;
  std::vector<std::optional<States>> f(4), g(4);
  // x + factor * sum_j weights_j values_j [* times].
  const auto add = [&](const States& to, double factor, const double(&weights)[4],
                       const std::vector<std::optional<States>>& values, const States* times = nullptr) {
    std::optional<States> sum;
    for (std::size_t j = 0; j < 4; ++j) {
      if (weights[j] == 0) continue;
      const States term = (factor * weights[j]) * *values[j];
      sum = sum ? *sum + term : term;
    }
    if (!sum) return to;
    return to + (times ? *sum * *times : *sum);
  };
  for (std::size_t i = 0; i < 4; ++i) {
    // Stages that nothing uses are left out.
    if (tableau.a[i] != 0) f[i] = s.f(add(add(s.x, h, tableau.A0[i], f), 1 / h, tableau.B0[i], g, &I10), tableau.c0[i]);
    g[i] = i == 0 ? s.g0 : s.g(add(add(s.x, h, tableau.A1[i], f), root, tableau.B1[i], g), tableau.c1[i]);
  }
  States next = add(s.x, h, tableau.a, f);
  next = add(next, 1, tableau.b1, g, &I1);
  next = add(next, 1 / root, tableau.b2, g, &I11);
  next = add(next, 1 / h, tableau.b3, g, &I10);
  return add(next, 1 / h, tableau.b4, g, &I111);
}

States sri1(const SdeStep& s) { return roessler(s, sri1w1); }
States sri2(const SdeStep& s) { return roessler(s, sri2w1); }

const SdeMethod methods[] = {
    {.name = "euler", .step = euler, .ito = true, .stratonovich = true},
    {.name = "heun", .step = heun, .stratonovich = true},
    {.name = "milstein", .step = milstein, .ito = true, .stratonovich = true, .one_process = true},
    {.name = "milstein_grad_free",
     .step = milstein_without_derivative,
     .ito = true,
     .stratonovich = true,
     .one_process = true},
    {.name = "milstein2", .step = milstein_without_derivative, .ito = true, .stratonovich = true, .one_process = true},
    {.name = "exp_euler", .step = exponential, .ito = true, .stratonovich = true},
    {.name = "exp_auto", .step = exponential, .ito = true, .stratonovich = true},
    {.name = "exponential_euler", .step = exponential, .ito = true, .stratonovich = true},
    {.name = "srk1w1", .step = sri1, .ito = true, .one_process = true, .needs_integral = true},
    {.name = "srk2w1", .step = sri2, .ito = true, .one_process = true, .needs_integral = true},
    {.name = "klpl", .step = platen, .ito = true, .one_process = true, .in_drift_too = true, .needs_integral = true},
};

}  // namespace

std::span<const SdeMethod> sde_methods() { return methods; }

}  // namespace brainpy::integrate
