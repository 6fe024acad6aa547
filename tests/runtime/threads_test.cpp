// Loops over threads: chunks and parts, limits, exceptions, nesting, changing the number of threads between loops.
#include "runtime/threads.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <limits>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include "runtime/options.h"
#include "support/capture_stderr.h"
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

template <class Body>
void run_parts(std::int64_t count, std::int64_t chunk, Body body) {
  parallel_parts(
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

TEST_CASE("parts cover the range once, in pieces of at most a chunk that begin at edges") {
  ThreadsGuard guard;
  for (const std::int64_t count : {0, 1, 5, 1023, 1024, 1025, 4000, 100'000})
    for (const std::int64_t chunk : {-3, 1, 7, 64, 600, 4096, 1'000'000})
      for (const int threads : {1, 2, 3, 8}) {
        CAPTURE(count, chunk, threads);
        options().threads = threads;
        std::mutex mutex;
        std::vector<std::pair<std::int64_t, std::int64_t>> pieces;
        run_parts(count, chunk, [&](std::int64_t begin, std::int64_t end) {
          const std::lock_guard lock(mutex);
          pieces.emplace_back(begin, end);
        });
        std::sort(pieces.begin(), pieces.end());
        const std::int64_t edge = std::clamp<std::int64_t>(chunk, 1, part_unit);
        std::int64_t reached = 0;
        bool all_well = true;
        for (const auto& [begin, end] : pieces) {
          all_well = all_well && begin == reached && end > begin && begin % edge == 0;
          if (threads > 1) all_well = all_well && end - begin < std::max<std::int64_t>(chunk, 1) + part_unit;
          reached = end;
        }
        CHECK(all_well);
        CHECK(reached == count);
      }
}

TEST_CASE("loops in parts that follow each other at once do not mix") {
  ThreadsGuard guard;
  // More threads than processors: workers are late for most loops, and must not touch the next ones.
  for (const int threads : {2, 3, 9}) {
    options().threads = threads;
    std::vector<std::int64_t> values(5000);
    bool all_well = true;
    for (std::int64_t round = 1; round <= 3000; ++round) {
      const std::int64_t count = 700 + round % 4300;
      run_parts(count, 64 + round % 1000, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t k = begin; k < end; ++k) values[static_cast<std::size_t>(k)] += round;
      });
      for (std::int64_t k = 0; k < count; ++k) {
        all_well = all_well && values[static_cast<std::size_t>(k)] == round;
        values[static_cast<std::size_t>(k)] = 0;
      }
    }
    CAPTURE(threads);
    CHECK(all_well);
  }
}

TEST_CASE("several threads do parts, the calling one the first") {
  ThreadsGuard guard;
  options().threads = 2;
  const auto never = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  std::set<std::thread::id> ids;
  while (ids.size() < 2 && std::chrono::steady_clock::now() < never) {
    std::mutex mutex;
    run_parts(2048, 1024, [&](std::int64_t begin, std::int64_t) {
      if (begin == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
      const std::lock_guard lock(mutex);
      ids.insert(std::this_thread::get_id());
    });
  }
  CHECK(ids.size() == 2);
  CHECK(ids.contains(std::this_thread::get_id()));
}

TEST_CASE("an exception in a part reaches the caller, and the next loop works") {
  ThreadsGuard guard;
  for (const int threads : {1, 2, 5}) {
    options().threads = threads;
    for (const std::int64_t at : {0, 3000}) {
      CHECK_THROWS_AS(run_parts(8192, 1024,
                                [&](std::int64_t begin, std::int64_t end) {
                                  if (begin <= at && at < end) throw std::runtime_error("stop");
                                }),
                      std::runtime_error);
      std::atomic<std::int64_t> sum{0};
      run_parts(8192, 1024, [&](std::int64_t begin, std::int64_t end) { sum += end - begin; });
      CHECK(sum == 8192);
    }
  }
}

TEST_CASE("a loop inside a part is done by the part's own thread, and threads of the user have teams of their own") {
  ThreadsGuard guard;
  options().threads = 2;
  std::atomic<std::int64_t> sum{0}, elsewhere{0};
  std::vector<std::thread> users;
  for (int user = 0; user < 3; ++user)
    users.emplace_back([&] {
      for (int round = 0; round < 50; ++round)
        run_parts(20, 1, [&](std::int64_t begin, std::int64_t end) {
          const auto own = std::this_thread::get_id();
          run_parts(30, 4, [&](std::int64_t first, std::int64_t past) {
            elsewhere += std::this_thread::get_id() != own;
            sum += (end - begin) * (past - first);
          });
        });
    });
  for (std::thread& user : users) user.join();
  CHECK(sum == 3 * 50 * 20 * 30);
  CHECK(elsewhere == 0);
}

namespace {

/// Steps of parts that each read what all parts made in the step before.
struct Steps {
  std::int64_t parts, count;
  std::array<std::vector<std::uint64_t>, 2> made{std::vector<std::uint64_t>(static_cast<std::size_t>(parts), 1), {}};
  struct Step {
    Steps* all;
    std::int64_t number;
  };
  std::array<Step, 2> contexts;

  static void body(void* context, std::int64_t begin, std::int64_t end) {
    const auto [all, number] = *static_cast<Step*>(context);
    const auto& before = all->made[static_cast<std::size_t>(number % 2)];
    for (std::int64_t part = begin; part < end; ++part) {
      std::uint64_t mixed = static_cast<std::uint64_t>(part);
      for (const std::uint64_t value : before) mixed = (mixed ^ value) * 0x9e3779b97f4a7c15;
      all->made[static_cast<std::size_t>(1 - number % 2)][static_cast<std::size_t>(part)] = mixed;
    }
  }

  const std::vector<std::uint64_t>& run() {
    made[1].resize(made[0].size());
    for (std::int64_t step = 0; step < count; ++step) {
      Step& context = contexts[static_cast<std::size_t>(step % 2)] = {this, step};
      parallel_parts_ahead(parts, body, &context);
    }
    finish_parts();
    return made[static_cast<std::size_t>(count % 2)];
  }
};

}  // namespace

TEST_CASE("a part of a loop that goes ahead finds what all parts made in the loop before") {
  ThreadsGuard guard;
  for (const std::int64_t parts : {2, 3, 9}) {
    options().threads = 1;
    const std::vector<std::uint64_t> expected = Steps{parts, 3000}.run();
    options().threads = static_cast<int>(parts);  // nine are more than there are processors here
    CAPTURE(parts);
    for (int trial = 0; trial < 3; ++trial) CHECK(Steps{parts, 3000}.run() == expected);
  }
}

TEST_CASE("loops that go ahead among others, and with another number of threads") {
  ThreadsGuard guard;
  options().threads = 3;
  std::array<std::atomic<int>, 3> done = {};
  const auto count_part = [](void* context, std::int64_t begin, std::int64_t end) {
    for (std::int64_t part = begin; part < end; ++part)
      ++(*static_cast<std::array<std::atomic<int>, 3>*>(context))[static_cast<std::size_t>(part)];
  };
  for (int round = 1; round <= 200; ++round) {
    options().threads = 2 + round % 2;
    const int parts = options().threads;
    for (auto& d : done) d = 0;
    for (int step = 0; step < 5; ++step) parallel_parts_ahead(parts, count_part, &done);
    // A loop of the other kind waits for them.
    std::atomic<int> seen = 0;
    run_parts(parts, 1, [&](std::int64_t begin, std::int64_t) { seen += done[static_cast<std::size_t>(begin)]; });
    CHECK(seen == 5 * parts);
  }
  for (auto& d : done) d = 0;
  parallel_parts_ahead(3, count_part, &done);
  options().threads = 1;  // the loop goes on
  finish_parts();
  CHECK(done[0] + done[1] + done[2] == 3);
  finish_parts();  // nothing is left to wait for
}

TEST_CASE("another number of threads finds the workers of the last one gone") {
  ThreadsGuard guard;
  const std::string said = captured_stderr([] {
    for (const int threads : {2, 3, 5, 2}) {
      options().threads = threads;
      run(64, 1, [](std::int64_t, std::int64_t) {});
      run_parts(64, 1, [](std::int64_t, std::int64_t) {});
    }
  });
  CHECK(said == "");  // oneTBB warns where an old limit holds back new workers
}

TEST_CASE("loops that go ahead inside another loop run as a whole") {
  ThreadsGuard guard;
  options().threads = 2;
  std::atomic<int> sum = 0;
  run_parts(2, 1, [&](std::int64_t, std::int64_t) {
    parallel_parts_ahead(
        2,
        [](void* context, std::int64_t begin, std::int64_t end) {
          *static_cast<std::atomic<int>*>(context) += static_cast<int>(end - begin);
        },
        &sum);
    finish_parts();
  });
  CHECK(sum == 4);
}

TEST_CASE("an exception in a loop that goes ahead is thrown later, once, and the next loop works") {
  ThreadsGuard guard;
  for (const int threads : {1, 2, 3}) {
    options().threads = threads;
    for (int part = 0; part < 3; ++part) {
      CAPTURE(threads, part);
      const auto stop = [](void* context, std::int64_t begin, std::int64_t end) {
        const int at = *static_cast<int*>(context);
        if (begin <= at && at < end) throw std::runtime_error("stop");
      };
      const auto steps = [&] {
        for (int step = 0; step < 3; ++step) parallel_parts_ahead(3, stop, &part);
        finish_parts();
      };
      CHECK_THROWS_AS(steps(), std::runtime_error);
      CHECK_NOTHROW(finish_parts());
      std::atomic<std::int64_t> sum = 0;
      run_parts(3, 1, [&](std::int64_t begin, std::int64_t end) { sum += end - begin; });
      CHECK(sum == 3);
    }
  }
}
