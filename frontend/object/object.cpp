// The tree of objects: names, paths, collections of Variables, saving and loading.
#include "frontend/object/object.hpp"

#include <cxxabi.h>
#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <map>
#include <typeinfo>

#include "frontend/math/array_data.h"
#include "frontend/object/reflection.hpp"
#include "frontend/object/variable_state.h"
#include "runtime/io.h"

namespace brainpy {

using math::VarDict;
using math::Variable;

BrainPyObject::BrainPyObject() : info_(std::make_shared<ObjectInfo>()) {}
BrainPyObject::~BrainPyObject() = default;

std::string BrainPyObject::class_name() const {
  int status = 0;
  char* text = abi::__cxa_demangle(typeid(*this).name(), nullptr, nullptr, &status);
  std::string name = status == 0 ? text : "BrainPyObject";
  std::free(text);
  // Without the namespaces (template arguments keep theirs).
  const std::size_t end = name.find('<');
  const std::size_t colon = name.rfind("::", end);
  if (colon != std::string::npos) name.erase(0, colon + 2);
  // Remembered where it outlasts the object; while the object is being constructed the name is that of a base.
  if (std::ranges::find(info_->classes, name) == info_->classes.end()) info_->classes.push_back(name);
  return name;
}

std::string BrainPyObject::name() const {
  if (info_->name.empty()) {
    static std::map<std::string, int> made;
    const std::string base = class_name();
    info_->name = base + std::to_string(made[base]++);
  }
  return info_->name;
}

std::string BrainPyObject::path() const { return info_->path(); }

void BrainPyObject::check_new_name(const char* name) const {
  bool good = *name != '\0' && !std::isdigit(static_cast<unsigned char>(*name));
  for (const char* c = name; *c; ++c) good = good && (std::isalnum(static_cast<unsigned char>(*c)) || *c == '_');
  if (!good)
    throw NameError({.what = std::string("'") + name + "' is not a name for a Variable or node",
                     .values = "in an object of class " + class_name(),
                     .hint = "use letters, digits and _, and begin with a letter"});
  bool taken = false;
  for (const auto& s : states_) taken = taken || s->name == name;
  for (const auto& c : children_) taken = taken || c->info_->name == name;
  if (taken)
    throw NameError({.what = std::string("the name '") + name + "' is taken",
                     .values = "in an object of class " + class_name(),
                     .hint = "each Variable and node of an object needs its own name"});
}

std::shared_ptr<math::VariableState> BrainPyObject::add_state(const char* name, const math::Operand& initial,
                                                              bool trainable) {
  check_new_name(name);
  class_name();
  auto state = math::make_state(name, initial.array(), trainable);
  state->object = info_;
  states_.push_back(state);
  return state;
}

Variable BrainPyObject::variable(const char* name, const math::Operand& initial) {
  return Variable(add_state(name, initial, false));
}

math::TrainVar BrainPyObject::train_variable(const char* name, const math::Operand& initial) {
  return math::TrainVar(add_state(name, initial, true));
}

void BrainPyObject::adopt(const char* name, std::shared_ptr<BrainPyObject> child) const {
  if (child->info_->has_parent)
    throw NameError({.what = std::string("node '") + name + "' is already a part of an object",
                     .values = "there it is '" + child->path() + "', here in an object of class " + class_name(),
                     .hint = "give each object a part of its own"});
  child->info_->name = name;
  child->info_->parent = info_;
  child->info_->has_parent = true;
  child->class_name();
  children_.push_back(std::move(child));
}

void BrainPyObject::adopt_new(const char* name, BrainPyObject* made) const {
  adopt(name, std::shared_ptr<BrainPyObject>(made));
}

void BrainPyObject::register_members() const {
  // While an object is being constructed its class is a base: what is known then is registered, the rest later.
  if (const std::type_index type = typeid(*this); info_->registered_as != type) {
    auto& self = const_cast<BrainPyObject&>(*this);
    std::vector<std::string> order;
    for (const reflection::ClassTable* table : reflection::tables_of(*this))
      for (const reflection::Member& member : table->members) {
        const reflection::Value value = member.value(self);
        order.emplace_back(member.text->name);
        if (const auto* variable = std::get_if<Variable*>(&value)) register_member(member.text->name, **variable);
        if (const auto* part = std::get_if<BrainPyObject*>(&value)) register_member(member.text->name, **part);
      }
    sort_members(order);
    info_->registered_as = type;
  }
  for (const auto& c : children_) c->register_members();
}

void BrainPyObject::register_member(const char* name, Variable& variable) const {
  const std::shared_ptr<math::VariableState>& state = variable.state();
  if (state->object) return;  // made with variable(), or another object's
  check_new_name(name);
  class_name();
  state->name = name;
  state->object = info_;
  states_.push_back(state);
}

void BrainPyObject::register_member(const char* name, BrainPyObject& part) const {
  if (part.info_->has_parent && part.info_->parent.lock() == info_) return;
  check_new_name(name);
  adopt(name, std::shared_ptr<BrainPyObject>(std::shared_ptr<void>(), &part));  // owned as a member
}

/// Members in the order of their declarations; others behind them, as they were made.
void BrainPyObject::sort_members(const std::vector<std::string>& order) const {
  const auto rank = [&](const std::string& name) { return std::ranges::find(order, name) - order.begin(); };
  std::ranges::stable_sort(states_, {}, [&](const auto& state) { return rank(state->name); });
  std::ranges::stable_sort(children_, {}, [&](const auto& child) { return rank(child->info_->name); });
}

void BrainPyObject::collect(const std::string& prefix, bool only_trainable, VarDict& into) const {
  for (const auto& s : states_)
    if (s->trainable || !only_trainable) into.add(prefix + s->name, Variable(s));
  for (const auto& c : children_) c->collect(prefix + c->info_->name + ".", only_trainable, into);
}

VarDict BrainPyObject::vars() const {
  register_members();
  VarDict all;
  collect("", false, all);
  return all;
}

VarDict BrainPyObject::train_vars() const {
  register_members();
  VarDict trainable;
  collect("", true, trainable);
  return trainable;
}

void BrainPyObject::collect_nodes(const std::string& prefix, NodeDict& into) const {
  for (const auto& c : children_) {
    into.entries_.emplace_back(prefix + c->info_->name, c.get());
    c->collect_nodes(prefix + c->info_->name + ".", into);
  }
}

NodeDict BrainPyObject::nodes() const {
  register_members();
  NodeDict all;
  collect_nodes("", all);
  return all;
}

std::size_t NodeDict::size() const { return entries_.size(); }
const NodeDict::Entry* NodeDict::begin() const { return entries_.data(); }
const NodeDict::Entry* NodeDict::end() const { return entries_.data() + entries_.size(); }
BrainPyObject& NodeDict::operator[](const std::string& name) const {
  std::string known;
  for (const Entry& e : entries_) {
    if (e.first == name) return *e.second;
    known += (known.empty() ? "" : ", ") + e.first;
  }
  throw NameError({.what = "no node is called '" + name + "'", .hint = "known are: " + known});
}

void BrainPyObject::save_state(const std::string& file) const {
  std::vector<runtime::NamedTensor> tensors;
  for (auto& [name, variable] : vars()) tensors.push_back({name, variable.state()->value});
  runtime::save(file, tensors);
}

void BrainPyObject::load_state(const std::string& file) {
  std::map<std::string, runtime::Tensor> found;
  for (runtime::NamedTensor& t : runtime::load(file)) found[t.name] = std::move(t.tensor);
  VarDict all = vars();
  // Everything is checked before anything changes.
  for (auto& [name, variable] : all) {
    const auto it = found.find(name);
    if (it == found.end())
      throw NameError({.what = "load_state: the file has no value for '" + name + "'",
                       .values = "file " + file,
                       .hint = "save the state with the same model"});
    runtime::Type& type = it->second.type;
    if (variable.dtype() == runtime::DType::key && type.dtype == runtime::DType::u64) type.dtype = runtime::DType::key;
    if (!(type == variable.type()))
      throw ShapeError({.what = "load_state: the value of '" + name + "' has another type",
                        .values = "the Variable is " + to_string(variable.type()) + ", the file has " + to_string(type),
                        .hint = "save and load with the same sizes and precision"});
  }
  for (auto& [name, variable] : all) variable.state()->value = found[name];
}

Variable& VarList::add(const math::Operand& initial) {
  items_.push_back(variable(("v" + std::to_string(items_.size())).c_str(), initial));
  return items_.back();
}

}  // namespace brainpy
