// Every mistake that must be refused: what failed, where (this file and line), the values, the cure.
#include <brainpy/brainpy.hpp>
#include <string>

#include "frontend/math/sparse.hpp"
#include "runtime/options.h"
#include "support/errors.h"

namespace bp = brainpy;
namespace bm = brainpy::math;

namespace {

std::string at_line(int line) { return "at errors_test.cpp:" + std::to_string(line); }

}  // namespace

TEST_CASE("shapes that do not broadcast") {
  const std::string text = text_of<bp::ShapeError>([] { bm::ones({2, 3}) + bm::ones({4}); });
  CHECK(text == "add: shapes do not broadcast\n  " + at_line(__LINE__ - 1) +
                    "\n  left f32[2,3], right f32[4]\n  hint: aligned from the last axis, extents must be equal or 1; "
                    "reshape, index, or project one of them with a connection");
}

TEST_CASE("the number of a traced value") {
  auto wrong = bp::jit([](bm::Array a) { return a.item<float>() > 0.0F ? a : -a; });
  const int line = __LINE__ - 1;
  const std::string text = text_of<bp::TraceError>([&] { wrong(bm::array(1.0)); });
  CHECK_CONTAINS(text, "a traced value has no number yet");
  CHECK_CONTAINS(text, at_line(line));
  CHECK_CONTAINS(text, "bm::where");
  CHECK_CONTAINS(text, "bm::ifelse");
  CHECK_CONTAINS(text, "bp::NoJit");
  // The trace that failed is over: the next one starts afresh.
  CHECK(bp::jit([](bm::Array a) { return a + 1.0; })(bm::array(1.0)).item<float>() == 2.0F);
}

TEST_CASE("a traced value kept beyond its trace") {
  bm::Array kept;
  auto keep = bp::jit([&](bm::Array a) {
    kept = a * 2.0;
    return a;
  });
  const int line = __LINE__ - 3;
  const std::string text = text_of<bp::TraceError>([&] { keep(bm::ones({3})); });
  CHECK_CONTAINS(text, "a traced value outlives the traced call");
  CHECK_CONTAINS(text, at_line(line));
  CHECK_CONTAINS(text, "make it a bm::Variable");

  // What was kept is refused wherever it is used later.
  CHECK_CONTAINS(text_of<bp::TraceError>([&] { kept + 1.0; }), "kept beyond its trace");
  CHECK_CONTAINS(text_of<bp::TraceError>([&] { bp::jit([&](bm::Array a) { return a + kept; })(bm::ones({3})); }),
                 "kept beyond its trace");
}

TEST_CASE("a plain Array member that update() assigns") {
  struct Model : bp::BrainPyObject {
    bm::Array trace = bm::zeros({4});
    void update() { trace = trace + 1.0; }
  };
  Model model;
  auto step = bp::jit(model, &Model::update);
  const std::string text = text_of<bp::TraceError>([&] { step(); });
  CHECK_CONTAINS(text, "outlives the traced call");
  CHECK_CONTAINS(text, "bm::Variable");
  CHECK_CONTAINS(text, "Model.update");
}

TEST_CASE("a value used outside the loop that made it") {
  auto wrong = bp::jit([](bm::Array xs) {
    bm::Array last;
    bm::for_loop([&](bm::Array x) { last = x * 2.0; }, xs);
    return last + 1.0;
  });
  const int line = __LINE__ - 2;
  const std::string text = text_of<bp::TraceError>([&] { wrong(bm::ones({3})); });
  CHECK_CONTAINS(text, "outside the loop or branch that made it");
  CHECK_CONTAINS(text, at_line(line));
}

TEST_CASE("a Variable given another shape or element type") {
  struct Model : bp::BrainPyObject {
    bm::Variable V = variable("V", bm::zeros({3}));
  };
  Model model;
  std::string text = text_of<bp::ShapeError>([&] { model.V = bm::zeros({4}); });
  CHECK_CONTAINS(text, "Variable 'V': a value of another shape is assigned");
  CHECK_CONTAINS(text, at_line(__LINE__ - 2));
  CHECK_CONTAINS(text, "the Variable is f32[3], the value f32[4]");
  text = text_of<bp::DTypeError>([&] { model.V = bm::zeros({3}, bm::int32); });
  CHECK_CONTAINS(text, "convert the value with .astype(bm::float32)");
  // Inside a trace as well.
  text = text_of<bp::ShapeError>([&] { bp::jit([&] { model.V = bm::zeros({2, 3}); })(); });
  CHECK_CONTAINS(text, at_line(__LINE__ - 1));
  CHECK_CONTAINS(text_of<bp::DTypeError>([] {
                   bm::Variable flags(bm::zeros({2}, bm::bool_));
                   flags = 1.5;
                 }),
                 "a number of another kind");
}

TEST_CASE("names that are missing, taken or not names") {
  struct Twice : bp::BrainPyObject {
    bm::Variable a = variable("V", bm::zeros({1}));
    bm::Variable b = variable("V", bm::zeros({1}));
  };
  CHECK_CONTAINS(text_of<bp::NameError>([] { Twice twice; }), "the name 'V' is taken");
  struct Nameless : bp::BrainPyObject {
    bm::Variable a = variable("", bm::zeros({1}));
  };
  CHECK_CONTAINS(text_of<bp::NameError>([] { Nameless nameless; }), "is not a name");
  struct Parent : bp::BrainPyObject {
    Nameless& child() { return node<Nameless>("1st"); }
  } parent;
  CHECK_CONTAINS(text_of<bp::NameError>([&] { parent.child(); }), "'1st' is not a name");
  CHECK_CONTAINS(text_of<bp::NameError>([&] { parent.vars()["V"]; }), "no Variable is called 'V'");
  CHECK_CONTAINS(text_of<bp::NameError>([] { bp::share.load("current"); }), "known are: t, i, dt");
}

TEST_CASE("branches that disagree") {
  auto wrong = bp::jit([](bm::Array a) {
    return bm::ifelse(
        a > 0.0, [&] { return bm::zeros({3}); }, [&] { return bm::zeros({4}); });
  });
  const int line = __LINE__ - 2;
  const std::string text = text_of<bp::ShapeError>([&] { wrong(bm::array(1.0)); });
  CHECK_CONTAINS(text, "ifelse: branches return different types");
  CHECK_CONTAINS(text, at_line(line));
  CHECK_CONTAINS(text, "one returns f32[3], another f32[4]");
  CHECK_CONTAINS(text_of<bp::ValueError>([] { bm::ifelse({bm::array(1.0) > 0.0}, {1.0}); }),
                 "1 conditions, 1 branches");
  CHECK_CONTAINS(text_of<bp::ShapeError>([] { bm::ifelse(bm::ones({2}) > 0.0, 1.0, 2.0); }), "bm::any or bm::all");
}

TEST_CASE("loops whose values change their type") {
  auto wrong = bp::jit([](bm::Array n) {
    return bm::while_loop([](bm::Array k) { return k < 3; }, [](bm::Array k) { return k + 0.5; }, n);
  });
  const std::string text = text_of<bp::DTypeError>([&] { wrong(bm::array(0)); });
  CHECK_CONTAINS(text, "while_loop: carried value 0 changes its type");
  CHECK_CONTAINS(text, "it begins as i32[], the body returns f32[]");
  CHECK_CONTAINS(text_of<bp::ShapeError>([] { bm::for_loop([](bm::Array) {}, bm::array(1.0)); }),
                 "no axis to loop over");
  CHECK_CONTAINS(
      text_of<bp::ShapeError>([] { bm::for_loop([](bm::Array, bm::Array) {}, bm::ones({2}), bm::ones({3})); }),
      "2 and 3 rows");
}

TEST_CASE("a while's condition that assigns a Variable") {
  bm::Variable count(bm::zeros({}), "count");
  const auto run = bp::jit([&](bm::Array x) {
    return bm::while_loop(
        [&](bm::Array v) {
          count += 1.0;
          return v < 3.0;
        },
        [](bm::Array v) { return v + 1.0; }, x);
  });
  const std::string text = text_of<bp::TraceError>([&] { run(bm::zeros({})); });
  CHECK_CONTAINS(text, "while_loop: the condition assigns the Variable '");
  CHECK_CONTAINS(text, at_line(__LINE__ - 7));
  CHECK_CONTAINS(text, "only the body assigns Variables");
}

TEST_CASE("an index outside its axis") {
  const bm::Array x = bm::arange(5);
  CHECK_CONTAINS(text_of<bp::IndexError>([&] { x[7]; }), at_line(__LINE__));
  auto pick = bp::jit([](bm::Array a, bm::Array i) { return bm::take(a, i, 0); });
  const int line = __LINE__ - 1;
  const std::string text = text_of<bp::IndexError>([&] { pick(x, bm::array(std::vector<int>{1, 9})); });
  CHECK_CONTAINS(text, "take: index out of range");
  CHECK_CONTAINS(text, at_line(line));
  CHECK_CONTAINS(text, "index 9");
  CHECK_CONTAINS(text, "-n .. n-1");
  // The Variables and the next call are as before.
  CHECK(pick(x, bm::array(std::vector<int>{1, 4})).to_vector<int>() == std::vector<int>{1, 4});
}

TEST_CASE("a NaN is found at the operation that makes it") {
  auto root = bp::jit([](bm::Array a) {
    const bm::Array below = a - 2.0;
    return bm::sqrt(below) * 0.0;
  });
  const int line = __LINE__ - 2;
  bp::set_debug_nans();
  std::string text = text_of<bp::NaNError>([&] { root(bm::ones({3})); });
  bp::set_debug_nans(false);
  CHECK_CONTAINS(text, "sqrt: made a NaN from operands that have none");
  CHECK_CONTAINS(text, at_line(line));
}

TEST_CASE("an unknown integration method lists the known ones") {
  const std::string text =
      text_of<bp::NameError>([] { bp::odeint([](bm::Array x, bm::Array) { return -x; }, {.method = "rk5"}); });
  CHECK_CONTAINS(text, "odeint: no method is called 'rk5'");
  CHECK_CONTAINS(text, at_line(__LINE__ - 2));
  CHECK_CONTAINS(text, "euler, midpoint, heun2");
  CHECK_CONTAINS(text_of<bp::ValueError>([] { bp::odeint([](bm::Array x, bm::Array) { return -x; }, {.dt = -0.1}); }),
                 "not above zero");
}

TEST_CASE("a literal that changes is named under BRAINPY_CHECK") {
  struct Model : bp::BrainPyObject {
    bm::Variable V = variable("V", bm::ones({3}));
    double gain = 2.0;
    void update() { V = V * gain; }
  } model;
  const int line = __LINE__ - 2;
  auto step = bp::jit(model, &Model::update);
  step();
  brainpy::runtime::options().check = true;
  step();
  model.gain = 3.0;
  const std::string text = text_of<bp::TraceError>([&] { step(); });
  brainpy::runtime::options().check = false;
  CHECK_CONTAINS(text, "recorded as a literal has changed");
  CHECK_CONTAINS(text, "was 2 at errors_test.cpp:" + std::to_string(line));
  CHECK_CONTAINS(text, "is 3 at");
}

TEST_CASE("connections that do not fit") {
  const bm::CSR diagonal(bm::arange(3), bm::arange(4), 3, 3);
  CHECK_CONTAINS(text_of<bp::ShapeError>([&] { bm::event::csrmv(1.0, diagonal, bm::zeros({4}, bm::bool_)); }),
                 "one value per presynaptic neuron");
  CHECK_CONTAINS(text_of<bp::ValueError>([] { bm::CSR(bm::arange(3), bm::arange(4), 3, 2); }), "index 2, columns 2");
}

TEST_CASE("runners refuse what they cannot do") {
  struct Model : bp::BrainPyObject {
    bm::Variable V = variable("V", bm::zeros({3}));
    void update() { V += 1.0; }
  } model;
  CHECK_CONTAINS(text_of<bp::NameError>([&] { bp::DSRunner(model, {.monitors = {"U"}}); }), "known are: V");
  CHECK_CONTAINS(text_of<bp::ValueError>([&] { bp::DSRunner(model, {.monitors = {"V[a]"}}); }),
                 "the index does not read");
  CHECK_CONTAINS(text_of<bp::ValueError>([&] { bp::DSRunner(model, {.dt = -1.0}); }), "not above zero");
  bp::DSRunner runner(model, {.monitors = {"V"}, .inputs = {{"V", bm::ones({5}), "iter"}}, .dt = 1.0});
  CHECK_CONTAINS(text_of<bp::ShapeError>([&] { runner.run(6.0); }), "too few rows");
  CHECK_CONTAINS(text_of<bp::ValueError>([&] { runner.run(-1.0); }), "the duration is not a time");
  CHECK_CONTAINS(text_of<bp::NameError>([&] { runner.mon["W"]; }), "nothing is monitored");
}

TEST_CASE("switches that are not known") {
  CHECK_CONTAINS(text_of<bp::ValueError>([] { bp::set_run_mode("fast"); }), "use one of jit, interp, shadow");
}

TEST_CASE("a condition that a running program must satisfy") {
  const auto halve = [](bm::Array x, bm::Array t) {
    bm::check(x > 0.25, "x is too small", {{"t", t}, {"x", x}}, "begin with a larger one");
    return x * 0.5;
  };
  const int line = __LINE__ - 3;
  const std::string expected = "x is too small\n  at errors_test.cpp:" + std::to_string(line);
  const std::string values = "\n  t = 1.5, x = 0.125, element 2\n  hint: begin with a larger one";
  const bm::Array bad = bm::array({1.0, 0.5, 0.125});
  const std::string eager = text_of<bp::ValueError>([&] { halve(bad, 1.5); });
  CHECK_CONTAINS(eager, expected);
  CHECK_CONTAINS(eager, values);
  auto compiled = bp::jit(halve);
  CHECK(compiled(bm::array({1.0, 0.5, 0.5}), 1.5).to_vector<float>() == std::vector<float>{0.5F, 0.25F, 0.25F});
  for (const char* mode : {"jit", "interp", "shadow"}) {
    bp::set_run_mode(mode);
    const std::string text = text_of<bp::ValueError>([&] { compiled(bad, 1.5); });
    bp::set_run_mode("jit");
    CHECK_CONTAINS(text, expected);
    CHECK_CONTAINS(text, values);
  }
  // In a loop it runs each time, although nothing uses a result of it.
  auto loop = bp::jit([](bm::Array x) {
    return bm::while_loop([](bm::Array v) { return v < 100.0; },
                          [](bm::Array v) {
                            bm::check(v < 20.0, "v has grown", {{"v", v}});
                            return v * 2.0;
                          },
                          x);
  });
  CHECK_CONTAINS(text_of<bp::ValueError>([&] { loop(3.0); }), "v = 24");
  CHECK_CONTAINS(text_of<bp::ShapeError>([&] {
                   bm::check(bad > 0.0, "wrong", {{"y", bm::ones({2})}});
                 }),
                 "check: a value has another shape than the condition");
}
