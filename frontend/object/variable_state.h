// What a Variable is made of, and how a trace sees it.
// In: a type, a value. Out: reads and writes, at once or recorded.
#pragma once

#include <memory>
#include <string>
#include <typeindex>
#include <vector>

#include "frontend/math/array.hpp"
#include "runtime/tensor.h"

namespace brainpy {

/// An object's name and place in the tree; Variables keep it alive so that their paths outlast the object.
struct ObjectInfo {
  std::string name;
  std::vector<std::string> classes;  ///< those that are known, the most derived last
  std::weak_ptr<ObjectInfo> parent;
  bool has_parent = false;
  std::type_index registered_as = typeid(void);  ///< the class whose members were registered

  /// "E" for a child of the outermost object, "" for the outermost one.
  std::string path() const;
};

namespace math {

struct VariableState {
  std::string name;  ///< within its object
  std::shared_ptr<ObjectInfo> object;
  runtime::Type type;
  runtime::Tensor value;
  bool trainable = false;

  /// "E.V"
  std::string path() const;
};

std::shared_ptr<VariableState> make_state(std::string name, const Array& initial, bool trainable);
Array read_variable(const std::shared_ptr<VariableState>& state);
/// Checks shape and element type, spreads numbers.
void write_variable(const std::shared_ptr<VariableState>& state, const Operand& value);

}  // namespace math
}  // namespace brainpy
