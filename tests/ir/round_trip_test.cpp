// Text and back: what print writes, parse reads as the same program.
#include <cmath>
#include <limits>
#include <tuple>

#include "compiler/ir/builder.h"
#include "compiler/ir/literal_text.h"
#include "compiler/ir/parse.h"
#include "compiler/ir/print.h"
#include "compiler/ir/verify.h"
#include "support/catch.h"

using namespace brainpy::compiler;
using brainpy::runtime::DType;
using ir::Builder;
using ir::Program;

namespace {

std::string canonical(const Program& p) { return ir::print(p, {.canonical = true}); }

/// Checks that the text is printed unchanged, with and without locations.
void check_fixed_point(const std::string& text) {
  INFO(text);
  const auto program = ir::parse(text);
  CHECK_NOTHROW(ir::verify(*program));
  CHECK(ir::print(*program, {.locations = true}) == text);
  const std::string plain = ir::print(*program);
  CHECK(ir::print(*ir::parse(plain)) == plain);
  const std::string key = canonical(*program);
  CHECK(canonical(*ir::parse(key)) == key);
  CHECK(canonical(*ir::parse(text)) == key);
  CHECK(canonical(*ir::clone(*program)) == key);
}

std::string literal_text(DType dtype, std::uint64_t bits) {
  std::string text;
  ir::append_literal(text, dtype, bits);
  return text;
}

}  // namespace

TEST_CASE("every literal tells its type and all of its bits") {
  const std::vector<std::tuple<DType, std::uint64_t, std::string>> table = {
      {DType::f32, 0x00000000, "0.0"},
      {DType::f32, 0x80000000, "-0.0"},
      {DType::f32, 0x3f800000, "1.0"},
      {DType::f32, 0x3d4ccccd, "0.05"},
      {DType::f32, 0x00000001, "1e-45"},
      {DType::f32, 0x807fffff, "-1.1754942e-38"},
      {DType::f32, 0x7f7fffff, "3.4028235e+38"},
      {DType::f32, 0x7f800000, "inf"},
      {DType::f32, 0xff800000, "-inf"},
      {DType::f32, 0x7fc00000, "nan"},
      {DType::f32, 0x7fc00001, "nan(0x7fc00001)"},
      {DType::f32, 0xffc00000, "nan(0xffc00000)"},
      {DType::f32, 0x7f800001, "nan(0x7f800001)"},
      {DType::f64, 0x3fa999999999999a, "0.05f64"},
      {DType::f64, 0x8000000000000000, "-0.0f64"},
      {DType::f64, 0x0000000000000001, "5e-324f64"},
      {DType::f64, 0x7fefffffffffffff, "1.7976931348623157e+308f64"},
      {DType::f64, 0xfff0000000000000, "-inff64"},
      {DType::f64, 0x7ff8000000000000, "nanf64"},
      {DType::f64, 0x7ff8000000000abc, "nan(0x7ff8000000000abc)f64"},
      {DType::i32, 0x7fffffff, "2147483647"},
      {DType::i32, 0x80000000, "-2147483648"},
      {DType::i64, 0x7fffffffffffffff, "9223372036854775807i64"},
      {DType::i64, 0x8000000000000000, "-9223372036854775808i64"},
      {DType::u32, 0xffffffff, "4294967295u32"},
      {DType::u64, 0xffffffffffffffff, "18446744073709551615u64"},
      {DType::bool_, 1, "true"},
      {DType::bool_, 0, "false"},
      {DType::key, 0x0123456789abcdef, "0x0123456789abcdefkey"},
  };
  for (const auto& [dtype, bits, text] : table) {
    CHECK(literal_text(dtype, bits) == text);
    ir::LiteralProblem problem;
    const auto read = ir::parse_literal(text, problem);
    REQUIRE(read);
    CHECK(read->dtype == dtype);
    CHECK(read->bits == bits);
    // The same through a program: as an element, and inline.
    const std::string type = ir_name(dtype);
    check_fixed_point("func @f() {\n  %c = const [" + text + "] : " + type + "[1]\n  return %c, " + text + "\n}\n");
  }
}

TEST_CASE("literals of all exponents read back exactly") {
  std::uint64_t bits = 0x9e3779b97f4a7c15;
  for (int i = 0; i < 20000; ++i) {
    bits = bits * 6364136223846793005u + 1442695040888963407u;
    for (const auto& [dtype, b] : {std::pair{DType::f32, bits >> 32}, std::pair{DType::f64, bits}}) {
      ir::LiteralProblem problem;
      const std::string text = literal_text(dtype, b);
      const auto read = ir::parse_literal(text, problem);
      if (!read || read->bits != b || read->dtype != dtype) FAIL(text << " does not read back");
    }
  }
}

TEST_CASE("control operations print as they read, nested") {
  check_fixed_point(R"(const @data0: f32[4]
func @nested(%p: bool[], %n: i64[], %rows: f32[5,4]) {
  %d = read @data0 : f32[4]  # net.cpp:10 in E
  %last, %k, %all = for %i in 0..%n carry(%x = %d, %count = 0) scan(%row = %rows) {length = 5} {  # net.cpp:11 in E
    %y = if %p {  # net.cpp:12 in E.branch
      %v, %m = while carry(%u = %row, %c = -3) {
        %go = lt %c, %count : bool[]  # net.cpp:13
        yield %go
      } do {
        %z = fused {
          %a = add %u, %x : f32[4]
          yield %a
        } : f32[4]
        %c1 = add %c, 1 : i32[]
        yield %z, %c1
      } : f32[4], i32[]
      write @E.count, %m
      yield %v
    } else {
      %h = read @E.history : f32[4]
      yield %h
    } : f32[4]
    %count1 = add %count, 1 : i32[]
    yield %y, %count1, %y
  } : f32[4], i32[], f32[5,4]
  for %j in -2..2 {length = 4, reverse = true} {
    if true {
      yield
    } else {
      yield
    }
    yield
  }
  while {
    yield false
  } do {
    yield
  }
  write @E.history, %last
  return %k, %all  # net.cpp:20 in E
}
)");
}

TEST_CASE("frames: parameters, symbols, bindings, results") {
  check_fixed_point("func @empty() {\n}\n");
  check_fixed_point("func @discharged() with () {\n  return 1.5\n}\n");
  check_fixed_point("func @f(%x: f32[2]) with (%V: f32[2] = @E.V, %k: i32[0] = const @data0) {\n  return %x\n}\n");
  check_fixed_point("func @f() with (%V: f32[2] = @E.V) {\n  update @E.V = %V\n}\n");
  check_fixed_point("func @f() with (%V: f32[2] = @V, %W: f32[2] = @W) {\n  return %V, 0 update @W = %V, @V = %W\n}\n");
  check_fixed_point(
      "func @\"net<LIF>.update()\"() {\n  %a = read @\"layers[0].\\\"w\\\"\\n\\\\\" : f32[]\n  return %a\n}\n");
  check_fixed_point("func @f(%E.V: f32[2], %a.0: f32[], %0: f32[]) {\n  return %E.V, %a.0, %0\n}\n");
}

TEST_CASE("the order of symbols survives") {
  const std::string in_order = "func @f() {\n  %a = read @a : f32[]\n  write @b, %a\n}\n";
  const auto program = ir::parse(in_order);
  REQUIRE(program->symbols.size() == 2);
  CHECK(program->symbols[0].name == "a");
  CHECK(program->symbols[1].name == "b");

  std::swap(program->symbols[0], program->symbols[1]);
  const std::string swapped = ir::print(*program);
  CHECK(swapped == "variable @b: f32[]\nvariable @a: f32[]\n" + in_order);
  check_fixed_point(swapped);
  CHECK(canonical(*program) != canonical(*ir::parse(in_order)));

  // A symbol that is declared but never touched, a constant after a Variable, a binding order of its own.
  check_fixed_point("variable @unused: key[3]\nfunc @f() {\n}\n");
  check_fixed_point("variable @v: f32[]\nconst @c: i32[7]\nfunc @f() {\n  %x = read @v : f32[]\n  return %x\n}\n");
  check_fixed_point("variable @a: f32[]\nvariable @b: f32[]\nfunc @f() with (%b: f32[] = @b, %a: f32[] = @a) {\n}\n");
}

TEST_CASE("attributes of every kind") {
  auto program = std::make_unique<Program>();
  Builder b(program->body);
  ir::Value* x = program->body.add_argument({DType::f32, {3}}, "x");
  program->parameters = 1;
  ir::Attributes attributes;
  attributes.set("shape", std::vector<std::int64_t>{3});
  attributes.set("none", std::vector<std::int64_t>{});
  attributes.set("axis", std::int64_t{-1});
  attributes.set("lowest", std::numeric_limits<std::int64_t>::min());
  attributes.set("real", 0.1);
  attributes.set("whole", 3.0);
  attributes.set("zero", -0.0);
  attributes.set("infinite", -std::numeric_limits<double>::infinity());
  attributes.set("not_a_number", std::numeric_limits<double>::quiet_NaN());
  attributes.set("yes", true);
  attributes.set("no", false);
  attributes.set("dtype", DType::bool_);
  attributes.set("text", std::string("µV \"quoted\" \\ # no comment\n\t\x01"));
  b.yield({b.apply("neg", {x}, attributes)});
  const std::string text = ir::print(*program);
  CHECK(text ==
        "func @main(%x: f32[3]) {\n"
        "  %0 = neg %x {shape = [3], none = [], axis = -1, lowest = -9223372036854775808, real = 0.1, whole = 3.0, "
        "zero = -0.0, infinite = -inf, not_a_number = nan, yes = true, no = false, dtype = bool, "
        "text = \"µV \\\"quoted\\\" \\\\ # no comment\\n\\t\\x01\"} : f32[3]\n"
        "  return %0\n}\n");
  check_fixed_point(text);
  const auto back = ir::parse(text);
  CHECK(back->body.ops[0]->attributes.text("text") == attributes.text("text"));
  CHECK(std::signbit(back->body.ops[0]->attributes.real("zero")));
  CHECK_FALSE(back->body.ops[0]->attributes.flag("no"));
}

TEST_CASE("value names are the hints made unique") {
  auto program = std::make_unique<Program>();
  Builder b(program->body);
  ir::Value* x = program->body.add_argument({DType::f32, {}}, "V");
  program->parameters = 1;
  for (const char* hint : {"V", "V1", "V", "12", "", "spike rate", "9lives", "E..V", "V1"}) {
    x = b.apply("neg", {x});
    x->name = hint;
  }
  b.yield({x});
  const std::string text = ir::print(*program);
  CHECK(text ==
        "func @main(%V: f32[]) {\n"
        "  %V1 = neg %V : f32[]\n"
        "  %V2 = neg %V1 : f32[]\n"
        "  %V3 = neg %V2 : f32[]\n"
        "  %0 = neg %V3 : f32[]\n"
        "  %1 = neg %0 : f32[]\n"
        "  %spike_rate = neg %1 : f32[]\n"
        "  %_9lives = neg %spike_rate : f32[]\n"
        "  %E__V = neg %_9lives : f32[]\n"
        "  %V4 = neg %E__V : f32[]\n"
        "  return %V4\n}\n");
  check_fixed_point(text);
}

TEST_CASE("locations: printed on request, never part of the canonical text") {
  const std::string text =
      "func @f(%x: f32[]) {\n"
      "  %y = neg %x : f32[]  # a model.cpp:7 in Net.layers[0] in E\n"
      "  %z = neg %y : f32[]  # just a comment\n"
      "  return %z\n"
      "}\n";
  const auto program = ir::parse(text);
  const auto& location = program->body.ops[0]->location;
  CHECK(std::string(location.file) == "a model.cpp");
  CHECK(location.line == 7);
  CHECK(location.object == "Net.layers[0] in E");
  CHECK_FALSE(program->body.ops[1]->location.known());
  CHECK(ir::print(*program).find("model.cpp") == std::string::npos);
  CHECK(canonical(*program).find("model.cpp") == std::string::npos);
  const std::string printed = ir::print(*program, {.locations = true});
  CHECK(ir::print(*ir::parse(printed), {.locations = true}) == printed);
  // A file's name lives as long as the process, and is kept once.
  CHECK(ir::parse(text)->body.ops[0]->location.file == location.file);
}

TEST_CASE("the canonical text shows what matters and nothing else") {
  const std::string base =
      "func @f(%x: f32[4]) with (%V: f32[4] = @E.V) {\n  %y = add %x, %V : f32[4]\n"
      "  return %y update @E.V = %y\n}\n";
  const std::string key = canonical(*ir::parse(base));
  CHECK(key ==
        "func @main(%0: f32[4]) with (%1: f32[4] = @0) {\n  %2 = add %0, %1 : f32[4]\n"
        "  return %2 update @0 = %2\n}\n");
  const auto changed = [&](std::string from, const std::string& to) {
    std::string text = base;
    for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
      text.replace(at, from.size(), to);
    REQUIRE(text != base);
    return canonical(*ir::parse(text));
  };
  CHECK(changed("@f", "@g") == key);
  CHECK(changed("%y", "%sum") == key);
  CHECK(changed("@E.V", "@I.V") == key);
  CHECK(changed(": f32[4]\n", ": f32[4]  # x.cpp:3\n") == key);
  CHECK(changed("f32[4]", "f32[5]") != key);
  CHECK(changed("f32[4]", "f64[4]") != key);
  CHECK(changed("add", "sub") != key);
  CHECK(changed("%x, %V :", "%V, %x :") != key);
  CHECK(changed("add %x, %V", "add %x, 0.0") != key);
  CHECK(changed(" update @E.V = %y", "") != key);
  CHECK(changed("return %y ", "return %y, %y ") != key);
  CHECK(changed("add %x, %V", "add %x, %V {a = 1}") != key);
  const auto literal = [](const char* text) {
    return canonical(*ir::parse(std::string("func @f() {\n  return ") + text + "\n}\n"));
  };
  CHECK(literal("0.0") != literal("-0.0"));
  CHECK(literal("nan") != literal("nan(0x7fc00001)"));
  CHECK(literal("1.0") == literal("1e0"));
}

TEST_CASE("one line of an operation for messages") {
  const auto program = ir::parse(
      "func @f(%p: bool[], %x: f32[2]) {\n  %y = mul %x, 0.5 : f32[2]\n  %r = if %p {\n    %n = neg %y : f32[2]\n"
      "    yield %n\n  } else {\n    yield %x\n  } : f32[2]\n  return %r\n}\n");
  const auto& ops = program->body.ops;
  CHECK(ir::print_op(*ops[1]) == "%y = mul %x, 0.5 : f32[2]");
  CHECK(ir::print_op(*ops[2]) == "%r = if %p {...} else {...} : f32[2]");
  CHECK(ir::print_op(*ops[2]->regions[0]->ops[0]) == "%n = neg %y : f32[2]");
  CHECK(ir::print_op(*ops[3]) == "yield %r");
}

TEST_CASE("large programs: time grows with the size") {
  const auto chain = [](int n) {
    auto program = std::make_unique<Program>();
    Builder b(program->body);
    ir::Value* x = program->body.add_argument({DType::f32, {8}}, "x");
    program->parameters = 1;
    for (int i = 0; i < n; ++i) {
      x = b.apply("add", {x, b.constant(DType::f32, i)});
      x->name = "x";
    }
    b.yield({x});
    return program;
  };
  const auto large = chain(20000);
  const std::string text = ir::print(*large);
  const auto back = ir::parse(text);
  CHECK(ir::print(*back) == text);
  CHECK_NOTHROW(ir::verify(*back));
  CHECK(text.find("%x19999 = add %x19998, 19999.0 : f32[8]") == std::string::npos);
  CHECK(text.find("%x20000 = add %x19999, 19999.0 : f32[8]") != std::string::npos);
}
