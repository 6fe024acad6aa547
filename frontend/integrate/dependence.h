// How the results of a function depend on its arguments, as far as its operations show.
// In: a straight program. Out: for each result and argument whether, and whether place by place.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace brainpy::compiler::ir {
struct Program;
}

namespace brainpy::integrate {

enum class Dependence : std::uint8_t {
  none,
  elementwise,  ///< element i of the result on element i of the argument alone, in row-major order
  other,
};

/// [result][argument], for the first `arguments` parameters.
std::vector<std::vector<Dependence>> dependences(const compiler::ir::Program& program, std::size_t arguments);

}  // namespace brainpy::integrate
