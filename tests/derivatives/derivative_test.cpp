// bm::jvp, jacfwd, hvp, hessian: closed forms; the same bits eagerly, compiled and interpreted; every refusal.
#include <cmath>
#include <cstring>
#include <functional>
#include <numbers>

#include <brainpy/brainpy.hpp>

#include "support/errors.h"

namespace bp = brainpy;
namespace bm = brainpy::math;
using bm::Array;

namespace {

using Arrays = std::vector<Array>;

struct RunMode {
  explicit RunMode(const char* mode) { bp::set_run_mode(mode); }
  ~RunMode() { bp::set_run_mode("jit"); }
};

bool same_bits(const Array& a, const Array& b) {
  if (!(a.type() == b.type())) return false;
  return std::memcmp(a.tensor().data->data(), b.tensor().data->data(), a.nbytes()) == 0;
}

/// Calls `f` eagerly, compiled, interpreted and in both, on the same arguments: all must give the same bits, which are
/// returned.
template <class F, class... A>
Arrays in_all_modes(const F& f, const A&... arguments) {
  const auto flat = [f](const std::decay_t<A>&... x) { return brainpy::transform::flatten(f(x...)); };
  const Arrays eager = flat(arguments...);
  {
    bp::NoJit debug;
    const Arrays again = bp::jit(flat)(arguments...);
    REQUIRE(again.size() == eager.size());
    for (std::size_t k = 0; k < eager.size(); ++k) CHECK(same_bits(again[k], eager[k]));
  }
  for (const char* mode : {"jit", "interp", "shadow"}) {
    INFO("mode " << mode);
    RunMode set(mode);
    const Arrays got = bp::jit(flat)(arguments...);
    REQUIRE(got.size() == eager.size());
    for (std::size_t k = 0; k < got.size(); ++k) {
      INFO("result " << k << ": " << got[k].to_string() << ", eagerly " << eager[k].to_string());
      CHECK(same_bits(got[k], eager[k]));
    }
  }
  return eager;
}

void check_near(const Array& got, const std::vector<double>& expected, double tolerance = 1e-12) {
  REQUIRE(got.size() == static_cast<std::int64_t>(expected.size()));
  const std::vector<double> numbers = got.to_vector<double>();
  for (std::size_t i = 0; i < expected.size(); ++i) {
    INFO("element " << i);
    CHECK(numbers[i] == Approx(expected[i]).epsilon(tolerance).margin(tolerance));
  }
}

Array doubles(std::vector<double> values) { return bm::array(values, bm::float64); }

std::string at_line(int line) { return "\n  at derivative_test.cpp:" + std::to_string(line); }

}  // namespace

TEST_CASE("jvp: results and tangents of one and several arguments") {
  const Array x = doubles({0.5, -1.5, 2}), dx = doubles({1, 2, -0.5});
  const auto cube = [](Array a) { return a * a * a; };
  const Arrays one = in_all_modes([&](Array p, Array t) { return bm::jvp(cube, p, t); }, x, dx);
  check_near(one[0], {0.125, -3.375, 8});
  check_near(one[1], {0.75, 13.5, -6});

  const auto two = [](Array a, Array b) { return std::tuple(a * b, bm::sum(bm::sin(a) / b)); };
  const Array y = doubles({2, 4, 5}), dy = doubles({-1, 0, 3});
  const Arrays got = in_all_modes(
      [&](Array p, Array q, Array t, Array u) {
        return bm::jvp(two, {p, q}, {t, u});
      },
      x, y, dx, dy);
  REQUIRE(got.size() == 4);
  check_near(got[2], {1 * 2 + 0.5 * -1, 2 * 4, -0.5 * 5 + 2 * 3});
  check_near(got[3], {std::cos(0.5) / 2 + std::sin(0.5) / 4 + std::cos(-1.5) * 2 / 4 + std::cos(2) * -0.5 / 5 -
                      std::sin(2) * 3 / 25});

  // A tuple instead of braces; numbers take the primal's type; a plain function.
  const auto [value, slope] = bm::jvp(bm::exp, std::tuple(doubles({1})[0]), 2.0);
  CHECK(value.dtype() == bm::float64);
  CHECK(slope.item<double>() == Approx(2 * std::numbers::e).epsilon(1e-15));
  const auto [small, small_slope] = bm::jvp([](Array a) { return bm::square(a); }, 3.0, 1.0);
  CHECK(small_slope.dtype() == bm::float32);
  CHECK(small_slope.item<float>() == 6.0F);
}

TEST_CASE("jvp in float32 keeps float32") {
  const Array x = bm::array(std::vector<double>{0.25, 3}), dx = bm::ones({2});
  const Arrays got =
      in_all_modes([](Array p, Array t) { return bm::jvp([](Array a) { return bm::tanh(a) * 2.0; }, p, t); }, x, dx);
  CHECK(got[1].dtype() == bm::float32);
  const double tanh = std::tanh(0.25);
  CHECK(got[1].to_vector<float>()[0] == Approx(2 * (1 - tanh * tanh)).epsilon(1e-6));
}

TEST_CASE("jvp of jvp, and a derivative that captures the outer argument") {
  const Array x = doubles({0.3, 1.1, -2});
  // d/dx (x * d/dy (x sin y at y = x)) = d/dx (x^2 cos x) = 2 x cos x - x^2 sin x.
  const auto inner = [](Array a) {
    return a * bm::jvp([&](Array y) { return a * bm::sin(y); }, a, bm::ones_like(a)).second;
  };
  const Arrays got = in_all_modes([&](Array p) { return bm::jvp(inner, p, bm::ones_like(p)); }, x);
  std::vector<double> expected;
  for (const double v : {0.3, 1.1, -2.0}) expected.push_back(2 * v * std::cos(v) - v * v * std::sin(v));
  check_near(got[1], expected);

  // Third derivative of x^5.
  const auto fifth = [](Array a) { return a * a * a * a * a; };
  const auto first = [&](Array a) { return bm::jvp(fifth, a, bm::ones_like(a)).second; };
  const auto second = [&](Array a) { return bm::jvp(first, a, bm::ones_like(a)).second; };
  const Arrays third = in_all_modes([&](Array p) { return bm::jvp(second, p, bm::ones_like(p)).second; }, x);
  check_near(third[0], {60 * 0.3 * 0.3, 60 * 1.1 * 1.1, 240});
}

TEST_CASE("jvp through loops and branches") {
  const Array x = doubles({0.4, 1.2, -0.7}), dx = doubles({1, -1, 2});

  // x^5 by a loop that carries from a constant: its tangent begins as zero.
  const auto power = [](Array a) {
    const auto [last, rows] = bm::scan(
        [&](Array carry, Array) {
          const Array next = carry * a;
          return std::pair(next, bm::sum(next));
        },
        bm::ones({3}, bm::float64), bm::arange(5));
    return std::tuple(last, rows);
  };
  const Arrays powers = in_all_modes([&](Array p, Array t) { return bm::jvp(power, p, t); }, x, dx);
  check_near(powers[2], {5 * std::pow(0.4, 4), -5 * std::pow(1.2, 4), 2 * 5 * std::pow(0.7, 4)});
  std::vector<double> sums;
  for (int n = 1; n <= 5; ++n)
    sums.push_back(n * (std::pow(0.4, n - 1) - std::pow(1.2, n - 1) + 2 * std::pow(-0.7, n - 1)));
  check_near(powers[3], sums);

  // Newton's iteration for sqrt(a): the derivative of what it converges to.
  const auto root = [](Array a) {
    return bm::while_loop([&](Array r) { return bm::any(bm::abs(r * r - a) > 1e-13); },
                          [&](Array r) { return (r + a / r) * 0.5; }, bm::ones({}, bm::float64));
  };
  const Arrays roots = in_all_modes([&](Array p) { return bm::jvp(root, p, 1.0); }, doubles({2})[0]);
  check_near(roots[0], {std::numbers::sqrt2});
  check_near(roots[1], {0.5 / std::numbers::sqrt2}, 1e-10);

  // One branch has no tangent.
  const auto choose = [](Array a) {
    return bm::ifelse(
               bm::sum(a) > 0.0, [&] { return a * a; }, [&] { return bm::full({3}, 7.0, bm::float64); }) +
           bm::where(a > 0.0, bm::exp(a), -a);
  };
  const Arrays chosen = in_all_modes([&](Array p, Array t) { return bm::jvp(choose, p, t); }, x, dx);
  check_near(chosen[1], {2 * 0.4 + std::exp(0.4), -2.4 - std::exp(1.2), 2 * 2 * -0.7 - 2});
  const Arrays other = in_all_modes([&](Array p, Array t) { return bm::jvp(choose, p, t); }, -x, dx);
  check_near(other[1], {-1, 1, 2 * std::exp(0.7)});

  // Rows, a reversed loop, a loop in a loop, no rows at all.
  const auto nested = [](Array a) {
    const Array rows = bm::for_loop(
        [&](Array row) { return bm::sum(bm::for_loop([&](Array y) { return y * row; }, a)); }, a, {.reverse = true});
    return std::tuple(rows, bm::for_loop([&](Array row) { return row * a; }, bm::zeros({0}, bm::float64)));
  };
  const Arrays loops = in_all_modes([&](Array p, Array t) { return bm::jvp(nested, p, t); }, x, dx);
  // row_k sum(x): dx_k 0.9 + x_k 2
  check_near(loops[2], {0.9 + 0.8, -0.9 + 2.4, 1.8 - 1.4});
  CHECK(loops[3].shape() == bm::Shape{0, 3});
}

TEST_CASE("signs of zeros and infinities are the same in a loop of a tape and a compiled one") {
  // The carried value's tangent begins as zero: inf * 0 is NaN in the loop's derivative, in every mode.
  const auto f = [](Array a) {
    return bm::scan([&](Array carry, Array row) { return std::pair(carry * row + a, -carry); },
                    bm::zeros({}, bm::float64), doubles({INFINITY, -1, 2}))
        .first;
  };
  const Array x = doubles({-0.0})[0];
  const auto got = [&](Array p) { return bm::jvp(f, p, -0.0).second; };
  const Array eager = got(x);
  const Array compiled = bp::jit(got)(x);
  CHECK(std::isnan(compiled.item<double>()));
  CHECK(std::isnan(eager.item<double>()));
}

TEST_CASE("Variables and arrays that the function uses are constants") {
  struct Net : bp::BrainPyObject {
    bm::Variable w = variable("w", doubles({2, -3, 0.5}));
    Array scale = bm::arange(20).astype(bm::float64);
    Array jacobian(Array x) {
      w = w + 1.0;
      const Array j = bm::jacfwd([&](Array a) { return bm::tanh(a * w) * bm::sum(scale); })(x);
      w = w - 1.0;
      return j;
    }
  };
  Net net;
  const Array x = doubles({0.1, 0.2, 0.3});
  const Array eager = net.jacobian(x);
  const Array compiled = bp::jit(net, &Net::jacobian)(x);
  CHECK(same_bits(eager, compiled));
  std::vector<double> expected(9);
  const double w[] = {3, -2, 1.5}, at[] = {0.1, 0.2, 0.3};
  for (std::size_t i = 0; i < 3; ++i) {
    const double t = std::tanh(at[i] * w[i]);
    expected[4 * i] = (1 - t * t) * w[i] * 190;
  }
  check_near(compiled, expected);
}

TEST_CASE("jacfwd: result.shape + argument.shape, small and large, one and several") {
  const auto f = [](Array a, Array m) { return bm::matmul(m, a); };
  const Array x = doubles({1, -2, 3});
  const Array m = bm::reshape(bm::arange(12).astype(bm::float64), {4, 3});
  // By x: the matrix. By m (12 elements: a loop): d r_i / d m_jk = x_k where i = j.
  const Arrays by_x = in_all_modes([&](Array a, Array b) { return bm::jacfwd(f)(a, b); }, x, m);
  CHECK(by_x[0].shape() == bm::Shape{4, 3});
  check_near(by_x[0], m.to_vector<double>());
  const Arrays by_m = in_all_modes([&](Array a, Array b) { return bm::jacfwd(f, {.argnums = 1})(a, b); }, x, m);
  CHECK(by_m[0].shape() == bm::Shape{4, 4, 3});
  std::vector<double> expected(48, 0.0);
  for (std::size_t i = 0; i < 4; ++i)
    for (std::size_t k = 0; k < 3; ++k) expected[i * 12 + i * 3 + k] = x.to_vector<double>()[k];
  check_near(by_m[0], expected);

  const Arrays both = in_all_modes([&](Array a, Array b) { return bm::jacfwd<1, 0>(f)(a, b); }, x, m);
  REQUIRE(both.size() == 2);
  CHECK(same_bits(both[0], by_m[0]));
  CHECK(same_bits(both[1], by_x[0]));

  // A tuple of results; scalars.
  const auto pair = [](Array a, Array b) { return std::tuple(a * b, bm::sum(a) * b); };
  const auto [first, second] = bm::jacfwd<0, 1>(pair)(x, 2.0);
  check_near(std::get<0>(first), {2, 0, 0, 0, 2, 0, 0, 0, 2});
  check_near(std::get<1>(first), {1, -2, 3});
  CHECK(std::get<1>(first).shape() == bm::Shape{3});
  check_near(std::get<0>(second), {2, 2, 2});
  CHECK(std::get<1>(second).shape() == bm::Shape{});
  check_near(std::get<1>(second), {2});

  const Array none =
      bm::jacfwd([](Array a) { return bm::sum(a) + bm::ones({2}, bm::float64); })(bm::zeros({0, 3}, bm::float64));
  CHECK(none.shape() == bm::Shape{2, 0, 3});
}

TEST_CASE("a Jacobian of 8 and of 9 elements: straight code and a loop agree with differences") {
  for (const int n : {1, 8, 9, 30}) {
    INFO("n " << n);
    const auto f = [](Array a) { return bm::cumsum(bm::sin(a)) * a; };
    const Array x = bm::linspace(-1.0, 2.0, n).astype(bm::float64);
    const Array j = in_all_modes([&](Array p) { return bm::jacfwd(f)(p); }, x)[0];
    CHECK(j.shape() == bm::Shape{n, n});
    const std::vector<double> at = x.to_vector<double>(), got = j.to_vector<double>();
    for (int r = 0; r < n; ++r)
      for (int c = 0; c < n; ++c) {
        double sum = 0;
        for (int k = 0; k <= r; ++k) sum += std::sin(at[static_cast<std::size_t>(k)]);
        const double expected =
            (c <= r ? std::cos(at[static_cast<std::size_t>(c)]) * at[static_cast<std::size_t>(r)] : 0) +
            (c == r ? sum : 0);
        CHECK(got[static_cast<std::size_t>(r * n + c)] == Approx(expected).margin(1e-13));
      }
  }
}

TEST_CASE("the Jacobian of a large argument is one loop, not straight code") {
  const auto f = [](Array a) { return bm::tanh(a) * bm::sum(a); };
  auto j = bp::jit([&](Array a) { return bm::jacfwd(f)(a); });
  j(bm::ones({100}));
  const std::string text = j.dump(bp::Stage::trace);
  CHECK(std::count(text.begin(), text.end(), '\n') < 40);
  CHECK_THAT(text, Catch::Matchers::Contains("= for "));
}

TEST_CASE("hvp and hessian of Rosenbrock's function") {
  // f(x) = sum 100 (x_{i+1} - x_i^2)^2 + (1 - x_i)^2; its Hessian is tridiagonal (Rosenbrock 1960).
  for (const std::int64_t n : {3, 11}) {
    const auto f = [n](Array x) {
      const Array a = x[bm::slice(0, n - 1)], b = x[bm::slice(1, n)];
      return bm::sum(100.0 * bm::square(b - a * a) + bm::square(1.0 - a));
    };
    std::vector<double> at, v;
    for (std::int64_t i = 0; i < n; ++i) {
      at.push_back(0.3 * static_cast<double>(i) - 0.8);
      v.push_back(std::sin(static_cast<double>(i) + 1));
    }
    const auto size = static_cast<std::size_t>(n);
    std::vector<double> h(size * size, 0.0), hv(size, 0.0);
    for (std::size_t i = 0; i + 1 < size; ++i) {
      h[i * size + i] += 1200 * at[i] * at[i] - 400 * at[i + 1] + 2;
      h[i * size + i + 1] = h[(i + 1) * size + i] = -400 * at[i];
      h[(i + 1) * size + i + 1] += 200;
    }
    for (std::size_t i = 0; i < size; ++i)
      for (std::size_t k = 0; k < size; ++k) hv[i] += h[i * size + k] * v[k];
    const Array hessian = in_all_modes([&](Array p) { return bm::hessian(f)(p); }, doubles(at))[0];
    CHECK(hessian.shape() == bm::Shape{n, n});
    check_near(hessian, h);
    check_near(in_all_modes([&](Array p, Array t) { return bm::hvp(f, p, t); }, doubles(at), doubles(v))[0], hv);
  }
}

TEST_CASE("second derivatives by several arguments") {
  const auto f = [](Array x, Array y) { return bm::sum(x * x * x) * y + bm::exp(y); };
  const Array x = doubles({1, 2}), y = doubles({0.5})[0];
  const auto h = bm::hessian<0, 1>(f)(x, y);
  check_near(std::get<0>(std::get<0>(h)), {3, 0, 0, 6});
  check_near(std::get<1>(std::get<0>(h)), {3, 12});
  check_near(std::get<0>(std::get<1>(h)), {3, 12});
  check_near(std::get<1>(std::get<1>(h)), {std::exp(0.5)});
  const auto [by_x, by_y] = bm::hvp(f, {x, y}, {doubles({1, -1}), 2.0});
  check_near(by_x, {3 + 6, -6 + 24});
  check_near(by_y, {3 - 12 + 2 * std::exp(0.5)});
  check_near(bm::hessian(f, {.argnums = 1})(x, y), {std::exp(0.5)});
  // A function of several results has one Hessian for each.
  const Array each = bm::hessian([](Array a) { return a * a; })(doubles({5, 6}));
  CHECK(each.shape() == bm::Shape{2, 2, 2});
  check_near(each, {2, 0, 0, 0, 0, 0, 0, 2});
}

TEST_CASE("a function that looks at its numbers has a derivative eagerly") {
  int calls = 0;
  const auto f = [&](Array a) {
    ++calls;
    const Array start = a * 1.0;
    const Array sum = bm::for_loop([&](Array row) { return row * start; }, a);
    return a[0].item<double>() > 0 ? bm::sum(sum) : -bm::sum(sum);
  };
  const auto [value, tangent] = bm::jvp(f, doubles({1, 2}), doubles({1, 1}));
  CHECK(value.item<double>() == 9);
  CHECK(tangent.item<double>() == 12);
  CHECK(bm::jvp(f, doubles({-1, -2}), doubles({1, 1})).second.item<double>() == 12);
  check_near(bm::hessian(f)(doubles({1, 2})), {2, 2, 2, 2});
  const std::string text = text_of<bp::TraceError>([&] {
    bp::jit([&](Array a) { return bm::jvp(f, a, a).second; })(doubles({1, 2}));
  });
  CHECK_THAT(text, Catch::Matchers::StartsWith("a traced value has no number yet"));
}

TEST_CASE("derivatives of the Mittag-Leffler function") {
  // d/dx E_{1,2}(x) = d/dx (e^x - 1) / x, twice; E_1 is the exponential.
  const auto f = [](Array z) { return bm::mittag_leffler(z, 1.0, 2.0); };
  const auto first = [&](Array z) { return bm::jvp(f, z, bm::ones_like(z)).second; };
  const Array x = doubles({-3, -0.7, 1.5});
  const Arrays got = in_all_modes([&](Array z) { return bm::jvp(first, z, bm::ones_like(z)); }, x);
  const auto relative = [](Array z) { return bm::exprel(z); };
  const auto slope = [&](Array z) { return bm::jvp(relative, z, bm::ones_like(z)).second; };
  const auto [expected, second] = bm::jvp(slope, x, bm::ones_like(x));
  check_near(got[0], expected.to_vector<double>());
  check_near(got[1], second.to_vector<double>());
  const auto many = [](Array z) {
    std::function<Array(Array, int)> derive = [&](Array y, int n) {
      return n == 0 ? bm::mittag_leffler(y, 0.5)
                    : bm::jvp([&](Array w) { return derive(w, n - 1); }, y, bm::ones_like(y)).second;
    };
    return derive(z, 9);
  };
  CHECK_THAT(text_of<bp::ValueError>([&] { many(x); }),
             Catch::Matchers::StartsWith("mittag_leffler: derivatives are provided up to order 8"));
}

TEST_CASE("derivatives of a model's integrator and inside a loop over time") {
  // Logistic growth by the exponential Euler method, which differentiates by itself.
  const auto grow = [](Array x, Array r) {
    auto step = bp::odeint([=](Array y, Array) { return r * y * (1.0 - y); }, {.method = "exp_auto", .dt = 0.1});
    return bm::scan([&](Array y, Array t) { return std::pair(step(y, t), y); }, x, bm::arange(20) * 0.1).first;
  };
  const Array x = doubles({0.1})[0], r = doubles({1.5})[0];
  const Arrays got = in_all_modes([&](Array p, Array q) { return bm::jvp(grow, {p, q}, {0.0, 1.0}); }, x, r);
  const double h = 1e-6;
  const double difference = (grow(x, r + h).item<double>() - grow(x, r - h).item<double>()) / (2 * h);
  CHECK(got[1].item<double>() == Approx(difference).epsilon(1e-8));
}

TEST_CASE("tangents that do not fit") {
  std::string text;
  int line = 0;
  const auto f = [](Array a, Array b) { return a * b; };
  const Array x = bm::ones({3});
  line = __LINE__ + 1;
  text = text_of<bp::ValueError>([&] { bm::jvp(f, {x, x}, {x}); });
  CHECK(text ==
        "jvp: the numbers of arguments and tangents do not fit" + at_line(line) +
            "\n  the function takes 2, got 2 primals and 1 tangents\n  hint: give one primal and one tangent for each "
            "argument: {x, y} and {dx, dy}");
  line = __LINE__ + 1;
  text = text_of<bp::ShapeError>([&] { bm::jvp(f, {x, x}, {x, bm::ones({4})}); });
  CHECK(text ==
        "jvp: tangent 1 has another shape than its argument" + at_line(line) +
            "\n  the argument is f32[3], the tangent f32[4]\n  hint: a tangent is a direction: it has one number for "
            "each element of its argument");
  line = __LINE__ + 1;
  text = text_of<bp::DTypeError>([&] { bm::jvp(f, {x, x}, {x, x.astype(bm::float64)}); });
  CHECK(text ==
        "jvp: tangent 1 has another element type than its argument" + at_line(line) +
            "\n  the argument is f32[3], the tangent f64[3]\n  hint: convert the tangent with .astype(bm::float32)");
  line = __LINE__ + 1;
  text = text_of<bp::ShapeError>([&] { bm::hvp([](Array a) { return bm::sum(a); }, x, 1.0); });
  CHECK(text ==
        "hvp: tangent 0 has another shape than its argument" + at_line(line) +
            "\n  the argument is f32[3], the tangent f32[]\n  hint: a tangent is a direction: it has one number for "
            "each element of its argument");
}

TEST_CASE("arguments and results that are not floats") {
  std::string text;
  int line = 0;
  const auto f = [](Array a) { return a * 2; };
  const std::string hint =
      "\n  hint: only floats have derivatives: convert it with .astype(bm::float32), or let the function capture it";
  line = __LINE__ + 1;
  text = text_of<bp::DTypeError>([&] { bm::jvp(f, 3, 1); });
  CHECK(text == "jvp: argument 0 is not a float" + at_line(line) + "\n  it is int32" + hint);
  const auto jacobian = bm::jacfwd(f);
  line = __LINE__ - 1;
  CHECK(text_of<bp::DTypeError>([&] { jacobian(bm::arange(3)); }) ==
        "jacfwd: argument 0 is not a float" + at_line(line) + "\n  it is int32" + hint);
  const auto compares = [](Array a) { return std::tuple(a, a > 0.0); };
  line = __LINE__ + 1;
  text = text_of<bp::DTypeError>([&] { bm::jvp(compares, 3.0, 1.0); });
  CHECK(text == "jvp: result 1 is not a float" + at_line(line) +
                    "\n  it is bool\n  hint: only floats have derivatives: convert it, or let the function return the "
                    "floats alone");
}

TEST_CASE("what a function that is differentiated must not do") {
  std::string text;
  int line = 0;
  struct Net : bp::BrainPyObject {
    bm::Variable w = variable("w", bm::ones({3}));
  };
  Net net;
  const auto assigns = [&](Array a) {
    net.w = a;
    return a;
  };
  line = __LINE__ - 3;
  const std::string expected =
      "the Variable 'w' is assigned inside a function that only returns values" + at_line(line);
  const Array x = bm::ones({3});
  CHECK_THAT(text_of<bp::TraceError>([&] { bm::jvp(assigns, x, x); }), Catch::Matchers::StartsWith(expected));
  CHECK_THAT(text_of<bp::TraceError>([&] { bp::jit([&](Array a) { return bm::jacfwd(assigns)(a); })(x); }),
             Catch::Matchers::StartsWith(expected));
  CHECK(Array(net.w).to_string() == "[1. 1. 1.]");

  // A recorded value that is kept is found.
  Array kept;
  const auto keeps = [&](Array a) {
    kept = a * 2.0;
    return a;
  };
  line = __LINE__ - 3;
  CHECK_THAT(text_of<bp::TraceError>([&] { bp::jit([&](Array a) { return bm::jvp(keeps, a, a).second; })(x); }),
             Catch::Matchers::StartsWith("a traced value outlives the traced call" + at_line(line)));

  line = __LINE__ + 1;
  text = text_of<bp::ShapeError>([&] { bm::hvp([](Array a) { return a * a; }, x, x); });
  CHECK(text == "hvp: the function does not return one number" + at_line(line) +
                    "\n  it returns f32[3]\n  hint: sum its result, or take bm::hessian of it");
  line = __LINE__ + 1;
  text = text_of<bp::IndexError>([&] { bm::jacfwd([](Array a) { return a; }, {.argnums = 1}); });
  CHECK(text == "jacfwd: argnums 1 is not an argument of the function" + at_line(line) +
                    "\n  the function takes 1\n  hint: arguments are counted from 0");
  line = __LINE__ + 1;
  text = text_of<bp::ValueError>([&] { bm::jvp(bm::exp, Array(), 1.0); });
  CHECK_THAT(text, Catch::Matchers::StartsWith("an empty Array is used" + at_line(line)));
}
