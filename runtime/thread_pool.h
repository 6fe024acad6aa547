// The worker threads, oneTBB's, for one number of threads. In: how many. Out: an arena to run in.
#pragma once

#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/task_arena.h>

#include <memory>

namespace brainpy::runtime {

/// Worker threads for one value of thread_count(). The global limit is what allows more threads than processors.
struct ThreadPool {
  explicit ThreadPool(int count)
      : threads(count),
        limit(tbb::global_control::max_allowed_parallelism, static_cast<std::size_t>(count)),
        arena(count) {}
  int threads;
  tbb::global_control limit;
  tbb::task_arena arena;
};

/// The pool of the wanted size. A pool in use elsewhere lives until its loop ends.
std::shared_ptr<ThreadPool> thread_pool(int threads);

}  // namespace brainpy::runtime
