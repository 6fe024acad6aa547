// A cache in memory by key: what is in use is shared, and the latest entries are kept for a while after their last use,
// because a runner that traces anew at each run asks for the same again.
// In: a key and a shared object. Out: the object, while it is in use or among the latest. Safe from several threads.
#pragma once

#include <algorithm>
#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

namespace brainpy::compiler::jit {

template <class T>
class Recent {
 public:
  std::shared_ptr<T> find(const std::string& key) {
    const std::lock_guard lock(mutex_);
    const auto it = all_.find(key);
    if (it == all_.end()) return nullptr;
    std::shared_ptr<T> found = it->second.object.lock();
    if (found && it->second.keep) keep(found);
    return found;
  }

  /// `keep_after_use` false: it is found while it is in use, not longer.
  void add(const std::string& key, const std::shared_ptr<T>& object, bool keep_after_use = true) {
    const std::lock_guard lock(mutex_);
    if (all_.size() >= 2 * live_) {
      std::erase_if(all_, [](const auto& entry) { return entry.second.object.expired(); });
      live_ = std::max(all_.size(), kept_count);
    }
    all_[key] = {object, keep_after_use};
    if (keep_after_use) keep(object);
  }

  void clear() {
    const std::lock_guard lock(mutex_);
    all_.clear();
    kept_.clear();
  }

 private:
  static constexpr std::size_t kept_count = 32;

  struct Entry {
    std::weak_ptr<T> object;
    bool keep = true;
  };

  void keep(const std::shared_ptr<T>& object) {
    kept_.remove(object);
    kept_.push_front(object);
    if (kept_.size() > kept_count) kept_.pop_back();
  }

  std::mutex mutex_;
  std::unordered_map<std::string, Entry> all_;
  std::list<std::shared_ptr<T>> kept_;  ///< latest first
  std::size_t live_ = kept_count;
};

}  // namespace brainpy::compiler::jit
