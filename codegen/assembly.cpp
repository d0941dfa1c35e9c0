// Text of what would run: LLVM IR, and assembly for any tier.
#include <llvm/ADT/SmallString.h>
#include <llvm/IR/LegacyPassManager.h>
#include <llvm/Support/raw_ostream.h>
#include <llvm/Target/TargetMachine.h>

#include "codegen/module.h"
#include "codegen/tier.h"
#include "support/error.h"

namespace nnc {

std::string emit_llvm(const NestProgram& program) {
  llvm::LLVMContext context;
  std::vector<KernelCode> kernels;
  std::unique_ptr<llvm::Module> module = emit_module(program, context, kernels);
  std::string text;
  llvm::raw_string_ostream stream(text);
  module->print(stream, nullptr);
  return stream.str();
}

std::string emit_assembly(const NestProgram& program) {
  llvm::LLVMContext context;
  std::vector<KernelCode> kernels;
  std::unique_ptr<llvm::Module> module = emit_module(program, context, kernels);
  std::unique_ptr<llvm::TargetMachine> machine = make_target_machine(program.target.tier);
  llvm::SmallString<0> text;
  llvm::raw_svector_ostream stream(text);
  llvm::legacy::PassManager passes;
  bool refused = machine->addPassesToEmitFile(passes, stream, nullptr, llvm::CodeGenFileType::AssemblyFile);
  NNC_ASSERT(!refused, "the target writes no assembly");
  passes.run(*module);
  return std::string(text);
}

}  // namespace nnc
