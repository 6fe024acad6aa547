#include "compiler/codegen/emitter.h"

#include <llvm/IR/Intrinsics.h>
#include <llvm/IR/IntrinsicsX86.h>
#include <llvm/IR/MDBuilder.h>

#include <algorithm>
#include <cmath>

#include "compiler/codegen/codegen.h"

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

void LaneEmitter::begin_rare(EmitHandle condition) {
  llvm::BasicBlock* before = builder_.GetInsertBlock();
  llvm::LLVMContext& context = builder_.getContext();
  auto* slow = llvm::BasicBlock::Create(context, "rare", before->getParent());
  auto* join = llvm::BasicBlock::Create(context, "usual", before->getParent());
  llvm::Value* any = value(condition);
  rare_.push_back({any, before, join, cost_});
  if (width_ > 1) {
    any = builder_.CreateBitCast(any, builder_.getIntNTy(static_cast<unsigned>(width_)));
    any = builder_.CreateICmpNE(any, number(any->getType(), 0));
  }
  builder_.CreateCondBr(any, slow, join, llvm::MDBuilder(context).createUnlikelyBranchWeights());
  builder_.SetInsertPoint(slow);
}

EmitHandle LaneEmitter::end_rare(EmitHandle slow, EmitHandle usual) {
  const Rare rare = rare_.back();
  rare_.pop_back();
  cost_ = rare.cost + 3;  // what the test costs
  const DType dtype = static_cast<Lane*>(usual)->dtype;
  llvm::Value* chosen = builder_.CreateSelect(rare.condition, value(slow), value(usual));
  llvm::BasicBlock* after = builder_.GetInsertBlock();
  builder_.CreateBr(rare.join);
  builder_.SetInsertPoint(rare.join);
  llvm::PHINode* result = builder_.CreatePHI(chosen->getType(), 2);
  result->addIncoming(value(usual), rare.before);
  result->addIncoming(chosen, after);
  return wrap(result, dtype);
}

void LaneEmitter::end_rare() {
  builder_.CreateBr(rare_.back().join);
  builder_.SetInsertPoint(rare_.back().join);
  rare_.pop_back();
}

bool LaneEmitter::has_instruction(LaneOp op, DType type) const {
  const std::size_t bytes = static_cast<std::size_t>(width_) * size_of(type);
  return op == LaneOp::ldexp && bytes >= 16 && bytes <= 64 && has_avx512();
}

EmitHandle CountingEmitter::constant(DType dtype, std::uint64_t bits) {
  const std::uint64_t mantissa = dtype == DType::f64 ? bits << 12 : bits << 41;
  return is_float(dtype) && mantissa != 0 ? static_cast<EmitHandle>(&number_) : this;
}

/// x / c by a product and one correction, or null where the quotient of two floats serves better.
///
/// With y = 1 / c and q = x y, both rounded, q is within 1.5 units in the last place (ulp) of x / c. Write c = C 2^b, C
/// odd. The remainder r = q c - x is a multiple of 2^(b-1) ulp(q) and at most 1.5 C times 2^b ulp(q), so it is exact
/// while 3 C fits in the mantissa. q - r y then misses x / c by less than 1.5 * 2^-p ulp before its one rounding (p:
/// bits of the mantissa), and x / c is at least 1 / (4 C) ulp away from every midpoint of two floats: for C <= 2^(p-3)
/// the result is x / c correctly rounded. (P. Markstein's correction, IBM J. Res. Dev. 34, 1990, with the bound for
/// short constants.) Where the multiple is too small to be a number of the format, r is denormal, or it rounds to 0 and
/// q is within half an ulp already; infinity has no remainder, r is NaN. What has a denormal r or none is divided. The
/// sign of r makes 0 / c keep its sign.
llvm::Value* LaneEmitter::divide_by_constant(llvm::Value* x, llvm::Value* divisor) {
  const auto* constant = llvm::dyn_cast<llvm::Constant>(divisor);
  if (constant && constant->getType()->isVectorTy()) constant = constant->getSplatValue();
  const auto* number = llvm::dyn_cast_or_null<llvm::ConstantFP>(constant);
  const std::size_t bytes = static_cast<std::size_t>(width_) * x->getType()->getScalarSizeInBits() / 8;
  if (uses_divider_ || !number || bytes < 16 || bytes > 64 || !has_avx512() || builder_.getFastMathFlags().any())
    return nullptr;
  const bool is_double = x->getType()->getScalarType()->isDoubleTy();
  const double c = number->getValueAPF().convertToDouble();
  if (!(std::fabs(c) >= 1 && std::fabs(c) <= (is_double ? 0x1p50 : 0x1p22))) return nullptr;
  int exponent = 0;
  double odd = std::frexp(std::fabs(c), &exponent);
  while (odd != std::floor(odd)) odd *= 2;
  const bool is_power_of_two = odd == 1;
  if (is_power_of_two || odd > (is_double ? 0x1p50 : 0x1p21)) return nullptr;
  if (c < 0) {  // exactly -(x / |c|)
    x = builder_.CreateFNeg(x);
    divisor = builder_.CreateFNeg(divisor);
  }
  llvm::Type* type = x->getType();
  const auto splat_of = [&](double value) { return llvm::ConstantFP::get(type, value); };
  const auto multiply_add = [&](llvm::Value* a, llvm::Value* b, llvm::Value* addend) {
    return builder_.CreateIntrinsic(llvm::Intrinsic::fma, {type}, {a, b, addend});
  };
  llvm::Value* inverse =
      splat_of(is_double ? 1 / std::fabs(c) : static_cast<double>(1 / static_cast<float>(std::fabs(c))));
  llvm::Value* q = builder_.CreateFMul(x, inverse);
  llvm::Value* r = multiply_add(q, divisor, builder_.CreateFNeg(x));
  llvm::Value* result = multiply_add(builder_.CreateFNeg(r), inverse, q);
  namespace intrinsic = llvm::Intrinsic;
  const ID id = is_double ? (bytes == 64   ? intrinsic::x86_avx512_fpclass_pd_512
                             : bytes == 32 ? intrinsic::x86_avx512_fpclass_pd_256
                                           : intrinsic::x86_avx512_fpclass_pd_128)
                          : (bytes == 64   ? intrinsic::x86_avx512_fpclass_ps_512
                             : bytes == 32 ? intrinsic::x86_avx512_fpclass_ps_256
                                           : intrinsic::x86_avx512_fpclass_ps_128);
  constexpr unsigned denormal_or_nan = 0xa1;
  llvm::Value* rare = builder_.CreateIntrinsic(id, {}, {r, builder_.getInt32(denormal_or_nan)});
  const DType dtype = is_double ? DType::f64 : DType::f32;
  begin_rare(wrap(rare, DType::bool_));
  llvm::Value* slow = builder_.CreateFDiv(x, divisor);
  return value(end_rare(wrap(slow, dtype), wrap(result, dtype)));
}

/// AVX-512's "scale by the power of two", which rounds once and knows denormals and overflow.
llvm::Value* LaneEmitter::ldexp(llvm::Value* a, llvm::Value* power) {
  namespace intrinsic = llvm::Intrinsic;
  const bool is_double = a->getType()->getScalarType()->isDoubleTy();
  const unsigned bits = static_cast<unsigned>(width_) * (is_double ? 64 : 32);
  const unsigned lanes = static_cast<unsigned>(width_);
  llvm::Value* all = builder_.getIntN(std::max(lanes, 8U), (1ULL << lanes) - 1);
  if (bits == 512)
    return builder_.CreateIntrinsic(
        is_double ? intrinsic::x86_avx512_mask_scalef_pd_512 : intrinsic::x86_avx512_mask_scalef_ps_512, {},
        {a, power, llvm::Constant::getNullValue(a->getType()), all, builder_.getInt32(4)});  // 4: the current rounding
  const ID id = bits == 256
                    ? (is_double ? intrinsic::x86_avx512_mask_scalef_pd_256 : intrinsic::x86_avx512_mask_scalef_ps_256)
                    : (is_double ? intrinsic::x86_avx512_mask_scalef_pd_128 : intrinsic::x86_avx512_mask_scalef_ps_128);
  return builder_.CreateIntrinsic(id, {}, {a, power, llvm::Constant::getNullValue(a->getType()), all});
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
        v = divide_by_constant(a, b);
        if (!v) v = builder_.CreateFDiv(a, b);
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
    case LaneOp::ldexp:
      v = ldexp(a, b);
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
