// The passes: each changes a program in place and keeps every bit of every result.
// In: a traced program. Out: the same program, discharged, smaller, grouped into loops.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "compiler/ir/ir.h"
#include "runtime/options.h"

namespace brainpy::compiler::passes {

struct PassOptions {
  runtime::MathMode math = runtime::MathMode::exact;
};

struct Pass {
  const char* name;
  const char* doc;
  bool (*run)(ir::Program&, const PassOptions&);  ///< true: it changed something
};

/// The passes in the order in which run_pipeline runs them.
const std::vector<Pass>& pipeline();

/// The pass of this name; an unknown one is a NameError that lists the known ones.
const Pass& find_pass(const std::string& name);

/// Called after each pass: dumps, verifies, measures.
using PassObserver = std::function<void(const Pass&, bool changed, double milliseconds)>;

/// Runs every pass of the pipeline once.
void run_pipeline(ir::Program& program, const PassOptions& options = {}, const PassObserver& observer = {});

// One function a file.

/// Turns reads and writes of symbols into parameters, results and carried values; fills Program::bindings. Every symbol
/// that is touched gets an argument, in the order of Program::symbols; one that is written is also yielded.
bool discharge(ir::Program& program, const PassOptions& options);
/// Exact identities, constant folding with the host kernels, and loops and branches whose course is known.
bool simplify(ir::Program& program, const PassOptions& options);
/// Gives event-driven products and counts their spikes as bits.
bool pack_events(ir::Program& program, const PassOptions& options);
/// Shares operations that compute the same value, also with an enclosing region.
bool cse(ir::Program& program, const PassOptions& options);
/// Moves what does not change in a loop out of it, if it cannot fail: the loop may run zero times.
bool hoist(ir::Program& program, const PassOptions& options);
/// Arrays that every step of a loop fills with the same number are not carried through it.
bool settle(ir::Program& program, const PassOptions& options);
/// Drops operations, results, carried values and symbol arguments that nothing needs.
bool dce(ir::Program& program, const PassOptions& options);
/// MathMode::fast only: exponentials of lines over one value, whose slopes are whole multiples of one of them, become
/// powers of that one. Changes bits.
bool share_exponentials(ir::Program& program, const PassOptions& options);
/// MathMode::contract and fast only: a * b + c becomes fma(a, b, c). Changes bits.
bool contract(ir::Program& program, const PassOptions& options);
/// Groups map operations of one shape into `fused` operations.
bool fuse(ir::Program& program, const PassOptions& options);
/// Scalar literals stand in front, once each, in the order of their first use.
bool pool_literals(ir::Program& program, const PassOptions& options);

}  // namespace brainpy::compiler::passes
