// Expressions of a nest as LLVM values.
#include <fmt/format.h>

#include <bit>

#include "codegen/emit_kernel.h"
#include "ir/math.h"
#include "support/error.h"

namespace nnc {

llvm::Value* KernelEmitter::expr(ExprId id) {
  // Operands precede users, so everything that `id` needs and is not there yet is found by a walk on an explicit stack.
  std::vector<ExprId> pending{id};
  while (!pending.empty()) {
    ExprId top = pending.back();
    if (computed_.contains(top)) {
      pending.pop_back();
      continue;
    }
    const Expr& e = kernel_.exprs[top];
    size_t before = pending.size();
    for (ExprId operand : e.operands) {
      if (!computed_.contains(operand)) pending.push_back(operand);
    }
    if (e.kind == ExprKind::load && e.place.when && !computed_.contains(*e.place.when))
      pending.push_back(*e.place.when);
    if (pending.size() > before) continue;
    computed_[top] = compute(e);
    pending.pop_back();
  }
  return computed_.at(id);
}

llvm::Value* KernelEmitter::compute(const Expr& e) {
  auto operand = [&](size_t i) { return computed_.at(e.operands[i]); };
  switch (e.kind) {
    case ExprKind::constant: return constant(e.number, e.type);
    case ExprKind::index: return splat(builder_.CreateTrunc(affine(e.affine), builder_.getInt32Ty()), e.type.lanes);
    case ExprKind::lane: {
      std::vector<uint32_t> numbers(static_cast<size_t>(e.type.lanes));
      for (size_t i = 0; i < numbers.size(); ++i) numbers[i] = static_cast<uint32_t>(i);
      return llvm::ConstantDataVector::get(context_, numbers);
    }
    case ExprKind::read: {
      llvm::Value* value = registers_[e.reg.id][slot(e.reg)];
      NNC_ASSERT(value != nullptr, fmt::format("kernel '{}' reads register '{}' before it is written", kernel_.name,
                                               kernel_.registers[e.reg.id].name));
      return value;
    }
    case ExprKind::load: return load(e.place, e.type);
    case ExprKind::splat: return splat(operand(0), e.type.lanes);
    case ExprKind::apply: {
      if (info(e.function).is_math) return math(e);
      std::vector<llvm::Value*> operands;
      for (size_t i = 0; i < e.operands.size(); ++i) operands.push_back(operand(i));
      const Expr& last = kernel_.exprs[e.operands.back()];  // of a select: a value, not the condition
      return apply(e.function, operands, last.type.element);
    }
    case ExprKind::cast: return cast(operand(0), kernel_.exprs[e.operands[0]].type.element, e.type);
    case ExprKind::bitcast: return builder_.CreateBitCast(operand(0), type_of(e.type));
    case ExprKind::tree: return tree(e);
  }
  internal_error("codegen: unknown expression kind");
}

llvm::Type* KernelEmitter::type_of(NestType type) {
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

llvm::Value* KernelEmitter::constant(double number, NestType type) {
  llvm::Type* llvm_type = type_of(type);
  if (type.element == Element::f32) return llvm::ConstantFP::get(llvm_type, llvm::APFloat(static_cast<float>(number)));
  if (type.element == Element::f64) return llvm::ConstantFP::get(llvm_type, llvm::APFloat(number));
  if (type.element == Element::bf16) {
    return llvm::ConstantInt::get(llvm_type, std::bit_cast<uint32_t>(static_cast<float>(number)) >> 16);
  }
  return llvm::ConstantInt::get(llvm_type, static_cast<uint64_t>(static_cast<int64_t>(number)), true);
}

llvm::Value* KernelEmitter::like(llvm::Value* shape, double number) {
  llvm::Type* scalar = shape->getType()->getScalarType();
  if (scalar->isFloatTy()) return llvm::ConstantFP::get(shape->getType(), llvm::APFloat(static_cast<float>(number)));
  if (scalar->isDoubleTy()) return llvm::ConstantFP::get(shape->getType(), llvm::APFloat(number));
  return llvm::ConstantInt::get(shape->getType(), static_cast<uint64_t>(static_cast<int64_t>(number)), true);
}

llvm::Value* KernelEmitter::splat(llvm::Value* scalar, int lanes) {
  if (lanes == 1) return scalar;
  refresh_caches();
  llvm::Value*& cached = splats_[{scalar, lanes}];
  if (cached == nullptr) cached = builder_.CreateVectorSplat(static_cast<unsigned>(lanes), scalar);
  return cached;
}

llvm::Value* KernelEmitter::tree(const Expr& e) {
  llvm::Value* value = computed_.at(e.operands[0]);
  int lanes = kernel_.exprs[e.operands[0]].type.lanes;
  for (int half = lanes / 2; half >= 1; half /= 2) {
    std::vector<int> low(static_cast<size_t>(half)), high(static_cast<size_t>(half));
    for (int i = 0; i < half; ++i) {
      low[static_cast<size_t>(i)] = i;
      high[static_cast<size_t>(i)] = i + half;
    }
    llvm::Value* sides[2] = {builder_.CreateShuffleVector(value, low), builder_.CreateShuffleVector(value, high)};
    value = apply(e.function, sides, e.type.element);
  }
  return lanes == 1 ? value : builder_.CreateExtractElement(value, uint64_t{0});
}

// The polynomial's straight-line program, inlined with the operands' lanes.
llvm::Value* KernelEmitter::math(const Expr& e) {
  MathProgram program = math_program(e.function, e.type.element, target_.has_fma);
  std::vector<llvm::Value*> values;
  for (const Expr& step : program.exprs) {
    NestType type{step.type.element, e.type.lanes};
    auto operand = [&](size_t i) { return values[step.operands[i]]; };
    switch (step.kind) {
      case ExprKind::read: values.push_back(computed_.at(e.operands[step.reg.id])); break;
      case ExprKind::constant: values.push_back(constant(step.number, type)); break;
      case ExprKind::cast:
        values.push_back(cast(operand(0), program.exprs[step.operands[0]].type.element, type));
        break;
      case ExprKind::bitcast: values.push_back(builder_.CreateBitCast(operand(0), type_of(type))); break;
      case ExprKind::apply: {
        std::vector<llvm::Value*> operands;
        for (size_t i = 0; i < step.operands.size(); ++i) operands.push_back(operand(i));
        values.push_back(apply(step.function, operands, program.exprs[step.operands.back()].type.element));
        break;
      }
      default: internal_error("codegen: a math program may not use this kind of expression");
    }
  }
  return values[program.result];
}

std::optional<int64_t> KernelEmitter::known(const Affine& affine) const {
  int64_t value = affine.constant;
  for (const Affine::Term& term : affine.terms) {
    if (term.of == Affine::Of::rows && facts_.rows) {
      value += term.coefficient * *facts_.rows;
      continue;
    }
    if (term.of != Affine::Of::loop) return std::nullopt;
    const llvm::ConstantInt* turn = nullptr;
    for (const Frame& frame : frames_) {
      if (frame.value != nullptr && frame.id == term.id) turn = llvm::dyn_cast<llvm::ConstantInt>(frame.value);
    }
    if (turn == nullptr) return std::nullopt;
    value += term.coefficient * turn->getSExtValue();
  }
  return value;
}

const Affine::Term* KernelEmitter::vector_term(const Affine& affine) const {
  for (const Affine::Term& term : affine.terms) {
    if (term.of == Affine::Of::reg && kernel_.registers[term.id].type.lanes > 1) return &term;
  }
  return nullptr;
}

llvm::Value* KernelEmitter::affine(const Affine& affine) {
  llvm::Value* sum = builder_.getInt64(static_cast<uint64_t>(affine.constant));
  for (const Affine::Term& term : affine.terms) {
    llvm::Value* value = nullptr;
    if (term.of == Affine::Of::rows) value = rows();
    if (term.of == Affine::Of::reg) value = builder_.CreateSExt(registers_[term.id][0], builder_.getInt64Ty());
    if (term.of == Affine::Of::loop) {
      for (const Frame& frame : frames_) {
        if (frame.value != nullptr && frame.id == term.id) value = frame.value;
      }
    }
    NNC_ASSERT(value != nullptr, fmt::format("kernel '{}' uses a loop variable outside its loop", kernel_.name));
    if (term.coefficient != 1)
      value = builder_.CreateMul(value, builder_.getInt64(static_cast<uint64_t>(term.coefficient)));
    sum = builder_.CreateAdd(sum, value);
  }
  return sum;
}

}  // namespace nnc
