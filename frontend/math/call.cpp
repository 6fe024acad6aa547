#include "frontend/math/call.hpp"

#include "compiler/ops/registry.h"
#include "frontend/math/array_data.h"

namespace brainpy::math {

Array call(const std::string& name, std::initializer_list<Operand> operands, const Attributes& attributes, Site site) {
  const compiler::OpDef* def = nullptr;
  try {
    def = &compiler::registry().get(name);
  } catch (const Error& e) {
    e.rethrow_at(location_of(site));
  }
  std::vector<Array> arrays;
  if (def->shape_class != compiler::ShapeClass::map) {
    for (const Operand& o : operands) arrays.push_back(o.array());
    return apply(name, arrays, attributes, site);
  }
  const DType dtype = common_dtype(operands);
  for (const Operand& o : operands) arrays.push_back(o.is_number() ? o.array(dtype) : o.array());
  return map(name, arrays, site);
}

}  // namespace brainpy::math
