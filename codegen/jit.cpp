#include "codegen/jit.h"

#include <fmt/format.h>
#include <llvm/Target/TargetMachine.h>

#include <algorithm>
#include <chrono>
#include <exception>

#include "codegen/compile_threads.h"
#include "codegen/linked_code.h"
#include "codegen/memory_guard.h"
#include "codegen/module.h"
#include "codegen/object_code.h"
#include "codegen/tier.h"
#include "ir/scalar/flush_denormals.h"
#include "support/error.h"

namespace nnc {

namespace {

using Clock = std::chrono::steady_clock;
using Entry = int64_t (*)(StepArguments*);

double milliseconds_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

/// A part's code, or why there is none.
struct MadePart {
  std::vector<size_t> kernels;  ///< of the program
  EmittedPart emitted;
  MachineTimes times;
  std::unique_ptr<llvm::MemoryBuffer> object;
  std::exception_ptr failed;
  double emit_milliseconds = 0;
  double milliseconds = 0;  ///< in all
};

/// With a context and a machine of its own: nothing of LLVM's is shared between threads.
void make_part(const NestProgram& program, const std::vector<CallFacts>& facts, const Part& part, bool time_stamps,
               MadePart& made) {
  const MemoryGuard guard;
  const Clock::time_point start = Clock::now();
  try {
    llvm::LLVMContext context;
    std::unique_ptr<llvm::TargetMachine> machine = make_target_machine(program.target.tier);
    made.emitted = emit_part(program, facts, part, *machine, context, time_stamps);
    made.emit_milliseconds = milliseconds_since(start);
    auto object = object_code(*made.emitted.module, *machine, made.times);
    made.emitted.module.reset();
    if (!object) refuse("compile the module", llvm::toString(object.takeError()));
    made.object = std::move(*object);
  } catch (...) {
    made.emitted.module.reset();  // before its context
    made.failed = std::current_exception();
  }
  made.milliseconds = milliseconds_since(start);
}

std::vector<MadePart> make_parts(const NestProgram& program, bool time_stamps, int threads) {
  const std::vector<CallFacts> facts = call_facts(program);
  const std::vector<Part> parts = divide(program, facts, threads);
  std::vector<MadePart> made(parts.size());
  for (size_t i = 0; i < parts.size(); ++i) made[i].kernels = parts[i].kernels;
  run_on_threads(parts.size(), [&](size_t i) { make_part(program, facts, parts[i], time_stamps, made[i]); });
  for (const MadePart& part : made) {
    if (part.failed) std::rethrow_exception(part.failed);
  }
  return made;
}

/// Of all parts, in the order that they have in one module: kernels, what they call, the driver. Where parts were made
/// at once, each function gets its share of the time that has gone: `scale` of what its thread took.
std::vector<KernelCode> kernels_of(size_t count, const std::vector<MadePart>& made, double scale) {
  std::vector<KernelCode> kernels(count);
  std::vector<std::pair<size_t, KernelCode>> shared;
  std::vector<KernelCode> driver;
  for (const MadePart& part : made) {
    auto timed = [&](KernelCode code) {
      code.emit_milliseconds *= scale;
      auto found = part.times.find(code.name);
      if (found != part.times.end()) code.machine_milliseconds = found->second * scale;
      return code;
    };
    for (size_t i = 0; i < part.kernels.size(); ++i) kernels[part.kernels[i]] = timed(part.emitted.kernels[i]);
    for (const auto& [kernel, code] : part.emitted.shared) shared.emplace_back(kernel, timed(code));
    for (const KernelCode& code : part.emitted.driver) driver.push_back(timed(code));
  }
  std::stable_sort(shared.begin(), shared.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  for (auto& [kernel, code] : shared) kernels.push_back(std::move(code));
  std::move(driver.begin(), driver.end(), std::back_inserter(kernels));
  return kernels;
}

}  // namespace

struct CompiledProgram::Code {
  std::unique_ptr<LinkedCode> linked;
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

CompiledProgram compile(const NestProgram& program, bool time_stamps, int threads) {
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
  std::vector<MadePart> made = make_parts(program, time_stamps, threads > 0 ? threads : compile_threads());
  const double making = milliseconds_since(start);
  double sum = 0, emitting = 0;
  for (const MadePart& part : made) sum += part.milliseconds, emitting += part.emit_milliseconds;
  const double scale = made.size() == 1 ? 1 : making / sum;
  code.kernels = kernels_of(program.kernels.size(), made, scale);
  std::vector<std::unique_ptr<llvm::MemoryBuffer>> objects;
  for (MadePart& part : made) objects.push_back(std::move(part.object));
  code.linked = std::make_unique<LinkedCode>(std::move(objects));
  code.entry = reinterpret_cast<Entry>(code.linked->find(kEntryName));
  code.emit_milliseconds = emitting * scale;
  code.machine_milliseconds = milliseconds_since(start) - code.emit_milliseconds;
  return compiled;
}

}  // namespace nnc
