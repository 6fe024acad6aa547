// Exponentials of one variable share one: rate functions are e^(k V + m) with several k and m, and where the k are
// whole multiples of the smallest, all are powers of one exponential times a number. In: a program, under
// BRAINPY_MATH=fast only: the results differ by a few roundings, and a power may overflow where the product with its
// small factor would not. Out: fewer `exp`.
#include <bit>
#include <cmath>
#include <map>
#include <optional>
#include <vector>

#include "compiler/ir/rewrite.h"
#include "compiler/passes/pass.h"

namespace brainpy::compiler::passes {
namespace {

using ir::Op;
using ir::Region;
using ir::Value;

constexpr int largest_power = 16;
/// Beyond it the factor e^m alone would leave the range of f32 too easily.
constexpr double largest_offset = 40;

/// slope * base + offset.
struct Line {
  Value* base;
  double slope = 1, offset = 0;
};

std::optional<double> number(const Value* v) {
  const std::uint64_t* bits = ir::scalar_literal(v);
  if (!bits) return {};
  if (v->type.dtype == runtime::DType::f64) return std::bit_cast<double>(*bits);
  if (v->type.dtype == runtime::DType::f32) return std::bit_cast<float>(static_cast<std::uint32_t>(*bits));
  return {};
}

/// A value as a line over the first value behind it that is not computed by adding and multiplying numbers.
Line line_of(Value* v) {
  const Op* op = v->definition;
  const auto with = [](Line line, double factor, double addend) {
    return Line{line.base, line.slope * factor, line.offset * factor + addend};
  };
  if (!op || !runtime::is_float(v->type.dtype) || v->type.shape.is_scalar()) return {v};
  if (ir::is(*op, "neg")) return with(line_of(op->operands[0]), -1, 0);
  const bool adds = ir::is(*op, "add"), subtracts = ir::is(*op, "sub"), multiplies = ir::is(*op, "mul");
  if (!adds && !subtracts && !multiplies && !ir::is(*op, "div")) return {v};
  const std::optional<double> left = number(op->operands[0]), right = number(op->operands[1]);
  if (right) {
    const Line line = line_of(op->operands[0]);
    if (adds) return with(line, 1, *right);
    if (subtracts) return with(line, 1, -*right);
    return *right == 0 ? Line{v} : with(line, multiplies ? *right : 1 / *right, 0);
  }
  if (!left) return {v};
  const Line line = line_of(op->operands[1]);
  if (adds) return with(line, 1, *left);
  if (subtracts) return with(line, -1, *left);
  return multiplies ? with(line, *left, 0) : Line{v};
}

/// An exponential that is `power` times the one of the smallest slope.
struct Member {
  const Op* op;
  int power;
  double offset;
};

struct Family {
  Value* base;
  double unit;
  std::vector<Member> members;
};

/// The exponentials of a block that have a relative with a slope of which theirs is a whole multiple.
std::vector<Family> families_of(const Region& region) {
  std::map<Value*, std::multimap<double, std::pair<const Op*, Line>>> by_base;
  for (const auto& op : region.ops) {
    if (!ir::is(*op, "exp")) continue;
    const Line line = line_of(op->operands[0]);
    if (line.base == op->operands[0] || line.slope == 0 || !(std::fabs(line.offset) <= largest_offset)) continue;
    by_base[line.base].emplace(std::fabs(line.slope), std::pair{op.get(), line});
  }
  std::vector<Family> families;
  for (auto& [base, lines] : by_base)
    while (!lines.empty()) {
      const double unit = lines.begin()->second.second.slope;
      Family family{base, unit, {}};
      for (auto it = lines.begin(); it != lines.end();) {
        const auto& [op, line] = it->second;
        const double ratio = line.slope / unit, power = std::nearbyint(ratio);
        // Slopes are rounded quotients of numbers that the user wrote: whole but for a rounding.
        if (power < 1 || power > largest_power || std::fabs(ratio - power) > 1e-6) {
          ++it;
          continue;
        }
        family.members.push_back({op, static_cast<int>(power), line.offset});
        it = lines.erase(it);
      }
      if (family.members.size() > 1) families.push_back(std::move(family));
    }
  return families;
}

/// Powers of e^(unit base) by repeated multiplication, each made once.
class Powers {
 public:
  Powers(ir::Builder& builder, const Family& family) : builder_(builder) {
    const runtime::DType dtype = family.base->type.dtype;
    Value* slope = builder.constant(dtype, family.unit);
    powers_[1] = builder.apply("exp", {builder.apply("mul", {family.base, slope})});
  }

  Value* of(int power) {
    if (const auto it = powers_.find(power); it != powers_.end()) return it->second;
    Value* half = of(power / 2);
    Value* made = builder_.apply("mul", {half, half});
    if (power % 2) made = builder_.apply("mul", {made, of(1)});
    return powers_[power] = made;
  }

 private:
  ir::Builder& builder_;
  std::map<int, Value*> powers_;
};

bool run(Region& region, ir::ValueMap& replaced, ir::OpList& dropped) {
  bool changed = false;
  for (const auto& op : region.ops)
    for (const auto& r : op->regions) changed |= run(*r, replaced, dropped);
  const std::vector<Family> families = families_of(region);
  if (families.empty()) return changed;

  std::map<const Op*, std::pair<std::size_t, Member>> members;
  for (std::size_t f = 0; f < families.size(); ++f)
    for (const Member& m : families[f].members) members.emplace(m.op, std::pair{f, m});
  std::map<std::size_t, Powers> powers;
  ir::OpList ops = std::move(region.ops);
  region.ops.clear();
  ir::Builder builder(region);
  for (auto& op : ops) {
    const auto it = members.find(op.get());
    if (it == members.end()) {
      ir::adopt(region, std::move(op));
      continue;
    }
    const auto& [family, member] = it->second;
    builder.set_location(op->location);
    Powers& made = powers.try_emplace(family, builder, families[family]).first->second;
    Value* factor = builder.constant(op->result()->type.dtype, std::exp(member.offset));
    replaced[op->result()] = builder.apply("mul", {made.of(member.power), factor});
    dropped.push_back(std::move(op));
  }
  return true;
}

}  // namespace

bool share_exponentials(ir::Program& program, const PassOptions& options) {
  if (options.math != runtime::MathMode::fast) return false;
  ir::ValueMap replaced;
  ir::OpList dropped;
  if (!run(program.body, replaced, dropped)) return false;
  ir::replace_uses(program.body, replaced);
  dropped.clear();
  dce(program, options);  // the arguments
  return true;
}

}  // namespace brainpy::compiler::passes
