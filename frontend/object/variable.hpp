// Variables: the state of models. A Variable keeps its shape and element type for life; assigning replaces its value,
// inside a trace it is recorded.
// In: an initial value. Out: Variable, TrainVar, views of a part, lists and dictionaries of them.
#pragma once

#include <concepts>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "frontend/math/array.hpp"

namespace brainpy {
class BrainPyObject;
struct ObjectInfo;
}  // namespace brainpy

namespace brainpy::math {

struct VariableState;  // frontend/object/variable_state.h

class VariableView;

/// Named, mutable state. Not copyable (a copy would silently be another state): pass it by reference.
class Variable : public ArrayMethods<Variable> {
 public:
  /// A Variable of its own, outside any object.
  explicit Variable(const Operand& initial, const char* name = "");
  Variable(Variable&&) noexcept;
  Variable(const Variable&) = delete;
  ~Variable();

  /// Gives it a new value: same shape and element type (a plain number fills it).
  Variable& operator=(const Operand& value);
  /// Of another Variable as well. (Not const: a const one, or a temporary, is an Operand; an Array must not become a
  /// new Variable here.)
  Variable& operator=(Variable& value) { return *this = Operand(value); }
  Variable& operator+=(const Operand& value);
  Variable& operator-=(const Operand& value);
  Variable& operator*=(const Operand& value);
  Variable& operator/=(const Operand& value);

  Array value() const;
  const Type& type() const;
  const Shape& shape() const { return type().shape; }
  DType dtype() const { return type().dtype; }
  int ndim() const { return type().shape.rank(); }
  std::int64_t size() const { return type().size(); }
  template <class N>
  N item(Site site = Site::current()) const {
    return value().item<N>(site);
  }
  template <class N>
  std::vector<N> to_vector(Site site = Site::current()) const {
    return value().to_vector<N>(site);
  }
  /// "E.V": the path from the outermost object.
  std::string name() const;
  bool is_trainable() const;

#ifdef BRAINPY_SOURCE_TOOL
  explicit operator bool() const;
#else
  // clang-format off
  explicit operator bool() const = delete;  // a Variable has no C++ truth value: use bm::where, bm::ifelse or bm::while_loop on traced values (or .item<bool>() on concrete ones), or let the source tool rewrite it: brainpy run FILE, or brainpy_add_model in CMake
  // clang-format on
#endif

  /// A part that reads and writes through: `V[{bm::slice(0, 5)}] = 0.0`.
  VariableView operator[](std::initializer_list<Index> indices);
  VariableView operator[](const Index& index);
  Array operator[](std::initializer_list<Index> indices) const;
  Array operator[](const Index& index) const;

  const std::shared_ptr<VariableState>& state() const { return state_; }
  /// (A template, so that the number 0 is no null pointer.)
  template <std::same_as<std::shared_ptr<VariableState>> State>
  explicit Variable(State state) : state_(std::move(state)) {}

 protected:
  std::shared_ptr<VariableState> state_;
};

/// A Variable that training changes.
class TrainVar : public Variable {
 public:
  explicit TrainVar(const Operand& initial, const char* name = "");
  template <std::same_as<std::shared_ptr<VariableState>> State>
  explicit TrainVar(State state) : Variable(std::move(state)) {}
  TrainVar(TrainVar&&) noexcept = default;
  using Variable::operator=;
  TrainVar& operator=(TrainVar& value);
};

/// A part of a Variable. Reading gives the current elements; assigning changes the Variable.
class VariableView : public ArrayMethods<VariableView> {
 public:
  VariableView(std::shared_ptr<VariableState> state, IndexList indices);
  Array value(Site site = Site::current()) const;
  VariableView& operator=(const Operand& value);
  VariableView& operator=(const VariableView& value) { return *this = Operand(value); }
  VariableView(const VariableView&);
  ~VariableView();
  VariableView& operator+=(const Operand& value);
  VariableView& operator-=(const Operand& value);
  VariableView& operator*=(const Operand& value);
  VariableView& operator/=(const Operand& value);
  Shape shape() const { return value().shape(); }
  DType dtype() const;
  template <class N>
  N item(Site site = Site::current()) const {
    return value(site).item<N>(site);
  }
  template <class N>
  std::vector<N> to_vector(Site site = Site::current()) const {
    return value(site).to_vector<N>(site);
  }

#ifdef BRAINPY_SOURCE_TOOL
  explicit operator bool() const;
#else
  // clang-format off
  explicit operator bool() const = delete;  // a view has no C++ truth value: use bm::where, bm::ifelse or bm::while_loop, or let the source tool rewrite it: brainpy run FILE, or brainpy_add_model in CMake
  // clang-format on
#endif

 private:
  std::shared_ptr<VariableState> state_;
  IndexList indices_;
};

/// Variables by path, in the order in which they were made.
class VarDict {
 public:
  using Entry = std::pair<std::string, Variable>;
  VarDict();
  VarDict(VarDict&&) noexcept;
  VarDict& operator=(VarDict&&) noexcept;
  ~VarDict();

  void add(std::string name, Variable variable);
  /// The Variable, or a NameError that lists the known names.
  Variable& operator[](const std::string& name);
  bool contains(const std::string& name) const;
  std::size_t size() const;
  Entry* begin();
  Entry* end();
  const Entry* begin() const;
  const Entry* end() const;

 private:
  std::vector<Entry> entries_;
};

}  // namespace brainpy::math

template <>
struct fmt::formatter<brainpy::math::Variable> : brainpy::math::TextFormatter {
  template <class Context>
  auto format(const brainpy::math::Variable& v, Context& context) const {
    return write(v.value().to_string(), context);
  }
};
