// Special functions against references of 40 digits made with mpmath: the errors that the registry states, the special
// values, and what is refused. The Mittag-Leffler function's references: its series with as many digits as it loses, or
// the Hankel integral by adaptive quadrature.
#include "frontend/math/special.hpp"
#include "frontend/math/creation.hpp"
#include "support/references.h"

using namespace brainpy;
using namespace brainpy::test;
namespace bm = brainpy::math;

namespace {

struct MittagLefflerCase {
  double z, alpha, beta;
  int order;
  double value;
};

constexpr MittagLefflerCase mittag_leffler_cases[] = {
    {-0.0, 0.1, 1.0, 0, 1.0},
    {-0.6762433378062414, 0.1, 1.0, 0, 0.582981958679388703},
    {-0.9649610951198176, 0.1, 1.0, 0, 0.494514365847858458},
    {-1.1161231740339044, 0.1, 1.0, 0, 0.458080100319412485},
    {-1.4461255495919247, 0.1, 1.0, 0, 0.394564371054998485},
    {-2.51188643150958, 0.1, 1.0, 0, 0.272412221074864554},
    {-0.0, 0.35, 1.0, 0, 1.0},
    {-0.25430827878332185, 0.35, 1.0, 0, 0.772525226455883449},
    {-0.8826414406034021, 0.35, 1.0, 0, 0.482021630034293462},
    {-1.4689007046000737, 0.35, 1.0, 0, 0.35230364303211046},
    {-3.636813219150987, 0.35, 1.0, 0, 0.173482426226280006},
    {-25.118864315095795, 0.35, 1.0, 0, 0.0282162615779873664},
    {-0.0, 0.5, 1.0, 0, 1.0},
    {-0.1414213562373095, 0.5, 1.0, 0, 0.858479616466947391},
    {-0.8366600265340756, 0.5, 1.0, 0, 0.476702731294063853},
    {-1.7320508075688772, 0.5, 1.0, 0, 0.287341249533456261},
    {-6.324555320336759, 0.5, 1.0, 0, 0.0881305361844387809},
    {-100.0, 0.5, 1.0, 0, 0.0056416137829894329},
    {-0.0, 0.8, 1.0, 0, 1.0},
    {-0.043734482957731115, 0.8, 1.0, 0, 0.954353854733043191},
    {-0.7517586466500455, 0.8, 1.0, 0, 0.478599270224469263},
    {-2.4082246852806923, 0.8, 1.0, 0, 0.150489123261114905},
    {-19.127049995800743, 0.8, 1.0, 0, 0.0121847221364831138},
    {-1584.893192461114, 0.8, 1.0, 0, 0.000137545990841268556},
    {-0.0, 0.95, 1.0, 0, 1.0},
    {-0.024320835813173153, 0.95, 1.0, 0, 0.975500625540697095},
    {-0.7125956026078564, 0.95, 1.0, 0, 0.490485930807319775},
    {-2.8396524679204775, 0.95, 1.0, 0, 0.0760282376818897681},
    {-33.26266116067658, 0.95, 1.0, 0, 0.00163729849057146983},
    {-6309.57344480193, 0.95, 1.0, 0, 8.14252239483567576e-6},
    {-0.0, 0.999, 1.0, 0, 1.0},
    {-0.020078393699108184, 0.999, 1.0, 0, 0.980113717918413738},
    {-0.7002497169920068, 0.999, 1.0, 0, 0.496452287643539246},
    {-2.9967059728946346, 0.999, 1.0, 0, 0.0503204015255210758},
    {-39.85271664412537, 0.999, 1.0, 0, 0.0000264704431288718298},
    {-9908.319448927676, 0.999, 1.0, 0, 1.01003838721376576e-7},
    {-0.0, 1.0, 1.0, 0, 1.0},
    {-0.02, 1.0, 1.0, 0, 0.980198673306755302},
    {-0.7, 1.0, 1.0, 0, 0.496585303791409537},
    {-3.0, 1.0, 1.0, 0, 0.049787068367863943},
    {-40.0, 1.0, 1.0, 0, 4.248354255291589e-18},
    {-0.8, 0.6, 0.6, 0, 0.216744954523796049},
    {-9.0, 0.6, 0.6, 0, 0.0035600531917529053},
    {-30.0, 0.9, 0.9, 0, 0.000118250447943072068},
    {-2.5, 0.4, 1.7, 0, 0.327951743590558561},
    {-6.0, 0.8, 3.0, 0, 0.123188895058451437},
    {-4.0, 0.7, 5.0, 0, 0.0173258509747181607},
    {-50.0, 0.3, 0.2, 0, -0.00176598763966864778},
    {-2.0, 0.8, 1.0, 1, 0.115096831897414564},
    {-500.0, 0.8, 1.0, 1, 8.75645557260397102e-7},
    {-0.3, 0.5, 1.0, 2, 1.05662692932235861},
    {-3.0, 0.5, 0.7, 2, 0.021962888072728064},
    {-7.0, 0.9, 0.5, 3, -0.00085170190640048259},
    {-1.2, 0.6, 2.0, 4, 0.257688929207186619},
    {2.0, 0.5, 1.0, 0, 108.940904389977972},
    {2.0, 0.5, 1.0, 2, 1965.44979568798555},
    {9.0, 0.8, 1.0, 0, 7360223.20151710483},
    {-4.0, 1.2, 1.0, 0, -0.0708860222356883865},
    {-20.0, 1.5, 2.0, 0, 0.026216809203766464},
    {-20.0, 1.5, 2.0, 1, 0.000220702042452631941},
    {-3.0, 1.9, 1.0, 0, -0.198006172216358346},
    {-30.0, 2.0, 1.0, 0, 0.69241911159374784},
    {6.0, 2.0, 1.5, 0, 3.74853606382149817},
    {0.9, 2.0, 3.0, 1, 0.0442277449846767885},
    {-5.0, 1.0, 2.0, 0, 0.198652410600182907},
    {3.0, 1.0, 0.5, 0, 34.8556703885071859},
    {-2.0, 1.05, 1.0, 0, 0.120819703246301268},
};

std::string text_of_value_error(const std::function<void()>& action) {
  try {
    action();
  } catch (const ValueError& e) {
    return e.what();
  }
  FAIL("no error");
  return {};
}

}  // namespace

TEST_CASE("the second derivative of exprel") {
  check("exprel_second_derivative",
        {{-700.0, 5.83090379008746356e-9},
         {-40.0, 0.0000312499999999998883},
         {-3.3, 0.0356498056974659106},
         {-2.0, 0.0808308959542341351},
         {-1.9, 0.0863914992149007421},
         {-0.4, 0.247697870851682337},
         {0.0, 0.333333333333333333},
         {0.001, 0.333583433361117065},
         {0.8, 0.614380011000324843},
         {1.99, 1.58433240959845471},
         {2.0, 1.59726402473266256},
         {2.5, 2.40595874382632248},
         {30.0, 333259688801.614634},
         {600.0, 6.26744087969566791e+257}},
        8, 8);
}

TEST_CASE("gamma, trigamma and polygamma") {
  check("gamma",
        {{1e-300, 9.99999999999999975e+299},
         {1e-05, 99999.4227942255595},
         {0.3, 2.99156898768759074},
         {0.999, 1.00057820562935865},
         {1.0, 1.0},
         {1.5, 0.886226925452758014},
         {2.0, 1.0},
         {3.7, 4.17065178379660403},
         {7.99, 4939.4615491253817},
         {8.0, 5040.0},
         {20.25, 256040133328476466.0},
         {100.5, 9.32096310408271661e+156},
         {171.6, 1.58589690966725651e+308},
         {-0.1, -10.686287021193193},
         {-1.5, 2.3632718012073547},
         {-2.999, -166.876401969138418},
         {-20.3, -6.43546620498932689e-19},
         {-150.5, -4.47844765815064081e-264},
         {-171.9999999, 4.68482850288785124e-305}},
        6, 8);
  check("trigamma",
        {{1e-05, 10000000001.6449084},
         {0.1, 101.433299150792748},
         {0.3, 12.2453645461077313},
         {0.5, 4.93480220054467931},
         {0.75, 2.5418796476716065},
         {1.0, 1.64493406684822644},
         {2.3, 0.542537458665258459},
         {7.9, 0.134930783456634415},
         {8.1, 0.131390246576743732},
         {50.0, 0.0202013332266971258},
         {1000000.0, 1.00000050000016667e-6},
         {-0.3, 13.9451602678057225},
         {-2.6, 10.5916883623902174},
         {-10.45, 10.0259287407624004}},
        5, 8);
  constexpr CaseOfTwo cases[] = {
      {1, 0.7, 2.83404915669461091},       {2, 0.001, -2000000002.39763216},     {2, 0.9, -3.20179704379471971},
      {2, 12.0, -0.00754720536899891194},  {3, 4.5, 0.0303225085423665869},      {5, 0.2, 1875041.38967841715},
      {5, 30.0, 1.07269949361616239e-6},   {10, 2.5, -156.229596593232995},      {20, 10.0, -0.00282713356492798252},
      {50, 8.0, -2.67028905932276516e+18}, {100, 60.0, -2.93772716555931619e-22}};
  for (const CaseOfTwo& c : cases) {
    INFO("n " << c.n << ", x " << c.x);
    CHECK(ulps(at("polygamma", c.n, c.x), c.value) <= 8 + 2 * c.n);
  }
  // The order is rounded, order 0 is digamma.
  CHECK(at("polygamma", 2.3, 0.9) == at("polygamma", 2, 0.9));
  CHECK(at("polygamma", 0, -0.5) == at("digamma", -0.5));
  CHECK(at("gamma", 0) == inf);
  CHECK(at("gamma", -0.0) == -inf);
  CHECK(at("gamma", 172) == inf);
  CHECK(at("gamma", inf) == inf);
  CHECK(at("trigamma", 0) == inf);
  CHECK(at("trigamma", inf) == 0);
  CHECK(at("polygamma", 1, 0) == inf);
  CHECK(at("polygamma", 2, 0) == -inf);
  CHECK(at("polygamma", 3, inf) == 0);
  for (const double x : {-1.0, -7.0, -inf, std::nan("")}) {
    CHECK(std::isnan(at("gamma", x)));
    CHECK(std::isnan(at("trigamma", x)));
    CHECK(std::isnan(at("polygamma", 1, x)));
  }
  CHECK(std::isnan(at("polygamma", 101, 1)));
  CHECK(std::isnan(at("polygamma", -1, 1)));
}

TEST_CASE("gamma agrees with the long double of the C library") {
  double worst = 0, worst_below = 0;
  for (double x = 0.01; x < 171; x += 0.0371)
    worst = std::max(worst, ulps(at("gamma", x), static_cast<double>(std::tgamma(static_cast<long double>(x)))));
  for (double x = -20.013; x < 0; x += 0.0371)
    worst_below =
        std::max(worst_below, ulps(at("gamma", x), static_cast<double>(std::tgamma(static_cast<long double>(x)))));
  CHECK(worst <= 6);
  CHECK(worst_below <= 8);
}

TEST_CASE("xlogy and xlog1py") {
  CHECK(at("xlogy", 0, 0) == 0);
  CHECK(at("xlogy", 0, inf) == 0);
  CHECK(std::isnan(at("xlogy", 0, std::nan(""))));
  CHECK(at("xlogy", 2, 0) == -inf);
  CHECK(at("xlogy", 3, 5) == Approx(3 * std::log(5.0)).epsilon(1e-15));
  CHECK(at("xlog1py", 0, -1) == 0);
  CHECK(std::isnan(at("xlog1py", 0, std::nan(""))));
  CHECK(at("xlog1py", 3, 1e-18) == Approx(3e-18).epsilon(1e-15).margin(0));
}

TEST_CASE("the Mittag-Leffler function and its derivatives within 1e-12") {
  double worst = 0;
  for (const MittagLefflerCase& c : mittag_leffler_cases) {
    const compiler::Attributes attributes{
        {"alpha", c.alpha}, {"beta", c.beta}, {"order", static_cast<std::int64_t>(c.order)}};
    const double value = values<double>(call1("mittag_leffler", {scalar(c.z)}, attributes))[0];
    const double error = std::fabs(value - c.value) / std::fabs(c.value);
    INFO("z " << c.z << ", alpha " << c.alpha << ", beta " << c.beta << ", order " << c.order << ": " << value);
    CHECK(error <= 1e-12);
    worst = std::max(worst, error);
    if (std::fabs(c.value) > 1e-30 && static_cast<double>(static_cast<float>(c.z)) == c.z)
      CHECK(ulps(values<float>(call1("mittag_leffler", {scalar(static_cast<float>(c.z))}, attributes))[0], c.value) <=
            1);
  }
  std::printf("mittag_leffler: largest relative error %.2g\n", worst);
}

TEST_CASE("the Mittag-Leffler function's closed forms") {
  const auto value = [](double z, double alpha, double beta) {
    return bm::mittag_leffler(bm::array(z, bm::float64), alpha, beta).item<double>();
  };
  for (const double x : {0.1, 0.49, 0.51, 1.0, 2.0, 5.0, 20.0, 300.0}) {
    INFO("x " << x);
    CHECK(value(-x, 1, 1) == Approx(std::exp(-x)).epsilon(1e-14));
    CHECK(value(x * x, 2, 1) == Approx(std::cosh(x)).epsilon(1e-12));
    CHECK(value(-x * x, 2, 1) == Approx(std::cos(x)).epsilon(1e-12).margin(1e-13));
    CHECK(value(-x * x, 2, 2) == Approx(std::sin(x) / x).epsilon(1e-12).margin(1e-13));
    CHECK(value(-x, 1, 2) == Approx(-std::expm1(-x) / x).epsilon(1e-13));
    // E_{1/2}(-x) = e^(x^2) erfc(x)
    if (x < 20)
      CHECK(value(-x, 0.5, 1) == Approx(static_cast<double>(std::exp(static_cast<long double>(x) * x) *
                                                            std::erfc(static_cast<long double>(x))))
                                     .epsilon(1e-13));
  }
  CHECK(value(0, 0.3, 1) == 1);
  CHECK(value(-inf, 0.5, 1) == 0);
  CHECK(value(inf, 0.5, 1) == inf);
  CHECK(std::isnan(value(std::nan(""), 0.5, 1)));
}

TEST_CASE("orders and parameters that are not provided") {
  const bm::Array x = bm::ones({2});
  int line = __LINE__ + 1;
  CHECK(text_of_value_error([&] { bm::mittag_leffler(x, 2.5); }) ==
        "mittag_leffler: alpha is not in (0, 2]\n  at special_test.cpp:" + std::to_string(line) +
            "\n  it is 2.5\n  hint: the order of a fractional derivative is between 0 and 2");
  line = __LINE__ + 1;
  CHECK(text_of_value_error([&] { bm::mittag_leffler(x, 0.5, 0); }) ==
        "mittag_leffler: beta is not in (0, 5]\n  at special_test.cpp:" + std::to_string(line) +
            "\n  it is 0\n  hint: the order of a fractional derivative is between 0 and 2");
  line = __LINE__ + 1;
  CHECK(text_of_value_error([&] { bm::polygamma(101, x); }) ==
        "polygamma: the order is not in 0 ... 100\n  at special_test.cpp:" + std::to_string(line) +
            "\n  n is 101\n  hint: order n is derivative n of bm::digamma");
  CHECK(bm::polygamma(1, 2).item<float>() == Approx(0.6449340668));
  CHECK(bm::gamma(5).item<float>() == 24);
}
