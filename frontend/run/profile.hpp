// bp::Profile: where the time of a model goes, by object and by source line.
// In: what runs while it is open. Out: rows sorted by cost, a table. BRAINPY_LOG=profile prints one for the process.
//
//   bp::Profile profile;
//   runner.run(1000.0);
//   std::cout << profile.table();
#pragma once

#include <concepts>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "frontend/math/array.hpp"
#include "runtime/profile.h"

namespace brainpy {

using runtime::ProfileRow;

/// Measures the compiled code that runs in this process from its making until stop() or its end. Programs are compiled
/// a second time for it, with clocks between their loops; the bits are the same. Several may be open at once: each sees
/// all. Not measured are eager operations and interpreted programs: the table says so.
class Profile {
 public:
  /// Inside of a traced function: a TraceError.
  explicit Profile(math::Site site = math::Site::current());

  void stop() { record_->close(); }

  /// Source lines, and model objects, the most expensive first. What belongs to no object (the recording of monitors)
  /// has an empty one.
  std::vector<ProfileRow> rows() const { return record_->by_line(); }
  std::vector<ProfileRow> by_object() const { return record_->by_object(); }
  /// Both as text, at most so many rows of each.
  std::string table(std::size_t rows = 40) const { return record_->table(rows); }

  /// In compiled code, and in all since the profile was made (until it was stopped).
  double compiled_seconds() const { return record_->compiled_seconds(); }
  double whole_seconds() const { return record_->whole_seconds(); }

 private:
  runtime::Owner<runtime::ProfileRecord> record_;
};

namespace run {
template <class R, class... What>
concept Runs = requires(R& runner, const What&... what) {
  runner.run(what..., math::Site());
};
}  // namespace run

/// Profiles one call: of a jitted callable or a lambda, with its arguments.
template <class F, class... Arguments>
requires(std::invocable<F&, const Arguments&...> && !run::Runs<F, Arguments...>) Profile
    profile(F&& function, const Arguments&... arguments) {
  Profile profile;
  static_cast<void>(function(arguments...));
  profile.stop();
  return profile;
}

/// Profiles a run: `bp::profile(runner, 100.0)`; of a runner with rows of input, `bp::profile(runner, inputs)`.
template <class R, class What>
requires run::Runs<R, What> Profile profile(R& runner, const What& what, math::Site site = math::Site::current()) {
  Profile profile(site);
  runner.run(what, site);
  profile.stop();
  return profile;
}

}  // namespace brainpy
