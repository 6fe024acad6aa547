#include "compiler/ir/literal_text.h"

#include <fmt/format.h>

#include <bit>
#include <charconv>
#include <cmath>
#include <limits>

namespace brainpy::compiler::ir {
namespace {

constexpr std::uint64_t default_nan_f32 = 0x7fc00000, default_nan_f64 = 0x7ff8000000000000;

template <class Integer>
void append_integer(std::string& text, Integer value) {
  char digits[24];
  text.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
}

template <class Float>
void append_float(std::string& text, Float value, std::uint64_t bits, std::uint64_t default_nan) {
  if (std::isnan(value)) {
    if (bits == default_nan) text += "nan";
    else fmt::format_to(std::back_inserter(text), "nan(0x{:0{}x})", bits, 2 * sizeof(Float));
    return;
  }
  char digits[40];
  const std::string_view shortest(digits, std::to_chars(digits, digits + sizeof digits, value).ptr - digits);
  text += shortest;
  if (std::isfinite(value) && shortest.find_first_of(".e") == std::string_view::npos) text += ".0";
}

bool remove_suffix(std::string_view& text, std::string_view suffix) {
  if (!text.ends_with(suffix)) return false;
  text.remove_suffix(suffix.size());
  return true;
}

/// All of the text as a number of the type.
template <class Number>
std::errc read_number(std::string_view text, Number& value, int base = 10) {
  const char* end = text.data() + text.size();
  std::from_chars_result result;
  if constexpr (std::is_floating_point_v<Number>) result = std::from_chars(text.data(), end, value);
  else result = std::from_chars(text.data(), end, value, base);
  if (result.ec != std::errc{}) return result.ec;
  return result.ptr == end ? std::errc{} : std::errc::invalid_argument;
}

bool read_hexadecimal(std::string_view text, std::size_t digits, std::uint64_t& bits) {
  return text.starts_with("0x") && text.size() == digits + 2 && read_number(text.substr(2), bits, 16) == std::errc{};
}

template <class Float, class Bits>
std::optional<std::uint64_t> parse_float(std::string_view text, const char* type, LiteralProblem& problem) {
  if (text.starts_with("nan(") && text.ends_with(")")) {
    std::uint64_t bits = 0;
    if (read_hexadecimal(text.substr(4, text.size() - 5), 2 * sizeof(Float), bits) &&
        std::isnan(std::bit_cast<Float>(static_cast<Bits>(bits))))
      return bits;
    problem = {fmt::format("the {} hexadecimal digits of a NaN", 2 * sizeof(Float)), "such as nan(0x7fc00001)"};
    return {};
  }
  Float value{};
  const std::errc failure = read_number(text, value);
  if (failure == std::errc::result_out_of_range) {
    problem = {fmt::format("a number in the range of {}", type), "write inf or 0.0, or a wider type's suffix"};
    return {};
  }
  if (failure != std::errc{} || text.ends_with('.')) {
    problem = {fmt::format("an {} literal", type), "such as 0.05, 1e-05, -inf or nan, with the suffix f64 for float64"};
    return {};
  }
  if (std::isnan(value)) return sizeof(Float) == 4 ? default_nan_f32 : default_nan_f64;
  return std::bit_cast<Bits>(value);
}

template <class Integer>
std::optional<std::uint64_t> parse_integer(std::string_view text, const char* type, LiteralProblem& problem) {
  Integer value{};
  const std::errc failure = read_number(text, value);
  if (failure == std::errc{}) return static_cast<std::make_unsigned_t<Integer>>(value);
  if (failure == std::errc::result_out_of_range ||
      (std::is_unsigned_v<Integer> && text.starts_with('-') && text.find_first_not_of("-0123456789") == text.npos))
    problem = {
        fmt::format("a number from {} to {}", std::numeric_limits<Integer>::min(), std::numeric_limits<Integer>::max()),
        fmt::format("it does not fit {}; a wider type has a suffix, such as 3i64", type)};
  else
    problem = {fmt::format("an {} literal", type), "integers are decimal, with a suffix i64, u32 or u64 if not int32"};
  return {};
}

}  // namespace

void append_literal(std::string& text, DType dtype, std::uint64_t bits) {
  switch (dtype) {
    case DType::f32:
      return append_float(text, std::bit_cast<float>(static_cast<std::uint32_t>(bits)), bits, default_nan_f32);
    case DType::f64:
      append_float(text, std::bit_cast<double>(bits), bits, default_nan_f64);
      break;
    case DType::i32:
      return append_integer(text, static_cast<std::int32_t>(bits));
    case DType::i64:
      append_integer(text, static_cast<std::int64_t>(bits));
      break;
    case DType::u32:
      append_integer(text, static_cast<std::uint32_t>(bits));
      break;
    case DType::u64:
      append_integer(text, bits);
      break;
    case DType::bool_:
      text += bits ? "true" : "false";
      return;
    case DType::key:
      fmt::format_to(std::back_inserter(text), "0x{:016x}", bits);
      break;
  }
  text += ir_name(dtype);
}

void append_real(std::string& text, double value) {
  append_float(text, value, std::bit_cast<std::uint64_t>(value), default_nan_f64);
}

std::optional<double> parse_real(std::string_view text, LiteralProblem& problem) {
  const std::optional<std::uint64_t> bits = parse_float<double, std::uint64_t>(text, "f64", problem);
  if (!bits) return {};
  return std::bit_cast<double>(*bits);
}

std::optional<ParsedLiteral> parse_literal(std::string_view text, LiteralProblem& problem, DType plain_integer) {
  if (text == "true" || text == "false") return ParsedLiteral{DType::bool_, text == "true"};
  std::optional<std::uint64_t> bits;
  DType dtype;
  if (remove_suffix(text, "key")) {
    dtype = DType::key;
    std::uint64_t key = 0;
    if (read_hexadecimal(text, 16, key)) bits = key;
    else problem = {"the 16 hexadecimal digits of a key", "such as 0x0123456789abcdefkey"};
  } else if (remove_suffix(text, "f64")) {
    dtype = DType::f64;
    bits = parse_float<double, std::uint64_t>(text, "f64", problem);
  } else if (remove_suffix(text, "i64")) {
    dtype = DType::i64;
    bits = parse_integer<std::int64_t>(text, "i64", problem);
  } else if (remove_suffix(text, "u32")) {
    dtype = DType::u32;
    bits = parse_integer<std::uint32_t>(text, "u32", problem);
  } else if (remove_suffix(text, "u64")) {
    dtype = DType::u64;
    bits = parse_integer<std::uint64_t>(text, "u64", problem);
  } else if (text.find_first_of(".n") != text.npos || (text.find('e') != text.npos && !text.starts_with("0x"))) {
    dtype = DType::f32;  // "inf" and "nan" have an n, other floats '.' or 'e'
    bits = parse_float<float, std::uint32_t>(text, "f32", problem);
  } else {
    dtype = plain_integer;
    bits = dtype == DType::i64 ? parse_integer<std::int64_t>(text, "i64", problem)
                               : parse_integer<std::int32_t>(text, "i32", problem);
  }
  if (!bits) return {};
  return ParsedLiteral{dtype, *bits};
}

bool literal_fits(DType dtype, std::uint64_t bits) {
  if (dtype == DType::bool_) return bits <= 1;
  return size_of(dtype) == 8 || bits <= std::numeric_limits<std::uint32_t>::max();
}

}  // namespace brainpy::compiler::ir
