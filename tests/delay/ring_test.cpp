// Delays of whole steps against a plain list of all values ever written, in all modes; every mistake's text.
#include <cmath>
#include <random>

#include "compiler/codegen/place.h"
#include "compiler/ir/parse.h"
#include "compiler/ops/op_def.h"
#include "delay/modes.h"

namespace bp = brainpy;
namespace bm = brainpy::math;
using namespace test_support;

namespace {

/// The delays that one step of the random model reads.
struct Reads {
  std::vector<std::int64_t> fixed;  ///< numbers
  std::int64_t traced = 0;
  std::vector<std::int32_t> each;      ///< one for each element, traced
  std::vector<std::int64_t> constant;  ///< one for each element, known
  std::vector<std::int32_t> matrix, sources;
};

/// What the delay should have: values by step, steps below 0 from the initial rows.
struct Past {
  std::int64_t length, size, newest = -1;
  std::vector<std::vector<double>> initial, written;

  double at(std::int64_t back, std::int64_t element) const {
    const std::int64_t step = newest - back;
    const auto e = static_cast<std::size_t>(element);
    return step < 0 ? initial[static_cast<std::size_t>(step + length + 1)][e]
                    : written[static_cast<std::size_t>(step)][e];
  }
  void write(std::vector<double> row) {
    written.push_back(std::move(row));
    ++newest;
  }
  void reset() {
    written.clear();
    newest = -1;
  }
};

/// A value that the type holds exactly.
double exact(std::mt19937_64& random, bm::DType dtype) {
  const auto integer = static_cast<double>(random() % 2001) - 1000;
  if (dtype == bm::bool_) return random() % 2 ? 1 : 0;
  return brainpy::runtime::is_float(dtype) ? integer / 8 : integer;
}

bm::Array row_of(const std::vector<double>& values, const bm::Shape& shape, bm::DType dtype) {
  return bm::array(values, bm::float64).astype(dtype).reshape({shape.begin(), shape.end()});
}

struct Model : bp::BrainPyObject {
  bm::Variable x;
  bm::LengthDelay& delay;
  Reads reads;

  Model(const bm::Shape& shape, bm::DType dtype, std::int64_t length, const bm::Array& initial)
      : x(variable("x", bm::zeros(shape, dtype))),
        delay(node<bm::LengthDelay>("delay", x, bm::LengthDelayOptions{.length = length, .init = initial})) {}

  /// All reads before and after the update, one after the other, flattened.
  std::vector<bm::Array> update(const bm::Array& value, const bm::Array& traced, const bm::Array& each,
                                const bm::Array& matrix, const bm::Array& sources) {
    std::vector<bm::Array> seen;
    const auto read = [&] {
      for (const std::int64_t d : reads.fixed) seen.push_back(delay.retrieve(d));
      seen.push_back(delay.retrieve(traced));
      seen.push_back(delay.retrieve(each));
      if (x.ndim() > 0) {
        seen.push_back(delay.retrieve(bm::array(reads.constant).reshape({x.shape().begin(), x.shape().end()})));
        seen.push_back(delay.retrieve(matrix, sources));
        seen.push_back(delay.retrieve(reads.fixed[0], sources));
      }
    };
    read();
    x = value;
    delay.update();
    read();
    return seen;
  }
};

void check_random_model(std::uint64_t seed, const char* mode_name) {
  INFO("seed " << seed << ", mode " << mode_name);
  std::mt19937_64 random(seed);
  const auto below = [&](std::uint64_t n) { return static_cast<std::int64_t>(random() % n); };
  const bm::DType dtypes[] = {bm::float32, bm::float64, bm::int32, bm::int64, bm::bool_};
  const bm::Shape shapes[] = {{}, {1}, {5}, {17}, {3, 4}};
  const bm::DType dtype = dtypes[random() % 5];
  const bm::Shape shape = shapes[random() % 5];
  const std::int64_t length = below(9), size = shape.size();

  Past past{length, size, -1, {}, {}};
  std::vector<double> all;
  for (std::int64_t r = 0; r <= length; ++r) {
    past.initial.emplace_back();
    for (std::int64_t e = 0; e < size; ++e) past.initial.back().push_back(exact(random, dtype));
    all.insert(all.end(), past.initial.back().begin(), past.initial.back().end());
  }
  Model model(shape, dtype, length, row_of(all, shape.with_leading(length + 1), dtype));
  for (int k = 0; k < 3; ++k) model.reads.fixed.push_back(k == 0 ? length : below(length + 1));
  for (std::int64_t e = 0; e < size; ++e) model.reads.constant.push_back(below(length + 1));

  const Mode mode(mode_name);
  auto step = bp::jit(model, &Model::update);
  const std::int64_t rows = shape.is_scalar() ? 1 : shape[0], inner = size / rows;
  for (int n = 0; n < 40; ++n) {
    if (below(15) == 0) {
      model.delay.reset_state();
      past.reset();
    }
    std::vector<double> value;
    for (std::int64_t e = 0; e < size; ++e) value.push_back(exact(random, dtype));
    Reads& reads = model.reads;
    reads.traced = below(length + 1);
    reads.each.clear(), reads.matrix.clear(), reads.sources.clear();
    for (std::int64_t e = 0; e < size; ++e) reads.each.push_back(static_cast<std::int32_t>(below(length + 1)));
    for (int k = 0; k < 6; ++k) {
      reads.matrix.push_back(static_cast<std::int32_t>(below(length + 1)));
      reads.sources.push_back(static_cast<std::int32_t>(below(rows)));
    }
    const bm::Array sources = bm::array(reads.sources).reshape({2, 3});
    const std::vector<bm::Array> seen = step(row_of(value, shape, dtype), bm::array(reads.traced),
                                             bm::array(reads.each).reshape({shape.begin(), shape.end()}),
                                             bm::array(reads.matrix).reshape({2, 3}), sources);

    std::vector<std::vector<double>> expected;
    const auto expect = [&] {
      const auto each = [&](const auto& delay_of) {
        expected.emplace_back();
        for (std::int64_t e = 0; e < size; ++e) expected.back().push_back(past.at(delay_of(e), e));
      };
      for (const std::int64_t d : reads.fixed) each([&](std::int64_t) { return d; });
      each([&](std::int64_t) { return reads.traced; });
      each([&](std::int64_t e) { return reads.each[static_cast<std::size_t>(e)]; });
      if (shape.is_scalar()) return;
      each([&](std::int64_t e) { return reads.constant[static_cast<std::size_t>(e)]; });
      for (const bool is_matrix : {true, false}) {
        expected.emplace_back();
        for (std::size_t k = 0; k < 6; ++k)
          for (std::int64_t i = 0; i < inner; ++i)
            expected.back().push_back(
                past.at(is_matrix ? reads.matrix[k] : reads.fixed[0], reads.sources[k] * inner + i));
      }
    };
    expect();
    past.write(value);
    expect();
    REQUIRE(seen.size() == expected.size());
    for (std::size_t k = 0; k < seen.size(); ++k) {
      INFO("step " << n << ", read " << k << ", length " << length);
      REQUIRE(seen[k].dtype() == dtype);
      REQUIRE(seen[k].to_vector<double>() == expected[k]);
    }
  }
}

}  // namespace

TEST_CASE("what is written at step n is read at step n + d: random writes, readers and resets in all modes") {
  for (std::uint64_t seed = 1; seed <= 25; ++seed)
    for (const char* mode : modes) check_random_model(seed, mode);
}

TEST_CASE("a run in a compiled loop reads what the eager run reads") {
  struct Chain : bp::BrainPyObject {
    bm::Variable x = variable("x", bm::array({1.0, 2.0, 3.0})), seen = variable("seen", bm::zeros({3}));
    bm::LengthDelay& delay = node<bm::LengthDelay>("delay", x, bm::LengthDelayOptions{.length = 4, .init = 7.0});
    void update() {
      x = x + 10.0;
      delay.update();
      seen = delay.retrieve(bm::array({0, 2, 4}));
    }
  };
  for (const char* name : modes) {
    INFO(name);
    const Mode mode(name);
    Chain chain;
    CHECK(chain.vars().contains("delay.rows"));
    CHECK(chain.vars().contains("delay.written"));
    bp::DSRunner runner(chain, {.monitors = {"seen"}, .dt = 0.1, .progress_bar = false});
    for (int again = 0; again < 2; ++again) {
      runner.run(0.6);
      CHECK(runner.mon["seen"].to_vector<double>() == std::vector<double>{11, 7, 7, 21, 7, 7, 31, 12, 7,  //
                                                                          41, 22, 7, 51, 32, 13, 61, 42, 23});
      runner.reset();
    }
  }
}

TEST_CASE("initial histories: a number, a row, all rows, a function of the time") {
  const TimeStep step(0.5);
  bm::Variable x(bm::array({1.0, 2.0}));
  const auto rows = [](bm::LengthDelay& delay) {
    std::vector<double> first;
    for (int d = 2; d >= 0; --d)
      for (const double v : delay.retrieve(d).to_vector<double>()) first.push_back(v);
    return first;
  };
  bm::LengthDelay zero(x, {.length = 2});
  CHECK(rows(zero) == std::vector<double>(6, 0.0));
  bm::LengthDelay number(x, {.length = 2, .init = 3});
  CHECK(rows(number) == std::vector<double>(6, 3.0));
  bm::LengthDelay row(x, {.length = 2, .init = bm::array({4.0, 5.0})});
  CHECK(rows(row) == std::vector<double>{4, 5, 4, 5, 4, 5});
  bm::LengthDelay all(x, {.length = 2, .init = bm::array({{1.0, 2.0}, {3.0, 4.0}, {5.0, 6.0}})});
  CHECK(rows(all) == std::vector<double>{1, 2, 3, 4, 5, 6});
  // Steps -3, -2, -1 of 0.5 ms.
  bm::LengthDelay function(x, {.length = 2, .init = [](bm::Array t) { return t * bm::array({1.0, 10.0}); }});
  CHECK(rows(function) == std::vector<double>{-1.5, -15, -1, -10, -0.5, -5});
  function.update();
  CHECK(rows(function) == std::vector<double>{-1, -10, -0.5, -5, 1, 2});
  function.reset_state();
  CHECK(rows(function) == std::vector<double>{-1.5, -15, -1, -10, -0.5, -5});
}

TEST_CASE("named delays follow the time step, and are exact where a quotient is not") {
  for (const char* name : modes) {
    INFO(name);
    const Mode mode(name);
    const TimeStep first(0.1);
    bm::Variable x(bm::zeros({}));
    bp::VarDelay delay(x, {.init = -1.0, .entries = {{"near", 0.3}, {"far", 1.1}, {"now", 0.0}}});
    auto step = bp::jit([&](bm::Array value) {
      delay.update(value);
      return std::tuple(delay.at("now"), delay.at("near"), delay.at("far"));
    });
    // 1.1 / 0.1 is 11.000000000000002, 0.3 / 0.1 is 2.9999999999999996.
    for (const auto& [dt, near, far] : {std::tuple(0.1, 3, 11), {0.05, 6, 22}, {0.1, 3, 11}}) {
      bm::set_dt(dt);
      delay.reset_state();
      CHECK(delay.length() == far);
      CHECK(delay.steps("far") == far);
      for (int n = 0; n < 30; ++n) {
        const auto [now, close, distant] = step(static_cast<double>(n));
        CHECK(now.item<double>() == n);
        CHECK(close.item<double>() == (n < near ? -1 : n - near));
        CHECK(distant.item<double>() == (n < far ? -1 : n - far));
      }
    }
  }
}

TEST_CASE("named delays after random writes, resets and changes of the time step, in all modes") {
  for (std::uint64_t seed = 1; seed <= 10; ++seed)
    for (const char* name : modes) {
      INFO("seed " << seed << ", mode " << name);
      std::mt19937_64 random(seed);
      const Mode mode(name);
      const TimeStep first(0.1);
      bm::Variable x(bm::zeros({3}));
      std::vector<std::pair<std::string, double>> entries;
      for (int k = 0; k < 4; ++k)
        entries.emplace_back("d" + std::to_string(k), 0.2 * static_cast<double>(random() % 9));
      bp::VarDelay delay(x, {.init =
                                 [](bm::Array t) {
                                   return t + bm::array({0.0, 100.0, 200.0});
                                 },
                             .entries = entries});
      std::vector<double> written;  // first elements; the others are 1 and 2 more
      auto step = bp::jit([&](bm::Array value, bm::Array indices) {
        delay.update(value);
        std::vector<bm::Array> seen;
        for (const auto& [entry, ms] : entries) {
          seen.push_back(delay.at(entry));
          seen.push_back(delay.at(entry, indices));
        }
        return seen;
      });
      for (int n = 0; n < 60; ++n) {
        if (random() % 8 == 0) {
          const double steps[] = {0.2, 0.1, 0.05, 0.025};
          bm::set_dt(steps[random() % 4]);
          delay.reset_state();
          written.clear();
        }
        const auto value = static_cast<double>(random() % 1000);
        written.push_back(value);
        const std::vector<bm::Array> seen = step(bm::array({value, value + 1, value + 2}), bm::array({2, 0}));
        for (std::size_t k = 0; k < entries.size(); ++k) {
          const auto steps = std::llround(entries[k].second / bm::get_dt());
          const auto at = static_cast<std::int64_t>(written.size()) - 1 - steps;
          const std::vector<double> all = seen[2 * k].to_vector<double>(), part = seen[2 * k + 1].to_vector<double>();
          for (std::size_t e = 0; e < 3; ++e) {
            const double expected = at >= 0 ? written[static_cast<std::size_t>(at)] + static_cast<double>(e)
                                            : static_cast<double>(at) * bm::get_dt() + 100.0 * static_cast<double>(e);
            REQUIRE(all[e] == Approx(expected).epsilon(1e-6));
          }
          REQUIRE(part == std::vector<double>{all[2], all[0]});
        }
      }
    }
}

TEST_CASE("a buffer without a given length grows with its entries until it is used") {
  const TimeStep step(0.1);
  bm::Variable x(bm::array({1.0, 2.0}));
  bp::VarDelay delay(x, {});
  delay.register_entry("one", 0.1);
  delay.register_entry("five", 0.5);
  CHECK(delay.length() == 5);
  for (int n = 0; n < 6; ++n) delay.update(bm::array({n * 1.0, n * 2.0}));
  CHECK(delay.at("five").to_vector<double>() == std::vector<double>{0, 0});
  CHECK(delay.at("one").to_vector<double>() == std::vector<double>{4, 8});
  CHECK(delay.at("one", bm::array({1, 1, 0})).to_vector<double>() == std::vector<double>{8, 8, 4});
  CHECK(delay.retrieve(2).to_vector<double>() == std::vector<double>{3, 6});
}

TEST_CASE("a delay's state is saved and loaded with its model") {
  struct Model : bp::BrainPyObject {
    bm::Variable x = variable("x", bm::zeros({2}));
    bm::LengthDelay& delay = node<bm::LengthDelay>("delay", x, bm::LengthDelayOptions{.length = 3});
  } model, other;
  for (int n = 1; n < 7; ++n) model.delay.update(static_cast<double>(n));
  const std::string file = "delay_state_test.npz";
  model.save_state(file);
  other.load_state(file);
  std::remove(file.c_str());
  for (int d = 0; d <= 3; ++d) CHECK(other.delay.retrieve(d).to_vector<double>() == std::vector<double>(2, 6.0 - d));
}

TEST_CASE("a compiled step changes one row of the buffer where it lies") {
  namespace compiler = brainpy::compiler;
  bm::Variable x(bm::zeros({4}));
  bm::LengthDelay delay(x, {.length = 100});
  auto step = bp::jit([&](bm::Array value) {
    const bm::Array before = delay.retrieve(5);
    delay.update(value);
    return std::tuple(before, delay.retrieve(3), delay.retrieve(bm::array({0, 1, 2, 3})));
  });
  step(bm::ones({4}));
  const std::string text = step.dump(bp::Stage::optimized);
  INFO(text);
  const auto program = compiler::ir::parse(text);
  const compiler::codegen::Placement placement = compiler::codegen::place(*program);
  int found = 0;
  for (const auto& op : program->body.ops) {
    if (op->def->name != "dynamic_update_slice") continue;
    ++found;
    const int slot = placement.slot(op->result());
    CHECK(slot == placement.slot(op->operands[0]));
    CHECK(placement.slots[static_cast<std::size_t>(slot)].kind == compiler::codegen::SlotKind::symbol);
  }
  CHECK(found == 1);
  for (const auto& [op, copies] : placement.copies)
    for (const compiler::codegen::Copy& copy : copies) CHECK(copy.bytes <= 16);
}

// --- mistakes ------------------------------------------------------------------------------------

TEST_CASE("delays that the buffer does not hold") {
  bm::Variable x(bm::zeros({3}));
  bm::LengthDelay delay(x, {.length = 4});
  CHECK(text_of<bp::ValueError>([&] { delay.retrieve(5); }) ==
        "LengthDelay: a delay is longer than the buffer\n  at here\n  a delay of 5 steps, the buffer holds 0 .. 4\n  "
        "hint: make the delay with a larger length");
  CHECK(text_of<bp::ValueError>([&] {
          delay.retrieve(bm::array({0, -1, 2}));
        }) ==
        "LengthDelay: a delay is negative\n  at here\n  a delay of -1 steps, the buffer holds 0 .. 4\n  hint: a delay "
        "looks back: give 0 or more");
  CHECK(text_of<bp::DTypeError>([&] { delay.retrieve(1.5); }) ==
        "LengthDelay: a delay is not an integer\n  at here\n  the delay is f32[]\n  hint: give whole steps, or use "
        "bp::VarDelay or bm::TimeDelay for delays in ms");
  CHECK(text_of<bp::ShapeError>([&] {
          delay.retrieve(bm::array({0, 1}));
        }) ==
        "LengthDelay: the delays do not fit the elements\n  at here\n  the target is f32[3], the delays (2,)\n  hint: "
        "give one delay for each element; retrieve(delays, "
        "indices) reads any elements");
  CHECK(text_of<bp::IndexError>([&] {
          delay.retrieve(1, bm::array({0, 3}));
        }) ==
        "LengthDelay: index out of range\n  at here\n  index 3, the target is f32[3]\n  hint: indices are -3 .. 2");
  CHECK_THROWS_AS(bm::LengthDelay(x, {.length = -1}), bp::ValueError);
}

TEST_CASE("a traced delay that the buffer does not hold stops the program") {
  bm::Variable x(bm::zeros({3}));
  bm::LengthDelay delay(x, {.length = 4});
  auto one = bp::jit([&](bm::Array d) { return delay.retrieve(d); });
  const int line = __LINE__ - 1;
  auto matrix = bp::jit([&](bm::Array d, bm::Array i) { return delay.retrieve(d, i); });
  const std::string what = "LengthDelay: a delay is negative or longer than the buffer\n  at ring_test.cpp:" +
                           std::to_string(line),
                    hint = "\n  hint: give delays of 0 .. longest steps, or make the delay with a larger length";
  for (const char* name : {"jit", "interp", "shadow"}) {
    const Mode mode(name);
    INFO(name);
    for (int d = 0; d <= 4; ++d) CHECK_NOTHROW(one(bm::array(d)));
    for (int d : {-7, -6, -5, -1, 5, 6, 11}) {
      INFO(d);
      const std::string values = "\n  delay = " + std::to_string(d) + ", longest = 4";
      CHECK(text_of<bp::ValueError>([&] { one(bm::array(d)); }) == what + values + hint);
      CHECK(text_of<bp::ValueError>([&] { one(bm::array({0, d, 0})); }) == what + values + ", element 1" + hint);
      CHECK_THROWS_AS(matrix(bm::array({0, d}), bm::array({0, 0})), bp::ValueError);
    }
    CHECK_THROWS_AS(matrix(bm::array({0, 0}), bm::array({0, 3})), bp::IndexError);
  }
}

TEST_CASE("values and histories that do not fit the target") {
  bm::Variable x(bm::zeros({3})), spike(bm::zeros({3}, bm::bool_));
  bm::LengthDelay delay(x, {.length = 2});
  CHECK(text_of<bp::ShapeError>([&] { delay.update(bm::zeros({2})); }) ==
        "LengthDelay: a value of another type is written\n  at here\n  the target is f32[3], the value f32[2]\n  hint: "
        "write values of the target's shape and element type");
  CHECK(text_of<bp::ShapeError>([&] { bm::LengthDelay(x, {.length = 2, .init = bm::zeros({2})}); }) ==
        "LengthDelay: the initial history has another shape\n  at here\n  the target is f32[3], the initial history "
        "f32[2]\n  "
        "hint: give a number, or an array of the target's shape");
  CHECK(text_of<bp::ShapeError>([&] {
          bm::LengthDelay(x, {.length = 2, .init = bm::zeros({2, 3})});
        }) ==
        "LengthDelay: the initial history has a wrong number of rows\n  at here\n  2 steps of f32[3], the history is "
        "f32[2,3]\n  hint: give 3 rows, the oldest first: the values of steps "
        "-3 to -1");
  CHECK(text_of<bp::DTypeError>([&] { bm::LengthDelay(spike, {.length = 2, .init = 0.5}); }) ==
        "LengthDelay: the initial history has another element type\n  at here\n  the target is bool[3], the initial "
        "history a "
        "number of another kind\n  hint: give values of the target's kind");
}

TEST_CASE("named delays that are unknown, taken, too long or no whole number of steps") {
  const TimeStep step(0.1);
  bm::Variable x(bm::zeros({3}));
  bp::VarDelay delay(x, {.time = 2.0, .entries = {{"a", 1.0}, {"b", 2.0}}});
  CHECK(text_of<bp::NameError>([&] { delay.at("c"); }) ==
        "VarDelay: no delay is registered as 'c'\n  at here\n  hint: known are: a, b");
  CHECK(text_of<bp::NameError>([&] { delay.register_entry("a", 1.0); }) ==
        "VarDelay: the entry 'a' is taken\n  at here\n  hint: give each delay its own name");
  CHECK(text_of<bp::ValueError>([&] { delay.register_entry("c", 2.1); }) ==
        "VarDelay: the delay 'c' is longer than the buffer\n  at here\n  2.1 ms, the buffer holds 20 steps of 0.1 ms\n "
        " hint: give a larger .time, or register the longest delay "
        "before the first update");
  CHECK(text_of<bp::ValueError>([&] { delay.register_entry("c", 1.25); }) ==
        "VarDelay: the delay 'c' is not a whole number of steps\n  at here\n  1.25 ms are 12.5 steps of 0.1 ms\n  "
        "hint: round it, to 1.2 or 1.3 ms, or use bm::TimeDelay, which "
        "interpolates");
  CHECK(text_of<bp::ValueError>([&] { delay.register_entry("c", -1.0); }) ==
        "VarDelay: the delay 'c' is negative\n  at here\n  -1 ms\n  hint: a delay looks back: give 0 ms or more");
  bm::set_dt(0.2);
  CHECK(text_of<bp::ValueError>([&] { delay.update(); }) ==
        "VarDelay: the time step has changed since the buffer was made\n  at here\n  made for dt = 0.1 ms, now 0.2 "
        "ms\n  hint: call reset_state() after bm::set_dt, which makes the buffer "
        "anew");
  CHECK_THROWS_AS(delay.at("a"), bp::ValueError);
  delay.reset_state();
  CHECK(delay.length() == 10);
  CHECK_NOTHROW(delay.update());
}

TEST_CASE("a mistake in a part of a model names the user's line") {
  struct Model : bp::BrainPyObject {
    bm::Variable x = variable("x", bm::zeros({2}));
    bm::LengthDelay* delay = nullptr;
  };
  struct Wrong : Model {
    Wrong() { delay = &node<bm::LengthDelay>("delay", x, bm::LengthDelayOptions{.length = -3}); }
  };
  const int line = __LINE__ - 2;
  CHECK(text_of<bp::ValueError>([] { Wrong(); }) ==
        "LengthDelay: the largest delay is negative\n  at ring_test.cpp:" + std::to_string(line) +
            " in Wrong.Wrong\n  -3 steps\n  hint: give 0 or more");
}
