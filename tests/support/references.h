// Functions of the registry against lists of reference values.
// In: an operation's name, arguments and what 40 digits give for them, a bound in ulp. Out: checks.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "support/catch.h"
#include "support/operations.h"

namespace brainpy::test {

inline constexpr double inf = std::numeric_limits<double>::infinity();

struct Case {
  double x, value;
};
struct CaseOfTwo {
  double n, x, value;
};

/// Distance in units of the last place of the reference.
template <class T>
double ulps(T value, double reference) {
  const T right = static_cast<T>(reference);
  if (value == right || (std::isnan(value) && std::isnan(right))) return 0;
  const T unit = std::nextafter(std::fabs(right), std::numeric_limits<T>::infinity()) - std::fabs(right);
  return std::fabs(static_cast<double>(value) - reference) / static_cast<double>(unit);
}

inline double at(const std::string& name, double x) { return values<double>(call1(name, {scalar(x)}))[0]; }
inline double at(const std::string& name, double x, double y) {
  return values<double>(call1(name, {scalar(x), scalar(y)}))[0];
}

template <std::size_t count>
void check(const char* name, const Case (&cases)[count], double bound, double bound_below_zero) {
  INFO(name);
  for (const Case& c : cases) {
    INFO("x " << c.x);
    CHECK(ulps(at(name, c.x), c.value) <= (c.x < 0 ? bound_below_zero : bound));
    const auto x = static_cast<float>(c.x);
    // Only where the argument is a float: the references are those of the double.
    if (static_cast<double>(x) == c.x && std::fabs(c.value) < 1e30 && std::fabs(c.value) > 1e-30)
      CHECK(ulps(values<float>(call1(name, {scalar(x)}))[0], c.value) <= std::max(1.0, bound_below_zero));
  }
}

}  // namespace brainpy::test
