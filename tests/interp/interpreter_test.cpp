// The interpreter on hand-built programs: elementwise, Variables, loops, choice, and what it refuses.
#include "compiler/interp/interpreter.h"

#include "compiler/ir/builder.h"
#include "support/catch.h"

using namespace brainpy;
using namespace brainpy::compiler;
using runtime::Tensor;

namespace {

Tensor floats(std::vector<float> values) {
  Tensor t = runtime::make_tensor({DType::f32, {static_cast<std::int64_t>(values.size())}});
  std::copy(values.begin(), values.end(), t.as<float>());
  return t;
}

}  // namespace

TEST_CASE("a map with a scalar operand, a Variable read and written") {
  ir::Program p;
  const Type vector{DType::f32, {3}};
  ir::Value* x = p.body.add_argument(vector, "x");
  p.parameters = 1;
  p.symbols = {{"V", vector, ir::SymbolKind::variable}};
  ir::Builder b(p.body);
  ir::Value* v = b.read("V", vector);
  ir::Value* sum = b.apply("add", {v, b.apply("mul", {x, b.constant(DType::f32, 0.5)})});
  b.write("V", sum);
  b.yield({sum});

  interp::SymbolTable symbols{{"V", floats({1, 2, 3})}};
  const std::vector<Tensor> out = interp::run(p, {floats({2, 4, 6})}, symbols);
  CHECK(out.at(0).as<float>()[2] == 6.0F);
  CHECK(symbols["V"].as<float>()[0] == 2.0F);

  CHECK_THROWS_AS(interp::run(p, {}, symbols), ValueError);
  CHECK_THROWS_AS(interp::run(p, {floats({1})}, symbols), ShapeError);
  symbols.clear();
  CHECK_THROWS_AS(interp::run(p, {floats({2, 4, 6})}, symbols), NameError);
}

TEST_CASE("for: carried and stacked values, forwards and backwards, zero iterations") {
  const bool reverse = GENERATE(false, true);
  const int count = GENERATE(0, 3);
  ir::Program p;
  ir::Value* xs = p.body.add_argument({DType::f32, {3}}, "xs");
  p.parameters = 1;
  ir::Builder b(p.body);
  ir::Attributes attributes{{"carried", std::int64_t{1}}, {"length", std::int64_t{3}}, {"reverse", reverse}};
  ir::Value* zero = b.constant(DType::i64, 0);
  ir::Value* upper = b.constant(DType::i64, count);
  ir::Op* loop = b.append_control("for", {zero, upper, b.constant(DType::f32, 10), xs},
                                  {{DType::f32, {}}, {DType::f32, {3}}}, attributes, 1);
  ir::Region& body = *loop->regions[0];
  body.add_argument({DType::i64, {}}, "i");
  ir::Value* carried = body.add_argument({DType::f32, {}}, "c");
  ir::Value* element = body.add_argument({DType::f32, {}}, "e");
  ir::Builder inner(body);
  ir::Value* next = inner.apply("add", {carried, element});
  inner.yield({next, carried});
  b.yield({loop->result(0), loop->result(1)});

  interp::SymbolTable symbols;
  const std::vector<Tensor> out = interp::run(p, {floats({1, 2, 4})}, symbols);
  if (count == 0) {
    CHECK(*out[0].as<float>() == 10.0F);
    CHECK(out[1].as<float>()[1] == 0.0F);
  } else {
    CHECK(*out[0].as<float>() == 17.0F);
    CHECK(out[1].as<float>()[0] == (reverse ? 16.0F : 10.0F));
    CHECK(out[1].as<float>()[2] == (reverse ? 10.0F : 13.0F));
  }
}

TEST_CASE("a NaN is found at the operation that makes it") {
  ir::Program p;
  ir::Value* x = p.body.add_argument({DType::f32, {2}}, "x");
  p.parameters = 1;
  ir::Builder b(p.body);
  b.set_location({"model.cpp", 7, "Net.update"});
  ir::Value* root = b.apply("sqrt", {x});
  b.set_location({"model.cpp", 8, "Net.update"});
  b.yield({b.apply("neg", {root})});
  interp::SymbolTable symbols;
  interp::Hooks hooks;
  hooks.check_nans = true;
  CHECK_NOTHROW(interp::run(p, {floats({1, 4})}, symbols, hooks));
  CHECK_THROWS_WITH(interp::run(p, {floats({1, -4})}, symbols, hooks),
                    Catch::Matchers::Contains("sqrt") && Catch::Matchers::Contains("model.cpp:7 in Net.update"));
}
