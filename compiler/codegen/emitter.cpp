#include "compiler/codegen/emitter.h"

#include <llvm/IR/Intrinsics.h>

namespace brainpy::compiler::codegen {

using llvm::Intrinsic::ID;
using runtime::is_float;
using runtime::is_signed_integer;
using runtime::size_of;

llvm::Type* LaneEmitter::element_type(DType dtype) const {
  llvm::LLVMContext& context = builder_.getContext();
  switch (dtype) {
    case DType::f32:
      return llvm::Type::getFloatTy(context);
    case DType::f64:
      return llvm::Type::getDoubleTy(context);
    case DType::i32:
    case DType::u32:
      return llvm::Type::getInt32Ty(context);
    case DType::bool_:
      return llvm::Type::getInt1Ty(context);
    default:
      return llvm::Type::getInt64Ty(context);
  }
}

llvm::Type* LaneEmitter::memory_type(DType dtype) const {
  return dtype == DType::bool_ ? llvm::Type::getInt8Ty(builder_.getContext()) : element_type(dtype);
}

llvm::Type* LaneEmitter::widen(llvm::Type* element) const {
  return width_ == 1 ? element : llvm::FixedVectorType::get(element, static_cast<unsigned>(width_));
}

llvm::Value* LaneEmitter::splat(llvm::Value* element) {
  return width_ == 1 ? element : builder_.CreateVectorSplat(static_cast<unsigned>(width_), element);
}

llvm::Value* LaneEmitter::number(llvm::Type* type, std::int64_t value) const {
  return llvm::ConstantInt::get(type, static_cast<std::uint64_t>(value), true);
}

EmitHandle LaneEmitter::wrap(llvm::Value* value, DType dtype) {
  lanes_.push_back({value, dtype});
  return &lanes_.back();
}

EmitHandle LaneEmitter::constant(DType type, std::uint64_t bits) {
  llvm::Type* element = element_type(type);
  llvm::Constant* c = nullptr;
  if (is_float(type))
    c = llvm::ConstantFP::get(
        builder_.getContext(),
        llvm::APFloat(element->getFltSemantics(), llvm::APInt(static_cast<unsigned>(8 * size_of(type)), bits)));
  else c = llvm::ConstantInt::get(element, bits);
  if (width_ > 1) c = llvm::ConstantVector::getSplat(llvm::ElementCount::getFixed(static_cast<unsigned>(width_)), c);
  return wrap(c, type);
}

EmitHandle LaneEmitter::load(DType dtype, llvm::Value* pointer) {
  cost_ += 1;
  llvm::Value* v = builder_.CreateAlignedLoad(widen(memory_type(dtype)), pointer, llvm::Align(size_of(dtype)));
  if (dtype == DType::bool_) v = builder_.CreateICmpNE(v, llvm::Constant::getNullValue(v->getType()));
  return wrap(v, dtype);
}

void LaneEmitter::store(EmitHandle handle, llvm::Value* pointer) {
  cost_ += 1;
  const auto* lane = static_cast<Lane*>(handle);
  llvm::Value* v = lane->value;
  if (lane->dtype == DType::bool_) v = builder_.CreateZExt(v, widen(memory_type(DType::bool_)));
  builder_.CreateAlignedStore(v, pointer, llvm::Align(size_of(lane->dtype)));
}

EmitHandle LaneEmitter::load_scalar(DType dtype, llvm::Value* pointer) {
  llvm::Value* v = builder_.CreateAlignedLoad(memory_type(dtype), pointer, llvm::Align(size_of(dtype)));
  if (dtype == DType::bool_) v = builder_.CreateICmpNE(v, llvm::Constant::getNullValue(v->getType()));
  return wrap(splat(v), dtype);
}

EmitHandle LaneEmitter::indices(llvm::Value* begin) {
  if (width_ == 1) return wrap(begin, DType::u64);
  llvm::SmallVector<llvm::Constant*, 16> steps;
  for (int i = 0; i < width_; ++i) steps.push_back(builder_.getInt64(static_cast<std::uint64_t>(i)));
  return wrap(builder_.CreateAdd(splat(begin), llvm::ConstantVector::get(steps)), DType::u64);
}

llvm::Value* LaneEmitter::compare(LaneOp op, DType dtype, llvm::Value* a, llvm::Value* b) {
  using P = llvm::CmpInst::Predicate;
  const bool is_signed = is_signed_integer(dtype);
  P float_predicate{}, integer_predicate{};
  switch (op) {
    case LaneOp::eq:
      float_predicate = P::FCMP_OEQ, integer_predicate = P::ICMP_EQ;
      break;
    case LaneOp::ne:
      float_predicate = P::FCMP_UNE, integer_predicate = P::ICMP_NE;
      break;
    case LaneOp::lt:
      float_predicate = P::FCMP_OLT, integer_predicate = is_signed ? P::ICMP_SLT : P::ICMP_ULT;
      break;
    case LaneOp::le:
      float_predicate = P::FCMP_OLE, integer_predicate = is_signed ? P::ICMP_SLE : P::ICMP_ULE;
      break;
    case LaneOp::gt:
      float_predicate = P::FCMP_OGT, integer_predicate = is_signed ? P::ICMP_SGT : P::ICMP_UGT;
      break;
    default:
      float_predicate = P::FCMP_OGE, integer_predicate = is_signed ? P::ICMP_SGE : P::ICMP_UGE;
      break;
  }
  return is_float(dtype) ? builder_.CreateFCmp(float_predicate, a, b) : builder_.CreateICmp(integer_predicate, a, b);
}

/// x / 0 is 0 and the smallest / -1 wraps, also in the lanes past the end: the hardware never sees these divisors.
llvm::Value* LaneEmitter::divide(LaneOp op, DType dtype, llvm::Value* a, llvm::Value* b) {
  cost_ += 20;
  llvm::Value* zero = number(a->getType(), 0);
  llvm::Value* one = number(a->getType(), 1);
  llvm::Value* by_zero = builder_.CreateICmpEQ(b, zero);
  if (!is_signed_integer(dtype)) {
    llvm::Value* divisor = builder_.CreateSelect(by_zero, one, b);
    llvm::Value* result = op == LaneOp::div ? builder_.CreateUDiv(a, divisor) : builder_.CreateURem(a, divisor);
    return builder_.CreateSelect(by_zero, zero, result);
  }
  llvm::Value* by_minus_one = builder_.CreateICmpEQ(b, number(a->getType(), -1));
  llvm::Value* divisor = builder_.CreateSelect(builder_.CreateOr(by_zero, by_minus_one), one, b);
  llvm::Value *result = nullptr, *negated = zero;
  if (op == LaneOp::div) {
    result = builder_.CreateSDiv(a, divisor);
    negated = builder_.CreateNeg(a);
  } else {
    result = builder_.CreateSRem(a, divisor);
  }
  return builder_.CreateSelect(by_zero, zero, builder_.CreateSelect(by_minus_one, negated, result));
}

llvm::Value* LaneEmitter::convert(DType from, DType to, llvm::Value* a) {
  llvm::Type* type = widen(element_type(to));
  if (to == DType::bool_) {
    if (from == DType::bool_) return a;
    llvm::Value* zero = llvm::Constant::getNullValue(a->getType());
    return is_float(from) ? builder_.CreateFCmpUNE(a, zero) : builder_.CreateICmpNE(a, zero);
  }
  if (is_float(from)) {
    if (is_float(to)) return builder_.CreateFPCast(a, type);
    // Out of range in lanes past the end, or in ones that a select discards: any value will do, but it must be one.
    return builder_.CreateFreeze(is_signed_integer(to) ? builder_.CreateFPToSI(a, type)
                                                       : builder_.CreateFPToUI(a, type));
  }
  if (is_float(to)) return is_signed_integer(from) ? builder_.CreateSIToFP(a, type) : builder_.CreateUIToFP(a, type);
  return builder_.CreateIntCast(a, type, is_signed_integer(from));
}

EmitHandle LaneEmitter::apply(LaneOp op, DType result, EmitHandle a_handle, EmitHandle b_handle, EmitHandle c_handle) {
  const DType dtype = static_cast<Lane*>(a_handle)->dtype;
  llvm::Value* a = value(a_handle);
  llvm::Value* b = b_handle ? value(b_handle) : nullptr;
  llvm::Value* c = c_handle ? value(c_handle) : nullptr;
  const bool floating = is_float(dtype);
  const auto unary = [&](ID id) { return builder_.CreateUnaryIntrinsic(id, a); };
  llvm::Value* v = nullptr;
  cost_ += 1;
  switch (op) {
    case LaneOp::add:
      v = floating ? builder_.CreateFAdd(a, b) : builder_.CreateAdd(a, b);
      break;
    case LaneOp::sub:
      v = floating ? builder_.CreateFSub(a, b) : builder_.CreateSub(a, b);
      break;
    case LaneOp::mul:
      v = floating ? builder_.CreateFMul(a, b) : builder_.CreateMul(a, b);
      break;
    case LaneOp::div:
      if (floating) {
        cost_ += 4;
        v = builder_.CreateFDiv(a, b);
        break;
      }
      [[fallthrough]];
    case LaneOp::rem:
      v = divide(op, dtype, a, b);
      break;
    case LaneOp::neg:
      v = floating ? builder_.CreateFNeg(a) : builder_.CreateNeg(a);
      break;
    case LaneOp::abs:
      v = floating ? unary(llvm::Intrinsic::fabs)
                   : builder_.CreateBinaryIntrinsic(llvm::Intrinsic::abs, a, builder_.getFalse());
      break;
    case LaneOp::sqrt:
      cost_ += 5;
      v = unary(llvm::Intrinsic::sqrt);
      break;
    case LaneOp::floor:
      v = unary(llvm::Intrinsic::floor);
      break;
    case LaneOp::ceil:
      v = unary(llvm::Intrinsic::ceil);
      break;
    case LaneOp::trunc:
      v = unary(llvm::Intrinsic::trunc);
      break;
    case LaneOp::nearbyint:
      v = unary(llvm::Intrinsic::roundeven);
      break;
    case LaneOp::copysign:
      v = builder_.CreateBinaryIntrinsic(llvm::Intrinsic::copysign, a, b);
      break;
    case LaneOp::fma:
      v = builder_.CreateIntrinsic(llvm::Intrinsic::fma, {a->getType()}, {a, b, c});
      break;
    case LaneOp::eq:
    case LaneOp::ne:
    case LaneOp::lt:
    case LaneOp::le:
    case LaneOp::gt:
    case LaneOp::ge:
      v = compare(op, dtype, a, b);
      break;
    case LaneOp::and_:
      v = builder_.CreateAnd(a, b);
      break;
    case LaneOp::or_:
      v = builder_.CreateOr(a, b);
      break;
    case LaneOp::xor_:
      v = builder_.CreateXor(a, b);
      break;
    case LaneOp::not_:
      v = builder_.CreateNot(a);
      break;
    case LaneOp::shl:
      v = builder_.CreateShl(a, b);
      break;
    case LaneOp::shr:
      v = is_signed_integer(dtype) ? builder_.CreateAShr(a, b) : builder_.CreateLShr(a, b);
      break;
    case LaneOp::select:
      v = builder_.CreateSelect(a, b, c);
      break;
    case LaneOp::convert:
      v = convert(dtype, result, a);
      break;
    case LaneOp::bitcast:
      v = builder_.CreateBitCast(a, widen(element_type(result)));
      break;
  }
  // A shift by too much in a lane past the end: any value, but one.
  if ((op == LaneOp::shl || op == LaneOp::shr) && !llvm::isa<llvm::Constant>(b)) v = builder_.CreateFreeze(v);
  return wrap(v, result);
}

}  // namespace brainpy::compiler::codegen
