// The text of a program at any stage of its compilation, as `nnc dump` prints it.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "runtime/session.h"

namespace nnc {

struct StageInfo {
  std::string_view name;     ///< "fused"
  std::string_view summary;  ///< for --help
};

/// In the order of compilation: ast, typed, graph, grad, simplified, layout, fused, loops, plan, llvm, asm.
std::span<const StageInfo> stages();

/// `variant`: "train" (for exactly the batch) or "evaluate" (any number of rows). The stage's name must be one of
/// stages(). Stages from `graph` on read the data's facts.
std::string dump_stage(Session& session, std::string_view stage, std::string_view variant);

/// Every pass' result in turn, with "(unchanged)" where a pass changed nothing.
std::string dump_after(Session& session, std::string_view pass_or_all);

}  // namespace nnc
