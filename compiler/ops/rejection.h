// Random variates by inversion and rejection: as many words as it takes, each a pure function of (key, element, try).
// In: a stream (key and element index) and parameters in their domain. Out: one variate, computed in double with our
// own functions, so that it does not depend on the C library.
#pragma once

#include <array>
#include <cstdint>

namespace brainpy::compiler::rejection {

/// Where a variate takes its words from.
struct Stream {
  std::uint64_t key;
  std::uint64_t index;
};

/// Above it a count may not fit int32.
inline constexpr double largest_poisson_rate = 2.1e9;

/// Rate in [0, largest_poisson_rate].
std::int32_t poisson(Stream stream, double rate);
/// trials >= 0, p in [0, 1].
std::int32_t binomial(Stream stream, std::int32_t trials, double p);
/// NaN unless 0 < shape < infinity and scale >= 0.
double gamma(Stream stream, double shape, double scale);
/// NaN unless 0 < a, b < infinity.
double beta(Stream stream, double a, double b);
/// Two numbers of failures before the first success, for connectivity: whole, possibly too large for an integer type.
/// `log_failure` is log(1 - p), below 0; the stream's index is the place in the row's sequence.
std::array<double, 2> geometric_pair(Stream stream, std::uint32_t row, double log_failure);
/// The same for eight places from stream.index on, at less than eight times the cost.
std::array<double, 16> geometric_pairs(Stream stream, std::uint32_t row, double log_failure);

}  // namespace brainpy::compiler::rejection
