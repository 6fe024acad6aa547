#include "runtime/pool.h"

#include <algorithm>
#include <memory>
#include <mutex>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include "runtime/buffer.h"

namespace brainpy::runtime {
namespace {

/// From a million bytes on a Buffer lies in large pages, whose first touch costs far less than that of small ones.
constexpr std::size_t first_block = std::size_t{32} << 10, largest_block = (std::size_t{2} << 20) - Buffer::padding;
constexpr std::size_t page = 4096;

}  // namespace

/// What threads left that ended, by the size of their places, for whoever runs out next.
struct Pool::AtThreadEnd {
  struct Left {
    Place* places = nullptr;
    std::vector<std::pair<std::byte*, std::byte*>> fresh;
  };
  static std::mutex& mutex() {
    static auto* m = new std::mutex;
    return *m;
  }
  static std::unordered_map<std::size_t, Left>& left() {
    static auto* lists = new std::unordered_map<std::size_t, Left>;
    return *lists;
  }

  Pool& pool;
  std::size_t size;
  AtThreadEnd(Pool& ending, std::size_t bytes) : pool(ending), size(bytes) {}
  ~AtThreadEnd() {
    const std::lock_guard lock(mutex());
    Left& l = left()[size];
    if (pool.fresh_ != pool.fresh_end_) l.fresh.emplace_back(pool.fresh_, pool.fresh_end_);
    pool.fresh_ = pool.fresh_end_ = nullptr;
    if (!pool.free_) return;
    Place* last = pool.free_;
    while (last->next) last = last->next;
    last->next = l.places;
    l.places = pool.free_;
    pool.free_ = nullptr;
  }
};

void Pool::fill(std::size_t size) {
  size = (size + alignof(std::max_align_t) - 1) / alignof(std::max_align_t) * alignof(std::max_align_t);
  const auto room = [&] { return static_cast<std::size_t>(fresh_end_ - fresh_); };
  if (room() < size) {
    const std::lock_guard lock(AtThreadEnd::mutex());
    AtThreadEnd::Left& left = AtThreadEnd::left()[size];
    free_ = std::exchange(left.places, nullptr);
    if (!free_ && !left.fresh.empty()) {
      std::tie(fresh_, fresh_end_) = left.fresh.back();
      left.fresh.pop_back();
    }
  }
  if (!known_) {
    known_ = true;
    thread_local std::vector<std::unique_ptr<AtThreadEnd>> at_end;
    at_end.push_back(std::make_unique<AtThreadEnd>(*this, size));
  }
  if (free_) return;
  if (room() < size) {
    block_ = block_ == 0 ? first_block : 4 * block_ < largest_block / 2 ? 4 * block_ : largest_block;
    fresh_ = (new Buffer(block_, Buffer::Unset{}))->as<std::byte>();  // stays with the process
    fresh_end_ = fresh_ + block_;
  }
  // In the order of addresses: what is made together lies together. A page at a time: to touch one costs more than to
  // use it.
  const std::size_t count = std::clamp<std::size_t>(page / size, 1, room() / size);
  Place** end = &free_;
  for (std::size_t k = 0; k < count; ++k, fresh_ += size) {
    *end = new (fresh_) Place{nullptr};
    end = &(*end)->next;
  }
}

}  // namespace brainpy::runtime
