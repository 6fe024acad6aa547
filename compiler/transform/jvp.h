// Forward derivatives: a program that computes the function and its tangents side by side.
// In: a pure function (no writes). Out: a new program; the rules are the operations' own (OpDef::jvp).
#pragma once

#include <memory>
#include <vector>

#include "compiler/ir/ir.h"

namespace brainpy::compiler::transform {

/// Where the tangents of the parameters come from.
enum class JvpSeed : std::uint8_t {
  parameters,  ///< one more parameter for each differentiated one
  ones,        ///< the literal 1: the result is the derivative of an elementwise function
};

/// The function and its tangents. `differentiate` has a flag for each parameter of `f`; flags of parameters that are
/// not floats are ignored. Parameters of the result: those of `f`, then one tangent of the same type for each
/// differentiated one (JvpSeed::parameters). Results: those of `f`, then one tangent for each float result, in order.
/// Symbols that `f` only reads are constants to the derivative. Throws ValueError with its place for an operation that
/// has no derivative.
std::unique_ptr<ir::Program> jvp(const ir::Program& f, const std::vector<bool>& differentiate,
                                 JvpSeed seed = JvpSeed::parameters);

}  // namespace brainpy::compiler::transform
