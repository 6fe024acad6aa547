// What an operation is, to everyone: one plain record per operation, filled in one place (compiler/ops/*.cpp, or a
// user's program). The builder asks it for types, the interpreter for a kernel, the code generator for a body, the
// transforms for derivatives, the tests for samples.
// In: fields. Out: OpDef, read through the Registry (registry.h).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "compiler/ir/ir.h"
#include "compiler/ops/emitter.h"
#include "runtime/tensor.h"

namespace brainpy::compiler {

using ir::Attributes;
using runtime::Location;
using runtime::Shape;
using runtime::Type;

/// Types of the results, or a user error (without a place: the caller adds it).
using InferFn = std::function<std::vector<Type>(std::span<const Type> operands, const Attributes&)>;

enum class ShapeClass : std::uint8_t {
  map,      ///< each element from the elements at the same place (or from scalars): fusible
  pack,     ///< one bit of each element of a bool array, in words: joins the loop that makes the array
  reduce,   ///< fewer elements than the operands, in a defined order
  gather,   ///< reads at computed places
  scatter,  ///< writes at computed places
  opaque,   ///< anything else
  control,  ///< owns regions, or is part of the program's frame (read, write, yield, const)
};

enum class Effects : std::uint8_t {
  none,     ///< may be removed, shared, moved
  reads,    ///< reads a Variable
  writes,   ///< writes a Variable
  ordered,  ///< seen from outside (print, check): never removed, kept in order
};

/// How one element type of a map operation is computed. The same body, twice.
struct MapBody {
  std::vector<DType> operands;  ///< element types that this body takes
  std::vector<DType> results;
  /// The host kernel over `count` elements. Every operand and result is an array of that many elements.
  /// `first` is the index of the first element, for indexed operations (iota, random bits).
  void (*host)(const void* const* in, void* const* out, std::int64_t first, std::int64_t count) = nullptr;
  /// Emits the body for one (possibly vector) element into Emitter::current(); `index` is the element's index (u64).
  void (*emit)(const EmitHandle* in, EmitHandle* out, EmitHandle index) = nullptr;
};

/// A failure found while a kernel runs, such as an index out of range. The first one is kept.
struct KernelError {
  bool failed = false;
  enum class Kind : std::uint8_t { index, value, nan } kind = Kind::index;
  std::string message;  ///< the values: "index 12, axis of 10"
  std::string what;     ///< what failed, where the program says it itself; else empty
  std::string hint;
};

/// What a host kernel of a non-map operation receives. Buffers are dense and row-major.
struct KernelCall {
  std::span<const Type> in_types;
  std::span<const Type> out_types;
  const void* const* in = nullptr;
  void* const* out = nullptr;
  const Attributes* attributes = nullptr;
  KernelError* error = nullptr;
  bool result_is_zero = false;             ///< for OpDef::adds_to_zeros: the result is zero already
  const std::int32_t* prepared = nullptr;  ///< what PartKernel::prepare lists of all bits, where it is known

  template <class T>
  const T* input(int i) const {
    return static_cast<const T*>(in[i]);
  }
  template <class T>
  T* output(int i) const {
    return static_cast<T*>(out[i]);
  }
  void fail(KernelError::Kind kind, std::string message) const {
    if (error->failed) return;
    error->failed = true;
    error->kind = kind;
    error->message = std::move(message);
  }
};

/// The kernel of an operation that is not a map: called by the interpreter and by compiled code alike.
using KernelFn = std::function<void(const KernelCall&)>;

/// A kernel for some types and attributes, chosen once where a kernel is called many times.
using KernelPointer = void (*)(const KernelCall&);

/// One part of a kernel's result: the elements [begin, end).
struct PartCall {
  const KernelCall& call;
  std::span<const std::int32_t* const> lists;  ///< from PartKernel::prepare; each begins with its length
  const void* division;                        ///< from PartKernel::divide
  std::int64_t begin, end;
};

/// How a kernel makes a part of its result by itself, for threads that each have their own. The bits are those of the
/// whole kernel, whatever the parts. Such a kernel has one result and never fails.
struct PartKernel {
  /// Whether these attributes and types have parts.
  bool (*applies)(const ir::Op& op) = nullptr;
  /// Estimate for the whole result.
  double (*nanoseconds)(const ir::Op& op) = nullptr;
  void (*run)(const PartCall& part) = nullptr;
  /// Bits that are read before the parts of a call, by `prepare` only: they may change while the parts run. -1: none.
  int prepared_operand = -1;
  /// How many bits these are.
  std::int64_t (*prepared_size)(const ir::Op& op) = nullptr;
  /// Lists what all parts need of the bits [begin, end), such as the rows that fired: how many they are, then which, at
  /// most all. `begin` is a multiple of 64.
  void (*prepare)(const KernelCall& call, std::int64_t begin, std::int64_t end, std::int32_t* list) = nullptr;
  /// The operands, constant in a program, of which a part takes a copy of its own once for many calls; none: all parts
  /// read the operands themselves.
  std::vector<int> (*divided_operands)(const ir::Op& op) = nullptr;
  /// `last`, if there is one, is the part's copy of the same operands for other bounds, and nobody's any more.
  std::shared_ptr<void> (*divide)(const KernelCall& call, std::int64_t begin, std::int64_t end,
                                  std::shared_ptr<void> last) = nullptr;
};

// --- derivatives ---------------------------------------------------------------------------------

/// What a forward-derivative rule works with. Values belong to the program that is being built.
class JvpRule {
 public:
  virtual ~JvpRule() = default;
  virtual const ir::Op& op() const = 0;
  virtual ir::Value* operand(int i) = 0;
  virtual ir::Value* result(int i = 0) = 0;
  /// The operand's tangent, or null when it is known to be zero.
  virtual ir::Value* tangent(int i) = 0;
  /// Appends an operation and returns its first result.
  virtual ir::Value* apply(const std::string& name, std::vector<ir::Value*> operands, Attributes attributes = {}) = 0;
  /// A scalar literal of the type of `like` (broadcasts with it).
  virtual ir::Value* number(double value, DType dtype) = 0;
  /// Sum of the given tangents; null ones count as zero; null when all are.
  ir::Value* add(ir::Value* a, ir::Value* b) {
    if (!a) return b;
    if (!b) return a;
    return apply("add", {a, b});
  }
};

/// Tangents of the results, null for zero. Only called when at least one operand has a tangent.
using JvpFn = std::function<std::vector<ir::Value*>(JvpRule&)>;

/// Said, not left out: this operation has no derivative. `reason` is shown to the user.
struct NotDifferentiable {
  std::string reason;
};
/// Derivative zero everywhere it exists (floor, comparisons, integer operations).
struct ZeroDerivative {};

using Jvp = std::variant<std::monostate, JvpFn, NotDifferentiable, ZeroDerivative>;

// --- batches -------------------------------------------------------------------------------------

/// What a batching rule works with: one operation that is to be done for `extent()` rows at once. The batch is the
/// first axis of what is batched. Values belong to the program that is being built.
class BatchRule {
 public:
  virtual ~BatchRule() = default;
  /// The operation on one row: its attributes, the types of its operands and results.
  virtual const ir::Op& op() const = 0;
  virtual std::int64_t extent() const = 0;
  virtual bool is_batched(int i) const = 0;
  /// The operand: [extent, row...] when it is batched, else the one row that all share.
  virtual ir::Value* operand(int i) = 0;
  /// The value with a batch axis; one without it is repeated.
  virtual ir::Value* with_axis(ir::Value* value, bool is_batched) = 0;
  /// Appends an operation and returns its results.
  virtual std::vector<ir::Value*> append(const std::string& name, std::vector<ir::Value*> operands,
                                         Attributes attributes = {}) = 0;
  /// A scalar literal.
  virtual ir::Value* number(double value, DType dtype) = 0;
  /// The results by a loop over the rows around the unchanged operation: always right.
  virtual std::vector<ir::Value*> loop() = 0;

  ir::Value* apply(const std::string& name, std::vector<ir::Value*> operands, Attributes attributes = {}) {
    return append(name, std::move(operands), std::move(attributes)).at(0);
  }
  /// The operand with the batch axis, also when all rows share it.
  ir::Value* batched(int i) { return with_axis(operand(i), is_batched(i)); }
};

/// The results with the batch axis: row r has exactly the bits that the operation gives for row r of the operands. Only
/// called when at least one operand is batched.
using BatchFn = std::function<std::vector<ir::Value*>(BatchRule&)>;

/// A map of elements: the map itself, on more elements. The index that a body gets counts the elements of one row.
struct BatchElementwise {};
/// A `for` over the rows around the unchanged operation.
struct BatchByLoop {};
/// Said, not left out: rows cannot be computed together. `reason` is shown to the user.
struct NotBatchable {
  std::string reason;
};

using Batch = std::variant<std::monostate, BatchFn, BatchElementwise, BatchByLoop, NotBatchable>;

// --- tests ---------------------------------------------------------------------------------------

/// A way to call the operation, for the registry-driven tests.
struct Sample {
  /// Operand types for a size n; the test makes values in [low, high] (integers: rounded; bools: both).
  std::function<std::vector<Type>(std::int64_t n)> operands;
  Attributes attributes;
  std::vector<std::pair<double, double>> ranges;  ///< one per operand, or one for all
  /// Extra attributes that depend on n.
  std::function<Attributes(std::int64_t n)> sized_attributes = {};
  /// Makes the operands' values when ranges alone cannot (a valid CSR structure); their types are those of
  /// `operands(n)`.
  std::function<std::vector<runtime::Tensor>(std::int64_t n, std::uint64_t seed)> generate = {};
};

/// `x op identity` is exactly x, for every bit pattern of x: used by simplify.
struct Identity {
  int operand;   ///< which operand is the identity
  double value;  ///< its value
};

struct OpDef {
  std::string name;
  std::string doc;  ///< one sentence, with units or domain where they matter
  ShapeClass shape_class = ShapeClass::opaque;
  Effects effects = Effects::none;
  InferFn infer;
  std::vector<MapBody> bodies;  ///< of a map
  KernelFn kernel;              ///< of everything else but control
  /// The same for these operands; null: there is only `kernel`.
  KernelPointer (*kernel_for)(std::span<const Type> operands, const Attributes& attributes) = nullptr;
  PartKernel parts;  ///< empty: the kernel works as a whole
  Jvp jvp;
  Batch batch;  ///< map_op() says BatchElementwise
  std::vector<Identity> identities;
  std::vector<Sample> samples;
  int arity = -1;              ///< number of operands; -1: any
  bool adds_to_zeros = false;  ///< the kernel sets its result to zero and adds to it: whoever reads it may leave zeros
  bool never_fails = false;    ///< the kernel gives results for all values (an index out of range would be a failure)
  /// The result is operand 0 with some elements replaced, and the kernel never fails: it may work in operand 0's
  /// memory.
  bool replaces_a_part = false;
  bool indexed = false;  ///< a map whose body uses the element's index (counted anew every `row` elements)
};

/// True when an operation may stand in a loop over elements (`fused`).
inline bool joins_loops(const OpDef& def) {
  return (def.shape_class == ShapeClass::map || def.shape_class == ShapeClass::pack) && def.effects == Effects::none;
}

/// True when the operation is an error for some values of its operands: it must not run for a branch not taken.
inline bool may_fail(const OpDef& def) {
  return !def.never_fails && (def.shape_class == ShapeClass::gather || def.shape_class == ShapeClass::scatter ||
                              def.shape_class == ShapeClass::opaque);
}

/// The elements over which the loop of such an operation runs.
inline const Shape& loop_shape(const ir::Op& op) {
  return op.def->shape_class == ShapeClass::pack ? op.operands[0]->type.shape : op.result()->type.shape;
}

}  // namespace brainpy::compiler
