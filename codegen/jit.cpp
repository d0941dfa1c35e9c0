#include "codegen/jit.h"

#include <fmt/format.h>
#include <llvm/ExecutionEngine/Orc/ExecutorProcessControl.h>
#include <llvm/ExecutionEngine/Orc/LLJIT.h>
#include <llvm/ExecutionEngine/Orc/TaskDispatch.h>
#include <llvm/Target/TargetMachine.h>

#include <chrono>

#include "codegen/memory_guard.h"
#include "codegen/module.h"
#include "codegen/tier.h"
#include "codegen/timed_compiler.h"
#include "ir/scalar/flush_denormals.h"
#include "support/error.h"

namespace nnc {

namespace {

using Clock = std::chrono::steady_clock;
using Entry = int64_t (*)(StepArguments*);

double milliseconds_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

// llvm::Expected ends here: what LLVM or the system refuses becomes a Failure of ours.
template <class T>
T require(llvm::Expected<T> expected, const char* doing) {
  if (expected) return std::move(*expected);
  std::string reason = llvm::toString(expected.takeError());
  throw Failure(ExitCode::system_refused,
                fmt::format("nnc: error: cannot {}: {}\n help: --interp runs without machine code, with the same bits",
                            doing, reason));
}

void require(llvm::Error error, const char* doing) {
  if (!error) return;
  std::string reason = llvm::toString(std::move(error));
  throw Failure(ExitCode::system_refused,
                fmt::format("nnc: error: cannot {}: {}\n help: --interp runs without machine code, with the same bits",
                            doing, reason));
}

std::unique_ptr<llvm::orc::LLJIT> make_jit(Tier tier, MachineTimes& times) {
  const TierCode& code = tier_code(tier);
  llvm::orc::LLJITBuilder builder;
  llvm::orc::JITTargetMachineBuilder machine((llvm::Triple(std::string(code.triple))));
  machine.setCPU(std::string(code.processor));
  builder.setJITTargetMachineBuilder(std::move(machine));
  // On this thread: one of LLVM's own would have a stack that nobody chose, and a failure in it no way back.
  builder.setExecutorProcessControl(require(
      llvm::orc::SelfExecutorProcessControl::Create(nullptr, std::make_unique<llvm::orc::InPlaceTaskDispatcher>()),
      "start the code generator"));
  // No static initialisers, no exceptions, no symbols of the process: nothing for a platform to do.
  builder.setPlatformSetUp(llvm::orc::setUpInactivePlatform);
  builder.setCompileFunctionCreator([tier, &times](const llvm::orc::JITTargetMachineBuilder&)
                                        -> llvm::Expected<std::unique_ptr<llvm::orc::IRCompileLayer::IRCompiler>> {
    return timed_compiler(make_target_machine(tier), times);
  });
  return require(builder.create(), "start the code generator");
}

}  // namespace

struct CompiledProgram::Code {
  MachineTimes times;  ///< of the compiler in `jit`
  std::unique_ptr<llvm::orc::LLJIT> jit;
  Entry entry = nullptr;
  std::vector<KernelCode> kernels;
  double emit_milliseconds = 0;
  double machine_milliseconds = 0;
};

CompiledProgram::CompiledProgram() : code_(std::make_unique<Code>()) {}
CompiledProgram::~CompiledProgram() = default;
CompiledProgram::CompiledProgram(CompiledProgram&&) noexcept = default;
CompiledProgram& CompiledProgram::operator=(CompiledProgram&&) noexcept = default;

int64_t CompiledProgram::run(StepArguments& arguments) const {
  FlushDenormals flush;
  return code_->entry(&arguments);
}

const std::vector<KernelCode>& CompiledProgram::kernels() const { return code_->kernels; }
double CompiledProgram::emit_milliseconds() const { return code_->emit_milliseconds; }
double CompiledProgram::machine_milliseconds() const { return code_->machine_milliseconds; }

CompiledProgram compile(const NestProgram& program, bool time_stamps) {
  if (!runs_here(program.target.tier)) {
    throw Failure(ExitCode::system_refused,
                  fmt::format("nnc: error: --target {0} needs a machine that runs {0} code, which this one does not\n"
                              " help: leave out --target, run the same bits with --interp, or look at the code with "
                              "'nnc dump --stage=asm'",
                              spelling(program.target.tier)));
  }
  CompiledProgram compiled;
  CompiledProgram::Code& code = *compiled.code_;
  MemoryGuard guard;
  Clock::time_point start = Clock::now();
  auto context = std::make_unique<llvm::LLVMContext>();
  std::unique_ptr<llvm::Module> module = emit_module(program, *context, code.kernels, time_stamps);
  code.emit_milliseconds = milliseconds_since(start);
  start = Clock::now();
  code.jit = make_jit(program.target.tier, code.times);
  module->setDataLayout(code.jit->getDataLayout());
  require(code.jit->addIRModule(llvm::orc::ThreadSafeModule(std::move(module), std::move(context))), "add the module");
  code.entry = require(code.jit->lookup(kEntryName), "compile the module").toPtr<Entry>();
  code.machine_milliseconds = milliseconds_since(start);
  for (KernelCode& kernel : code.kernels) {
    auto found = code.times.find(kernel.name);
    if (found != code.times.end()) kernel.machine_milliseconds = found->second;
  }
  return compiled;
}

}  // namespace nnc
