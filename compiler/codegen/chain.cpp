#include "compiler/codegen/chain.h"

#include <algorithm>

#include "compiler/ir/rewrite.h"
#include "compiler/ops/op_def.h"

namespace brainpy::compiler::codegen {

using ir::Op;
using ir::Value;

namespace {

/// The bytes of a value; those of different `owner`s never meet.
struct Place {
  SlotKind kind = SlotKind::literal;
  int owner = -1;
  std::int64_t begin = 0, end = 0;

  bool meets(const Place& other) const {
    return kind == other.kind && owner == other.owner && begin < other.end && other.begin < end;
  }
};

/// Values without memory meet nothing.
Place place_of(const Placement& placement, int number) {
  if (number < 0) return {};
  const Slot* slot = &placement.slots[static_cast<std::size_t>(number)];
  std::int64_t begin = 0;
  const std::int64_t bytes = slot->bytes;
  while (slot->kind == SlotKind::view) {
    begin += slot->offset;
    number = slot->index;
    slot = &placement.slots[static_cast<std::size_t>(number)];
  }
  if (slot->kind == SlotKind::arena) return {slot->kind, 0, slot->offset + begin, slot->offset + begin + bytes};
  return {slot->kind, slot->kind == SlotKind::row ? number : slot->index, begin, begin + bytes};
}

Place place_of(const Placement& placement, const Value* value) { return place_of(placement, placement.slot(value)); }

/// The operands that a part of the kernel reads, as opposed to those of which all parts were told before.
std::vector<const Value*> read_by_parts(const Op& kernel) {
  std::vector<const Value*> operands;
  for (std::size_t k = 0; k < kernel.operands.size(); ++k)
    if (static_cast<int>(k) != kernel.def->parts.prepared_operand) operands.push_back(kernel.operands[k]);
  return operands;
}

}  // namespace

std::int64_t Chain::size() const { return kernels_.empty() ? 0 : kernels_[0]->result()->type.size(); }

bool Chain::is_constant(const Value* value) const {
  const Slot& slot = placement_.slots[static_cast<std::size_t>(placement_.slot(value))];
  return slot.kind == SlotKind::symbol &&
         program_.symbols[static_cast<std::size_t>(slot.index)].kind == ir::SymbolKind::constant;
}

bool Chain::admits(const Op& kernel) const {
  const PartKernel& parts = kernel.def->parts;
  if (!parts.run || !parts.applies(kernel) || kernel.result()->type.size() == 0) return false;
  if (parts.divide)
    for (const int k : parts.divided_operands(kernel))
      if (!is_constant(kernel.operands[static_cast<std::size_t>(k)])) return false;
  if (!empty() && (kernel.result()->type.size() != size() || kernels_.size() == longest)) return false;
  const Place result = place_of(placement_, kernel.result());
  return std::ranges::none_of(kernels_, [&](const Op* before) {
    const Place earlier = place_of(placement_, before->result());
    const auto meets = [&](const Place& place) {
      return [&, place](const Value* v) { return place.meets(place_of(placement_, v)); };
    };
    return result.meets(earlier) || std::ranges::any_of(kernel.operands, meets(earlier)) ||
           std::ranges::any_of(read_by_parts(*before), meets(result));
  });
}

void Chain::add(const Op& kernel) {
  kernels_.push_back(&kernel);
  nanoseconds_ += kernel.def->parts.nanoseconds(kernel);
}

bool Chain::admits(const Group& group) const {
  if (group.size != size()) return false;
  return std::ranges::all_of(kernels_, [&](const Op* kernel) {
    const Place result = place_of(placement_, kernel->result());
    // Element i of the group may read and write element i of the result, and no other.
    const auto keeps_to_its_element = [&](const Value* value, int slot) {
      const Place place = place_of(placement_, slot);
      if (!place.meets(result)) return true;
      return value->type.size() == group.size && place.begin == result.begin && place.end == result.end;
    };
    for (const Op* op : group.ops)
      for (const Value* v : op->operands)
        if (!keeps_to_its_element(v, placement_.slot(v))) return false;
    for (const auto& [value, slot] : group.stores) {
      if (!keeps_to_its_element(value, slot)) return false;
      for (const Value* v : read_by_parts(*kernel))
        if (place_of(placement_, slot).meets(place_of(placement_, v))) return false;
    }
    return true;
  });
}

std::int64_t Chain::origin(const Op& kernel, const Op& operation, const Group& group, const ir::Region& body) const {
  const int prepared = kernel.def->parts.prepared_operand;
  if (prepared < 0) return -1;
  const Value* bits = kernel.operands[static_cast<std::size_t>(prepared)];
  const Place read = place_of(placement_, bits);
  const auto store = std::ranges::find_if(group.stores, [&](const auto& s) {
    const Place written = place_of(placement_, s.second);
    return s.first->definition && s.first->definition->def->shape_class == ShapeClass::pack && written.meets(read) &&
           written.begin <= read.begin && read.end <= written.end;
  });
  if (store == group.stores.end()) return -1;
  bool alone = true;
  const auto look = [&](const Op& op) {
    if (&op == &operation || placement_.is_alias(op)) return;
    for (const auto& r : op.results) alone = alone && !place_of(placement_, r.get()).meets(read);
    const auto copies = placement_.copies.find(&op);
    if (copies == placement_.copies.end()) return;
    for (const Copy& c : copies->second) alone = alone && !place_of(placement_, c.to).meets(read);
  };
  for (const auto& op : body.ops) {
    look(*op);
    if (op.get() != &operation)
      for (const auto& inner : op->regions) ir::walk(*inner, look);
  }
  constexpr std::int64_t bits_of_byte = 8;
  return alone ? (read.begin - place_of(placement_, store->second).begin) * bits_of_byte : -1;
}

bool Chain::lets_pass(const Op& op) const {
  if (!op.regions.empty() || op.def->shape_class != ShapeClass::map || !op.result()->type.shape.is_scalar())
    return false;
  const Place result = place_of(placement_, op.result());
  return std::ranges::all_of(kernels_, [&](const Op* kernel) {
    const Place made = place_of(placement_, kernel->result());
    const auto meets = [&](const Place& place) {
      return [&, place](const Value* v) { return place.meets(place_of(placement_, v)); };
    };
    return !result.meets(made) && std::ranges::none_of(op.operands, meets(made)) &&
           std::ranges::none_of(kernel->operands, meets(result));
  });
}

bool touches(const Placement& placement, const std::vector<const Op*>& kernels, const Group& group, int slot) {
  const Place place = place_of(placement, slot);
  const auto meets = [&](const Value* v) { return place.meets(place_of(placement, v)); };
  const auto meets_elements = [&](const Value* v) { return !v->type.shape.is_scalar() && meets(v); };
  return std::ranges::any_of(kernels,
                             [&](const Op* kernel) {
                               return meets(kernel->result()) || std::ranges::any_of(kernel->operands, meets);
                             }) ||
         std::ranges::any_of(group.ops,
                             [&](const Op* op) { return std::ranges::any_of(op->operands, meets_elements); }) ||
         std::ranges::any_of(group.stores, [&](const auto& store) {
           return meets_elements(store.first) || place.meets(place_of(placement, store.second));
         });
}

}  // namespace brainpy::compiler::codegen
