// The pipeline as a whole, and each of its smaller passes: dce, cse, hoist, contract.
#include <algorithm>
#include "compiler/ir/parse.h"
#include "compiler/ir/print.h"
#include "compiler/ir/rewrite.h"

#include "compiler/passes/pass.h"
#include "support/programs.h"

using namespace brainpy;
using namespace brainpy::test;
using compiler::ir::clone;
namespace passes = compiler::passes;

namespace {

/// Runs one pass on a copy; the bits must stay.
std::unique_ptr<Program> after(const Program& program, const char* pass) {
  auto copy = clone(program);
  copy->discharged = true;
  passes::find_pass(pass).run(*copy, {});
  check_same(program, *copy);
  CHECK_FALSE(passes::find_pass(pass).run(*copy, {}));
  return copy;
}

}  // namespace

TEST_CASE("an unknown pass is refused with the list of known ones") {
  CHECK(std::string(passes::find_pass("fuse").name) == "fuse");
  CHECK_THROWS_AS(passes::find_pass("fuze"), NameError);
  CHECK_THROWS_WITH(passes::find_pass("fuze"), Catch::Matchers::Contains("no pass is called 'fuze'") &&
                                                   Catch::Matchers::Contains("discharge, simplify, pack_events, cse"));
}

TEST_CASE("the pipeline tells its observer what each pass did") {
  Maker m;
  m.variable("V", f32({8}));
  m.b.write("V", m.op("add", {m.read("V"), m.op("mul", {m.f(2), m.f(3)})}));
  auto program = m.done({});
  auto copy = clone(*program);
  std::vector<std::string> changed;
  int count = 0;
  passes::run_pipeline(*copy, {}, [&](const passes::Pass& pass, bool did, double milliseconds) {
    ++count;
    CHECK(milliseconds >= 0);
    if (did) changed.push_back(pass.name);
  });
  CHECK(count == static_cast<int>(passes::pipeline().size()));
  CHECK(changed == std::vector<std::string>{"discharge", "simplify", "fuse"});
  CHECK(outline(copy->body) == "fused{add yield} yield");
  check_same(*program, *copy);
}

TEST_CASE("a model's step, as text, before and after") {
  const auto program = compiler::ir::parse(R"(
func @Net.update(%t: f32[], %I: f32[8]) {
  %V = read @Net.V : f32[8]
  %h = mul 0.5, 0.1 : f32[]
  %d = sub %I, %V : f32[8]
  %dV = mul %d, %h : f32[8]
  %V1 = add %V, %dV : f32[8]
  %s = ge %V1, -50.0 : bool[8]
  %one = fill 1.0 {shape = [8]} : f32[8]
  %w = div %V1, %one : f32[8]
  %V2 = select %s, -60.0, %w : f32[8]
  write @Net.V, %V2
  %again = read @Net.V : f32[8]
  return %s, %again
}
)");
  auto copy = clone(*program);
  passes::run_pipeline(*copy);
  check_same(*program, *copy);
  const std::string text = compiler::ir::print(*copy);
  CHECK(text == R"(func @Net.update(%t: f32[], %I: f32[8]) with (%Net.V: f32[8] = @Net.V) {
  %s, %V2 = fused {
    %d = sub %I, %Net.V : f32[8]
    %dV = mul %d, 0.05 : f32[8]
    %V1 = add %Net.V, %dV : f32[8]
    %s1 = ge %V1, -50.0 : bool[8]
    %V3 = select %s1, -60.0, %V1 : f32[8]
    yield %s1, %V3
  } : bool[8], f32[8]
  return %s, %V2 update @Net.V = %V2
}
)");
  CHECK(compiler::ir::print(*compiler::ir::parse(text)) == text);
}

TEST_CASE("dce drops unused operations, results, carried, scanned and stacked values") {
  Maker m;
  Value *x = m.parameter(f32({3})), *rows = m.parameter(f32({5, 3}));
  m.op("mul", {m.op("add", {x, x}), x});
  Op* loop = m.loop(5, {x, x, x}, {rows, rows}, {f32({3}), f32({3})},
                    [&](const std::vector<Value*>& a) -> std::vector<Value*> {
                      // Value 1 feeds only itself; value 2 feeds value 0.
                      return {m.op("add", {a[1], a[3]}), m.op("sub", {a[2], a[4]}), m.op("neg", {a[3]}),
                              m.op("mul", {a[2], x}), m.op("mul", {a[1], x})};
                    });
  auto p = after(*m.done({loop->result(0), loop->result(4)}), "dce");
  CHECK(outline(p->body) == "for{add neg mul yield} yield");
  const Op& kept = *p->body.ops[p->body.ops.size() - 2];
  CHECK(kept.attributes.integer("carried") == 2);
  CHECK(kept.operands.size() == 4);
  CHECK(kept.results.size() == 3);
  CHECK(kept.regions[0]->arguments.size() == 3);
}

TEST_CASE("dce keeps a while that only its own test needs, and what steers branches") {
  Maker m;
  Value* x = m.parameter(f32());
  Op* loop = m.repeat(
      {x, m.f(0), x},
      [&](const std::vector<Value*>& a) {
        return m.op("lt", {a[1], m.f(3)});
      },
      [&](const std::vector<Value*>& a) -> std::vector<Value*> {
        return {m.op("mul", {a[0], m.f(1.5)}), m.op("add", {a[1], m.f(1)}), m.op("neg", {a[2]})};
      });
  Op* choice = m.branch(
      m.op("gt", {loop->result(0), m.f(0)}), {f32(), f32()},
      [&]() -> std::vector<Value*> {
        return {x, m.op("neg", {x})};
      },
      [&]() -> std::vector<Value*> {
        return {m.f(2), m.op("abs", {x})};
      });
  auto p = after(*m.done({choice->result(0)}), "dce");
  CHECK(outline(p->body) == "while{lt yield}{mul add yield} gt if{yield}{yield} yield");
}

TEST_CASE("dce drops updates that change nothing and symbols that nothing needs") {
  Maker m;
  for (const char* name : {"a", "b", "c"}) m.variable(name, f32({2}));
  m.read("b");
  m.b.write("a", m.read("a"));
  m.b.write("c", m.op("neg", {m.read("c")}));
  auto program = m.done({m.f(1)});
  auto copy = clone(*program);
  passes::discharge(*copy, {});
  CHECK(copy->bindings.size() == 3);
  CHECK(passes::dce(*copy, {}));
  REQUIRE(copy->bindings.size() == 1);
  CHECK(copy->bindings[0].symbol == 2);
  CHECK(copy->bindings[0].argument == 0);
  CHECK(copy->bindings[0].result == 1);
  check_same(*program, *copy);
}

TEST_CASE("cse shares equal operations, also with enclosing regions, not between branches") {
  Maker m;
  Value *x = m.parameter(f32({4})), *p = m.parameter(boolean());
  Value* sum = m.op("add", {x, m.f(2)});
  Op* choice = m.branch(
      p, {f32({4})},
      [&]() -> std::vector<Value*> {
        return {m.op("mul", {m.op("add", {m.f(2), x}), m.op("neg", {x})})};
      },
      [&]() -> std::vector<Value*> { return {m.op("neg", {x})}; });
  Value* product = m.op("mul", {sum, m.op("add", {x, m.f(2)})});
  auto q = after(*m.done({choice->result(), product}), "cse");
  CHECK(outline(q->body) == "add if{neg mul yield}{neg yield} mul yield");
}

TEST_CASE("cse tells 0.0 from -0.0, and one attribute from another") {
  Maker m;
  Value* x = m.parameter(f32());
  std::vector<Value*> results = {m.op("add", {x, m.f(0.0)}),
                                 m.op("add", {x, m.f(-0.0)}),
                                 m.op("fill", {x}, {{"shape", std::vector<std::int64_t>{2}}}),
                                 m.op("fill", {x}, {{"shape", std::vector<std::int64_t>{3}}}),
                                 m.op("sub", {x, m.f(1)}),
                                 m.op("sub", {m.f(1), x})};
  auto q = after(*m.done(results), "cse");
  CHECK(outline(q->body) == "add add fill fill sub sub yield");
}

TEST_CASE("hoist moves invariants out of nested loops, not out of branches") {
  Maker m;
  Value *x = m.parameter(f32({4})), *p = m.parameter(boolean());
  Op* outer = m.loop(3, {x}, {}, {}, [&](const std::vector<Value*>& a) -> std::vector<Value*> {
    Op* inner = m.loop(2, {a[1]}, {}, {}, [&](const std::vector<Value*>& b) -> std::vector<Value*> {
      Value* fixed = m.op("mul", {m.op("neg", {x}), m.f(0.5)});  // leaves both loops
      Value* slow = m.op("sqrt", {m.op("abs", {a[1]})});         // leaves the inner one
      return {m.op("add", {m.op("add", {b[1], fixed}), slow})};
    });
    Op* choice = m.branch(
        p, {f32({4})}, [&]() -> std::vector<Value*> { return {m.op("floor", {x})}; },
        [&]() -> std::vector<Value*> { return {x}; });
    return {m.op("add", {inner->result(), choice->result()})};
  });
  auto q = after(*m.done({outer->result()}), "hoist");
  CHECK(outline(q->body) == "neg mul for{abs sqrt for{add add yield} if{floor yield}{yield} add yield} yield");
}

TEST_CASE("contract works only when the math mode allows it, and only on products used once") {
  Maker m;
  Value *a = m.parameter(f64({4})), *b = m.parameter(f64({4})), *c = m.parameter(f64({4}));
  Value* shared = m.op("mul", {a, c});
  auto program = m.done({m.op("add", {m.op("mul", {a, b}), c}), m.op("sub", {m.op("mul", {b, c}), a}),
                         m.op("sub", {a, m.op("mul", {b, b})}), m.op("add", {shared, a}), shared});
  auto exact = clone(*program);
  CHECK_FALSE(passes::contract(*exact, {}));
  CHECK(passes::contract(*exact, {.math = runtime::MathMode::contract}));
  CHECK(outline(exact->body) == "mul fma neg fma neg fma add yield");

  std::vector<Tensor> arguments;
  for (double x : {1.5, -2.25, 3.0}) arguments.push_back(tensor<double>({4}, {x, x + 1, x * 2, -x}));
  SymbolTable none;
  const auto before = compiler::interp::run(*program, arguments, none);
  const auto now = compiler::interp::run(*exact, arguments, none);
  for (std::size_t k = 0; k < now.size(); ++k)
    for (int i = 0; i < 4; ++i) CHECK(now[k].as<double>()[i] == Approx(before[k].as<double>()[i]));
}

TEST_CASE("captured values and inlining") {
  Maker m;
  Value *x = m.parameter(f32({2})), *y = m.parameter(f32({2}));
  Op* loop = m.loop(2, {x}, {}, {}, [&](const std::vector<Value*>& a) -> std::vector<Value*> {
    Op* inner = m.loop(2, {a[1]}, {}, {}, [&](const std::vector<Value*>& b) -> std::vector<Value*> {
      return {m.op("add", {m.op("add", {b[1], y}), a[1]})};
    });
    return {inner->result()};
  });
  const auto captured = compiler::ir::captured_values(*loop);
  CHECK(std::count(captured.begin(), captured.end(), y) == 1);
  CHECK(std::count(captured.begin(), captured.end(), x) == 0);
  auto program = m.done({loop->result()});

  Maker host;
  Value *u = host.parameter(f32({2})), *v = host.parameter(f32({2}));
  const auto results = compiler::ir::inline_program(host.b, *program, {u, v});
  auto twin = host.done(results);
  check_same(*program, *twin);

  Maker wrong;
  CHECK_THROWS_AS(compiler::ir::inline_program(wrong.b, *program, {}), InternalError);
}

TEST_CASE("literals that stand apart are one, in front, in the order of their use") {
  Maker m;
  Value* x = m.parameter(f32({8}));
  m.f(7);  // nothing uses it
  Value* three = m.f(3);
  Value* y = m.op("mul", {x, m.f(2)});
  Op* loop = m.loop(4, {y}, {}, {}, [&](const std::vector<Value*>& a) -> std::vector<Value*> {
    return {m.op("add", {m.op("mul", {a[1], m.f(2)}), three})};
  });
  const auto program = m.done({m.op("sub", {loop->result(0), m.f(3)})});
  const auto pooled = after(*program, "pool_literals");
  std::vector<double> numbers;
  for (const auto& op : pooled->body.ops)
    if (compiler::ir::is(*op, "const"))
      numbers.push_back(compiler::ir::literal_value(op->result()->type.dtype, op->literal.bits[0]));
  CHECK(numbers == std::vector<double>{2, 0, 4, 3});
  CHECK(pooled->body.ops[4]->def->name == "mul");
  CHECK(pooled->body.ops[5]->regions[0]->ops.size() == 3);
}
