#include "runtime/pool.h"

#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "runtime/buffer.h"

namespace brainpy::runtime {
namespace {

/// From a million bytes on a Buffer lies in large pages, whose first touch costs far less than that of small ones.
constexpr std::size_t first_block = std::size_t{32} << 10, largest_block = (std::size_t{2} << 20) - Buffer::padding;

}  // namespace

/// Lists of threads that ended, by the size of their places, for whoever runs out next.
struct Pool::AtThreadEnd {
  static std::mutex& mutex() {
    static auto* m = new std::mutex;
    return *m;
  }
  static std::unordered_map<std::size_t, Place*>& left() {
    static auto* lists = new std::unordered_map<std::size_t, Place*>;
    return *lists;
  }

  Pool& pool;
  std::size_t size;
  AtThreadEnd(Pool& ending, std::size_t bytes) : pool(ending), size(bytes) {}
  ~AtThreadEnd() {
    if (!pool.free_) return;
    Place* last = pool.free_;
    while (last->next) last = last->next;
    const std::lock_guard lock(mutex());
    Place*& list = left()[size];
    last->next = list;
    list = pool.free_;
    pool.free_ = nullptr;
  }
};

void Pool::fill(std::size_t size) {
  size = (size + alignof(std::max_align_t) - 1) / alignof(std::max_align_t) * alignof(std::max_align_t);
  {
    const std::lock_guard lock(AtThreadEnd::mutex());
    const auto it = AtThreadEnd::left().find(size);
    if (it != AtThreadEnd::left().end() && it->second) {
      free_ = it->second;
      it->second = nullptr;
    }
  }
  if (!known_) {
    known_ = true;
    thread_local std::vector<std::unique_ptr<AtThreadEnd>> at_end;
    at_end.push_back(std::make_unique<AtThreadEnd>(*this, size));
  }
  if (free_) return;
  block_ = block_ == 0 ? first_block : 4 * block_ < largest_block / 2 ? 4 * block_ : largest_block;
  auto* place = (new Buffer(block_))->as<std::byte>();  // stays with the process
  // In the order of addresses: what is made together lies together.
  Place** end = &free_;
  for (std::size_t at = 0; at + size <= block_; at += size) {
    *end = new (place + at) Place{nullptr};
    end = &(*end)->next;
  }
}

}  // namespace brainpy::runtime
