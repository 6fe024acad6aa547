// What lists of arrays need once, not in every file that uses them.
#include "frontend/transform/structure.hpp"

#include "frontend/object/variable.hpp"

namespace brainpy::transform {

void Structure<Array>::flatten(const Array& value, Arrays& into) { into.push_back(value); }

void Structure<math::Variable>::flatten(const math::Variable& value, Arrays& into) { into.push_back(Array(value)); }

void Structure<Arrays>::flatten(const Arrays& value, Arrays& into) {
  into.insert(into.end(), value.begin(), value.end());
}

Arrays Structure<Arrays>::take(const Arrays& from, std::size_t& next) {
  Arrays rest(from.begin() + static_cast<std::ptrdiff_t>(next), from.end());
  next = from.size();
  return rest;
}

Function::~Function() = default;

FunctionPtr own(const Function* made) { return FunctionPtr(made); }

}  // namespace brainpy::transform
