// bm::vmap against a loop over the rows, bit for bit, in every mode; its options; Variables, keys, nesting; and what it
// refuses, with the exact texts.
#include <brainpy/brainpy.hpp>

#include <cstring>
#include <functional>

#include "frontend/math/call.hpp"
#include "support/catch.h"

namespace bp = brainpy;
namespace bm = brainpy::math;

namespace {

using Arrays = std::vector<bm::Array>;

void check_same(const Arrays& got, const Arrays& expected) {
  REQUIRE(got.size() == expected.size());
  for (std::size_t k = 0; k < got.size(); ++k) {
    INFO("result " << k << ": " << got[k].to_string() << " and " << expected[k].to_string());
    REQUIRE(got[k].type() == expected[k].type());
    CHECK(std::memcmp(got[k].tensor().as<std::byte>(), expected[k].tensor().as<std::byte>(), got[k].type().bytes()) ==
          0);
  }
}

/// Runs it eagerly, recorded and compiled, recorded and interpreted, and both side by side; `prepare` comes before
/// each.
template <class F, class Prepare>
void check_modes(const Arrays& expected, F f, Prepare prepare) {
  prepare();
  check_same(f(), expected);
  {
    const bp::NoJit guard;
    prepare();
    check_same(bp::jit(f)(), expected);
  }
  for (const char* mode : {"jit", "interp", "shadow"}) {
    INFO("mode " << mode);
    bp::set_run_mode(mode);
    prepare();
    check_same(bp::jit(f)(), expected);
  }
  bp::set_run_mode("jit");
}

template <class F>
void check_modes(const Arrays& expected, F f) {
  check_modes(expected, f, [] {});
}

bm::Array numbers(const bm::Shape& shape, double first = -1.0) {
  const auto n = static_cast<double>(shape.size());
  return bm::sin(bm::arange(n) * 1.7 + first).reshape({shape.begin(), shape.end()});
}

bm::Array row(const bm::Array& x, int r) { return x[r]; }

template <class F>
bm::Array stacked(int rows, F f) {
  Arrays all;
  for (int r = 0; r < rows; ++r) all.push_back(f(r));
  return bm::stack(all);
}

template <class Kind, class Action>
bp::runtime::ErrorParts parts_of(Action&& action) {
  try {
    action();
  } catch (const Kind& e) {
    return e.parts();
  } catch (const std::exception& e) {
    FAIL("another kind of error: " << e.what());
  }
  FAIL("no error");
  return {};
}

bm::Array scale(bm::Array x, bm::Array y) { return x * bm::sum(y); }

struct Cell : bp::BrainPyObject {
  bm::Variable V = variable("V", bm::zeros({3, 2}));
  bm::Variable weight = variable("weight", bm::array({0.5, 2.0}));
  bm::Variable calls = variable("calls", bm::zeros({}));

  bm::Array update(bm::Array input) {
    V += weight * input;
    V = bm::where(V > 1.0, V - 1.0, V);
    calls += 1.0;
    return bm::sum(V);
  }
  bm::Array peek(bm::Array gain) const { return gain * weight.value(); }
};

}  // namespace

TEST_CASE("rows of a lambda, a function and methods") {
  const bm::Array xs = numbers({4, 3}), ys = numbers({4, 3}, 2.0), y = row(ys, 0);
  const auto f = [](bm::Array x, bm::Array y) { return bm::exp(x) * y + bm::sum(y); };
  check_modes({stacked(4, [&](int r) { return f(row(xs, r), row(ys, r)); })},
              [&] { return Arrays{bm::vmap(f)(xs, ys)}; });
  check_modes({stacked(4, [&](int r) { return f(row(xs, r), y); })}, [&] {
    return Arrays{bm::vmap(f, {.in_axes = {0, bm::none}})(xs, y)};
  });
  check_modes({stacked(4, [&](int r) { return scale(row(xs, r), row(ys, r)); })},
              [&] { return Arrays{bm::vmap(scale)(xs, ys)}; });
  Cell cell;
  const bm::Array gains = bm::array({1.0, -2.0, 0.1});
  check_modes({stacked(3, [&](int r) { return cell.peek(row(gains, r)); })},
              [&] { return Arrays{bm::vmap(cell, &Cell::peek)(gains)}; });
}

TEST_CASE("in_axes and out_axes place the rows") {
  const bm::Array xs = numbers({2, 3, 5}), s = numbers({2});
  const auto f = [](bm::Array x, bm::Array s) { return std::pair{x * s[0], bm::sum(x) + s}; };
  // x has the rows on axis 1 (or -2); s is shared.
  Arrays first, second;
  for (int r = 0; r < 3; ++r) {
    const auto [a, b] = f(xs[{bm::all_of(), r}], s);
    first.push_back(a);
    second.push_back(b);
  }
  for (int axis : {1, -2}) {
    check_modes({bm::stack(first), bm::stack(second)}, [&] {
      return bp::transform::flatten(bm::vmap(f, {.in_axes = {axis, bm::none}})(xs, s));
    });
    check_modes({bm::stack(first, 2), bm::stack(second, 1)}, [&] {
      return bp::transform::flatten(bm::vmap(f, {.in_axes = {axis, bm::none}, .out_axes = {2, 1}})(xs, s));
    });
    check_modes({bm::stack(first, 2), bm::stack(second, 1)}, [&] {
      return bp::transform::flatten(bm::vmap(f, {.in_axes = {axis, bm::none}, .out_axes = {-1}})(xs, s));
    });
  }
}

TEST_CASE("plain numbers, numbers as arrays, results that no row changes, no rows") {
  const auto f = [](bm::Array x, double gain, bool twice) { return x * gain * (twice ? 2.0 : 1.0); };
  const bm::Array xs = numbers({3});
  check_modes({xs * 0.5 * 2.0}, [&] { return Arrays{bm::vmap(f)(xs, 0.5, true)}; });
  check_modes({xs * 0.25 * 1.0}, [&] {
    return Arrays{bm::vmap(f, {.in_axes = {0, bm::none, bm::none}})(xs, 0.25, false)};
  });
  check_modes({bm::full({3, 2}, 7.0)},
              [&] { return Arrays{bm::vmap([](bm::Array) { return bm::full({2}, 7.0); })(xs)}; });
  const bm::Array none = bm::vmap([](bm::Array x) { return bm::sum(x) + x; })(bm::zeros({0, 4}));
  CHECK(none.shape() == bm::Shape{0, 4});
  bm::Variable v(xs), factor(2.0);
  check_modes({xs * 2.0}, [&] {
    return Arrays{bm::vmap([](bm::Array x, bm::Array s) { return x * s; }, {.in_axes = {0, bm::none}})(v, factor)};
  });
}

TEST_CASE("batched Variables are read and assigned as one row, others are shared") {
  const bm::Array inputs = bm::array({0.3, 0.9, 2.0});
  Cell cell;
  Arrays sums, states;
  for (int r = 0; r < 3; ++r) {
    bm::Array V = bm::zeros({2});
    for (int step = 0; step < 2; ++step) {
      V = V + cell.weight * row(inputs, r);
      V = bm::where(V > 1.0, V - 1.0, V);
    }
    sums.push_back(bm::sum(V));
    states.push_back(V);
  }
  const auto step = bm::vmap(cell, &Cell::update, {.batched_variables = {&cell.V}});
  check_modes(
      {bm::stack(sums), bm::stack(states), bm::full({}, 2.0)},
      [&] {
        step(inputs);
        const bm::Array out = step(inputs);
        return Arrays{out, cell.V.value(), cell.calls.value()};
      },
      [&] {
        cell.V = 0.0;
        cell.calls = 0.0;
      });
  // By reference, by reference wrapper, and with a value that is the same for all rows.
  bm::Variable a(bm::zeros({3, 2})), b(bm::zeros({3}));
  const auto set = bm::vmap(
      [&](bm::Array x) {
        CHECK(a.shape() == bm::Shape{2});
        a = bm::array({1.0, 2.0});
        b = x;
      },
      {.batched_variables = {a, std::ref(b)}});
  set(inputs);
  CHECK(a.shape() == bm::Shape{3, 2});
  CHECK(a.to_vector<float>() == std::vector<float>{1, 2, 1, 2, 1, 2});
  CHECK(b.to_vector<float>() == inputs.to_vector<float>());
  // No argument at all: the Variables say how many rows there are.
  bm::vmap([&] { b *= b.value(); }, {.batched_variables = {&b}})();
  check_same({b.value()}, {inputs * inputs});
}

TEST_CASE("all Variables of a model are batched with vars()") {
  struct Leak : bp::BrainPyObject {
    bm::Variable V = variable("V", bm::array({1.0, 2.0, 3.0, 4.0}));
    void update() { V = V * 0.5; }
  } leak;
  const auto step = bm::vmap(leak, &Leak::update, {.batched_variables = leak.vars()});
  step();
  CHECK(leak.V.to_vector<float>() == std::vector<float>{0.5, 1, 1.5, 2});
}

TEST_CASE("loops, branches and indices in a row") {
  const bm::Array xs = numbers({5, 4}), limits = bm::array({0.0, 3.0, 1.0, 6.0, 2.0});
  const auto f = [](bm::Array x, bm::Array limit) {
    const bm::Array looped = bm::for_loop([&](bm::Array v) { return v * limit + bm::sum(x); }, x);
    const auto [count, total] = bm::while_loop([&](bm::Array k, bm::Array) { return k < limit; },
                                               [&](bm::Array k, bm::Array t) {
                                                 return std::tuple{k + 1.0, t + bm::exp(-k) * x[0]};
                                               },
                                               0.0, 0.0);
    const bm::Array chosen =
        bm::ifelse({limit > 2.5, limit > 0.5}, {[&] { return x[3]; }, [&] { return x[1] * 2.0; }, 0.25});
    const bm::Array taken = bm::cond(
        limit < 4.0, [&] { return x[limit.astype(bm::int32)] + count; }, [&] { return total; });
    const auto [last, sums] = bm::scan(
        [&](bm::Array c, bm::Array v) {
          return std::pair{c * v, c + limit};
        },
        bm::ones({}), x);
    return std::vector<bm::Array>{
        looped, total, chosen, taken, last, sums, bm::sort(x), bm::argmax(x), x[{bm::slice(1, 3)}]};
  };
  Arrays expected;
  const std::size_t results = f(row(xs, 0), row(limits, 0)).size();
  for (std::size_t k = 0; k < results; ++k)
    expected.push_back(stacked(5, [&](int r) { return f(row(xs, r), row(limits, r))[k]; }));
  check_modes(expected, [&] { return bm::vmap(f)(xs, limits); });
}

TEST_CASE("nested, and inside of loops") {
  const bm::Array a = numbers({3}), b = numbers({4}, 0.5), rows = numbers({2, 3}, 0.2);
  const auto product = [](bm::Array x, bm::Array y) { return bm::tanh(x) * y; };
  check_modes({stacked(3, [&](int r) { return bm::tanh(row(a, r)) * b; })}, [&] {
    return Arrays{bm::vmap([&](bm::Array x) { return bm::vmap(product, {.in_axes = {bm::none, 0}})(x, b); })(a)};
  });
  // An inner batch over a matrix that belongs to the outer row, with a value captured from there.
  const bm::Array cubes = numbers({2, 3, 4});
  const auto inner = [](bm::Array m, bm::Array s) { return bm::vmap([&](bm::Array v) { return bm::sum(v) * s; })(m); };
  check_modes({stacked(2, [&](int r) { return inner(row(cubes, r), row(a, r)); })},
              [&] { return Arrays{bm::vmap(inner)(cubes, a[{bm::slice(0, 2)}])}; });
  check_modes({stacked(2, [&](int r) { return bm::tanh(row(rows, r)) * a; })},
              [&] { return Arrays{bm::for_loop([&](bm::Array x) { return bm::vmap(product)(x, a); }, rows)}; });
  bm::Variable state(bm::zeros({2, 3}));
  check_modes(
      {rows * 3.0},
      [&] {
        bm::vmap(
            [&](bm::Array x) { bm::vmap([&](bm::Array y) { state += y * 3.0; }, {.batched_variables = {&state}})(x); },
            {.batched_variables = {&state}})(rows);
        return Arrays{state.value()};
      },
      [&] { state = 0.0; });
}

TEST_CASE("each row draws from a stream of its own, and the state goes on by one draw") {
  const bm::Array scales = bm::array({1.0, 2.0, 3.0});
  bm::RandomState state(42), same(42);
  const auto draw = [](bm::RandomState& s, bm::Array scale) {
    const bm::Array first = s.normal(0.0, scale, {4});
    return first + s.uniform(0.0, 1.0, {4}) * bm::ifelse(
                                                  scale > 1.5, [&] { return s.rand({}); }, 1.0);
  };
  const bm::Array key = same.split_key(), after = same.key().value();
  const bm::Array expected = stacked(3, [&](int r) {
    bm::RandomState own;
    own.key() = bm::call("random_fold", {key, bm::full({}, r, bm::uint64)});
    return draw(own, row(scales, r));
  });
  check_modes(
      {expected, after},
      [&] {
        const bm::Array out = bm::vmap([&](bm::Array s) { return draw(state, s); })(scales);
        return Arrays{out, state.key().value()};
      },
      [&] { state.seed(42); });
  // The stream of no row is that of the state itself.
  bm::RandomState next(42);
  next.split_key();
  const std::vector<float> later = draw(next, scales[0]).to_vector<float>();
  for (int r = 0; r < 3; ++r) CHECK(row(expected, r).to_vector<float>() != later);
  CHECK(row(expected, 0).to_vector<float>() != row(expected, 1).to_vector<float>());

  // Nested, each inner row has its own stream too; the number of rows does not move the state.
  state.seed(42);
  const auto twice =
      bm::vmap([&](bm::Array x) { return bm::vmap([&](bm::Array y) { return state.rand({}) + y * 0.0; })(x); });
  const std::vector<float> all = twice(bm::zeros({2, 3})).to_vector<float>();
  for (std::size_t i = 0; i < all.size(); ++i)
    for (std::size_t j = 0; j < i; ++j) CHECK(all[i] != all[j]);
  check_same({state.key().value()}, {after});

  // A key that is only read is shared.
  state.seed(1);
  const bm::Array shared = bm::vmap([&](bm::Array x) {
    return bm::call("random_bits", {state.key().value()}) + x.astype(bm::uint32);
  })(bm::zeros({2}));
  CHECK(shared.to_vector<std::uint32_t>()[0] == shared.to_vector<std::uint32_t>()[1]);
}

TEST_CASE("integrators in a row, and batches in a derivative") {
  const bm::Array V0 = numbers({4, 3}), currents = numbers({4});
  for (const char* method : {"rk4", "exp_auto"}) {
    INFO(method);
    const auto step = bp::odeint([](bm::Array V, bm::Array, bm::Array I) { return (I - V * V) / 10.0; },
                                 {.method = method, .dt = 0.1});
    const auto f = [&](bm::Array V, bm::Array I) { return step(V, 0.0, I); };
    check_modes({stacked(4, [&](int r) { return f(row(V0, r), row(currents, r)); })},
                [&] { return Arrays{bm::vmap(f)(V0, currents)}; });
    // Eagerly the derivative is on a tape, on which loops and branches are applied one by one.
    const bm::Array flag = bm::ones({});
    const auto decay = [&](bm::Array v) {
      const bm::Array one =
          bm::for_loop([](bm::Array k) { return k * 0.5; }, bm::arange(3.0), bm::LoopOptions{.reverse = true})[2];
      const bm::Array three =
          bm::while_loop([](bm::Array k) { return k < 3.0; }, [](bm::Array k) { return k + 1.0; }, 0.0);
      const bm::Array same = bm::ifelse(
          flag > 0.0, [&] { return v; }, [&] { return -v; });
      return -same * one * (three / 3.0) + bm::ifelse(
                                               v > 0.0, [&] { return v * 0.1; }, 0.0);
    };
    const auto with_batch =
        bp::odeint([&](bm::Array V, bm::Array) { return bm::vmap(decay)(V); }, {.method = method, .dt = 0.1});
    const auto alone = bp::odeint([](bm::Array V, bm::Array) { return -V * 1.0 + bm::where(V > 0.0, V * 0.1, 0.0); },
                                  {.method = method, .dt = 0.1});
    const bm::Array V = row(V0, 1);
    check_modes({alone(V, 0.0)}, [&] { return Arrays{with_batch(V, 0.0)}; });
  }
}

TEST_CASE("a model that batches its parts runs as they do") {
  struct Parts : bp::BrainPyObject {
    bm::Variable V = variable("V", bm::zeros({3, 2}));
    bm::RandomState noise{7};
    void update() {
      bm::vmap([&](bm::Array drive) { V += drive - 0.1 * V + noise.normal(0.0, 0.01, {2}); },
               {.batched_variables = {&V}})(bm::array({0.1, 0.2, 0.3}));
    }
  };
  Parts eager, compiled;
  {
    const bp::NoJit guard;
    for (int k = 0; k < 20; ++k) eager.update();
  }
  const auto step = bp::jit(compiled, &Parts::update);
  for (int k = 0; k < 20; ++k) step();
  check_same({compiled.V.value(), compiled.noise.key().value()}, {eager.V.value(), eager.noise.key().value()});
}

TEST_CASE("what the axes must be") {
  const auto f = [](bm::Array x, bm::Array y) { return bm::sum(x) + bm::sum(y); };
  const bm::Array three = bm::ones({3}), four = bm::ones({4, 2}), number = bm::ones({});
  bp::runtime::ErrorParts e = parts_of<bp::ShapeError>([&] { bm::vmap(f)(three, four); });
  CHECK(e.what == "vmap: there are different numbers of rows");
  CHECK(e.where.line == __LINE__ - 2);
  CHECK(std::string(e.where.file).find("vmap_test.cpp") != std::string::npos);
  CHECK(e.values == "argument 0 has 3, argument 1 has 4");
  CHECK(e.hint ==
        "all batched arguments and Variables need one number of rows; in_axes says which axis it is and what all rows "
        "share");

  e = parts_of<bp::IndexError>([&] { bm::vmap(f, {.in_axes = {0, 2}})(three, four); });
  CHECK(e.what == "vmap: in_axes is out of range");
  CHECK(e.values == "argument 1 is f32[4,2], axis 2");
  CHECK(e.hint == "its axes are -2 .. 1");

  e = parts_of<bp::ShapeError>([&] { bm::vmap(f)(three, number); });
  CHECK(e.what == "vmap: an argument has no axis to map over");
  CHECK(e.values == "argument 1 is f32[]");
  CHECK(e.hint == "give one value for each row, or share it: its entry in in_axes is bm::none");
  CHECK(parts_of<bp::ShapeError>([&] { bm::vmap(f)(three, 2.0); }).values == "argument 1 is f32[]");

  e = parts_of<bp::ValueError>([&] { bm::vmap(f, {.in_axes = {0}})(three, four); });
  CHECK(e.what == "vmap: in_axes does not name every argument");
  CHECK(e.values == "in_axes has 1 entry, the function takes 2 arguments");

  e = parts_of<bp::ValueError>([&] { bm::vmap(f, {.in_axes = {bm::none, bm::none}})(three, four); });
  CHECK(e.what == "vmap: there is nothing to map over");
  CHECK(e.where.line == __LINE__ - 2);

  const auto g = [](bm::Array x, double gain) { return x * gain; };
  e = parts_of<bp::ValueError>([&] { bm::vmap(g, {.in_axes = {0, 0}})(three, 1.0); });
  CHECK(e.what == "vmap: a plain number has no axis");
  CHECK(e.values == "argument 1, axis 0");

  e = parts_of<bp::ValueError>([&] { bm::vmap(g, {.out_axes = {0, 0}})(three, 1.0); });
  CHECK(e.what == "vmap: out_axes does not name every result");
  CHECK(e.values == "out_axes has 2 entries, the function returns 1 array");
  e = parts_of<bp::IndexError>([&] { bm::vmap(g, {.out_axes = {1}})(three, 1.0); });
  CHECK(e.what == "vmap: out_axes is out of range");
  CHECK(e.values == "result 0 has 1 axis with the rows, axis 1");
  CHECK(e.hint == "its axes are -1 .. 0");
}

TEST_CASE("what Variables must be") {
  const bm::Array xs = bm::ones({3});
  bm::Variable total(bm::zeros({}), "total"), rows(bm::zeros({4}), "rows");
  unsigned line = 0;
  bp::runtime::ErrorParts e = parts_of<bp::ValueError>([&] {
    bm::vmap([&](bm::Array x) {
      line = __LINE__ + 1;
      total += x;
    })(xs);
  });
  CHECK(e.what == "vmap: the shared Variable 'total' is assigned a value of one row");
  CHECK(e.where.line == line);
  CHECK(e.values == "the Variable is f32[], and each row has a value for it");
  CHECK(e.hint ==
        "give it a first axis with one entry for each row and name it in batched_variables, or return the value");
  CHECK(total.item<float>() == 0);

  e = parts_of<bp::ShapeError>([&] { bm::vmap([](bm::Array x) { return x; }, {.batched_variables = {&rows}})(xs); });
  CHECK(e.values == "argument 0 has 3, the Variable 'rows' has 4");
  e = parts_of<bp::ShapeError>([&] { bm::vmap([] {}, {.batched_variables = {total}})(); });
  CHECK(e.what == "vmap: the Variable 'total' has no axis to map over");
  CHECK(e.values == "the Variable is f32[]");
  e = parts_of<bp::ValueError>([&] { bm::vmap([] {}, {.batched_variables = {rows, &rows}})(); });
  CHECK(e.what == "vmap: the Variable 'rows' is named twice in batched_variables");
  // After an error inside, the Variable has its shape again.
  CHECK_THROWS_AS(bm::vmap([&] { rows = bm::ones({2}); }, {.batched_variables = {&rows}})(), bp::ShapeError);
  CHECK(rows.shape() == bm::Shape{4});

  bm::Array kept;
  e = parts_of<bp::TraceError>([&] { bm::vmap([&](bm::Array x) { kept = x * 2.0; })(xs); });
  CHECK(e.what == "a traced value outlives the traced call");
}

TEST_CASE("a failing row is found in every mode") {
  const bm::Array x = numbers({3}), places = bm::array({0, 5, 1});
  const auto run = [&] { return bm::vmap([&](bm::Array k) { return bm::take(x, k); })(places); };
  CHECK_THROWS_AS(run(), bp::IndexError);
  CHECK_THROWS_AS(bp::jit(run)(), bp::IndexError);
  const auto checked = [&] {
    return bm::vmap([](bm::Array v) {
      bm::check(v > -2.0, "v is low", {{"v", v}});
      return v;
    })(bm::array({0.0, -3.0}));
  };
  CHECK_THROWS_WITH(checked(), Catch::Matchers::Contains("v = -3, element 1"));
  CHECK_THROWS_WITH(bp::jit(checked)(), Catch::Matchers::Contains("v = -3, element 1"));
}
