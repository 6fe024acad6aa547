// Simplification: what can be known now is not computed later.
// In: a program. Out: the same with exact identities applied (the bits stay, of -0.0 too; a NaN stays a NaN), scalar
// literals folded by the host kernels, uniform arrays carried as scalars, branches and loops of a known course
// resolved.
//
// Every rule is a function from an operation to the value that replaces its result, or null. Rules of one operation
// stand in one table, below them the rules for all map operations and for regions.
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "compiler/interp/interpreter.h"
#include "compiler/ir/rewrite.h"
#include "compiler/ops/registry.h"
#include "compiler/passes/pass.h"

namespace brainpy::compiler::passes {
namespace {

using ir::Builder;
using ir::Op;
using ir::Region;
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

Value* simplified(Site& s) {
  if (s.op.def->shape_class == ShapeClass::map)
    for (auto* rule : {folded, with_scalar_operands, without_identity})
      if (Value* v = rule(s)) return v;
  for (auto* rule : rules_of(*s.op.def))
    if (Value* v = rule(s)) return v;
  return nullptr;
}

// --- regions -------------------------------------------------------------------------------------

class Simplifier {
 public:
  bool run(Region& region) {
    changed_ = false;
    visit(region);
    return changed_;
  }

 private:
  void replace(const Value* value, Value* by) {
    replaced_[value] = by;
    changed_ = true;
  }

  void visit(Region& region) {
    ir::OpList ops = std::move(region.ops);
    region.ops.clear();
    for (auto& op : ops) visit(region, std::move(op));
  }

  void visit(Region& region, std::unique_ptr<Op> op) {
    for (Value*& v : op->operands) v = ir::resolve(v, replaced_);
    if (!op->regions.empty()) {
      visit_regions(region, std::move(op));
      return;
    }
    if (op->def->effects == Effects::none && op->results.size() == 1) {
      Builder builder(region);
      builder.set_location(op->location);
      Site site{*op, builder};
      const std::size_t before = region.ops.size();
      if (Value* value = simplified(site)) {
        if (value->name.empty()) value->name = op->result()->name;
        replace(op->result(), value);
        dropped_.push_back(std::move(op));
        // What a rule appended may simplify in turn.
        ir::OpList added(std::make_move_iterator(region.ops.begin() + static_cast<std::ptrdiff_t>(before)),
                         std::make_move_iterator(region.ops.end()));
        region.ops.resize(before);
        for (auto& a : added) visit(region, std::move(a));
        return;
      }
    }
    ir::adopt(region, std::move(op));
  }

  void visit_regions(Region& region, std::unique_ptr<Op> op) {
    if (ir::is(*op, "if")) {
      if (const std::uint64_t* predicate = ir::scalar_literal(op->operands[0])) {
        take_branch(region, *op, *op->regions[*predicate ? 0 : 1]);
        dropped_.push_back(std::move(op));
        return;
      }
    } else if (ir::is_loop(*op)) {
      if (never_runs(*op) && !stacks_keys(*op)) {
        skip_loop(region, *op);
        dropped_.push_back(std::move(op));
        return;
      }
      free_invariants(*op);
    }
    for (const auto& r : op->regions) visit(*r);
    if (ir::is(*op, "if")) {
      if (only_chooses(*op)) {
        choose(region, *op);
        dropped_.push_back(std::move(op));
        return;
      }
      share_equal_results(*op);
    }
    ir::adopt(region, std::move(op));
  }

  /// A branch between numbers, or between an array and a number: a `select` costs less than what a branch keeps from
  /// fusing. Not between two arrays: it might leave one of them untouched, whatever its size.
  bool only_chooses(const Op& op) const {
    constexpr std::size_t most = 8;  // scalar operations, and the yield
    for (const auto& r : op.regions) {
      if (r->ops.size() > most) return false;
      for (const auto& inner : r->ops) {
        if (inner.get() == r->terminator() || ir::is(*inner, "fill")) continue;
        if (inner->results.size() == 1 && ir::scalar_literal(inner->result())) continue;
        const bool is_number = inner->def->shape_class == ShapeClass::map && inner->def->effects == Effects::none &&
                               inner->results.size() == 1 && inner->result()->type.shape.is_scalar();
        if (!is_number) return false;
      }
    }
    for (std::size_t i = 0; i < op.results.size(); ++i) {
      const runtime::Type& type = op.results[i]->type;
      if (type.dtype == DType::key) return false;
      const auto is_uniform = [&](const auto& r) {
        return defined_by(ir::resolve(r->terminator()->operands[i], replaced_), "fill") != nullptr;
      };
      if (!type.shape.is_scalar() && std::ranges::none_of(op.regions, is_uniform)) return false;
    }
    return !op.results.empty();
  }

  void choose(Region& region, Op& op) {
    std::vector<Value*> ways[2];
    for (std::size_t way = 0; way < 2; ++way) {
      ir::OpList ops = std::move(op.regions[way]->ops);
      op.regions[way]->ops.clear();
      const std::unique_ptr<Op> yield = std::move(ops.back());
      ops.pop_back();
      for (auto& inner : ops) visit(region, std::move(inner));
      for (Value* v : yield->operands) ways[way].push_back(ir::resolve(v, replaced_));
    }
    Builder builder(region);
    builder.set_location(op.location);
    for (std::size_t i = 0; i < op.results.size(); ++i) {
      Value* chosen = builder.apply("select", {op.operands[0], ways[0][i], ways[1][i]});
      chosen->name = op.results[i]->name;
      replace(op.results[i].get(), chosen);
    }
  }

  /// The operations of the region that is known to be chosen take the place of the `if`.
  void take_branch(Region& region, Op& op, Region& chosen) {
    ir::OpList ops = std::move(chosen.ops);
    chosen.ops.clear();
    std::unique_ptr<Op> yield = std::move(ops.back());
    ops.pop_back();
    for (auto& inner : ops) visit(region, std::move(inner));
    for (std::size_t i = 0; i < op.results.size(); ++i)
      replace(op.results[i].get(), ir::resolve(yield->operands[i], replaced_));
    changed_ = true;
  }

  static bool never_runs(const Op& op) {
    if (ir::is(op, "while")) {
      const std::uint64_t* again = ir::scalar_literal(op.regions[0]->terminator()->operands[0]);
      return again && !*again;
    }
    if (op.attributes.integer("length") == 0) return true;
    const std::uint64_t *lower = ir::scalar_literal(op.operands[0]), *upper = ir::scalar_literal(op.operands[1]);
    return lower && upper && static_cast<std::int64_t>(*lower) >= static_cast<std::int64_t>(*upper);
  }

  /// A `fill` has no keys, so zeros of that type cannot be written down.
  static bool stacks_keys(const Op& op) {
    return std::ranges::any_of(op.results,
                               [](const auto& r) { return r->type.dtype == DType::key && !r->type.shape.is_scalar(); });
  }

  /// Carried values keep their start; no row of a stacked result is reached, so they are zero.
  void skip_loop(Region& region, Op& op) {
    const ir::Loop loop = ir::loop_of(op);
    for (int i = 0; i < loop.carried; ++i)
      replace(op.result(i), op.operands[static_cast<std::size_t>(loop.first_operand + i)]);
    Builder builder(region);
    builder.set_location(op.location);
    for (int i = 0; i < loop.stacked; ++i) {
      const runtime::Type& type = op.result(loop.stacked_result(i))->type;
      replace(op.result(loop.stacked_result(i)),
              builder.apply("fill", {builder.constant(type.dtype, 0.0)},
                            {{"shape", std::vector<std::int64_t>(type.shape.begin(), type.shape.end())}}));
    }
    changed_ = true;
  }

  /// A carried value that is yielded as it came is its start, always: it need not be carried.
  void free_invariants(Op& op) {
    const ir::Loop loop = ir::loop_of(op);
    for (int i = 0; i < loop.carried; ++i) {
      const auto at = static_cast<std::size_t>(loop.first_argument + i);
      Value* start = op.operands[static_cast<std::size_t>(loop.first_operand + i)];
      Value* next = ir::resolve(ir::loop_body(op).terminator()->operands[static_cast<std::size_t>(i)], replaced_);
      if (next != ir::loop_body(op).arguments[at].get() && next != start) continue;
      for (const auto& r : op.regions) replace(r->arguments[at].get(), start);
      replace(op.result(i), start);
    }
  }

  /// A result that both branches yield from outside is that value.
  void share_equal_results(Op& op) {
    for (std::size_t i = 0; i < op.results.size(); ++i) {
      Value* then = op.regions[0]->terminator()->operands[i];
      if (then != op.regions[1]->terminator()->operands[i]) continue;
      replace(op.results[i].get(), then);
    }
  }

  ir::ValueMap replaced_;
  ir::OpList dropped_;  ///< kept until the end: `replaced_` is keyed by their results
  bool changed_ = false;
};

}  // namespace

bool simplify(ir::Program& program, const PassOptions& options) {
  // A round may uncover work for operations before it, through carried values; few programs need a third.
  constexpr int most_rounds = 8;
  bool changed = false;
  for (int round = 0; round < most_rounds; ++round) {
    if (!Simplifier().run(program.body)) break;
    changed = true;
    dce(program, options);
  }
  return changed;
}

}  // namespace brainpy::compiler::passes
