// The clock of profiled programs, and where its times go: to every open profile.
// In: marks of compiled code, the names of what is between them. Out: profile.h's rows.
//
// A section is what a profiled program times as one: a fused loop, a kernel call, a run of single numbers, the copies
// of a loop. Its time is shared out over its operations by their estimated cost.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "runtime/profile.h"
#include "runtime/ticks.h"

namespace brainpy::runtime {

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
    first_ = last_ = runtime::ticks();
  }
  void mark(std::uint32_t section) {
    const std::uint64_t time = runtime::ticks();
    Section& s = sections_[section];
    s.ticks += time - last_;
    ++s.calls;
    last_ = time;
  }
  void stop() {
    ticks_ = runtime::ticks() - first_;
    seconds_ = std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count();
  }

  const std::vector<Section>& sections() const { return sections_; }
  /// The same stretch, from start to stop, in both units.
  std::uint64_t ticks() const { return ticks_; }
  double seconds() const { return seconds_; }

 private:
  std::vector<Section> sections_;
  std::uint64_t first_ = 0, last_ = 0, ticks_ = 0;
  double seconds_ = 0;
  std::chrono::steady_clock::time_point began_;
};

/// True while a record is open, or BRAINPY_LOG=profile: then one record is open until the process ends and is printed.
bool profiling();

/// Add to every open record.
void profile_launch(const std::shared_ptr<const ProfiledProgram>& program, const SectionClock& clock);
void profile_compilation(double seconds);
void profile_interpreted(double seconds);

}  // namespace brainpy::runtime
