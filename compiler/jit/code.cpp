#include "compiler/jit/code.h"

#include <dlfcn.h>
#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <mutex>
#include <unordered_map>
#include <vector>

#include <fmt/format.h>

#include "compiler/ir/print.h"
#include "compiler/jit/disk_cache.h"
#include "compiler/jit/recent.h"
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

/// The library that a function is in.
struct Library {
  const void* base = nullptr;
  std::string build;
};

/// Asked for again and again of the same few functions, and slow to answer.
const Library& library_of(const void* function) {
  static std::mutex mutex;
  static std::unordered_map<const void*, Library> known;
  const std::lock_guard lock(mutex);
  const auto [it, is_new] = known.try_emplace(function);
  Dl_info info{};
  if (is_new && dladdr(function, &info)) it->second = {info.dli_fbase, build_of(function)};
  return it->second;
}

/// Builds of all libraries whose operations the program uses, each once.
void collect_builds(const ir::Region& region, std::vector<const void*>& seen, std::string& builds) {
  for (const auto& op : region.ops) {
    if (!op->def->bodies.empty()) {
      const Library& library = library_of(reinterpret_cast<const void*>(op->def->bodies[0].emit));
      if (library.base && std::ranges::find(seen, library.base) == seen.end()) {
        seen.push_back(library.base);
        builds += " " + library.build;
      }
    }
    for (const auto& r : op->regions) collect_builds(*r, seen, builds);
  }
}

Recent<LinkedCode>& memory_cache() {
  static auto* cache = new Recent<LinkedCode>;  // never destroyed: code may be in use until the very end
  return *cache;
}

}  // namespace

std::string key_text(const ir::Program& program, const codegen::CodeOptions& options) {
  std::vector<const void*> seen;
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
  code.linked = memory_cache().find(key);
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
  memory_cache().add(key, code.linked);
  return code;
}

void clear_code_cache() { memory_cache().clear(); }

}  // namespace brainpy::compiler::jit
