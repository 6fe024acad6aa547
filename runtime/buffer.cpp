#include "runtime/buffer.h"

#include <sys/mman.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <new>
#include <vector>

namespace brainpy::runtime {

namespace {

/// The system's large page on the processors we run on.
constexpr std::size_t large_page = std::size_t{2} << 20;
/// Blocks from here on come from the system: one large page is cheaper than the small ones they would touch.
constexpr std::size_t large_block = large_page / 2;

/// Blocks from the allocator that were given up, the latest last. A simulation that is reset asks for the same sizes
/// again. Large blocks go back: the system hands out their large pages soon enough.
class KeptBlocks {
 public:
  static KeptBlocks& get() {
    static auto* kept = new KeptBlocks;  // never destroyed: blocks may be given up after all locals of the program
    return *kept;
  }

  /// Null when none of that size is kept.
  void* take(std::size_t total) {
    if (!keeps(total)) return nullptr;
    const std::lock_guard lock(mutex_);
    for (std::size_t k = blocks_.size(); k-- > 0;) {
      if (blocks_[k].total != total) continue;
      void* data = blocks_[k].data;
      blocks_.erase(blocks_.begin() + static_cast<std::ptrdiff_t>(k));
      bytes_ -= total;
      return data;
    }
    return nullptr;
  }

  void give(void* data, std::size_t total) {
    if (!keeps(total)) return std::free(data);
    const std::lock_guard lock(mutex_);
    blocks_.push_back({data, total});
    bytes_ += total;
    while (bytes_ > Buffer::kept_bytes || blocks_.size() > most) {
      bytes_ -= blocks_.front().total;
      std::free(blocks_.front().data);
      blocks_.erase(blocks_.begin());
    }
  }

 private:
  struct Block {
    void* data;
    std::size_t total;
  };

  /// Smaller blocks are the allocator's business.
  static bool keeps(std::size_t total) {
#if defined(__SANITIZE_ADDRESS__)  // which would not see a block used after its end
    return false;
#endif
    return total >= smallest;
  }

  static constexpr std::size_t smallest = std::size_t{16} << 10, most = 256;
  std::mutex mutex_;
  std::vector<Block> blocks_;
  std::size_t bytes_ = 0;
};

std::size_t padded(std::size_t bytes) {
  return (bytes + Buffer::padding + Buffer::alignment - 1) / Buffer::alignment * Buffer::alignment;
}

}  // namespace

bool Buffer::take(std::size_t total) {
  total_ = total;
  if (total < large_block) {
    data_ = KeptBlocks::get().take(total);
    if (!data_) data_ = std::aligned_alloc(alignment, total);
    if (!data_) throw std::bad_alloc();
    return false;
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
  return true;
}

Buffer::Buffer(std::size_t bytes, Unset) : bytes_(bytes) { take(padded(bytes)); }

Buffer::Buffer(std::size_t bytes) : bytes_(bytes) {
  if (!take(padded(bytes))) std::memset(data_, 0, total_);
}

Buffer::Buffer(std::shared_ptr<Buffer> whole, std::size_t offset, std::size_t bytes)
    : data_(whole->as<std::byte>() + offset), bytes_(bytes), whole_(std::move(whole)) {}

Buffer::~Buffer() {
  if (whole_) return;
  if (mapped_ > 0) munmap(data_, mapped_);
  else KeptBlocks::get().give(data_, total_);
}

BufferPtr make_buffer(std::size_t bytes) { return std::make_shared<Buffer>(bytes); }

BufferPtr clone(const Buffer& source) {
  auto copy = std::make_shared<Buffer>(source.bytes(), Buffer::Unset{});
  std::memcpy(copy->data(), source.data(), source.bytes());
  std::memset(copy->as<std::byte>() + source.bytes(), 0, Buffer::padding);
  return copy;
}

}  // namespace brainpy::runtime
