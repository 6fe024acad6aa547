// Einstein's summation: products of arrays whose axes are named by letters.
// In: subscripts, arrays. Out: the array of the letters after "->". Pairs are contracted from the left as matrix
// products: letters that both have and that are kept are the batch, those that are summed the inner axis.
#include <algorithm>
#include <map>
#include <string>

#include <fmt/format.h>

#include "frontend/math/creation.hpp"
#include "frontend/math/linear_algebra.hpp"
#include "frontend/math/primitives.h"

namespace brainpy::math {
namespace {

/// An array and the names of its axes.
struct Named {
  Array array;
  std::string letters;
};

[[noreturn]] void subscript_error(const std::string& what, const std::string& subscripts, const Site& site,
                                  const char* hint) {
  value_error("einsum: " + what, site, "\"" + subscripts + "\"", hint);
}

struct Subscripts {
  std::vector<std::string> inputs;
  std::string output;
};

Subscripts parse(const std::string& text, const Site& site) {
  Subscripts result;
  std::string compact;
  for (char c : text)
    if (c != ' ') compact += c;
  const std::size_t arrow = compact.find("->");
  const std::string left = compact.substr(0, arrow);
  result.inputs.emplace_back();
  std::map<char, int> counts;
  for (char c : left) {
    if (c == ',') {
      result.inputs.emplace_back();
    } else if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) {
      result.inputs.back() += c;
      ++counts[c];
    } else {
      subscript_error(fmt::format("'{}' names no axis", c), text, site,
                      "axes are named by letters; \"...\" is not known");
    }
  }
  if (arrow == std::string::npos) {
    for (const auto& [letter, count] : counts)
      if (count == 1) result.output += letter;
    return result;
  }
  result.output = compact.substr(arrow + 2);
  for (std::size_t k = 0; k < result.output.size(); ++k)
    if (!counts.count(result.output[k]) || result.output.find(result.output[k], k + 1) != std::string::npos)
      subscript_error(fmt::format("the output's '{}' is not one axis of the operands", result.output[k]), text, site,
                      "the output names axes of the operands, each once");
  return result;
}

bool has(const std::string& letters, char c) { return letters.find(c) != std::string::npos; }

Named take_diagonals(Named n, const std::string& text, const Site& site) {
  for (std::size_t k = 0; k < n.letters.size(); ++k) {
    const std::size_t twin = n.letters.find(n.letters[k], k + 1);
    if (twin == std::string::npos) continue;
    const char letter = n.letters[k];
    if (n.array.shape()[static_cast<int>(k)] != n.array.shape()[static_cast<int>(twin)])
      subscript_error(fmt::format("'{}' names axes of different extents", letter), text, site,
                      "axes of one letter are equal");
    n.array = diagonal(Operand(n.array, site), 0, static_cast<int>(k), static_cast<int>(twin));
    n.letters.erase(twin, 1);
    n.letters.erase(k, 1);
    n.letters += letter;
    --k;
  }
  return n;
}

/// Sums over the axes that nothing needs any more.
Named sum_unused(Named n, const std::string& needed, const Site& site) {
  std::vector<int> axes;
  std::string kept;
  for (std::size_t k = 0; k < n.letters.size(); ++k)
    if (has(needed, n.letters[k])) kept += n.letters[k];
    else axes.push_back(static_cast<int>(k));
  if (!axes.empty()) n.array = sum(Operand(n.array, site), axes);
  return {n.array, kept};
}

Array arrange(const Named& n, const std::string& letters, const Site& site) {
  std::vector<int> order;
  for (char c : letters) order.push_back(static_cast<int>(n.letters.find(c)));
  return permute(n.array, order, site);
}

Named contract(const Named& a, const Named& b, const std::string& needed, const std::map<char, std::int64_t>& extent,
               const Site& site) {
  std::string batch, inner, rows, columns;
  for (char c : a.letters) (has(b.letters, c) ? (has(needed, c) ? batch : inner) : rows) += c;
  for (char c : b.letters)
    if (!has(a.letters, c)) columns += c;
  const auto count = [&](const std::string& letters) {
    std::int64_t n = 1;
    for (char c : letters) n *= extent.at(c);
    return n;
  };
  const Array left =
      reshape_to(arrange(a, batch + rows + inner, site), {count(batch), count(rows), count(inner)}, site);
  const Array right =
      reshape_to(arrange(b, batch + inner + columns, site), {count(batch), count(inner), count(columns)}, site);
  Array product;
  // A batch of one is a plain product; without an inner axis the elements are multiplied.
  if (inner.empty()) product = map("mul", {left, right}, site, "einsum");
  else product = apply("matmul", {left, right}, {}, site);
  const std::string letters = batch + rows + columns;
  Extents shape;
  for (char c : letters) shape.push_back(extent.at(c));
  return {reshape_to(product, shape, site), letters};
}

}  // namespace

Array einsum(const std::string& text, const std::vector<Array>& operands, Site site) {
  const Subscripts subscripts = parse(text, site);
  if (subscripts.inputs.size() != operands.size())
    subscript_error(fmt::format("{} operands for {} terms", operands.size(), subscripts.inputs.size()), text, site,
                    "terms are separated by commas, one for each operand");
  std::vector<Operand> all;
  for (const Array& a : operands) all.emplace_back(a, site);
  DType dtype = common_dtype(all);
  if (dtype == DType::bool_) dtype = default_int();

  std::map<char, std::int64_t> extent;
  std::vector<Named> terms;
  for (std::size_t k = 0; k < operands.size(); ++k) {
    Named n{convert(operands[k], dtype, site), subscripts.inputs[k]};
    if (static_cast<int>(n.letters.size()) != n.array.ndim())
      subscript_error(fmt::format("\"{}\" names {} axes, the operand is {}", n.letters, n.letters.size(),
                                  to_string(n.array.type())),
                      text, site, "name every axis");
    n = take_diagonals(n, text, site);
    for (std::size_t axis = 0; axis < n.letters.size(); ++axis) {
      const auto [known, added] = extent.try_emplace(n.letters[axis], n.array.shape()[static_cast<int>(axis)]);
      if (!added && known->second != n.array.shape()[static_cast<int>(axis)])
        subscript_error(fmt::format("'{}' names axes of {} and {} elements", n.letters[axis], known->second,
                                    n.array.shape()[static_cast<int>(axis)]),
                        text, site, "axes of one letter are equal");
    }
    terms.push_back(std::move(n));
  }
  const auto needed_after = [&](std::size_t k) {
    std::string letters = subscripts.output;
    for (std::size_t later = k; later < terms.size(); ++later) letters += terms[later].letters;
    return letters;
  };
  Named result = sum_unused(terms[0], needed_after(1), site);
  for (std::size_t k = 1; k < terms.size(); ++k) {
    const Named next = sum_unused(terms[k], needed_after(k + 1) + result.letters, site);
    result = contract(result, next, needed_after(k + 1), extent, site);
    result = sum_unused(result, needed_after(k + 1), site);
  }
  return arrange(result, subscripts.output, site);
}

Array einsum(const std::string& subscripts, const Operand& a, const Operand& b) {
  return einsum(subscripts, {array_of(a), array_of(b)}, a.site());
}

}  // namespace brainpy::math
