// Batches of control flow against a loop over the rows: loops with bounds and ends of each row's own, branches that
// some rows take and others do not.
#include <unistd.h>

#include <cstdio>

#include "compiler/passes/pass.h"
#include "transform/batched.h"

using namespace brainpy;
using namespace brainpy::test;

namespace {

constexpr std::int64_t extents[] = {0, 1, 3, 17};

/// What a program prints.
template <class Run>
std::string printed(const Run& run) {
  std::fflush(stdout);
  const int saved = dup(STDOUT_FILENO);
  std::FILE* file = std::tmpfile();
  dup2(fileno(file), STDOUT_FILENO);
  run();
  std::fflush(stdout);
  dup2(saved, STDOUT_FILENO);
  close(saved);
  std::rewind(file);
  std::string text;
  for (int c = std::fgetc(file); c != EOF; c = std::fgetc(file)) text += static_cast<char>(c);
  std::fclose(file);
  return text;
}

}  // namespace

TEST_CASE("batches flow through for: carried, scanned, stacked, captured") {
  for (const bool reverse : {false, true})
    for (const Flags& flags : {Flags{true, true, true}, Flags{true, false, false}, Flags{false, true, false},
                               Flags{false, false, true}, Flags{false, false, false}})
      for (std::int64_t extent : extents) {
        Maker m;
        Value *x = m.parameter(f64({3})), *rows = m.parameter(f64({4, 3})), *s = m.parameter(f64());
        Value* zero = m.b.constant(DType::f64, 0);
        Value* start = m.op("fill", {zero}, {{"shape", std::vector<std::int64_t>{3}}});
        // The second carried value starts shared and becomes batched; the third never does.
        Op* loop = m.loop(4, {x, start, zero}, {rows}, {f64({3}), f64(), i64()},
                          [&](const std::vector<Value*>& a) -> std::vector<Value*> {
                            Value* next = m.op("add", {m.op("mul", {a[1], a[4]}), m.op("mul", {a[2], s})});
                            return {next,
                                    m.op("sub", {a[1], a[2]}),
                                    m.op("add", {a[3], m.b.constant(DType::f64, 1)}),
                                    m.op("div", {next, s}),
                                    m.op("add", {a[3], m.b.constant(DType::f64, 2)}),
                                    a[0]};
                          });
        if (reverse) loop->attributes.set("reverse", true);
        std::vector<Value*> results;
        for (int k = 0; k < 6; ++k) results.push_back(loop->result(k));
        auto f = m.done(results);
        check_function(*f, flags, extent, 3, 0.5, 1.5);
        const BatchedProgram b = batch(*f, flags, extent);
        CHECK_FALSE(b.batched[2]);
        CHECK_FALSE(b.batched[4]);
      }
}

TEST_CASE("each row of a for has its own bounds") {
  for (const Flags& flags : {Flags{true, true, true}, Flags{false, true, false}, Flags{true, false, true}})
    for (std::int64_t extent : extents) {
      Maker m;
      Value *lower = m.parameter(i64()), *upper = m.parameter(i64()), *x = m.parameter(f32({2}));
      Op* loop = m.b.append_control("for", {lower, upper, x}, {f32({2}), {DType::i64, {6}}},
                                    {{"carried", std::int64_t{1}}, {"length", std::int64_t{6}}}, 1);
      Region& body = *loop->regions[0];
      Value *k = body.add_argument(i64()), *c = body.add_argument(f32({2}));
      m.inside(body, [&] { m.b.yield({m.op("add", {c, m.op("mul", {c, m.op("to_f32", {k})})}), k}); });
      check_function(*m.done({loop->result(0), loop->result(1)}), flags, extent, 11, -3, 8);
    }
}

TEST_CASE("rows leave a while when their own test fails; the others go on") {
  for (const Flags& flags : {Flags{true, true}, Flags{true, false}, Flags{false, true}, Flags{false, false}})
    for (std::int64_t extent : extents) {
      Maker m;
      Value *x = m.parameter(f64({2})), *limit = m.parameter(f64());
      const auto number = [&](double v) { return m.b.constant(DType::f64, v); };
      // The last carried value never changes: it stays shared.
      Op* loop = m.repeat(
          {x, number(0), limit, number(0.25)},
          [&](const std::vector<Value*>& a) {
            return m.op("lt", {a[1], a[2]});
          },
          [&](const std::vector<Value*>& a) -> std::vector<Value*> {
            return {m.op("mul", {a[0], m.op("add", {a[0], a[1]})}), m.op("add", {a[1], a[3]}), a[2], a[3]};
          });
      auto f = m.done({loop->result(0), loop->result(1), loop->result(3)});
      check_function(*f, flags, extent, 5);
      const BatchedProgram b = batch(*f, flags, extent);
      CHECK_FALSE(has(*b.program, "for"));
      CHECK_FALSE(b.batched[2]);
      CHECK(b.batched[1] == flags[1]);
    }
}

TEST_CASE("a while may carry keys") {
  for (std::int64_t extent : extents) {
    Maker m;
    Value *key = m.parameter({DType::key, {}}), *count = m.parameter(i64());
    Value* data = m.b.constant(DType::u64, 3);
    Op* loop = m.repeat(
        {key, count},
        [&](const std::vector<Value*>& a) {
          return m.op("gt", {a[1], m.i(0)});
        },
        [&](const std::vector<Value*>& a) -> std::vector<Value*> {
          return {m.op("random_fold", {a[0], data}), m.op("sub", {a[1], m.i(1)})};
        });
    auto f = m.done({m.op("random_bits64", {loop->result(0)}, {{"shape", std::vector<std::int64_t>{2}}})});
    for (const Flags& flags : {Flags{true, true}, Flags{false, true}, Flags{true, false}})
      check_function(*f, flags, extent, 6, 0, 5);
  }
}

TEST_CASE("branches: one for all rows, and one for each") {
  for (const Flags& flags : {Flags{true, true, true}, Flags{false, true, true}, Flags{true, false, false},
                             Flags{false, true, false}, Flags{false, false, true}})
    for (std::int64_t extent : extents) {
      Maker m;
      Value *p = m.parameter(boolean()), *x = m.parameter(f32({3})), *s = m.parameter(f32());
      Op* outer = m.branch(
          p, {f32({3}), f32(), f32(), f32({3})},
          [&]() -> std::vector<Value*> {
            Op* inner = m.branch(
                m.op("gt", {s, m.f(0)}), {f32({3})},
                [&] {
                  return std::vector<Value*>{m.op("mul", {x, s})};
                },
                [&] { return std::vector<Value*>{x}; });
            return {inner->result(), s, m.f(1), x};
          },
          [&]() -> std::vector<Value*> {
            return {m.op("fill", {s}, {{"shape", std::vector<std::int64_t>{3}}}), m.f(2), m.f(2), x};
          });
      auto f = m.done({outer->result(0), outer->result(1), outer->result(2), outer->result(3)});
      for (unsigned seed : {1U, 2U, 3U}) check_function(*f, flags, extent, seed);
      CHECK_FALSE(has(*batch(*f, flags, extent).program, "for"));
    }
}

TEST_CASE("a row does not fail, print or hang in a branch that it does not take") {
  SECTION("an index out of range") {
    Maker m;
    Value *i = m.parameter(i64()), *x = m.parameter(f32({4}));
    Value* inside = m.op("and", {m.op("ge", {i, m.i(0)}), m.op("lt", {i, m.i(4)})});
    Op* choice = m.branch(
        inside, {f32()},
        [&] {
          return std::vector<Value*>{m.op("take", {x, i}, {{"axis", std::int64_t{0}}})};
        },
        [&] { return std::vector<Value*>{m.f(-1)}; });
    auto f = m.done({choice->result()});
    check_function(*f, {true, false}, 17, 1, -6, 9);
    check_function(*f, {true, true}, 17, 1, -6, 9);
  }
  SECTION("an index that leaves the array when a finished row goes on") {
    Maker m;
    Value *i = m.parameter(i64()), *x = m.parameter(f32({9}));
    Op* loop = m.repeat(
        {i, m.f(0)},
        [&](const std::vector<Value*>& a) {
          return m.op("lt", {a[0], m.i(9)});
        },
        [&](const std::vector<Value*>& a) -> std::vector<Value*> {
          return {m.op("add", {a[0], m.i(1)}),
                  m.op("add", {a[1], m.op("take", {x, a[0]}, {{"axis", std::int64_t{0}}})})};
        });
    check_function(*m.done({loop->result(0), loop->result(1)}), {true, true}, 17, 2, 0, 9);
  }
  SECTION("a loop that would not end") {
    Maker m;
    Value* n = m.parameter(i64());
    Op* choice = m.branch(
        m.op("ge", {n, m.i(0)}), {i64()},
        [&] {
          return std::vector<Value*>{m.repeat(
                                          {n},
                                          [&](const std::vector<Value*>& a) {
                                            return m.op("ne", {a[0], m.i(0)});
                                          },
                                          [&](const std::vector<Value*>& a) {
                                            return std::vector<Value*>{m.op("sub", {a[0], m.op("sign", {a[0]})})};
                                          })
                                         ->result()};
        },
        [&] { return std::vector<Value*>{n}; });
    check_function(*m.done({choice->result()}), {true}, 17, 2, -5, 5);
  }
  SECTION("prints") {
    Maker m;
    Value* x = m.parameter(f32());
    m.branch(
        m.op("gt", {x, m.f(0)}), {},
        [&] {
          m.b.append("print", {x}, {{"label", std::string("x")}});
          return std::vector<Value*>{};
        },
        [&] { return std::vector<Value*>{}; });
    m.b.append("print", {x}, {{"label", std::string("all")}});
    m.b.append("print", {m.f(7)}, {{"label", std::string("shared")}});
    const BatchedProgram b = batch(*m.done({}), {true}, 3);
    const Tensors arguments = {tensor<float>({3}, {1, -2, 3})};
    const std::string expected = "x: 1\nx: 3\nall: 1\nall: -2\nall: 3\nshared: 7\n";
    CHECK(printed([&] { interpret(*b.program, arguments); }) == expected);
    CHECK(printed([&] { compile_and_run(*b.program, arguments); }) == expected);
  }
}

TEST_CASE("a check fails for the first row that fails") {
  Maker m;
  Value *x = m.parameter(f32()), *limit = m.parameter(f32());
  m.b.append("check", {m.op("lt", {x, limit}), x, limit},
             {{"what", std::string("x is large")}, {"names", std::string("x,limit")}, {"hint", std::string()}});
  auto f = m.done({});
  const BatchedProgram b = batch(*f, {true, false}, 3), own = batch(*f, {true, true}, 3);
  for (const auto run : {interpret, compile_and_run}) {
    CHECK_NOTHROW(run(*b.program, {tensor<float>({3}, {0, 1, 2}), tensor<float>({}, {3})}));
    try {
      run(*b.program, {tensor<float>({3}, {0, 5, 6}), tensor<float>({}, {3})});
      FAIL("no error");
    } catch (const ValueError& e) {
      CHECK(e.parts().what == "x is large");
      CHECK(e.parts().values == "x = 5, limit = 3, element 1");
    }
    CHECK_THROWS_WITH(run(*own.program, {tensor<float>({3}, {0, 1, 2}), tensor<float>({3}, {3, 3, 1})}),
                      Catch::Matchers::Contains("x = 2, limit = 1, element 2"));
  }
}
