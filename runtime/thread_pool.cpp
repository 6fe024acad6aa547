#include "runtime/thread_pool.h"

#include <mutex>

namespace brainpy::runtime {

std::shared_ptr<ThreadPool> thread_pool(int threads) {
  static std::mutex mutex;
  static std::shared_ptr<ThreadPool> current;
  const std::lock_guard lock(mutex);
  if (!current || current->threads != threads) {
    current.reset();  // limits combine to the smallest: let go of the old one first
    current = std::make_shared<ThreadPool>(threads);
  }
  return current;
}

}  // namespace brainpy::runtime
