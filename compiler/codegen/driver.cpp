// The driver: a program's control flow as native branches, its groups as functions, its kernels as calls through the
// launch record.
// In: a program and its placement. Out: an LLVM module with the entry point bp_main.
#include <llvm/IR/Module.h>

#include <mutex>

#include "compiler/codegen/backend.h"
#include "compiler/codegen/chain.h"
#include "compiler/codegen/codegen.h"
#include "compiler/codegen/group_loop.h"
#include "compiler/codegen/sections.h"
#include "compiler/ops/op_def.h"
#include "runtime/abi.h"
#include "runtime/error.h"

namespace brainpy::compiler::codegen {
namespace {

using ir::Op;
using ir::Region;
using ir::Value;

/// Work below this is not worth a second thread: it must come and go. Kernels cost it more, as threads hand each other
/// what fired.
constexpr double parallel_threshold_ns = 8'000, parallel_kernels_ns = 20'000;
/// Work of one piece, where threads help each other out.
constexpr double piece_ns = 2'500;
/// What a processor fetches from another's cache in a nanosecond: who does less with data than fetch them leaves them
/// to the thread that has them.
constexpr double bytes_a_ns = 20;
/// Bytes of a single number.
constexpr std::int64_t largest_number = 8;

class Driver {
 public:
  Driver(const ir::Program& program, const Placement& placement, const CodeOptions& options, llvm::Module& module)
      : program_(program),
        placement_(placement),
        options_(options),
        module_(module),
        builder_(module.getContext()),
        emitter_(builder_, 1),
        chain_(program, placement) {
    for (std::size_t k = 0; k < placement.steps.size(); ++k)
      step_of_[placement.steps[k]] = static_cast<std::uint32_t>(k);
    if (options.profile) section_ends_ = sections_of(program, placement).ends;
  }

  void run() {
    llvm::LLVMContext& context = module_.getContext();
    auto* type = llvm::FunctionType::get(builder_.getVoidTy(), {builder_.getPtrTy()}, false);
    // The work is under the program's own name, for profilers; the entry point has the name that the linker looks up.
    function_ = llvm::Function::Create(type, work_linkage(), options_.label, module_);
    function_->addFnAttr(llvm::Attribute::NoUnwind);
    function_->addFnAttr(llvm::Attribute::NoInline);
    function_->addFnAttr("frame-pointer", "all");
    auto* entry_point = llvm::Function::Create(type, llvm::GlobalValue::ExternalLinkage, "bp_main", module_);
    entry_point->addFnAttr(llvm::Attribute::NoUnwind);
    builder_.SetInsertPoint(llvm::BasicBlock::Create(context, "entry", entry_point));
    builder_.CreateCall(function_, {entry_point->getArg(0)})->setTailCall();
    builder_.CreateRetVoid();

    builder_.SetInsertPoint(llvm::BasicBlock::Create(context, "entry", function_));
    exit_ = llvm::BasicBlock::Create(context, "exit");
    launch_ = function_->getArg(0);
    slots_ = launch_field(offsetof(bp_launch, slots));
    arena_ = builder_.CreateAlignedLoad(builder_.getPtrTy(), slots_, llvm::Align(8));
    emit_region(program_.body);
    emit_copies(*program_.body.terminator());
    emit_mark(*program_.body.terminator());
    builder_.CreateBr(exit_);
    function_->insert(function_->end(), exit_);
    builder_.SetInsertPoint(exit_);
    builder_.CreateRetVoid();
  }

 private:
  /// A chain with its group in a loop's body, and its bp_chain.
  struct ChainInLoop {
    std::vector<const Op*> kernels;
    Group group;
    llvm::GlobalVariable* record = nullptr;
  };

  /// The counted loop whose body is being emitted.
  struct Loop {
    const Region* body = nullptr;
    llvm::Value* step = nullptr;  ///< counts from 0
    std::vector<ChainInLoop> chains;
    std::vector<int> numbers;  ///< slots of single numbers that are read or written outside the chains
    bool does_more = false;    ///< than the chains and single numbers
  };

  // --- memory

  llvm::Value* launch_field(std::size_t offset) {
    llvm::Value* address = builder_.CreateConstInBoundsGEP1_64(builder_.getInt8Ty(), launch_, offset);
    return builder_.CreateAlignedLoad(builder_.getPtrTy(), address, llvm::Align(8));
  }

  llvm::Value* pointer(int slot) { return slot_pointer(builder_, placement_, slot, slots_, arena_); }
  llvm::Value* pointer(const Value* v) { return pointer(placement_.slot(v)); }

  llvm::Value* row_pointer(llvm::Value* base, llvm::Value* row, std::int64_t bytes) {
    return builder_.CreateInBoundsGEP(builder_.getInt8Ty(), base, builder_.CreateMul(row, integer(bytes)));
  }

  llvm::Value* integer(std::int64_t v) { return builder_.getInt64(static_cast<std::uint64_t>(v)); }

  void copy(llvm::Value* to, llvm::Value* from, std::int64_t bytes) {
    if (bytes > 0)
      builder_.CreateMemCpy(to, llvm::MaybeAlign(), from, llvm::MaybeAlign(), static_cast<std::uint64_t>(bytes));
  }

  void emit_copies(const Op& site) {
    const auto it = placement_.copies.find(&site);
    if (it == placement_.copies.end()) return;
    for (const Copy& c : it->second) {
      copy(pointer(c.to), pointer(c.from), c.bytes);
      loop_.numbers.insert(loop_.numbers.end(), {c.from, c.to});
      loop_.does_more |= c.bytes > largest_number;
    }
  }

  // --- scalars: computed ones stay in registers as well as in their slots

  EmitHandle scalar(const Value* v) {
    if (v->definition && v->definition->def->name == "const")
      return emitter_.constant(v->type.dtype, v->definition->literal.bits[0]);
    if (const auto it = scalars_.find(v); it != scalars_.end()) return it->second;
    loop_.numbers.push_back(placement_.slot(v));
    return emitter_.load(v->type.dtype, pointer(v));
  }

  void define_scalar(const Value* v, EmitHandle lane) {
    scalars_[v] = lane;
    const int slot = placement_.slot(v);
    if (slot < 0) return;
    loop_.numbers.push_back(slot);
    emitter_.store(lane, pointer(slot));
  }

  void emit_scalar_map(const Op& op) {
    std::vector<EmitHandle> operands;
    for (const Value* v : op.operands) operands.push_back(scalar(v));
    EmitHandle index = op.def->indexed ? emitter_.indices(builder_.getInt64(0)) : nullptr;
    define_scalar(op.result(), emit_map(op, emitter_, builder_, operands.data(), index, options_.math));
  }

  // --- operations

  /// Everything but the yield.
  void emit_region(const Region& region) {
    for (const auto& op : region.ops) emit(*op);
    close_chain();
  }

  /// The region of a loop or a branch. Inside, `loop` is the counted one that every operation of the region is in.
  /// `yield`: what comes at the region's end.
  template <class Yield>
  Loop emit_steps(const Region& region, Loop loop, const Yield& yield) {
    std::swap(loop_, loop);
    emit_region(region);
    yield();
    std::swap(loop_, loop);
    loop_.does_more = true;  // than a chain: the region
    return loop;
  }

  /// Has the program go ahead of the loop's chain where it touches nothing of it. True: it does.
  bool goes_ahead(const Loop& loop) {
    if (loop.does_more || loop.chains.size() != 1) return false;
    const auto& [kernels, group, record] = loop.chains[0];
    for (const int slot : loop.numbers)
      if (touches(placement_, kernels, group, slot)) return false;
    auto* values = llvm::cast<llvm::ConstantStruct>(record->getInitializer());
    std::vector<llvm::Constant*> fields;
    for (unsigned k = 0; k < values->getNumOperands(); ++k) fields.push_back(values->getOperand(k));
    constexpr unsigned alone = 3;  // of bp_chain
    fields[alone] = builder_.getInt32(1);
    record->setInitializer(llvm::ConstantStruct::get(values->getType(), fields));
    return true;
  }

  void emit(const Op& op) {
    const std::string& name = op.def->name;
    if (name == "const" || name == "yield" || placement_.is_alias(op)) return;
    if (op.def->shape_class != ShapeClass::control || name == "fused") {
      emit_step(op);
      if (options_.probe && step_of_.contains(&op)) emit_probe(op);
      emit_mark(op);
      return;
    }
    close_chain();
    if (name == "for") emit_for(op);
    else if (name == "while") emit_while(op);
    else if (name == "if") emit_if(op);
    else throw InternalError("operation '" + name + "' reached the code generator; run discharge first");
  }

  void emit_step(const Op& op) {
    if (op.def->parts.run) {
      if (!chain_.admits(op)) close_chain();
      if (!chain_.admits(op)) return emit_kernel(op);
      chain_.add(op);
      // Who looks at each step, or at its time, sees it alone.
      if (options_.probe || options_.profile) close_chain();
      loop_.does_more |= options_.probe || options_.profile;
      return;
    }
    const bool is_map = op.def->shape_class == ShapeClass::map || op.def->name == "fused";
    if (is_map && !op.results.empty() && !op.result()->type.shape.is_scalar()) return emit_group(op);
    if (!chain_.lets_pass(op)) close_chain();
    if (op.def->name == "fused") emit_scalar_fused(op);
    else if (is_map) emit_scalar_map(op);
    else emit_kernel(op);
  }

  void emit_scalar_fused(const Op& op) {
    if (op.results.empty()) return;
    const Op& yield = *op.regions[0]->terminator();
    emit_region(*op.regions[0]);
    for (std::size_t k = 0; k < yield.operands.size(); ++k)
      define_scalar(op.results[k].get(), scalar(yield.operands[k]));
  }

  void emit_group(const Op& op) {
    const Group group = group_of(op, placement_);
    if (!chain_.admits(group)) close_chain();
    if (group.size == 0) return;
    const std::string name = options_.label + ".group" + std::to_string(groups_++);
    const EmittedGroup emitted =
        codegen::emit_group(module_, name, group, placement_, {options_.math, !chain_.empty()});
    const double whole = emitted.nanoseconds * static_cast<double>(group.size);
    const bool is_short = chain_.nanoseconds() + whole < (chain_.empty() ? parallel_threshold_ns : parallel_kernels_ns);
    // What one thread has just made, others fetch, and it fetches it back to make it anew.
    if (is_short || (chain_.empty() && 2 * bytes_read(group, of_one_thread_) > bytes_a_ns * emitted.nanoseconds)) {
      close_chain();
      loop_.does_more = true;
      builder_.CreateCall(emitted.function, {slots_, integer(0), integer(group.size)});
      return;
    }
    if (!chain_.empty()) return close_chain(emitted.function, &op, &group);
    loop_.does_more = true;
    // Pieces begin at multiples of 64 elements: threads never touch one cache line together.
    const bool moves_more_than_computes = emitted.bytes > bytes_a_ns * emitted.nanoseconds;
    const auto piece =
        moves_more_than_computes ? group.size : static_cast<std::int64_t>(piece_ns / emitted.nanoseconds / 64 + 1) * 64;
    auto* type = llvm::FunctionType::get(
        builder_.getVoidTy(), {builder_.getPtrTy(), builder_.getPtrTy(), builder_.getInt64Ty(), builder_.getInt64Ty()},
        false);
    builder_.CreateCall(type, launch_field(offsetof(bp_launch, parallel_group)),
                        {launch_, emitted.function, integer(group.size), integer(piece)});
  }

  /// Runs the kernels that wait in the chain, and the group of an operation that goes with them.
  void close_chain(llvm::Function* function = nullptr, const Op* operation = nullptr, const Group* group = nullptr) {
    if (chain_.empty()) return;
    if (!group && chain_.nanoseconds() < parallel_kernels_ns) {
      for (const Op* kernel : chain_.kernels()) emit_kernel(*kernel);
      return chain_.clear();
    }
    llvm::Type *pointer = builder_.getPtrTy(), *i32 = builder_.getInt32Ty(), *i64 = builder_.getInt64Ty();
    auto* chained = llvm::StructType::get(i32, i32, i64);  // bp_chained
    std::vector<llvm::Constant*> kernels, numbers;
    for (const Op* kernel : chain_.kernels()) {
      const std::int64_t origin = group && loop_.body ? chain_.origin(*kernel, *operation, *group, *loop_.body) : -1;
      kernels.push_back(llvm::ConstantStruct::get(
          chained,
          {builder_.getInt32(step_of_.at(kernel)), builder_.getInt32(0), llvm::cast<llvm::Constant>(integer(origin))}));
    }
    if (group)
      for (const Value* v : numbers_of(*group))
        numbers.push_back(builder_.getInt32(static_cast<std::uint32_t>(placement_.slot(v))));
    const auto count = [&](const auto& list) { return builder_.getInt32(static_cast<std::uint32_t>(list.size())); };
    // bp_chain, and what follows it
    auto* record = llvm::ConstantStruct::getAnon(
        {llvm::cast<llvm::Constant>(integer(chain_.size())), count(kernels), count(numbers), builder_.getInt32(0),
         builder_.getInt32(0), llvm::ConstantArray::get(llvm::ArrayType::get(chained, kernels.size()), kernels),
         llvm::ConstantArray::get(llvm::ArrayType::get(i32, numbers.size()), numbers)});
    auto* chain =
        new llvm::GlobalVariable(module_, record->getType(), true, llvm::GlobalValue::PrivateLinkage, record, "chain");
    chain->setAlignment(llvm::Align(alignof(bp_chain)));
    if (group) loop_.chains.push_back({chain_.kernels(), *group, chain});
    else loop_.does_more = true;
    auto* type = llvm::FunctionType::get(i32, {pointer, pointer, pointer, i32}, false);
    llvm::Value* last =
        function ? function : static_cast<llvm::Value*>(llvm::ConstantPointerNull::get(builder_.getPtrTy()));
    llvm::Value* again = loop_.step ? builder_.CreateZExt(builder_.CreateICmpNE(loop_.step, integer(0)), i32)
                                    : static_cast<llvm::Value*>(builder_.getInt32(0));
    return_if_failed(
        builder_.CreateCall(type, launch_field(offsetof(bp_launch, parallel_chain)), {launch_, chain, last, again}));
    chain_.clear();
  }

  /// A call of the host that returns at once from the program when it answers anything but 0.
  void emit_service(std::size_t field, std::uint32_t number) {
    auto* type = llvm::FunctionType::get(builder_.getInt32Ty(), {builder_.getPtrTy(), builder_.getInt32Ty()}, false);
    return_if_failed(builder_.CreateCall(type, launch_field(field), {launch_, builder_.getInt32(number)}));
  }

  void return_if_failed(llvm::Value* failed) {
    llvm::BasicBlock* next = new_block("next");
    builder_.CreateCondBr(builder_.CreateICmpEQ(failed, builder_.getInt32(0)), next, exit_);
    begin(next);
  }

  void emit_kernel(const Op& op) {
    loop_.does_more = true;
    for (const auto& result : op.results) of_one_thread_.insert(result.get());
    emit_service(offsetof(bp_launch, call_kernel), step_of_.at(&op));
  }
  void emit_probe(const Op& op) { emit_service(offsetof(bp_launch, probe), step_of_.at(&op)); }

  /// In a profiled program: tells the clock that a section ends here.
  void emit_mark(const Op& op) {
    const auto it = section_ends_.find(&op);
    if (it == section_ends_.end()) return;
    auto* type = llvm::FunctionType::get(builder_.getVoidTy(), {builder_.getPtrTy(), builder_.getInt32Ty()}, false);
    builder_.CreateCall(type, launch_field(offsetof(bp_launch, mark)), {launch_, builder_.getInt32(it->second)});
  }

  // --- control flow

  llvm::BasicBlock* new_block(const char* name) { return llvm::BasicBlock::Create(module_.getContext(), name); }

  void begin(llvm::BasicBlock* block) {
    function_->insert(function_->end(), block);
    builder_.SetInsertPoint(block);
  }

  static const Op* literal(const Value* v) {
    return v->definition && v->definition->def->name == "const" ? v->definition : nullptr;
  }

  void emit_for(const Op& op) {
    const ForLayout layout = for_layout(op);
    const Region& body = *op.regions[0];
    const std::int64_t length = op.attributes.integer("length");
    llvm::Value* lower = LaneEmitter::value(scalar(op.operands[0]));
    llvm::Value* upper = LaneEmitter::value(scalar(op.operands[1]));
    llvm::Value* wanted = builder_.CreateSub(upper, lower);
    llvm::Value* rows = builder_.CreateBinaryIntrinsic(
        llvm::Intrinsic::smax, builder_.CreateBinaryIntrinsic(llvm::Intrinsic::smin, wanted, integer(length)),
        integer(0));
    emit_copies(op);
    // Rows that are not reached are zero.
    const Op *first = literal(op.operands[0]), *last = literal(op.operands[1]);
    const bool fills =
        first && last && static_cast<std::int64_t>(last->literal.bits[0] - first->literal.bits[0]) >= length;
    for (std::size_t k = layout.carried; !fills && k < op.results.size(); ++k) {
      const auto bytes = static_cast<std::int64_t>(op.results[k]->type.bytes());
      llvm::Value* reached = builder_.CreateMul(rows, integer(length > 0 ? bytes / length : 0));
      llvm::Value* rest = builder_.CreateInBoundsGEP(builder_.getInt8Ty(), pointer(op.results[k].get()), reached);
      builder_.CreateMemSet(rest, builder_.getInt8(0), builder_.CreateSub(integer(bytes), reached), llvm::MaybeAlign());
    }
    emit_mark(op);

    llvm::BasicBlock *head = new_block("for"), *inside = new_block("body"), *after = new_block("after");
    llvm::BasicBlock* before = builder_.GetInsertBlock();
    builder_.CreateBr(head);
    begin(head);
    llvm::PHINode* step = builder_.CreatePHI(builder_.getInt64Ty(), 2, "step");
    step->addIncoming(integer(0), before);
    builder_.CreateCondBr(builder_.CreateICmpSLT(step, rows), inside, after);

    begin(inside);
    llvm::Value* row = step;
    if (op.attributes.flag("reverse")) row = builder_.CreateSub(builder_.CreateSub(rows, integer(1)), step);
    define_scalar(body.arguments[0].get(), emitter_.wrap(builder_.CreateAdd(lower, row), DType::i64));
    for (std::size_t k = 0; k < layout.scanned; ++k) {
      const Value* element = body.arguments[1 + layout.carried + k].get();
      llvm::Value* address = row_pointer(pointer(op.operands[2 + layout.carried + k]), row,
                                         static_cast<std::int64_t>(element->type.bytes()));
      llvm::Value* entry = builder_.CreateConstInBoundsGEP1_64(builder_.getPtrTy(), slots_,
                                                               static_cast<std::uint64_t>(placement_.slot(element)));
      builder_.CreateAlignedStore(address, entry, llvm::Align(8));
      for (std::size_t view = 0; view < placement_.slots.size(); ++view) {
        const Slot& slot = placement_.slots[view];
        if (slot.kind != SlotKind::view || slot.index != placement_.slot(element)) continue;
        builder_.CreateAlignedStore(
            builder_.CreateConstInBoundsGEP1_64(builder_.getInt8Ty(), address, static_cast<std::uint64_t>(slot.offset)),
            builder_.CreateConstInBoundsGEP1_64(builder_.getPtrTy(), slots_, view), llvm::Align(8));
      }
    }
    const Op& yield = *body.terminator();
    Loop loop = {&body, step};
    loop.does_more = layout.scanned > 0 || layout.stacked > 0;
    if (const int slot = placement_.slot(body.arguments[0].get()); slot >= 0) loop.numbers.push_back(slot);
    loop = emit_steps(body, std::move(loop), [&] {
      for (std::size_t k = layout.carried; k < yield.operands.size(); ++k) {
        const auto bytes = static_cast<std::int64_t>(yield.operands[k]->type.bytes());
        copy(row_pointer(pointer(op.results[k].get()), row, bytes), pointer(yield.operands[k]), bytes);
      }
      emit_copies(yield);
      emit_mark(yield);
    });
    step->addIncoming(builder_.CreateAdd(step, integer(1)), builder_.GetInsertBlock());
    builder_.CreateBr(head);
    begin(after);
    if (!goes_ahead(loop)) return;
    auto* type = llvm::FunctionType::get(builder_.getInt32Ty(), {builder_.getPtrTy()}, false);
    return_if_failed(builder_.CreateCall(type, launch_field(offsetof(bp_launch, finish_chain)), {launch_}));
  }

  void emit_while(const Op& op) {
    emit_copies(op);
    emit_mark(op);
    llvm::BasicBlock *head = new_block("while"), *inside = new_block("body"), *after = new_block("after");
    builder_.CreateBr(head);
    begin(head);
    emit_steps(*op.regions[0], {}, [] {});
    llvm::Value* again = LaneEmitter::value(scalar(op.regions[0]->terminator()->operands[0]));
    builder_.CreateCondBr(again, inside, after);
    begin(inside);
    emit_steps(*op.regions[1], {}, [&] {
      emit_copies(*op.regions[1]->terminator());
      emit_mark(*op.regions[1]->terminator());
    });
    builder_.CreateBr(head);
    begin(after);
  }

  void emit_if(const Op& op) {
    llvm::BasicBlock *chosen = new_block("then"), *other = new_block("else"), *after = new_block("after");
    builder_.CreateCondBr(LaneEmitter::value(scalar(op.operands[0])), chosen, other);
    for (std::size_t k = 0; k < 2; ++k) {
      begin(k == 0 ? chosen : other);
      emit_steps(*op.regions[k], {}, [&] {
        emit_copies(*op.regions[k]->terminator());
        emit_mark(*op.regions[k]->terminator());
      });
      builder_.CreateBr(after);
    }
    begin(after);
  }

  const ir::Program& program_;
  const Placement& placement_;
  const CodeOptions& options_;
  llvm::Module& module_;
  llvm::IRBuilder<> builder_;
  LaneEmitter emitter_;
  Chain chain_;
  std::unordered_map<const Op*, std::uint32_t> step_of_, section_ends_;
  std::unordered_map<const Value*, EmitHandle> scalars_;
  std::unordered_set<const Value*> of_one_thread_;  ///< results of kernels that are not shared out
  llvm::Function* function_ = nullptr;
  llvm::BasicBlock* exit_ = nullptr;
  llvm::Value *launch_ = nullptr, *slots_ = nullptr, *arena_ = nullptr;
  Loop loop_;
  int groups_ = 0;
};

/// Builds and optimizes the module, then hands it to `use` while the backend is ours.
template <class Use>
std::string with_module(const ir::Program& program, const Placement& placement, const CodeOptions& options,
                        const Use& use) {
  static std::mutex mutex;
  const std::lock_guard lock(mutex);
  Backend& backend = Backend::get();
  llvm::LLVMContext context;
  llvm::Module module(options.label, context);
  backend.prepare(module);
  Driver(program, placement, options, module).run();
  if (runtime::options().check) Backend::verify(module);
  backend.optimize(module);
  if (runtime::options().check) Backend::verify(module);
  return use(backend, module);
}

}  // namespace

std::string generate_object(const ir::Program& program, const Placement& placement, const CodeOptions& options) {
  return with_module(program, placement, options, [](Backend& b, llvm::Module& m) { return b.object(m); });
}

std::string generate_llvm(const ir::Program& program, const Placement& placement, const CodeOptions& options) {
  return with_module(program, placement, options, [](Backend&, llvm::Module& m) {
    std::string text;
    llvm::raw_string_ostream stream(text);
    m.print(stream, nullptr);
    return text;
  });
}

std::string generate_assembly(const ir::Program& program, const Placement& placement, const CodeOptions& options) {
  return with_module(program, placement, options, [](Backend& b, llvm::Module& m) { return b.assembly(m); });
}

}  // namespace brainpy::compiler::codegen
