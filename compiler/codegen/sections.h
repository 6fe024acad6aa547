// What a profiled program times: its sections, and how a section's time is shared out over the operations in it.
// In: a program and its placement. Out: sections by number; the code generator marks their ends, the profile reads
// them.
//
// A group (or a map on its own) is a section, a kernel call is one, maps of single numbers that follow one another are
// one together (a clock costs more than each of them), and so are the copies at one place.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <utility>
#include <vector>

#include "compiler/codegen/place.h"

namespace brainpy::compiler::codegen {

struct Sections {
  /// By number: the steps that the section consists of; or the `for`, `while` or `yield` whose copies it is.
  std::vector<std::vector<const ir::Op*>> operations;
  /// The operation after whose code a section ends, and its number.
  std::unordered_map<const ir::Op*, std::uint32_t> ends;
};

Sections sections_of(const ir::Program& program, const Placement& placement);

/// The operations of a step (those inside of a `fused`, but literals) and a rough cost of each, in one unit.
std::vector<std::pair<const ir::Op*, double>> costs_of(const ir::Op& step);

}  // namespace brainpy::compiler::codegen
