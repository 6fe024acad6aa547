#include "frontend/object/share.hpp"

#include <map>

#include "frontend/math/array_data.h"
#include "frontend/object/variable_state.h"
#include "frontend/transform/trace.h"

namespace brainpy {

using math::Array;

Share share;

struct Share::State {
  std::shared_ptr<math::VariableState> t, i;
  std::map<std::string, std::shared_ptr<math::VariableState>> keys;
};

namespace {

std::shared_ptr<math::VariableState> make(const std::string& name, const Array& initial) {
  const transform::Eagerly eagerly;
  return math::make_state("share." + name, initial, false);
}

Array zero(math::DType dtype) { return Array(runtime::make_tensor({dtype, {}})); }

}  // namespace

Share::Share() : state_(std::make_shared<State>()) { clear(); }

void Share::clear() {
  state_->t = make("t", zero(math::DType::f32));
  state_->i = make("i", zero(math::DType::i64));
  state_->keys.clear();
}

Array Share::t() const {
  // The default float type may have changed since the time was made.
  if (state_->t->type.dtype != math::default_float()) state_->t = make("t", zero(math::default_float()));
  return math::read_variable(state_->t);
}

Array Share::i() const { return math::read_variable(state_->i); }

void Share::set_t(const math::Operand& t) {
  if (state_->t->type.dtype != math::default_float()) state_->t = make("t", zero(math::default_float()));
  const math::DType dtype = state_->t->type.dtype;
  math::write_variable(state_->t, math::Operand(math::convert(t.array(dtype), dtype, t.site()), t.site()));
}

void Share::set_i(const math::Operand& i) {
  math::write_variable(state_->i,
                       math::Operand(math::convert(i.array(math::DType::i64), math::DType::i64, i.site()), i.site()));
}

void Share::set_dt(double dt, math::Site site) {
  if (!(dt > 0))
    throw ValueError({.what = "set_dt: the time step is not above zero",
                      .where = math::location_of(site),
                      .values = "got " + std::to_string(dt),
                      .hint = "give dt in ms, such as 0.1"});
  dt_ = dt;
}

void Share::save(const std::string& key, const math::Operand& value) {
  if (key == "t") return set_t(value);
  if (key == "i") return set_i(value);
  if (key == "dt")
    return set_dt(value.is_number() ? value.real() : value.array().item<double>(value.site()), value.site());
  const Array array = value.array();
  std::shared_ptr<math::VariableState>& state = state_->keys[key];
  if (!state || !(state->type == array.type())) state = make(key, Array(runtime::make_tensor(array.type())));
  math::write_variable(state, math::Operand(array, value.site()));
}

Array Share::load(const std::string& key) const {
  if (key == "t") return t();
  if (key == "i") return i();
  if (key == "dt") return math::number(math::default_float(), dt_);
  const auto it = state_->keys.find(key);
  if (it != state_->keys.end()) return math::read_variable(it->second);
  std::string known = "t, i, dt";
  for (const auto& [name, state] : state_->keys) known += ", " + name;
  throw NameError({.what = "bp::share has no value '" + key + "'", .hint = "known are: " + known});
}

namespace math {
void set_dt(double dt, Site site) { share.set_dt(dt, site); }
double get_dt() { return share.dt(); }
}  // namespace math

}  // namespace brainpy
