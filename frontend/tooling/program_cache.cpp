#include "frontend/tooling/program_cache.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <ctime>
#include <fstream>
#include <iterator>
#include <sstream>

#include "runtime/hash.h"
#include "runtime/log.h"
#include "runtime/options.h"

namespace brainpy::tooling {

namespace fs = std::filesystem;

namespace {

std::int64_t nanoseconds(const timespec& t) { return std::int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec; }

/// By the clock that file systems write times with.
std::int64_t file_clock_now() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME_COARSE, &now);
  return nanoseconds(now);
}

std::string folder_setting(bool wanted) {
  const compiler::jit::DiskCache library;
  return wanted && library.enabled() ? (library.folder() / "programs").string() : "off";
}

/// Size and hash: a file that was cut or overwritten is noticed.
std::string checksum(const fs::path& path) {
  std::ifstream in(path, std::ios::binary | std::ios::ate);
  if (!in) return {};
  std::string bytes(static_cast<std::size_t>(in.tellg()), '\0');
  in.seekg(0);
  in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  return fmt::format("{} {}", bytes.size(), runtime::to_hex(runtime::hash128(bytes)));
}

}  // namespace

// -- dependencies ---------------------------------------------------------------------------------------------------

Dependencies::Stamp Dependencies::stamp_of(const std::string& path) {
  struct stat found {};
  if (::stat(path.c_str(), &found) != 0) return {};
  return {found.st_size, nanoseconds(found.st_mtim), found.st_ino};
}

void Dependencies::add(const std::string& path) { files_.try_emplace(path, stamp_of(path)); }

void Dependencies::add(const Dependencies& others) { files_.insert(others.files_.begin(), others.files_.end()); }

std::string Dependencies::changed() const {
  for (const auto& [path, stamp] : files_)
    if (stamp_of(path) != stamp) return path;
  return {};
}

std::string Dependencies::written_since(std::int64_t time) const {
  for (const auto& [path, stamp] : files_)
    if (stamp.time >= time) return path;
  return {};
}

std::string Dependencies::text() const {
  std::string text = fmt::format("{}\n", files_.size());
  for (const auto& [path, stamp] : files_)
    text += fmt::format("{} {} {} {}\n", stamp.size, stamp.time, stamp.inode, path);
  return text;
}

std::optional<Dependencies> Dependencies::read(std::string_view& text) {
  const auto line = [&]() -> std::optional<std::string> {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return std::nullopt;
    std::string found(text.substr(0, end));
    text.remove_prefix(end + 1);
    return found;
  };
  const auto count = line();
  if (!count) return std::nullopt;
  Dependencies result;
  for (std::size_t left = std::strtoull(count->c_str(), nullptr, 10); left > 0; --left) {
    const auto entry = line();
    if (!entry) return std::nullopt;
    std::istringstream words(*entry);
    Stamp stamp;
    std::string path;
    if (!(words >> stamp.size >> stamp.time >> stamp.inode) || !std::getline(words >> std::ws, path))
      return std::nullopt;
    result.files_.emplace(path, stamp);
  }
  return result;
}

// -- the cache ------------------------------------------------------------------------------------------------------

ProgramCache::ProgramCache(bool wanted) : entries_(folder_setting(wanted)), begin_(file_clock_now()) {}

bool ProgramCache::writable() const {
  if (!enabled()) return false;
  std::error_code error;
  const fs::path& folder = entries_.folder();
  for (const fs::path& level : {folder.parent_path(), folder})
    if (!error && fs::create_directories(level, error))
      fs::permissions(level, fs::perms::owner_all, error);  // code is run from here: nobody else may write it
  if (!error && ::access(folder.c_str(), W_OK) == 0) return true;
  if (!error) error = std::error_code(errno, std::generic_category());
  // The library would say the same of the folder above: once is enough.
  if (runtime::options().cache != "off")
    runtime::note(
        fmt::format("compiled programs are not kept: cannot write '{}' ({}); set BRAINPY_CACHE to a folder or off",
                    folder.string(), error.message()));
  runtime::options().cache = "off";
  return false;
}

bool ProgramCache::settled(const Dependencies& made_from) const {
  const std::string file = made_from.written_since(begin_);
  if (!file.empty()) runtime::log("cache", fmt::format("not kept: {} was written meanwhile", file));
  return file.empty();
}

std::optional<ProgramCache::Entry> ProgramCache::current_entry(const std::string& key) const {
  const std::optional<std::string> entry = entries_.load(key);
  if (!entry) return std::nullopt;
  std::string_view rest = *entry;
  std::optional<Dependencies> made_from = Dependencies::read(rest);
  if (!made_from) return std::nullopt;
  if (const std::string file = made_from->changed(); !file.empty()) {
    runtime::log("cache", fmt::format("made anew: {} changed", file));
    return std::nullopt;
  }
  return Entry{std::move(*made_from), std::string(rest)};
}

std::optional<std::string> ProgramCache::load(const std::string& key) const {
  std::optional<Entry> entry = current_entry(key);
  if (!entry) return std::nullopt;
  runtime::log("cache", fmt::format("hit {}", entries_.entry_path(key).string()));
  return std::move(entry->bytes);
}

void ProgramCache::store(const std::string& key, const Dependencies& made_from, std::string_view bytes) const {
  if (!writable() || !settled(made_from)) return;
  entries_.store(key, made_from.text() + std::string(bytes));
}

fs::path ProgramCache::file_path(const std::string& key, const std::string& suffix) const {
  return entries_.folder() / (runtime::to_hex(runtime::hash128(key)) + suffix);
}

std::optional<KeptFile> ProgramCache::load_file(const std::string& key, const std::string& suffix) const {
  std::optional<Entry> entry = current_entry(key);
  if (!entry) return std::nullopt;
  const fs::path path = file_path(key, suffix);
  std::error_code ignored;
  if (checksum(path) != entry->bytes) {
    runtime::log("cache", fmt::format("deleted {}: damaged: its checksum differs", path.string()));
    fs::remove(path, ignored);
    return std::nullopt;
  }
  runtime::log("cache", fmt::format("hit {}", path.string()));
  fs::last_write_time(path, fs::file_time_type::clock::now(), ignored);
  return KeptFile{path, std::move(entry->made_from)};
}

std::optional<fs::path> ProgramCache::place_for_file(const std::string& suffix) const {
  if (!writable()) return std::nullopt;
  return entries_.folder() / fmt::format("unfinished.{}{}", ::getpid(), suffix);
}

std::optional<KeptFile> ProgramCache::store_file(const std::string& key, const std::string& suffix,
                                                 const fs::path& made, const Dependencies& made_from) const {
  std::error_code error;
  if (!settled(made_from)) {
    fs::remove(made, error);
    return std::nullopt;
  }
  const fs::path path = file_path(key, suffix);
  const std::string sum = checksum(made);
  fs::rename(made, path, error);
  if (error) return std::nullopt;
  entries_.store(key, made_from.text() + sum);
  remove_old_files();
  return KeptFile{path, made_from};
}

void ProgramCache::remove_old_files() const {
  // The entries are swept by their size; these files are few and large.
  const auto month_ago = fs::file_time_type::clock::now() - std::chrono::hours(24 * 30);
  std::error_code error;
  for (fs::directory_iterator it(entries_.folder(), error), end; !error && it != end; it.increment(error)) {
    std::error_code ignored;
    if (it->path().extension() != ".o" && it->last_write_time(ignored) < month_ago) fs::remove(it->path(), ignored);
  }
}

}  // namespace brainpy::tooling
