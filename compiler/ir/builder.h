// Appends operations to a region: asks the operation for its result types and attaches the place.
// In: operands, attributes. Out: values.
#pragma once

#include <string>
#include <vector>

#include "compiler/ir/ir.h"

namespace brainpy::compiler::ir {

class Builder {
 public:
  explicit Builder(Region& region) : region_(&region) {}

  Region& region() { return *region_; }
  void set_region(Region& region) { region_ = &region; }
  void set_location(Location location) { location_ = std::move(location); }
  const Location& location() const { return location_; }

  /// Appends an operation whose result types its definition infers. A user error is given this builder's place.
  Op* append(const OpDef& def, std::vector<Value*> operands, Attributes attributes = {});
  Op* append(const std::string& name, std::vector<Value*> operands, Attributes attributes = {});
  /// The first result of append(name, ...).
  Value* apply(const std::string& name, std::vector<Value*> operands, Attributes attributes = {});

  /// A scalar literal. Floats are rounded to the type, integers must be exact.
  Value* constant(DType dtype, double value);
  Value* constant_bits(Type type, std::vector<std::uint64_t> bits);
  Value* read(const std::string& symbol, const Type& type);
  void write(const std::string& symbol, Value* value);
  void yield(std::vector<Value*> values);

  /// An operation that owns regions: types are given, the caller fills the regions.
  Op* append_control(const std::string& name, std::vector<Value*> operands, std::vector<Type> results,
                     Attributes attributes, int regions);

 private:
  Op* insert(std::unique_ptr<Op> op);

  Region* region_;
  Location location_;
};

/// Bits of a number in the type: what a Literal holds.
std::uint64_t literal_bits(DType dtype, double value);
std::uint64_t literal_bits(DType dtype, std::int64_t value);
/// The number that the bits stand for (integers above 2^53 lose digits).
double literal_value(DType dtype, std::uint64_t bits);

}  // namespace brainpy::compiler::ir
