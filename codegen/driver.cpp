// run_steps: a loop over steps that polls the stop flag, hands each kernel its pointers, runs the stages in order and
// returns before any update when the loss is not finite, or where a call that polls finds the flag set. Many calls in a
// row are cut into functions of their own. With time stamps it reads a clock behind every call and adds up the
// intervals.
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/IntrinsicsX86.h>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <map>
#include <set>
#include <span>

#include "codegen/module.h"
#include "ir/nest/step_arguments.h"
#include "ir/nest/stopping.h"
#include "ir/nest/team.h"
#include "support/error.h"
#include "support/fault.h"

namespace nnc {

namespace {

/// In one function: LLVM's time for a block grows with the square of the calls in it.
constexpr size_t kMostCalls = 64;

class Driver {
 public:
  Driver(const NestProgram& program, const std::vector<llvm::Function*>& kernels, llvm::Module& module,
         bool time_stamps)
      : program_(program),
        kernels_(kernels),
        context_(module.getContext()),
        builder_(context_),
        time_stamps_(time_stamps) {
    auto* type = llvm::FunctionType::get(builder_.getInt64Ty(), {builder_.getPtrTy()}, false);
    function_ = llvm::Function::Create(type, llvm::GlobalValue::ExternalLinkage, kEntryName, module);
    function_->addFnAttr(llvm::Attribute::NoUnwind);
  }

  void emit() {
    auto* entry = block("entry");
    auto* head = block("step");
    auto* body = block("run");
    stopped_ = block("stopped");
    builder_.SetInsertPoint(entry);
    read_arguments();
    if (time_stamps_ && team()) builder_.CreateStore(clock(), tick_slot(TickSlots::last));
    builder_.CreateBr(head);

    builder_.SetInsertPoint(head);
    done_ = builder_.CreatePHI(builder_.getInt64Ty(), 2, "done");
    done_->addIncoming(builder_.getInt64(0), entry);
    llvm::Value* more = builder_.CreateICmpSLT(done_, count_);
    if (team()) {
      auto* next = block("next");
      builder_.CreateCondBr(more, next, stopped_);
      builder_.SetInsertPoint(next);
      llvm::Value* go_on = agree(step_decision());
      builder_.CreateCondBr(go_on, body, stopped_);
    } else {
      builder_.CreateCondBr(builder_.CreateAnd(more, goes_on()), body, stopped_);
    }

    builder_.SetInsertPoint(body);
    llvm::Value* step = builder_.CreateAdd(first_step_, done_);
    builder_.CreateStore(builder_.CreateTrunc(step, builder_.getInt32Ty()), field(offsetof(StepArguments, step)));
    if (time_stamps_ && !team()) builder_.CreateStore(clock(), tick_slot(TickSlots::last));
    stamp(TickSlots::empty);
    emit_bases();
    stamp(TickSlots::outside);
    emit_stages(program_.stages);
    done_->addIncoming(builder_.CreateAdd(done_, builder_.getInt64(1)), builder_.GetInsertBlock());
    builder_.CreateBr(head);

    builder_.SetInsertPoint(stopped_);
    builder_.CreateRet(done_);
  }

 private:
  llvm::BasicBlock* block(const char* name) { return llvm::BasicBlock::Create(context_, name, function_); }

  llvm::Value* at(llvm::Value* base, llvm::Value* bytes) {
    auto* known = llvm::dyn_cast<llvm::ConstantInt>(bytes);
    if (known != nullptr && known->isZero()) return base;
    return builder_.CreateGEP(builder_.getInt8Ty(), base, bytes);
  }
  llvm::Value* field(size_t offset) { return at(function_->getArg(0), builder_.getInt64(offset)); }
  llvm::Value* pointer_field(size_t offset) { return builder_.CreateLoad(builder_.getPtrTy(), field(offset)); }
  llvm::Value* integer_field(size_t offset) { return builder_.CreateLoad(builder_.getInt64Ty(), field(offset)); }

  void read_arguments() {
    state_ = pointer_field(offsetof(StepArguments, state));
    arena_ = pointer_field(offsetof(StepArguments, arena));
    columns_ = pointer_field(offsetof(StepArguments, columns));
    order_ = pointer_field(offsetof(StepArguments, order));
    settings_ = pointer_field(offsetof(StepArguments, settings));
    outputs_ = pointer_field(offsetof(StepArguments, outputs));
    // Without a stop flag a field that is never set is polled.
    llvm::Value* flag = pointer_field(offsetof(StepArguments, stop));
    stop_ = builder_.CreateSelect(builder_.CreateIsNull(flag), field(offsetof(StepArguments, not_finite)), flag);
    if (time_stamps_) ticks_ = pointer_field(offsetof(StepArguments, ticks));
    first_step_ = integer_field(offsetof(StepArguments, first_step));
    count_ = integer_field(offsetof(StepArguments, count));
    if (team()) {
      worker_ = integer_field(offsetof(StepArguments, worker));
      parts_end_ = builder_.CreateAdd(worker_, integer_field(offsetof(StepArguments, parts)));
      link_ = pointer_field(offsetof(StepArguments, team));
      barrier_ = builder_.CreateLoad(builder_.getPtrTy(), at(link_, builder_.getInt64(offsetof(TeamLink, barrier))));
    }
    rows_ = program_.exact ? builder_.getInt64(static_cast<uint64_t>(program_.capacity))
                           : integer_field(offsetof(StepArguments, rows));
  }

  llvm::Value* tick_slot(size_t slot) { return at(ticks_, builder_.getInt64(slot * sizeof(uint64_t))); }

  /// Of the processor, in ticks of the same length. The fences keep the work before and behind it apart: without them a
  /// short kernel runs into its neighbours.
  llvm::Value* clock() {
    using namespace llvm::Intrinsic;
    if (program_.target.tier == Tier::neon) return builder_.CreateIntrinsic(readsteadycounter, {}, {});
    builder_.CreateIntrinsic(x86_sse2_lfence, {}, {});
    llvm::Value* now = builder_.CreateIntrinsic(readcyclecounter, {}, {});
    builder_.CreateIntrinsic(x86_sse2_lfence, {}, {});
    return now;
  }

  /// Adds the time since the stamp before to a slot.
  void stamp(size_t slot) {
    if (!time_stamps_) return;
    llvm::Value* now = clock();
    auto load = [&](size_t from) { return builder_.CreateLoad(builder_.getInt64Ty(), tick_slot(from)); };
    llvm::Value* interval = builder_.CreateSub(now, load(TickSlots::last));
    builder_.CreateStore(builder_.CreateAdd(load(slot), interval), tick_slot(slot));
    builder_.CreateStore(now, tick_slot(TickSlots::last));
  }

  /// Nobody has asked to stop.
  llvm::Value* goes_on() {
    llvm::LoadInst* stop = builder_.CreateLoad(builder_.getInt32Ty(), stop_);
    stop->setVolatile(true);
    return builder_.CreateICmpEQ(stop, builder_.getInt32(0));
  }

  bool team() const { return program_.workers > 1; }
  llvm::Value* is_first() { return builder_.CreateICmpEQ(worker_, builder_.getInt64(0)); }

  void emit_barrier() {
    auto* type = llvm::FunctionType::get(builder_.getVoidTy(), {builder_.getPtrTy(), builder_.getInt64Ty()}, false);
    builder_.CreateCall(type, barrier_, {link_, worker_});
    stamp(TickSlots::barriers);
  }

  /// Runs `body` on worker 0 alone.
  void on_first(const std::function<void()>& body) {
    llvm::Function* function = builder_.GetInsertBlock()->getParent();
    auto* alone = llvm::BasicBlock::Create(context_, "alone", function);
    auto* all = llvm::BasicBlock::Create(context_, "all", function);
    builder_.CreateCondBr(is_first(), alone, all);
    builder_.SetInsertPoint(alone);
    body();
    builder_.CreateBr(all);
    builder_.SetInsertPoint(all);
  }

  /// Workers are at most one step apart when they read it, so two places are enough.
  llvm::Value* step_decision() {
    llvm::Value* odd = builder_.CreateAnd(done_, builder_.getInt64(1));
    llvm::Value* bytes = builder_.CreateMul(odd, builder_.getInt64(sizeof(int32_t)));
    return at(link_, builder_.CreateAdd(bytes, builder_.getInt64(offsetof(TeamLink, go_on))));
  }

  /// Worker 0 looks at the stop flag, and all do what it has seen.
  llvm::Value* agree(llvm::Value* decision) {
    on_first([&] { builder_.CreateStore(builder_.CreateZExt(goes_on(), builder_.getInt32Ty()), decision); });
    emit_barrier();
    llvm::LoadInst* decided = builder_.CreateLoad(builder_.getInt32Ty(), decision);
    decided->setVolatile(true);
    return builder_.CreateICmpNE(decided, builder_.getInt32(0));
  }

  /// Behind a call that polls.
  llvm::Value* agree_within() {
    if (!team()) return goes_on();
    emit_barrier();  // whoever has seen the flag and ended early did so before worker 0 looks
    return agree(at(link_, builder_.getInt64(offsetof(TeamLink, go_on) + 2 * sizeof(int32_t))));
  }

  /// What kernels that poll get from calls that must not end: a flag that nobody sets.
  llvm::Value* never() {
    llvm::Module& module = *function_->getParent();
    if (never_ == nullptr) {
      never_ = llvm::cast<llvm::GlobalVariable>(module.getOrInsertGlobal("never", builder_.getInt32Ty()));
      never_->setConstant(true);
      never_->setLinkage(llvm::GlobalValue::PrivateLinkage);
      never_->setInitializer(builder_.getInt32(0));
    }
    return never_;
  }

  int64_t elements_a_step(const Buffer& buffer) const {
    int64_t count = 1;
    for (const Dim& dim : buffer.shape) count *= dim.at(program_.capacity);
    return count;
  }

  void emit_bases() {
    bases_.clear();
    auto slot = [&](llvm::Value* table, int number) {
      llvm::Value* place = at(table, builder_.getInt64(static_cast<uint64_t>(number) * sizeof(void*)));
      return builder_.CreateLoad(builder_.getPtrTy(), place);
    };
    for (const Buffer& buffer : program_.buffers) {
      switch (buffer.role) {
        case BufferRole::variable: bases_.push_back(state_); break;
        case BufferRole::temporary: bases_.push_back(arena_); break;
        case BufferRole::column: bases_.push_back(slot(columns_, buffer.slot)); break;
        case BufferRole::order: {
          llvm::Value* bytes = builder_.CreateMul(builder_.CreateMul(done_, rows_), builder_.getInt64(4));
          bases_.push_back(at(order_, bytes));
          break;
        }
        case BufferRole::setting:
          bases_.push_back(at(settings_, builder_.getInt64(static_cast<uint64_t>(buffer.slot) * sizeof(double))));
          break;
        case BufferRole::step: bases_.push_back(field(offsetof(StepArguments, step))); break;
        case BufferRole::seed: bases_.push_back(field(offsetof(StepArguments, seed))); break;
        case BufferRole::output: {
          int64_t bytes = elements_a_step(buffer) * byte_size(buffer.element);
          llvm::Value* moved = builder_.CreateMul(done_, builder_.getInt64(static_cast<uint64_t>(bytes)));
          bases_.push_back(at(slot(outputs_, buffer.slot), moved));
          break;
        }
      }
    }
  }

  /// The buffer's first byte and `bytes` more, computed once in a basic block.
  llvm::Value* address(BufferId id, int64_t bytes = 0) {
    const Buffer& buffer = program_.buffers[id];
    bool placed = buffer.role == BufferRole::variable || buffer.role == BufferRole::temporary;
    if (placed) bytes += buffer.offset;
    if (addressed_in_ != builder_.GetInsertBlock()) addresses_.clear();
    addressed_in_ = builder_.GetInsertBlock();
    auto [known, added] = addresses_.try_emplace({bases_[id], bytes});
    if (added) known->second = at(bases_[id], builder_.getInt64(static_cast<uint64_t>(bytes)));
    return known->second;
  }

  void emit_stages(std::span<const Stage> stages) {
    while (!stages.empty()) {
      auto other = std::find_if(stages.begin(), stages.end(),
                                [](const Stage& stage) { return !std::holds_alternative<Call>(stage); });
      auto calls = static_cast<size_t>(other - stages.begin());
      emit_calls(stages.first(calls));
      stages = stages.subspan(calls);
      if (stages.empty()) return;
      if (const auto* check = std::get_if<FiniteCheck>(&stages[0])) emit_check(*check);
      if (const auto* repeat = std::get_if<Repeat>(&stages[0])) emit_repeat(*repeat);
      if (std::holds_alternative<Barrier>(stages[0]) && team()) emit_barrier();
      stages = stages.subspan(1);
    }
  }

  void emit_calls(std::span<const Stage> calls) {
    bool cut = calls.size() > kMostCalls;
    for (; cut && !calls.empty(); calls = calls.subspan(std::min(kMostCalls, calls.size()))) {
      emit_apart(calls.first(std::min(kMostCalls, calls.size())));
    }
    emit_each(calls);
  }

  bool by_all(const Stage& stage) const { return is_shared(program_.kernels[std::get<Call>(stage).kernel]); }

  /// Calls one after the other; those that worker 0 runs alone behind one branch.
  void emit_each(std::span<const Stage> calls) {
    while (team() && !calls.empty()) {
      auto other = std::find_if(calls.begin(), calls.end(), [&](const Stage& stage) { return by_all(stage); });
      auto alone = calls.first(static_cast<size_t>(other - calls.begin()));
      // A poll is for all to agree on.
      auto poll =
          std::find_if(alone.begin(), alone.end(), [](const Stage& stage) { return std::get<Call>(stage).polls; });
      const bool polled = poll != alone.end();
      if (polled) alone = alone.first(static_cast<size_t>(poll - alone.begin()) + 1);
      if (!alone.empty()) {
        on_first([&] {
          for (const Stage& stage : alone) emit_call(std::get<Call>(stage));
        });
        if (polled) go_on_if(agree_within());
      } else {
        const Call& call = std::get<Call>(calls[0]);
        emit_call(call);
        if (call.polls) go_on_if(agree_within());
      }
      calls = calls.subspan(std::max<size_t>(alone.size(), 1));
    }
    for (const Stage& stage : calls) {
      const Call& call = std::get<Call>(stage);
      emit_call(call);
      if (call.polls) go_on_if(goes_on());
    }
  }

  /// Values of the step that these calls are made of, each once.
  std::vector<llvm::Value*> values_of(std::span<const Stage> calls) const {
    std::vector<llvm::Value*> values;
    auto need = [&, known = std::set<llvm::Value*>()](llvm::Value* value) mutable {
      if (!llvm::isa<llvm::Constant>(value) && known.insert(value).second) values.push_back(value);
    };
    need(rows_);
    if (time_stamps_) need(ticks_);
    if (poll(calls)) need(stop_);
    if (team()) need(worker_), need(parts_end_), need(link_), need(barrier_);
    for (llvm::Value* turn : turns_) need(turn);
    for (const Stage& stage : calls) {
      for (const Argument& argument : std::get<Call>(stage).arguments) need(bases_[argument.buffer]);
    }
    return values;
  }

  static bool poll(std::span<const Stage> calls) {
    return std::any_of(calls.begin(), calls.end(), [](const Stage& stage) { return std::get<Call>(stage).polls; });
  }

  /// These calls as a function, and the call of it. It says whether the step may go on behind it.
  void emit_apart(std::span<const Stage> calls) {
    std::vector<llvm::Value*> values = values_of(calls);
    std::vector<llvm::Type*> types;
    for (const llvm::Value* value : values) types.push_back(value->getType());
    auto* type = llvm::FunctionType::get(builder_.getInt1Ty(), types, false);
    auto* apart = llvm::Function::Create(type, llvm::GlobalValue::InternalLinkage, kPartName, *function_->getParent());
    apart->addFnAttr(llvm::Attribute::NoUnwind);
    std::map<llvm::Value*, llvm::Value*> inside;
    for (size_t i = 0; i < values.size(); ++i) inside[values[i]] = apart->getArg(static_cast<unsigned>(i));
    auto move_inside = [&](llvm::Value*& value) {
      if (auto found = inside.find(value); found != inside.end()) value = found->second;
    };
    llvm::BasicBlock *before = builder_.GetInsertBlock(), *stopped = stopped_;
    std::vector<llvm::Value*> bases = bases_, turns = turns_;
    llvm::Value *rows = rows_, *ticks = ticks_, *stop = stop_;
    llvm::Value *worker = worker_, *parts_end = parts_end_, *link = link_, *barrier = barrier_;
    std::for_each(bases_.begin(), bases_.end(), move_inside);
    std::for_each(turns_.begin(), turns_.end(), move_inside);
    move_inside(rows_);
    if (time_stamps_) move_inside(ticks_);
    move_inside(stop_);
    if (team()) move_inside(worker_), move_inside(parts_end_), move_inside(link_), move_inside(barrier_);
    auto* entry = llvm::BasicBlock::Create(context_, "calls", apart);
    if (poll(calls)) stopped_ = llvm::BasicBlock::Create(context_, "stopped", apart);
    builder_.SetInsertPoint(entry);
    emit_each(calls);
    builder_.CreateRet(builder_.getTrue());
    if (poll(calls)) {
      builder_.SetInsertPoint(stopped_);
      builder_.CreateRet(builder_.getFalse());
    }
    builder_.SetInsertPoint(before);
    bases_ = std::move(bases), turns_ = std::move(turns), rows_ = rows, ticks_ = ticks, stop_ = stop;
    worker_ = worker, parts_end_ = parts_end, link_ = link, barrier_ = barrier;
    stopped_ = stopped;
    llvm::Value* whole = builder_.CreateCall(apart, values);
    if (poll(calls)) go_on_if(whole);
  }

  /// Else the step is given up.
  void go_on_if(llvm::Value* condition) {
    auto* on = llvm::BasicBlock::Create(context_, "on", builder_.GetInsertBlock()->getParent());
    builder_.CreateCondBr(condition, on, stopped_);
    builder_.SetInsertPoint(on);
  }

  /// Of a kernel that is shared: once for each part that is this worker's.
  void emit_call(const Call& call) {
    if (!team() || !is_shared(program_.kernels[call.kernel])) {
      emit_call_of_part(call, nullptr);
    } else {
      llvm::Function* function = builder_.GetInsertBlock()->getParent();
      auto* body = llvm::BasicBlock::Create(context_, "part", function);
      auto* after = llvm::BasicBlock::Create(context_, "parts.end", function);
      llvm::BasicBlock* before = builder_.GetInsertBlock();
      builder_.CreateBr(body);
      builder_.SetInsertPoint(body);
      llvm::PHINode* part = builder_.CreatePHI(builder_.getInt64Ty(), 2, "part");
      part->addIncoming(worker_, before);
      emit_call_of_part(call, part);
      llvm::Value* next = builder_.CreateAdd(part, builder_.getInt64(1));
      part->addIncoming(next, body);
      builder_.CreateCondBr(builder_.CreateICmpSLT(next, parts_end_), body, after);
      builder_.SetInsertPoint(after);
    }
    stamp(TickSlots::calls + calls_++);
  }

  /// `part`: null of a kernel that is not shared.
  void emit_call_of_part(const Call& call, llvm::Value* part) {
    std::vector<llvm::Value*> arguments;
    for (const Argument& argument : call.arguments) {
      const Buffer& buffer = program_.buffers[argument.buffer];
      int64_t width = byte_size(buffer.element);
      llvm::Value* base = address(argument.buffer, argument.offset * width);
      if (buffer.per_worker && part != nullptr) {
        auto* between = builder_.getInt64(static_cast<uint64_t>(bytes_between_workers(buffer)));
        base = at(base, builder_.CreateMul(part, between));
      }
      for (size_t depth = 0; depth < argument.per_turn.size(); ++depth) {
        if (argument.per_turn[depth] == 0) continue;
        auto* stride = builder_.getInt64(static_cast<uint64_t>(argument.per_turn[depth] * width));
        base = at(base, builder_.CreateMul(turns_[depth], stride));
      }
      arguments.push_back(base);
    }
    arguments.push_back(rows_);
    if (part != nullptr) arguments.push_back(part);
    if (polls(program_.kernels[call.kernel])) arguments.push_back(call.polls ? stop_ : never());
    builder_.CreateCall(kernels_[call.kernel], arguments);
  }

  void emit_check(const FiniteCheck& check) {
    if (fault(Fault::loss_not_checked)) return;
    const Buffer& buffer = program_.buffers[check.buffer];
    llvm::Type* type = buffer.element == Element::f64 ? builder_.getDoubleTy() : builder_.getFloatTy();
    llvm::Value* loss = builder_.CreateLoad(type, address(check.buffer));
    llvm::Value* finite = builder_.CreateFCmpOEQ(builder_.CreateFSub(loss, loss), llvm::ConstantFP::get(type, 0.0));
    auto* bad = block("not_finite");
    auto* good = block("finite");
    builder_.CreateCondBr(finite, good, bad);
    builder_.SetInsertPoint(bad);
    builder_.CreateStore(builder_.getInt32(1), field(offsetof(StepArguments, not_finite)));
    builder_.CreateBr(stopped_);
    builder_.SetInsertPoint(good);
    stamp(TickSlots::outside);
  }

  void emit_repeat(const Repeat& repeat) {
    if (repeat.count <= 0) return;
    auto* body = block("repeat");
    auto* after = block("repeated");
    llvm::BasicBlock* before = builder_.GetInsertBlock();
    auto* count = builder_.getInt64(static_cast<uint64_t>(repeat.count));
    builder_.CreateBr(body);
    builder_.SetInsertPoint(body);
    llvm::PHINode* turn = builder_.CreatePHI(builder_.getInt64Ty(), 2, "turn");
    turn->addIncoming(builder_.getInt64(0), before);
    llvm::Value* position = turn;
    if (repeat.reverse) position = builder_.CreateSub(builder_.getInt64(static_cast<uint64_t>(repeat.count - 1)), turn);
    turns_.push_back(position);
    emit_stages(repeat.stages);
    turns_.pop_back();
    llvm::Value* next = builder_.CreateAdd(turn, builder_.getInt64(1));
    turn->addIncoming(next, builder_.GetInsertBlock());
    builder_.CreateCondBr(builder_.CreateICmpSLT(next, count), body, after);
    builder_.SetInsertPoint(after);
  }

  const NestProgram& program_;
  const std::vector<llvm::Function*>& kernels_;
  llvm::LLVMContext& context_;
  llvm::IRBuilder<> builder_;
  llvm::Function* function_ = nullptr;
  llvm::BasicBlock* stopped_ = nullptr;  ///< where a step that is given up goes, in the function at hand
  llvm::PHINode* done_ = nullptr;
  llvm::GlobalVariable* never_ = nullptr;
  llvm::Value *state_ = nullptr, *arena_ = nullptr, *columns_ = nullptr, *order_ = nullptr, *settings_ = nullptr,
              *outputs_ = nullptr, *stop_ = nullptr, *first_step_ = nullptr, *count_ = nullptr, *rows_ = nullptr,
              *ticks_ = nullptr;
  llvm::Value *worker_ = nullptr, *parts_end_ = nullptr, *link_ = nullptr, *barrier_ = nullptr;  ///< of a team
  std::vector<llvm::Value*> bases_;  ///< by buffer, within one step; of placed ones: their block's
  std::map<std::pair<llvm::Value*, int64_t>, llvm::Value*> addresses_;  ///< within one basic block
  llvm::BasicBlock* addressed_in_ = nullptr;
  std::vector<llvm::Value*> turns_;  ///< of the enclosing repeats
  bool time_stamps_;
  size_t calls_ = 0;  ///< emitted so far
};

}  // namespace

void emit_driver(const NestProgram& program, const std::vector<llvm::Function*>& kernels, llvm::Module& module,
                 bool time_stamps) {
  Driver(program, kernels, module, time_stamps).emit();
}

}  // namespace nnc
