// Simplification: exact identities, folding, loops and branches of a known course; and what must not be simplified.
#include "compiler/passes/pass.h"
#include "support/programs.h"

using namespace brainpy;
using namespace brainpy::test;
using compiler::ir::clone;
namespace passes = compiler::passes;

namespace {

std::unique_ptr<Program> simplified(const Program& program) {
  auto copy = clone(program);
  copy->discharged = true;
  passes::simplify(*copy, {});
  passes::dce(*copy, {});
  check_same(program, *copy);
  return copy;
}

/// The outline of a function of x after simplification; the bits are checked on every awkward number.
template <class Function>
std::string outline_of(Type type, const Function& function) {
  Maker m;
  Value* x = m.parameter(type);
  auto program = m.done({function(m, x)});
  auto copy = simplified(*program);
  if (type.dtype == DType::f32) {
    const float nan = std::numeric_limits<float>::quiet_NaN(), inf = std::numeric_limits<float>::infinity();
    const std::vector<float> awkward = {0.0f, -0.0f, 1.0f, -1.0f, 1e-45f, -3e-39f, 3.4e38f, 0.1f, inf, -inf, nan};
    for (float value : awkward) {
      Tensor t = runtime::make_tensor(type);
      std::fill_n(t.as<float>(), type.size(), value);
      SymbolTable none;
      INFO("x = " << value);
      CHECK(same_bits(compiler::interp::run(*program, {t}, none)[0], compiler::interp::run(*copy, {t}, none)[0]));
    }
  }
  return outline(copy->body);
}

Value* full(Maker& m, Value* scalar, std::int64_t n) {
  return m.op("fill", {scalar}, {{"shape", std::vector<std::int64_t>{n}}});
}

}  // namespace

TEST_CASE("exact identities go, inexact ones stay") {
  const Type x = f32({3});
  const auto with = [&](const char* op, double right) {
    return outline_of(x, [&](Maker& m, Value* v) { return m.op(op, {v, m.f(right)}); });
  };
  CHECK(with("mul", 1) == "yield");
  CHECK(with("add", -0.0) == "yield");
  CHECK(with("sub", 0.0) == "yield");
  CHECK(with("div", 1) == "yield");
  CHECK(with("div", 4) == "mul yield");
  CHECK(with("div", -0.5) == "mul yield");
  CHECK(with("mul", -1) == "neg yield");
  // -0.0 + 0.0 is 0.0; 0 * inf is NaN; 1/3 is not exact; the reciprocal of 2^127 is subnormal.
  CHECK(with("add", 0.0) == "add yield");
  CHECK(with("sub", -0.0) == "sub yield");
  CHECK(with("mul", 0) == "mul yield");
  CHECK(with("div", 3) == "div yield");
  CHECK(with("div", 0) == "div yield");
  CHECK(with("div", 0x1p127) == "div yield");
  CHECK(with("div", INFINITY) == "div yield");
  CHECK(outline_of(x, [](Maker& m, Value* v) { return m.op("sub", {v, v}); }) == "sub yield");
  CHECK(outline_of(x, [](Maker& m, Value* v) { return m.op("sub", {m.f(0), v}); }) == "sub yield");
}

TEST_CASE("negations cancel") {
  const Type x = f32({3});
  CHECK(outline_of(x, [](Maker& m, Value* v) { return m.op("neg", {m.op("neg", {v})}); }) == "yield");
  CHECK(outline_of(x, [](Maker& m, Value* v) { return m.op("add", {m.f(2), m.op("neg", {v})}); }) == "sub yield");
  CHECK(outline_of(x, [](Maker& m, Value* v) { return m.op("sub", {m.f(2), m.op("neg", {v})}); }) == "add yield");
  CHECK(outline_of(boolean({3}), [](Maker& m, Value* v) { return m.op("not", {m.op("not", {v})}); }) == "yield");
}

TEST_CASE("integers and bools know more") {
  const Type n = i32({3}), p = boolean({3});
  CHECK(outline_of(n, [](Maker& m, Value* v) { return m.op("sub", {v, v}); }) == "fill yield");
  CHECK(outline_of(n, [](Maker& m, Value* v) {
          return m.op("mul", {v, m.b.constant(DType::i32, 0)});
        }) == "fill yield");
  CHECK(outline_of(n, [](Maker& m, Value* v) { return m.op("add", {v, m.b.constant(DType::i32, 0)}); }) == "yield");
  CHECK(outline_of(p, [](Maker& m, Value* v) { return m.op("and", {v, m.b.constant(DType::bool_, 1)}); }) == "yield");
  CHECK(outline_of(p, [](Maker& m, Value* v) {
          return m.op("or", {m.b.constant(DType::bool_, 1), v});
        }) == "fill yield");
  CHECK(outline_of(p, [](Maker& m, Value* v) { return m.op("and", {v, v}); }) == "yield");
}

TEST_CASE("conversions there and back go when they are exact") {
  const auto back = [](Type type, const char* there, const char* here) {
    return outline_of(type, [&](Maker& m, Value* v) { return m.op(here, {m.op(there, {v})}); });
  };
  CHECK(back(f32({3}), "to_f64", "to_f32") == "yield");
  CHECK(back(i32({3}), "to_f64", "to_i32") == "yield");
  CHECK(back(i32({3}), "to_f32", "to_i32") == "to_f32 to_i32 yield");
  CHECK(back(f64({3}), "to_i64", "to_f64") == "to_i64 to_f64 yield");
  CHECK(outline_of(f32({3}), [](Maker& m, Value* v) { return m.op("to_f32", {v}); }) == "yield");
}

TEST_CASE("known choices are taken") {
  const Type x = f32({3});
  const auto choose = [](Maker& m, Value* c, Value* a, Value* b) { return m.op("select", {c, a, b}); };
  CHECK(outline_of(x, [&](Maker& m, Value* v) { return choose(m, m.b.constant(DType::bool_, 1), v, m.f(2)); }) ==
        "yield");
  CHECK(outline_of(x, [&](Maker& m, Value* v) { return choose(m, m.b.constant(DType::bool_, 0), v, m.f(2)); }) ==
        "fill yield");
  CHECK(outline_of(x, [&](Maker& m, Value* v) { return choose(m, m.op("lt", {v, m.f(1)}), v, v); }) == "yield");
  CHECK(outline_of(x, [&](Maker& m, Value* v) {
          return choose(m, m.op("not", {m.op("lt", {v, m.f(1)})}), v, m.f(2));
        }) == "lt select yield");
  const auto truth = [](Maker& m, bool value) { return m.b.constant(DType::bool_, value); };
  const auto below = [](Maker& m, Value* v) { return m.op("lt", {v, m.f(1)}); };
  const auto is_bool = [](Maker& m, Value* v) { return m.op("ge", {v, m.f(0)}); };
  // A flag that a condition sets is the condition.
  CHECK(outline_of(x, [&](Maker& m, Value* v) { return choose(m, below(m, v), truth(m, true), truth(m, false)); }) ==
        "lt yield");
  CHECK(outline_of(x, [&](Maker& m, Value* v) { return choose(m, below(m, v), truth(m, false), truth(m, true)); }) ==
        "lt not yield");
  CHECK(outline_of(x, [&](Maker& m, Value* v) {
          Value* c = below(m, v);
          return choose(m, c, truth(m, true), is_bool(m, v));
        }) == "lt ge select yield");
  // One condition decides once.
  CHECK(outline_of(x, [&](Maker& m, Value* v) {
          Value *c = below(m, v), *sine = m.op("sin", {v}), *cosine = m.op("cos", {v});
          return choose(m, c, choose(m, c, sine, m.op("exp", {v})), cosine);
        }) == "lt sin cos select yield");
  CHECK(outline_of(x, [&](Maker& m, Value* v) {
          Value *c = below(m, v), *sine = m.op("sin", {v}), *cosine = m.op("cos", {v});
          return choose(m, m.op("not", {c}), sine, choose(m, c, cosine, m.op("exp", {v})));
        }) == "lt sin cos select yield");
  CHECK(outline_of(x, [&](Maker& m, Value* v) {
          Value *c = below(m, v), *other = is_bool(m, v), *sine = m.op("sin", {v});
          return choose(m, c, choose(m, other, sine, v), v);
        }) == "lt ge sin select select yield");
}

TEST_CASE("scalar literals fold with the host kernels") {
  Maker m;
  Value* v = m.op("div", {m.op("sqrt", {m.f(2)}), m.op("add", {m.f(0.1), m.f(0.2)})});
  auto p = simplified(*m.done({v, m.op("lt", {v, m.f(3)})}));
  CHECK(outline(p->body) == "yield");
}

TEST_CASE("uniform arrays are used as scalars") {
  Maker m;
  Value *x = m.parameter(f32({5})), *s = m.parameter(f32());
  Value* uniform = m.op("mul", {full(m, s, 5), full(m, m.f(2), 5)});
  auto p = simplified(*m.done({m.op("add", {x, uniform}), uniform}));
  CHECK(outline(p->body) == "mul fill add yield");
  CHECK(p->body.terminator()->operands[0]->definition->operands[1]->type == f32());
}

TEST_CASE("rearrangements compose, cancel, and of uniform arrays vanish") {
  const Type x = f32({2, 3});
  using List = std::vector<std::int64_t>;
  const auto reshaped = [](Maker& m, Value* v, List shape) { return m.op("reshape", {v}, {{"shape", shape}}); };
  const auto transposed = [](Maker& m, Value* v, List axes) { return m.op("transpose", {v}, {{"axes", axes}}); };
  CHECK(outline_of(x, [&](Maker& m, Value* v) { return reshaped(m, reshaped(m, v, {6}), {3, 2}); }) == "reshape yield");
  CHECK(outline_of(x, [&](Maker& m, Value* v) { return reshaped(m, reshaped(m, v, {6}), {2, 3}); }) == "yield");
  CHECK(outline_of(x, [&](Maker& m, Value* v) { return transposed(m, transposed(m, v, {1, 0}), {1, 0}); }) == "yield");
  CHECK(outline_of(f32({2, 3, 4}), [&](Maker& m, Value* v) {
          return transposed(m, transposed(m, v, {1, 2, 0}), {2, 1, 0});
        }) == "transpose yield");
  CHECK(outline_of(f32(), [&](Maker& m, Value* v) {
          return transposed(m, reshaped(m, full(m, v, 6), {2, 3}), {1, 0});
        }) == "fill yield");
  CHECK(outline_of(f32(), [&](Maker& m, Value* v) {
          return m.op("broadcast", {v}, {{"shape", List{4}}});
        }) == "fill yield");

  // The composed order of axes, on elements that differ.
  Maker m;
  Value* v = m.parameter(f32({2, 3, 4}));
  simplified(*m.done(
      {transposed(m, transposed(m, v, {1, 2, 0}), {2, 1, 0}), transposed(m, transposed(m, v, {2, 0, 1}), {2, 0, 1})}));
}

TEST_CASE("keys have no fill: a loop that would stack none of them stays") {
  Maker m;
  const Type key{DType::key, {}};
  Value* k = m.parameter(key);
  Op* loop = m.loop(0, {}, {}, {key}, [&](const std::vector<Value*>&) -> std::vector<Value*> { return {k}; });
  CHECK(outline(simplified(*m.done({loop->result()}))->body) == "for{yield} yield");
}

TEST_CASE("branches and loops of a known course are resolved") {
  Maker m;
  Value *x = m.parameter(f32({2})), *p = m.parameter(boolean());
  Op* known = m.branch(
      m.op("lt", {m.f(1), m.f(2)}), {f32({2})}, [&]() -> std::vector<Value*> { return {m.op("neg", {x})}; },
      [&]() -> std::vector<Value*> { return {m.op("abs", {x})}; });
  Op* never = m.loop(0, {known->result()}, {}, {f32({2})}, [&](const std::vector<Value*>& a) -> std::vector<Value*> {
    return {m.op("add", {a[1], x}), a[1]};
  });
  Op* same = m.branch(
      p, {f32({2}), f32({2})},
      [&]() -> std::vector<Value*> {
        return {x, m.op("abs", {x})};
      },
      [&]() -> std::vector<Value*> {
        return {x, x};
      });
  auto q = simplified(*m.done({never->result(0), never->result(1), same->result(0), same->result(1)}));
  CHECK(outline(q->body) == "neg fill if{abs yield}{yield} yield");
  CHECK(q->body.terminator()->operands[2] == q->body.arguments[0].get());
}

TEST_CASE("a branch between numbers, or an array and a number, becomes a choice; one between arrays stays") {
  Maker m;
  Value *x = m.parameter(f32({4})), *y = m.parameter(f32({4})), *s = m.parameter(f32()), *p = m.parameter(boolean());
  const auto yields = [](std::vector<Value*> values) { return [values] { return values; }; };
  Op* number = m.branch(
      p, {f32()},
      [&]() -> std::vector<Value*> {
        return {m.op("mul", {s, s})};
      },
      yields({s}));
  Op* drive = m.branch(p, {f32({4}), f32()}, yields({x, s}), [&]() -> std::vector<Value*> {
    return {full(m, m.f(0), 4), m.f(2)};
  });
  Op* arrays = m.branch(p, {f32({4})}, yields({x}), yields({y}));
  Op* work = m.branch(
      p, {f32({4})}, [&]() -> std::vector<Value*> { return {m.op("exp", {x})}; },
      [&]() -> std::vector<Value*> { return {full(m, m.f(0), 4)}; });
  auto q =
      simplified(*m.done({number->result(), drive->result(0), drive->result(1), arrays->result(), work->result()}));
  CHECK(outline(q->body) == "mul select select select if{yield}{yield} if{exp yield}{fill yield} yield");
}

TEST_CASE("carried values that never change become captures") {
  Maker m;
  Value *x = m.parameter(f32({2})), *one = m.parameter(f32());
  Op* loop = m.loop(4, {x, one, x}, {}, {}, [&](const std::vector<Value*>& a) -> std::vector<Value*> {
    return {m.op("add", {a[1], a[2]}), m.op("mul", {a[2], m.f(1)}), x};
  });
  auto q = simplified(*m.done({loop->result(0), loop->result(1), loop->result(2)}));
  CHECK(outline(q->body) == "for{add yield} yield");
  CHECK(q->body.ops[q->body.ops.size() - 2]->attributes.integer("carried") == 1);

  Maker w;
  Value* y = w.parameter(f32());
  Op* repeat = w.repeat(
      {y, w.f(8)},
      [&](const std::vector<Value*>& a) {
        return w.op("lt", {a[0], a[1]});
      },
      [&](const std::vector<Value*>& a) -> std::vector<Value*> {
        return {w.op("add", {a[0], w.f(1)}), a[1]};
      });
  auto r = simplified(*w.done({repeat->result(0), repeat->result(1)}));
  CHECK(outline(r->body) == "while{lt yield}{add yield} yield");
  CHECK(r->body.ops[r->body.ops.size() - 2]->operands.size() == 1);

  Maker idle;
  Op* none = idle.repeat(
      {idle.parameter(f32())}, [&](const std::vector<Value*>&) { return idle.b.constant(DType::bool_, 0); },
      [&](const std::vector<Value*>& a) -> std::vector<Value*> { return {idle.op("neg", {a[0]})}; });
  CHECK(outline(simplified(*idle.done({none->result()}))->body) == "yield");
}
