#include "compiler/codegen/place.h"

#include <algorithm>

#include "compiler/codegen/arena.h"
#include "compiler/codegen/copies.h"
#include "compiler/codegen/sharing.h"
#include "compiler/ops/op_def.h"
#include "runtime/buffer.h"

namespace brainpy::compiler::codegen {

using ir::Op;
using ir::Region;
using ir::Value;

ForLayout for_layout(const Op& op) {
  ForLayout layout;
  layout.carried = static_cast<std::size_t>(op.attributes.integer_or("carried", 0));
  layout.scanned = op.operands.size() - 2 - layout.carried;
  layout.stacked = op.results.size() - layout.carried;
  return layout;
}

namespace {

/// Memory that holds one or more values, each for a time.
struct Unit {
  std::vector<Span> live;
  int parent = -1;     ///< the unit that this one was merged into
  int pinned = -1;     ///< its slot, where that is given
  bool shared = true;  ///< false: memory that is never written by a merged value (arguments, literals, rows)
  std::int64_t bytes = 0;
  std::size_t element = 0;
  bool scalar = false;
};

/// Two units that would like to be one: `must_copy` because a copy is needed otherwise.
struct Wish {
  int a, b;
  bool must_copy;
  double weight;
};

/// A copy that control flow asks for, still in units.
struct Move {
  const Value* from;
  int to;
};

class Placer {
 public:
  Placer(const ir::Program& program, const PlaceOptions& options) : program_(program), options_(options) {}

  Placement run() {
    number(program_.body);
    out_.aliases = aliases_of(program_);
    if (options_.in_place) out_.cleared = cleared_of(program_);
    place_body();
    for (const Value* v : order_) unit_at(lives_.at(v).unit).live.push_back({lives_.at(v).from, lives_.at(v).to});
    merge();
    assign_slots();
    return std::move(out_);
  }

 private:
  struct Life {
    int unit;
    Time from, to;
  };

  // --- times

  void number(const Region& region) {
    for (const auto& op : region.ops) {
      at_[op.get()] = ++clock_;
      if (op->regions.empty()) continue;
      if (op->def->name != "fused")
        for (const auto& r : op->regions) number(*r);
      end_[op.get()] = ++clock_;
    }
  }

  Time at(const Op& op) const { return 2 * at_.at(&op); }
  Time end(const Op& op) const { return 2 * end_.at(&op); }

  // --- units

  Unit& unit_at(int id) { return units_[static_cast<std::size_t>(id)]; }

  int new_unit(const Type& type) {
    Unit u;
    u.bytes = static_cast<std::int64_t>(type.bytes());
    u.element = size_of(type.dtype);
    u.scalar = type.shape.is_scalar();
    units_.push_back(u);
    return static_cast<int>(units_.size()) - 1;
  }

  int new_slot(SlotKind kind, const Type& type, int index) {
    out_.slots.push_back({kind, static_cast<std::int64_t>(type.bytes()), index, 0});
    return static_cast<int>(out_.slots.size()) - 1;
  }

  int pinned_unit(SlotKind kind, const Type& type, int index, bool shared) {
    const int unit = new_unit(type);
    unit_at(unit).pinned = new_slot(kind, type, index);
    unit_at(unit).shared = shared;
    return unit;
  }

  int representative(int unit) {
    while (unit_at(unit).parent >= 0) unit = unit_at(unit).parent;
    return unit;
  }

  // --- lives

  const Value* root(const Value* value) const {
    while (value->definition && out_.is_alias(*value->definition)) value = value->definition->operands[0];
    return value;
  }

  void define(const Value* value, int unit, Time from) {
    lives_[value] = {unit, from, from};
    order_.push_back(value);
  }

  static const Region* region_of(const Value* value) {
    return value->definition ? value->definition->parent : value->owner;
  }

  /// A value used inside a loop that it is not defined in is needed until the loop ends.
  void use(const Value* value, const Region* region, Time time) {
    value = root(value);
    const Region* home = region_of(value);
    for (const Region* r = region; r != home && r->parent; r = r->parent->parent)
      if (r->parent->def->name == "for" || r->parent->def->name == "while") time = std::max(time, end(*r->parent));
    Life& life = lives_.at(value);
    life.to = std::max(life.to, time);
  }

  void use_operands(const Op& op) {
    for (const Value* v : op.operands) use(v, op.parent, at(op));
  }

  void wish(int a, int b, bool must_copy, int depth, std::int64_t bytes) {
    double weight = static_cast<double>(bytes + 8);
    for (int i = 0; i < depth; ++i) weight *= 10;
    wishes_.push_back({a, b, must_copy, weight});
  }

  void move(const Op& site, const Value* from, int to, int depth) {
    from = root(from);
    moves_[&site].push_back({from, to});
    if (moves_[&site].size() == 1) sites_.push_back(&site);
    wish(lives_.at(from).unit, to, true, depth, unit_at(to).bytes);
  }

  // --- the walk

  void place_body() {
    out_.slots.push_back({});
    const Region& body = program_.body;
    std::vector<int> states(body.terminator()->operands.size(), -1);
    std::vector<const ir::Binding*> binding_of(body.arguments.size(), nullptr);
    for (const ir::Binding& b : program_.bindings) binding_of[static_cast<std::size_t>(b.argument)] = &b;
    const Time last = 2 * at_.at(body.terminator());
    for (std::size_t k = 0; k < body.arguments.size(); ++k) {
      const Value* v = body.arguments[k].get();
      const ir::Binding* b = binding_of[k];
      const bool updated = b && b->result >= 0;
      const int unit = b ? pinned_unit(SlotKind::symbol, v->type, b->symbol, updated)
                         : pinned_unit(SlotKind::argument, v->type, static_cast<int>(k), false);
      define(v, unit, 0);
      if (!updated) continue;
      unit_at(unit).live.push_back({last + 1, forever});
      states[static_cast<std::size_t>(b->result)] = unit;
    }
    for (int k = 0; k < static_cast<int>(states.size()); ++k) {
      int& unit = states[static_cast<std::size_t>(k)];
      if (unit >= 0) continue;
      unit = pinned_unit(SlotKind::result, body.terminator()->operands[static_cast<std::size_t>(k)]->type, k, true);
      unit_at(unit).live.push_back({last + 1, forever});
    }
    walk(body, 0);
    use_operands(*body.terminator());
    for (std::size_t k = 0; k < states.size(); ++k)
      move(*body.terminator(), body.terminator()->operands[k], states[k], 0);
  }

  void walk(const Region& region, int depth) {
    for (const auto& op : region.ops) {
      const std::string& name = op->def->name;
      if (name == "const") place_literal(*op);
      else if (name == "for") place_for(*op, depth);
      else if (name == "while") place_while(*op, depth);
      else if (name == "if") place_if(*op, depth);
      else if (name == "fused") place_group(*op, depth);
      else if (name == "yield" || out_.is_alias(*op)) continue;
      else place_plain(*op, depth);
    }
  }

  void place_literal(const Op& op) {
    const Type& type = op.result()->type;
    const int unit = pinned_unit(SlotKind::literal, type, static_cast<int>(out_.literals.size()), false);
    Slot& slot = out_.slots.back();
    slot.offset = (out_.literal_bytes + 7) / 8 * 8;
    out_.literal_bytes = slot.offset + slot.bytes;
    if (!type.shape.is_scalar()) out_.literal_bytes += static_cast<std::int64_t>(runtime::Buffer::padding);
    out_.literals.push_back(&op);
    define(op.result(), unit, 0);
  }

  void place_plain(const Op& op, int depth) {
    out_.steps.push_back(&op);
    use_operands(op);
    const bool map = op.def->shape_class == ShapeClass::map && options_.in_place;
    const bool replaces = op.def->replaces_a_part && options_.in_place;
    // Such a kernel may be given its first operand's memory for its result, but not that of the other operands.
    if (replaces)
      for (std::size_t k = 1; k < op.operands.size(); ++k) use(op.operands[k], op.parent, at(op) + 1);
    for (const auto& r : op.results) {
      // Any other kernel may read operands after it has begun to write.
      define(r.get(), new_unit(r->type), map || replaces ? at(op) + 1 : at(op));
      if (replaces) wish_in_place(r.get(), op.operands[0], depth);
      if (out_.cleared.contains(r.get())) {
        Unit& unit = unit_at(lives_.at(r.get()).unit);
        unit.shared = false;
        unit.live.push_back({0, forever});
      }
      if (map)
        for (const Value* v : op.operands) wish_in_place(r.get(), v, depth);
    }
  }

  void place_group(const Op& op, int depth) {
    out_.steps.push_back(&op);
    const Region& body = *op.regions[0];
    std::vector<const Value*> captured;
    for (const auto& inner : body.ops) {
      if (inner->def->name == "const") place_literal(*inner);
      for (const Value* v : inner->operands)
        if (region_of(v) != &body) {
          use(v, op.parent, at(op));
          captured.push_back(v);
        }
    }
    for (const auto& r : op.results) {
      define(r.get(), new_unit(r->type), at(op) + 1);
      for (const Value* v : captured) wish_in_place(r.get(), v, depth);
    }
  }

  void wish_in_place(const Value* result, const Value* operand, int depth) {
    if (operand->type.shape.is_scalar()) return;
    const int a = lives_.at(result).unit, b = lives_.at(root(operand)).unit;
    // A Variable's buffer holds nothing but its states, so that a run that fails leaves no scratch in it.
    if (unit_at(b).pinned < 0) wish(a, b, false, depth, unit_at(a).bytes);
  }

  void place_for(const Op& op, int depth) {
    const ForLayout layout = for_layout(op);
    const Region& body = *op.regions[0];
    use_operands(op);
    const Time next = 2 * at_.at(body.terminator()) + 1;

    std::vector<int> cells;
    for (std::size_t k = 0; k < layout.carried; ++k) {
      cells.push_back(new_unit(op.results[k]->type));
      unit_at(cells[k]).live.push_back({next, end(op)});
      define(body.arguments[1 + k].get(), cells[k], at(op) + 1);
      move(op, op.operands[2 + k], cells[k], depth);
    }
    define(body.arguments[0].get(), new_unit(body.arguments[0]->type), at(op) + 1);
    for (std::size_t k = 0; k < layout.scanned; ++k) {
      const Value* row = body.arguments[1 + layout.carried + k].get();
      use(op.operands[2 + layout.carried + k], &body, at(op));  // as if inside: the rows are read to the end
      define(row, pinned_unit(SlotKind::row, row->type, static_cast<int>(k), false), at(op) + 1);
    }
    for (std::size_t k = layout.carried; k < op.results.size(); ++k) {
      const int unit = new_unit(op.results[k]->type);
      unit_at(unit).live.push_back({at(op), end(op)});
      define(op.results[k].get(), unit, at(op));
    }
    walk(body, depth + 1);
    use_operands(*body.terminator());
    for (std::size_t k = 0; k < layout.carried; ++k) {
      move(*body.terminator(), body.terminator()->operands[k], cells[k], depth + 1);
      define(op.results[k].get(), cells[k], end(op));
    }
  }

  void place_while(const Op& op, int depth) {
    const Region &test = *op.regions[0], &body = *op.regions[1];
    use_operands(op);
    const Time decided = 2 * at_.at(test.terminator()) + 1, next = 2 * at_.at(body.terminator()) + 1;
    std::vector<int> cells;
    for (std::size_t k = 0; k < op.operands.size(); ++k) {
      cells.push_back(new_unit(op.operands[k]->type));
      // The test leaves the carried values as they are: they are the results when it says stop.
      unit_at(cells[k]).live.push_back({at(op) + 1, decided});
      unit_at(cells[k]).live.push_back({next, end(op)});
      define(test.arguments[k].get(), cells[k], at(op) + 1);
      define(body.arguments[k].get(), cells[k], decided);
      move(op, op.operands[k], cells[k], depth);
    }
    walk(test, depth + 1);
    use_operands(*test.terminator());
    walk(body, depth + 1);
    use_operands(*body.terminator());
    for (std::size_t k = 0; k < cells.size(); ++k) {
      move(*body.terminator(), body.terminator()->operands[k], cells[k], depth + 1);
      define(op.results[k].get(), cells[k], end(op));
    }
  }

  void place_if(const Op& op, int depth) {
    use_operands(op);
    std::vector<int> cells;
    for (const auto& r : op.results) cells.push_back(new_unit(r->type));
    for (const auto& region : op.regions) {
      const Time chosen = 2 * at_.at(region->terminator()) + 1;
      walk(*region, depth);
      use_operands(*region->terminator());
      for (std::size_t k = 0; k < cells.size(); ++k) {
        unit_at(cells[k]).live.push_back({chosen, chosen});
        move(*region->terminator(), region->terminator()->operands[k], cells[k], depth);
      }
    }
    for (std::size_t k = 0; k < cells.size(); ++k) define(op.results[k].get(), cells[k], end(op));
  }

  // --- sharing

  bool may_merge(const Unit& a, const Unit& b) const {
    if (!a.shared || !b.shared || (a.pinned >= 0 && b.pinned >= 0)) return false;
    if (a.bytes != b.bytes || a.element != b.element) return false;
    for (const Span& x : a.live)
      for (const Span& y : b.live)
        if (meet(x, y)) return false;
    return true;
  }

  void merge() {
    std::ranges::stable_sort(wishes_, [](const Wish& x, const Wish& y) {
      return x.must_copy != y.must_copy ? x.must_copy : x.weight > y.weight;
    });
    for (const Wish& w : wishes_) {
      int a = representative(w.a), b = representative(w.b);
      if (a == b || !may_merge(unit_at(a), unit_at(b))) continue;
      if (unit_at(b).pinned >= 0) std::swap(a, b);
      Unit &kept = unit_at(a), &gone = unit_at(b);
      if (!w.must_copy && kept.pinned >= 0) continue;
      kept.live.insert(kept.live.end(), gone.live.begin(), gone.live.end());
      kept.scalar = kept.scalar && gone.scalar;
      gone.live.clear();
      gone.parent = a;
    }
  }

  void assign_slots() {
    std::vector<ArenaBlock> blocks;
    std::vector<int> slot_of_block;
    const auto add_to_arena = [&](const ArenaBlock& block) {
      const auto slot = static_cast<int>(out_.slots.size());
      out_.slots.push_back({SlotKind::arena, block.bytes, 0, 0});
      blocks.push_back(block);
      slot_of_block.push_back(slot);
      return slot;
    };
    for (Unit& u : units_) {
      if (u.parent >= 0 || u.pinned >= 0) continue;
      Span hull{forever, 0};
      for (const Span& s : u.live) hull = {std::min(hull.from, s.from), std::max(hull.to, s.to)};
      // Different units never share memory at one operation, not even a result with an operand that ends there.
      hull.from &= ~Time{1};
      u.pinned = add_to_arena({.live = hull, .bytes = u.bytes, .scalar = u.scalar});
    }
    for (const Value* v : order_) out_.slot_of[v] = unit_at(representative(lives_.at(v).unit)).pinned;
    place_aliases(program_.body);
    for (const Op* site : sites_) {
      const Time time = at(*site);
      order_copies(*site, [&](std::int64_t bytes) { return add_to_arena({.live = {time, time + 1}, .bytes = bytes}); });
    }
    out_.arena_bytes = pack(blocks);
    for (std::size_t i = 0; i < blocks.size(); ++i)
      out_.slots[static_cast<std::size_t>(slot_of_block[i])].offset = blocks[i].offset;
    resolve_views();
  }

  void place_alias(const Op& op) {
    int base = out_.slot_of.at(op.operands[0]);
    std::int64_t offset = op.def->name == "slice" ? offset_of_slice(op) : 0;
    const auto bytes = static_cast<std::int64_t>(op.result()->type.bytes());
    if (offset == 0) {
      out_.slot_of[op.result()] = base;
      return;
    }
    if (const Slot& slot = out_.slots[static_cast<std::size_t>(base)]; slot.kind == SlotKind::view) {
      base = slot.index;
      offset += slot.offset;
    }
    out_.slots.push_back({SlotKind::view, bytes, base, offset});
    out_.slot_of[op.result()] = static_cast<int>(out_.slots.size()) - 1;
  }

  /// Where the memory is known, a part of it is known.
  void resolve_views() {
    for (Slot& slot : out_.slots) {
      if (slot.kind != SlotKind::view) continue;
      const Slot& base = out_.slots[static_cast<std::size_t>(slot.index)];
      if (base.kind == SlotKind::arena) slot = {SlotKind::arena, slot.bytes, 0, base.offset + slot.offset};
    }
  }

  void place_aliases(const Region& region) {
    for (const auto& op : region.ops) {
      if (out_.is_alias(*op)) place_alias(*op);
      if (op->def->name != "fused")
        for (const auto& r : op->regions) place_aliases(*r);
    }
  }

  /// The copies of one place, without those of a value to where it is.
  void order_copies(const Op& site, const std::function<int(std::int64_t)>& new_temporary) {
    std::vector<Copy> copies;
    for (const Move& m : moves_.at(&site)) {
      const int from = out_.slot_of.at(m.from), to = unit_at(representative(m.to)).pinned;
      const std::int64_t bytes = out_.slots[static_cast<std::size_t>(to)].bytes;
      if (from != to && bytes > 0) copies.push_back({from, to, bytes});
    }
    if (!copies.empty()) out_.copies[&site] = in_order(std::move(copies), new_temporary);
  }

  const ir::Program& program_;
  PlaceOptions options_;
  Placement out_;
  std::int64_t clock_ = 0;
  std::unordered_map<const Op*, std::int64_t> at_, end_;
  std::vector<Unit> units_;
  std::unordered_map<const Value*, Life> lives_;
  std::vector<const Value*> order_;
  std::vector<Wish> wishes_;
  std::unordered_map<const Op*, std::vector<Move>> moves_;
  std::vector<const Op*> sites_;  ///< the places of copies, in program order
};

}  // namespace

Placement place(const ir::Program& program, const PlaceOptions& options) { return Placer(program, options).run(); }

}  // namespace brainpy::compiler::codegen
