// Printing arrays as NumPy's str() does: one format for all elements, aligned columns, 75 characters a line, a summary
// above 1000 elements.
// In: a concrete tensor. Out: text. Scalars print with the rules of arrays ("1.", not "1.0").
#include <algorithm>
#include <charconv>
#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "frontend/math/array_data.h"

namespace brainpy::math {
namespace {

constexpr int precision = 8, line_width = 75, edge_items = 3;
constexpr std::int64_t summarize_above = 1000;

/// Decimal digits d[0].d[1]d[2]... times ten to the exponent.
struct Decimal {
  std::string digits;
  int exponent = 0;
};

Decimal parse_scientific(const char* begin, const char* end) {
  Decimal d;
  const char* e = std::find(begin, end, 'e');
  for (const char* c = begin; c != e; ++c)
    if (*c != '.') d.digits += *c;
  const char* number = e + 1;
  if (number != end && *number == '+') ++number;
  std::from_chars(number, end, d.exponent);
  return d;
}

/// The shortest digits that read back as the number.
template <class T>
Decimal shortest(T magnitude) {
  char text[64];
  const auto end = std::to_chars(text, text + sizeof text, magnitude, std::chars_format::scientific).ptr;
  Decimal d = parse_scientific(text, end);
  while (d.digits.size() > 1 && d.digits.back() == '0') d.digits.pop_back();
  return d;
}

/// Parts around the decimal point, without trailing zeros.
struct Parts {
  std::string whole, fraction;
  int exponent = 0;
};

void trim_zeros(std::string& fraction) {
  while (!fraction.empty() && fraction.back() == '0') fraction.pop_back();
}

template <class T>
Parts positional(T magnitude) {
  const Decimal d = shortest(magnitude);
  Parts parts;
  const int places = static_cast<int>(d.digits.size()) - 1 - d.exponent;
  if (places > precision) {
    // More digits than are shown: round the exact value.
    char text[512];
    const auto end = std::to_chars(text, text + sizeof text, magnitude, std::chars_format::fixed, precision).ptr;
    const char* point = std::find(text, static_cast<char*>(end), '.');
    parts = {std::string(static_cast<const char*>(text), point), std::string(point + 1, static_cast<const char*>(end)),
             0};
  } else if (d.exponent < 0) {
    parts = {"0", std::string(static_cast<std::size_t>(-d.exponent - 1), '0') + d.digits, 0};
  } else {
    std::string padded = d.digits;
    const auto whole = static_cast<std::size_t>(d.exponent) + 1;
    if (padded.size() < whole) padded.append(whole - padded.size(), '0');
    parts = {padded.substr(0, whole), padded.substr(whole), 0};
  }
  trim_zeros(parts.fraction);
  return parts;
}

/// With that many places: digits of the exact value, also beyond the shortest ones, as NumPy pads them.
template <class T>
Parts scientific(T magnitude, int places) {
  char text[64];
  const auto end = std::to_chars(text, text + sizeof text, magnitude, std::chars_format::scientific, places).ptr;
  const Decimal d = parse_scientific(text, end);
  return {d.digits.substr(0, 1), d.digits.substr(1), d.exponent};
}

/// With as many places as the number needs, at most `precision`.
template <class T>
Parts scientific(T magnitude) {
  Parts parts = scientific(magnitude, std::min(precision, static_cast<int>(shortest(magnitude).digits.size()) - 1));
  trim_zeros(parts.fraction);
  return parts;
}

std::string exponent_text(int exponent, std::size_t digits) {
  std::string text = std::to_string(std::abs(exponent));
  if (text.size() < digits) text.insert(0, digits - text.size(), '0');
  return (exponent < 0 ? "e-" : "e+") + text;
}

std::string pad_left(std::string text, std::size_t width) {
  return text.size() < width ? std::string(width - text.size(), ' ') + text : text;
}

using Element = std::function<std::string(std::int64_t)>;

/// NumPy's FloatingFormat over the elements that are shown.
template <class T>
Element float_format(const T* data, const std::vector<std::int64_t>& shown) {
  T largest = 0, smallest = 0;
  bool any_nonzero = false, all_finite = true, negative_infinity = false;
  for (std::int64_t i : shown) {
    const T x = data[i];
    if (!std::isfinite(x)) {
      all_finite = false;
      negative_infinity = negative_infinity || (std::isinf(x) && x < 0);
      continue;
    }
    const T magnitude = std::abs(x);
    if (magnitude == 0) continue;
    largest = any_nonzero ? std::max(largest, magnitude) : magnitude;
    smallest = any_nonzero ? std::min(smallest, magnitude) : magnitude;
    any_nonzero = true;
  }
  const bool exponential = any_nonzero && (static_cast<double>(largest) >= 1e8 ||
                                           static_cast<double>(smallest) < 1e-4 || largest / smallest > 1000);

  std::size_t whole_width = 0, fraction_width = 0, exponent_digits = 2;
  for (std::int64_t i : shown) {
    const T x = data[i];
    if (!std::isfinite(x)) continue;
    const Parts p = exponential ? scientific(std::abs(x)) : positional(std::abs(x));
    whole_width = std::max(whole_width, p.whole.size() + (std::signbit(x) ? 1 : 0));
    fraction_width = std::max(fraction_width, p.fraction.size());
    exponent_digits = std::max(exponent_digits, std::to_string(std::abs(p.exponent)).size());
  }
  const std::size_t right = exponential ? fraction_width + 2 + exponent_digits : fraction_width;
  if (!all_finite) {
    const std::size_t longest = negative_infinity ? 4 : 3, taken = right + 1;
    whole_width = std::max(whole_width, longest > taken ? longest - taken : 0);
  }
  return [=](std::int64_t i) {
    const T x = data[i];
    if (std::isnan(x)) return pad_left("nan", whole_width + right + 1);
    if (std::isinf(x)) return pad_left(x < 0 ? "-inf" : "inf", whole_width + right + 1);
    const Parts p = exponential ? scientific(std::abs(x), static_cast<int>(fraction_width)) : positional(std::abs(x));
    std::string text = pad_left((std::signbit(x) ? "-" : "") + p.whole, whole_width) + "." + p.fraction;
    if (exponential) return text + exponent_text(p.exponent, exponent_digits);
    return text.append(fraction_width - p.fraction.size(), ' ');
  };
}

template <class T>
Element integer_format(const T* data, const std::vector<std::int64_t>& shown) {
  std::size_t width = 0;
  for (std::int64_t i : shown) width = std::max(width, std::to_string(data[i]).size());
  return [=](std::int64_t i) { return pad_left(std::to_string(data[i]), width); };
}

struct Layout {
  const Shape& shape;
  const Shape strides;
  const Element element;
  const bool summary;

  bool summarizes(int axis) const { return summary && shape[axis] > 2 * edge_items; }

  /// Indices along the axis that are shown; -1 stands for "...".
  std::vector<std::int64_t> shown(int axis) const {
    std::vector<std::int64_t> list;
    const std::int64_t n = shape[axis];
    for (std::int64_t k = 0; k < n; ++k) {
      if (summarizes(axis) && k == edge_items) {
        list.push_back(-1);
        k = n - edge_items;
      }
      list.push_back(k);
    }
    return list;
  }

  std::string print(int axis, std::int64_t offset, const std::string& indent, int width) const {
    if (axis == shape.rank()) return element(offset);
    const std::string inner = indent + " ";
    std::string text;
    if (axis == shape.rank() - 1) {
      std::string line = indent;
      const auto limit = static_cast<std::size_t>(width - 1);
      bool first = true;
      for (std::int64_t k : shown(axis)) {
        const std::string word = k < 0 ? "..." : element(offset + k * strides[axis]);
        if (!first) line += ' ';
        if (line.size() + word.size() > limit && line.size() > indent.size()) {
          line.erase(line.find_last_not_of(' ') + 1);
          text += line + "\n";
          line = indent;
        }
        line += word;
        first = false;
      }
      text += line;
    } else {
      const std::string separator(static_cast<std::size_t>(shape.rank() - axis - 1), '\n');
      bool first = true;
      for (std::int64_t k : shown(axis)) {
        if (!first) text += separator;
        text += indent + (k < 0 ? "..." : print(axis + 1, offset + k * strides[axis], inner, width - 1));
        first = false;
      }
    }
    return "[" + text.substr(indent.size()) + "]";
  }
};

/// Offsets of the elements that a summary shows: the format is made for them.
void collect_shown(const Layout& layout, int axis, std::int64_t offset, std::vector<std::int64_t>& offsets) {
  if (axis == layout.shape.rank()) {
    offsets.push_back(offset);
    return;
  }
  for (std::int64_t k : layout.shown(axis))
    if (k >= 0) collect_shown(layout, axis + 1, offset + k * layout.strides[axis], offsets);
}

Element element_format(const runtime::Tensor& t, const std::vector<std::int64_t>& shown) {
  switch (t.type.dtype) {
    case DType::f32:
      return float_format(t.as<const float>(), shown);
    case DType::f64:
      return float_format(t.as<const double>(), shown);
    case DType::i32:
      return integer_format(t.as<const std::int32_t>(), shown);
    case DType::i64:
      return integer_format(t.as<const std::int64_t>(), shown);
    case DType::u32:
      return integer_format(t.as<const std::uint32_t>(), shown);
    case DType::u64:
    case DType::key:
      return integer_format(t.as<const std::uint64_t>(), shown);
    case DType::bool_:
      break;
  }
  const bool* data = t.as<const bool>();
  const bool scalar = t.type.shape.is_scalar();
  return [data, scalar](std::int64_t i) -> std::string { return data[i] ? (scalar ? "True" : " True") : "False"; };
}

}  // namespace

std::string print_array(const runtime::Tensor& tensor) {
  const Shape& shape = tensor.type.shape;
  if (shape.size() == 0) return "[]";
  const bool summary = shape.size() > summarize_above;
  std::vector<std::int64_t> shown;
  collect_shown({shape, shape.strides(), {}, summary}, 0, 0, shown);
  return Layout{shape, shape.strides(), element_format(tensor, shown), summary}.print(0, 0, " ", line_width);
}

}  // namespace brainpy::math
