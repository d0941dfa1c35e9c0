// Expressions of a nest as LLVM values.
#include <fmt/format.h>

#include <algorithm>

#include "codegen/emit_kernel.h"
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
    case ExprKind::constant: return scalars_.constant(e.number, e.type);
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
      std::vector<llvm::Value*> operands;
      for (size_t i = 0; i < e.operands.size(); ++i) operands.push_back(operand(i));
      if (info(e.function).is_math) return math(e.function, operands, e.type);
      const Expr& last = kernel_.exprs[e.operands.back()];  // of a select: a value, not the condition
      return scalars_.apply(e.function, operands, last.type.element);
    }
    case ExprKind::cast: return scalars_.cast(operand(0), kernel_.exprs[e.operands[0]].type.element, e.type);
    case ExprKind::bitcast: return builder_.CreateBitCast(operand(0), scalars_.type_of(e.type));
    case ExprKind::tree: return tree(e);
  }
  internal_error("codegen: unknown expression kind");
}

llvm::Value* KernelEmitter::math(Scalar function, std::span<llvm::Value* const> operands, NestType type) {
  bool in_loop = std::any_of(frames_.begin(), frames_.end(), [](const Frame& frame) { return frame.body != nullptr; });
  if (!stands_apart(scalars_.math_length(function, type.element), type.lanes, in_loop))
    return scalars_.math(function, operands, type);
  const std::string name = fmt::format("{}${}", info(function).spelling, spelling(type.element));
  llvm::Function* shared = module_.getFunction(name);
  if (shared == nullptr) {
    llvm::Type* scalar = scalars_.type_of(type);
    std::vector<llvm::Type*> parameters(operands.size(), scalar);
    auto* signature = llvm::FunctionType::get(scalar, parameters, false);
    shared = llvm::Function::Create(signature, llvm::GlobalValue::InternalLinkage, name, module_);
    shared->addFnAttr(llvm::Attribute::NoUnwind);
    llvm::IRBuilder<>::InsertPointGuard guard(builder_);
    builder_.SetInsertPoint(llvm::BasicBlock::Create(context_, "entry", shared));
    std::vector<llvm::Value*> given;
    for (llvm::Argument& argument : shared->args()) given.push_back(&argument);
    builder_.CreateRet(scalars_.math(function, given, type));
  }
  return builder_.CreateCall(shared, std::vector<llvm::Value*>(operands.begin(), operands.end()));
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
    value = scalars_.apply(e.function, sides, e.type.element);
  }
  return lanes == 1 ? value : builder_.CreateExtractElement(value, uint64_t{0});
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

bool KernelEmitter::is_by_lane(const Affine::Term& term) const {
  return term.of == Affine::Of::reg && kernel_.registers[term.id].type.lanes > 1;
}

bool KernelEmitter::is_by_lane(const Place& place) const {
  return std::any_of(place.subscripts.begin(), place.subscripts.end(), [&](const Affine& subscript) {
    return std::any_of(subscript.terms.begin(), subscript.terms.end(),
                       [&](const Affine::Term& term) { return is_by_lane(term); });
  });
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
