// The Mittag-Leffler function and its derivatives for real arguments.
// In: numbers. Out: a number, computed in double with our own elementary functions.
#pragma once

namespace brainpy::compiler::mittag_leffler {

/// Which function: derivative `order` of E_{alpha, beta}(z) = sum z^k / Gamma(alpha k + beta).
struct Kind {
  double alpha;   ///< in (0, 2]
  double beta;    ///< in (0, 5]
  int order = 0;  ///< in [0, largest_order]
};

inline constexpr double largest_alpha = 2, largest_beta = 5;
inline constexpr int largest_order = 8;

/// Relative error below 1e-12 away from the zeros that there are for alpha > 1, and growing with the order.
double value(double z, const Kind& kind);

}  // namespace brainpy::compiler::mittag_leffler
