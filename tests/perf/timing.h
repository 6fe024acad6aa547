// What the timed comparisons share. Out: the processor time of this thread, so that other programs disturb less; the
// median of several rounds.
#pragma once

#include <algorithm>
#include <cstddef>
#include <ctime>
#include <vector>

namespace brainpy::perf {

/// The thread's processor time so far.
inline double thread_seconds() {
  timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

template <class Action>
double thread_seconds_of(Action&& action) {
  const double before = thread_seconds();
  action();
  return thread_seconds() - before;
}

/// The upper one of two in the middle.
inline double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace brainpy::perf
