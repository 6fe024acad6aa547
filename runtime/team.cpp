#include "runtime/team.h"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include "runtime/prefetch.h"
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

  /// Elements [begin, end) of a loop; without any: none.
  struct Piece {
    std::int64_t begin, end;
  };

  Piece part_of(const Loop& of, std::size_t part) const {
    const std::int64_t unit = std::min(of.chunk, part_unit);
    return {begin_of(part, parts.size(), of.count, unit), begin_of(part + 1, parts.size(), of.count, unit)};
  }

  /// Takes the next piece of a part; none when none is left or the loop is over.
  Piece take(const Loop& of, std::size_t part) {
    const Piece whole = part_of(of, part);
    std::atomic<std::uint64_t>& ticket = parts[part].ticket;
    for (std::uint64_t last = ticket.load(std::memory_order_relaxed);;) {
      const std::uint64_t of_loop = last >> piece_bits;
      const std::uint64_t next = of_loop == of.number ? last & pieces : 0;
      const auto at = whole.begin + static_cast<std::int64_t>(next) * of.chunk;
      if (of_loop > of.number || at >= whole.end) return {};
      const std::uint64_t taken = of.number << piece_bits | (next + 1);
      if (ticket.compare_exchange_weak(last, taken, std::memory_order_acquire, std::memory_order_relaxed))
        return {at, std::min(at + of.chunk, whole.end)};
    }
  }

  /// Runs pieces, of the home part first and there from one on that is `taken` already, until none is left or the loop
  /// is over. Parts of one piece are left to who is at home there, unless this is to `help`: to look at a ticket takes
  /// its line from whoever needs it next. How many elements these were, to tell_done() of.
  std::int64_t work(const Loop& of, std::size_t home, Piece taken = {}, bool help = false) {
    std::int64_t finished = 0;
    here = {this, home};
    for (std::size_t k = 0; k < parts.size(); ++k) {
      const std::size_t part = (home + k) % parts.size();
      if (taken.end == 0) taken = take(of, part);
      for (; taken.end > 0; taken = take(of, part)) {
        run(of, taken.begin, taken.end);
        finished += taken.end - taken.begin;
      }
      const Piece whole = part_of(of, part);
      if (!help && of.chunk >= whole.end - whole.begin) break;
    }
    here = {};
    return finished;
  }

  /// Tells the others.
  void tell_done(std::size_t home, std::int64_t finished) {
    if (finished == 0) return;
    std::atomic<std::int64_t>& done = workers[home].done;
    done.store(done.load(std::memory_order_relaxed) + finished, std::memory_order_release);
  }

  /// Where the thread is that runs a piece.
  struct Here {
    const Shared* shared;
    std::size_t home;
  };
  static inline thread_local Here here;

  /// Asks for the lines that tell the thread at home there that its next piece may begin.
  void ask_for_news(std::size_t home) const {
    if (home > 0) return prefetch(&loop);
    for (std::size_t worker = 1; worker < workers.size(); ++worker) prefetch(&workers[worker].done);
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
        seen = work_from(begun_as(number), home, number);
        continue;
      }
      // A loop that began before the place was free did not call anybody: look again.
      place = Place::free;
      Place free = Place::free;
      if (loop == seen || !place.compare_exchange_strong(free, Place::taken)) return;
    }
  }

  /// Works at that loop, and at the next as long as it has begun by then. The number of the last.
  std::uint64_t work_from(Loop at, std::size_t home, std::uint64_t number) {
    for (Piece taken = {}; at.number;) {
      for (int k = 1; !may_begin(at); ++k) {
        pause();
        if (k % patient_looks == 0) std::this_thread::yield();
      }
      const std::int64_t finished = work(at, home, taken);
      if (finished == 0) break;
      // The next piece is taken before the others are told: to take one waits until they see all that this thread has
      // written, and that they see what they wait for takes longest. It is of the very next loop, as no later one
      // begins before they are told: whoever took a piece of a later one would hide the part from who helps before.
      const std::uint64_t next = loop.load(std::memory_order_acquire);
      at = next == number ? Loop{} : begun_as(next);
      taken = at.number ? take(at, home) : Piece{};
      number = next;
      tell_done(home, finished);
    }
    return number;
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
  if (Shared::here.shared) return nullptr;
  keep_only(threads);
  std::unique_ptr<Team>& team = team_of_this_thread;
  if (!team) team = std::make_unique<Team>(threads);
  return team.get();
}

void Team::keep_only(int threads) {
  if (!Shared::here.shared && team_of_this_thread && team_of_this_thread->pool_->threads != threads)
    team_of_this_thread.reset();
}

Team* Team::of_this_thread() { return Shared::here.shared ? nullptr : team_of_this_thread.get(); }

void Team::expect_next() {
  if (const Shared::Here here = Shared::here; here.shared) here.shared->ask_for_news(here.home);
}

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
    if (k % looks == 0) s.tell_done(0, s.work(last_, 0, {}, true));
    if (k % patient_looks == 0) std::this_thread::yield();
  }
}

void Team::run(std::int64_t count, std::int64_t chunk, LoopBody body, void* context) {
  finish();
  last_ = begin(count, chunk, body, context);
  shared_->tell_done(0, shared_->work(last_, 0));
  finish();
}

void Team::run_ahead(std::int64_t count, LoopBody body, void* context) {
  const Loop next = begin(count, 1, body, context);
  wait();
  last_ = next;
  if (shared_->failed.load(std::memory_order_relaxed)) return finish();
  shared_->tell_done(0, shared_->work(next, 0));
}

void Team::finish() {
  wait();
  Shared& s = *shared_;
  if (!s.failed.load(std::memory_order_relaxed)) return;
  s.failed = false;
  std::rethrow_exception(std::exchange(s.failure, nullptr));
}

}  // namespace brainpy::runtime
