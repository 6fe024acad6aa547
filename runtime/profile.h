// Where the time of compiled code goes: records that collect it while they are open, and the tables made of them.
// In: after each launch, the times and calls of the sections of a program. Out: rows by line or by object, a table.
//
// A section is what a profiled program times as one: a fused loop, a kernel call, a run of single numbers, the copies
// of a loop. Its time is shared out over its operations by their estimated cost.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

namespace brainpy::runtime {

/// What one line of a model, or one object of it, took.
struct ProfileRow {
  std::string object;      ///< path of the model object: "EINet.E"; empty: no object's
  std::string file;        ///< as the compiler named it; empty in a row of an object
  unsigned line = 0;       ///< 0: not known, or a row of an object
  std::string operations;  ///< "sub, mul, event_csrmv"; empty in a row of an object
  double seconds = 0;
  double share = 0;        ///< of the time of all rows, 0 to 1
  std::int64_t calls = 0;  ///< how often compiled code came here
};

/// An operation of a program, and its part of the section that it is timed in.
struct ProfiledOperation {
  std::string name, object, file;
  unsigned line = 0;
  std::uint32_t section = 0;
  double part = 1;
  bool operator==(const ProfiledOperation&) const = default;
};

struct ProfiledProgram {
  std::string label;
  std::size_t sections = 0;
  std::vector<ProfiledOperation> operations;
  bool operator==(const ProfiledProgram&) const = default;
};

/// The clock of one launch. A mark ends a section: everything since the mark before was spent in it.
class SectionClock {
 public:
  struct Section {
    std::uint64_t ticks = 0;
    std::int64_t calls = 0;
  };

  explicit SectionClock(std::size_t sections) : sections_(sections) {}

  void start() {
    began_ = std::chrono::steady_clock::now();
    first_ = last_ = now();
  }
  void mark(std::uint32_t section) {
    const std::uint64_t time = now();
    Section& s = sections_[section];
    s.ticks += time - last_;
    ++s.calls;
    last_ = time;
  }
  void stop() {
    ticks_ = now() - first_;
    seconds_ = std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count();
  }

  const std::vector<Section>& sections() const { return sections_; }
  /// The same stretch, from start to stop, in both units.
  std::uint64_t ticks() const { return ticks_; }
  double seconds() const { return seconds_; }

 private:
  /// The time stamp counter where there is one: sections last as little as a hundred nanoseconds.
  static std::uint64_t now() {
#if defined(__x86_64__)
    return __rdtsc();
#else
    return static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
#endif
  }

  std::vector<Section> sections_;
  std::uint64_t first_ = 0, last_ = 0, ticks_ = 0;
  double seconds_ = 0;
  std::chrono::steady_clock::time_point began_;
};

/// Collects what runs in this process, in any thread, from its making until close(). Several may be open at once; each
/// sees everything.
class ProfileRecord {
 public:
  ProfileRecord();
  ~ProfileRecord();
  ProfileRecord(const ProfileRecord&) = delete;
  void close();

  /// The most expensive first.
  std::vector<ProfileRow> by_line() const;
  std::vector<ProfileRow> by_object() const;
  /// Both as text, of each at most so many rows, with the time outside of compiled code.
  std::string table(std::size_t rows) const;
  /// In compiled code, without the measuring's own; and since the record was opened (until it was closed).
  double compiled_seconds() const;
  double whole_seconds() const;

 private:
  friend struct ProfileRecords;
  struct State;
  std::unique_ptr<State> state_;
};

/// True while a record is open, or BRAINPY_LOG=profile: then one record is open until the process ends and is printed.
bool profiling();

/// Add to every open record.
void profile_launch(const std::shared_ptr<const ProfiledProgram>& program, const SectionClock& clock);
void profile_compilation(double seconds);
void profile_interpreted(double seconds);

}  // namespace brainpy::runtime
