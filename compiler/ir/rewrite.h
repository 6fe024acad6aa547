// What the passes and transforms share: walking a program, replacing values, cloning and moving operations, and the
// layout of loops.
// In: a program or a part of one. Out: the same, changed, or facts about it.
#pragma once

#include <memory>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "compiler/ir/builder.h"
#include "compiler/ir/ir.h"

namespace brainpy::compiler::ir {

using ValueMap = std::unordered_map<const Value*, Value*>;
using OpList = std::vector<std::unique_ptr<Op>>;

// --- reading -------------------------------------------------------------------------------------

bool is(const Op& op, std::string_view name);

/// Visits every operation of the region and of the regions inside it, an operation before its own regions.
template <class Visit>
void walk(const Region& region, const Visit& visit) {
  for (const auto& op : region.ops) {
    visit(*op);
    for (const auto& r : op->regions) walk(*r, visit);
  }
}

/// How often each value is an operand.
std::unordered_map<const Value*, int> count_uses(const Region& region);

/// Values from outside that the regions of the operation use, each once, in the order of use.
std::vector<Value*> captured_values(const Op& op);

/// The region in which a value is defined.
const Region* region_of(const Value& value);

/// Whether the operation or one inside it has an effect: it reads or writes a Variable or is seen from outside.
bool has_effects(const Op& op);

/// The bits of a scalar literal, or null when the value is anything else.
const std::uint64_t* scalar_literal(const Value* value);

// --- changing ------------------------------------------------------------------------------------

/// Replaces operands everywhere in the region, following chains (a to b, b to c). True when one was replaced.
bool replace_uses(Region& region, const ValueMap& replacements);

/// Follows a chain of replacements to its end.
Value* resolve(Value* value, const ValueMap& replacements);

Value* add_result(Op& op, const Type& type, std::string name = {});
Value* insert_result(Op& op, int index, const Type& type, std::string name = {});
Value* insert_argument(Region& region, int index, const Type& type, std::string name = {});

/// Keeps the results (arguments, operands) whose flag is set; those that are dropped must be unused.
void keep_results(Op& op, const std::vector<bool>& keep);
void keep_arguments(Region& region, const std::vector<bool>& keep);
void keep_operands(Op& op, const std::vector<bool>& keep);

/// Appends an existing operation to the region.
Op* adopt(Region& region, std::unique_ptr<Op> op);

/// Appends a copy of an operation with its regions. Values that the map does not hold are used as they are; the copy's
/// values are added to the map.
Op* clone_op(const Op& source, Region& to, ValueMap& map);

/// Copies the operations of a region but its `yield`. Returns what the yielded values became.
std::vector<Value*> clone_ops(const Region& source, Region& to, ValueMap& map);

/// Appends the body of a program. Arguments: its parameters, then (of a discharged program) its symbols. Returns the
/// yielded values. Of a program that is not discharged the reads and writes are copied; the caller declares the
/// symbols.
std::vector<Value*> inline_program(Builder& builder, const Program& program, const std::vector<Value*>& arguments);

// --- the layout of loops -------------------------------------------------------------------------

/// Where a loop keeps its values. A `while` has carried values only, and no bounds and no index.
struct Loop {
  int carried = 0;         ///< carried values
  int scanned = 0;         ///< operands that are taken row by row
  int stacked = 0;         ///< results that are made row by row
  int first_operand = 0;   ///< operand that starts carried value 0
  int first_argument = 0;  ///< region argument that holds it

  int scanned_operand(int i) const { return first_operand + carried + i; }
  int scanned_argument(int i) const { return first_argument + carried + i; }
  int stacked_result(int i) const { return carried + i; }
};

bool is_loop(const Op& op);
/// The layout of a `for` or `while`.
Loop loop_of(const Op& op);
/// The region that yields the next carried values.
Region& loop_body(const Op& op);

}  // namespace brainpy::compiler::ir
