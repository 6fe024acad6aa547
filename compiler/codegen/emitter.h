// The lane language over LLVM: the same bodies that compute on the host, recorded as scalar or vector instructions.
// In: handles of lanes. Out: instructions at the builder's place. A bool lane is an i1 (in memory a byte of 0 or 1).
#pragma once

#include <llvm/IR/IRBuilder.h>

#include <deque>
#include <vector>

#include "compiler/ops/emitter.h"

namespace brainpy::compiler::codegen {

class LaneEmitter final : public Emitter {
 public:
  /// `width` elements a lane; 1: scalars.
  LaneEmitter(llvm::IRBuilder<>& builder, int width) : builder_(builder), width_(width) {}

  EmitHandle constant(DType type, std::uint64_t bits) override;
  EmitHandle apply(LaneOp op, DType result, EmitHandle a, EmitHandle b, EmitHandle c) override;

  void begin_rare(EmitHandle condition) override;
  EmitHandle end_rare(EmitHandle slow, EmitHandle usual) override;
  bool has_instruction(LaneOp op, DType type) const override;
  /// The same for what has an effect and no value.
  void end_rare();

  EmitHandle wrap(llvm::Value* value, DType dtype);
  static llvm::Value* value(EmitHandle handle) { return static_cast<Lane*>(handle)->value; }

  /// The lane read from or written to memory, which is aligned to its elements only.
  EmitHandle load(DType dtype, llvm::Value* pointer);
  void store(EmitHandle handle, llvm::Value* pointer);
  /// One element read from memory, in all elements of the lane.
  EmitHandle load_scalar(DType dtype, llvm::Value* pointer);
  /// begin, begin + 1, ... as a u64 lane.
  EmitHandle indices(llvm::Value* begin);

  int width() const { return width_; }
  /// Whether divisions by constants are left to the processor's divider, or become exact multiplications.
  void use_divider(bool wanted) { uses_divider_ = wanted; }
  /// Rough cycles of what was emitted so far.
  double cost() const { return cost_; }

 private:
  struct Lane {
    llvm::Value* value;
    DType dtype;
  };

  /// A branch around what is rare.
  struct Rare {
    llvm::Value* condition;
    llvm::BasicBlock *before, *join;
    double cost;
  };

  llvm::Type* element_type(DType dtype) const;
  llvm::Type* memory_type(DType dtype) const;
  llvm::Type* widen(llvm::Type* element) const;
  llvm::Value* splat(llvm::Value* element);
  llvm::Value* number(llvm::Type* type, std::int64_t value) const;
  llvm::Value* compare(LaneOp op, DType dtype, llvm::Value* a, llvm::Value* b);
  llvm::Value* divide(LaneOp op, DType dtype, llvm::Value* a, llvm::Value* b);
  llvm::Value* divide_by_constant(llvm::Value* x, llvm::Value* divisor);
  llvm::Value* convert(DType from, DType to, llvm::Value* a);
  llvm::Value* ldexp(llvm::Value* a, llvm::Value* power);

  llvm::IRBuilder<>& builder_;
  int width_;
  bool uses_divider_ = false;
  double cost_ = 0;
  std::deque<Lane> lanes_;
  std::vector<Rare> rare_;
};

/// Counts what bodies emit. Handles only tell numbers that a division takes the divider for from the rest.
class CountingEmitter final : public Emitter {
 public:
  struct Counts {
    int operations = 0;  ///< without the following
    int divisions = 0;   ///< of floats by a number that is no power of two
  };

  /// `like`: the emitter that will emit the same bodies.
  explicit CountingEmitter(const LaneEmitter& like) : like_(like) {}

  EmitHandle constant(DType dtype, std::uint64_t bits) override;
  EmitHandle value() { return this; }  ///< what is no constant
  EmitHandle apply(LaneOp op, DType result, EmitHandle, EmitHandle b, EmitHandle) override {
    const bool divides = op == LaneOp::div && is_float(result) && b == &number_;
    ++(divides ? counts_.divisions : counts_.operations);
    return this;
  }
  void begin_rare(EmitHandle) override { before_rare_ = counts_; }
  /// What is rare is not counted.
  EmitHandle end_rare(EmitHandle, EmitHandle) override {
    counts_ = before_rare_;
    return this;
  }
  bool has_instruction(LaneOp op, DType type) const override { return like_.has_instruction(op, type); }

  const Counts& counts() const { return counts_; }

 private:
  const LaneEmitter& like_;
  Counts counts_, before_rare_;
  char number_ = 0;  ///< its address stands for such a number
};

/// Makes an emitter the current one of this thread while it lives.
class CurrentEmitter {
 public:
  explicit CurrentEmitter(Emitter& emitter) : previous_(Emitter::current()) { Emitter::current() = &emitter; }
  ~CurrentEmitter() { Emitter::current() = previous_; }
  CurrentEmitter(const CurrentEmitter&) = delete;
  CurrentEmitter& operator=(const CurrentEmitter&) = delete;

 private:
  Emitter* previous_;
};

}  // namespace brainpy::compiler::codegen
