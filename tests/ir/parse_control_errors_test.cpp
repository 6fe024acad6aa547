// Mistakes in the text of control flow: regions and what they yield, branches, loops, `fused`.
#include "ir/mistakes.h"

using namespace brainpy::compiler;

TEST_CASE("mistakes in regions are explained") {
  // clang-format off
  check_mistakes({
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
      {"region not closed",
       head + R"(  if %p {
    yield
)",
       R"(a region is not closed
  at f.bpir:4
  column 1: found the end of the text, expected '}'
  hint: it opens in line 2)"},
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
  });
  // clang-format on
}

TEST_CASE("mistakes in branches, loops and groups are explained") {
  // clang-format off
  check_mistakes({
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
  });
  // clang-format on
}

TEST_CASE("regions nested too deep are refused, not a stack overflow") {
  std::string text = head;
  for (int i = 0; i < 100000; ++i) text += "if %p {\n";
  CHECK_THROWS_AS(ir::parse(text), brainpy::ParseError);
}
