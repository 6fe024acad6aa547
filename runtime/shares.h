// Parts of a count for threads on processors of different speeds: some machines have two kinds of them, and on a shared
// one the slower is now this, now that.
// In: how long each part's thread was busy with it, loop after loop. Out: parts that all take equally long.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "runtime/ticks.h"

namespace brainpy::runtime {

/// Where parts would begin that take equally long, at multiples of `unit`, if each went on at its speed: part p had the
/// elements bounds[p] .. bounds[p + 1] and took busy[p]. A part without elements, or without time, is as fast as the
/// others on average. None is left without a unit while there are enough.
std::vector<std::int64_t> balanced_bounds(const std::vector<std::int64_t>& bounds, const std::vector<double>& busy,
                                          std::int64_t unit);

class Shares {
  static constexpr std::uint32_t timed_every = 16, samples = 15;

  /// On lines of its own: of one thread at a time.
  struct alignas(64) Watch {
    std::uint32_t loops = 0, timed = 0;
    std::array<std::uint64_t, samples> times = {};
    void add(std::uint64_t ticks) { times[timed++ % samples] = ticks; }
  };

 public:
  /// Loops between two looks at the times.
  static constexpr std::int64_t look_every = timed_every * (samples + 1);

  /// Equal ones, see begin_of_part.
  Shares(std::int64_t count, int parts);

  int parts() const { return static_cast<int>(watches_.size()); }
  /// One more than there are parts: the last part ends at the last one, the count.
  const std::vector<std::int64_t>& bounds() const { return bounds_; }

  /// While it lives, a part is being done. One in so many is timed.
  class Busy {
   public:
    Busy(Shares& shares, int part) : watch_(shares.watches_[static_cast<std::size_t>(part)]) {
      if (++watch_.loops % timed_every == 0) began_ = ticks();
    }
    Busy(const Busy&) = delete;
    Busy& operator=(const Busy&) = delete;
    ~Busy() {
      if (began_) watch_.add(ticks() - began_);
    }

   private:
    Watch& watch_;
    std::uint64_t began_ = 0;
  };

  /// What one part took, as Busy tells it.
  void took(int part, std::uint64_t ticks) { watches_[static_cast<std::size_t>(part)].add(ticks); }

  /// Whether move() looks at the times, so that no part may be running.
  bool looks() const { return until_look_ <= 1; }
  /// Between two loops, by who calls them. True: the bounds have moved. They do once other ones would have saved more
  /// time than it took to follow the last ones, by what the last loops took.
  bool move();
  /// Work that the bounds are to blame for, in ticks, such as to divide data among the parts.
  void followed(std::uint64_t ticks) { cost_ += static_cast<double>(ticks); }

 private:
  std::vector<std::int64_t> bounds_;
  std::vector<Watch> watches_;
  alignas(64) std::int64_t until_look_ = look_every;  ///< away from what the parts' threads read
  double cost_ = 0, lost_ = 0;                        ///< since the last move, in ticks
};

}  // namespace brainpy::runtime
