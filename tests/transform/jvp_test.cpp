// Forward derivatives against central differences, through every rule of a map operation and through control flow.
#include "compiler/transform/jvp.h"

#include <cmath>

#include "compiler/ops/registry.h"
#include "compiler/passes/pass.h"
#include "support/programs.h"

using namespace brainpy;
using namespace brainpy::test;
using compiler::transform::jvp;
using compiler::transform::JvpSeed;

namespace {

std::vector<Tensor> run(const Program& program, const std::vector<Tensor>& arguments) {
  SymbolTable none;
  return compiler::interp::run(program, arguments, none);
}

/// x + step * direction.
Tensor moved(const Tensor& x, const Tensor& direction, double step) {
  Tensor t = runtime::make_tensor(x.type);
  for (std::int64_t i = 0; i < x.type.size(); ++i)
    t.as<double>()[i] = x.as<double>()[i] + step * direction.as<double>()[i];
  return t;
}

/// How often an operation's derivative is taken: 1 is its rule, 2 the rules of what its rule is made of.
std::unique_ptr<Program> derivative_of_order(int order, std::unique_ptr<Program> f) {
  for (int k = 1; k < order; ++k) {
    std::vector<bool> differentiate;
    for (int p = 0; p < f->parameters; ++p)
      differentiate.push_back(f->body.arguments[static_cast<std::size_t>(p)]->type.dtype == DType::f64);
    f = jvp(*f, differentiate);
  }
  return f;
}

/// The tangents that jvp computes against (f(x + h d) - f(x - h d)) / 2h, for f64 parameters of f.
void check_against_differences(const Program& f, const std::vector<Tensor>& arguments, std::mt19937& random) {
  std::vector<bool> differentiate;
  std::vector<Tensor> directions, all = arguments, above = arguments, below = arguments;
  constexpr double step = 1e-6;
  for (std::size_t k = 0; k < arguments.size(); ++k) {
    differentiate.push_back(arguments[k].type.dtype == DType::f64);
    if (!differentiate.back()) continue;
    directions.push_back(random_tensor(arguments[k].type, random, -1, 1));
    all.push_back(directions.back());
    above[k] = moved(arguments[k], directions.back(), step);
    below[k] = moved(arguments[k], directions.back(), -step);
  }
  auto d = jvp(f, differentiate);
  compiler::ir::verify(*d);
  REQUIRE(d->parameters == static_cast<int>(all.size()));
  const auto value = run(f, arguments), high = run(f, above), low = run(f, below), got = run(*d, all);
  std::size_t next = value.size();
  for (std::size_t k = 0; k < value.size(); ++k) {
    CHECK(same_bits(value[k], got[k]));
    if (value[k].type.dtype != DType::f64) continue;
    REQUIRE(next < got.size());
    const Tensor& tangent = got[next++];
    REQUIRE(tangent.type == value[k].type);
    for (std::int64_t i = 0; i < value[k].type.size(); ++i) {
      const double expected = (high[k].as<double>()[i] - low[k].as<double>()[i]) / (2 * step);
      INFO("result " << k << ", element " << i << ", value " << value[k].as<double>()[i]);
      CHECK(tangent.as<double>()[i] ==
            Approx(expected).epsilon(2e-5).margin(2e-6 * (1 + std::abs(value[k].as<double>()[i]))));
    }
  }
  CHECK(next == got.size());
}

}  // namespace

TEST_CASE("first and second derivatives of every map operation agree with central differences") {
  const int order = GENERATE(1, 2);
  INFO("order " << order);
  const unsigned seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  int checked = 0;
  for (const auto* def : compiler::registry().all()) {
    if (def->shape_class != compiler::ShapeClass::map || !std::holds_alternative<compiler::JvpFn>(def->jvp)) continue;
    for (const compiler::Sample& sample : def->samples) {
      const std::vector<Type> types = sample.operands(7);
      bool has_f64 = false, has_f32 = false;
      for (const Type& t : types) {
        has_f64 |= t.dtype == DType::f64;
        has_f32 |= t.dtype == DType::f32;
      }
      if (!has_f64 || has_f32) continue;
      compiler::Attributes attributes = sample.attributes;
      if (sample.sized_attributes) {
        const compiler::Attributes sized = sample.sized_attributes(7);
        for (const auto& e : sized.entries()) attributes.set(e.name, e.value);
      }
      if (def->infer(types, attributes)[0].dtype != DType::f64) continue;
      Maker m;
      std::vector<Tensor> arguments;
      std::vector<Value*> operands;
      for (std::size_t k = 0; k < types.size(); ++k) {
        const auto [low, high] = sample.ranges[sample.ranges.size() == 1 ? 0 : k];
        operands.push_back(m.parameter(types[k]));
        arguments.push_back(random_tensor(types[k], random, low, high));
      }
      INFO("operation " << def->name);
      const auto f = derivative_of_order(order, m.done({m.op(def->name, operands, attributes)}));
      for (std::size_t k = arguments.size(); k < static_cast<std::size_t>(f->parameters); ++k)
        arguments.push_back(random_tensor(f->body.arguments[k]->type, random, -1, 1));
      check_against_differences(*f, arguments, random);
      ++checked;
    }
  }
  CHECK(checked >= 10);
}

TEST_CASE("tangents flow through for: carried, scanned, stacked, captured") {
  std::mt19937 random(3);
  Maker m;
  Value *x = m.parameter(f64({3})), *rows = m.parameter(f64({4, 3})), *s = m.parameter(f64());
  Value* zero = m.b.constant(DType::f64, 0);
  // The second carried value starts without a tangent and gets one; the third never does.
  Value* start = m.op("fill", {zero}, {{"shape", std::vector<std::int64_t>{3}}});
  Op* loop = m.loop(4, {x, start, zero}, {rows}, {f64({3}), f64(), {DType::i64, {}}},
                    [&](const std::vector<Value*>& a) -> std::vector<Value*> {
                      Value* next = m.op("add", {m.op("mul", {a[1], a[4]}), m.op("mul", {a[2], s})});
                      return {next,
                              m.op("sub", {a[1], a[2]}),
                              m.op("add", {a[3], m.b.constant(DType::f64, 1)}),
                              m.op("div", {next, s}),
                              m.op("add", {a[3], m.b.constant(DType::f64, 2)}),
                              a[0]};
                    });
  std::vector<Value*> results;
  for (int k = 0; k < 6; ++k) results.push_back(loop->result(k));
  auto f = m.done(results);
  std::vector<Tensor> arguments;
  for (int k = 0; k < 3; ++k)
    arguments.push_back(random_tensor(f->body.arguments[static_cast<std::size_t>(k)]->type, random, 0.5, 1.5));
  check_against_differences(*f, arguments, random);
}

TEST_CASE("tangents flow through while and if, nested") {
  std::mt19937 random(5);
  Maker m;
  Value *x = m.parameter(f64({2})), *s = m.parameter(f64()), *p = m.parameter(boolean());
  const auto number = [&](double v) { return m.b.constant(DType::f64, v); };
  Op* loop = m.repeat(
      {x, number(0)},
      [&](const std::vector<Value*>& a) {
        return m.op("lt", {a[1], number(5)});
      },
      [&](const std::vector<Value*>& a) -> std::vector<Value*> {
        Op* choice = m.branch(
            m.op("gt", {a[1], number(2)}), {f64({2}), f64()},
            [&]() -> std::vector<Value*> {
              return {m.op("mul", {a[0], s}), number(1)};
            },
            [&]() -> std::vector<Value*> {
              return {m.op("mul", {x, x}), number(2)};
            });
        return {m.op("add", {choice->result(0), a[0]}), m.op("add", {a[1], number(1)})};
      });
  Op* outer = m.branch(
      p, {f64({2})},
      [&]() -> std::vector<Value*> {
        return {m.op("sqrt", {m.op("mul", {x, x})})};
      },
      [&]() -> std::vector<Value*> {
        return {m.op("fill", {s}, {{"shape", std::vector<std::int64_t>{2}}})};
      });
  auto f = m.done({loop->result(0), outer->result(), loop->result(1)});
  for (bool predicate : {false, true}) {
    const Tensor xs = tensor<double>({2}, {0.7, 1.3}), ss = tensor<double>({}, {1.2});
    Tensor ps = runtime::make_tensor(boolean());
    *ps.as<bool>() = predicate;
    check_against_differences(*f, {xs, ss, ps}, random);
  }
}

TEST_CASE("a scalar's tangent stays a scalar until something needs the shape") {
  std::mt19937 random(7);
  Maker m;
  Value *x = m.parameter(f64({3})), *s = m.parameter(f64());
  auto f = m.done({m.op("add", {s, m.op("floor", {x})}), m.op("mul", {x, s}), m.op("floor", {s})});
  check_against_differences(*f, {tensor<double>({3}, {0.2, 1.6, 2.4}), tensor<double>({}, {1.5})}, random);
}

TEST_CASE("the derivative of a linear leak is a literal") {
  Maker m;
  Value *v = m.parameter(f32({100}), "V"), *current = m.parameter(f32({100}), "I");
  Value* leak = m.op("add", {m.op("sub", {m.f(-65), v}), m.op("mul", {m.f(2), current})});
  auto f = m.done({m.op("div", {leak, m.f(20)})});
  auto d = jvp(*f, {true, false}, JvpSeed::ones);
  CHECK(d->parameters == 2);
  d->discharged = true;
  compiler::passes::simplify(*d, {});
  const Value* tangent = d->body.terminator()->operands[1];
  REQUIRE(tangent->definition);
  CHECK(tangent->definition->def->name == "fill");
  const auto* literal = tangent->definition->operands[0]->definition;
  CHECK(literal->def->name == "const");
  CHECK(compiler::ir::literal_value(DType::f32, literal->literal.bits[0]) == -1.0f / 20.0f);
}

TEST_CASE("a discharged function keeps its symbols as constants") {
  Maker m;
  m.variable("w", f64({2}));
  Value* x = m.parameter(f64({2}));
  auto f = m.done({m.op("mul", {x, m.read("w")})});
  auto undischarged = jvp(*f, {true});
  compiler::passes::discharge(*f, {});
  auto d = jvp(*f, {true});
  REQUIRE(d->bindings.size() == 1);
  CHECK(d->bindings[0].argument == 2);
  SymbolTable symbols{{"w", tensor<double>({2}, {3, 4})}};
  const std::vector<Tensor> arguments = {tensor<double>({2}, {1, 2}), tensor<double>({2}, {1, 10})};
  for (const Program* p : {d.get(), undischarged.get()}) {
    const auto got = compiler::interp::run(*p, arguments, symbols);
    CHECK(same_bits(got[1], tensor<double>({2}, {3, 40})));
  }
}

TEST_CASE("what has no derivative is named with its place and the reason") {
  if (!compiler::registry().find("test_rough")) {
    compiler::OpDef def;
    def.name = "test_rough";
    def.doc = "Has no derivative.";
    def.infer = [](std::span<const Type> in, const compiler::Attributes&) { return std::vector<Type>{in[0]}; };
    def.kernel = [](const compiler::KernelCall&) {};
    def.jvp = compiler::NotDifferentiable{"it jumps everywhere"};
    def.batch = compiler::BatchByLoop{};
    def.samples.push_back({});
    compiler::registry().add(std::move(def));
  }
  Maker m;
  Value *x = m.parameter(f32({2})), *y = m.parameter(f32({2}));
  m.b.set_location({"model.cpp", 42, "Net.E"});
  auto f = m.done({m.op("test_rough", {x}), y});
  try {
    jvp(*f, {true, false});
    FAIL("no error");
  } catch (const ValueError& e) {
    CHECK(e.parts().what == "test_rough: has no derivative");
    CHECK(e.parts().where.line == 42);
    CHECK(e.parts().hint == "it jumps everywhere");
  }
  CHECK_NOTHROW(jvp(*f, {false, true}));  // no tangent comes to it
  CHECK_THROWS_AS(jvp(*f, {true}), ValueError);

  Maker writer;
  writer.variable("a", f32());
  writer.b.write("a", writer.f(1));
  auto w = writer.done({});
  CHECK_THROWS_AS(jvp(*w, {}), InternalError);
  compiler::passes::discharge(*w, {});
  CHECK_THROWS_AS(jvp(*w, {}), InternalError);
}
