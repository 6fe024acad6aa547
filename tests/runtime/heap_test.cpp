// Large pages for small blocks: less page faults where the system has them, no harm where it does not.
#include "runtime/heap.h"

#include <sys/resource.h>

#include <cstring>
#include <memory>
#include <vector>

#include "support/catch.h"

using namespace brainpy::runtime;

namespace {

long page_faults() {
  rusage use;
  getrusage(RUSAGE_SELF, &use);
  return use.ru_minflt;
}

/// Page faults of so many blocks of a kilobyte, each written.
long faults_of_blocks(std::size_t count) {
  std::vector<std::unique_ptr<char[]>> blocks;
  blocks.reserve(count);
  const long before = page_faults();
  for (std::size_t k = 0; k < count; ++k) {
    blocks.emplace_back(new char[1024]);
    std::memset(blocks.back().get(), static_cast<int>(k), 1024);
  }
  const long faults = page_faults() - before;
  for (std::size_t k = 0; k < count; ++k) CHECK(blocks[k][1023] == static_cast<char>(k));
  return faults;
}

}  // namespace

TEST_CASE("expected small blocks come from large pages") {
  const bool large = expect_small_blocks(std::size_t{6} << 20);
  const long faults = faults_of_blocks(6000);
  CAPTURE(large, faults);
  // In pages of 4 KB there are 1,500. Up to one large page begins where the heap does not reach, and stays small.
  CHECK((!large || faults < 900));
}
