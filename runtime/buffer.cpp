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

/// A block of memory: from the system where `mapped`, its bytes there, is not 0, otherwise from the allocator.
struct Block {
  void* data = nullptr;
  std::size_t total = 0, mapped = 0;
};

void give_back(const Block& block) {
  if (block.mapped > 0) munmap(block.data, block.mapped);
  else std::free(block.data);
}

/// Blocks that were given up, the latest last. A simulation that is reset, or goes on, asks for the same sizes again,
/// and the system clears a page in more time than a step takes to fill it.
class KeptBlocks {
 public:
  static KeptBlocks& get() {
    static auto* kept = new KeptBlocks;  // never destroyed: blocks may be given up after all locals of the program
    return *kept;
  }

  /// Empty when none of that size is kept.
  Block take(std::size_t total) {
    if (!keeps(total)) return {};
    const std::lock_guard lock(mutex_);
    for (std::size_t k = blocks_.size(); k-- > 0;) {
      if (blocks_[k].total != total) continue;
      const Block block = blocks_[k];
      blocks_.erase(blocks_.begin() + static_cast<std::ptrdiff_t>(k));
      bytes_ -= total;
      return block;
    }
    return {};
  }

  void give(const Block& block) {
    if (!keeps(block.total)) return give_back(block);
    const std::lock_guard lock(mutex_);
    blocks_.push_back(block);
    bytes_ += block.total;
    while (bytes_ > Buffer::kept_bytes || blocks_.size() > most) {
      bytes_ -= blocks_.front().total;
      give_back(blocks_.front());
      blocks_.erase(blocks_.begin());
    }
  }

 private:
  /// Smaller blocks are the allocator's business; the pages of larger ones soon serve other sizes.
  static bool keeps(std::size_t total) {
#if defined(__SANITIZE_ADDRESS__)  // which would not see a block used after its end
    return false;
#endif
    return total >= smallest && total <= Buffer::kept_bytes / 16;
  }

  static constexpr std::size_t smallest = std::size_t{16} << 10, most = 256;
  std::mutex mutex_;
  std::vector<Block> blocks_;
  std::size_t bytes_ = 0;
};

std::size_t padded(std::size_t bytes) {
  const std::size_t total = bytes + Buffer::padding, unit = Buffer::alignment_of(total);
  return (total + unit - 1) / unit * unit;
}

}  // namespace

bool Buffer::take(std::size_t total) {
  total_ = total;
  if (const Block kept = KeptBlocks::get().take(total); kept.data) {
    data_ = kept.data;
    mapped_ = kept.mapped;
    return false;
  }
  if (total < large_block) {
    data_ = std::aligned_alloc(alignment_of(total), total);
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
  KeptBlocks::get().give({data_, total_, mapped_});
}

BufferPtr make_buffer(std::size_t bytes) { return std::make_shared<Buffer>(bytes); }

BufferPtr clone(const Buffer& source) {
  auto copy = std::make_shared<Buffer>(source.bytes(), Buffer::Unset{});
  std::memcpy(copy->data(), source.data(), source.bytes());
  std::memset(copy->as<std::byte>() + source.bytes(), 0, Buffer::padding);
  return copy;
}

}  // namespace brainpy::runtime
