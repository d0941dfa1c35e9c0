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

/// LLVM's own check, kernel by kernel, so that the message holds all that is needed to reproduce the fault.
void verify_kernel(const llvm::Function& function) {
  std::string complaint, text;
  llvm::raw_string_ostream stream(complaint), print(text);
  if (!llvm::verifyFunction(function, &stream)) return;
  function.print(print);
  internal_error(fmt::format("the code emitted for kernel '{}' does not verify: {}\n{}", function.getName().str(),
                             stream.str(), print.str()));
}

/// Whether two arguments of a call may share a byte: the same storage, and ranges that meet.
bool may_meet(const Buffer& a, const Buffer& b) {
  bool placed = a.role == BufferRole::variable || a.role == BufferRole::temporary;
  if (a.role != b.role) return false;
  if (!placed) return a.slot == b.slot;
  return a.offset < b.offset + b.bytes && b.offset < a.offset + a.bytes;
}

void check_disjoint(const NestProgram& program, const Call& call, CallFacts& facts) {
  const std::vector<Parameter>& parameters = program.kernels[call.kernel].parameters;
  for (size_t i = 0; i < call.arguments.size() && facts.disjoint; ++i) {
    if (!parameters[i].written) continue;
    for (size_t j = 0; j < call.arguments.size(); ++j) {
      if (i != j && may_meet(program.buffers[call.arguments[i].buffer], program.buffers[call.arguments[j].buffer]))
        facts.disjoint = false;
    }
  }
}

void check_disjoint(const NestProgram& program, const std::vector<Stage>& stages, std::vector<CallFacts>& facts) {
  for (const Stage& stage : stages) {
    if (const auto* call = std::get_if<Call>(&stage)) check_disjoint(program, *call, facts[call->kernel]);
    if (const auto* repeat = std::get_if<Repeat>(&stage)) check_disjoint(program, repeat->stages, facts);
  }
}

/// Of every kernel, from one walk over the calls.
std::vector<CallFacts> call_facts(const NestProgram& program) {
  std::vector<CallFacts> facts(program.kernels.size());
  for (CallFacts& each : facts) {
    if (program.exact) each.rows = program.capacity;
  }
  check_disjoint(program, program.stages, facts);
  return facts;
}

}  // namespace

std::unique_ptr<llvm::Module> emit_module(const NestProgram& program, llvm::LLVMContext& context,
                                          std::vector<KernelCode>& kernels, bool time_stamps) {
  auto module = std::make_unique<llvm::Module>(program.name, context);
  const TierCode& tier = tier_code(program.target.tier);
  module->setTargetTriple(std::string(tier.triple));
  module->setDataLayout(make_target_machine(program.target.tier)->createDataLayout());
  const std::vector<CallFacts> facts = call_facts(program);
  std::vector<llvm::Function*> functions;
  for (const Kernel& kernel : program.kernels) {
    Clock::time_point start = Clock::now();
    functions.push_back(emit_kernel(kernel, program.target, facts[functions.size()], *module));
    double milliseconds = std::chrono::duration<double, std::milli>(Clock::now() - start).count();
    kernels.push_back({kernel.name, count_instructions(*functions.back()), milliseconds});
  }
  const std::set<const llvm::Function*> known(functions.begin(), functions.end());
  for (llvm::Function& function : *module) {
    if (function.isDeclaration()) continue;
    verify_kernel(function);
    if (!known.contains(&function))
      kernels.push_back({function.getName().str(), count_instructions(function), 0});  // shared by them
  }
  emit_driver(program, functions, *module, time_stamps);
  for (llvm::Function& function : *module) {
    bool driver = function.getName().starts_with(kEntryName) && !known.contains(&function);
    if (driver) kernels.push_back({function.getName().str(), count_instructions(function), 0});
    set_tier(function, tier);
  }
  std::string complaint;
  llvm::raw_string_ostream stream(complaint);
  if (llvm::verifyModule(*module, &stream))
    internal_error(fmt::format("the emitted module does not verify: {}", stream.str()));
  return module;
}

}  // namespace nnc
