// What natural control flow becomes, called by hand: against plain numbers for one element at a time, in all modes;
// what it refuses.
#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include <brainpy/brainpy.hpp>

#include "support/errors.h"
#include "support/float64.h"

namespace bp = brainpy;
namespace bm = brainpy::math;
namespace natural = brainpy::math::natural;

namespace {

using Numbers = std::vector<double>;

/// The function of an array eagerly, compiled, interpreted and both side by side.
Numbers in_all_modes(const std::function<bm::Array(bm::Array)>& function, const bm::Array& x) {
  Numbers eager;
  {
    bp::NoJit off;
    eager = function(x).to_vector<double>();
  }
  for (const char* mode : {"jit", "interp", "shadow"}) {
    INFO(mode);
    bp::set_run_mode(mode);
    CHECK(bp::jit([&](bm::Array a) { return function(a); })(x).to_vector<double>() == eager);
  }
  bp::set_run_mode("jit");
  return eager;
}

/// The same function of one number, for each.
Numbers one_by_one(double (*function)(double), const bm::Array& x) {
  Numbers results;
  for (const double a : x.to_vector<double>()) results.push_back(function(a));
  return results;
}

bm::Array steps() { return bm::linspace(-4.0, 4.0, 33); }

}  // namespace

TEST_CASE("each element takes its branch") {
  const bp::test::Float64 numbers;
  const auto lanes = [](bm::Array x) {
    bm::Array y = 0.0;
    natural::if_else(
        x > 1.0, [&] { y = x * 2.0; },
        [&] {
          natural::if_else(
              x < -1.0, [&] { y = -x; }, [&] { y += 3.0; }, y);
        },
        y);
    return y;
  };
  const auto one = [](double x) {
    double y = 0.0;
    if (x > 1.0) y = x * 2.0;
    else if (x < -1.0) y = -x;
    else y += 3.0;
    return y;
  };
  CHECK(in_all_modes(lanes, steps()) == one_by_one(one, steps()));
}

TEST_CASE("a condition of one element is a real branch") {
  const bp::test::Float64 numbers;
  const auto choose = [](bm::Array x) {
    bm::Array y = 0;  // becomes what the ways need: float64[33]
    const bm::Array total = bm::sum(x);
    natural::if_else(
        total > 0.0, [&] { y = bm::sqrt(bm::abs(x)); }, [&] { y = 1.5; }, y);
    return y + bm::zeros({33});
  };
  auto jitted = bp::jit([&](bm::Array x) { return choose(x); });
  jitted(steps());
  CHECK_CONTAINS(jitted.dump(bp::Stage::trace), "= if ");
  const Numbers positive = in_all_modes(choose, steps() + 0.25), negative = in_all_modes(choose, steps() - 0.25);
  CHECK(positive[0] == std::sqrt(3.75));
  CHECK(negative == Numbers(33, 1.5));
  // A number known while recording decides then.
  auto known = bp::jit([](bm::Array x) {
    bm::Array y = 0.0;
    natural::if_else(
        bm::Array(true), [&] { y = x; }, [&] { y = bm::sin(x); }, y);
    return y;
  });
  known(steps());
  CHECK(known.dump(bp::Stage::trace).find("if") == std::string::npos);
}

TEST_CASE("loops run for each element as long as for one") {
  const bp::test::Float64 numbers;
  const auto lanes = [](bm::Array x) {
    bm::Array k = 0, sum = 0.0;
    natural::while_loop([&] { return bm::Operand(sum) < bm::Operand(x); }, [&] { sum += 0.75, k += 1; }, k, sum);
    natural::do_while([&] { sum *= 0.5, k += 10; }, [&] { return sum > 1.0; }, k, sum);
    bm::Array j = 0;
    natural::for_loop([&] { return j < x; }, [&] { j += 1; }, [&] { k += 100; }, j, k);
    return k + sum;
  };
  const auto one = [](double x) {
    double k = 0, sum = 0;
    while (sum < x) sum += 0.75, k += 1;
    do sum *= 0.5, k += 10;
    while (sum > 1.0);
    for (double j = 0; j < x; j += 1) k += 100;
    return k + sum;
  };
  CHECK(in_all_modes(lanes, steps()) == one_by_one(one, steps()));
}

TEST_CASE("elements that do not take part do not keep a loop going") {
  const bp::test::Float64 numbers;
  const auto lanes = [](bm::Array x) {
    bm::Array y = x;
    // For x <= 0 the loop would never end.
    natural::if_else(
        x > 0.0, [&] { natural::while_loop([&] { return y < 8.0; }, [&] { y *= 2.0; }, y); }, [&] {}, y);
    return y;
  };
  const auto one = [](double x) {
    double y = x;
    if (x > 0)
      while (y < 8.0) y *= 2.0;
    return y;
  };
  CHECK(in_all_modes(lanes, steps()) == one_by_one(one, steps()));
}

namespace {

struct Counter : bp::BrainPyObject {
  bm::Variable V = variable("V", bm::linspace(-4.0, 4.0, 33)), n = variable("n", bm::zeros({33})),
               total = variable("total", bm::zeros({}));
  void update(bm::Array I) {
    natural::if_else(
        V > I, [&] { V = 0.0, n += 1.0; },
        [&] {
          bm::Array k = 0;
          natural::while_loop([&] { return V < I && k < 3; }, [&] { V += 0.5, k += 1; }, k);
        });
    natural::if_else(
        bm::sum(n) > 20.0, [&] { total += 1.0; }, [&] { total -= 1.0; });
  }
};

}  // namespace

TEST_CASE("Variables change only where the element would have changed them") {
  const bp::test::Float64 numbers;
  const auto start = bm::linspace(-4.0, 4.0, 33).to_vector<double>();
  Numbers V = start, n(33, 0.0);
  double total = 0;
  for (int step = 0; step < 6; ++step) {
    const double I = step % 2 ? 0.5 : 1.25;
    for (std::size_t i = 0; i < V.size(); ++i) {
      if (V[i] > I) V[i] = 0.0, n[i] += 1;
      else
        for (int k = 0; V[i] < I && k < 3; ++k) V[i] += 0.5;
    }
    double sum = 0;
    for (const double x : n) sum += x;
    total += sum > 20 ? 1 : -1;
  }
  for (const char* mode : {"jit", "interp", "shadow", "eager"}) {
    INFO(mode);
    const bool eager = std::string(mode) == "eager";
    if (!eager) bp::set_run_mode(mode);
    Counter model;
    auto step_of = bp::jit(model, &Counter::update);
    for (int step = 0; step < 6; ++step) {
      const bm::Array I = step % 2 ? 0.5 : 1.25;
      if (eager) {
        bp::NoJit off;
        model.update(I);
      } else {
        step_of(I);
      }
    }
    CHECK(model.V.to_vector<double>() == V);
    CHECK(model.n.to_vector<double>() == n);
    CHECK(model.total.item<double>() == total);
  }
  bp::set_run_mode("jit");
}

TEST_CASE("an early return keeps the value of the return that an element met") {
  const bp::test::Float64 numbers;
  const auto lanes = [](bm::Array x) {
    bm::Array returned = false;
    natural::Returned<std::tuple<bm::Array, bm::Array>> result;
    natural::if_else(
        x > 2.0,
        [&] {
          result = std::tuple<bm::Array, bm::Array>{x, 1.0}, returned = true;
        },
        [&] {}, returned, result);
    natural::if_else(
        !returned,
        [&] {
          result = std::tuple<bm::Array, bm::Array>{-x, 0.5};
        },
        [&] {}, result);
    auto [a, b] = result.take();
    return a + b;
  };
  const auto one = [](double x) { return x > 2.0 ? x + 1.0 : -x + 0.5; };
  CHECK(in_all_modes(lanes, steps()) == one_by_one(one, steps()));
}

TEST_CASE("the right side of && and || and the arms of a choice run only where they count") {
  const bp::test::Float64 numbers;
  bm::Variable calls(bm::zeros({33}), "calls");
  const auto counted = [&](const bm::Array& x) {
    calls += 1.0;
    return x > 0.0;
  };
  const auto lanes = [&](bm::Array x) {
    calls = 0.0;
    const bm::Array both = natural::both(x > -2.0, [&] { return counted(x); });
    const bm::Array either = natural::either(x > 2.0, [&] { return counted(x); });
    const bm::Array chosen = natural::choose(
        x > 3.0, [&] { return 7.0; }, [&] { return bm::where(counted(x), x, 0.0); });
    return bm::where(both, 1.0, 0.0) + bm::where(either, 10.0, 0.0) + chosen + 100.0 * calls;
  };
  const auto one = [](double x) {
    double count = 0;
    const auto ask = [&] { return count += 1, x > 0.0; };
    const bool both = x > -2.0 && ask(), either = x > 2.0 || ask();
    const double chosen = x > 3.0 ? 7.0 : ask() ? x : 0.0;
    return (both ? 1.0 : 0.0) + (either ? 10.0 : 0.0) + chosen + 100.0 * count;
  };
  CHECK(in_all_modes(lanes, steps()) == one_by_one(one, steps()));
  // A native left side decides as in C++: the right one does not even run.
  bool ran = false;
  natural::both(false, [&] { return ran = true; });
  natural::either(true, [&] { return ran = true; });
  CHECK_FALSE(ran);
}

TEST_CASE("random numbers go on for all elements") {
  const auto draw = [](bm::Array x) {
    bm::random::seed(3);
    bm::Array y = 0.0;
    natural::if_else(
        x > 0.0, [&] { y = bm::random::rand({33}); }, [&] {}, y);
    return y + bm::random::rand({33});
  };
  const auto plain = [](bm::Array x) {
    bm::random::seed(3);
    const bm::Array first = bm::random::rand({33});
    return bm::where(x > 0.0, first, 0.0) + bm::random::rand({33});
  };
  bp::NoJit off;
  CHECK(draw(steps()).to_vector<double>() == plain(steps()).to_vector<double>());
}

TEST_CASE("wrong uses") {
  Counter model;
  bp::NoJit off;
  const bm::Array x = steps();
  const auto change = [&] { model.total += 1.0; };
  const auto change_part = [&] { model.V[{bm::slice(0, 3)}] = 1.0; };
  const int line = __LINE__ - 1;
  const auto at = [](int l) { return "\n  at natural_test.cpp:" + std::to_string(l); };
  const auto on = [&](natural::Body body) { natural::if_else(x > 0.0, body, [] {}); };
  const std::string condition = "the condition of line " + std::to_string(__LINE__ - 1) + " is bool[33]";
  CHECK(
      text_of<bp::ShapeError>([&] { on(change); }) ==
      "Variable 'total' is assigned where elements go different ways" + at(line - 1) + "\n  the Variable is f32[], " +
          condition +
          "\n  hint: give the Variable one value per element of the condition, or reduce the condition with bm::any or "
          "bm::all");
  CHECK(text_of<bp::TraceError>([&] { on(change_part); }) ==
        "a part of Variable 'V' is assigned where elements go different ways" + at(line) + "\n  " + condition +
            "\n  hint: assign the whole Variable, each element its own value, or reduce the condition with bm::any or "
            "bm::all");
  // Nothing is left behind by the errors.
  model.total = 1.0;

  // A value on one way only.
  bm::Array y;
  natural::if_else(
      x > 0.0, [&] { y = x; }, [] {}, y);
  CHECK_CONTAINS(text_of<bp::ValueError>([&] { y + 1.0; }), "give it a value first");
}

TEST_CASE("ways with shapes that no array can hold together") {
  const int line = __LINE__ + 5;
  auto wrong = bp::jit([](bm::Array a) {
    bm::Array z = 0.0;
    const auto two = [&] { z = bm::ones({2}); };
    const auto three = [&] { z = bm::ones({3}); };
    natural::if_else(bm::sum(a) > 0.0, two, three, z);
    return z;
  });
  CHECK(text_of<bp::ShapeError>([&] { wrong(steps()); }) ==
        "a local array has shapes that do not broadcast on the ways that lead here\n  at natural_test.cpp:" +
            std::to_string(line) + "\n  f32[2] and f32[3]\n  hint: give it the same shape on both ways");
}
