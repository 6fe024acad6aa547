#include "runtime/buffer.h"

#include <sys/mman.h>
#include <cstdlib>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>

namespace brainpy::runtime {

namespace {

/// The system's large page on the processors we run on.
constexpr std::size_t large_page = std::size_t{2} << 20;
/// Blocks from here on come from the system: one large page is cheaper than the small ones they would touch.
constexpr std::size_t large_block = large_page / 2;

}  // namespace

Buffer::Buffer(std::size_t bytes) : bytes_(bytes) {
  const std::size_t total = (bytes + padding + alignment - 1) / alignment * alignment;
  if (total < large_block) {
    data_ = std::aligned_alloc(alignment, total);
    if (!data_) throw std::bad_alloc();
    std::memset(data_, 0, total);
    return;
  }
  // A page of slack lets the block begin at a large page's edge. The system hands out zeros, page by page as they are
  // touched: a recording that is not filled costs nothing.
  mapped_ = total + large_page;
  void* base = mmap(nullptr, mapped_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (base == MAP_FAILED) throw std::bad_alloc();
  const auto address = reinterpret_cast<std::uintptr_t>(base);
  const std::size_t slack = (large_page - address % large_page) % large_page;
  if (slack > 0) munmap(base, slack);
  data_ = static_cast<std::byte*>(base) + slack;
  mapped_ -= slack;
  madvise(data_, mapped_, MADV_HUGEPAGE);
}

Buffer::Buffer(std::shared_ptr<Buffer> whole, std::size_t offset, std::size_t bytes)
    : data_(whole->as<std::byte>() + offset), bytes_(bytes), whole_(std::move(whole)) {}

Buffer::~Buffer() {
  if (whole_) return;
  if (mapped_ > 0) munmap(data_, mapped_);
  else std::free(data_);
}

BufferPtr make_buffer(std::size_t bytes) { return std::make_shared<Buffer>(bytes); }

BufferPtr clone(const Buffer& source) {
  BufferPtr copy = make_buffer(source.bytes());
  std::memcpy(copy->data(), source.data(), source.bytes());
  return copy;
}

}  // namespace brainpy::runtime
