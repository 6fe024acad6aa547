#include "compiler/codegen/group_loop.h"

#include <llvm/IR/Module.h>

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "compiler/codegen/codegen.h"
#include "compiler/ir/rewrite.h"
#include "compiler/ops/map.h"
#include "runtime/log.h"

namespace brainpy::compiler::codegen {

using ir::Op;
using ir::Value;

llvm::Value* slot_pointer(llvm::IRBuilder<>& builder, const Placement& placement, int slot, llvm::Value* slots,
                          llvm::Value* arena) {
  const Slot& s = placement.slots[static_cast<std::size_t>(slot)];
  if (s.kind == SlotKind::arena && slot != 0)
    return builder.CreateConstInBoundsGEP1_64(builder.getInt8Ty(), arena, static_cast<std::uint64_t>(s.offset));
  llvm::Value* entry = builder.CreateConstInBoundsGEP1_64(builder.getPtrTy(), slots, static_cast<std::uint64_t>(slot));
  return builder.CreateAlignedLoad(builder.getPtrTy(), entry, llvm::Align(8));
}

namespace {

const MapBody& body_of(const Op& op) {
  std::vector<Type> types;
  for (const Value* v : op.operands) types.push_back(v->type);
  const MapBody* body = find_body(*op.def, types);
  if (!body) throw InternalError(op.def->name + ": no body for the types of its operands");
  return *body;
}

}  // namespace

EmitHandle emit_map(const Op& op, LaneEmitter& emitter, llvm::IRBuilder<>& builder, const EmitHandle* operands,
                    EmitHandle index, runtime::MathMode math) {
  const MapBody& body = body_of(op);
  // Only what the user wrote may be reassociated: vector mathematics relies on the order of its own sums.
  llvm::IRBuilder<>::FastMathFlagGuard guard(builder);
  const std::array<const char*, 5> arithmetic = {"add", "sub", "mul", "div", "neg"};
  if (math == runtime::MathMode::fast && std::ranges::find(arithmetic, op.def->name) != arithmetic.end()) {
    llvm::FastMathFlags flags;
    flags.setAllowReassoc();
    flags.setNoSignedZeros();
    flags.setAllowReciprocal();
    flags.setAllowContract();
    flags.setApproxFunc();
    builder.setFastMathFlags(flags);
  }
  CurrentEmitter current(emitter);
  EmitHandle result = nullptr;
  // The elements of a row count from 0.
  const std::int64_t row = op.def->indexed ? op.attributes.integer_or("row", 0) : 0;
  if (row > 0) {
    llvm::Value* indices = LaneEmitter::value(index);
    llvm::Value* length = llvm::ConstantInt::get(indices->getType(), static_cast<std::uint64_t>(row));
    index = emitter.wrap(builder.CreateURem(indices, length), DType::u64);
  }
  body.emit(operands, &result, index);
  // The lane may have another element type than the value: a key is a u64 lane.
  return emitter.wrap(LaneEmitter::value(result), op.result()->type.dtype);
}

llvm::GlobalValue::LinkageTypes work_linkage() {
  return runtime::logs("perf") ? llvm::GlobalValue::ExternalLinkage : llvm::GlobalValue::InternalLinkage;
}

namespace {

/// Cheap loops are emitted twice a turn, so that their counting and branching does not show.
constexpr double cheap = 24;
/// Lane operations beyond which divisions by constants become multiplications in any case. The processor overlaps
/// several shorter turns; in a longer one it waits for each quotient, and multiplications are sooner.
constexpr int short_turn = 160;
/// Divisions by constants below which a short turn leaves them to the divider: memory keeps it waiting for longer.
constexpr int few_divisions = 4;
/// Vector instructions that take the place of one division by a constant.
constexpr int instructions_of_division = 6;
/// Bytes that a processor keeps nearest, and near.
constexpr double nearest_cache = 32e3, near_cache = 2e6;
/// Lane operations that take as long as moving one line between the nearest cache and the next.
constexpr double operations_of_line = 3, bytes_of_line = 64;
/// Nanoseconds for one vector instruction, on a processor of about 3 GHz.
constexpr double instruction_ns = 0.18;

/// Lane operations in one turn of the group's loop.
CountingEmitter::Counts count_operations(const Group& group, const LaneEmitter& emitter) {
  CountingEmitter counting(emitter);
  const CurrentEmitter current(counting);
  for (const Op* op : group.ops) {
    if (op->def->shape_class != ShapeClass::map) continue;
    std::vector<EmitHandle> operands;
    for (const Value* v : op->operands) {
      const Op* definition = v->definition;
      const bool number = definition && definition->def->name == "const" && v->type.shape.is_scalar();
      operands.push_back(number ? counting.constant(v->type.dtype, definition->literal.bits[0]) : counting.value());
    }
    EmitHandle result = nullptr;
    body_of(*op).emit(operands.data(), &result, counting.value());
  }
  return counting.counts();
}

/// Whether a turn is done sooner when the divider divides by constants, beside the rest, than by multiplications that
/// come to the rest. Two vector instructions a cycle; a division keeps the divider for the cycles that were measured.
bool divider_is_sooner(const CountingEmitter::Counts& turn, const LaneEmitter& emitter) {
  if (turn.operations + turn.divisions > short_turn) return false;
  if (turn.divisions < few_divisions) return true;
  const bool wide = emitter.width() < vector_width();  // elements of eight bytes
  const double of_64_bytes = cpu_name().starts_with("znver") ? (wide ? 7 : 4.5) : (wide ? 16 : 10);
  const double divider = turn.divisions * of_64_bytes * vector_width() / 16;
  return std::max(2 * divider, 1.0 * turn.operations) <= turn.operations + instructions_of_division * turn.divisions;
}

/// Elements from which on threads may share a loop.
constexpr std::int64_t many = 4096;

class GroupEmission {
 public:
  GroupEmission(llvm::Module& module, const std::string& name, const Group& group, const Placement& placement,
                const GroupOptions& options)
      : group_(group),
        placement_(placement),
        options_(options),
        builder_(module.getContext()),
        emitter_(builder_, width_of(group)) {
    llvm::Type* i64 = builder_.getInt64Ty();
    auto* type = llvm::FunctionType::get(builder_.getVoidTy(), {builder_.getPtrTy(), i64, i64}, false);
    function_ = llvm::Function::Create(type, work_linkage(), name, module);
    function_->addFnAttr(llvm::Attribute::NoUnwind);
    function_->addFnAttr("prefer-vector-width", std::to_string(32 * vector_width()));
    const CountingEmitter::Counts turn = count_operations(group, emitter_);
    operations_ = turn.operations + turn.divisions;
    emitter_.use_divider(divider_is_sooner(turn, emitter_));
  }

  EmittedGroup run() {
    llvm::LLVMContext& context = builder_.getContext();
    llvm::Value *begin = function_->getArg(1), *end = function_->getArg(2);
    auto* entry = llvm::BasicBlock::Create(context, "entry", function_);
    auto* loop = llvm::BasicBlock::Create(context, "loop", function_);
    auto* done = llvm::BasicBlock::Create(context, "done", function_);
    builder_.SetInsertPoint(entry);
    prepare();
    if (options_.announced) ask_for_first_lines(begin, end);
    if (packs_ && group_.size >= many) own_lines_of_bits(begin, end);
    entry = builder_.GetInsertBlock();
    builder_.CreateCondBr(builder_.CreateICmpSLT(begin, end), loop, done);

    builder_.SetInsertPoint(loop);
    llvm::PHINode* index = builder_.CreatePHI(builder_.getInt64Ty(), 2, "index");
    index->addIncoming(begin, entry);
    emit_elements(index);
    const double cost = emitter_.cost();
    const std::int64_t width = emitter_.width();
    std::int64_t step = width;
    const auto emit_next = [&] {
      emit_elements(builder_.CreateAdd(index, builder_.getInt64(static_cast<std::uint64_t>(step))));
      step += width;
    };
    if (cost < cheap && group_.size > step) emit_next();
    while (packs_ && step < 8) emit_next();  // whole bytes of bits
    if (packs_) store_bits(index);
    llvm::Value* next = builder_.CreateAdd(index, builder_.getInt64(static_cast<std::uint64_t>(step)));
    index->addIncoming(next, builder_.GetInsertBlock());
    builder_.CreateCondBr(builder_.CreateICmpSLT(next, end), loop, done);
    builder_.SetInsertPoint(done);
    if (packs_ && group_.size % 64 != 0) clear_bits_past_the_end(end);
    builder_.CreateRetVoid();
    return {function_, cost * instruction_ns / emitter_.width(), bytes_};
  }

 private:
  /// Whether a store that is spared is worth a branch: memory that no near cache holds, or that the nearest does not
  /// hold while there is little to compute.
  bool waits_for_stores() const {
    const double bytes = bytes_ * static_cast<double>(group_.size);
    if (bytes < nearest_cache || bytes >= near_cache) return bytes >= near_cache;
    return operations_ < operations_of_line * bytes_ * emitter_.width() / bytes_of_line;
  }

  static bool is_pack(const Value* v) { return v->definition && v->definition->def->shape_class == ShapeClass::pack; }

  /// The condition under which a store changes anything; null where testing it does not pay. Of select(condition, new,
  /// old) where `old` is what the memory holds, such as the time of the last spike, it is the condition.
  EmitHandle change_of(const Value* value, int slot, llvm::Value* index) {
    const Op* made = value->definition;
    if (!made || made->def->name != "select" || !waits_for_stores()) return nullptr;
    const Value *condition = made->operands[0], *old = made->operands[2];
    const bool unchanged = !old->type.shape.is_scalar() && !is_pack(old) && placement_.slot(old) == slot;
    return unchanged && !condition->type.shape.is_scalar() ? operand(condition, index) : nullptr;
  }

  /// Whether the operation is one choice for the whole loop between memory that nothing else here reads and a number:
  /// memory is left alone where it is the number.
  bool may_leave_memory(const Op& op) const {
    if (op.def->name != "select" || !op.operands[0]->type.shape.is_scalar() || !op.operands[2]->type.shape.is_scalar())
      return false;
    const Value* from = op.operands[1];
    if (from->type.shape.is_scalar() || is_inside(from)) return false;
    int uses = 0;
    for (const Op* other : group_.ops) uses += static_cast<int>(std::ranges::count(other->operands, from));
    for (const auto& store : group_.stores) uses += store.first == from;
    return uses == 1;
  }

  bool is_inside(const Value* v) const {
    return v->definition && std::ranges::find(group_.ops, v->definition) != group_.ops.end();
  }

  /// Pointer to the byte that holds the bit of an element.
  llvm::Value* byte_of_bit(int slot, llvm::Value* index) {
    return builder_.CreateInBoundsGEP(builder_.getInt8Ty(), pointers_.at(slot), builder_.CreateLShr(index, 3));
  }

  /// The bits of the elements of one turn of the loop, which are at least eight.
  void store_bits(llvm::Value* index) {
    for (const auto& [slot, masks] : bits_) {
      const auto width = static_cast<unsigned>(emitter_.width());
      const auto total = width * static_cast<unsigned>(masks.size());
      llvm::Value* bits = nullptr;
      for (std::size_t k = 0; k < masks.size(); ++k) {
        llvm::Value* part = builder_.CreateBitCast(masks[k], builder_.getIntNTy(width));
        part = builder_.CreateZExt(part, builder_.getIntNTy(total));
        if (k > 0) part = builder_.CreateShl(part, static_cast<std::uint64_t>(k) * width);
        bits = bits ? builder_.CreateOr(bits, part) : part;
      }
      builder_.CreateAlignedStore(bits, byte_of_bit(slot, index), llvm::Align(1));
    }
  }

  /// Of no elements at all: asks for the first lines of a part that begins there. Processors fetch what comes after the
  /// part before, so that the last step has left them with another thread.
  void ask_for_first_lines(llvm::Value* begin, llvm::Value* end) {
    constexpr std::uint64_t lines = 8, bytes_of_line = 64;
    std::map<int, std::pair<std::uint64_t, bool>> arrays;  // by slot: bytes of an element, whether it is written
    for (const auto& [slot, value] : read_from_) arrays[slot] = {size_of(value->type.dtype), false};
    for (const Value* v : cleared_) arrays[placement_.slot(v)].second = true;
    for (const auto& [value, slot] : group_.stores)
      if (!is_pack(value)) arrays[slot] = {size_of(value->type.dtype), true};
    llvm::BasicBlock* before = builder_.GetInsertBlock();
    auto* ask = llvm::BasicBlock::Create(builder_.getContext(), "first", function_);
    auto* asked = llvm::BasicBlock::Create(builder_.getContext(), "announced", function_);
    builder_.CreateCondBr(builder_.CreateICmpEQ(begin, end), ask, asked);
    builder_.SetInsertPoint(ask);
    llvm::PHINode* offset = builder_.CreatePHI(builder_.getInt64Ty(), 2, "offset");
    offset->addIncoming(builder_.getInt64(0), before);
    const auto ask_for = [&](llvm::Value* first, bool to_write) {
      builder_.CreateIntrinsic(llvm::Intrinsic::prefetch, {builder_.getPtrTy()},
                               {builder_.CreateInBoundsGEP(builder_.getInt8Ty(), first, offset),
                                builder_.getInt32(to_write ? 1 : 0), builder_.getInt32(3), builder_.getInt32(1)});
    };
    for (const auto& [slot, array] : arrays)
      ask_for(builder_.CreateInBoundsGEP(builder_.getInt8Ty(), pointers_.at(slot),
                                         builder_.CreateMul(begin, builder_.getInt64(array.first))),
              array.second);
    for (const auto& [value, slot] : group_.stores)
      if (is_pack(value)) ask_for(byte_of_bit(slot, begin), true);
    llvm::Value* next = builder_.CreateAdd(offset, builder_.getInt64(bytes_of_line));
    offset->addIncoming(next, ask);
    builder_.CreateCondBr(builder_.CreateICmpULT(next, builder_.getInt64(lines * bytes_of_line)), ask, asked);
    builder_.SetInsertPoint(asked);
  }

  /// Asks for all lines of bits that the elements [begin, end) fill. Other threads read them in the last step: handed
  /// over one by one, each would keep the loop waiting for longer than its elements take.
  void own_lines_of_bits(llvm::Value* begin, llvm::Value* end) {
    constexpr std::uint64_t bits_of_line = 512;
    llvm::BasicBlock* before = builder_.GetInsertBlock();
    auto* ask = llvm::BasicBlock::Create(builder_.getContext(), "ask", function_);
    auto* asked = llvm::BasicBlock::Create(builder_.getContext(), "asked", function_);
    // A part is neither nothing nor all.
    llvm::Value* count = builder_.CreateSub(end, begin);
    llvm::Value* whole = builder_.getInt64(static_cast<std::uint64_t>(group_.size));
    builder_.CreateCondBr(builder_.CreateICmpULT(builder_.CreateSub(count, builder_.getInt64(1)),
                                                 builder_.CreateSub(whole, builder_.getInt64(1))),
                          ask, asked);
    builder_.SetInsertPoint(ask);
    llvm::PHINode* index = builder_.CreatePHI(builder_.getInt64Ty(), 2, "line");
    index->addIncoming(begin, before);
    for (const auto& [value, slot] : group_.stores)
      if (is_pack(value))
        builder_.CreateIntrinsic(
            llvm::Intrinsic::prefetch, {builder_.getPtrTy()},
            {byte_of_bit(slot, index), builder_.getInt32(1), builder_.getInt32(3), builder_.getInt32(1)});
    llvm::Value* next = builder_.CreateAdd(index, builder_.getInt64(bits_of_line));
    index->addIncoming(next, ask);
    builder_.CreateCondBr(builder_.CreateICmpSLT(next, end), ask, asked);
    builder_.SetInsertPoint(asked);
  }

  /// Bits past the last element are 0; whoever computed that element clears them.
  void clear_bits_past_the_end(llvm::Value* end) {
    llvm::LLVMContext& context = builder_.getContext();
    llvm::Value* size = builder_.getInt64(static_cast<std::uint64_t>(group_.size));
    auto* clear = llvm::BasicBlock::Create(context, "clear", function_);
    auto* after = llvm::BasicBlock::Create(context, "after", function_);
    builder_.CreateCondBr(builder_.CreateICmpEQ(end, size), clear, after);
    builder_.SetInsertPoint(clear);
    const std::uint64_t used = (std::uint64_t{1} << (group_.size % 64)) - 1;
    for (const auto& bits : bits_) {
      llvm::Value* word = byte_of_bit(bits.first, builder_.getInt64(static_cast<std::uint64_t>(group_.size / 64 * 64)));
      llvm::Value* last = builder_.CreateAlignedLoad(builder_.getInt64Ty(), word, llvm::Align(8));
      builder_.CreateAlignedStore(builder_.CreateAnd(last, used), word, llvm::Align(8));
    }
    builder_.CreateBr(after);
    builder_.SetInsertPoint(after);
  }

  static int width_of(const Group& group) {
    std::size_t widest = 1;
    for (const Op* op : group.ops) {
      if (op->def->shape_class != ShapeClass::pack) widest = std::max(widest, size_of(op->result()->type.dtype));
      for (const Value* v : op->operands) widest = std::max(widest, size_of(v->type.dtype));
    }
    return widest == 8 ? std::max(vector_width() / 2, 2) : vector_width();
  }

  /// Pointers and scalars from outside, before the loop.
  void prepare() {
    llvm::Value* slots = function_->getArg(0);
    llvm::Value* arena = builder_.CreateAlignedLoad(builder_.getPtrTy(), slots, llvm::Align(8));
    const auto pointer = [&](int slot) {
      auto& p = pointers_[slot];
      if (!p) p = slot_pointer(builder_, placement_, slot, slots, arena);
      return p;
    };
    // Through the table: threads have numbers of their own where the program goes ahead of them.
    const auto number = [&](int slot) {
      auto* entry = builder_.CreateConstInBoundsGEP1_64(builder_.getPtrTy(), slots, static_cast<std::uint64_t>(slot));
      return builder_.CreateAlignedLoad(builder_.getPtrTy(), entry, llvm::Align(8));
    };
    std::unordered_map<const Value*, bool> inside, read;
    const auto need = [&](const Value* v) {
      if (inside.contains(v) || scalars_.contains(v)) return;
      if (v->definition && v->definition->def->name == "const" && v->type.shape.is_scalar())
        scalars_[v] = emitter_.constant(v->type.dtype, v->definition->literal.bits[0]);
      else if (v->type.shape.is_scalar()) scalars_[v] = emitter_.load_scalar(v->type.dtype, number(placement_.slot(v)));
      else {
        pointer(placement_.slot(v));
        read_from_[placement_.slot(v)] = v;
        if (placement_.cleared.contains(v) && !read[v]) cleared_.push_back(v);
        if (!std::exchange(read[v], true)) bytes_ += static_cast<double>(size_of(v->type.dtype));
      }
    };
    for (const Op* op : group_.ops) {
      if (op->def->name == "const") continue;
      const bool leaves = may_leave_memory(*op);
      for (const Value* v : op->operands) {
        if (leaves && v == op->operands[1]) pointer(placement_.slot(v));
        else need(v);
      }
      if (leaves) choices_.insert(op);
      inside[op->result()] = true;
    }
    for (const auto& [value, slot] : group_.stores) {
      need(value);
      pointer(slot);
      bytes_ += is_pack(value) ? 0.125 : static_cast<double>(size_of(value->type.dtype));
      packs_ = packs_ || is_pack(value);
    }
  }

  llvm::Value* element(int slot, DType dtype, llvm::Value* index) {
    llvm::Type* type = builder_.getIntNTy(static_cast<unsigned>(8 * size_of(dtype)));
    return builder_.CreateInBoundsGEP(type, pointers_.at(slot), index);
  }

  EmitHandle operand(const Value* v, llvm::Value* index) {
    if (const auto it = scalars_.find(v); it != scalars_.end()) return it->second;
    EmitHandle& lane = lanes_[v];
    if (!lane) lane = emitter_.load(v->type.dtype, element(placement_.slot(v), v->type.dtype, index));
    return lane;
  }

  /// The computation for the elements from `index` on. All loads of an element come before all stores to it.
  void emit_elements(llvm::Value* index) {
    lanes_.clear();
    EmitHandle indices = nullptr;
    for (const Op* op : group_.ops) {
      if (op->def->name == "const") continue;
      if (choices_.contains(op)) {
        emitter_.begin_rare(operand(op->operands[0], index));
        lanes_[op->result()] = emitter_.end_rare(operand(op->operands[1], index), operand(op->operands[2], index));
        continue;
      }
      std::vector<EmitHandle> operands;
      for (const Value* v : op->operands) operands.push_back(operand(v, index));
      if (op->def->shape_class == ShapeClass::pack) {
        lanes_[op->result()] = operands[0];  // the bool itself, until its bits are stored
        continue;
      }
      if (op->def->indexed && !indices) indices = emitter_.indices(index);
      lanes_[op->result()] = emit_map(*op, emitter_, builder_, operands.data(), indices, options_.math);
    }
    std::vector<EmitHandle> leaving;
    for (const auto& store : group_.stores) leaving.push_back(operand(store.first, index));
    for (std::size_t k = 0; k < leaving.size(); ++k) {
      const auto& [value, slot] = group_.stores[k];
      if (is_pack(value)) {
        bits_[slot].push_back(LaneEmitter::value(leaving[k]));
        continue;
      }
      EmitHandle changes = change_of(value, slot, index);
      if (changes) emitter_.begin_rare(changes);
      emitter_.store(leaving[k], element(slot, value->type.dtype, index));
      if (changes) emitter_.end_rare();
    }
    for (const Value* v : cleared_)
      emitter_.store(emitter_.constant(v->type.dtype, 0), element(placement_.slot(v), v->type.dtype, index));
  }

  const Group& group_;
  const Placement& placement_;
  GroupOptions options_;
  llvm::IRBuilder<> builder_;
  LaneEmitter emitter_;
  llvm::Function* function_ = nullptr;
  double bytes_ = 0;                                      ///< moved for an element
  int operations_ = 0;                                    ///< lane operations of one vector
  bool packs_ = false;                                    ///< some results are bits
  std::vector<const Value*> cleared_;                     ///< read here, and left zero
  std::map<int, std::vector<llvm::Value*>> bits_;         ///< by slot: the bools of each vector of one turn of the loop
  std::unordered_set<const Op*> choices_;                 ///< those that may leave memory alone
  std::unordered_map<int, llvm::Value*> pointers_;        ///< by slot
  std::unordered_map<int, const Value*> read_from_;       ///< by slot: what is read there
  std::unordered_map<const Value*, EmitHandle> scalars_;  ///< from outside, in all elements
  std::unordered_map<const Value*, EmitHandle> lanes_;    ///< of the elements at hand
};

}  // namespace

EmittedGroup emit_group(llvm::Module& module, const std::string& name, const Group& group, const Placement& placement,
                        const GroupOptions& options) {
  return GroupEmission(module, name, group, placement, options).run();
}

}  // namespace brainpy::compiler::codegen
