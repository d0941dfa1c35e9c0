// The one list of passes, and the driver that runs it with verification, dumps and timings.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "passes/pass.h"
#include "support/error.h"

namespace nnc {

/// A pass that failed, or whose result the verifier refuses: the fault, and the program that the pass was given.
class PassFailure : public InternalError {
 public:
  PassFailure(const std::string& message, std::string reproducer, std::string flags)
      : InternalError(message), reproducer_(std::move(reproducer)), flags_(std::move(flags)) {}
  const std::string& reproducer() const { return reproducer_; }  ///< the IR before the pass, as text
  const std::string& flags() const { return flags_; }            ///< of `nnc opt` on that text

 private:
  std::string reproducer_, flags_;
};

/// differentiate, simplify, layout, fuse, schedule, vectorize, poll, plan: in the order in which they run.
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

/// Runs the whole pipeline; verifies after every pass. What goes wrong within is a PassFailure.
NestProgram run_pipeline(Graph graph, const PassOptions& options, const PipelineObserver& observer = {});
/// Some passes in the given order, for `nnc opt`.
StageValue run_passes(StageValue program, std::span<const Pass* const> passes, const PassOptions& options,
                      const PipelineObserver& observer = {});
std::string print(const StageValue& program);
/// Reads what `print` writes, comments before it too; throws as parse_graph and its like do.
StageValue parse_stage(const std::string& text, const std::string& name);

/// docs/passes.md: the passes with what they do and why they stand where they stand, and the rules of simplify.
std::string passes_markdown();

}  // namespace nnc
