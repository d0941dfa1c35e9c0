// A tier as LLVM knows it: triple, processor and features. Curated, never the host's raw feature string, which LLVM 19
// gets wrong for the newest processors.
#pragma once

#include <memory>
#include <string_view>

#include "ir/graph/target.h"

namespace llvm {
class TargetMachine;
}

namespace nnc {

struct TierCode {
  std::string_view triple;
  std::string_view processor;
  std::string_view features;
};

const TierCode& tier_code(Tier tier);

/// A machine for the tier; position independent, code generation at the default level.
std::unique_ptr<llvm::TargetMachine> make_target_machine(Tier tier);

}  // namespace nnc
