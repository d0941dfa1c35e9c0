// LLVM's code generator, with a clock beside it.
#pragma once

#include <llvm/Support/Error.h>
#include <llvm/Support/MemoryBuffer.h>

#include <map>
#include <memory>
#include <string>

namespace llvm {
class Module;
class TargetMachine;
}  // namespace llvm

namespace nnc {

/// Milliseconds of machine code by function, from instruction selection to encoding.
using MachineTimes = std::map<std::string, double>;

/// The module's object file. `times` gets the time of each function; the first one's holds what LLVM does for the whole
/// module before it, too, and what it does after the last is in none.
llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>> object_code(llvm::Module& module, llvm::TargetMachine& machine,
                                                                MachineTimes& times);

}  // namespace nnc
