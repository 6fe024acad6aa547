// The operation `check` for users.
#include "frontend/math/check.hpp"

#include "frontend/math/array_data.h"

namespace brainpy::math {

void check(const Operand& condition, const std::string& what,
           const std::vector<std::pair<std::string, Operand>>& values, const std::string& hint) {
  const Site& site = condition.site();
  std::vector<Array> operands{convert(condition.array(), DType::bool_, site)};
  std::string names;
  for (const auto& [name, value] : values) {
    operands.push_back(value.array());
    names += (names.empty() ? "" : ",") + name;
  }
  apply_all("check", operands, {{"what", what}, {"names", names}, {"hint", hint}}, site);
}

}  // namespace brainpy::math
