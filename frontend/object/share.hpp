// bp::share: what belongs to the current step and not to one model: time, step, time step, the user's own values.
// In: a runner (or the user) saves them. Out: models read them, traced or not.
#pragma once

#include <memory>
#include <string>

#include "frontend/object/variable.hpp"

namespace brainpy {

class Share {
 public:
  Share();
  /// Time of the current step in ms, a scalar of the default float type; 0 until it is set.
  math::Array t() const;
  /// Number of the current step, a scalar int64.
  math::Array i() const;
  /// The time step in ms; 0.1 until it is set.
  double dt() const { return dt_; }

  void set_t(const math::Operand& t);
  void set_i(const math::Operand& i);
  /// A dt that is not above zero is a ValueError.
  void set_dt(double dt, math::Site site = math::Site::current());

  /// A value under a name of the user's. "t", "i" and "dt" are those above.
  void save(const std::string& key, const math::Operand& value);
  /// The value, or a NameError that lists the known names.
  math::Array load(const std::string& key) const;
  math::Array operator[](const std::string& key) const { return load(key); }
  /// Forgets time, step and the user's values.
  void clear();

 private:
  struct State;
  std::shared_ptr<State> state_;
  double dt_ = 0.1;
};

extern Share share;

}  // namespace brainpy

namespace brainpy::math {
/// The time step in ms.
void set_dt(double dt, Site site = Site::current());
double get_dt();
}  // namespace brainpy::math
