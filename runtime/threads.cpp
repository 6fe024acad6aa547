#include "runtime/threads.h"

#include <oneapi/tbb/blocked_range.h>
#include <oneapi/tbb/info.h>
#include <oneapi/tbb/parallel_for.h>

#include <algorithm>

#include "runtime/options.h"
#include "runtime/team.h"
#include "runtime/thread_pool.h"

namespace brainpy::runtime {

int thread_count() {
  const int wanted = options().threads;
  return wanted > 0 ? wanted : tbb::info::default_concurrency();
}

void parallel_for(std::int64_t count, std::int64_t chunk, LoopBody body, void* context) {
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
  Team::keep_only(threads);
  const std::shared_ptr<ThreadPool> pool = thread_pool(threads);
  pool->arena.execute([&] {
    tbb::parallel_for(
        tbb::blocked_range<std::int64_t>(0, chunks, 1),
        [&](const tbb::blocked_range<std::int64_t>& range) {
          for (std::int64_t k = range.begin(); k < range.end(); ++k) run_chunk(k);
        },
        tbb::simple_partitioner{});
  });
}

void parallel_parts(std::int64_t count, std::int64_t chunk, LoopBody body, void* context) {
  if (count <= 0) return;
  const int threads = thread_count();
  Team* team = threads == 1 ? nullptr : Team::of_this_thread(threads);
  if (!team) return body(context, 0, count);
  team->run(count, std::max<std::int64_t>(chunk, 1), body, context);
}

void parallel_parts_ahead(std::int64_t parts, LoopBody body, void* context) {
  const int threads = thread_count();
  Team* team = threads == 1 ? nullptr : Team::of_this_thread(threads);
  if (!team) return body(context, 0, parts);
  team->run_ahead(parts, body, context);
}

void expect_next_parts() { Team::expect_next(); }

void finish_parts() {
  if (Team* team = Team::of_this_thread()) team->finish();
}

}  // namespace brainpy::runtime
