#include "codegen/timed_compiler.h"

#include <llvm/ADT/SmallVector.h>
#include <llvm/ExecutionEngine/Orc/CompileUtils.h>
#include <llvm/IR/Function.h>
#include <llvm/IR/LegacyPassManager.h>
#include <llvm/IR/Module.h>
#include <llvm/Object/ObjectFile.h>
#include <llvm/Pass.h>
#include <llvm/Support/SmallVectorMemoryBuffer.h>
#include <llvm/Target/TargetMachine.h>

#include <chrono>

namespace nnc {

namespace {

using Clock = std::chrono::steady_clock;

/// The last pass over each function. The code generator takes a function through all of its passes before the next
/// one, so a function's time is what has gone since the one before.
class FunctionClock : public llvm::FunctionPass {
 public:
  explicit FunctionClock(MachineTimes& times) : llvm::FunctionPass(identity_), times_(times) {}

  llvm::StringRef getPassName() const override { return "note the time"; }
  void getAnalysisUsage(llvm::AnalysisUsage& usage) const override { usage.setPreservesAll(); }
  bool doInitialization(llvm::Module&) override {
    before_ = Clock::now();
    return false;
  }
  bool runOnFunction(llvm::Function& function) override {
    Clock::time_point now = Clock::now();
    times_[function.getName().str()] += std::chrono::duration<double, std::milli>(now - before_).count();
    before_ = now;
    return false;
  }

 private:
  char identity_ = 0;  // LLVM knows a pass by the address of its identity
  MachineTimes& times_;
  Clock::time_point before_;
};

class TimedCompiler : public llvm::orc::IRCompileLayer::IRCompiler {
 public:
  TimedCompiler(std::unique_ptr<llvm::TargetMachine> machine, MachineTimes& times)
      : IRCompiler(llvm::orc::irManglingOptionsFromTargetOptions(machine->Options)),
        machine_(std::move(machine)),
        times_(times) {}

  llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>> operator()(llvm::Module& module) override {
    llvm::SmallVector<char, 0> bytes;
    {
      llvm::raw_svector_ostream stream(bytes);
      llvm::legacy::PassManager passes;
      llvm::MCContext* context = nullptr;
      if (machine_->addPassesToEmitMC(passes, context, stream))
        return llvm::make_error<llvm::StringError>("the target writes no objects", llvm::inconvertibleErrorCode());
      passes.add(std::make_unique<FunctionClock>(times_).release());  // the manager owns its passes
      passes.run(module);
    }
    auto object =
        std::make_unique<llvm::SmallVectorMemoryBuffer>(std::move(bytes), module.getModuleIdentifier(), false);
    auto readable = llvm::object::ObjectFile::createObjectFile(object->getMemBufferRef());
    if (!readable) return readable.takeError();
    return std::unique_ptr<llvm::MemoryBuffer>(std::move(object));
  }

 private:
  std::unique_ptr<llvm::TargetMachine> machine_;
  MachineTimes& times_;
};

}  // namespace

std::unique_ptr<llvm::orc::IRCompileLayer::IRCompiler> timed_compiler(std::unique_ptr<llvm::TargetMachine> machine,
                                                                      MachineTimes& times) {
  return std::make_unique<TimedCompiler>(std::move(machine), times);
}

}  // namespace nnc
