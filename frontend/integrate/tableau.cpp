// The coefficients, and the order conditions of Runge-Kutta methods up to order 4 (Hairer, Norsett & Wanner 1993,
// Solving Ordinary Differential Equations I, table II.2.2).
#include "frontend/integrate/tableau.h"

#include <cmath>

#include <fmt/format.h>

namespace brainpy::integrate {

namespace {

const double root5 = std::sqrt(5.0);

const NamedTableau table[] = {
    {"euler", {.order = 1, .c = {0}, .a = {{}}, .b = {1}}},
    {"midpoint", {.order = 2, .c = {0, 1.0 / 2}, .a = {{}, {1.0 / 2}}, .b = {0, 1}}},
    {"heun2", {.order = 2, .c = {0, 1}, .a = {{}, {1}}, .b = {1.0 / 2, 1.0 / 2}}},
    // Ralston 1962, Math. Comp. 16: least bound of the truncation error; BrainPy's rk2 is the same.
    {"ralston2", {.order = 2, .c = {0, 2.0 / 3}, .a = {{}, {2.0 / 3}}, .b = {1.0 / 4, 3.0 / 4}}},
    {"rk2", {.order = 2, .c = {0, 2.0 / 3}, .a = {{}, {2.0 / 3}}, .b = {1.0 / 4, 3.0 / 4}}},
    // Kutta 1901.
    {"rk3", {.order = 3, .c = {0, 1.0 / 2, 1}, .a = {{}, {1.0 / 2}, {-1, 2}}, .b = {1.0 / 6, 2.0 / 3, 1.0 / 6}}},
    {"heun3", {.order = 3, .c = {0, 1.0 / 3, 2.0 / 3}, .a = {{}, {1.0 / 3}, {0, 2.0 / 3}}, .b = {1.0 / 4, 0, 3.0 / 4}}},
    {"ralston3",
     {.order = 3, .c = {0, 1.0 / 2, 3.0 / 4}, .a = {{}, {1.0 / 2}, {0, 3.0 / 4}}, .b = {2.0 / 9, 1.0 / 3, 4.0 / 9}}},
    // Shu & Osher 1988, J. Comput. Phys. 77: strong stability preserving.
    {"ssprk3",
     {.order = 3, .c = {0, 1, 1.0 / 2}, .a = {{}, {1}, {1.0 / 4, 1.0 / 4}}, .b = {1.0 / 6, 1.0 / 6, 2.0 / 3}}},
    {"rk4",
     {.order = 4,
      .c = {0, 1.0 / 2, 1.0 / 2, 1},
      .a = {{}, {1.0 / 2}, {0, 1.0 / 2}, {0, 0, 1}},
      .b = {1.0 / 6, 1.0 / 3, 1.0 / 3, 1.0 / 6}}},
    // Ralston 1962, in closed form.
    {"ralston4",
     {.order = 4,
      .c = {0, 2.0 / 5, 7.0 / 8 - 3 * root5 / 16, 1},
      .a = {{},
            {2.0 / 5},
            {(-2889 + 1428 * root5) / 1024, (3785 - 1620 * root5) / 1024},
            {(-3365 + 2094 * root5) / 6040, (-975 - 3046 * root5) / 2552, (467040 + 203968 * root5) / 240845}},
      .b = {(263 + 24 * root5) / 1812, (125 - 1000 * root5) / 3828, 1024 * (3346 + 1623 * root5) / 5924787,
            (30 - 4 * root5) / 123}}},
    // Kutta 1901.
    {"rk4_38rule",
     {.order = 4,
      .c = {0, 1.0 / 3, 2.0 / 3, 1},
      .a = {{}, {1.0 / 3}, {-1.0 / 3, 1}, {1, -1, 1}},
      .b = {1.0 / 8, 3.0 / 8, 3.0 / 8, 1.0 / 8}}},
    {"heun_euler",
     {.order = 2, .c = {0, 1}, .a = {{}, {1}}, .b = {1.0 / 2, 1.0 / 2}, .b_embedded = {1, 0}, .embedded_order = 1}},
    // Fehlberg 1969, NASA TR R-315; the solution of order 2 is kept.
    {"rkf12",
     {.order = 2,
      .c = {0, 1.0 / 2, 1},
      .a = {{}, {1.0 / 2}, {1.0 / 256, 255.0 / 256}},
      .b = {1.0 / 512, 255.0 / 256, 1.0 / 512},
      .b_embedded = {1.0 / 256, 255.0 / 256, 0},
      .embedded_order = 1}},
    // Bogacki & Shampine 1989, Appl. Math. Lett. 2.
    {"bs",
     {.order = 3,
      .c = {0, 1.0 / 2, 3.0 / 4, 1},
      .a = {{}, {1.0 / 2}, {0, 3.0 / 4}, {2.0 / 9, 1.0 / 3, 4.0 / 9}},
      .b = {2.0 / 9, 1.0 / 3, 4.0 / 9, 0},
      .b_embedded = {7.0 / 24, 1.0 / 4, 1.0 / 3, 1.0 / 8},
      .embedded_order = 2}},
    // Fehlberg 1969; the solution of order 5 is kept.
    {"rkf45",
     {.order = 5,
      .c = {0, 1.0 / 4, 3.0 / 8, 12.0 / 13, 1, 1.0 / 2},
      .a = {{},
            {1.0 / 4},
            {3.0 / 32, 9.0 / 32},
            {1932.0 / 2197, -7200.0 / 2197, 7296.0 / 2197},
            {439.0 / 216, -8, 3680.0 / 513, -845.0 / 4104},
            {-8.0 / 27, 2, -3544.0 / 2565, 1859.0 / 4104, -11.0 / 40}},
      .b = {16.0 / 135, 0, 6656.0 / 12825, 28561.0 / 56430, -9.0 / 50, 2.0 / 55},
      .b_embedded = {25.0 / 216, 0, 1408.0 / 2565, 2197.0 / 4104, -1.0 / 5, 0},
      .embedded_order = 4}},
    // Cash & Karp 1990, ACM TOMS 16.
    {"ck",
     {.order = 5,
      .c = {0, 1.0 / 5, 3.0 / 10, 3.0 / 5, 1, 7.0 / 8},
      .a = {{},
            {1.0 / 5},
            {3.0 / 40, 9.0 / 40},
            {3.0 / 10, -9.0 / 10, 6.0 / 5},
            {-11.0 / 54, 5.0 / 2, -70.0 / 27, 35.0 / 27},
            {1631.0 / 55296, 175.0 / 512, 575.0 / 13824, 44275.0 / 110592, 253.0 / 4096}},
      .b = {37.0 / 378, 0, 250.0 / 621, 125.0 / 594, 0, 512.0 / 1771},
      .b_embedded = {2825.0 / 27648, 0, 18575.0 / 48384, 13525.0 / 55296, 277.0 / 14336, 1.0 / 4},
      .embedded_order = 4}},
    // Dormand & Prince 1980, J. Comput. Appl. Math. 6; the interpolant of order 4 is Shampine's (1986, Math. Comp. 46).
    {"rkdp",
     {.order = 5,
      .c = {0, 1.0 / 5, 3.0 / 10, 4.0 / 5, 8.0 / 9, 1, 1},
      .a = {{},
            {1.0 / 5},
            {3.0 / 40, 9.0 / 40},
            {44.0 / 45, -56.0 / 15, 32.0 / 9},
            {19372.0 / 6561, -25360.0 / 2187, 64448.0 / 6561, -212.0 / 729},
            {9017.0 / 3168, -355.0 / 33, 46732.0 / 5247, 49.0 / 176, -5103.0 / 18656},
            {35.0 / 384, 0, 500.0 / 1113, 125.0 / 192, -2187.0 / 6784, 11.0 / 84}},
      .b = {35.0 / 384, 0, 500.0 / 1113, 125.0 / 192, -2187.0 / 6784, 11.0 / 84, 0},
      .b_embedded = {5179.0 / 57600, 0, 7571.0 / 16695, 393.0 / 640, -92097.0 / 339200, 187.0 / 2100, 1.0 / 40},
      .embedded_order = 4,
      .dense = {{1, -8048581381.0 / 2820520608, 8663915743.0 / 2820520608, -12715105075.0 / 11282082432},
                {0, 0, 0, 0},
                {0, 131558114200.0 / 32700410799, -68118460800.0 / 10900136933, 87487479700.0 / 32700410799},
                {0, -1754552775.0 / 470086768, 14199869525.0 / 1410260304, -10690763975.0 / 1880347072},
                {0, 127303824393.0 / 49829197408, -318862633887.0 / 49829197408, 701980252875.0 / 199316789632},
                {0, -282668133.0 / 205662961, 2019193451.0 / 616988883, -1453857185.0 / 822651844},
                {0, 40617522.0 / 29380423, -110615467.0 / 29380423, 69997945.0 / 29380423}}}},
};

}  // namespace

std::span<const NamedTableau> tableaus() { return table; }

std::string misfit(const Tableau& t) {
  const std::size_t stages = t.b.size();
  if (stages == 0) return "it has no stages";
  if (t.c.size() != stages || t.a.size() != stages)
    return fmt::format("b has {} entries, c {}, a {} rows", stages, t.c.size(), t.a.size());
  for (std::size_t i = 0; i < stages; ++i) {
    if (t.a[i].size() != i) return fmt::format("row {} of a has {} entries, not {}", i, t.a[i].size(), i);
    double sum = 0;
    for (const double a : t.a[i]) sum += a;
    if (std::abs(sum - t.c[i]) > 1e-12) return fmt::format("row {} of a sums to {}, c is {}", i, sum, t.c[i]);
  }
  if (!t.b_embedded.empty() && t.b_embedded.size() != stages)
    return fmt::format("b has {} entries, b_embedded {}", stages, t.b_embedded.size());
  if (!t.dense.empty() && t.dense.size() != stages)
    return fmt::format("b has {} entries, dense {} rows", stages, t.dense.size());
  return {};
}

std::string violated_condition(const Tableau& t, const std::vector<double>& weights, int order) {
  const std::size_t stages = t.b.size();
  using Vector = std::vector<double>;
  const auto times_a = [&](const Vector& x) {
    Vector y(stages, 0.0);
    for (std::size_t i = 0; i < stages; ++i)
      for (std::size_t j = 0; j < i; ++j) y[i] += t.a[i][j] * x[j];
    return y;
  };
  const auto times = [&](const Vector& x, const Vector& y) {
    Vector z(stages);
    for (std::size_t i = 0; i < stages; ++i) z[i] = x[i] * y[i];
    return z;
  };
  const Vector ones(stages, 1.0), &c = t.c, c2 = times(c, c), ac = times_a(c);
  const struct {
    int order;
    const char* text;
    Vector tree;
    double value;
  } conditions[] = {
      {1, "sum b_i", ones, 1},
      {2, "sum b_i c_i", c, 1.0 / 2},
      {3, "sum b_i c_i^2", c2, 1.0 / 3},
      {3, "sum b_i a_ij c_j", ac, 1.0 / 6},
      {4, "sum b_i c_i^3", times(c, c2), 1.0 / 4},
      {4, "sum b_i c_i a_ij c_j", times(c, ac), 1.0 / 8},
      {4, "sum b_i a_ij c_j^2", times_a(c2), 1.0 / 12},
      {4, "sum b_i a_ij a_jk c_k", times_a(ac), 1.0 / 24},
  };
  for (const auto& condition : conditions) {
    if (condition.order > order) break;
    double sum = 0;
    for (std::size_t i = 0; i < stages; ++i) sum += weights[i] * condition.tree[i];
    if (std::abs(sum - condition.value) > 1e-9)
      return fmt::format("order {}: {} = {:.6g}, not {:.6g}", condition.order, condition.text, sum, condition.value);
  }
  return {};
}

bool first_same_as_last(const Tableau& t) {
  const std::size_t last = t.b.size() - 1;
  if (last == 0 || t.b[last] != 0 || t.c[last] != 1) return false;
  for (std::size_t i = 0; i < last; ++i)
    if (t.a[last][i] != t.b[i]) return false;
  return true;
}

}  // namespace brainpy::integrate
