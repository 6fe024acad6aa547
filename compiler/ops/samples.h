// Short ways to write the samples of an operation: which types and ranges the registry-driven tests call it with.
// In: element types and ranges. Out: Sample records whose operands are vectors of the tested size.
#pragma once

#include <utility>
#include <vector>

#include "compiler/ops/op_def.h"

namespace brainpy::compiler {

using Ranges = std::vector<std::pair<double, double>>;

/// Operands of the given types, each of shape [n]; one range for all, or one each.
Sample sample(std::vector<DType> dtypes, Ranges ranges, Attributes attributes = {});

/// `arity` operands of one type, for float32 and float64.
std::vector<Sample> float_samples(int arity, double low, double high);
/// The same for the four integer types; unsigned ones from max(low, 0).
std::vector<Sample> integer_samples(int arity, double low, double high);
/// Both.
std::vector<Sample> number_samples(int arity, double low, double high);

}  // namespace brainpy::compiler
