#include "compiler/jit/code.h"

#include <dlfcn.h>
#include <sys/stat.h>

#include <chrono>
#include <list>
#include <mutex>
#include <unordered_map>

#include <fmt/format.h>

#include "compiler/ir/print.h"
#include "compiler/jit/disk_cache.h"
#include "compiler/ops/op_def.h"
#include "runtime/log.h"

namespace brainpy::compiler::jit {
namespace {

double milliseconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

/// The build of the library or program that holds the function: another build may emit other code for one operation.
std::string build_of(const void* function) {
  Dl_info info{};
  struct stat file {};
  if (!dladdr(function, &info) || !info.dli_fname || stat(info.dli_fname, &file) != 0) return "unknown";
  return fmt::format("{}:{}.{}", file.st_size, file.st_mtim.tv_sec, file.st_mtim.tv_nsec);
}

/// Builds of all libraries whose operations the program uses, each once.
void collect_builds(const ir::Region& region, std::unordered_map<const void*, bool>& seen, std::string& builds) {
  for (const auto& op : region.ops) {
    if (!op->def->bodies.empty()) {
      const void* function = reinterpret_cast<const void*>(op->def->bodies[0].emit);
      Dl_info info{};
      if (dladdr(function, &info) && !seen[info.dli_fbase]) {
        seen[info.dli_fbase] = true;
        builds += " " + build_of(function);
      }
    }
    for (const auto& r : op->regions) collect_builds(*r, seen, builds);
  }
}

/// Code by key. What is in use is shared; the latest programs are kept for a while after their last use, because a
/// runner that traces anew at each run asks for the same code again.
class MemoryCache {
 public:
  static MemoryCache& get() {
    static auto* cache = new MemoryCache;
    return *cache;
  }

  std::shared_ptr<LinkedCode> find(const std::string& key) {
    const std::lock_guard lock(mutex_);
    const auto it = code_.find(key);
    if (it == code_.end()) return nullptr;
    std::shared_ptr<LinkedCode> code = it->second.lock();
    if (code) keep(code);
    return code;
  }

  void add(const std::string& key, const std::shared_ptr<LinkedCode>& code) {
    const std::lock_guard lock(mutex_);
    if (code_.size() >= 2 * live_) {
      std::erase_if(code_, [](const auto& entry) { return entry.second.expired(); });
      live_ = std::max(code_.size(), kept_count);
    }
    code_[key] = code;
    keep(code);
  }

  void clear() {
    const std::lock_guard lock(mutex_);
    code_.clear();
    kept_.clear();
  }

 private:
  static constexpr std::size_t kept_count = 32;

  void keep(const std::shared_ptr<LinkedCode>& code) {
    kept_.remove(code);
    kept_.push_front(code);
    if (kept_.size() > kept_count) kept_.pop_back();
  }

  std::mutex mutex_;
  std::unordered_map<std::string, std::weak_ptr<LinkedCode>> code_;
  std::list<std::shared_ptr<LinkedCode>> kept_;  ///< latest first
  std::size_t live_ = kept_count;
};

}  // namespace

std::string key_text(const ir::Program& program, const codegen::CodeOptions& options) {
  std::unordered_map<const void*, bool> seen;
  std::string builds;
  collect_builds(program.body, seen, builds);
  static const std::string own = build_of(reinterpret_cast<const void*>(&key_text));
  std::string key = code_options(runtime::options()) + " " + codegen::target_key() + " build=" + own + builds;
  if (options.profile) key += " profile";
  // A profiler shows the names that are in the object: no sharing between labels then.
  if (runtime::logs("perf")) key += " label=" + options.label;
  return key + "\n" + ir::print(program, {.canonical = true});
}

Code make_code(const ir::Program& program, const codegen::Placement& placement, const codegen::CodeOptions& options) {
  const std::string key = key_text(program, options);
  Code code;
  code.linked = MemoryCache::get().find(key);
  if (code.linked) {
    code.cache = CacheResult::memory_hit;
    return code;
  }
  const DiskCache disk;
  std::optional<std::string> object = disk.load(key);
  if (object) {
    code.cache = CacheResult::disk_hit;
    const auto start = std::chrono::steady_clock::now();
    try {
      code.linked = link(*object, options.label);
    } catch (const InternalError& e) {
      runtime::log("cache", std::string("an entry does not link, compiling again: ") + e.what());
      object.reset();
      code.cache = CacheResult::compiled;
    }
    code.link_ms = milliseconds_since(start);
  }
  if (!object) {
    const auto start = std::chrono::steady_clock::now();
    object = codegen::generate_object(program, placement, options);
    code.codegen_ms = milliseconds_since(start);
    const auto generated = std::chrono::steady_clock::now();
    code.linked = link(*object, options.label);
    code.link_ms = milliseconds_since(generated);
    disk.store(key, *object);
  }
  MemoryCache::get().add(key, code.linked);
  return code;
}

void clear_memory_cache() { MemoryCache::get().clear(); }

}  // namespace brainpy::compiler::jit
