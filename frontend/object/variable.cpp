// Variables and views: reads and writes at once or recorded, checks of shape and element type.
#include "frontend/object/variable.hpp"

#include "frontend/math/array_data.h"
#include "frontend/object/variable_state.h"
#include "frontend/transform/lanes.h"
#include "frontend/transform/trace.h"

namespace brainpy {

std::string ObjectInfo::path() const {
  if (!has_parent) return {};
  const auto above = parent.lock();
  const std::string prefix = above ? above->path() : std::string();
  return prefix.empty() ? name : prefix + "." + name;
}

namespace math {

using transform::Trace;

std::string VariableState::path() const {
  const std::string prefix = object ? object->path() : std::string();
  return prefix.empty() ? name : prefix + "." + name;
}

std::shared_ptr<VariableState> make_state(std::string name, const Array& initial, bool trainable) {
  auto state = std::make_shared<VariableState>();
  state->name = std::move(name);
  state->type = initial.type();
  state->value = initial.tensor();
  state->trainable = trainable;
  return state;
}

Array read_variable(const std::shared_ptr<VariableState>& state) {
  if (Trace* trace = Trace::current()) return trace->read(state);
  return Array(state->value);
}

void write_variable(const std::shared_ptr<VariableState>& state, const Operand& value) {
  const Type& type = state->type;
  Array array;
  if (value.is_number()) {
    const bool loses = (value.kind() == Operand::Kind::real && !runtime::is_float(type.dtype)) ||
                       (value.kind() == Operand::Kind::integer && type.dtype == DType::bool_);
    if (loses)
      throw DTypeError({.what = "Variable '" + state->path() + "': a number of another kind is assigned",
                        .where = location_of(value.site()),
                        .values = "the Variable is " + to_string(type),
                        .hint = "assign a number of the Variable's kind, or convert it first"});
    array = broadcast_array(value.array(type.dtype), type.shape, value.site());
  } else {
    array = value.array();
    // Where elements go different ways a scalar is each element's value, as it is for bm::where.
    if (transform::ActiveLanes::current() && array.shape().is_scalar())
      array = broadcast_array(array, type.shape, value.site());
    if (array.dtype() != type.dtype)
      throw DTypeError({.what = "Variable '" + state->path() + "': a value of another element type is assigned",
                        .where = location_of(value.site()),
                        .values = "the Variable is " + to_string(type) + ", the value " + to_string(array.type()),
                        .hint = std::string("convert the value with .astype(bm::") + runtime::numpy_name(type.dtype) +
                                (type.dtype == DType::bool_ ? "_" : "") + ")"});
    if (!(array.shape() == type.shape))
      throw ShapeError({.what = "Variable '" + state->path() + "': a value of another shape is assigned",
                        .where = location_of(value.site()),
                        .values = "the Variable is " + to_string(type) + ", the value " + to_string(array.type()),
                        .hint =
                            "a Variable keeps its shape; use bm::broadcast_to or reshape, or make the Variable with "
                            "the shape that it needs"});
  }
  if (transform::ActiveLanes::current())
    array = transform::assigned_in_lanes(*state, array, read_variable(state), value.site());
  if (Trace* trace = Trace::current()) trace->write(state, array, value.site());
  else state->value = array.tensor(value.site());
}

// --- Variable ------------------------------------------------------------------------------------

Variable::Variable(Variable&&) noexcept = default;
Variable::~Variable() = default;
Variable::Variable(const Operand& initial, const char* name) : state_(make_state(name, initial.array(), false)) {
  if (state_->name.empty()) {
    static int made = 0;
    state_->name = "variable" + std::to_string(made++);
  }
}

Variable& Variable::operator=(const Operand& value) {
  write_variable(state_, value);
  return *this;
}
Variable& Variable::operator+=(const Operand& value) {
  return *this = Operand(Operand(*this, value.site()) + value, value.site());
}
Variable& Variable::operator-=(const Operand& value) {
  return *this = Operand(Operand(*this, value.site()) - value, value.site());
}
Variable& Variable::operator*=(const Operand& value) {
  return *this = Operand(Operand(*this, value.site()) * value, value.site());
}
Variable& Variable::operator/=(const Operand& value) {
  return *this = Operand(Operand(*this, value.site()) / value, value.site());
}

Array Variable::value() const { return read_variable(state_); }
const Type& Variable::type() const { return state_->type; }
std::string Variable::name() const { return state_->path(); }
bool Variable::is_trainable() const { return state_->trainable; }

VariableView Variable::operator[](std::initializer_list<Index> indices) { return {state_, IndexList(indices)}; }
VariableView Variable::operator[](const Index& index) { return {state_, IndexList{index}}; }
Array Variable::operator[](std::initializer_list<Index> indices) const { return value()[indices]; }
Array Variable::operator[](const Index& index) const { return value()[index]; }

TrainVar::TrainVar(const Operand& initial, const char* name) : Variable(initial, name) { state_->trainable = true; }
TrainVar& TrainVar::operator=(TrainVar& value) {
  Variable::operator=(value);
  return *this;
}

// --- VariableView --------------------------------------------------------------------------------

VariableView::VariableView(std::shared_ptr<VariableState> state, IndexList indices)
    : state_(std::move(state)), indices_(std::move(indices)) {}
VariableView::VariableView(const VariableView&) = default;
VariableView::~VariableView() = default;

DType VariableView::dtype() const { return state_->type.dtype; }
Array VariableView::value(Site site) const { return read_index(read_variable(state_), indices_, site); }

VariableView& VariableView::operator=(const Operand& value) {
  if (const auto* lanes = transform::ActiveLanes::current())
    throw TraceError(
        {.what = "a part of Variable '" + state_->path() + "' is assigned where elements go different ways",
         .where = location_of(value.site()),
         .values =
             "the condition of line " + std::to_string(lanes->site().line()) + " is " + to_string(lanes->mask().type()),
         .hint = "assign the whole Variable, each element its own value, or reduce the condition with "
                 "bm::any or bm::all"});
  write_variable(state_,
                 Operand(write_index(read_variable(state_), indices_, "set", value, value.site()), value.site()));
  return *this;
}
VariableView& VariableView::operator+=(const Operand& value) {
  return *this = Operand(Operand(*this, value.site()) + value, value.site());
}
VariableView& VariableView::operator-=(const Operand& value) {
  return *this = Operand(Operand(*this, value.site()) - value, value.site());
}
VariableView& VariableView::operator*=(const Operand& value) {
  return *this = Operand(Operand(*this, value.site()) * value, value.site());
}
VariableView& VariableView::operator/=(const Operand& value) {
  return *this = Operand(Operand(*this, value.site()) / value, value.site());
}

// --- VarDict -------------------------------------------------------------------------------------

VarDict::VarDict() = default;
VarDict::VarDict(VarDict&&) noexcept = default;
VarDict& VarDict::operator=(VarDict&&) noexcept = default;
VarDict::~VarDict() = default;
std::size_t VarDict::size() const { return entries_.size(); }
VarDict::Entry* VarDict::begin() { return entries_.data(); }
VarDict::Entry* VarDict::end() { return entries_.data() + entries_.size(); }
const VarDict::Entry* VarDict::begin() const { return entries_.data(); }
const VarDict::Entry* VarDict::end() const { return entries_.data() + entries_.size(); }

void VarDict::add(std::string name, Variable variable) {
  if (contains(name))
    throw NameError({.what = "two Variables are called '" + name + "'", .hint = "give one of them another name"});
  entries_.emplace_back(std::move(name), std::move(variable));
}

bool VarDict::contains(const std::string& name) const {
  for (const Entry& e : entries_)
    if (e.first == name) return true;
  return false;
}

Variable& VarDict::operator[](const std::string& name) {
  std::string known;
  for (Entry& e : entries_) {
    if (e.first == name) return e.second;
    known += (known.empty() ? "" : ", ") + e.first;
  }
  throw NameError({.what = "no Variable is called '" + name + "'", .hint = "known are: " + known});
}

}  // namespace math
}  // namespace brainpy
