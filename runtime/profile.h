// What a profile found: rows by source line or by object, as numbers or as a table.
// In: a stretch of the process, from a record's making to its close. Out: the rows of what ran. How the times come in
// is in section_clock.h.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/owner.h"

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
  Owner<State> state_;
};

}  // namespace brainpy::runtime
