// The threads that run the loops of one calling thread, each at home in its part of the count.
// In: loops. Out: their pieces run, at home where the thread is there in time. oneTBB lends the threads; what it does
// not offer is that a thread stays between loops that follow each other within microseconds, and finds its data again.
#pragma once

#include <atomic>
#include <cstdint>
#include <exception>
#include <memory>
#include <vector>

#include "runtime/threads.h"

namespace brainpy::runtime {

struct ThreadPool;

class Team {
 public:
  /// The calling thread's team of that size; null inside a loop of any team: loops do not nest.
  static Team* of_this_thread(int threads);
  /// The one that it has, if any.
  static Team* of_this_thread();
  /// Gives up the calling thread's team if it has another size: its pool would hold back the workers of that size's.
  static void keep_only(int threads);

  explicit Team(int threads);
  ~Team();
  Team(const Team&) = delete;
  Team& operator=(const Team&) = delete;

  /// Runs the body on every piece; the calling thread is at home in the first part. See parallel_parts.
  void run(std::int64_t count, std::int64_t chunk, LoopBody body, void* context);
  /// Begins such a loop in pieces of one and does the first part. See parallel_parts_ahead.
  void run_ahead(std::int64_t count, LoopBody body, void* context);
  /// Until the last loop is done; throws what a body threw.
  void finish();
  /// Called by a body. See expect_next_parts.
  static void expect_next();

 private:
  struct Shared;
  struct Loop {
    std::uint64_t number = 0;  ///< from 1 on
    std::int64_t count = 0, chunk = 1;
    std::int64_t after = 0;          ///< begins once so many elements of the loops before are done: all
    std::int64_t after_workers = 0;  ///< or so many by the workers: the calling thread had done the rest
    LoopBody body = nullptr;
    void* context = nullptr;
  };

  Loop begin(std::int64_t count, std::int64_t chunk, LoopBody body, void* context);
  void wait();

  std::shared_ptr<ThreadPool> pool_;
  std::shared_ptr<Shared> shared_;  ///< with the workers, who may come late
  Loop last_;
  std::int64_t asked_ = 0;  ///< elements of all loops
};

}  // namespace brainpy::runtime
