// The one list of passes, and the driver that runs it with verification, dumps and timings.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "passes/pass.h"

namespace nnc {

/// differentiate, simplify, layout, fuse, vectorize, plan: in the order in which they run.
std::span<const Pass> pipeline();
const Pass* find_pass(std::string_view name);

struct PassTime {
  std::string name;
  double milliseconds = 0;
};
struct PipelineObserver {
  /// Called after each pass with the program and whether the pass changed it (dumps print "(unchanged)").
  std::function<void(const Pass&, const StageValue&, bool changed)> after;
  std::vector<PassTime>* times = nullptr;
};

/// Runs the whole pipeline; verifies after every pass. On a failed verification the InternalError names the pass and a
/// reproducer (the IR before it, as text) is put into its message's last lines.
NestProgram run_pipeline(Graph graph, const PassOptions& options, const PipelineObserver& observer = {});
/// Some passes in the given order, for `nnc opt`.
StageValue run_passes(StageValue program, std::span<const Pass* const> passes, const PassOptions& options,
                      const PipelineObserver& observer = {});
std::string print(const StageValue& program);

/// docs/passes.md: the passes with what they do and why they stand where they stand, and the rules of simplify.
std::string passes_markdown();

}  // namespace nnc
