// Mistakes in the text of a program: its frame, symbols, operations, operands and results. Whatever damage a text has,
// it is refused with its place or is a sound program.
#include <string>

#include "compiler/ir/parse.h"
#include "compiler/ir/print.h"
#include "compiler/ir/verify.h"
#include "ir/mistakes.h"

using namespace brainpy::compiler;

TEST_CASE("mistakes in operations and their operands and results are explained") {
  // clang-format off
  check_mistakes({
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
  });
  // clang-format on
}

TEST_CASE("mistakes in a program's frame and symbols are explained") {
  // clang-format off
  check_mistakes({
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
  });
  // clang-format on
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
