// Common subexpressions: equal operations are computed once.
// In: a program. Out: the same in which an operation that repeats an earlier one, of its own region or of one around
// it, is replaced by that one. Operations with effects or with regions are left alone.
#include <algorithm>
#include <array>
#include <bit>

#include "compiler/ir/rewrite.h"
#include "compiler/ops/op_def.h"
#include "compiler/passes/pass.h"

namespace brainpy::compiler::passes {
namespace {

using ir::Op;
using ir::Region;
using ir::Value;

/// Their operands may change places without changing a bit of the result.
bool is_commutative(const Op& op) {
  static constexpr std::array names = {"add", "mul", "eq", "ne", "and", "or", "xor", "maximum", "minimum"};
  return std::ranges::any_of(names, [&](const char* n) { return ir::is(op, n); });
}

bool has_swapped_operands(const Op& a, const Op& b) {
  return is_commutative(a) && a.operands[0] == b.operands[1] && a.operands[1] == b.operands[0];
}

/// Doubles by their bits: 0.0 and -0.0 are different attributes.
bool same_entry(const ir::Attributes::Entry& a, const ir::Attributes::Entry& b) {
  if (a.name != b.name) return false;
  const double *x = std::get_if<double>(&a.value), *y = std::get_if<double>(&b.value);
  return x && y ? std::bit_cast<std::uint64_t>(*x) == std::bit_cast<std::uint64_t>(*y) : a.value == b.value;
}

bool computes_the_same(const Op& a, const Op& b) {
  if (a.def != b.def || a.literal.bits != b.literal.bits || a.results.size() != b.results.size()) return false;
  if (a.operands != b.operands && (a.operands.size() != b.operands.size() || !has_swapped_operands(a, b))) return false;
  if (!std::ranges::equal(a.attributes.entries(), b.attributes.entries(), same_entry)) return false;
  return std::ranges::equal(a.results, b.results, [](const auto& x, const auto& y) { return x->type == y->type; });
}

/// Equal for operations that compute the same; operands are summed, as their order may differ.
std::size_t hash_of(const Op& op) {
  std::size_t h = std::hash<const void*>{}(op.def), operands = 0;
  for (const Value* v : op.operands) operands += std::hash<const void*>{}(v);
  h = h * 31 + operands;
  for (std::uint64_t bits : op.literal.bits) h = h * 31 + bits;
  return h;
}

struct Sharing {
  std::unordered_multimap<std::size_t, Op*> known;
  ir::ValueMap replaced;

  Op* find_equal(const Op& op, std::size_t hash) const {
    const auto [first, last] = known.equal_range(hash);
    const auto it = std::find_if(first, last, [&](const auto& entry) { return computes_the_same(*entry.second, op); });
    return it == last ? nullptr : it->second;
  }

  void run(Region& region) {
    std::vector<std::pair<std::size_t, Op*>> added;
    ir::OpList ops = std::move(region.ops);
    region.ops.clear();
    for (auto& op : ops) {
      for (Value*& v : op->operands) v = ir::resolve(v, replaced);
      for (const auto& r : op->regions) run(*r);
      if (op->def->effects == Effects::none && op->regions.empty() && !op->results.empty()) {
        const std::size_t hash = hash_of(*op);
        if (const Op* equal = find_equal(*op, hash)) {
          for (std::size_t i = 0; i < op->results.size(); ++i) replaced[op->results[i].get()] = equal->results[i].get();
          dropped.push_back(std::move(op));
          continue;
        }
        known.emplace(hash, op.get());
        added.emplace_back(hash, op.get());
      }
      ir::adopt(region, std::move(op));
    }
    // What a region computes serves nobody outside of it.
    for (const auto& [hash, op] : added) {
      const auto [first, last] = known.equal_range(hash);
      known.erase(std::find_if(first, last, [op = op](const auto& entry) { return entry.second == op; }));
    }
  }

  ir::OpList dropped;  ///< kept until the end: `replaced` is keyed by their results
};

}  // namespace

bool cse(ir::Program& program, const PassOptions&) {
  Sharing sharing;
  sharing.run(program.body);
  return !sharing.dropped.empty();
}

}  // namespace brainpy::compiler::passes
