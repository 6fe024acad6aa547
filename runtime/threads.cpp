#include "runtime/threads.h"

#include <oneapi/tbb/blocked_range.h>
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/info.h>
#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/task_arena.h>

#include <algorithm>
#include <memory>
#include <mutex>

#include "runtime/options.h"

namespace brainpy::runtime {
namespace {

/// Worker threads for one value of thread_count(). The global limit is what allows more threads than processors.
struct Pool {
  explicit Pool(int count)
      : threads(count),
        limit(tbb::global_control::max_allowed_parallelism, static_cast<std::size_t>(count)),
        arena(count) {}
  int threads;
  tbb::global_control limit;
  tbb::task_arena arena;
};

/// The pool of the wanted size. A pool in use elsewhere lives until its loop ends.
std::shared_ptr<Pool> pool_of(int threads) {
  static std::mutex mutex;
  static std::shared_ptr<Pool> current;
  const std::lock_guard lock(mutex);
  if (!current || current->threads != threads) {
    current.reset();  // limits combine to the smallest: let go of the old one first
    current = std::make_shared<Pool>(threads);
  }
  return current;
}

}  // namespace

int thread_count() {
  const int wanted = options().threads;
  return wanted > 0 ? wanted : tbb::info::default_concurrency();
}

void parallel_for(std::int64_t count, std::int64_t chunk,
                  void (*body)(void* context, std::int64_t begin, std::int64_t end), void* context) {
  if (count <= 0) return;
  chunk = std::max<std::int64_t>(chunk, 1);
  const std::int64_t chunks = (count - 1) / chunk + 1;
  const auto run_chunk = [=](std::int64_t k) {
    // Written so that no product or sum overflows for a huge chunk.
    const std::int64_t begin = k * chunk;
    body(context, begin, begin + std::min(chunk, count - begin));
  };
  const int threads = thread_count();
  if (threads == 1 || chunks == 1) {
    for (std::int64_t k = 0; k < chunks; ++k) run_chunk(k);
    return;
  }
  const std::shared_ptr<Pool> pool = pool_of(threads);
  pool->arena.execute([&] {
    tbb::parallel_for(
        tbb::blocked_range<std::int64_t>(0, chunks, 1),
        [&](const tbb::blocked_range<std::int64_t>& range) {
          for (std::int64_t k = range.begin(); k < range.end(); ++k) run_chunk(k);
        },
        tbb::simple_partitioner{});
  });
}

}  // namespace brainpy::runtime
