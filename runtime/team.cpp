#include "runtime/team.h"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include "runtime/thread_pool.h"

namespace brainpy::runtime {
namespace {

/// What separates two threads' data.
constexpr std::size_t line = 64;
/// How long a worker waits for the next loop before it goes.
constexpr auto patience = std::chrono::microseconds(100);
/// Looks at a shared variable between two looks at the clock, or before the calling thread does what others have not
/// begun: a few microseconds.
constexpr int looks = 256;
/// Looks before a waiting thread offers its processor: the system's answer takes longer than most waits.
constexpr int patient_looks = 4096;

/// Tells the processor that this thread waits.
inline void pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

/// True in a thread that runs a piece.
thread_local bool inside = false;

/// Where a part begins, at a multiple of `unit`.
std::int64_t begin_of(std::size_t part, std::size_t parts, std::int64_t count, std::int64_t unit) {
  const std::int64_t units = (count - 1) / unit + 1;
  return std::min(units * static_cast<std::int64_t>(part) / static_cast<std::int64_t>(parts) * unit, count);
}

}  // namespace

std::int64_t begin_of_part(std::int64_t count, int part, int parts) {
  return count <= 0 ? 0 : begin_of(static_cast<std::size_t>(part), static_cast<std::size_t>(parts), count, part_unit);
}

/// A loop has a number, one more than the last one's. What one thread writes for another lies on lines of their own,
/// each written by one thread only and never reset: to hand a line over and back takes as long as a thousand
/// instructions.
///
/// A worker that is late may have read parts of the next loop as its own. It then takes no piece: whoever reads
/// anything of a loop's reads its `begun` at least, and a loop that is over has no piece left.
struct Team::Shared {
  /// The loop that took pieces of a part last, and below it how many.
  struct alignas(line) Part {
    std::atomic<std::uint64_t> ticket = 0;
  };
  enum class Place : int { free, called, taken };
  struct alignas(line) Worker {
    std::atomic<Place> place = Place::free;
    alignas(line) std::atomic<std::int64_t> done = 0;  ///< elements of all loops that it has behind it
  };
  static constexpr int piece_bits = 24;
  static constexpr std::uint64_t pieces = (std::uint64_t{1} << piece_bits) - 1;

  explicit Shared(int threads) : parts(static_cast<std::size_t>(threads)), workers(parts.size()) {}

  // The loop that began last, on one line: to whoever waits for it, it comes at once. Atomic because a late worker may
  // read while the next loop is written.
  alignas(line) std::atomic<std::uint64_t> begun = 0;  ///< its number, before the rest is written
  std::atomic<std::int64_t> count = 0, chunk = 1, after = 0, after_workers = 0;
  std::atomic<LoopBody> body = nullptr;
  std::atomic<void*> context = nullptr;
  std::atomic<std::uint64_t> loop = 0;  ///< its number, after the rest
  std::atomic<bool> failed = false, closed = false;
  alignas(line) std::exception_ptr failure;  ///< of whoever set `failed`
  std::vector<Part> parts;
  std::vector<Worker> workers;  ///< by home; the first is the calling thread, whose place stays free

  void begin(const Loop& next) {
    begun.store(next.number, std::memory_order_relaxed);
    count.store(next.count, std::memory_order_release);
    chunk.store(next.chunk, std::memory_order_release);
    after.store(next.after, std::memory_order_release);
    after_workers.store(next.after_workers, std::memory_order_release);
    body.store(next.body, std::memory_order_release);
    context.store(next.context, std::memory_order_release);
    // Without waiting until others see it: a worker that goes at this moment may be taken for one that stays. The
    // calling thread then does its part, and calls it for the next loop.
    loop.store(next.number, std::memory_order_release);
  }

  /// The loop of that number; without a number when another one has begun since.
  Loop begun_as(std::uint64_t number) const {
    const Loop read = {number,
                       count.load(std::memory_order_acquire),
                       chunk.load(std::memory_order_acquire),
                       after.load(std::memory_order_acquire),
                       after_workers.load(std::memory_order_acquire),
                       body.load(std::memory_order_acquire),
                       context.load(std::memory_order_acquire)};
    return begun.load(std::memory_order_relaxed) == number ? read : Loop{};
  }

  /// Takes pieces, of the home part first, until none is left or the loop is over. Parts of one piece are left to who
  /// is at home there, unless this is to `help`: to look at a ticket takes its line from whoever needs it next.
  void work(const Loop& of, std::size_t home, bool help = false) {
    std::int64_t finished = 0;
    inside = true;
    for (std::size_t k = 0; k < parts.size(); ++k) {
      const std::size_t part = (home + k) % parts.size();
      const std::int64_t unit = std::min(of.chunk, part_unit);
      const std::int64_t first = begin_of(part, parts.size(), of.count, unit);
      const std::int64_t past = begin_of(part + 1, parts.size(), of.count, unit);
      std::atomic<std::uint64_t>& ticket = parts[part].ticket;
      for (std::uint64_t last = ticket.load(std::memory_order_relaxed);;) {
        const std::uint64_t of_loop = last >> piece_bits;
        const std::uint64_t next = of_loop == of.number ? last & pieces : 0;
        const auto at = first + static_cast<std::int64_t>(next) * of.chunk;
        if (of_loop > of.number || at >= past) break;
        const std::uint64_t taken = of.number << piece_bits | (next + 1);
        if (!ticket.compare_exchange_weak(last, taken, std::memory_order_acquire, std::memory_order_relaxed)) continue;
        run(of, at, std::min(at + of.chunk, past));
        finished += std::min(at + of.chunk, past) - at;
        last = ticket.load(std::memory_order_relaxed);
      }
      if (!help && of.chunk >= past - first) break;
    }
    inside = false;
    if (finished == 0) return;
    std::atomic<std::int64_t>& done = workers[home].done;
    done.store(done.load(std::memory_order_relaxed) + finished, std::memory_order_release);
  }

  /// Whether so many elements of all loops are done: no element of a loop is before all of the loop before it are.
  bool are_done(std::int64_t elements, std::size_t first_home = 0) const {
    std::int64_t sum = 0;
    for (std::size_t home = first_home; home < workers.size(); ++home)
      sum += workers[home].done.load(std::memory_order_acquire);
    return sum >= elements;
  }

  /// Whether all that comes before the loop is done. What the calling thread had done when it began the loop is known:
  /// its own count, a line to wait for, is looked at only where it does what was a worker's.
  bool may_begin(const Loop& next) const { return are_done(next.after_workers, 1) || are_done(next.after); }

  void run(const Loop& of, std::int64_t begin, std::int64_t end) {
    if (failed.load(std::memory_order_relaxed)) return;
    try {
      of.body(of.context, begin, end);
    } catch (...) {
      if (!failed.exchange(true)) failure = std::current_exception();
    }
  }

  /// A worker's stay: loop after loop, as long as the next one comes soon.
  void stay(std::size_t home) {
    std::atomic<Place>& place = workers[home].place;
    place = Place::taken;
    std::uint64_t seen = 0;  // no loop has it
    for (;;) {
      const std::uint64_t number = wait_for_another(seen);
      if (closed) return;
      if (number != seen) {
        const Loop next = begun_as(number);
        for (int k = 1; next.number && !may_begin(next); ++k) {
          pause();
          if (k % patient_looks == 0) std::this_thread::yield();
        }
        if (next.number) work(next, home);
        seen = number;
        continue;
      }
      // A loop that began before the place was free did not call anybody: look again.
      place = Place::free;
      Place free = Place::free;
      if (loop == seen || !place.compare_exchange_strong(free, Place::taken)) return;
    }
  }

  std::uint64_t wait_for_another(std::uint64_t seen) {
    const auto until = std::chrono::steady_clock::now() + patience;
    do
      for (int k = 0; k < looks; ++k) {
        const std::uint64_t number = loop.load(std::memory_order_acquire);
        if (number != seen || closed.load(std::memory_order_relaxed)) return number;
        pause();
      }
    while (std::chrono::steady_clock::now() < until);
    return seen;
  }
};

namespace {

thread_local std::unique_ptr<Team> team_of_this_thread;

}  // namespace

Team* Team::of_this_thread(int threads) {
  if (inside) return nullptr;
  keep_only(threads);
  std::unique_ptr<Team>& team = team_of_this_thread;
  if (!team) team = std::make_unique<Team>(threads);
  return team.get();
}

void Team::keep_only(int threads) {
  if (!inside && team_of_this_thread && team_of_this_thread->pool_->threads != threads) team_of_this_thread.reset();
}

Team* Team::of_this_thread() { return inside ? nullptr : team_of_this_thread.get(); }

Team::Team(int threads) : pool_(thread_pool(threads)), shared_(std::make_shared<Shared>(threads)) {}

Team::~Team() {
  wait();
  shared_->closed = true;
}

/// Begins a loop.
Team::Loop Team::begin(std::int64_t count, std::int64_t chunk, LoopBody body, void* context) {
  Shared& s = *shared_;
  const std::int64_t wanted =
      chunk < part_unit ? chunk : (std::min(chunk, count) - 1) / part_unit * part_unit + part_unit;
  const std::int64_t own = s.workers[0].done.load(std::memory_order_relaxed);
  const Loop next = {.number = last_.number + 1,
                     .count = count,
                     .chunk = std::max(wanted, count >> (Shared::piece_bits - 1)),
                     .after = asked_,
                     .after_workers = asked_ - own,
                     .body = body,
                     .context = context};
  asked_ += count;
  s.begin(next);
  for (std::size_t home = 1; home < s.workers.size(); ++home) {
    Shared::Place place = s.workers[home].place;
    if (place != Shared::Place::free) continue;  // it is there, or on its way
    if (!s.workers[home].place.compare_exchange_strong(place, Shared::Place::called)) continue;
    pool_->arena.enqueue([shared = shared_, home] { shared->stay(home); });
  }
  return next;
}

/// Until the last loop is done.
void Team::wait() {
  Shared& s = *shared_;
  for (int k = 1; !s.are_done(last_.after + last_.count); ++k) {
    pause();
    if (k % looks == 0) s.work(last_, 0, true);
    if (k % patient_looks == 0) std::this_thread::yield();
  }
}

void Team::run(std::int64_t count, std::int64_t chunk, LoopBody body, void* context) {
  finish();
  last_ = begin(count, chunk, body, context);
  shared_->work(last_, 0);
  finish();
}

void Team::run_ahead(std::int64_t count, LoopBody body, void* context) {
  const Loop next = begin(count, 1, body, context);
  wait();
  last_ = next;
  if (shared_->failed.load(std::memory_order_relaxed)) return finish();
  shared_->work(next, 0);
}

void Team::finish() {
  wait();
  Shared& s = *shared_;
  if (!s.failed.load(std::memory_order_relaxed)) return;
  s.failed = false;
  std::rethrow_exception(std::exchange(s.failure, nullptr));
}

}  // namespace brainpy::runtime
