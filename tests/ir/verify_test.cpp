// The verifier: a good program passes; each way to break it is found, named, and the operation printed.
#include "compiler/ir/verify.h"

#include <algorithm>
#include <functional>

#include "compiler/ir/builder.h"
#include "compiler/ir/parse.h"
#include "compiler/ops/registry.h"
#include "support/catch.h"

using namespace brainpy::compiler;
using brainpy::runtime::DType;
using ir::Op;
using ir::Program;

namespace {

const char* const before_discharge = R"(const @data0: f32[4]
func @net(%p: bool[], %rows: f32[5,4]) {
  %d = read @data0 : f32[4]
  %v = read @E.V : f32[4]
  %c = const [1.0, 2.0, 3.0, 4.0] : f32[4]
  %s = add %v, %c : f32[4]
  write @E.V, %s
  %last, %all = for %i in 0..5 carry(%x = %d) scan(%row = %rows) {length = 5} {
    %y = add %x, %row : f32[4]
    yield %y, %i
  } : f32[4], i64[5]
  %r = if %p {
    %n = neg %last : f32[4]
    yield %n
  } else {
    yield %s
  } : f32[4]
  %w = while carry(%k = 0) {
    %go = lt %k, 3 : bool[]
    yield %go
  } do {
    %k1 = add %k, 1 : i32[]
    yield %k1
  } : i32[]
  %f = fused {
    %a = mul %r, 0.5 : f32[4]
    %b = sqrt %a : f32[4]
    yield %b
  } : f32[4]
  return %f, %all, %w
}
)";

const char* const after_discharge =
    "func @f(%x: f32[4]) with (%V: f32[4] = @V, %n: i32[] = @n, %c: f32[4] = const @c) {\n"
    "  %y = add %x, %V : f32[4]\n"
    "  return %y update @V = %y, @n = 7\n}\n";

Op& find(ir::Region& region, const std::string& name) {
  for (const auto& op : region.ops)
    if (op->def->name == name) return *op;
  throw std::runtime_error("no " + name);
}

struct Breakage {
  const char* expected;  ///< part of the message
  std::function<void(Program&)> apply;
};

void check(const char* text, const std::vector<Breakage>& breakages) {
  CHECK_NOTHROW(ir::verify(*ir::parse(text)));
  for (const Breakage& breakage : breakages) {
    INFO(breakage.expected);
    const auto program = ir::parse(text);
    breakage.apply(*program);
    try {
      ir::verify(*program);
      FAIL_CHECK("accepted");
    } catch (const brainpy::InternalError& e) {
      INFO(e.what());
      CHECK(std::string(e.what()).find(breakage.expected) != std::string::npos);
    }
  }
}

}  // namespace

TEST_CASE("broken values and types are found") {
  check(before_discharge,
        {
            {"an operand is null\n  in %s = add %(not in the program), %c : f32[4]",
             [](Program& p) { find(p.body, "add").operands[0] = nullptr; }},
            {"an operand is not visible here: it is defined later, elsewhere or not at all\n  in %s = add %last, %c",
             [](Program& p) { find(p.body, "add").operands[0] = find(p.body, "for").result(); }},
            {"an operand is not visible here: it is defined later, elsewhere or not at all\n  in %s = add %s, %c",
             [](Program& p) { find(p.body, "add").operands[0] = find(p.body, "add").result(); }},
            {"not visible here: it is defined later, elsewhere or not at all\n  in yield %y, %all, %w",
             [](Program& p) {
               p.body.terminator()->operands[0] = find(*find(p.body, "for").regions[0], "add").result();
             }},
            {"result types (f32[5]) should be (f32[4])\n  in %s = add %v, %c : f32[5]",
             [](Program& p) {
               find(p.body, "add").result()->type = {DType::f32, {5}};
             }},
            {"1 operands, 2 expected\n  in %s = add %v : f32[4]",
             [](Program& p) { find(p.body, "add").operands.pop_back(); }},
            {"no body takes these element types",
             [](Program& p) { find(p.body, "add").operands[1] = p.body.arguments[0].get(); }},
            {"a result has a wrong definition, index or owner",
             [](Program& p) { find(p.body, "for").results[1]->index = 0; }},
            {"a result has a wrong definition, index or owner",
             [](Program& p) { find(p.body, "add").result()->definition = nullptr; }},
            {"argument 1 of the program's body has a wrong owner",
             [](Program& p) { p.body.arguments[1]->owner = nullptr; }},
        });
}

TEST_CASE("broken regions are found") {
  check(before_discharge,
        {
            {"add in the program's body has a wrong parent", [](Program& p) { find(p.body, "add").parent = nullptr; }},
            {"a region has a wrong parent",
             [](Program& p) { find(p.body, "if").regions[1]->parent = &find(p.body, "for"); }},
            {"the program's body does not end in `yield`", [](Program& p) { p.body.ops.pop_back(); }},
            {"region 1 of `while` does not end in `yield`",
             [](Program& p) { find(p.body, "while").regions[1]->ops.clear(); }},
            {"`yield` is not the last operation",
             [](Program& p) {
               ir::Builder(p.body).yield({});
               std::swap(p.body.ops[0], p.body.ops.back());
             }},
            {"1 regions, 2 expected\n  in %r = if %p {...} : f32[4]",
             [](Program& p) { find(p.body, "if").regions.pop_back(); }},
            {"operands (f32[4]) should be (bool[])",
             [](Program& p) { find(p.body, "if").operands[0] = find(p.body, "add").result(); }},
            {"what the second region yields (bool[]) should be (f32[4])",
             [](Program& p) { find(p.body, "if").regions[1]->terminator()->operands[0] = p.body.arguments[0].get(); }},
            {"a bound is not i64[]", [](Program& p) { find(p.body, "for").operands[1] = p.body.arguments[0].get(); }},
            {"attribute `length` is not an integer",
             [](Program& p) { find(p.body, "for").attributes.set("length", 5.0); }},
            {"a scanned operand has not `length` rows",
             [](Program& p) { find(p.body, "for").attributes.set("length", std::int64_t{6}); }},
            {"region arguments (i64[], f32[4], f32[4]) should be (i64[], f32[4], f32[5,4])",
             [](Program& p) { find(p.body, "for").attributes.set("carried", std::int64_t{2}); }},
            {"fewer operands than bounds and carried values",
             [](Program& p) { find(p.body, "for").attributes.set("carried", std::int64_t{3}); }},
            {"carried values in the yield (i64[]) should be (f32[4])",
             [](Program& p) {
               auto& yielded = find(p.body, "for").regions[0]->terminator()->operands;
               std::swap(yielded[0], yielded[1]);
             }},
            {"result types (f32[4], f32[5]) should be (f32[4], i64[5])",
             [](Program& p) { find(p.body, "for").results[1]->type.dtype = DType::f32; }},
            {"what the test yields (i32[]) should be (bool[])",
             [](Program& p) {
               ir::Region& test = *find(p.body, "while").regions[0];
               test.terminator()->operands[0] = test.arguments[0].get();
             }},
            {"what the body yields () should be (i32[])",
             [](Program& p) { find(p.body, "while").regions[1]->terminator()->operands.clear(); }},
            {"`fused` holds something else than a map operation\n  in %E.V = read @E.V : f32[4]",
             [](Program& p) {
               ir::Region& r = *find(p.body, "fused").regions[0];
               ir::Builder(r).read("E.V", {DType::f32, {4}});
               std::rotate(r.ops.begin(), r.ops.end() - 1, r.ops.end());
             }},
        });
}

TEST_CASE("broken symbols and literals are found") {
  check(
      before_discharge,
      {
          {"the symbol is not declared\n  in write @E.W, %s", [](Program& p) { find(p.body, "write").symbol = "E.W"; }},
          {"the value's type (f32[5]) should be (f32[4])",
           [](Program& p) {
             find(p.body, "read").result()->type = {DType::f32, {5}};
           }},
          {"a constant is written", [](Program& p) { find(p.body, "write").symbol = "data0"; }},
          {"symbol @data0 is declared twice", [](Program& p) { p.symbols[1].name = "data0"; }},
          {"a symbol has no name", [](Program& p) { p.symbols[1].name.clear(); }},
          {"touched by name after discharge", [](Program& p) { p.discharged = true; }},
          {"a symbol on an operation that has none", [](Program& p) { find(p.body, "add").symbol = "E.V"; }},
          {"the literal's size is not its type's", [](Program& p) { find(p.body, "const").literal.bits.pop_back(); }},
          {"a literal's bits do not fit its type",
           [](Program& p) { find(p.body, "const").literal.bits[0] = 0x100000000; }},
          {"a literal of more than 16 elements",
           [](Program& p) {
             find(p.body, "const").literal.bits.resize(17);
             find(p.body, "const").result()->type.shape = {17};
           }},
          {"a literal on an operation that is not `const`", [](Program& p) { find(p.body, "add").literal.bits = {1}; }},
      });
}

TEST_CASE("broken bindings are found") {
  check(after_discharge,
        {
            {"binding 1: the symbol is bound twice", [](Program& p) { p.bindings[1].symbol = 0; }},
            {"binding 0: no such symbol", [](Program& p) { p.bindings[0].symbol = 3; }},
            {"binding 0: bindings are not in the order of their arguments",
             [](Program& p) { std::swap(p.bindings[0], p.bindings[1]); }},
            {"binding 0: the argument's type is not the symbol's",
             [](Program& p) { p.symbols[0].type.dtype = DType::f64; }},
            {"binding 2: a constant gets a new value",
             [](Program& p) { std::swap(p.bindings[2].result, p.bindings[0].result); }},
            {"binding 0: no such new state in the yield", [](Program& p) { p.bindings[0].result = 0; }},
            {"binding 1: two symbols share a new state", [](Program& p) { p.bindings[1].result = 1; }},
            {"the new state's type is not the symbol's",
             [](Program& p) { std::swap(p.bindings[0].result, p.bindings[1].result); }},
            {"1 parameters and 2 bindings do not make 4 arguments", [](Program& p) { p.bindings.pop_back(); }},
            {"bindings before discharge", [](Program& p) { p.discharged = false; }},
        });
}
