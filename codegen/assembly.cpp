// Text of what would run: LLVM IR, and assembly for any tier.
#include <fmt/format.h>
#include <llvm/ADT/SmallString.h>
#include <llvm/IR/LegacyPassManager.h>
#include <llvm/Support/raw_ostream.h>
#include <llvm/Target/TargetMachine.h>

#include <algorithm>
#include <unordered_map>

#include "codegen/memory_guard.h"
#include "codegen/module.h"
#include "codegen/tier.h"
#include "support/error.h"

namespace nnc {

namespace {

/// What stands above a kernel's code: its summary and the source lines that it computes.
std::string heading(const Kernel& kernel, std::string_view comment) {
  std::string text = fmt::format("{} kernel {}", comment, kernel.name);
  if (!kernel.summary.empty()) text += fmt::format(": {}", kernel.summary);
  text += '\n';
  for (const Origin& o : kernel.origins)
    text += fmt::format("{}   {}:{}:{} {}\n", comment, o.file, o.line, o.column, o.note);
  return text;
}

/// Puts each kernel's heading before the line that begins its code.
std::string with_headings(std::string_view text, const NestProgram& program, std::string_view comment,
                          std::string_view before, std::string_view after) {
  std::unordered_map<std::string, const Kernel*> by_line;
  for (const Kernel& kernel : program.kernels) by_line[fmt::format("{}{}{}", before, kernel.name, after)] = &kernel;
  std::string result;
  for (size_t start = 0; start < text.size();) {
    size_t end = std::min(text.find('\n', start), text.size() - 1) + 1;
    std::string_view line = text.substr(start, end - start);
    size_t length = line.find(after, std::min(before.size(), line.size()));
    if (length != std::string_view::npos && line.starts_with(before)) {
      auto found = by_line.find(std::string(line.substr(0, length + after.size())));
      if (found != by_line.end()) result += heading(*found->second, comment);
    }
    result += line;
    start = end;
  }
  return result;
}

}  // namespace

std::string emit_llvm(const NestProgram& program) {
  MemoryGuard guard;
  llvm::LLVMContext context;
  std::unique_ptr<llvm::TargetMachine> machine = make_target_machine(program.target.tier);
  const std::vector<CallFacts> facts = call_facts(program);
  const EmittedPart emitted = emit_part(program, facts, divide(program, facts, 1).front(), *machine, context);
  std::string text;
  llvm::raw_string_ostream stream(text);
  emitted.module->print(stream, nullptr);
  return with_headings(stream.str(), program, ";", "define internal void @", "(");
}

std::string emit_assembly(const NestProgram& program, int threads) {
  MemoryGuard guard;
  const std::vector<CallFacts> facts = call_facts(program);
  llvm::SmallString<0> text;
  llvm::raw_svector_ostream stream(text);
  for (const Part& part : divide(program, facts, threads)) {
    llvm::LLVMContext context;
    std::unique_ptr<llvm::TargetMachine> machine = make_target_machine(program.target.tier);
    machine->Options.MCOptions.AsmVerbose = true;  // names of loops
    const EmittedPart emitted = emit_part(program, facts, part, *machine, context);
    llvm::legacy::PassManager passes;
    bool refused = machine->addPassesToEmitFile(passes, stream, nullptr, llvm::CodeGenFileType::AssemblyFile);
    NNC_ASSERT(!refused, "the target writes no assembly");
    passes.run(*emitted.module);
  }
  return with_headings(std::string_view(text.data(), text.size()), program,
                       program.target.tier == Tier::neon ? "//" : "#", "", ":");
}

}  // namespace nnc
