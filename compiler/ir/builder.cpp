#include "compiler/ir/builder.h"

#include <bit>
#include <cstring>

#include "compiler/ops/registry.h"

namespace brainpy::compiler::ir {

Op* Builder::insert(std::unique_ptr<Op> op) {
  op->parent = region_;
  op->location = location_;
  region_->ops.push_back(std::move(op));
  return region_->ops.back().get();
}

namespace {

void add_results(Op& op, const std::vector<Type>& types) {
  for (std::size_t i = 0; i < types.size(); ++i) {
    auto value = std::make_unique<Value>();
    value->type = types[i];
    value->definition = &op;
    value->index = static_cast<int>(i);
    op.results.push_back(std::move(value));
  }
}

}  // namespace

Op* Builder::append(const OpDef& def, std::vector<Value*> operands, Attributes attributes) {
  std::vector<Type> types;
  for (const Value* v : operands) types.push_back(v->type);
  auto op = std::make_unique<Op>();
  op->def = &def;
  try {
    add_results(*op, def.infer(types, attributes));
  } catch (const runtime::Error& e) {
    e.rethrow_at(location_);
  }
  op->operands = std::move(operands);
  op->attributes = std::move(attributes);
  return insert(std::move(op));
}

Op* Builder::append(const std::string& name, std::vector<Value*> operands, Attributes attributes) {
  return append(registry().get(name), std::move(operands), std::move(attributes));
}

Value* Builder::apply(const std::string& name, std::vector<Value*> operands, Attributes attributes) {
  return append(name, std::move(operands), std::move(attributes))->result();
}

Value* Builder::constant(DType dtype, double value) { return constant_bits({dtype, {}}, {literal_bits(dtype, value)}); }

Value* Builder::constant_bits(Type type, std::vector<std::uint64_t> bits) {
  auto op = std::make_unique<Op>();
  op->def = &registry().get("const");
  op->literal.bits = std::move(bits);
  add_results(*op, {type});
  return insert(std::move(op))->result();
}

Value* Builder::read(const std::string& symbol, const Type& type) {
  auto op = std::make_unique<Op>();
  op->def = &registry().get("read");
  op->symbol = symbol;
  add_results(*op, {type});
  op->results[0]->name = symbol;
  return insert(std::move(op))->result();
}

void Builder::write(const std::string& symbol, Value* value) {
  auto op = std::make_unique<Op>();
  op->def = &registry().get("write");
  op->symbol = symbol;
  op->operands = {value};
  insert(std::move(op));
}

void Builder::yield(std::vector<Value*> values) {
  auto op = std::make_unique<Op>();
  op->def = &registry().get("yield");
  op->operands = std::move(values);
  insert(std::move(op));
}

Op* Builder::append_control(const std::string& name, std::vector<Value*> operands, std::vector<Type> results,
                            Attributes attributes, int regions) {
  auto op = std::make_unique<Op>();
  op->def = &registry().get(name);
  op->operands = std::move(operands);
  op->attributes = std::move(attributes);
  add_results(*op, results);
  for (int i = 0; i < regions; ++i) {
    op->regions.push_back(std::make_unique<Region>());
    op->regions.back()->parent = op.get();
  }
  return insert(std::move(op));
}

std::uint64_t literal_bits(DType dtype, double value) {
  switch (dtype) {
    case DType::f32:
      return std::bit_cast<std::uint32_t>(static_cast<float>(value));
    case DType::f64:
      return std::bit_cast<std::uint64_t>(value);
    case DType::bool_:
      return value != 0.0;
    case DType::i32:
      return static_cast<std::uint32_t>(static_cast<std::int32_t>(value));
    case DType::i64:
      return static_cast<std::uint64_t>(static_cast<std::int64_t>(value));
    case DType::u32:
      return static_cast<std::uint32_t>(value);
    case DType::u64:
    case DType::key:
      return static_cast<std::uint64_t>(value);
  }
  return 0;
}

std::uint64_t literal_bits(DType dtype, std::int64_t value) {
  switch (dtype) {
    case DType::f32:
      return std::bit_cast<std::uint32_t>(static_cast<float>(value));
    case DType::f64:
      return std::bit_cast<std::uint64_t>(static_cast<double>(value));
    case DType::bool_:
      return value != 0;
    case DType::i32:
    case DType::u32:
      return static_cast<std::uint32_t>(value);
    default:
      return static_cast<std::uint64_t>(value);
  }
}

double literal_value(DType dtype, std::uint64_t bits) {
  switch (dtype) {
    case DType::f32:
      return std::bit_cast<float>(static_cast<std::uint32_t>(bits));
    case DType::f64:
      return std::bit_cast<double>(bits);
    case DType::bool_:
      return bits != 0;
    case DType::i32:
      return static_cast<std::int32_t>(static_cast<std::uint32_t>(bits));
    case DType::i64:
      return static_cast<double>(static_cast<std::int64_t>(bits));
    case DType::u32:
      return static_cast<std::uint32_t>(bits);
    default:
      return static_cast<double>(bits);
  }
}

}  // namespace brainpy::compiler::ir
