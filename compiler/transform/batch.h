// Batches: a program that computes a function for many rows at once.
// In: a pure function (no writes) and which of its parameters have a batch axis. Out: a new program; the rules are the
// operations' own (OpDef::batch).
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "compiler/ir/ir.h"

namespace brainpy::compiler::transform {

struct BatchedProgram {
  std::unique_ptr<ir::Program> program;
  std::vector<bool> batched;  ///< which results depend on the batch: the others have one row, which all share
};

/// The function for `extent` rows. Parameters whose flag is set, and results that depend on them, have the batch as
/// their first axis. Row r of the results has exactly the bits that `f` gives for row r of the parameters. Symbols that
/// `f` only reads are shared by all rows.
///
/// A branch or loop whose condition differs between rows computes all rows and selects, when nothing in it has an
/// effect, can fail or might not end; otherwise, and where the bounds of a `for` differ, the rows run it one after the
/// other. What is printed comes row by row; what depends on no row is printed once.
///
/// Throws ValueError with its place for an operation that is not batchable, ShapeError for a value of more than 8 axes.
BatchedProgram batch(const ir::Program& f, const std::vector<bool>& batched, std::int64_t extent);

}  // namespace brainpy::compiler::transform
