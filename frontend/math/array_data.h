// Inside of an Array, and the one function through which every operation of the front end passes.
// In: operands and attributes. Out: results, computed at once or recorded in the current trace.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "compiler/ir/ir.h"
#include "frontend/math/array.hpp"

namespace brainpy::math {

/// A concrete array has a buffer, a traced one a value; while a tape is kept (eager differentiation) it has both.
struct ArrayData {
  Type type;
  runtime::BufferPtr buffer;
  compiler::ir::Value* value = nullptr;
  std::uint64_t trace = 0;  ///< which trace made the value; traces are numbered from 1
};

using compiler::ir::Attributes;

/// The user's place of an operation: file, line, and "Class.method" from the function's name.
runtime::Location location_of(const Site& site);

/// While it lives, operations that the library's own sources write belong to the user's place: integrators are written
/// with the operators that users have, and errors and dumps must name the user's line.
class AttributedTo {
 public:
  explicit AttributedTo(const Site& site);
  ~AttributedTo();
  AttributedTo(const AttributedTo&) = delete;

 private:
  const Site* saved_;
};

/// Applies an operation of the registry to operands of exactly the types that it takes.
std::vector<Array> apply_all(const std::string& name, std::span<const Array> operands, Attributes attributes,
                             const Site& site);
/// The same; its only result.
Array apply(const std::string& name, std::initializer_list<Array> operands, Attributes attributes, const Site& site);
Array apply(const std::string& name, const std::vector<Array>& operands, Attributes attributes, const Site& site);

/// A scalar constant.
Array number(DType dtype, double value);
Array number(DType dtype, std::int64_t value);

// --- NumPy's rules -------------------------------------------------------------------------------

/// The type that both convert to: bool < integers < floats; u32 with i32 gives i64; an integer with a float the float.
DType promote(DType a, DType b);
/// The common type of the operands; numbers are weak.
DType common_dtype(std::initializer_list<Operand> operands);
DType common_dtype(std::span<const Operand> operands);
/// default_float() for integers and bools, the type itself for floats.
DType to_float(DType dtype);

Array convert(const Array& array, DType dtype, const Site& site);
/// NumPy broadcasting to the shape; the array itself when it has it already.
Array broadcast_array(const Array& array, const Shape& shape, const Site& site);

/// A map operation on operands of any shapes: broadcasts them together (scalars stay scalars) and applies it.
/// `function` names the user's function in errors.
Array map(const std::string& name, std::vector<Array> operands, const Site& site, const char* function = nullptr);

/// The usual elementwise function of two operands: common type, broadcast, apply.
Array binary(const std::string& name, const Operand& a, const Operand& b, const char* function = nullptr);
/// The same after conversion to floats (exp of integers).
Array float_unary(const std::string& name, const Operand& a);
Array float_binary(const std::string& name, const Operand& a, const Operand& b);

/// Axis in range, or an IndexError of the function.
int check_axis(int axis, int rank, const char* function, const Site& site);

// --- indexing ------------------------------------------------------------------------------------

/// `array[indices]` by NumPy's rules. A traced bool mask is a TraceError, a number outside its axis an IndexError.
Array read_index(const Array& array, const IndexList& indices, const Site& site);
/// A new array in which the elements that read_index would give are replaced. `how` is "set", "add", "mul", "min" or
/// "max": what is done with the old element and the value. Values broadcast to the shape of the part; elements that
/// several indices name are combined in row-major order of the indices (`set`: the last one stays).
Array write_index(const Array& array, const IndexList& indices, const char* how, const Operand& values,
                  const Site& site);

/// NumPy's printing of concrete data.
std::string print_array(const runtime::Tensor& tensor);

}  // namespace brainpy::math
