#include "codegen/object_code.h"

#include <llvm/ADT/SmallVector.h>
#include <llvm/IR/Function.h>
#include <llvm/IR/LegacyPassManager.h>
#include <llvm/IR/Module.h>
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

}  // namespace

llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>> object_code(llvm::Module& module, llvm::TargetMachine& machine,
                                                                MachineTimes& times) {
  llvm::SmallVector<char, 0> bytes;
  {
    llvm::raw_svector_ostream stream(bytes);
    llvm::legacy::PassManager passes;
    llvm::MCContext* context = nullptr;
    if (machine.addPassesToEmitMC(passes, context, stream))
      return llvm::make_error<llvm::StringError>("the target writes no objects", llvm::inconvertibleErrorCode());
    passes.add(std::make_unique<FunctionClock>(times).release());  // the manager owns its passes
    passes.run(module);
  }
  return std::make_unique<llvm::SmallVectorMemoryBuffer>(std::move(bytes), module.getModuleIdentifier(), false);
}

}  // namespace nnc
