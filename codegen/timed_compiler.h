// LLVM's code generator for the JIT, with a clock beside it.
#pragma once

#include <llvm/ExecutionEngine/Orc/IRCompileLayer.h>

#include <map>
#include <memory>
#include <string>

namespace llvm {
class TargetMachine;
}

namespace nnc {

/// Milliseconds of machine code by function, from instruction selection to encoding.
using MachineTimes = std::map<std::string, double>;

/// Compiles modules for the machine. `times`, which outlives it, gets the time of each function; the first one's holds
/// what LLVM does for the whole module before it, too, and what it does after the last is in none.
std::unique_ptr<llvm::orc::IRCompileLayer::IRCompiler> timed_compiler(std::unique_ptr<llvm::TargetMachine> machine,
                                                                      MachineTimes& times);

}  // namespace nnc
