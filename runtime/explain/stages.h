// The text of a program at any stage of its compilation, as `nnc dump` prints it.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "runtime/explain/calculation.h"

namespace nnc {

struct StageInfo {
  std::string_view name;     ///< "fused"
  std::string_view summary;  ///< for --help
};

/// In the order of compilation: ast, typed, graph, grad, simplified, layout, fused, scheduled, loops, plan, llvm, asm.
std::span<const StageInfo> stages();

/// What is dumped: the step, or, where the request names one, a function. That is lowered for the arguments that are
/// given and its defaults; where some are missing, for any number of rows of the types that it declares.
struct DumpRequest {
  CalculationRequest of;
  std::string variant = "train";  ///< of the step: "train" (for exactly the batch) or "evaluate" (any number of rows)
};

/// The stage's name must be one of stages(). Stages from `graph` on read the data's facts.
std::string dump_stage(Session& session, std::string_view stage, const DumpRequest& request);

/// Every pass' result in turn, with "(unchanged)" where a pass changed nothing.
std::string dump_after(Session& session, std::string_view pass_or_all, const DumpRequest& request);

}  // namespace nnc
