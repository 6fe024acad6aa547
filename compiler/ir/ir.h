// The program: typed SSA values, operations that own regions, one block per region.
// In: built by a Builder or the parser. Out: read by every other room of the compiler.
//
// A Program is one function. Its symbols are what it touches by name: Variables that it reads and writes, and large
// constant arrays that it only reads. Before `discharge` they are touched by `read` and `write` operations; after it
// they are extra parameters and results.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "runtime/error.h"
#include "runtime/pool.h"
#include "runtime/shape.h"

namespace brainpy::compiler {

struct OpDef;  // compiler/ops/op_def.h

namespace ir {

using runtime::DType;
using runtime::Location;
using runtime::Shape;
using runtime::Type;

struct Op;
struct Region;

/// One SSA value: the result of an operation, or an argument of a region or program.
struct Value : runtime::Pooled<Value> {
  Type type;
  Op* definition = nullptr;  ///< null for an argument
  int index = 0;             ///< which result, or which argument
  Region* owner = nullptr;   ///< for an argument: its region
  std::string name;          ///< a hint for printing; never hashed
};

/// A constant attribute of an operation, such as an axis or a shape.
using Attribute = std::variant<bool, std::int64_t, double, std::string, std::vector<std::int64_t>, DType>;

/// Attributes in the order in which they were set; few, so a list.
class Attributes {
 public:
  struct Entry {
    std::string name;
    Attribute value;
  };
  Attributes() = default;
  Attributes(std::initializer_list<Entry> entries) : entries_(entries) {}

  void set(std::string name, Attribute value);
  const Attribute* find(std::string_view name) const;
  std::int64_t integer(std::string_view name) const;
  std::int64_t integer_or(std::string_view name, std::int64_t otherwise) const;
  double real(std::string_view name) const;
  bool flag(std::string_view name) const;  ///< false when absent
  const std::string& text(std::string_view name) const;
  const std::vector<std::int64_t>& integers(std::string_view name) const;
  Shape shape(std::string_view name) const;
  DType dtype(std::string_view name) const;

  const std::vector<Entry>& entries() const { return entries_; }
  bool empty() const { return entries_.empty(); }

 private:
  std::vector<Entry> entries_;
};

/// The data of a `const` operation: up to 16 elements, kept as bits of the element type (a bool is 0 or 1).
struct Literal {
  std::vector<std::uint64_t> bits;
};

struct Op : runtime::Pooled<Op> {
  const OpDef* def = nullptr;
  std::vector<Value*> operands;
  Attributes attributes;
  std::vector<std::unique_ptr<Value>> results;
  std::vector<std::unique_ptr<Region>> regions;
  Literal literal;     ///< of `const` only
  std::string symbol;  ///< of `read` and `write` only: "E.V"
  Location location;
  Region* parent = nullptr;

  Value* result(int i = 0) const { return results[static_cast<std::size_t>(i)].get(); }
};

/// A straight list of operations, ended by `yield` (its operands leave the region).
/// Values of enclosing regions may be used inside.
struct Region {
  std::vector<std::unique_ptr<Value>> arguments;
  std::vector<std::unique_ptr<Op>> ops;
  Op* parent = nullptr;  ///< null for a program's body

  Op* terminator() const { return ops.empty() ? nullptr : ops.back().get(); }
  Value* add_argument(Type type, std::string name = {});
};

enum class SymbolKind : std::uint8_t { variable, constant };

struct Symbol {
  std::string name;
  Type type;
  SymbolKind kind = SymbolKind::variable;
};

/// After discharge: parameter `argument` of the body holds symbol `symbol`; `result` is the index of the body's
/// yielded value that is its new value, or -1 when it is only read.
struct Binding {
  int symbol = 0;
  int argument = 0;
  int result = -1;
};

struct Program {
  std::string name = "main";
  std::vector<Symbol> symbols;
  Region body;  ///< arguments: parameters, then (after discharge) symbols; its yield holds results, then new states
  int parameters = 0;
  std::vector<Binding> bindings;  ///< empty before discharge
  bool discharged = false;

  const Symbol* find_symbol(const std::string& symbol_name) const;
  /// How many of the yielded values are the function's own results (the rest are new states).
  int result_count() const;
};

/// A deep copy; values are mapped one to one.
std::unique_ptr<Program> clone(const Program& program);

/// Operations of the kind in this region and the regions inside it.
int count_ops(const Region& region);

}  // namespace ir
}  // namespace brainpy::compiler
