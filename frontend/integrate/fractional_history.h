// The past of one state: rows pushed one a step, and their sum weighted by how many steps they lie back.
// In: rows of the state's shape, the number of rows pushed so far. Out: weighted sums.
//
// Two ways to keep it: a window of the last steps in a ring (the place rotates, the rows stay), or a few exponentials.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "frontend/integrate/fractional_weights.h"
#include "frontend/object/object.hpp"

namespace brainpy::integrate {

/// Makes Variables of an object under its name.
using MakeVariable = math::Variable (*)(BrainPyObject& object, const std::string& name, const math::Array& initial);

/// Which weights a method sums with, and of which state.
struct HistorySpec {
  std::string name;  ///< the state's
  math::Type type;   ///< the state's, f32 or f64
  double alpha = 1;
  std::vector<LagWeight> kinds;
};

class History {
 public:
  virtual ~History() = default;
  /// The sum over rows of their weights of the kind (an index into HistorySpec::kinds); the newest row has lag 1.
  /// `pushed`: how many rows there are, i64.
  virtual math::Array sum(std::size_t kind, const math::Array& pushed, const math::Site& site) const = 0;
  /// Adds a row as the newest. Returns the row that is no longer counted (zeros as long as all are), or no array.
  virtual math::Array push(const math::Array& row, const math::Array& pushed, const math::Site& site) = 0;
  /// first_node_correction of the first row at lag n; n i64, at least 1.
  virtual math::Array first_node(const math::Array& n, const math::Site& site) const = 0;
  /// The weight that a row has had when push returns it; 0 where none ever leaves.
  virtual double last_weight(std::size_t kind) const = 0;
};

/// The last `length` rows; lags beyond have no weight.
std::unique_ptr<History> make_window(BrainPyObject& owner, MakeVariable make, const HistorySpec& spec,
                                     std::int64_t length);
/// All rows, by exponentials that are within `tolerance` up to `horizon` steps.
std::unique_ptr<History> make_exponentials(BrainPyObject& owner, MakeVariable make, const HistorySpec& spec,
                                           double horizon, double tolerance);

}  // namespace brainpy::integrate
