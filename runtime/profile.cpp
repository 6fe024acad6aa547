#include "runtime/profile.h"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <mutex>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "runtime/log.h"
#include "runtime/options.h"
#include "runtime/section_clock.h"

namespace brainpy::runtime {

using Section = SectionClock::Section;
using Time = std::chrono::steady_clock::time_point;

namespace {

double seconds_between(Time from, Time to) { return std::chrono::duration<double>(to - from).count(); }

/// Ticks from one mark to the next when nothing is between them.
double ticks_of_a_mark() {
  static const double ticks = [] {
    // Through a pointer that the compiler cannot see through, as compiled code calls it.
    void (*volatile mark)(SectionClock&, std::uint32_t) = [](SectionClock& c, std::uint32_t s) { c.mark(s); };
    double least = 1e9;
    for (int round = 0; round < 8; ++round) {
      SectionClock clock(1);
      clock.start();
      for (int k = 0; k < 1000; ++k) mark(clock, 0);
      least = std::min(least, static_cast<double>(clock.sections()[0].ticks) / 1000);
    }
    return least;
  }();
  return ticks;
}

}  // namespace

/// The records that are open.
struct ProfileRecords {
  std::mutex mutex;
  std::vector<ProfileRecord::State*> open;
  std::atomic<int> count = 0;

  /// Never destroyed: launches may come from destructors of static objects.
  static ProfileRecords& get() {
    static auto* records = new ProfileRecords;
    return *records;
  }
};

struct ProfileRecord::State {
  struct Entry {
    std::shared_ptr<const ProfiledProgram> program;
    std::vector<Section> sections;
  };

  std::vector<Entry> entries;
  std::int64_t launches = 0, interpreted = 0;
  double ticks = 0, seconds = 0, compilation_seconds = 0, interpreted_seconds = 0;
  const Time opened = std::chrono::steady_clock::now();
  Time closed = {};
  bool is_open = true;

  void add(const std::shared_ptr<const ProfiledProgram>& program, const SectionClock& clock) {
    // A runner records anew at each run: another program, but the same one to the user.
    auto it =
        std::ranges::find_if(entries, [&](const Entry& e) { return e.program == program || *e.program == *program; });
    if (it == entries.end()) it = entries.insert(it, {program, std::vector<Section>(program->sections)});
    for (std::size_t k = 0; k < it->sections.size(); ++k) {
      it->sections[k].ticks += clock.sections()[k].ticks;
      it->sections[k].calls += clock.sections()[k].calls;
    }
    ++launches;
    ticks += static_cast<double>(clock.ticks());
    seconds += clock.seconds();
  }

  double seconds_of(const Section& s) const {
    const double own = static_cast<double>(s.ticks) - static_cast<double>(s.calls) * ticks_of_a_mark();
    return ticks > 0 ? std::max(own, 0.0) * seconds / ticks : 0;
  }

  double compiled() const {
    double sum = 0;
    for (const Entry& e : entries)
      for (const Section& s : e.sections) sum += seconds_of(s);
    return sum;
  }

  double whole() const { return seconds_between(opened, is_open ? std::chrono::steady_clock::now() : closed); }

  std::vector<ProfileRow> rows(bool lines) const {
    using Key = std::tuple<std::string, std::string, unsigned>;
    struct Sum {
      ProfileRow row;
      std::vector<std::string> operations;
    };
    std::map<Key, Sum> sums;
    for (const Entry& e : entries) {
      std::map<Key, std::int64_t> calls;
      for (const ProfiledOperation& o : e.program->operations) {
        const Section& section = e.sections[o.section];
        if (section.calls == 0) continue;
        const Key key = lines ? Key{o.object, o.file, o.line} : Key{o.object, "", 0};
        Sum& sum = sums[key];
        sum.row.seconds += seconds_of(section) * o.part;
        // A line's operations may be timed in several sections: it is not called more often for that.
        calls[key] = std::max(calls[key], section.calls);
        if (lines && std::ranges::find(sum.operations, o.name) == sum.operations.end())
          sum.operations.push_back(o.name);
      }
      for (const auto& [key, n] : calls) sums[key].row.calls += n;
    }
    double all = 0;
    for (const auto& [key, sum] : sums) all += sum.row.seconds;
    std::vector<ProfileRow> result;
    for (auto& [key, sum] : sums) {
      ProfileRow row = std::move(sum.row);
      std::tie(row.object, row.file, row.line) = key;
      row.share = all > 0 ? row.seconds / all : 0;
      for (const std::string& name : sum.operations) row.operations += (row.operations.empty() ? "" : ", ") + name;
      result.push_back(std::move(row));
    }
    std::ranges::stable_sort(result, std::ranges::greater{}, &ProfileRow::seconds);
    return result;
  }
};

namespace {

std::string object_text(const ProfileRow& row) { return row.object.empty() ? "(no object)" : row.object; }

std::string line_text(const ProfileRow& row) {
  if (row.line == 0) return "-";
  return row.file.substr(row.file.rfind('/') + 1) + ":" + std::to_string(row.line);
}

std::string numbers_text(const ProfileRow& row) {
  return fmt::format("{:5.1f}% {:10.3f} {:10d}", 100 * row.share, 1e3 * row.seconds, row.calls);
}

/// Row by row; one line for all that are too many.
template <class Print>
std::string rows_text(const std::vector<ProfileRow>& rows, std::size_t most, const char* what, const Print& print) {
  std::string text;
  ProfileRow rest;
  for (std::size_t k = 0; k < rows.size(); ++k) {
    if (k < most) {
      text += print(rows[k]);
      continue;
    }
    rest.seconds += rows[k].seconds;
    rest.share += rows[k].share;
    rest.calls = std::max(rest.calls, rows[k].calls);
  }
  if (rows.size() > most) text += fmt::format("{}  {} other {}\n", numbers_text(rest), rows.size() - most, what);
  return text;
}

}  // namespace

ProfileRecord::ProfileRecord() : state_(new State()) {
  ProfileRecords& records = ProfileRecords::get();
  const std::lock_guard lock(records.mutex);
  records.open.push_back(state_.get());
  ++records.count;
}

ProfileRecord::~ProfileRecord() { close(); }

void ProfileRecord::close() {
  ProfileRecords& records = ProfileRecords::get();
  const std::lock_guard lock(records.mutex);
  if (!std::exchange(state_->is_open, false)) return;
  state_->closed = std::chrono::steady_clock::now();
  std::erase(records.open, state_.get());
  --records.count;
}

std::vector<ProfileRow> ProfileRecord::by_line() const {
  const std::lock_guard lock(ProfileRecords::get().mutex);
  return state_->rows(true);
}

std::vector<ProfileRow> ProfileRecord::by_object() const {
  const std::lock_guard lock(ProfileRecords::get().mutex);
  return state_->rows(false);
}

double ProfileRecord::compiled_seconds() const {
  const std::lock_guard lock(ProfileRecords::get().mutex);
  return state_->compiled();
}

double ProfileRecord::whole_seconds() const {
  const std::lock_guard lock(ProfileRecords::get().mutex);
  return state_->whole();
}

std::string ProfileRecord::table(std::size_t most) const {
  const std::lock_guard lock(ProfileRecords::get().mutex);
  const State& my = *state_;
  const double compiled = my.compiled(), outside = std::max(my.whole() - my.seconds, 0.0);
  std::string text;
  if (my.launches == 0) {
    text =
        "profile: no compiled code ran\n"
        "  hint: run a runner or a jitted callable while the profile is open; operations that run eagerly (bp::NoJit, "
        "BRAINPY_JIT=0) are not measured\n";
  } else {
    const std::vector<ProfileRow> objects = my.rows(false), lines = my.rows(true);
    std::size_t object_width = 6, line_width = 4;
    for (const ProfileRow& row : lines) {
      object_width = std::max(object_width, object_text(row).size());
      line_width = std::max(line_width, line_text(row).size());
    }
    text = fmt::format("profile: {:.3f} ms in compiled code, {} {}\n\n", 1e3 * compiled, my.launches,
                       my.launches == 1 ? "launch" : "launches");
    text += fmt::format("{:>6} {:>10} {:>10}  object\n", "share", "ms", "calls");
    text += rows_text(objects, most, "objects",
                      [](const ProfileRow& r) { return numbers_text(r) + "  " + object_text(r) + "\n"; });
    text += fmt::format("{:>6} {:10.3f} {:>10}  outside of compiled code, {:.3f} ms of it compiling\n", "",
                        1e3 * outside, "", 1e3 * my.compilation_seconds);
    text += fmt::format("{:>6} {:10.3f} {:>10}  the measuring itself\n", "", 1e3 * std::max(my.seconds - compiled, 0.0),
                        "");
    text += fmt::format("\n{:>6} {:>10} {:>10}  {:{}}  {:{}}  operations\n", "share", "ms", "calls", "object",
                        object_width, "line", line_width);
    text += rows_text(lines, most, "lines", [&](const ProfileRow& r) {
      return fmt::format("{}  {:{}}  {:{}}  {}\n", numbers_text(r), object_text(r), object_width, line_text(r),
                         line_width, r.operations);
    });
  }
  if (my.interpreted > 0)
    text += fmt::format(
        "not measured: {} {} interpreted (BRAINPY_RUN=interp, bp::set_debug_nans), {:.3f} ms; only compiled code is\n",
        my.interpreted, my.interpreted == 1 ? "launch that was" : "launches that were", 1e3 * my.interpreted_seconds);
  return text;
}

namespace {

/// BRAINPY_LOG=profile: open from the first program on, printed when the process ends.
void open_record_of_process() {
  static const bool opened = [] {
    static auto* record = new ProfileRecord;
    ticks_of_a_mark();
    std::atexit([] {
      record->close();
      const std::string text = record->table(40);
      std::fwrite(text.data(), 1, text.size(), stderr);
    });
    return true;
  }();
  static_cast<void>(opened);
}

template <class Add>
void to_each_open_record(const Add& add) {
  ProfileRecords& records = ProfileRecords::get();
  const std::lock_guard lock(records.mutex);
  for (auto* state : records.open) add(*state);
}

}  // namespace

bool profiling() {
  // Asked at every launch.
  if (!options().log.empty() && logs("profile")) open_record_of_process();
  return ProfileRecords::get().count.load(std::memory_order_relaxed) > 0;
}

void profile_launch(const std::shared_ptr<const ProfiledProgram>& program, const SectionClock& clock) {
  to_each_open_record([&](auto& record) { record.add(program, clock); });
}

void profile_compilation(double seconds) {
  to_each_open_record([&](auto& record) { record.compilation_seconds += seconds; });
}

void profile_interpreted(double seconds) {
  to_each_open_record([&](auto& record) {
    ++record.interpreted;
    record.interpreted_seconds += seconds;
  });
}

}  // namespace brainpy::runtime
