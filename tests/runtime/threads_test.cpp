// Loops over threads: chunks, limits, exceptions, nesting, changing the number of threads between loops.
#include "runtime/threads.h"

#include <algorithm>
#include <atomic>
#include <limits>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include "runtime/options.h"
#include "support/catch.h"

using namespace brainpy::runtime;

namespace {

struct ThreadsGuard {
  int before = options().threads;
  ~ThreadsGuard() { options().threads = before; }
};

template <class Body>
void run(std::int64_t count, std::int64_t chunk, Body body) {
  parallel_for(
      count, chunk,
      [](void* context, std::int64_t begin, std::int64_t end) { (*static_cast<Body*>(context))(begin, end); }, &body);
}

std::vector<std::pair<std::int64_t, std::int64_t>> chunks_of(std::int64_t count, std::int64_t chunk) {
  std::mutex mutex;
  std::vector<std::pair<std::int64_t, std::int64_t>> chunks;
  run(count, chunk, [&](std::int64_t begin, std::int64_t end) {
    const std::lock_guard lock(mutex);
    chunks.emplace_back(begin, end);
  });
  std::sort(chunks.begin(), chunks.end());
  return chunks;
}

}  // namespace

TEST_CASE("chunks cover the range once and do not depend on the number of threads") {
  ThreadsGuard guard;
  for (const std::int64_t count : {0, 1, 2, 7, 100, 1000})
    for (const std::int64_t chunk : {1, 3, 64, 1000, 5000}) {
      CAPTURE(count, chunk);
      std::vector<std::pair<std::int64_t, std::int64_t>> expected;
      for (std::int64_t begin = 0; begin < count; begin += chunk)
        expected.emplace_back(begin, std::min(begin + chunk, count));
      for (const int threads : {1, 2, 3, 8}) {
        options().threads = threads;
        CHECK(chunks_of(count, chunk) == expected);
      }
    }
}

TEST_CASE("bad counts and chunks") {
  ThreadsGuard guard;
  options().threads = 2;
  CHECK(chunks_of(-5, 10).empty());
  CHECK(chunks_of(3, 0).size() == 3);
  CHECK(chunks_of(3, -7).size() == 3);
  CHECK(chunks_of(3, std::numeric_limits<std::int64_t>::max()).size() == 1);
}

TEST_CASE("at most thread_count threads run at once, and more than one does") {
  ThreadsGuard guard;
  for (const int threads : {4, 2, 3}) {
    options().threads = threads;
    CHECK(thread_count() == threads);
    std::atomic<int> inside{0}, most{0};
    // On a busy machine a worker may be late: the first chunk waits for a second one, up to a time that means "never".
    const auto never = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    run(64, 1, [&](std::int64_t, std::int64_t) {
      const int now = ++inside;
      for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) {
      }
      do std::this_thread::sleep_for(std::chrono::milliseconds(2));
      while (most < 2 && std::chrono::steady_clock::now() < never);
      --inside;
    });
    CAPTURE(threads);
    CHECK(most <= threads);
    CHECK(most >= 2);
  }
}

TEST_CASE("one thread means the calling thread, in order") {
  ThreadsGuard guard;
  options().threads = 1;
  std::vector<std::int64_t> begins;
  std::set<std::thread::id> ids;
  run(100, 10, [&](std::int64_t begin, std::int64_t) {
    begins.push_back(begin);
    ids.insert(std::this_thread::get_id());
  });
  CHECK(std::is_sorted(begins.begin(), begins.end()));
  CHECK(ids == std::set<std::thread::id>{std::this_thread::get_id()});
}

TEST_CASE("an exception of a body reaches the caller, and the next loop works") {
  ThreadsGuard guard;
  for (const int threads : {1, 3}) {
    options().threads = threads;
    CHECK_THROWS_AS(run(1000, 1,
                        [](std::int64_t begin, std::int64_t) {
                          if (begin == 500) throw std::runtime_error("stop");
                        }),
                    std::runtime_error);
    CHECK(chunks_of(10, 1).size() == 10);
  }
}

TEST_CASE("loops nest") {
  ThreadsGuard guard;
  options().threads = 3;
  std::atomic<std::int64_t> sum{0};
  run(20, 1, [&](std::int64_t i, std::int64_t) {
    run(30, 4, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t k = begin; k < end; ++k) sum += i * k;
    });
  });
  CHECK(sum == 190 * 435);
}

TEST_CASE("threads of the user may run loops at the same time") {
  ThreadsGuard guard;
  options().threads = 2;
  std::atomic<std::int64_t> sum{0};
  std::vector<std::thread> users;
  for (int user = 0; user < 3; ++user)
    users.emplace_back([&] {
      for (int round = 0; round < 50; ++round)
        run(100, 7, [&](std::int64_t begin, std::int64_t end) { sum += end - begin; });
    });
  for (std::thread& user : users) user.join();
  CHECK(sum == 3 * 50 * 100);
}

TEST_CASE("zero threads means all processors") {
  ThreadsGuard guard;
  options().threads = 0;
  CHECK(thread_count() >= 1);
  CHECK(thread_count() <= static_cast<int>(std::max(1u, std::thread::hardware_concurrency())));
}
