// Carried values, Variables and stacked rows in compiled code: whatever is computed in place must not be seen changed.
#include "compiler/codegen/place.h"
#include "compiler/ir/print.h"
#include "support/both_ways.h"

using namespace brainpy;
using namespace brainpy::compiler;
using runtime::Tensor;

namespace {

const Type vector{DType::f32, {37}};
const Type index_type{DType::i64, {}};

/// A program with one loop over Variables A, B, C (and an argument x): `body` maps (k, a, b, c) to what is yielded,
/// three carried values first.
struct LoopCase {
  ir::Program program;
  ir::Op* loop = nullptr;

  template <class Body>
  LoopCase(std::int64_t steps, Body body, std::vector<Type> stacked = {}, bool reverse = false) {
    program.name = "loop";
    program.symbols = {{"A", vector}, {"B", vector}, {"C", vector}};
    ir::Value* x = program.body.add_argument(vector, "x");
    program.parameters = 1;
    ir::Builder b(program.body);
    std::vector<ir::Value*> operands = {b.constant(DType::i64, 0), b.constant(DType::i64, static_cast<double>(steps))};
    for (const char* name : {"A", "B", "C"}) operands.push_back(b.read(name, vector));
    std::vector<Type> results(3, vector);
    for (const Type& t : stacked) results.push_back({t.dtype, t.shape.with_leading(5)});
    loop = b.append_control("for", operands, results,
                            {{"carried", std::int64_t{3}}, {"length", std::int64_t{5}}, {"reverse", reverse}}, 1);
    ir::Region& region = *loop->regions[0];
    ir::Value* k = region.add_argument(index_type, "k");
    std::vector<ir::Value*> carried;
    for (const char* name : {"a", "b", "c"}) carried.push_back(region.add_argument(vector, name));
    ir::Builder inner(region);
    inner.yield(body(inner, k, carried[0], carried[1], carried[2], x));
    const char* names[] = {"A", "B", "C"};
    for (int i = 0; i < 3; ++i) b.write(names[i], loop->result(i));
    std::vector<ir::Value*> returned;
    for (std::size_t i = 3; i < loop->results.size(); ++i) returned.push_back(loop->result(static_cast<int>(i)));
    b.yield(returned);
  }

  void check() const {
    std::mt19937_64 random(1);
    const std::vector<Tensor> arguments = {random_tensor(vector, random)};
    std::vector<Tensor> symbols;
    for (int i = 0; i < 3; ++i) symbols.push_back(random_tensor(vector, random));
    check_both_ways(program, arguments, symbols);
  }
};

using Values = std::vector<ir::Value*>;
using List = std::vector<std::int64_t>;

}  // namespace

TEST_CASE("replacing a part of a carried value: in its place where nobody else needs the old one") {
  const auto part = [](ir::Builder& b, ir::Value* from, std::int64_t first) {
    return b.apply("slice", {from}, {{"start", List{first}}, {"stop", List{first + 3}}, {"step", List{1}}});
  };
  const auto replace = [](ir::Builder& b, ir::Value* in, ir::Value* by, ir::Value* at) {
    return b.apply("dynamic_update_slice", {in, by, at});
  };
  const auto in_place = [](const LoopCase& c) {
    const auto executable = jit::compile(ir::clone(c.program), "loop");
    const codegen::Placement placement = codegen::place(executable->program());
    int found = 0, same = 0;
    const auto look = [&](const ir::Region& region, const auto& self) -> void {
      for (const auto& op : region.ops) {
        if (op->def->replaces_a_part) {
          ++found;
          same += placement.slot(op->result()) == placement.slot(op->operands[0]);
        }
        for (const auto& r : op->regions) self(*r, self);
      }
    };
    look(executable->program().body, look);
    REQUIRE(found == 1);
    return same == 1;
  };
  const auto check = [&](bool expected, const auto& body, std::vector<Type> stacked = {}) {
    const LoopCase c(5, body, std::move(stacked));
    INFO(ir::print(c.program));
    c.check();
    CHECK(in_place(c) == expected);
  };
  check(true, [&](auto& b, auto* k, auto* a, auto* v, auto* w, auto*) -> Values {
    return {replace(b, a, part(b, v, 4), k), v, w};
  });
  // Read before the write: still in place. Read after it: not.
  const auto reversed = [](ir::Builder& b, ir::Value* x) { return b.apply("reverse", {x}, {{"axes", List{0}}}); };
  check(true, [&](auto& b, auto* k, auto* a, auto* v, auto* w, auto*) -> Values {
    ir::Value* before = reversed(b, a);
    return {replace(b, a, part(b, w, 4), k), v, before};
  });
  check(false, [&](auto& b, auto* k, auto* a, auto* v, auto* w, auto*) -> Values {
    ir::Value* next = replace(b, a, part(b, v, 4), k);
    return {next, reversed(b, a), w};
  });
  // By a part of itself; by a whole other value that is carried on in its place; the old value stacked.
  check(false, [&](auto& b, auto* k, auto* a, auto* v, auto* w, auto*) -> Values {
    return {replace(b, a, part(b, a, 7), k), v, w};
  });
  check(true, [&](auto& b, auto* k, auto* a, auto* v, auto* w, auto*) -> Values {
    return {replace(b, a, v, k), w, v};
  });
  check(false, [&](auto& b, auto* k, auto* a, auto* v, auto* w, auto*) -> Values {
    return {v, replace(b, a, v, k), w};
  });
  check(false,
        [&](auto& b, auto* k, auto* a, auto* v, auto* w, auto*) -> Values {
          return {replace(b, a, part(b, v, 4), k), v, w, a};
        },
        {vector});
}

TEST_CASE("carried values: swap, rotate, repeat, pass on, ignore") {
  const std::int64_t steps = GENERATE(0, 1, 2, 5);
  INFO("steps " << steps);
  const auto check = [&](auto body) { LoopCase(steps, body).check(); };
  using B = ir::Builder&;
  using V = ir::Value*;
  SECTION("swap") {
    check([](B, V, V a, V b, V c, V) { return Values{b, a, c}; });
  }
  SECTION("rotate") {
    check([](B, V, V a, V b, V c, V) { return Values{b, c, a}; });
  }
  SECTION("unchanged") {
    check([](B, V, V a, V b, V c, V) { return Values{a, b, c}; });
  }
  SECTION("the same value three times") {
    check([](B s, V, V a, V b, V, V) {
      V sum = s.apply("add", {a, b});
      return Values{sum, sum, sum};
    });
  }
  SECTION("one carried value into all") {
    check([](B, V, V a, V, V, V) { return Values{a, a, a}; });
  }
  SECTION("outer value") {
    check([](B, V, V a, V b, V, V x) { return Values{x, a, b}; });
  }
  SECTION("outer value twice, and a sum with it") {
    check([](B s, V, V a, V, V c, V x) { return Values{x, x, s.apply("mul", {s.apply("add", {a, c}), x})}; });
  }
  SECTION("new values from each other's old ones") {
    check([](B s, V, V a, V b, V c, V) {
      return Values{s.apply("add", {b, c}), s.apply("sub", {a, c}), s.apply("mul", {a, b})};
    });
  }
  SECTION("updated, then moved on") {
    check([](B s, V, V a, V b, V c, V) {
      V a1 = s.apply("add", {a, c});
      return Values{b, a1, a};
    });
  }
  SECTION("Fibonacci: in place with a shift") {
    check([](B s, V, V a, V b, V c, V) { return Values{b, s.apply("add", {a, b}), s.apply("neg", {c})}; });
  }
  SECTION("a chain of updates that ends where it began") {
    check([](B s, V, V a, V b, V c, V x) {
      V t = a;
      for (int i = 0; i < 4; ++i) t = s.apply("add", {s.apply("mul", {t, x}), b});
      return Values{t, b, s.apply("sub", {c, t})};
    });
  }
}

TEST_CASE("stacked rows: old and new values, in both directions") {
  const std::int64_t steps = GENERATE(0, 3, 5);
  const bool reverse = GENERATE(false, true);
  INFO("steps " << steps << " reverse " << reverse);
  const Type flags{DType::bool_, {37}};
  using B = ir::Builder&;
  using V = ir::Value*;
  SECTION("old, new and both") {
    LoopCase(
        steps,
        [](B s, V, V a, V b, V c, V x) {
          V a1 = s.apply("add", {a, x});
          return Values{a1, s.apply("mul", {b, a1}), c, a, a1, s.apply("gt", {a1, a})};
        },
        {vector, vector, flags}, reverse)
        .check();
  }
  SECTION("one value stacked twice while carried values swap") {
    LoopCase(
        steps,
        [](B, V, V a, V b, V c, V) {
          return Values{b, a, c, a, a};
        },
        {vector, vector}, reverse)
        .check();
  }
  SECTION("the index and an outer value") {
    LoopCase(
        steps,
        [](B, V k, V a, V b, V c, V x) {
          return Values{a, b, c, k, x};
        },
        {index_type, vector}, reverse)
        .check();
  }
}

TEST_CASE("a loop in a loop, and a branch in it") {
  const std::int64_t steps = GENERATE(0, 1, 4);
  using V = ir::Value*;
  LoopCase(steps,
           [](ir::Builder& s, V k, V a, V b, V c, V x) {
             // Inner loop: k rounds that swap a and b while adding to c.
             ir::Op* inner = s.append_control("for", {s.constant(DType::i64, 0), k, a, b, c}, {vector, vector, vector},
                                              {{"carried", std::int64_t{3}}, {"length", std::int64_t{3}}}, 1);
             ir::Region& r = *inner->regions[0];
             r.add_argument(index_type, "j");
             V p = r.add_argument(vector), q = r.add_argument(vector), sum = r.add_argument(vector);
             ir::Builder in(r);
             in.yield({q, p, in.apply("add", {sum, in.apply("mul", {p, x})})});
             // Branch: choose by the parity of k.
             V odd = s.apply("eq", {s.apply("and", {k, s.constant(DType::i64, 1)}), s.constant(DType::i64, 1)});
             ir::Op* choice = s.append_control("if", {odd}, {vector, vector}, {}, 2);
             ir::Builder yes(*choice->regions[0]), no(*choice->regions[1]);
             yes.yield({inner->result(1), yes.apply("sub", {inner->result(2), a})});
             V t = no.apply("add", {inner->result(0), inner->result(1)});
             no.yield({t, t});
             return Values{choice->result(0), inner->result(0), choice->result(1), choice->result(0)};
           },
           {vector})
      .check();
}

TEST_CASE("while: carried values survive the test that stops") {
  const float limit = GENERATE(-1.0F, 10.0F, 1000.0F);
  ir::Program p;
  p.name = "while";
  p.symbols = {{"S", {DType::f32, {}}}};
  ir::Value* x = p.body.add_argument(vector, "x");
  p.parameters = 1;
  ir::Builder b(p.body);
  const Type scalar{DType::f32, {}};
  ir::Value* start = b.read("S", scalar);
  ir::Op* loop = b.append_control("while", {start, x, x}, {scalar, vector, vector}, {}, 2);
  for (const auto& r : loop->regions) {
    r->add_argument(scalar, "s");
    r->add_argument(vector, "u");
    r->add_argument(vector, "v");
  }
  const auto argument = [&](int region, std::size_t i) {
    return loop->regions[static_cast<std::size_t>(region)]->arguments[i].get();
  };
  ir::Builder test(*loop->regions[0]);
  ir::Value* scaled = test.apply("mul", {argument(0, 0), test.constant(DType::f32, 1.5)});
  test.yield({test.apply("lt", {scaled, test.constant(DType::f32, limit)})});
  ir::Builder body(*loop->regions[1]);
  body.yield({body.apply("add", {body.apply("mul", {argument(1, 0), body.constant(DType::f32, 2)}),
                                 body.constant(DType::f32, 1)}),
              argument(1, 2), body.apply("add", {argument(1, 1), argument(1, 0)})});
  b.write("S", b.apply("mul", {loop->result(0), b.constant(DType::f32, 0.25)}));
  b.yield({loop->result(1), loop->result(2), loop->result(0)});
  std::mt19937_64 random(2);
  Tensor s = runtime::make_tensor(scalar);
  check_both_ways(p, {random_tensor(vector, random)}, {s});
}

TEST_CASE("a scan takes rows that are not aligned") {
  const std::int64_t width = GENERATE(0, 1, 3, 37);
  const bool reverse = GENERATE(false, true);
  ir::Program p;
  p.name = "scan";
  const Type row{DType::f32, {width}}, table{DType::f32, {6, width}}, scalar{DType::f32, {}}, column{DType::f32, {6}};
  ir::Value* xs = p.body.add_argument(table, "xs");
  ir::Value* ys = p.body.add_argument(column, "ys");
  p.parameters = 2;
  ir::Builder b(p.body);
  ir::Value* zero = b.apply("fill", {b.constant(DType::f32, 0)}, {{"shape", std::vector<std::int64_t>{width}}});
  ir::Op* loop = b.append_control("for", {b.constant(DType::i64, 2), b.constant(DType::i64, 7), zero, xs, ys},
                                  {row, table, column},
                                  {{"carried", std::int64_t{1}}, {"length", std::int64_t{6}}, {"reverse", reverse}}, 1);
  ir::Region& r = *loop->regions[0];
  ir::Value* k = r.add_argument(index_type);
  ir::Value *sum = r.add_argument(row), *x = r.add_argument(row), *y = r.add_argument(scalar);
  ir::Builder in(r);
  ir::Value* next = in.apply("add", {in.apply("mul", {sum, y}), x});
  in.yield({next, x, in.apply("mul", {y, in.apply("to_f32", {k})})});
  b.yield({loop->result(0), loop->result(1), loop->result(2), xs});
  std::mt19937_64 random(3);
  check_both_ways(p, {random_tensor(table, random), random_tensor(column, random)}, {});
}

TEST_CASE("results: one value twice, an argument, a Variable's old and new value, a literal") {
  ir::Program p;
  p.name = "results";
  p.symbols = {{"V", vector}, {"K", vector, ir::SymbolKind::constant}};
  ir::Value* x = p.body.add_argument(vector, "x");
  p.parameters = 1;
  ir::Builder b(p.body);
  ir::Value *v = b.read("V", vector), *k = b.read("K", vector);
  ir::Value* next = b.apply("add", {v, k});
  b.write("V", next);
  ir::Value* few = b.constant_bits({DType::i32, {3}}, {1, 2, 3});
  b.yield({next, next, x, v, b.constant(DType::f64, 0.25), few, b.apply("add", {few, few}), k});
  std::mt19937_64 random(4);
  const Tensor argument = random_tensor(vector, random), constant = random_tensor(vector, random);
  // The argument and the Variable are one buffer: writing the Variable must not change the argument.
  check_both_ways(p, {argument}, {argument, constant});
}

TEST_CASE("wrong inputs are refused") {
  const LoopCase loop(1, [](ir::Builder&, ir::Value*, ir::Value* a, ir::Value* b, ir::Value* c, ir::Value*) {
    return Values{a, b, c};
  });
  auto executable = jit::compile(ir::clone(loop.program), "refuse");
  const Tensor good = runtime::make_tensor(vector);
  std::vector<Tensor> symbols(3, good);
  CHECK_THROWS_AS(executable->run({}, symbols), ValueError);
  CHECK_THROWS_AS(executable->run({runtime::make_tensor({DType::f32, {3}})}, symbols), ShapeError);
  CHECK_THROWS_AS(executable->run({runtime::make_tensor({DType::i32, {37}})}, symbols), DTypeError);
  symbols.pop_back();
  CHECK_THROWS_AS(executable->run({good}, symbols), ValueError);
}
