// What was made from sources before: programs that `brainpy run` compiled, and precompiled headers.
// In: the text of a key, the result, the files that it was made from. Out: the result again, as long as none of these
// files changed; anything doubtful is made anew.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "compiler/jit/disk_cache.h"

namespace brainpy::tooling {

/// Files by size, time and inode, as they were when they were added.
class Dependencies {
 public:
  /// A file that cannot be seen counts as one of size -1.
  void add(const std::string& path);
  void add(const Dependencies& others);

  /// The first file that is not any more as it was; empty: all are.
  std::string changed() const;
  /// The first file that was written at this time (nanoseconds) or later; empty: none.
  std::string written_since(std::int64_t time) const;

  /// One line a file; read() takes the lines off the front of a text, or gives nothing.
  std::string text() const;
  static std::optional<Dependencies> read(std::string_view& text);

 private:
  struct Stamp {
    std::int64_t size = -1, time = 0;
    std::uint64_t inode = 0;
    friend bool operator==(const Stamp&, const Stamp&) = default;
  };
  static Stamp stamp_of(const std::string& path);
  std::map<std::string, Stamp> files_;
};

/// A result that has to be a file of its own.
struct KeptFile {
  std::filesystem::path path;
  Dependencies made_from;
};

/// The folder `programs` in the folder of compiled programs (BRAINPY_CACHE).
class ProgramCache {
 public:
  /// Not wanted: as with BRAINPY_CACHE=off.
  explicit ProgramCache(bool wanted);

  bool enabled() const { return entries_.enabled(); }

  std::optional<std::string> load(const std::string& key) const;
  void store(const std::string& key, const Dependencies& made_from, std::string_view bytes) const;

  std::optional<KeptFile> load_file(const std::string& key, const std::string& suffix) const;
  /// Where a file can be made that store_file() then keeps; nothing when the folder cannot be written, which is said
  /// once.
  std::optional<std::filesystem::path> place_for_file(const std::string& suffix) const;
  /// Takes the file over; nothing when one of the files that it was made from changed meanwhile.
  std::optional<KeptFile> store_file(const std::string& key, const std::string& suffix,
                                     const std::filesystem::path& made, const Dependencies& made_from) const;

 private:
  struct Entry {
    Dependencies made_from;
    std::string bytes;
  };
  /// Null when there is none, or what it was made from has changed.
  std::optional<Entry> current_entry(const std::string& key) const;
  bool writable() const;
  bool settled(const Dependencies& made_from) const;
  std::filesystem::path file_path(const std::string& key, const std::string& suffix) const;
  void remove_old_files() const;

  compiler::jit::DiskCache entries_;
  std::int64_t begin_;  ///< what was written later may have been read half
};

}  // namespace brainpy::tooling
