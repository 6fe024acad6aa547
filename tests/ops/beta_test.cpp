// The beta function and the incomplete gamma functions against references of 60 digits made with mpmath: the errors
// that the registry states, the ends of the domains, closed forms, derivatives, and what is refused.
#include <random>

#include "frontend/brainpy/brainpy.hpp"
#include "support/references.h"

using namespace brainpy;
using namespace brainpy::test;
namespace bm = brainpy::math;

namespace {

constexpr CaseOfTwo betaln_cases[] = {{1e-200, 2.0, 460.517018598809137},
                                      {1e-08, 0.5, 18.4206807578153089},
                                      {0.5, 0.5, 1.14472988584940017},
                                      {0.6208, 7.7737, -0.891089010622486228},
                                      {1.5, 3.25, -1.99355172510225637},
                                      {7.9, 7.9, -10.7038324378487338},
                                      {3.0, 8.0, -5.88610403145015569},
                                      {0.25, 1000000.0, -2.16585502104298326},
                                      {7.5, 768.0, -42.3257010508728494},
                                      {8.0, 8.0, -10.848948661710063},
                                      {100.0, 200.5, -192.337133161908231},
                                      {10000.0, 20.0, -144.885910914343446},
                                      {1000000.0, 1000000.0, -1386300.00336292112},
                                      {10000000000.0, 12345.678, -180309.828971667221},
                                      {1000000000000000.0, 1000000000000000.0, -1386294361119906.62},
                                      {1e-10, 1e+20, 23.0258509252775651}};

struct IncompleteGammaCase {
  double a, x, lower, upper;
};

constexpr IncompleteGammaCase incomplete_gamma_cases[] = {
    {1e-05, 0.001, 0.999936686528594706, 6.33134714052935491e-5},
    {5e-06, 0.39399, 0.999996437199872803, 3.5628001271970762e-6},
    {0.5, 1e-10, 1.12837916705789996e-5, 0.999988716208329421},
    {0.5, 0.5, 0.682689492137085897, 0.317310507862914103},
    {0.5, 1.5, 0.916735483336449598, 0.0832645166635504019},
    {0.5, 30.0, 0.999999999999990514, 9.48573757107384839e-15},
    {1.0, 0.125, 0.117503097415404597, 0.882496902584595403},
    {1.0, 50.0, 1.0, 1.92874984796391778e-22},
    {2.5, 0.01, 2.98760153190659384e-6, 0.999997012398468093},
    {2.5, 2.5, 0.58411981300449208, 0.41588018699550792},
    {7.0, 100.0, 1.0, 5.49291782558987469e-35},
    {8.0, 3.0, 0.0119045038563573888, 0.988095496143642611},
    {12.0, 15.0, 0.815248200976068566, 0.184751799023931434},
    {100.0, 20.0, 3.48887866968965318e-37, 1.0},
    {100.0, 99.0, 0.473304330399460992, 0.526695669600539008},
    {100.0, 180.0, 0.999999999970517054, 2.94829455764828452e-11},
    {979.5, 488.0, 3.00666358068703881e-85, 1.0},
    {10000.0, 10200.0, 0.976712677866401196, 0.0232873221335988039},
    {250000.0, 248500.0, 0.00132635919077517314, 0.998673640809224827},
    {2000000.0, 1995000.0, 0.000201395214059290869, 0.999798604785940709},
    {2000000.0, 2000000.0, 0.500094031597519158, 0.499905968402480842},
    {2000000.0, 2006000.0, 0.999988756158573199, 1.12438414268013043e-5}};

}  // namespace

TEST_CASE("beta and betaln") {
  for (const CaseOfTwo& c : betaln_cases) {
    INFO("a " << c.n << ", b " << c.x);
    const double bound = 4e-15 * std::max(1.0, std::fabs(c.value));
    CHECK(std::fabs(at("betaln", c.n, c.x) - c.value) <= bound);
    CHECK(at("betaln", c.n, c.x) == at("betaln", c.x, c.n));
    if (std::fabs(c.value) < 300)
      CHECK(std::fabs(std::log(static_cast<long double>(at("beta", c.n, c.x))) - static_cast<long double>(c.value)) <=
            bound);
  }
  CHECK(at("beta", 3, 4) == Approx(1.0 / 60).epsilon(2e-15));
  CHECK(values<float>(call1("beta", {scalar(3.0f), scalar(4.0f)}))[0] == 1.0f / 60);
  CHECK(ulps(values<float>(call1("betaln", {scalar(100.0f), scalar(200.5f)}))[0], at("betaln", 100, 200.5)) <= 1);
  for (const double b : {1e-300, 2.0, 1e300}) {
    CHECK(at("beta", 0, b) == inf);
    CHECK(at("betaln", b, 0) == inf);
    CHECK(at("beta", inf, b) == 0);
    CHECK(at("betaln", b, inf) == -inf);
    CHECK(std::isnan(at("beta", -0.5, b)));
    CHECK(std::isnan(at("betaln", b, std::nan(""))));
  }
  CHECK(std::isnan(at("beta", 0, inf)));
  CHECK(at("beta", 1e4, 1e4) == 0);
}

TEST_CASE("the incomplete gamma functions within 2e-13") {
  double worst = 0;
  for (const IncompleteGammaCase& c : incomplete_gamma_cases) {
    INFO("a " << c.a << ", x " << c.x);
    const double lower = std::fabs(at("gammainc", c.a, c.x) / c.lower - 1);
    const double upper = std::fabs(at("gammaincc", c.a, c.x) / c.upper - 1);
    CHECK(lower <= 2e-13);
    CHECK(upper <= 2e-13);
    worst = std::max({worst, lower, upper});
    const auto a = static_cast<float>(c.a), x = static_cast<float>(c.x);
    if (static_cast<double>(a) != c.a || static_cast<double>(x) != c.x || c.lower < 1e-30 || c.upper < 1e-30) continue;
    CHECK(ulps(values<float>(call1("gammainc", {scalar(a), scalar(x)}))[0], c.lower) <= 1);
    CHECK(ulps(values<float>(call1("gammaincc", {scalar(a), scalar(x)}))[0], c.upper) <= 1);
  }
  std::printf("gammainc, gammaincc: largest relative error %.2g\n", worst);
  CHECK(at("gammainc", 2, 0) == 0);
  CHECK(at("gammaincc", 2, 0) == 1);
  CHECK(at("gammainc", 2, inf) == 1);
  CHECK(at("gammaincc", 2, inf) == 0);
  CHECK(at("gammainc", inf, 3) == 0);
  CHECK(at("gammaincc", 1e300, 1.2e300) == 0);
  CHECK(at("gammainc", 1e12, 1e12) == Approx(0.5).epsilon(1e-6));
  for (const char* name : {"gammainc", "gammaincc"}) {
    INFO(name);
    CHECK(std::isnan(at(name, 0, 1)));
    CHECK(std::isnan(at(name, -2, 1)));
    CHECK(std::isnan(at(name, 2, -1)));
    CHECK(std::isnan(at(name, std::nan(""), 1)));
    CHECK(std::isnan(at(name, 2, std::nan(""))));
    CHECK(std::isnan(at(name, inf, inf)));
  }
}

TEST_CASE("the incomplete gamma functions' closed forms and their recurrence") {
  const unsigned seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> log_order(-3, 5), place(-4, 4), positive(0.001, 20);
  for (int i = 0; i < 300; ++i) {
    const double a = std::pow(10.0, log_order(random)), x = std::max(1e-3, a + place(random) * std::sqrt(a));
    const double y = positive(random);
    INFO("a " << a << ", x " << x << ", y " << y);
    CHECK(at("gammainc", a, x) + at("gammaincc", a, x) == Approx(1).epsilon(1e-13));
    // P(a, x) - P(a + 1, x) = x^a e^-x / gamma(a + 1)
    const double density = std::exp(a * std::log(x) - x - at("lgamma", a + 1));
    CHECK(at("gammainc", a, x) - at("gammainc", a + 1, x) == Approx(density).epsilon(1e-8).margin(1e-13));
    CHECK(at("gammaincc", 1, y) == Approx(std::exp(-y)).epsilon(1e-13).margin(0));
    CHECK(at("gammaincc", 0.5, y) == Approx(std::erfc(std::sqrt(y))).epsilon(1e-13).margin(0));
    CHECK(at("gammainc", 0.5, y) == Approx(std::erf(std::sqrt(y))).epsilon(1e-13).margin(0));
  }
}

TEST_CASE("incomplete gamma functions broadcast, and refuse a derivative by a") {
  const bm::Array p = bm::gammainc(bm::array({{0.5}, {3.0}}, bm::float64), bm::array({1.0, 2.0, 4.0}, bm::float64));
  REQUIRE(p.shape() == Shape{2, 3});
  CHECK(p[{1, 2}].item<double>() == at("gammainc", 3, 4));
  CHECK(bm::gammaincc(2, 3).dtype() == bm::float32);
  std::string text;
  int line = __LINE__ + 2;
  try {
    bm::gammainc(bm::ones({2}), bm::ones({3}));
  } catch (const ShapeError& e) {
    text = e.what();
  }
  CHECK(text == "gammainc: shapes do not broadcast\n  at beta_test.cpp:" + std::to_string(line) +
                    "\n  f32[2], f32[3]\n  hint: aligned from the last axis, extents must be equal or 1");
  text.clear();
  line = __LINE__ + 1;
  const auto by_order = [](const bm::Array& a) { return bm::gammainc(a, 2.0); };
  try {
    bm::jvp(by_order, bm::array(1.5), bm::array(1.0));
  } catch (const ValueError& e) {
    text = e.what();
  }
  CHECK(text ==
        "gammainc: has no derivative with respect to a\n  at beta_test.cpp:" + std::to_string(line) +
            "\n  a f32[]\n  hint: only x is differentiable; let a be a constant of the differentiated function");
}
