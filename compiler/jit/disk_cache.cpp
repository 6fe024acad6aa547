#include "compiler/jit/disk_cache.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <mutex>
#include <set>
#include <system_error>
#include <vector>

#include "runtime/hash.h"
#include "runtime/log.h"
#include "runtime/options.h"

namespace brainpy::compiler::jit {
namespace fs = std::filesystem;
namespace {

/// The first bytes of an entry; the key text and then the payload follow. No padding: every byte is checked.
/// Compiled code is of one machine, so the machine's byte order will do.
struct Header {
  std::array<char, 8> magic = {'b', 'p', 'c', 'a', 'c', 'h', 'e', '\n'};
  std::uint64_t version = 1;
  std::uint64_t key_bytes = 0;
  std::uint64_t payload_bytes = 0;
  runtime::Hash128 payload_hash;
};
static_assert(sizeof(Header) == 48);

constexpr const char* entry_suffix = ".o";
constexpr const char* unfinished_suffix = ".tmp";

fs::path folder_of(const std::string& setting) {
  if (setting == "off") return {};
  if (!setting.empty()) return setting;
  if (const char* cache = std::getenv("XDG_CACHE_HOME"); cache && *cache) return fs::path(cache) / "brainpy";
  if (const char* home = std::getenv("HOME"); home && *home) return fs::path(home) / ".cache" / "brainpy";
  return {};
}

/// Says once in this process that the folder cannot be used.
void note_unwritable(const fs::path& folder, const std::string& reason) {
  static std::mutex mutex;
  static std::set<std::string> said;
  const std::lock_guard lock(mutex);
  if (said.insert(folder.string()).second)
    runtime::note(fmt::format("compiled code is not kept: cannot write '{}' ({}); set BRAINPY_CACHE to a folder or off",
                              folder.string(), reason));
}

/// The payload, or what is wrong with the entry.
struct Reading {
  std::string payload;
  const char* fault = nullptr;
};

Reading read_entry(const fs::path& path, const std::string& key_text) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file) return {{}, "cannot be read"};
  // The size of the file that is open: by its name, another writer may have replaced it since.
  const auto bytes = static_cast<std::uint64_t>(file.tellg());
  file.seekg(0);
  Header header;
  const Header expected;
  if (bytes < sizeof header || !file.read(reinterpret_cast<char*>(&header), sizeof header))
    return {{}, "shorter than its header"};
  if (header.magic != expected.magic) return {{}, "not a cache entry"};
  if (header.version != expected.version) return {{}, "of another format version"};
  // Compared without sums: sizes from a damaged header may be anything.
  const std::uint64_t rest = bytes - sizeof header;
  if (header.key_bytes > rest || header.payload_bytes != rest - header.key_bytes) return {{}, "of the wrong size"};
  std::string key(header.key_bytes, '\0');
  std::string payload(header.payload_bytes, '\0');
  if (!file.read(key.data(), static_cast<std::streamsize>(key.size()))) return {{}, "truncated"};
  if (key != key_text) return {{}, "of another key"};
  if (!file.read(payload.data(), static_cast<std::streamsize>(payload.size()))) return {{}, "truncated"};
  if (runtime::hash128(payload) != header.payload_hash) return {{}, "damaged: its checksum differs"};
  return {std::move(payload), nullptr};
}

bool has_suffix(const fs::path& path, const char* suffix) { return path.extension() == suffix; }

struct Entry {
  fs::path path;
  fs::file_time_type used;
  std::int64_t bytes;
};

/// Files of the folder with this suffix. Files that vanish meanwhile (another process sweeps) are left out.
std::vector<Entry> list(const fs::path& folder, const char* suffix) {
  std::vector<Entry> entries;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    if (!has_suffix(it->path(), suffix)) continue;
    std::error_code gone;
    const auto bytes = fs::file_size(it->path(), gone);
    if (gone) continue;
    const auto used = fs::last_write_time(it->path(), gone);
    if (!gone) entries.push_back({it->path(), used, static_cast<std::int64_t>(bytes)});
  }
  return entries;
}

void remove_quietly(const fs::path& path) {
  std::error_code ignored;
  fs::remove(path, ignored);
}

}  // namespace

DiskCache::DiskCache() : DiskCache(runtime::options().cache) {}

DiskCache::DiskCache(const std::string& setting, std::int64_t capacity)
    : folder_(folder_of(setting)), capacity_(capacity) {}

fs::path DiskCache::entry_path(const std::string& key_text) const {
  return folder_ / (runtime::to_hex(runtime::hash128(key_text)) + entry_suffix);
}

std::optional<std::string> DiskCache::load(const std::string& key_text) const {
  if (!enabled()) return std::nullopt;
  const fs::path path = entry_path(key_text);
  std::error_code error;
  if (!fs::exists(path, error)) return std::nullopt;
  Reading reading = read_entry(path, key_text);
  if (reading.fault) {
    runtime::log("cache", fmt::format("deleted {}: {}", path.string(), reading.fault));
    remove_quietly(path);
    return std::nullopt;
  }
  // The sweep keeps what was used last. In a read-only folder nobody sweeps.
  fs::last_write_time(path, fs::file_time_type::clock::now(), error);
  return std::move(reading.payload);
}

void DiskCache::store(const std::string& key_text, std::string_view bytes) const {
  if (!enabled()) return;
  std::error_code error;
  if (fs::create_directories(folder_, error))
    fs::permissions(folder_, fs::perms::owner_all, error);  // code is run from here: nobody else may write it
  if (error) return note_unwritable(folder_, error.message());

  static std::atomic<std::uint64_t> serial{0};
  const runtime::Hash128 hash = runtime::hash128(key_text);
  const fs::path unfinished =
      folder_ / fmt::format("{}.{}.{}{}", runtime::to_hex(hash), ::getpid(), serial++, unfinished_suffix);
  Header header;
  header.key_bytes = key_text.size();
  header.payload_bytes = bytes.size();
  header.payload_hash = runtime::hash128(bytes);
  {
    std::ofstream file(unfinished, std::ios::binary);
    file.write(reinterpret_cast<const char*>(&header), sizeof header);
    file.write(key_text.data(), static_cast<std::streamsize>(key_text.size()));
    file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    file.close();
    if (!file) {
      const std::string reason = std::generic_category().message(errno);
      remove_quietly(unfinished);
      return note_unwritable(folder_, reason);
    }
  }
  fs::rename(unfinished, entry_path(key_text), error);
  if (error) {
    remove_quietly(unfinished);
    return note_unwritable(folder_, error.message());
  }
  if (hash.low % 64 == 0) sweep();
}

DiskCache::Stats DiskCache::stats() const {
  Stats stats;
  if (!enabled()) return stats;
  for (const Entry& entry : list(folder_, entry_suffix)) {
    ++stats.files;
    stats.bytes += entry.bytes;
  }
  return stats;
}

void DiskCache::clear() const {
  if (!enabled()) return;
  for (const char* suffix : {entry_suffix, unfinished_suffix})
    for (const Entry& entry : list(folder_, suffix)) remove_quietly(entry.path);
}

void DiskCache::sweep() const {
  if (!enabled()) return;
  // An unfinished file of an hour ago belongs to a process that died.
  const auto hour_ago = fs::file_time_type::clock::now() - std::chrono::hours(1);
  for (const Entry& entry : list(folder_, unfinished_suffix))
    if (entry.used < hour_ago) remove_quietly(entry.path);

  std::vector<Entry> entries = list(folder_, entry_suffix);
  std::int64_t total = 0;
  for (const Entry& entry : entries) total += entry.bytes;
  if (total <= capacity_) return;
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.used < b.used; });
  std::int64_t removed = 0;
  for (const Entry& entry : entries) {
    if (total <= capacity_) break;
    remove_quietly(entry.path);
    total -= entry.bytes;
    ++removed;
  }
  runtime::log("cache", fmt::format("swept {} old entries, {} MiB kept", removed, total >> 20));
}

}  // namespace brainpy::compiler::jit
