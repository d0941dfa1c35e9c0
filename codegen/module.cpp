#include "codegen/module.h"

#include <fmt/format.h>
#include <llvm/IR/Verifier.h>
#include <llvm/Support/raw_ostream.h>
#include <llvm/Target/TargetMachine.h>

#include <chrono>
#include <set>

#include "codegen/emit_kernel.h"
#include "codegen/tier.h"
#include "support/error.h"

namespace nnc {

namespace {

using Clock = std::chrono::steady_clock;

int64_t count_instructions(const llvm::Function& function) {
  int64_t count = 0;
  for (const llvm::BasicBlock& block : function) count += static_cast<int64_t>(block.size());
  return count;
}

/// Every function is compiled for the tier, whatever the module's default is.
void set_tier(llvm::Function& function, const TierCode& tier) {
  function.addFnAttr("target-cpu", tier.processor);
  if (!tier.features.empty()) function.addFnAttr("target-features", tier.features);
  function.addFnAttr("prefer-vector-width", "512");
  function.addFnAttr("no-trapping-math", "true");
  // Denormals are flushed while a step runs: folding must not keep them.
  function.addFnAttr("denormal-fp-math", "preserve-sign,preserve-sign");
}

void verify_kernel(const llvm::Function& function) {
  std::string complaint, text;
  llvm::raw_string_ostream stream(complaint), print(text);
  if (!llvm::verifyFunction(function, &stream)) return;
  function.print(print);
  internal_error(fmt::format("the code emitted for kernel '{}' does not verify: {}\n{}", function.getName().str(),
                             stream.str(), print.str()));
}

KernelCode code_of(const llvm::Function& function, double milliseconds = 0) {
  return {function.getName().str(), count_instructions(function), milliseconds};
}

/// One part on its way.
class PartEmitter {
 public:
  PartEmitter(const NestProgram& program, const std::vector<CallFacts>& facts, const Part& part, llvm::Module& module)
      : program_(program),
        facts_(facts),
        part_(part),
        module_(module),
        alone_(part.driver && part.kernels.size() == program.kernels.size()),
        functions_(program.kernels.size(), nullptr) {}

  void emit_kernels(EmittedPart& emitted) {
    for (size_t kernel : part_.kernels) {
      Clock::time_point start = Clock::now();
      llvm::Function* function = emit_kernel(program_.kernels[kernel], program_.target, facts_[kernel], module_);
      double milliseconds = std::chrono::duration<double, std::milli>(Clock::now() - start).count();
      functions_[kernel] = function;
      known_.insert(function);
      emitted.kernels.push_back(code_of(*function, milliseconds));
      if (!alone_) show(*function);
      for (auto other = std::next(function->getIterator()); other != module_.end(); ++other) {
        if (other->isDeclaration()) continue;
        known_.insert(&*other);
        emitted.shared.emplace_back(kernel, code_of(*other));
      }
    }
  }

  void emit_driver(EmittedPart& emitted, bool time_stamps) {
    for (size_t kernel = 0; kernel < functions_.size(); ++kernel) {
      if (functions_[kernel] != nullptr) continue;
      functions_[kernel] = declare_kernel(program_.kernels[kernel], facts_[kernel], module_);
      show(*functions_[kernel]);
    }
    nnc::emit_driver(program_, functions_, module_, time_stamps);
    for (llvm::Function& function : module_) {
      bool driver = function.getName().starts_with(kEntryName) && !known_.contains(&function);
      if (driver && !function.isDeclaration()) emitted.driver.push_back(code_of(function));
    }
  }

 private:
  /// To the other parts, and to nobody else: a call of it is the same code as one within a module.
  static void show(llvm::Function& function) {
    function.setLinkage(llvm::GlobalValue::ExternalLinkage);
    function.setVisibility(llvm::GlobalValue::HiddenVisibility);
    function.setDSOLocal(true);
  }

  const NestProgram& program_;
  const std::vector<CallFacts>& facts_;
  const Part& part_;
  llvm::Module& module_;
  const bool alone_;
  std::vector<llvm::Function*> functions_;  ///< by kernel
  std::set<const llvm::Function*> known_;   ///< kernels and what they call
};

/// LLVM's own check. Where it fails the message says of one function all that is needed to reproduce the fault.
void verify(const llvm::Module& module) {
  std::string complaint;
  llvm::raw_string_ostream stream(complaint);
  if (!llvm::verifyModule(module, &stream)) return;
  for (const llvm::Function& function : module) {
    if (!function.isDeclaration()) verify_kernel(function);
  }
  internal_error(fmt::format("the emitted module does not verify: {}", stream.str()));
}

}  // namespace

EmittedPart emit_part(const NestProgram& program, const std::vector<CallFacts>& facts, const Part& part,
                      const llvm::TargetMachine& machine, llvm::LLVMContext& context, bool time_stamps) {
  EmittedPart emitted;
  emitted.module = std::make_unique<llvm::Module>(program.name, context);
  const TierCode& tier = tier_code(program.target.tier);
  emitted.module->setTargetTriple(std::string(tier.triple));
  emitted.module->setDataLayout(machine.createDataLayout());
  PartEmitter emitter(program, facts, part, *emitted.module);
  emitter.emit_kernels(emitted);
  if (part.driver) emitter.emit_driver(emitted, time_stamps);
  for (llvm::Function& function : *emitted.module) set_tier(function, tier);
  verify(*emitted.module);
  return emitted;
}

}  // namespace nnc
