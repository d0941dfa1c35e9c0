#include "codegen/emit_kernel.h"

#include <fmt/format.h>

#include <set>

#include "ir/nest/stopping.h"
#include "ir/nest/team.h"
#include "support/error.h"

namespace nnc {

llvm::Function* declare_kernel(const Kernel& kernel, const CallFacts& facts, llvm::Module& module) {
  llvm::LLVMContext& context = module.getContext();
  llvm::Type* pointer = llvm::PointerType::get(context, 0);
  std::vector<llvm::Type*> parameters(kernel.parameters.size(), pointer);
  parameters.push_back(llvm::Type::getInt64Ty(context));
  if (is_shared(kernel)) parameters.push_back(llvm::Type::getInt64Ty(context));
  if (polls(kernel)) parameters.push_back(pointer);
  auto* type = llvm::FunctionType::get(llvm::Type::getVoidTy(context), parameters, false);
  auto* function = llvm::Function::Create(type, llvm::GlobalValue::InternalLinkage, kernel.name, module);
  function->addFnAttr(llvm::Attribute::NoUnwind);
  for (size_t i = 0; facts.disjoint && i < kernel.parameters.size(); ++i)
    function->getArg(static_cast<unsigned>(i))->addAttr(llvm::Attribute::NoAlias);
  return function;
}

llvm::Function* emit_kernel(const Kernel& kernel, const Target& target, const CallFacts& facts, llvm::Module& module) {
  return KernelEmitter(kernel, target, facts, module).emit();
}

KernelEmitter::KernelEmitter(const Kernel& kernel, const Target& target, const CallFacts& facts, llvm::Module& module)
    : kernel_(kernel),
      facts_(facts),
      target_has_masks_(target.has_mask_registers),
      polls_(polls(kernel)),
      module_(module),
      context_(module.getContext()),
      builder_(context_),
      scalars_(builder_, target) {
  for (const Register& reg : kernel.registers) {
    int64_t count = 1;
    for (int64_t extent : reg.extents) count *= extent;
    registers_.emplace_back(static_cast<size_t>(count), nullptr);
  }
}

llvm::Function* KernelEmitter::emit() {
  function_ = declare_kernel(kernel_, facts_, module_);
  for (size_t i = 0; i < kernel_.parameters.size(); ++i)
    function_->getArg(static_cast<unsigned>(i))->setName(kernel_.parameters[i].name);
  function_->getArg(static_cast<unsigned>(kernel_.parameters.size()))->setName("rows");
  if (is_shared(kernel_)) worker()->setName("worker");
  if (polls_) function_->getArg(function_->arg_size() - 1)->setName("stop");
  auto* entry = llvm::BasicBlock::Create(context_, "entry", function_);
  builder_.SetInsertPoint(entry);
  emit_block(kernel_.body);
  builder_.CreateRetVoid();
  return function_;
}

void KernelEmitter::emit_block(const Block& block) {
  for (const Statement& statement : block) {
    computed_.clear();
    if (const auto* loop = std::get_if<Loop>(&statement)) {
      emit_loop(*loop);
      computed_.clear();
    } else if (const auto* assign = std::get_if<Assign>(&statement)) {
      registers_[assign->target.id][slot(assign->target)] = expr(assign->value);
    } else {
      emit_store(std::get<Store>(statement));
    }
  }
}

void KernelEmitter::emit_store(const Store& store_statement) {
  llvm::Value* value = expr(store_statement.value);
  store(store_statement.place, value, kernel_.exprs[store_statement.value].type);
}

size_t KernelEmitter::slot(const RegisterRef& reg) const {
  const std::vector<int64_t>& extents = kernel_.registers[reg.id].extents;
  int64_t position = 0;
  for (size_t axis = 0; axis < extents.size(); ++axis) {
    std::optional<int64_t> subscript = known(reg.subscripts[axis]);
    NNC_ASSERT(subscript, fmt::format("kernel '{}' indexes register '{}' by a rolled loop", kernel_.name,
                                      kernel_.registers[reg.id].name));
    position = position * extents[axis] + *subscript;
  }
  return static_cast<size_t>(position);
}

void KernelEmitter::emit_loop(const Loop& loop) {
  if (loop.shares > 1) {
    emit_shared(loop);
  } else if (expansion_of(loop, facts_).rolled) {
    emit_rolled(loop, bound(loop.begin), bound(loop.end));
  } else {
    emit_unrolled(loop);
  }
}

/// The part of its turns that belongs to the worker: as turns_of_worker in team.h.
void KernelEmitter::emit_shared(const Loop& loop) {
  llvm::Value *begin = bound(loop.begin), *end = bound(loop.end);
  auto whole = [&](int64_t number) { return builder_.getInt64(static_cast<uint64_t>(number)); };
  auto least = [&](llvm::Value* a, llvm::Value* b) {
    return builder_.CreateSelect(builder_.CreateICmpSLT(a, b), a, b);
  };
  llvm::Value* length = builder_.CreateSub(end, begin);
  length = builder_.CreateSelect(builder_.CreateICmpSLT(length, whole(0)), whole(0), length);
  llvm::Value* turns = builder_.CreateUDiv(builder_.CreateAdd(length, whole(loop.step - 1)), whole(loop.step));
  auto first_of = [&](llvm::Value* share) {
    llvm::Value* before =
        builder_.CreateUDiv(builder_.CreateMul(turns, least(share, whole(loop.shares))), whole(loop.shares));
    return builder_.CreateAdd(begin, builder_.CreateMul(before, whole(loop.step)));
  };
  llvm::Value* own_begin = first_of(worker());
  llvm::Value* own_end = least(first_of(builder_.CreateAdd(worker(), whole(1))), end);
  llvm::Value* single = builder_.CreateICmpEQ(turns, whole(1));
  llvm::Value* first = builder_.CreateICmpEQ(worker(), whole(0));
  own_begin = builder_.CreateSelect(single, begin, own_begin);
  own_end = builder_.CreateSelect(single, builder_.CreateSelect(first, end, begin), own_end);
  emit_rolled(loop, own_begin, own_end);
}

llvm::Value* KernelEmitter::worker() { return function_->getArg(static_cast<unsigned>(kernel_.parameters.size() + 1)); }

void KernelEmitter::emit_unrolled(const Loop& loop) {
  NNC_ASSERT(facts_.rows || (loop.begin.per_row == 0 && loop.end.per_row == 0),
             fmt::format("kernel '{}' unrolls loop '{}' over rows", kernel_.name, kernel_.loops[loop.id]));
  int64_t known_rows = facts_.rows.value_or(0);
  for (int64_t turn = loop.begin.at(known_rows); turn < loop.end.at(known_rows); turn += loop.step) {
    frames_.push_back({loop.id, builder_.getInt64(static_cast<uint64_t>(turn))});
    emit_block(loop.body);
    frames_.pop_back();
  }
}

llvm::Value* KernelEmitter::rows() {
  if (facts_.rows) return builder_.getInt64(static_cast<uint64_t>(*facts_.rows));
  return function_->getArg(static_cast<unsigned>(kernel_.parameters.size()));
}

llvm::Value* KernelEmitter::bound(const LoopBound& bound) {
  if (bound.per_row == 0 || facts_.rows) {
    return builder_.getInt64(static_cast<uint64_t>(bound.at(facts_.rows.value_or(0))));
  }
  llvm::Value* value = rows();
  if (bound.per_row != 1) value = builder_.CreateMul(value, builder_.getInt64(static_cast<uint64_t>(bound.per_row)));
  if (bound.constant != 0) value = builder_.CreateAdd(value, builder_.getInt64(static_cast<uint64_t>(bound.constant)));
  if (bound.multiple == 1) return value;
  llvm::Value* multiple = builder_.getInt64(static_cast<uint64_t>(bound.multiple));
  return builder_.CreateMul(builder_.CreateUDiv(value, multiple), multiple);
}

namespace {
void collect_assigned(const Block& block, std::set<RegisterId>& assigned) {
  for (const Statement& statement : block) {
    if (const auto* loop = std::get_if<Loop>(&statement)) collect_assigned(loop->body, assigned);
    if (const auto* assign = std::get_if<Assign>(&statement)) assigned.insert(assign->target.id);
  }
}
}  // namespace

std::vector<RegisterId> KernelEmitter::assigned_in(const Block& block) const {
  std::set<RegisterId> assigned;
  collect_assigned(block, assigned);
  return {assigned.begin(), assigned.end()};
}

void KernelEmitter::refresh_caches() {
  if (cached_in_ == builder_.GetInsertBlock()) return;
  cached_in_ = builder_.GetInsertBlock();
  pointers_.clear();
  loaded_.clear();
  splats_.clear();
}

std::vector<KernelEmitter::Carried> KernelEmitter::open_carried(const Block& body, llvm::BasicBlock* before) {
  std::vector<Carried> carried;
  for (RegisterId reg : assigned_in(body)) {
    for (size_t element = 0; element < registers_[reg].size(); ++element) {
      llvm::Value*& value = registers_[reg][element];
      if (value == nullptr) continue;  // first assigned inside: nothing comes in
      llvm::PHINode* phi = builder_.CreatePHI(value->getType(), 2, kernel_.registers[reg].name);
      phi->addIncoming(value, before);
      carried.push_back({reg, element, value, phi});
      value = phi;
    }
  }
  return carried;
}

void KernelEmitter::close_carried(const Block& body, const std::vector<Carried>& carried, llvm::BasicBlock* before,
                                  const Edges& edges, bool guarded) {
  std::set<std::pair<RegisterId, size_t>> came_in;
  for (const Carried& c : carried) {
    came_in.insert({c.reg, c.element});
    llvm::Value*& value = registers_[c.reg][c.element];
    bool unused = c.phi->use_empty() && value != c.phi;  // written before it is read in each turn
    if (unused) {
      c.phi->eraseFromParent();
    } else {
      for (llvm::BasicBlock* back : edges.back) c.phi->addIncoming(value, back);
    }
    if (!guarded) continue;
    llvm::PHINode* result = builder_.CreatePHI(value->getType(), 2);
    result->addIncoming(c.initial, before);
    result->addIncoming(value, edges.out);
    value = result;
  }
  if (!guarded) return;
  for (RegisterId reg : assigned_in(body)) {  // what the loop alone defines is not there after a loop of no turns
    for (size_t element = 0; element < registers_[reg].size(); ++element) {
      if (!came_in.contains({reg, element})) registers_[reg][element] = nullptr;
    }
  }
}

/// The turn at which a loop that polls looks at the flag next; its end where that comes first.
llvm::Value* KernelEmitter::next_pause(llvm::Value* turn, llvm::Value* end, const Pauses& pauses) {
  llvm::Value* next = builder_.CreateAdd(turn, builder_.getInt64(static_cast<uint64_t>(pauses.stride)));
  return builder_.CreateSelect(builder_.CreateICmpSLT(next, end), next, end);
}

// A polling loop costs a turn nothing: it runs to the next pause as others do to their end. latch → body or pause;
// pause → after or poll; poll → body or the kernel's end.
KernelEmitter::Edges KernelEmitter::emit_pause(const Pauses& pauses, llvm::Value* next, llvm::Value* end,
                                               llvm::BasicBlock* body, llvm::BasicBlock* after) {
  llvm::BasicBlock* latch = builder_.GetInsertBlock();
  auto* pause = llvm::BasicBlock::Create(context_, "pause", function_);
  auto* poll = llvm::BasicBlock::Create(context_, "poll", function_);
  auto* stopped = llvm::BasicBlock::Create(context_, "stopped", function_);
  builder_.CreateCondBr(builder_.CreateICmpSLT(next, pauses.until), body, pause);
  pauses.until->addIncoming(pauses.until, latch);
  builder_.SetInsertPoint(pause);
  builder_.CreateCondBr(builder_.CreateICmpSLT(next, end), poll, after);
  builder_.SetInsertPoint(poll);
  llvm::LoadInst* stop = builder_.CreateLoad(builder_.getInt32Ty(), function_->getArg(function_->arg_size() - 1));
  stop->setVolatile(true);
  pauses.until->addIncoming(next_pause(next, end, pauses), poll);
  builder_.CreateCondBr(builder_.CreateICmpEQ(stop, builder_.getInt32(0)), body, stopped);
  builder_.SetInsertPoint(stopped);
  builder_.CreateRetVoid();
  return {{latch, poll}, pause};
}

// A guarded do-while: before → body (phis) → body or after. The guard is left out where the bounds are constants.
void KernelEmitter::emit_rolled(const Loop& loop, llvm::Value* begin, llvm::Value* end) {
  const std::string& name = kernel_.loops[loop.id];
  bool guarded = !llvm::isa<llvm::ConstantInt>(begin) || !llvm::isa<llvm::ConstantInt>(end);
  auto* body = llvm::BasicBlock::Create(context_, name, function_);
  auto* after = llvm::BasicBlock::Create(context_, name + ".end", function_);
  llvm::BasicBlock* before = builder_.GetInsertBlock();
  Pauses pauses;
  if (__builtin_mul_overflow(loop.polls, loop.step, &pauses.stride)) pauses.stride = int64_t{1} << 60;
  llvm::Value* first_pause = loop.polls > 0 ? next_pause(begin, end, pauses) : nullptr;
  if (guarded) {
    builder_.CreateCondBr(builder_.CreateICmpSLT(begin, end), body, after);
  } else {
    builder_.CreateBr(body);
  }

  builder_.SetInsertPoint(body);
  llvm::PHINode* variable = builder_.CreatePHI(builder_.getInt64Ty(), 2, name);
  variable->addIncoming(begin, before);
  if (first_pause != nullptr) {
    pauses.until = builder_.CreatePHI(builder_.getInt64Ty(), 3, name + ".until");
    pauses.until->addIncoming(first_pause, before);
  }
  std::vector<Carried> carried = open_carried(loop.body, before);
  frames_.push_back({loop.id, variable, loop.step, begin, before, body});
  emit_block(loop.body);
  Frame frame = std::move(frames_.back());
  frames_.pop_back();

  std::vector<llvm::Value*> moved;
  for (const Moving& moving : frame.moving) moved.push_back(offset(moving.phi, moving.bytes));
  llvm::Value* next = builder_.CreateAdd(variable, builder_.getInt64(static_cast<uint64_t>(loop.step)), name + ".next");
  Edges edges{{builder_.GetInsertBlock()}, builder_.GetInsertBlock()};
  if (first_pause != nullptr) {
    edges = emit_pause(pauses, next, end, body, after);
  } else {
    builder_.CreateCondBr(builder_.CreateICmpSLT(next, end), body, after);
  }
  for (llvm::BasicBlock* back : edges.back) {
    variable->addIncoming(next, back);
    for (size_t i = 0; i < moved.size(); ++i) frame.moving[i].phi->addIncoming(moved[i], back);
  }
  builder_.SetInsertPoint(after);
  close_carried(loop.body, carried, before, edges, guarded);
}

}  // namespace nnc
