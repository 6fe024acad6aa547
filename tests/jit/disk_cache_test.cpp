// The folder of compiled objects: round trips, damage of every kind, unusable folders, many writers.
#include "compiler/jit/disk_cache.h"

#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <thread>
#include <vector>

#include "runtime/options.h"
#include "support/capture_stderr.h"
#include "support/catch.h"
#include "support/temp_folder.h"

using brainpy::compiler::jit::DiskCache;
namespace fs = std::filesystem;

namespace {
const std::string key = "func @f(%x: f32[8]) { return %x }\nmath=exact cpu=test";
const std::string payload(
    "\x7f"
    "ELF\0object code\xff",
    17);
}  // namespace

TEST_CASE("what is stored is loaded, also by another object") {
  TempFolder folder;
  const DiskCache cache(folder / "a/b");
  CHECK_FALSE(cache.load(key));
  cache.store(key, payload);
  CHECK(DiskCache(folder / "a/b").load(key) == payload);
  CHECK_FALSE(cache.load(key + " "));
  cache.store(key, "newer");
  CHECK(cache.load(key) == "newer");
  cache.store("empty", "");
  CHECK(cache.load("empty") == "");
  CHECK(cache.stats().files == 2);
  CHECK(cache.stats().bytes == static_cast<std::int64_t>(48 + key.size() + 5 + 48 + 5));
  cache.clear();
  CHECK(cache.stats().files == 0);
  CHECK_FALSE(cache.load(key));
}

TEST_CASE("a damaged entry is deleted and counts as absent") {
  TempFolder folder;
  const DiskCache cache(folder.path.string());
  cache.store(key, payload);
  const fs::path path = cache.entry_path(key);
  const std::string good = read_bytes(path);
  REQUIRE(good.size() == 48 + key.size() + payload.size());

  const auto refused = [&](const std::string& bytes) {
    write_bytes(path, bytes);
    return !cache.load(key) && !fs::exists(path);
  };
  // Every byte: those of the header, of the key text and of the payload.
  for (std::size_t at = 0; at < good.size(); ++at) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 0x10);
    CAPTURE(at);
    CHECK(refused(bad));
  }
  for (std::size_t size = 0; size < good.size(); ++size) {
    CAPTURE(size);
    CHECK(refused(good.substr(0, size)));
  }
  CHECK(refused(good + "x"));
  CHECK(refused(std::string(good.size(), '\xff')));
  write_bytes(path, good);
  CHECK(cache.load(key) == payload);
}

TEST_CASE("an entry whose key text differs is never taken, though its name fits") {
  TempFolder folder;
  const DiskCache cache(folder.path.string());
  cache.store("another program", payload);
  fs::rename(cache.entry_path("another program"), cache.entry_path(key));
  CHECK_FALSE(cache.load(key));
}

TEST_CASE("damage is reported on the log channel cache") {
  TempFolder folder;
  const DiskCache cache(folder.path.string());
  write_bytes(cache.entry_path(key), "nonsense");
  brainpy::runtime::options().log = "cache";
  const std::string text = captured_stderr([&] { cache.load(key); });
  brainpy::runtime::options().log = "";
  CHECK(text.find("brainpy[cache] deleted ") == 0);
  CHECK(text.find("shorter than its header") != std::string::npos);
}

TEST_CASE("a folder that cannot be written is noted once, and the program carries on") {
  TempFolder folder;
  write_bytes(folder / "file", "");
  // Below a regular file: not even root can make a folder there.
  const DiskCache cache(folder / "file/cache");
  const std::string text = captured_stderr([&] {
    CHECK_FALSE(cache.load(key));
    cache.store(key, payload);
    cache.store(key, payload);
    DiskCache(folder / "file/cache").store(key, payload);
    cache.sweep();
    cache.clear();
  });
  CHECK(text.find("brainpy: compiled code is not kept: cannot write '" + (folder / "file/cache") + "'") == 0);
  CHECK(text.find('\n') == text.size() - 1);
  CHECK_FALSE(cache.load(key));
  CHECK(cache.stats().files == 0);
}

TEST_CASE("an entry that cannot be replaced is noted") {
  TempFolder folder;
  const DiskCache cache(folder.path.string());
  fs::create_directories(cache.entry_path(key) / "occupied");
  CHECK_FALSE(captured_stderr([&] { cache.store(key, payload); }).empty());
  CHECK_FALSE(cache.load(key));
}

TEST_CASE("off: nothing is read or written") {
  const DiskCache cache("off");
  CHECK_FALSE(cache.enabled());
  cache.store(key, payload);
  CHECK_FALSE(cache.load(key));
  CHECK(cache.stats().files == 0);
  cache.clear();
}

TEST_CASE("the default folder follows XDG_CACHE_HOME, then HOME") {
  const auto restore = [](const char* name, const char* value) {
    if (value) setenv(name, value, 1);
    else unsetenv(name);
  };
  const char* xdg = std::getenv("XDG_CACHE_HOME");
  const char* home = std::getenv("HOME");
  const std::string xdg_copy = xdg ? xdg : "", home_copy = home ? home : "";
  setenv("XDG_CACHE_HOME", "/some/cache", 1);
  setenv("HOME", "/some/home", 1);
  CHECK(DiskCache("").folder() == "/some/cache/brainpy");
  unsetenv("XDG_CACHE_HOME");
  CHECK(DiskCache("").folder() == "/some/home/.cache/brainpy");
  unsetenv("HOME");
  CHECK_FALSE(DiskCache("").enabled());
  restore("XDG_CACHE_HOME", xdg ? xdg_copy.c_str() : nullptr);
  restore("HOME", home ? home_copy.c_str() : nullptr);
}

TEST_CASE("a sweep keeps what was used last") {
  TempFolder folder;
  const DiskCache cache(folder.path.string(), 3000);
  const std::string object(1000, 'x');
  const auto now = fs::file_time_type::clock::now();
  for (int i = 0; i < 5; ++i) {
    const std::string name = "program " + std::to_string(i);
    cache.store(name, object);
    fs::last_write_time(cache.entry_path(name), now - std::chrono::hours(10 - i));
  }
  write_bytes(folder / "dead.tmp", "half an entry");
  fs::last_write_time(folder.path / "dead.tmp", now - std::chrono::hours(2));
  write_bytes(folder / "alive.tmp", "being written");
  CHECK(cache.load("program 0"));  // used now
  cache.sweep();
  CHECK(cache.stats().files == 2);
  CHECK(cache.load("program 0"));
  CHECK(cache.load("program 4"));
  CHECK_FALSE(fs::exists(folder.path / "dead.tmp"));
  CHECK(fs::exists(folder.path / "alive.tmp"));
}

TEST_CASE("stores sweep by themselves now and then") {
  TempFolder folder;
  const DiskCache cache(folder.path.string(), 10000);
  const std::string object(1000, 'x');
  for (int i = 0; i < 1000; ++i) cache.store("program " + std::to_string(i), object);
  CHECK(cache.stats().files < 600);  // one store in 64: about ten left, plus those since the last sweep
}

TEST_CASE("many writers and readers share a folder") {
  TempFolder folder;
  const auto object = [](int writer) { return std::string(static_cast<std::size_t>(20000 + writer), 'a' + writer); };
  const auto work = [&](int writer) {
    const DiskCache cache(folder.path.string());
    int wrong = 0;
    for (int round = 0; round < 100; ++round) {
      cache.store(key, object(writer));
      if (const auto bytes = cache.load(key)) {
        const int other = (*bytes)[0] - 'a';
        wrong += other < 0 || other >= 8 || *bytes != object(other);
      } else {
        ++wrong;  // an entry is replaced, never absent
      }
    }
    return wrong;
  };
  // Four processes ...
  std::vector<pid_t> children;
  for (int writer = 0; writer < 4; ++writer) {
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) _exit(work(writer) ? 1 : 0);
    children.push_back(child);
  }
  // ... and four threads.
  std::vector<int> wrong(4);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back([&, i] { wrong[static_cast<std::size_t>(i)] = work(4 + i); });
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == std::vector<int>(4, 0));
  for (const pid_t child : children) {
    int status = 0;
    waitpid(child, &status, 0);
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
  }
  CHECK(DiskCache(folder.path.string()).stats().files == 1);
}
