// Discharge: state becomes explicit, whatever the control flow around the reads and writes.
#include "compiler/passes/pass.h"
#include "support/programs.h"

using namespace brainpy;
using namespace brainpy::test;
using compiler::ir::clone;

namespace {

/// Discharges a copy; it must compute the same and touch no symbol by name.
std::unique_ptr<Program> discharged(const Program& program) {
  auto copy = clone(program);
  CHECK(compiler::passes::discharge(*copy, {}));
  CHECK(copy->discharged);
  const std::string text = outline(copy->body);
  CHECK(text.find("read") == std::string::npos);
  CHECK(text.find("write") == std::string::npos);
  check_same(program, *copy);
  CHECK_FALSE(compiler::passes::discharge(*copy, {}));
  return copy;
}

Maker with_variables(Type type = f32({4})) {
  Maker m;
  for (const char* name : {"a", "b", "c"}) m.variable(name, type);
  return m;
}

}  // namespace

TEST_CASE("discharge binds what is touched, in the order of the symbols") {
  Maker m = with_variables();
  m.b.write("c", m.read("a"));
  auto p = discharged(*m.done({m.f(7)}));
  REQUIRE(p->bindings.size() == 2);
  CHECK(p->bindings[0].symbol == 0);
  CHECK(p->bindings[0].argument == 0);
  CHECK(p->bindings[0].result == -1);
  CHECK(p->bindings[1].symbol == 2);
  CHECK(p->bindings[1].argument == 1);
  CHECK(p->bindings[1].result == 1);
  CHECK(p->result_count() == 1);
}

TEST_CASE("a read after a write sees the written value, one before it the old one") {
  Maker m = with_variables();
  Value* before = m.read("a");
  m.b.write("a", m.op("add", {before, m.f(1)}));
  m.b.write("a", m.op("mul", {m.read("a"), m.f(2)}));
  discharged(*m.done({before, m.read("a")}));
}

TEST_CASE("Variables may swap, rotate, share a value and be left alone") {
  Maker swap = with_variables();
  Value *a = swap.read("a"), *b = swap.read("b");
  swap.b.write("a", b);
  swap.b.write("b", a);
  discharged(*swap.done({}));

  Maker share = with_variables();
  Value* sum = share.op("add", {share.read("a"), share.f(1)});
  share.b.write("b", sum);
  share.b.write("c", sum);
  discharged(*share.done({sum}));

  Maker rotate = with_variables();
  rotate.loop(5, {}, {}, {}, [&](const std::vector<Value*>&) -> std::vector<Value*> {
    Value *x = rotate.read("a"), *y = rotate.read("b"), *z = rotate.read("c");
    rotate.b.write("a", y);
    rotate.b.write("b", z);
    rotate.b.write("c", x);
    return {};
  });
  auto p = discharged(*rotate.done({}));
  CHECK(p->body.ops[2]->attributes.integer("carried") == 3);
}

TEST_CASE("a loop carries what it writes and captures what it reads") {
  for (const std::int64_t count : {0, 1, 6}) {
    Maker m = with_variables();
    Value* xs = m.parameter(f32({count, 4}));
    Op* loop = m.loop(count, {m.f(0)}, {xs}, {f32({4})}, [&](const std::vector<Value*>& a) -> std::vector<Value*> {
      m.b.write("a", m.op("add", {m.op("mul", {m.read("a"), m.read("b")}), a[2]}));
      return {m.op("add", {a[1], m.f(1)}), m.read("a")};
    });
    auto p = discharged(*m.done({loop->result(0), loop->result(1), m.read("a"), m.read("b")}));
    CHECK(p->bindings[1].result == -1);
  }
}

TEST_CASE("a Variable that one branch writes keeps its old value in the other") {
  Maker m = with_variables();
  Value* p = m.parameter(boolean());
  Op* choice = m.branch(
      p, {f32({4})},
      [&]() -> std::vector<Value*> {
        m.b.write("a", m.read("b"));
        return {m.read("a")};
      },
      [&]() -> std::vector<Value*> {
        m.b.write("c", m.read("a"));
        return {m.read("c")};
      });
  auto program = m.done({choice->result(), m.read("a"), m.read("c")});
  discharged(*program);
  check_same(*program, *discharged(*program), 2);
}

TEST_CASE("nested regions pass state through") {
  Maker m = with_variables(f32());
  m.loop(4, {}, {}, {}, [&](const std::vector<Value*>& outer) -> std::vector<Value*> {
    m.b.write("a", m.op("add", {m.read("a"), m.f(1)}));
    m.branch(
        m.op("gt", {m.read("a"), m.f(1)}), {},
        [&]() -> std::vector<Value*> {
          m.loop(3, {}, {}, {}, [&](const std::vector<Value*>& inner) -> std::vector<Value*> {
            m.b.write("b", m.op("add", {m.read("b"), m.op("mul", {m.read("a"), m.op("to_f32", {inner[0]})})}));
            return {};
          });
          m.b.write("a", m.read("b"));
          return {};
        },
        []() -> std::vector<Value*> { return {}; });
    m.b.write("c", m.op("to_f32", {outer[0]}));
    return {};
  });
  auto program = m.done({m.read("a")});
  for (unsigned seed : {1u, 2u, 3u}) check_same(*program, *discharged(*program), seed);
}

TEST_CASE("the test of a while reads the Variable that its body writes") {
  Maker m = with_variables(f32());
  Op* loop = m.repeat(
      {m.i(0)},
      [&](const std::vector<Value*>&) {
        return m.op("lt", {m.read("a"), m.f(10)});
      },
      [&](const std::vector<Value*>& a) -> std::vector<Value*> {
        m.b.write("a", m.op("add", {m.read("a"), m.f(1.5)}));
        return {m.op("add", {a[0], m.i(1)})};
      });
  discharged(*m.done({loop->result(), m.read("a")}));
}

TEST_CASE("discharge refuses what the front end should have refused") {
  Maker undeclared;
  undeclared.b.read("x", f32());
  CHECK_THROWS_AS(compiler::passes::discharge(*undeclared.done({}), {}), InternalError);

  Maker constant;
  constant.program->symbols.push_back({"data0", f32(), compiler::ir::SymbolKind::constant});
  constant.b.write("data0", constant.f(1));
  CHECK_THROWS_AS(compiler::passes::discharge(*constant.done({}), {}), InternalError);

  Maker test = with_variables(f32());
  test.repeat(
      {},
      [&](const std::vector<Value*>&) {
        test.b.write("a", test.f(1));
        return test.b.constant(DType::bool_, 0);
      },
      [](const std::vector<Value*>&) { return std::vector<Value*>{}; });
  CHECK_THROWS_AS(compiler::passes::discharge(*test.done({}), {}), InternalError);
}
