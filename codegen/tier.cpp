#include "codegen/tier.h"

#include <llvm/MC/TargetRegistry.h>
#include <llvm/Support/CommandLine.h>
#include <llvm/Support/TargetSelect.h>
#include <llvm/Target/TargetMachine.h>
#include <llvm/TargetParser/Triple.h>

#include <array>
#include <string>

#include "codegen/jit.h"
#include "support/error.h"

namespace nnc {

namespace {

constexpr std::array kTiers = {
    TierCode{"x86_64-unknown-linux-gnu", "x86-64", ""},
    TierCode{"x86_64-unknown-linux-gnu", "x86-64-v3", ""},
    TierCode{"x86_64-unknown-linux-gnu", "x86-64-v4", "-prefer-256-bit"},
    TierCode{"aarch64-unknown-linux-gnu", "generic", "+neon"},
};

/// Our addresses are reduced when they are emitted (emit_place.cpp), and LLVM has no other way to leave a pass out.
void leave_out(const char* option_name) {
  auto& options = llvm::cl::getRegisteredOptions();
  auto found = options.find(option_name);
  if (found == options.end()) return;
  bool failed = found->second->addOccurrence(0, option_name, "true");
  NNC_ASSERT(!failed, option_name);
}

void initialize_targets() {
  static const bool once = [] {
    LLVMInitializeX86TargetInfo();
    LLVMInitializeX86Target();
    LLVMInitializeX86TargetMC();
    LLVMInitializeX86AsmPrinter();
    LLVMInitializeX86AsmParser();
    LLVMInitializeAArch64TargetInfo();
    LLVMInitializeAArch64Target();
    LLVMInitializeAArch64TargetMC();
    LLVMInitializeAArch64AsmPrinter();
    LLVMInitializeAArch64AsmParser();
    leave_out("disable-lsr");
    return true;
  }();
  static_cast<void>(once);
}

}  // namespace

const TierCode& tier_code(Tier tier) { return kTiers.at(static_cast<size_t>(tier)); }

std::unique_ptr<llvm::TargetMachine> make_target_machine(Tier tier) {
  initialize_targets();
  const TierCode& code = tier_code(tier);
  std::string error;
  const llvm::Target* target = llvm::TargetRegistry::lookupTarget(std::string(code.triple), error);
  NNC_ASSERT(target != nullptr, error);
  llvm::TargetOptions options;
  options.AllowFPOpFusion = llvm::FPOpFusion::Strict;
  return std::unique_ptr<llvm::TargetMachine>(
      target->createTargetMachine(std::string(code.triple), std::string(code.processor), std::string(code.features),
                                  options, llvm::Reloc::PIC_, llvm::CodeModel::Small, llvm::CodeGenOptLevel::Default));
}

bool runs_here(Tier tier) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  switch (tier) {
    case Tier::generic: return true;
    case Tier::avx2:
      return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2");
    case Tier::avx512:
      return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
             __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
             __builtin_cpu_supports("avx512cd");
    case Tier::neon: return false;
  }
  return false;
#elif defined(__aarch64__)
  return tier == Tier::neon;
#else
  return false;
#endif
}

Tier native_tier() {
  for (Tier tier : {Tier::avx512, Tier::avx2, Tier::neon, Tier::generic}) {
    if (runs_here(tier)) return tier;
  }
  throw Failure(ExitCode::system_refused, "error: nnc generates code for x86-64 and 64-bit Arm only; try --interp");
}

}  // namespace nnc
