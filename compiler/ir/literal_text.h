// Literals as text: `0.05`, `3i64`, `nan(0x7fc00001)`, `0x0123456789abcdefkey`. The text tells the type and every bit.
// In: an element type and bits. Out: text, and back.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/dtype.h"

namespace brainpy::compiler::ir {

using runtime::DType;

/// Appends the literal: floats in the shortest form that reads back exactly, always with '.' or 'e'; a type suffix
/// except for f32, i32 and bool; infinities `inf`; the default NaN `nan`, any other one with its bits.
void append_literal(std::string& text, DType dtype, std::uint64_t bits);

struct ParsedLiteral {
  DType dtype = DType::f32;
  std::uint64_t bits = 0;
};

/// What is wrong with a literal, and the cure.
struct LiteralProblem {
  std::string expected;
  std::string hint;
};

/// Reads one literal; fills `problem` and returns nothing when the text is not one. A plain integer is an i32, or an
/// i64 where `plain_integer` says so (bounds of `for`).
std::optional<ParsedLiteral> parse_literal(std::string_view text, LiteralProblem& problem,
                                           DType plain_integer = DType::i32);

/// A real number of an attribute: an f64 without suffix.
void append_real(std::string& text, double value);
std::optional<double> parse_real(std::string_view text, LiteralProblem& problem);

/// True when no bit above the element type's width is set (a bool is 0 or 1).
bool literal_fits(DType dtype, std::uint64_t bits);

}  // namespace brainpy::compiler::ir
