#include "runtime/stages.h"

#include <fmt/format.h>

#include <array>

#include "codegen/jit.h"
#include "frontend/dump_ast.h"
#include "ir/text.h"
#include "passes/pipeline.h"
#include "passes/plan.h"
#include "support/error.h"

namespace nnc {

namespace {

constexpr std::array kStages = {
    StageInfo{"ast", "the syntax tree"},
    StageInfo{"typed", "the checked program with every type, size and default"},
    StageInfo{"graph", "the tensor graph of one step"},
    StageInfo{"grad", "with the backward graph and the optimizer's update"},
    StageInfo{"simplified", "after algebra that changes no bit"},
    StageInfo{"layout", "with the form of every reduction, and each relu's slope asked of its result"},
    StageInfo{"fused", "cut into kernels, with the reason for each border"},
    StageInfo{"loops", "each kernel as a loop nest"},
    StageInfo{"plan", "with every buffer's place in memory"},
    StageInfo{"llvm", "LLVM IR"},
    StageInfo{"asm", "machine code of the target"},
};

/// Which pass makes a stage.
constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kPassOfStage = {{{"grad", "differentiate"},
                                                                                        {"simplified", "simplify"},
                                                                                        {"layout", "layout"},
                                                                                        {"fused", "fuse"},
                                                                                        {"loops", "vectorize"},
                                                                                        {"plan", "plan"}}};

PassOptions pass_options(Session& session, std::string_view variant) {
  PassOptions options;
  BuildOptions build = session.build_options();
  options.target = build.target;
  options.capacity = session.batch();
  options.exact = variant == "train";
  options.fuse_limit = build.fuse_limit;
  return options;
}

}  // namespace

std::span<const StageInfo> stages() { return kStages; }

std::string dump_stage(Session& session, std::string_view stage, std::string_view variant) {
  if (stage == "ast") return dump_ast(session.source());
  if (stage == "typed") return dump_typed(session.checked());
  Graph graph = variant == "train" ? session.training_graph() : session.evaluation_graph();
  if (stage == "graph") return print(graph);
  PassOptions options = pass_options(session, variant);
  std::string wanted, text;
  for (auto [name, pass] : kPassOfStage) {
    if (name == stage) wanted = pass;
  }
  PipelineObserver observer;
  observer.after = [&](const Pass& pass, const StageValue& program, bool) {
    if (pass.name == wanted) text = print(program);
  };
  NestProgram program = run_pipeline(std::move(graph), options, observer);
  if (stage == "llvm") return emit_llvm(program);
  if (stage == "asm") return emit_assembly(program);
  if (stage == "plan") return describe_plan(program) + text;
  NNC_ASSERT(!text.empty(), fmt::format("no pass makes the stage '{}'", stage));
  return text;
}

std::string dump_after(Session& session, std::string_view pass_or_all) {
  std::string text;
  PipelineObserver observer;
  observer.after = [&](const Pass& pass, const StageValue& program, bool changed) {
    if (pass_or_all != "all" && pass.name != pass_or_all) return;
    text += changed ? fmt::format("# after {}\n{}\n", pass.name, print(program))
                    : fmt::format("# after {} (unchanged)\n", pass.name);
  };
  run_pipeline(session.training_graph(), pass_options(session, "train"), observer);
  return text;
}

}  // namespace nnc
