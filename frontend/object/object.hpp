// BrainPyObject: the base of all models. State in Variables, parts in nodes, behaviour in update().
// In: members made with variable(), train_variable() and node<T>(), or found by the source tool's tables
// (frontend/object/reflection.hpp). Out: the tree of names and Variables.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "frontend/object/description.hpp"
#include "frontend/object/variable.hpp"

namespace brainpy {

struct ObjectInfo;
class NodeDict;

class BrainPyObject {
 public:
  BrainPyObject();
  virtual ~BrainPyObject();
  BrainPyObject(const BrainPyObject&) = delete;
  BrainPyObject& operator=(const BrainPyObject&) = delete;

  /// All Variables of this object and the nodes below it, by path ("E.V"), in the order in which they were made.
  math::VarDict vars() const;
  /// Those that training changes.
  math::VarDict train_vars() const;
  /// The nodes below this object, by path.
  NodeDict nodes() const;

  /// The name within its parent ("E"), or a unique one ("EINet0").
  std::string name() const;
  /// "E.synapse": the path from the outermost object; empty for that one.
  std::string path() const;
  /// The C++ class: "LIF".
  std::string class_name() const;

  /// Parameters, Variables and nodes with their units and comments, and those of the nodes below: print it.
  Description describe() const;

  /// Registers the members that the source tool found in the object's class, and those of its nodes: `bm::Variable V =
  /// bm::zeros({n});` is then the Variable "V", `LIF E {100};` the node "E". vars(), nodes(), describe(), bp::jit and
  /// runners call it themselves; it must not be called before the members exist. A name that is taken is a NameError.
  void register_members() const;

  /// Writes all Variables to a file that NumPy (.npz) or HDF5 (.h5) tools read; load_state reads either back.
  /// load_state: a Variable that the file lacks is a NameError, another shape a ShapeError.
  void save_state(const std::string& file) const;
  void load_state(const std::string& file);

 protected:
  /// State: keeps shape and element type of the initial value. The name must be new in this object.
  math::Variable variable(const char* name, const math::Operand& initial);
  math::TrainVar train_variable(const char* name, const math::Operand& initial);

  /// A part, owned by this object: node<LIF>("E", 3200) makes LIF(3200).
  template <class T, class... Arguments>
  T& node(const char* name, Arguments&&... arguments) {
    check_new_name(name);
    auto* made = new T(std::forward<Arguments>(arguments)...);
    adopt_new(name, made);
    return *made;
  }
  /// A part that exists already and is owned together with others: node("past", integral.memory()). It is part of one
  /// object only, else a NameError.
  template <class T>
  T& node(const char* name, const std::shared_ptr<T>& part) {
    check_new_name(name);
    adopt(name, part);
    return *part;
  }

 private:
  friend class NodeDict;
  void check_new_name(const char* name) const;
  void adopt(const char* name, std::shared_ptr<BrainPyObject> child) const;
  /// Owns what was just made with new.
  void adopt_new(const char* name, BrainPyObject* made) const;
  void register_member(const char* name, math::Variable& variable) const;
  void register_member(const char* name, BrainPyObject& part) const;
  void sort_members(const std::vector<std::string>& order) const;
  std::shared_ptr<math::VariableState> add_state(const char* name, const math::Operand& initial, bool trainable);
  void collect(const std::string& prefix, bool only_trainable, math::VarDict& into) const;
  void collect_nodes(const std::string& prefix, NodeDict& into) const;

  std::shared_ptr<ObjectInfo> info_;
  // Members are registered when they are first asked for: not a change that a user sees.
  mutable std::vector<std::shared_ptr<math::VariableState>> states_;
  mutable std::vector<std::shared_ptr<BrainPyObject>> children_;
};

/// Objects by path.
class NodeDict {
 public:
  using Entry = std::pair<std::string, BrainPyObject*>;
  /// The object, or a NameError that lists the known names.
  BrainPyObject& operator[](const std::string& name) const;
  std::size_t size() const;
  const Entry* begin() const;
  const Entry* end() const;

 private:
  friend class BrainPyObject;
  std::vector<Entry> entries_;
};

/// A list of parts of one type, made at run time, itself a node: `bp::NodeList<LIF>& layers =
/// node<bp::NodeList<LIF>>("layers");` then `layers.add(100)`. The parts are called n0, n1, ...
template <class T>
class NodeList : public BrainPyObject {
 public:
  template <class... Arguments>
  T& add(Arguments&&... arguments) {
    T& made = node<T>(std::to_string(items_.size()).insert(0, "n").c_str(), std::forward<Arguments>(arguments)...);
    items_.push_back(&made);
    return made;
  }
  T& operator[](std::size_t i) const { return *items_[i]; }
  std::size_t size() const { return items_.size(); }
  auto begin() const { return items_.begin(); }
  auto end() const { return items_.end(); }

 private:
  std::vector<T*> items_;
};

/// Parts of one type by name.
template <class T>
class NodeMap : public BrainPyObject {
 public:
  template <class... Arguments>
  T& add(const char* name, Arguments&&... arguments) {
    T& made = node<T>(name, std::forward<Arguments>(arguments)...);
    items_.emplace_back(name, &made);
    return made;
  }
  T& operator[](const std::string& name) const { return static_cast<T&>(nodes()[name]); }
  std::size_t size() const { return items_.size(); }
  auto begin() const { return items_.begin(); }
  auto end() const { return items_.end(); }

 private:
  std::vector<std::pair<std::string, T*>> items_;
};

/// A list of Variables made at run time.
class VarList : public BrainPyObject {
 public:
  math::Variable& add(const math::Operand& initial);
  math::Variable& operator[](std::size_t i) { return items_[i]; }
  std::size_t size() const { return items_.size(); }
  auto begin() { return items_.begin(); }
  auto end() { return items_.end(); }
  auto begin() const { return items_.begin(); }
  auto end() const { return items_.end(); }

 private:
  std::vector<math::Variable> items_;
};

}  // namespace brainpy
