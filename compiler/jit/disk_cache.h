// Compiled objects kept on disk between processes.
// In: the full text of a key (program, options, compiler version, CPU) and the object's bytes. Out: the bytes again,
// in this process or another; anything doubtful is deleted and counts as absent.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace brainpy::compiler::jit {

/// One folder; an entry is a file named by the 128-bit hash of its key text, with a header, the key text and the
/// payload. The key text is compared on loading, so a collision of hashes cannot give wrong code. Files appear under
/// their name by a rename: any number of processes and threads may share the folder, and none sees half an entry.
class DiskCache {
 public:
  struct Stats {
    std::int64_t files = 0;
    std::int64_t bytes = 0;
  };
  static constexpr std::int64_t default_capacity = std::int64_t{512} << 20;

  /// The folder that options().cache says.
  DiskCache();
  /// "off": disabled. A path: that folder. Empty: $XDG_CACHE_HOME/brainpy, or ~/.cache/brainpy; without either
  /// variable disabled. The folder is made at the first store.
  explicit DiskCache(const std::string& setting, std::int64_t capacity = default_capacity);

  bool enabled() const { return !folder_.empty(); }
  const std::filesystem::path& folder() const { return folder_; }
  /// Where the entry of a key is, whether it exists or not.
  std::filesystem::path entry_path(const std::string& key_text) const;

  /// The bytes stored under this key, or nothing. A damaged entry is deleted, with a line on log channel "cache".
  std::optional<std::string> load(const std::string& key_text) const;
  /// Never throws: a folder that cannot be written is noted once on stderr, and the program carries on without it.
  void store(const std::string& key_text, std::string_view bytes) const;

  Stats stats() const;
  /// Deletes all entries.
  void clear() const;
  /// Deletes the entries that were not used for longest until the folder is below its capacity. One store in 64,
  /// picked by the key's hash so that short processes take their turn too, does this.
  void sweep() const;

 private:
  std::filesystem::path folder_;
  std::int64_t capacity_;
};

}  // namespace brainpy::compiler::jit
