// Single operations in tests: call one by name, write and read its operands and results.
// In: names, values. Out: tensors and vectors.
#pragma once

#include <string>
#include <vector>

#include "compiler/interp/interpreter.h"
#include "compiler/ops/registry.h"
#include "support/programs.h"

namespace brainpy::test {

using List = std::vector<std::int64_t>;

inline std::vector<Tensor> call(const std::string& name, const std::vector<Tensor>& operands,
                                const compiler::Attributes& attributes = {}) {
  return compiler::interp::apply(compiler::registry().get(name), operands, attributes, {"test.cpp", 1, ""});
}

/// Result 0.
inline Tensor call1(const std::string& name, const std::vector<Tensor>& operands,
                    const compiler::Attributes& attributes = {}) {
  return call(name, operands, attributes)[0];
}

/// std::vector<bool> has no array: bools are read as bytes.
template <class T>
auto values(const Tensor& t) {
  using Element = std::conditional_t<std::is_same_v<T, bool>, std::uint8_t, T>;
  REQUIRE(t.type.dtype == runtime::dtype_of<T>);
  return std::vector<Element>(t.as<Element>(), t.as<Element>() + t.type.size());
}

/// 0, 1, 2, ... in the shape.
template <class T>
Tensor counting(const Shape& shape, T first = 0) {
  Tensor t = runtime::make_tensor({runtime::dtype_of<T>, shape});
  for (std::int64_t i = 0; i < shape.size(); ++i) t.as<T>()[i] = static_cast<T>(first + static_cast<T>(i));
  return t;
}

template <class T>
Tensor scalar(T value) {
  return tensor<T>({}, {value});
}

/// The indices of element `i` of a row-major array.
inline List place_of(const Shape& shape, std::int64_t i) {
  List place(static_cast<std::size_t>(shape.rank()));
  for (int a = shape.rank() - 1; a >= 0; --a) {
    place[static_cast<std::size_t>(a)] = i % shape[a];
    i /= shape[a];
  }
  return place;
}

inline std::int64_t offset_of(const Shape& shape, const List& place) {
  std::int64_t offset = 0;
  for (int a = 0; a < shape.rank(); ++a) offset = offset * shape[a] + place[static_cast<std::size_t>(a)];
  return offset;
}

}  // namespace brainpy::test
