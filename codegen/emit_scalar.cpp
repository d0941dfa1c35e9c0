#include "codegen/emit_scalar.h"

#include <llvm/IR/Intrinsics.h>
#include <llvm/IR/MDBuilder.h>

#include <bit>
#include <optional>
#include <vector>

#include "support/error.h"
#include "support/fault.h"

namespace nnc {

llvm::Type* ScalarEmitter::type_of(NestType type) {
  llvm::Type* scalar = nullptr;
  switch (type.element) {
    case Element::f32: scalar = builder_.getFloatTy(); break;
    case Element::f64: scalar = builder_.getDoubleTy(); break;
    case Element::bf16: scalar = builder_.getInt16Ty(); break;  // bits: bf16 is only loaded, stored and cast
    case Element::i32: scalar = builder_.getInt32Ty(); break;
    case Element::u8: scalar = builder_.getInt8Ty(); break;
    case Element::boolean: scalar = builder_.getInt1Ty(); break;
  }
  return type.lanes == 1 ? scalar : llvm::FixedVectorType::get(scalar, static_cast<unsigned>(type.lanes));
}

llvm::Value* ScalarEmitter::constant(double number, NestType type) {
  llvm::Type* llvm_type = type_of(type);
  if (type.element == Element::f32) return llvm::ConstantFP::get(llvm_type, llvm::APFloat(static_cast<float>(number)));
  if (type.element == Element::f64) return llvm::ConstantFP::get(llvm_type, llvm::APFloat(number));
  if (type.element == Element::bf16) {
    return llvm::ConstantInt::get(llvm_type, std::bit_cast<uint32_t>(static_cast<float>(number)) >> 16);
  }
  return llvm::ConstantInt::get(llvm_type, static_cast<uint64_t>(static_cast<int64_t>(number)), true);
}

llvm::Value* ScalarEmitter::like(llvm::Value* shape, double number) {
  llvm::Type* scalar = shape->getType()->getScalarType();
  if (scalar->isFloatTy()) return llvm::ConstantFP::get(shape->getType(), llvm::APFloat(static_cast<float>(number)));
  if (scalar->isDoubleTy()) return llvm::ConstantFP::get(shape->getType(), llvm::APFloat(number));
  return llvm::ConstantInt::get(shape->getType(), static_cast<uint64_t>(static_cast<int64_t>(number)), true);
}

llvm::Value* ScalarEmitter::apply(Scalar function, std::span<llvm::Value* const> operands, Element element) {
  switch (function) {
    case Scalar::equal:
    case Scalar::not_equal:
    case Scalar::less:
    case Scalar::less_equal:
    case Scalar::greater:
    case Scalar::greater_equal: return compare(function, operands[0], operands[1], is_float(element));
    case Scalar::logical_and: return builder_.CreateAnd(operands[0], operands[1]);
    case Scalar::logical_or: return builder_.CreateOr(operands[0], operands[1]);
    case Scalar::logical_not: return builder_.CreateNot(operands[0]);
    case Scalar::select: return builder_.CreateSelect(operands[0], operands[1], operands[2]);
    case Scalar::minimum: return extremum(false, operands[0], operands[1], element);
    case Scalar::maximum: return extremum(true, operands[0], operands[1], element);
    default: break;
  }
  return is_float(element) ? float_function(function, operands, element) : integer_function(function, operands);
}

llvm::Value* ScalarEmitter::compare(Scalar function, llvm::Value* a, llvm::Value* b, bool is_float) {
  using P = llvm::CmpInst::Predicate;
  switch (function) {
    case Scalar::equal: return is_float ? builder_.CreateFCmpOEQ(a, b) : builder_.CreateICmpEQ(a, b);
    case Scalar::not_equal: return is_float ? builder_.CreateFCmpUNE(a, b) : builder_.CreateICmpNE(a, b);
    case Scalar::less: return builder_.CreateCmp(is_float ? P::FCMP_OLT : P::ICMP_SLT, a, b);
    case Scalar::less_equal:
      if (is_float && fault(Fault::relu_slope_at_zero)) return builder_.CreateFCmpOLT(a, b);
      return builder_.CreateCmp(is_float ? P::FCMP_OLE : P::ICMP_SLE, a, b);
    case Scalar::greater: return builder_.CreateCmp(is_float ? P::FCMP_OGT : P::ICMP_SGT, a, b);
    default: return builder_.CreateCmp(is_float ? P::FCMP_OGE : P::ICMP_SGE, a, b);
  }
}

// a NaN: a; else (a > b ? a : b), which is b where b is NaN and where the two are zeros of either sign. Two machine
// operations: x86's max returns its second operand in just these cases.
llvm::Value* ScalarEmitter::extremum(bool maximum, llvm::Value* a, llvm::Value* b, Element element) {
  llvm::Value* first = compare(maximum ? Scalar::greater : Scalar::less, a, b, is_float(element));
  llvm::Value* result = builder_.CreateSelect(first, a, b);
  return is_float(element) ? builder_.CreateSelect(builder_.CreateFCmpUNO(a, a), a, result) : result;
}

llvm::Value* ScalarEmitter::float_function(Scalar function, std::span<llvm::Value* const> x, Element element) {
  switch (function) {
    case Scalar::add: return builder_.CreateFAdd(x[0], x[1]);
    case Scalar::subtract: return builder_.CreateFSub(x[0], x[1]);
    case Scalar::multiply: return builder_.CreateFMul(x[0], x[1]);
    case Scalar::divide: return builder_.CreateFDiv(x[0], x[1]);
    case Scalar::negate: return builder_.CreateFNeg(x[0]);
    case Scalar::absolute: return builder_.CreateUnaryIntrinsic(llvm::Intrinsic::fabs, x[0]);
    case Scalar::square_root: return builder_.CreateUnaryIntrinsic(llvm::Intrinsic::sqrt, x[0]);
    case Scalar::floor:
      if (target_.tier == Tier::generic) return floor_by_rounding(x[0], element);
      return builder_.CreateUnaryIntrinsic(llvm::Intrinsic::floor, x[0]);
    case Scalar::sign: {  // zeros and NaN are their own sign
      llvm::Value* zero = like(x[0], 0);
      llvm::Value* negative = builder_.CreateSelect(builder_.CreateFCmpOLT(x[0], zero), like(x[0], -1), x[0]);
      return builder_.CreateSelect(builder_.CreateFCmpOGT(x[0], zero), like(x[0], 1), negative);
    }
    case Scalar::fused_multiply_add:
      return builder_.CreateIntrinsic(llvm::Intrinsic::fma, {x[0]->getType()},
                                      {x[0], x[1], x[fault(Fault::wrong_fma_operand) ? 1 : 2]});
    case Scalar::add_exponent:
    case Scalar::exponent:
    case Scalar::mantissa: return float_bits(function, x, element);
    default: internal_error("codegen: no such function of floats");
  }
}

// Integer operations on the bits of floats; the exponent becomes a float without a conversion: under the exponent of
// 2^M its field is a whole number added to 2^M.
llvm::Value* ScalarEmitter::float_bits(Scalar function, std::span<llvm::Value* const> x, Element element) {
  unsigned width = element == Element::f32 ? 32 : 64, field = element == Element::f32 ? 23 : 52;
  llvm::Type* type = x[0]->getType();
  llvm::Type* bits_type = type->getWithNewType(builder_.getIntNTy(width));
  auto same = [&](uint64_t value) { return llvm::ConstantInt::get(bits_type, value); };
  uint64_t mantissa_mask = (uint64_t{1} << field) - 1, bias = element == Element::f32 ? 127 : 1023;
  llvm::Value* bits = builder_.CreateBitCast(x[0], bits_type);
  if (function == Scalar::add_exponent) {
    llvm::Value* shifted = builder_.CreateShl(builder_.CreateBitCast(x[1], bits_type), same(field));
    return builder_.CreateBitCast(builder_.CreateAdd(bits, shifted), type);
  }
  if (function == Scalar::mantissa) {
    llvm::Value* fraction = builder_.CreateAnd(bits, same(mantissa_mask));
    return builder_.CreateBitCast(builder_.CreateOr(fraction, same(bias << field)), type);
  }
  llvm::Value* exponent = builder_.CreateAnd(builder_.CreateLShr(bits, same(field)), same(2 * bias + 1));
  llvm::Value* shifted = builder_.CreateBitCast(builder_.CreateOr(exponent, same((bias + field) << field)), type);
  double power = element == Element::f32 ? 0x1p23 : 0x1p52;
  return builder_.CreateFSub(shifted, like(shifted, power + static_cast<double>(bias)));
}

// SSE2 has no rounding instruction: adding and subtracting 2^23 (2^52) rounds to an integer, which is then corrected.
llvm::Value* ScalarEmitter::floor_by_rounding(llvm::Value* x, Element element) {
  llvm::Value* big = like(x, element == Element::f32 ? 0x1p23 : 0x1p52);
  llvm::Value* magnitude = builder_.CreateUnaryIntrinsic(llvm::Intrinsic::fabs, x);
  llvm::Value* rounded = builder_.CreateFSub(builder_.CreateFAdd(magnitude, big), big);
  llvm::Value* with_sign = builder_.CreateBinaryIntrinsic(llvm::Intrinsic::copysign, rounded, x);
  llvm::Value* above = builder_.CreateFCmpOGT(with_sign, x);
  llvm::Value* down = builder_.CreateSelect(above, builder_.CreateFSub(with_sign, like(x, 1)), with_sign);
  return builder_.CreateSelect(builder_.CreateFCmpOLT(magnitude, big), down, x);
}

llvm::Value* ScalarEmitter::integer_function(Scalar function, std::span<llvm::Value* const> x) {
  switch (function) {
    case Scalar::add: return builder_.CreateAdd(x[0], x[1]);
    case Scalar::subtract: return builder_.CreateSub(x[0], x[1]);
    case Scalar::multiply: return builder_.CreateMul(x[0], x[1]);
    case Scalar::divide:
    case Scalar::remainder: return quotient(function == Scalar::divide, x[0], x[1]);
    case Scalar::negate: return builder_.CreateNeg(x[0]);
    case Scalar::absolute: return builder_.CreateBinaryIntrinsic(llvm::Intrinsic::abs, x[0], builder_.getFalse());
    case Scalar::sign: {
      llvm::Value* zero = like(x[0], 0);
      llvm::Value* negative = builder_.CreateSelect(builder_.CreateICmpSLT(x[0], zero), like(x[0], -1), zero);
      return builder_.CreateSelect(builder_.CreateICmpSGT(x[0], zero), like(x[0], 1), negative);
    }
    case Scalar::floor: return x[0];
    case Scalar::shift_left:
    case Scalar::shift_right_logical: return shift(function == Scalar::shift_left, x[0], x[1]);
    case Scalar::bit_and: return builder_.CreateAnd(x[0], x[1]);
    case Scalar::bit_or: return builder_.CreateOr(x[0], x[1]);
    case Scalar::bit_xor: return builder_.CreateXor(x[0], x[1]);
    case Scalar::multiply_high_unsigned: {
      llvm::Type* narrow = x[0]->getType();
      llvm::Type* wide = narrow->getWithNewBitWidth(64);
      llvm::Value* product = builder_.CreateMul(builder_.CreateZExt(x[0], wide), builder_.CreateZExt(x[1], wide));
      return builder_.CreateTrunc(builder_.CreateLShr(product, like(product, 32)), narrow);
    }
    default: internal_error("codegen: no such function of integers");
  }
}

namespace {
/// The number in every lane, where it is a constant.
std::optional<int64_t> constant_number(llvm::Value* value) {
  auto* constant = llvm::dyn_cast<llvm::Constant>(value);
  if (constant != nullptr && constant->getType()->isVectorTy()) constant = constant->getSplatValue();
  auto* integer = llvm::dyn_cast_or_null<llvm::ConstantInt>(constant);
  if (integer == nullptr) return std::nullopt;
  return integer->getSExtValue();
}
}  // namespace

// The machine traps on a zero divisor and on −2³¹ / −1. Here the first gives 0 and the second wraps.
llvm::Value* ScalarEmitter::quotient(bool divide, llvm::Value* a, llvm::Value* b) {
  auto plain = [&](llvm::Value* by) { return divide ? builder_.CreateSDiv(a, by) : builder_.CreateSRem(a, by); };
  std::optional<int64_t> known_divisor = constant_number(b);
  if (known_divisor && *known_divisor != 0 && *known_divisor != -1) return plain(b);
  llvm::Value* zero = like(b, 0);
  llvm::Value* is_zero = builder_.CreateICmpEQ(b, zero);
  llvm::Value* is_minus_one = builder_.CreateICmpEQ(b, like(b, -1));
  llvm::Value* safe = builder_.CreateSelect(builder_.CreateOr(is_zero, is_minus_one), like(b, 1), b);
  llvm::Value* result = builder_.CreateSelect(is_zero, zero, plain(safe));
  return divide ? builder_.CreateSelect(is_minus_one, builder_.CreateNeg(a), result) : result;
}

// Shifting by 32 and more gives 0; in LLVM it would give anything.
llvm::Value* ScalarEmitter::shift(bool left, llvm::Value* a, llvm::Value* b) {
  llvm::Value* shifted = left ? builder_.CreateShl(a, b) : builder_.CreateLShr(a, b);
  std::optional<int64_t> known_distance = constant_number(b);
  if (known_distance && *known_distance >= 0 && *known_distance < 32) return shifted;
  return builder_.CreateSelect(builder_.CreateICmpULT(b, like(b, 32)), shifted, like(a, 0));
}

size_t ScalarEmitter::math_length(Scalar function, Element element) const {
  return math_program(function, element, target_.has_fma).steps.size();
}

namespace {
/// Whether a bool holds in any lane.
llvm::Value* any_lane(llvm::IRBuilder<>& builder, llvm::Value* when) {
  return when->getType()->isVectorTy() ? builder.CreateOrReduce(when) : when;
}

llvm::BasicBlock* block_after(llvm::IRBuilder<>& builder, const char* name) {
  return llvm::BasicBlock::Create(builder.getContext(), name, builder.GetInsertBlock()->getParent());
}
}  // namespace

llvm::Value* ScalarEmitter::math(Scalar function, std::span<llvm::Value* const> given, NestType of) {
  MathProgram program = math_program(function, of.element, target_.has_fma);
  std::vector<llvm::Value*> values;
  auto steps = [&](size_t begin, size_t end) {
    for (size_t i = begin; i < end; ++i) values.push_back(step(program, program.steps[i], values, given, of.lanes));
  };
  size_t rest = 0;
  if (program.rare) {
    steps(0, program.rare->first);
    llvm::BasicBlock* before = builder_.GetInsertBlock();
    llvm::BasicBlock* rare = block_after(builder_, "rare");
    llvm::BasicBlock* join = block_after(builder_, "join");
    builder_.CreateCondBr(any_lane(builder_, values[program.rare->when]), rare, join,
                          llvm::MDBuilder(builder_.getContext()).createUnlikelyBranchWeights());
    builder_.SetInsertPoint(rare);
    rest = program.rare->end;
    steps(program.rare->first, rest);
    builder_.CreateBr(join);
    builder_.SetInsertPoint(join);
    for (size_t i = program.rare->first; i < rest; ++i) {
      const MathStep& e = program.steps[i];
      if (e.function != Scalar::select || e.operands.empty() || e.operands[0] != program.rare->when) continue;
      llvm::PHINode* phi = builder_.CreatePHI(values[i]->getType(), 2);
      phi->addIncoming(values[e.operands[2]], before);
      phi->addIncoming(values[i], rare);
      values[i] = phi;
    }
  }
  steps(rest, program.steps.size());
  return values[program.result];
}

/// `values`: of the steps before this one.
llvm::Value* ScalarEmitter::step(const MathProgram& program, const MathStep& step, std::span<llvm::Value* const> values,
                                 std::span<llvm::Value* const> given, int lanes) {
  NestType type{step.element, lanes};
  std::vector<llvm::Value*> operands;
  for (MathStepId id : step.operands) operands.push_back(values[id]);
  auto element_of_last = [&] { return program.steps[step.operands.back()].element; };
  switch (step.kind) {
    case MathStep::Kind::operand: return given[static_cast<size_t>(step.number)];
    case MathStep::Kind::constant: return constant(step.number, type);
    case MathStep::Kind::cast: return cast(operands[0], element_of_last(), type);
    case MathStep::Kind::apply: return apply(step.function, operands, element_of_last());
  }
  internal_error("codegen: unknown step of a math program");
}

// To nearest even; a NaN keeps its quiet bit.
llvm::Value* ScalarEmitter::to_bfloat(llvm::Value* value, Element from, NestType to) {
  llvm::Value* single = cast(value, from, {Element::f32, to.lanes});
  llvm::Value* bits = builder_.CreateBitCast(single, type_of({Element::i32, to.lanes}));
  llvm::Value* odd = builder_.CreateAnd(builder_.CreateLShr(bits, like(bits, 16)), like(bits, 1));
  llvm::Value* rounded = builder_.CreateAdd(builder_.CreateAdd(bits, like(bits, 0x7FFF)), odd);
  llvm::Value* quiet = builder_.CreateOr(bits, like(bits, 0x400000));
  llvm::Value* chosen = builder_.CreateSelect(builder_.CreateFCmpUNO(single, single), quiet, rounded);
  return builder_.CreateTrunc(builder_.CreateLShr(chosen, like(bits, 16)), type_of(to));
}

llvm::Value* ScalarEmitter::cast(llvm::Value* value, Element from, NestType to) {
  if (from == to.element) return value;
  llvm::Type* type = type_of(to);
  if (from == Element::bf16) {
    llvm::Value* bits = builder_.CreateZExt(value, type_of({Element::i32, to.lanes}));
    llvm::Value* single =
        builder_.CreateBitCast(builder_.CreateShl(bits, like(bits, 16)), type_of({Element::f32, to.lanes}));
    return cast(single, Element::f32, to);
  }
  if (to.element == Element::bf16) return to_bfloat(value, from, to);
  if (to.element == Element::boolean) return compare(Scalar::not_equal, value, like(value, 0), is_float(from));
  bool unsigned_source = from == Element::u8 || from == Element::boolean;
  if (is_float(from)) {
    if (is_float(to.element)) return builder_.CreateFPCast(value, type);
    auto saturating = to.element == Element::u8 ? llvm::Intrinsic::fptoui_sat : llvm::Intrinsic::fptosi_sat;
    return builder_.CreateIntrinsic(saturating, {type, value->getType()}, {value});
  }
  if (is_float(to.element))
    return unsigned_source ? builder_.CreateUIToFP(value, type) : builder_.CreateSIToFP(value, type);
  return builder_.CreateIntCast(value, type, !unsigned_source);
}

}  // namespace nnc
