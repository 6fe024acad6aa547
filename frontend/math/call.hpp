// Calling an operation of the registry by name: for operations of one's own.
// In: the name, operands, attributes. Out: its results.
#pragma once

#include <initializer_list>
#include <string>

#include "compiler/ir/ir.h"
#include "frontend/math/array.hpp"

namespace brainpy::math {

/// The operation's only result. Operands of a map operation are brought to a common type and broadcast together; those
/// of other operations are taken as they are. An unknown name is a NameError.
Array call(const std::string& name, std::initializer_list<Operand> operands,
           const compiler::ir::Attributes& attributes = {}, Site site = Site::current());

}  // namespace brainpy::math
