// Delays in continuous time: what is interpolated, what was before, how far they reach, in all modes; mistakes.
#include <cmath>
#include <random>

#include "delay/modes.h"

namespace bp = brainpy;
namespace bm = brainpy::math;
using namespace test_support;

namespace {

/// Fills points 0 .. count - 1 with a function and its slope.
template <class F, class D>
void fill(bm::TimeDelay& delay, int count, F value, D slope, bool slopes) {
  for (int i = 0; i < count; ++i) {
    const double t = delay.t0() + i * delay.dt();
    if (slopes) delay.update(value(t), slope(t));
    else delay.update(value(t));
  }
}

}  // namespace

TEST_CASE("interpolation: exact for lines, cubics and steps; grid points as they were written") {
  const Precision wide(true);
  bm::Variable x(bm::zeros({}));
  const auto cubic = [](double t) { return 1 + t * (2 + t * (-0.75 + t * 0.5)); };
  const auto slope = [](double t) { return 2 + t * (-1.5 + t * 1.5); };
  const auto line = [](double t) { return 3 - 2 * t; };
  bm::TimeDelay smooth(x, {.delay = 2.0, .dt = 0.25, .t0 = -1.0, .interpolation = "cubic"});
  bm::TimeDelay straight(x, {.delay = 2.0, .dt = 0.25, .t0 = -1.0});
  bm::TimeDelay stairs(x, {.delay = 2.0, .dt = 0.25, .t0 = -1.0, .interpolation = "round"});
  fill(smooth, 20, cubic, slope, true);
  fill(straight, 20, line, slope, false);
  fill(stairs, 20, line, slope, false);
  // Points 11 .. 19 are kept for certain: times from 1.75 to 3.75.
  std::mt19937_64 random(7);
  for (int k = 0; k < 200; ++k) {
    const double t = 1.75 + 2.0 * static_cast<double>(random() % 10001) / 10000;
    INFO("seed 7, t " << t);
    CHECK(smooth(t).item<double>() == Approx(cubic(t)).epsilon(1e-14));
    CHECK(smooth.derivative(t).item<double>() == Approx(slope(t)).epsilon(1e-12));
    CHECK(straight(t).item<double>() == Approx(line(t)).margin(1e-14));
    CHECK(straight.derivative(t).item<double>() == Approx(-2).epsilon(1e-13));
    CHECK(stairs(t).item<double>() == line(-1 + 0.25 * std::floor((t + 1) / 0.25 + 0.5)));
  }
  for (int i = 11; i < 20; ++i) {
    const double t = -1 + 0.25 * i;
    CHECK(smooth(t).item<double>() == cubic(t));
    CHECK(smooth.derivative(t).item<double>() == slope(t));
    CHECK(straight(t).item<double>() == line(t));
  }
}

TEST_CASE("before t0 there is the history, exactly: numbers, arrays, functions and their derivatives") {
  const Precision wide(true);
  bm::Variable x(bm::zeros({2}));
  bm::TimeDelay zero(x, {.delay = 1.0, .dt = 0.1}), number(x, {.delay = 1.0, .dt = 0.1, .before_t0 = 1.2}),
      array(x, {.delay = 1.0, .dt = 0.1, .before_t0 = bm::array({1.0, 2.0})}),
      function(x, {.delay = 1.0, .dt = 0.1, .t0 = 3.0, .before_t0 = [](bm::Array t) {
                     return bm::stack({bm::cos(t), t * t * 2.0});
                   }});
  CHECK(zero(-5.0).to_vector<double>() == std::vector<double>{0, 0});
  CHECK(number(-1e-9).to_vector<double>() == std::vector<double>{1.2, 1.2});
  CHECK(number.derivative(-3.0).to_vector<double>() == std::vector<double>{0, 0});
  CHECK(array(-100.0).to_vector<double>() == std::vector<double>{1, 2});
  for (const double t : {2.9, -1.0, 0.25}) {
    const std::vector<double> value = function(t).to_vector<double>(),
                              slope = function.derivative(t).to_vector<double>();
    CHECK(value[0] == Approx(std::cos(t)).epsilon(1e-15));
    CHECK(value[1] == t * t * 2);
    CHECK(slope[0] == Approx(-std::sin(t)).epsilon(1e-14));
    CHECK(slope[1] == Approx(4 * t).epsilon(1e-14));
  }
  // Each element at its own time, some before t0.
  number.update(bm::array({5.0, 6.0}));
  CHECK(number(bm::array({-0.5, 0.0})).to_vector<double>() == std::vector<double>{1.2, 6.0});
  number.reset_state();
  CHECK(number(-0.5).to_vector<double>() == std::vector<double>{1.2, 1.2});
  CHECK_THROWS_AS(number(0.0), bp::ValueError);
}

TEST_CASE(
    "random times, scalar and for each element, agree with a plain list of points to the same bits in all modes") {
  for (const bool wide : {false, true}) {
    for (const char* interpolation : {"linear", "cubic", "round"}) {
      std::vector<std::vector<double>> seen;
      for (const char* name : modes) {
        INFO(name << ", " << interpolation << (wide ? ", f64" : ", f32") << ", seed 11");
        const Precision precision(wide);
        const Mode mode(name);
        std::mt19937_64 random(11);
        const bool slopes = std::string(interpolation) == "cubic";
        bm::Variable x(bm::zeros({3}));
        bm::TimeDelay delay(x, {.delay = 0.7, .dt = 0.1, .t0 = 2.0, .before_t0 = 0.5, .interpolation = interpolation});
        auto step = bp::jit([&](bm::Array value, bm::Array slope, bm::Array t, bm::Array each) {
          if (slopes) delay.update(value, slope);
          else delay.update(value);
          return std::tuple(delay(t), delay(each));
        });
        const auto real = [&](double low, double high) {
          return low + (high - low) * static_cast<double>(random() % 100000) / 100000;
        };
        const auto three = [&](double low, double high) {
          return std::vector<double>{real(low, high), real(low, high), real(low, high)};
        };
        std::vector<std::vector<double>> values, rates;
        seen.emplace_back();
        for (int n = 0; n < 30; ++n) {
          values.push_back(three(-1, 1));
          rates.push_back(three(-1, 1));
          const double now = 2.0 + 0.1 * n, t = real(now - 0.7, now);
          const std::vector<double> each = three(now - 0.7, now);
          const auto [row, elements] =
              step(bm::array(values.back()), bm::array(rates.back()), bm::array(t), bm::array(each));
          const std::vector<double> all = row.to_vector<double>(), own = elements.to_vector<double>();
          seen.back().insert(seen.back().end(), all.begin(), all.end());
          seen.back().insert(seen.back().end(), own.begin(), own.end());
          const auto expected = [&](double at, std::size_t e) {
            if (at < 2.0) return 0.5;
            const double s = (at - 2.0) / 0.1;
            const auto k = static_cast<std::size_t>(slopes || interpolation[0] == 'l' ? s : s + 0.5);
            const double theta = s - std::floor(s), a = values[k][e],
                         b = values[std::min<std::size_t>(k + 1, values.size() - 1)][e];
            if (interpolation[0] == 'r') return a;
            if (!slopes) return a + theta * (b - a);
            const double p = rates[k][e] * 0.1, q = rates[std::min<std::size_t>(k + 1, values.size() - 1)][e] * 0.1;
            return (1 + 2 * theta) * (1 - theta) * (1 - theta) * a + theta * theta * (3 - 2 * theta) * b +
                   theta * (1 - theta) * (1 - theta) * p + theta * theta * (theta - 1) * q;
          };
          const double margin = wide ? 1e-12 : 2e-4;
          const auto is_near_an_edge = [&](double at) {  // of rounding, in float32
            return interpolation[0] == 'r' && std::abs((at - 2.0) / 0.1 - std::floor((at - 2.0) / 0.1) - 0.5) < 1e-3;
          };
          for (std::size_t e = 0; e < 3; ++e) {
            if (!is_near_an_edge(t)) CHECK(all[e] == Approx(expected(t, e)).margin(margin));
            if (!is_near_an_edge(each[e])) CHECK(own[e] == Approx(expected(each[e], e)).margin(margin));
          }
        }
      }
      for (const auto& other : seen) CHECK(other == seen.front());
    }
  }
}

TEST_CASE("the buffer reaches back by the delay from any time of the next step, and grid times are never summed") {
  const Precision wide(true);
  bm::Variable x(bm::zeros({}));
  bm::TimeDelay delay(x, {.delay = 1.1, .dt = 0.1});
  for (int i = 0; i < 100000; ++i) delay.update(static_cast<double>(i));
  const double newest = 99999 * 0.1;
  CHECK(delay(newest).item<double>() == Approx(99999).epsilon(1e-14));
  for (const double ahead : {0.0, 0.05, 0.1}) {
    const double t = newest + ahead - 1.1;
    CHECK(delay(t).item<double>() == Approx(t / 0.1).epsilon(1e-13));
  }
  CHECK_THROWS_AS(delay(newest - 1.3), bp::ValueError);
  CHECK_THROWS_AS(delay(newest + 0.01), bp::ValueError);
}

// --- mistakes ------------------------------------------------------------------------------------

TEST_CASE("times that are not known") {
  const Precision wide(true);
  bm::Variable x(bm::zeros({2}));
  bm::TimeDelay delay(x, {.delay = 0.5, .dt = 0.25});
  for (int i = 0; i < 9; ++i) delay.update(1.0);
  const std::string hint =
      "\n  hint: look back by at least one step dt and at most .delay; at first only times before .t0 are known";
  CHECK(text_of<bp::ValueError>([&] { delay(2.5); }) ==
        "TimeDelay: the value is not known at a time\n  at here\n  t = 2.5, known from = 1.25, to = 2" + hint);
  CHECK(text_of<bp::ValueError>([&] {
          delay(bm::array({2.0, 0.5}));
        }) ==
        "TimeDelay: the value is not known at a time\n  at here\n  t = 0.5, known from = 1.25, to = 2, element 1" +
            hint);
  CHECK(text_of<bp::ValueError>([&] { delay.derivative(3.0); }) ==
        "TimeDelay: the slope is not known at a time\n  at here\n  t = 3, known from = 1.25, to = 2" + hint);
  CHECK_THROWS_AS(delay(std::nan("")), bp::ValueError);
  auto read = bp::jit([&](bm::Array t) { return delay(t); });
  for (const char* name : {"jit", "interp", "shadow"}) {
    const Mode mode(name);
    CHECK_NOTHROW(read(1.25));
    CHECK_THAT(text_of<bp::ValueError>([&] { read(2.5); }),
               Catch::Matchers::Contains("t = 2.5, known from = 1.25, to = 2"));
    CHECK_THROWS_AS(read(0.9), bp::ValueError);
  }
  CHECK(text_of<bp::ShapeError>([&] { delay(bm::zeros({3})); }) ==
        "TimeDelay: the times do not fit the elements\n  at here\n  the target is f64[2], the times f64[3]\n  hint: "
        "give one time, or one for each element");
}

TEST_CASE("options that make no delay") {
  bm::Variable x(bm::zeros({2})), spike(bm::zeros({2}, bm::bool_));
  CHECK(text_of<bp::ValueError>([&] { bm::TimeDelay(x, {.delay = 0.0}); }) ==
        "TimeDelay: the delay is not above zero\n  at here\n  0 ms\n  hint: give it in ms, such as 0.1");
  CHECK(text_of<bp::ValueError>([&] { bm::TimeDelay(x, {.delay = 1.0, .dt = -0.1}); }) ==
        "TimeDelay: the step dt is not above zero\n  at here\n  -0.1 ms\n  hint: give it in ms, such as 0.1");
  CHECK(text_of<bp::NameError>([&] { bm::TimeDelay(x, {.delay = 1.0, .interpolation = "spline"}); }) ==
        "TimeDelay: no interpolation is called 'spline'\n  at here\n  hint: known are: linear, cubic, round");
  CHECK(
      text_of<bp::DTypeError>([&] { bm::TimeDelay(spike, {.delay = 1.0}); }) ==
      "TimeDelay: values that are not floats cannot be interpolated\n  at here\n  the target is bool[2]\n  hint: give "
      ".interpolation = \"round\", or use bp::VarDelay");
  CHECK(text_of<bp::ShapeError>([&] { bm::TimeDelay(x, {.delay = 1.0, .before_t0 = bm::zeros({3})}); }) ==
        "TimeDelay: the initial history has another shape\n  at here\n  the target is f32[2], the initial history "
        "f32[3]\n  hint: give a number, or an array of the target's shape");
  bm::TimeDelay rounded(spike, {.delay = 1.0, .dt = 0.5, .before_t0 = true, .interpolation = "round"});
  rounded.update(false);
  CHECK(rounded(0.0).to_vector<bool>() == std::vector<bool>{false, false});
  CHECK(rounded(-0.1).to_vector<bool>() == std::vector<bool>{true, true});
  CHECK(text_of<bp::ValueError>([&] { rounded.derivative(0.0); }) ==
        "TimeDelay: rounded times have no slope\n  at here\n  hint: give .interpolation = \"linear\" or \"cubic\"");
  bm::TimeDelay smooth(x, {.delay = 1.0, .interpolation = "cubic"});
  CHECK(
      text_of<bp::ValueError>([&] { smooth.update(); }) ==
      "TimeDelay: cubic interpolation needs slopes\n  at here\n  hint: call update(value, slope), or let an integrator "
      "do it: .delays = {{\"x\", x_delayed}}");
}
