// Tensors for the file tests: every element type in every kind of shape, and their comparison bit by bit.
#pragma once

#include <cstring>
#include <string>
#include <vector>

#include "runtime/error.h"
#include "runtime/io.h"
#include "support/catch.h"

namespace io_tensors {

using namespace brainpy::runtime;

/// Values whose bytes differ, with -0.0, NaN and the smallest number among the floats.
inline Tensor tensor_of(DType dtype, const Shape& shape) {
  Tensor tensor = make_tensor({dtype, shape});
  const std::int64_t size = tensor.type.size();
  for (std::int64_t i = 0; i < size; ++i) {
    const std::uint64_t bits = static_cast<std::uint64_t>(i + 1) * 0x9e3779b97f4a7c15;
    const std::size_t width = size_of(dtype);
    if (dtype == DType::bool_) tensor.as<bool>()[i] = bits >> 63;
    else std::memcpy(tensor.as<char>() + static_cast<std::size_t>(i) * width, &bits, width);
  }
  if (dtype == DType::f64 && size > 2) {
    tensor.as<double>()[0] = -0.0;
    tensor.as<double>()[1] = 5e-324;
  }
  return tensor;
}

inline std::vector<NamedTensor> all_kinds() {
  std::vector<NamedTensor> tensors;
  for (int d = 0; d < dtype_count; ++d) {
    const auto dtype = static_cast<DType>(d);
    const std::string name = ir_name(dtype);
    tensors.push_back({"E.V." + name, tensor_of(dtype, {5})});
    tensors.push_back({"scalar_" + name, tensor_of(dtype, {})});
    tensors.push_back({"empty_" + name, tensor_of(dtype, Shape{0})});
    tensors.push_back({"empty3_" + name, tensor_of(dtype, {3, 0, 2})});
    tensors.push_back({"cube_" + name, tensor_of(dtype, {2, 3, 4})});
    tensors.push_back({"deep_" + name, tensor_of(dtype, {1, 2, 1, 2, 1, 2, 1, 2})});
  }
  tensors.push_back({"Größe", tensor_of(DType::f32, {1000})});
  return tensors;
}

/// Equal type and bits; a key comes back as uint64.
inline void check_same(const Tensor& got, const Tensor& expected) {
  Type type = expected.type;
  if (type.dtype == DType::key) type.dtype = DType::u64;
  CHECK(got.type == type);
  if (got.type == type) CHECK(std::memcmp(got.as<char>(), expected.as<char>(), type.bytes()) == 0);
}

/// The error's text; fails when there is none.
template <class Body>
std::string error_text(Body&& body) {
  try {
    body();
  } catch (const brainpy::FileError& error) {
    CHECK_FALSE(error.parts().what.empty());
    CHECK_FALSE(error.parts().values.empty());
    CHECK_FALSE(error.parts().hint.empty());
    return error.what();
  }
  FAIL("no FileError was thrown");
  return {};
}

}  // namespace io_tensors
