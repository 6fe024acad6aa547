// Mistakes in IR text: each one is refused with its place, what was found, what was expected, and a hint.
#include <string>

#include "compiler/ir/parse.h"
#include "compiler/ir/print.h"
#include "compiler/ir/verify.h"
#include "support/catch.h"

using namespace brainpy::compiler;

namespace {

const std::string head = "func @f(%x: f32[4], %n: i32[], %p: bool[]) {\n";

struct Mistake {
  const char* name;
  std::string text;
  std::string message;
};

const std::vector<Mistake>& mistakes() {
  // clang-format off
  static const std::vector<Mistake> table = {
      {"unknown operation",
       head + R"(  %y = mull %x, %x : f32[4]
}
)",
       R"(unknown operation
  at f.bpir:2
  column 8: found 'mull', expected the name of an operation
  hint: did you mean mul?)"},
      {"unknown operation like nothing",
       head + R"(  %y = xyzzy %x : f32[4]
}
)",
       R"(unknown operation
  at f.bpir:2
  column 8: found 'xyzzy', expected the name of an operation
  hint: docs/operations.md lists the operations)"},
      {"undefined value",
       head + R"(  %y = neg %xx : f32[4]
}
)",
       R"(%xx is not defined
  at f.bpir:2
  column 12: found '%xx', expected a value that is defined above
  hint: did you mean %x?)"},
      {"use before definition",
       head + R"(  %y = neg %z : f32[4]
  %z = neg %x : f32[4]
}
)",
       R"(%z is not defined
  at f.bpir:2
  column 12: found '%z', expected a value that is defined above
  hint: parameters and results are defined before their use)"},
      {"value of a region that has ended",
       head + R"(  if %p {
    %a = neg %x : f32[4]
    yield
  } else {
    yield
  }
  return %a
}
)",
       R"(%a is not visible here
  at f.bpir:8
  column 10: found '%a', expected a value of this region or of one around it
  hint: it was defined in line 3, in a region that has ended: yield it from there)"},
      {"value defined twice",
       head + R"(  %x = neg %x : f32[4]
}
)",
       R"(a value is defined twice
  at f.bpir:2
  column 3: found '%x', expected a new name
  hint: %x is defined in line 1; values never change)"},
      {"result type",
       head + R"(  %y = neg %x : f32[5]
}
)",
       R"(neg gives f32[4], not f32[5]
  at f.bpir:2
  column 17: found 'f32[5]', expected f32[4]
  hint: the type follows from the operands)"},
      {"element type",
       head + R"(  %y = add %x, 1 : f32[4]
}
)",
       R"(add: no body takes these element types
  at f.bpir:2
  column 8: operands f32[4], i32[]
  hint: it takes (f32, f32) (f64, f64) (i32, i32) (i64, i64) (u32, u32) (u64, u64); convert with astype)"},
      {"shapes",
       R"(func @f(%x: f32[4], %n: f32[3], %p: bool[]) {
  %y = add %x, %n : f32[4]
}
)",
       R"(add: shapes differ
  at f.bpir:2
  column 8: operands f32[4], f32[3]
  hint: make the shapes equal with broadcast; only scalars stretch by themselves)"},
      {"too few operands",
       head + R"(  %y = add %x : f32[4]
}
)",
       R"(add has 1 operand
  at f.bpir:2
  column 8: found 'add', expected 2 operands
  hint: a + b; integers wrap.)"},
      {"too many names",
       head + R"(  %y, %z = neg %x : f32[4]
}
)",
       R"(neg has 1 result
  at f.bpir:2
  column 7: found '%z', expected 1 name before '='
  hint: its results have the types f32[4])"},
      {"no name for a result",
       head + R"(  neg %x : f32[4]
}
)",
       R"(neg has 1 result
  at f.bpir:2
  column 3: found 'neg', expected 1 name before '='
  hint: its results have the types f32[4])"},
      {"missing type",
       head + R"(  %y = neg %x
  return %y
}
)",
       R"(unexpected text
  at f.bpir:3
  column 3: found 'return', expected ':' before the types of the results
  hint: every operation tells the types of its results)"},
      {"bad literal",
       head + R"(  return 1.5i32
}
)",
       R"(bad literal
  at f.bpir:2
  column 10: found '1.5i32', expected an f32 literal
  hint: such as 0.05, 1e-05, -inf or nan, with the suffix f64 for float64)"},
      {"literal too large for i32",
       head + R"(  return 3000000000
}
)",
       R"(bad literal
  at f.bpir:2
  column 10: found '3000000000', expected a number from -2147483648 to 2147483647
  hint: it does not fit i32; a wider type has a suffix, such as 3i64)"},
      {"literal too large for f32",
       head + R"(  return 1e99
}
)",
       R"(bad literal
  at f.bpir:2
  column 10: found '1e99', expected a number in the range of f32
  hint: write inf or 0.0, or a wider type's suffix)"},
      {"negative unsigned",
       head + R"(  return -1u32
}
)",
       R"(bad literal
  at f.bpir:2
  column 10: found '-1u32', expected a number from 0 to 4294967295
  hint: it does not fit u32; a wider type has a suffix, such as 3i64)"},
      {"number with two dots",
       head + R"(  return 1.2.3
}
)",
       R"(bad literal
  at f.bpir:2
  column 10: found '1.2.3', expected an f32 literal
  hint: such as 0.05, 1e-05, -inf or nan, with the suffix f64 for float64)"},
      {"NaN that is none",
       head + R"(  return nan(0x3f800000)
}
)",
       R"(bad literal
  at f.bpir:2
  column 10: found 'nan(0x3f800000)', expected the 8 hexadecimal digits of a NaN
  hint: such as nan(0x7fc00001))"},
      {"short key",
       head + R"(  return 0x12key
}
)",
       R"(bad literal
  at f.bpir:2
  column 10: found '0x12key', expected the 16 hexadecimal digits of a key
  hint: such as 0x0123456789abcdefkey)"},
      {"const of mixed types",
       head + R"(  %c = const [1.0, 2] : f32[2]
}
)",
       R"(the literal is i32
  at f.bpir:2
  column 20: found '2', expected f32
  hint: 3 is an i32, 0.5 an f32; other types have a suffix, such as 3i64)"},
      {"const of a wrong size",
       head + R"(  %c = const [1.0, 2.0] : f32[3]
}
)",
       R"(const has 2 literals
  at f.bpir:2
  column 27: found 'f32[3]', expected a type of as many elements
  hint: the list is flat, in row-major order)"},
      {"const of 17 elements",
       head + R"(  %c = const [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16] : i32[17]
}
)",
       R"(a literal has more than 16 elements
  at f.bpir:2
  column 69: found '16', expected at most 16
  hint: declare larger data: const @data0: f32[100])"},
      {"unknown element type",
       head + R"(  %y = neg %x : float[4]
}
)",
       R"(unknown element type
  at f.bpir:2
  column 17: found 'float', expected f32, f64, i32, i64, u32, u64, bool or key
  hint: such as f32[100])"},
      {"negative extent",
       R"(func @f(%x: f32[-4]) {
}
)",
       R"(an extent is negative
  at f.bpir:1
  column 17: found '-4', expected zero or more
  hint: extents count elements)"},
      {"nine axes",
       R"(func @f(%x: f32[1,1,1,1,1,1,1,1,1]) {
}
)",
       R"(too many axes
  at f.bpir:1
  column 33: found '1', expected at most 8 extents
  hint: reshape the array)"},
      {"huge type",
       R"(func @f(%x: f32[99999999,99999999]) {
}
)",
       R"(the array is too large
  at f.bpir:1
  column 13: found 'f32', expected fewer than 2^48 elements
  hint: shapes are the extents of dense arrays)"},
      {"region without yield",
       head + R"(  if %p {
  } else {
    yield
  }
}
)",
       R"(a region without `yield`
  at f.bpir:3
  column 3: found '}', expected yield before '}'
  hint: a region without results ends in a bare yield)"},
      {"text after yield",
       head + R"(  if %p {
    yield
    %y = neg %x : f32[4]
  } else {
    yield
  }
}
)",
       R"(text after `yield`
  at f.bpir:4
  column 5: found '%y', expected '}'
  hint: yield is the last operation of a region)"},
      {"branches that differ",
       head + R"(  %r = if %p {
    yield %x
  } else {
    yield %n
  } : f32[4]
}
)",
       R"(the two regions yield different types
  at f.bpir:5
  column 5: found 'yield', expected f32[4]
  hint: this one yields i32[])"},
      {"predicate",
       head + R"(  if %x {
    yield
  } else {
    yield
  }
}
)",
       R"(the predicate has type f32[4]
  at f.bpir:2
  column 6: found '%x', expected bool[]
  hint: `if` chooses one of two regions; choose element by element with select)"},
      {"for without length",
       head + R"(  for %i in 0..10 {
    yield
  }
}
)",
       R"(`for` does not tell its length
  at f.bpir:2
  column 19: found '{', expected {length = n} before the region
  hint: the most iterations that can run: the rows of what is scanned and stacked)"},
      {"for with an i32 bound",
       head + R"(  for %i in 0..%n {length = 10} {
    yield
  }
}
)",
       R"(a bound has type i32[]
  at f.bpir:2
  column 16: found '%n', expected i64[]
  hint: convert it with to_i64)"},
      {"for: carried type changes",
       head + R"(  %r = for %i in 0..10 carry(%c = %n) {length = 10} {
    yield %i
  } : i32[]
}
)",
       R"(the region yields i64[]
  at f.bpir:3
  column 5: found 'yield', expected i32[] for the carried values
  hint: a carried value keeps its type from one iteration to the next)"},
      {"for: scanned rows",
       head + R"(  for %i in 0..10 scan(%r = %x) {length = 10} {
    yield
  }
}
)",
       R"(the scanned value has type f32[4]
  at f.bpir:2
  column 24: found '%r', expected 10 rows
  hint: each iteration takes one row; {length = n} tells how many there are)"},
      {"while: test",
       head + R"(  while {
    yield 1
  } do {
    yield
  }
}
)",
       R"(the test yields i32[]
  at f.bpir:3
  column 5: found 'yield', expected bool[]
  hint: the body runs as long as the test yields true)"},
      {"while: body",
       head + R"(  %r = while carry(%c = %n) {
    yield %p
  } do {
    yield
  } : i32[]
}
)",
       R"(the body yields 0 values
  at f.bpir:5
  column 5: found 'yield', expected 1 carried value
  hint: the body yields the next value of each carried one)"},
      {"fused with a const of other shape",
       head + R"(  %r = fused {
    %a = neg %x : f32[4]
    %b = const [1.0, 2.0] : f32[2]
    %c = neg %b : f32[2]
    yield %a
  } : f32[4]
}
)",
       R"(neg inside `fused` gives f32[2]
  at f.bpir:2
  column 8: found 'fused', expected the shape (4,)
  hint: `fused` is one loop: its operations share one shape, or are scalars)"},
      {"region not closed",
       head + R"(  if %p {
    yield
)",
       R"(a region is not closed
  at f.bpir:4
  column 1: found the end of the text, expected '}'
  hint: it opens in line 2)"},
      {"yield in the body",
       head + R"(  yield %x
}
)",
       R"(`yield` in the program's body
  at f.bpir:2
  column 3: found 'yield', expected return
  hint: yield ends inner regions)"},
      {"text after return",
       head + R"(  return %x
  %y = neg %x : f32[4]
}
)",
       R"(text after the program's end
  at f.bpir:3
  column 3: found '%y', expected '}'
  hint: return ... update ... is the last line)"},
      {"write to a constant",
       R"(const @c: f32[4]
func @f(%x: f32[4], %n: i32[], %p: bool[]) {
  write @c, %x
}
)",
       R"(write to a constant
  at f.bpir:3
  column 9: found '@c', expected a Variable
  hint: constants are only read)"},
      {"two types of a symbol",
       head + R"(  %v = read @E.V : f32[3]
  write @E.V, %x
}
)",
       R"(the symbol has type f32[4] here
  at f.bpir:3
  column 9: found '@E.V', expected f32[3]
  hint: a symbol has one type in the whole program)"},
      {"read after discharge",
       R"(func @f() with (%v: f32[] = @V) {
  %a = read @V : f32[]
}
)",
       R"(`read` in a program whose symbols are parameters
  at f.bpir:2
  column 8: found 'read', expected another operation
  hint: with (...) gives the values, update sets them)"},
      {"update of a symbol that is not bound",
       head + R"(  update @V = %x
}
)",
       R"(update of a symbol that no parameter holds
  at f.bpir:2
  column 10: found '@V', expected a symbol of with (...)
  hint: bind it, as in with (%V: f32[10] = @E.V), or use write)"},
      {"update with another type",
       R"(func @f(%x: f32[4]) with (%v: f32[] = @V) {
  update @V = %x
}
)",
       R"(the new value has type f32[4]
  at f.bpir:2
  column 15: found '%x', expected f32[]
  hint: a Variable keeps its type; convert the value)"},
      {"symbol bound twice",
       R"(func @f() with (%v: f32[] = @V, %w: f32[] = @V) {
}
)",
       R"(two parameters hold one symbol
  at f.bpir:1
  column 45: found '@V', expected another symbol
  hint: a symbol is bound once)"},
      {"symbol declared twice",
       R"(const @c: f32[]
const @c: f32[]
func @f() {
}
)",
       R"(a symbol is declared twice
  at f.bpir:2
  column 7: found '@c', expected another name
  hint: one line declares a symbol for the whole program)"},
      {"letters outside ASCII",
       head + R"(  %µ = neg %x : f32[4]
}
)",
       R"('%' without a name
  at f.bpir:2
  column 3: found '%', expected a name right after it
  hint: names are made of the letters a-z and A-Z, digits, '_' and single dots)"},
      {"a strange character",
       head + R"(  %y = neg %x ; f32[4]
}
)",
       R"(a character that is not part of the language
  at f.bpir:2
  column 15: found ';', expected a name, a literal or punctuation
  hint: names are made of the letters a-z and A-Z, digits, '_' and single dots; comments start with #)"},
      {"text that is not closed",
       head + R"(  %y = neg %x {a = "b} : f32[4]
}
)",
       R"(a text is not closed
  at f.bpir:2
  column 20: found '"b} : f32[4]', expected a closing '"' in the same line
  hint: write a line break inside a text as \n)"},
      {"unknown escape",
       head + R"(  %y = neg %x {a = "\q"} : f32[4]
}
)",
       R"(unknown escape in a text
  at f.bpir:2
  column 21: found '\q', expected \", \\, \n, \t or \x and two hexadecimal digits
  hint: write a backslash as \\)"},
      {"attribute twice",
       head + R"(  %y = neg %x {a = 1, a = 2} : f32[4]
}
)",
       R"(an attribute is set twice
  at f.bpir:2
  column 23: found 'a', expected another attribute
  hint: each name has one value)"},
      {"attribute of no kind",
       head + R"(  %y = neg %x {a = f33} : f32[4]
}
)",
       R"(unexpected text
  at f.bpir:2
  column 20: found 'f33', expected an attribute's value
  hint: true, 3, 0.5, "text", [2,3] or an element type such as f32)"},
      {"nothing",
       R"()",
       R"(unexpected text
  at f.bpir:1
  column 1: found the end of the text, expected 'func' before the program's head
  hint: such as: func @main(%x: f32[10]) {)"},
      {"text after the program",
       head + R"(  return %x
}
func @g() {
}
)",
       R"(text after the program
  at f.bpir:4
  column 1: found 'func', expected the end
  hint: a file holds one program)"},
  };
  // clang-format on
  return table;
}

}  // namespace

TEST_CASE("mistakes in the text are explained") {
  for (const Mistake& mistake : mistakes()) {
    INFO(mistake.name);
    INFO(mistake.text);
    try {
      ir::parse(mistake.text, "f.bpir");
      FAIL_CHECK("accepted");
    } catch (const brainpy::ParseError& e) {
      CHECK(std::string(e.what()) == mistake.message);
    }
  }
}

TEST_CASE("regions nested too deep are refused, not a stack overflow") {
  std::string text = head;
  for (int i = 0; i < 100000; ++i) text += "if %p {\n";
  CHECK_THROWS_AS(ir::parse(text), brainpy::ParseError);
}

TEST_CASE("damaged text is refused or is a sound program") {
  const std::string good =
      "const @data0: f32[4]\n"
      "func @net(%p: bool[], %rows: f32[5,4]) {\n"
      "  %d = read @data0 : f32[4]\n"
      "  %c = const [1.0, nan(0x7fc00001)] : f32[2]\n"
      "  %last, %all = for %i in 0..5 carry(%x = %d) scan(%row = %rows) {length = 5} {\n"
      "    %y = add %x, %row : f32[4]\n"
      "    yield %y, %i\n"
      "  } : f32[4], i64[5]\n"
      "  %r = if %p {\n"
      "    yield %last, 3i64\n"
      "  } else {\n"
      "    yield %d, -4i64\n"
      "  } : f32[4], i64[]\n"
      "  %w = fused {\n"
      "    %b = mul %last, 0.5 : f32[4]\n"
      "    yield %b\n"
      "  } : f32[4]\n"
      "  write @E.V, %w\n"
      "  return %all\n}\n";
  const auto try_text = [](const std::string& text) {
    try {
      const auto program = ir::parse(text);
      INFO(text);
      CHECK_NOTHROW(ir::verify(*program));
      const std::string printed = ir::print(*program);
      CHECK(ir::print(*ir::parse(printed)) == printed);
    } catch (const brainpy::ParseError& e) {
      if (e.parts().where.line == 0) FAIL("no place in: " << e.what());
    }
  };
  for (std::size_t i = 0; i < good.size(); ++i) {
    try_text(good.substr(0, i));
    std::string one_less = good, replaced = good, doubled = good;
    one_less.erase(i, 1);
    replaced[i] = "%@{}[](),.:=0 x\n\"#"[i % 18];
    doubled.insert(i, 1, good[(i * 7) % good.size()]);
    try_text(one_less);
    try_text(replaced);
    try_text(doubled);
  }
}
