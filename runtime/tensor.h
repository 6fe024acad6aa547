// A concrete dense array: its type and its storage.
// In: a type. Out: what kernels, files and launches exchange.
#pragma once

#include "runtime/buffer.h"
#include "runtime/shape.h"

namespace brainpy::runtime {

struct Tensor {
  Type type;
  BufferPtr data;

  template <class T>
  T* as() const {
    return data->as<T>();
  }
};

/// A tensor of zeros.
inline Tensor make_tensor(const Type& type) { return {type, make_buffer(type.bytes())}; }

}  // namespace brainpy::runtime
