// Every rule is a function from an operation to the value that replaces its result, or null. Rules of one operation
// stand in one table, below them the rules for all map operations.
#include "compiler/passes/simplify_rules.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <string>
#include <unordered_map>
#include <vector>

#include "compiler/interp/interpreter.h"
#include "compiler/ir/rewrite.h"
#include "compiler/ops/op_def.h"

namespace brainpy::compiler::passes {
namespace {

using ir::Builder;
using ir::Op;
using ir::Value;
using runtime::DType;

/// What a rule may look at and append to: `build` stands right before the operation.
struct Site {
  const Op& op;
  Builder& build;

  Value* operand(std::size_t i) const { return op.operands[i]; }
  const runtime::Type& type() const { return op.result()->type; }

  /// The value in the result's shape: itself, or a scalar repeated.
  Value* in_shape(Value* value) const {
    if (value->type.shape == type().shape) return value;
    return build.apply("fill", {value},
                       {{"shape", std::vector<std::int64_t>(type().shape.begin(), type().shape.end())}});
  }
  Value* literal(double value) const { return in_shape(build.constant(type().dtype, value)); }
};

const Op* defined_by(const Value* value, const char* name) {
  return value->definition && ir::is(*value->definition, name) ? value->definition : nullptr;
}

bool is_literal(const Value* value, double number) {
  const std::uint64_t* bits = ir::scalar_literal(value);
  return bits && *bits == ir::literal_bits(value->type.dtype, number);
}

// --- rules of one operation ----------------------------------------------------------------------

/// not(not x), neg(neg x) and the like.
Value* twice_is_nothing(Site& s) {
  const Op* inner = defined_by(s.operand(0), s.op.def->name.c_str());
  return inner ? inner->operands[0] : nullptr;
}

/// a + (-b) and (-a) + b.
Value* add_of_negative(Site& s) {
  if (const Op* neg = defined_by(s.operand(1), "neg")) return s.build.apply("sub", {s.operand(0), neg->operands[0]});
  if (const Op* neg = defined_by(s.operand(0), "neg")) return s.build.apply("sub", {s.operand(1), neg->operands[0]});
  return nullptr;
}

/// a - (-b). The other case, 0 - a, is no negation: 0 - 0 is +0.
Value* sub_of_negative(Site& s) {
  const Op* neg = defined_by(s.operand(1), "neg");
  return neg ? s.build.apply("add", {s.operand(0), neg->operands[0]}) : nullptr;
}

/// Integers only: x - x of an infinity is NaN.
Value* sub_of_itself(Site& s) {
  return s.operand(0) == s.operand(1) && !runtime::is_float(s.type().dtype) ? s.literal(0) : nullptr;
}

/// Integers only: 0 * x of a float may be -0.0 or NaN.
Value* mul_by_zero(Site& s) {
  if (runtime::is_float(s.type().dtype)) return nullptr;
  return is_literal(s.operand(0), 0) || is_literal(s.operand(1), 0) ? s.literal(0) : nullptr;
}

Value* mul_by_minus_one(Site& s) {
  if (!runtime::is_float(s.type().dtype)) return nullptr;
  for (std::size_t k = 0; k < 2; ++k)
    if (is_literal(s.operand(k), -1.0)) return s.in_shape(s.build.apply("neg", {s.operand(1 - k)}));
  return nullptr;
}

/// A power of two has an exact reciprocal: both round the same number, and a product is much the faster.
template <class T, class Bits>
Value* divide_by_power_of_two(Site& s, std::uint64_t bits) {
  const T divisor = std::bit_cast<T>(static_cast<Bits>(bits));
  int exponent = 0;
  const bool is_power = std::isfinite(divisor) && std::abs(std::frexp(divisor, &exponent)) == T(0.5);
  const T reciprocal = T(1) / divisor;
  if (!is_power || !std::isnormal(divisor) || !std::isnormal(reciprocal)) return nullptr;
  return s.build.apply("mul", {s.operand(0), s.build.constant(s.type().dtype, reciprocal)});
}

Value* div_by_power_of_two(Site& s) {
  const std::uint64_t* bits = ir::scalar_literal(s.operand(1));
  if (!bits) return nullptr;
  if (s.type().dtype == DType::f32) return divide_by_power_of_two<float, std::uint32_t>(s, *bits);
  if (s.type().dtype == DType::f64) return divide_by_power_of_two<double, std::uint64_t>(s, *bits);
  return nullptr;
}

Value* select_known(Site& s) {
  if (s.operand(1) == s.operand(2)) return s.in_shape(s.operand(1));
  if (const std::uint64_t* condition = ir::scalar_literal(s.operand(0)))
    return s.in_shape(s.operand(*condition ? 1 : 2));
  if (const Op* inverse = defined_by(s.operand(0), "not"))
    return s.build.apply("select", {inverse->operands[0], s.operand(2), s.operand(1)});
  if (s.type().dtype == DType::bool_) {
    if (is_literal(s.operand(1), 1) && is_literal(s.operand(2), 0)) return s.in_shape(s.operand(0));
    if (is_literal(s.operand(1), 0) && is_literal(s.operand(2), 1))
      return s.in_shape(s.build.apply("not", {s.operand(0)}));
  }
  // What the same condition has decided already.
  for (std::size_t k = 1; k <= 2; ++k) {
    const Op* inner = defined_by(s.operand(k), "select");
    if (!inner || inner->operands[0] != s.operand(0)) continue;
    Value* chosen[] = {s.operand(1), s.operand(2)};
    chosen[k - 1] = inner->operands[k];
    return s.in_shape(s.build.apply("select", {s.operand(0), chosen[0], chosen[1]}));
  }
  return nullptr;
}

/// The larger one of x and x.
Value* equal_operands(Site& s) { return s.operand(0) == s.operand(1) ? s.operand(0) : nullptr; }

Value* and_known(Site& s) {
  if (s.operand(0) == s.operand(1)) return s.operand(0);
  const bool logical = s.type().dtype == DType::bool_;
  for (std::size_t k = 0; k < 2; ++k) {
    if (is_literal(s.operand(k), 0)) return s.literal(0);
    if (logical && is_literal(s.operand(k), 1)) return s.in_shape(s.operand(1 - k));
  }
  return nullptr;
}

Value* or_known(Site& s) {
  if (s.operand(0) == s.operand(1)) return s.operand(0);
  const bool logical = s.type().dtype == DType::bool_;
  for (std::size_t k = 0; k < 2; ++k) {
    if (is_literal(s.operand(k), 0)) return s.in_shape(s.operand(1 - k));
    if (logical && is_literal(s.operand(k), 1)) return s.literal(1);
  }
  return nullptr;
}

Value* fill_of_nothing(Site& s) { return s.operand(0)->type == s.type() ? s.operand(0) : nullptr; }

/// to_f32 of a float32, and to_f32(to_f64(x)) of a float32 x.
Value* conversion_back(Site& s) {
  if (s.operand(0)->type == s.type()) return s.operand(0);
  const Op* inner = s.operand(0)->definition;
  const bool widened = inner && (ir::is(*inner, "to_f64") || ir::is(*inner, "to_i64") || ir::is(*inner, "to_u64"));
  if (!widened || !(inner->operands[0]->type == s.type())) return nullptr;
  const DType narrow = s.type().dtype, wide = s.operand(0)->type.dtype;
  const bool exact = (narrow == DType::f32 && wide == DType::f64) || (narrow == DType::i32 && wide != DType::u64) ||
                     (narrow == DType::u32) || narrow == DType::bool_;
  return exact ? inner->operands[0] : nullptr;
}

Value* reshape_known(Site& s) {
  Value* source = s.operand(0);
  if (source->type == s.type()) return source;
  if (const Op* fill = defined_by(source, "fill")) return s.in_shape(fill->operands[0]);
  const Op* inner = defined_by(source, "reshape");
  return inner ? s.build.append(*s.op.def, {inner->operands[0]}, s.op.attributes)->result() : nullptr;
}

Value* broadcast_known(Site& s) {
  Value* source = s.operand(0);
  if (source->type == s.type()) return source;
  if (const Op* fill = defined_by(source, "fill")) source = fill->operands[0];
  return source->type.shape.is_scalar() && s.type().dtype != DType::key ? s.in_shape(source) : nullptr;
}

/// The attribute `axes` says for each axis of the result which axis of the operand it is.
Value* transpose_known(Site& s) {
  Value* source = s.operand(0);
  const auto* axes = std::get_if<std::vector<std::int64_t>>(s.op.attributes.find("axes"));
  if (!axes) return nullptr;
  if (std::ranges::is_sorted(*axes)) return source;
  if (const Op* fill = defined_by(source, "fill")) return s.in_shape(fill->operands[0]);
  const Op* inner = defined_by(source, "transpose");
  const auto* first = inner ? std::get_if<std::vector<std::int64_t>>(inner->attributes.find("axes")) : nullptr;
  if (!first) return nullptr;
  std::vector<std::int64_t> composed;
  for (std::int64_t a : *axes) composed.push_back((*first)[static_cast<std::size_t>(a)]);
  return s.build.apply("transpose", {inner->operands[0]}, {{"axes", composed}});
}

struct Rule {
  const char* op;
  Value* (*apply)(Site&);
};

constexpr Rule rules[] = {
    {"neg", twice_is_nothing},
    {"not", twice_is_nothing},
    {"add", add_of_negative},
    {"sub", sub_of_negative},
    {"sub", sub_of_itself},
    {"mul", mul_by_zero},
    {"mul", mul_by_minus_one},
    {"div", div_by_power_of_two},
    {"select", select_known},
    {"and", and_known},
    {"or", or_known},
    {"to_f32", conversion_back},
    {"to_f64", conversion_back},
    {"to_i32", conversion_back},
    {"to_i64", conversion_back},
    {"to_u32", conversion_back},
    {"to_u64", conversion_back},
    {"to_bool", conversion_back},
    {"reshape", reshape_known},
    {"broadcast", broadcast_known},
    {"transpose", transpose_known},
    {"fill", fill_of_nothing},
    {"maximum", equal_operands},
    {"minimum", equal_operands},
};

/// The rules of each operation, found once.
const std::vector<Value* (*)(Site&)>& rules_of(const OpDef& def) {
  static const auto table = [] {
    std::unordered_map<std::string, std::vector<Value* (*)(Site&)>> t;
    for (const Rule& rule : rules) t[rule.op].push_back(rule.apply);
    return t;
  }();
  static const std::vector<Value* (*)(Site&)> none;
  const auto it = table.find(def.name);
  return it == table.end() ? none : it->second;
}

// --- rules of all map operations -----------------------------------------------------------------

/// The record's identities, such as x * 1.
Value* without_identity(Site& s) {
  if (s.op.operands.size() != 2) return nullptr;
  for (const Identity& identity : s.op.def->identities)
    if (is_literal(s.operand(static_cast<std::size_t>(identity.operand)), identity.value))
      return s.in_shape(s.operand(static_cast<std::size_t>(1 - identity.operand)));
  return nullptr;
}

/// All operands are scalar literals: the host kernel computes the bits that would come anyway.
Value* folded(Site& s) {
  if (!s.type().shape.is_scalar() || s.op.def->indexed || s.op.operands.empty()) return nullptr;
  if (!std::ranges::all_of(s.op.operands, [](const Value* v) { return ir::scalar_literal(v) != nullptr; }))
    return nullptr;
  std::vector<runtime::Tensor> operands;
  for (const Value* v : s.op.operands) operands.push_back(interp::literal(*v->definition));
  const runtime::Tensor result = interp::apply(*s.op.def, operands, s.op.attributes, s.op.location)[0];
  std::uint64_t bits = 0;
  std::memcpy(&bits, result.data->data(), runtime::size_of(result.type.dtype));
  return s.build.constant_bits(result.type, {bits});
}

/// A uniform array is used as its scalar; when nothing else has the shape, the result is uniform too.
Value* with_scalar_operands(Site& s) {
  if (s.op.def->indexed || s.op.attributes.find("shape")) return nullptr;
  std::vector<Value*> operands = s.op.operands;
  for (Value*& v : operands)
    if (const Op* fill = defined_by(v, "fill")) v = fill->operands[0];
  if (operands == s.op.operands) return nullptr;
  const bool uniform = std::ranges::all_of(operands, [](const Value* v) { return v->type.shape.is_scalar(); });
  if (uniform && s.type().dtype == DType::key) return nullptr;  // a `fill` has no keys
  return s.in_shape(s.build.append(*s.op.def, operands, s.op.attributes)->result());
}

}  // namespace

Value* simplified(const Op& op, Builder& build) {
  Site s{op, build};
  if (op.def->shape_class == ShapeClass::map)
    for (auto* rule : {folded, with_scalar_operands, without_identity})
      if (Value* v = rule(s)) return v;
  for (auto* rule : rules_of(*op.def))
    if (Value* v = rule(s)) return v;
  return nullptr;
}

}  // namespace brainpy::compiler::passes
