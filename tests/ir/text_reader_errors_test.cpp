// Mistakes in the pieces of IR text: characters, names, quoted text, literals, types, attributes.
#include "ir/mistakes.h"

TEST_CASE("mistakes in characters and quoted text are explained") {
  // clang-format off
  check_mistakes({
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
  });
  // clang-format on
}

TEST_CASE("mistakes in literals are explained") {
  // clang-format off
  check_mistakes({
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
  });
  // clang-format on
}

TEST_CASE("mistakes in types and attributes are explained") {
  // clang-format off
  check_mistakes({
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
  });
  // clang-format on
}
