#include "runtime/buffer.h"

#include <cstdlib>
#include <cstring>
#include <new>

namespace brainpy::runtime {

Buffer::Buffer(std::size_t bytes) : bytes_(bytes) {
  const std::size_t total = (bytes + padding + alignment - 1) / alignment * alignment;
  data_ = std::aligned_alloc(alignment, total);
  if (!data_) throw std::bad_alloc();
  std::memset(data_, 0, total);
}

Buffer::~Buffer() { std::free(data_); }

BufferPtr make_buffer(std::size_t bytes) { return std::make_shared<Buffer>(bytes); }

BufferPtr clone(const Buffer& source) {
  BufferPtr copy = make_buffer(source.bytes());
  std::memcpy(copy->data(), source.data(), source.bytes());
  return copy;
}

}  // namespace brainpy::runtime
