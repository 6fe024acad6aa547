// Runs the same thing in each of the four ways to run.
// In: an action. Out: what it returned in each mode, to compare.
#pragma once

#include <brainpy/brainpy.hpp>
#include <optional>
#include <string>
#include <vector>

#include "support/catch.h"

namespace test_support {

inline constexpr const char* modes[] = {"eager", "jit", "interp", "shadow"};

/// The mode while it lives.
class Mode {
 public:
  explicit Mode(const std::string& name) {
    if (name == "eager") eager_.emplace();
    else brainpy::set_run_mode(name.c_str());
  }
  ~Mode() { brainpy::set_run_mode("jit"); }
  Mode(const Mode&) = delete;

 private:
  std::optional<brainpy::NoJit> eager_;
};

/// The time step while it lives.
struct TimeStep {
  double before = brainpy::share.dt();
  explicit TimeStep(double dt) { brainpy::math::set_dt(dt); }
  ~TimeStep() { brainpy::math::set_dt(before); }
  TimeStep(const TimeStep&) = delete;
};

/// float64 while it lives, if wanted.
struct Precision {
  explicit Precision(bool wide) { brainpy::math::enable_x64(wide); }
  ~Precision() { brainpy::math::disable_x64(); }
  Precision(const Precision&) = delete;
};

/// Runs `action`, which must throw a `Kind`, and returns its text; the lines of the call are named "here".
template <class Kind, class Action>
std::string text_of(Action&& action, brainpy::math::Site site = brainpy::math::Site::current()) {
  try {
    action();
  } catch (const Kind& e) {
    std::string text = e.what();
    const std::string file = site.file_name();
    for (unsigned line = site.line(); line < site.line() + 5; ++line) {
      const std::string place = file.substr(file.rfind('/') + 1) + ":" + std::to_string(line);
      if (const std::size_t at = text.find(place); at != std::string::npos)
        return text.replace(at, place.size(), "here");
    }
    return text;
  } catch (const std::exception& e) {
    FAIL("another kind of error: " << e.what());
  }
  FAIL("no error");
  return {};
}

}  // namespace test_support
