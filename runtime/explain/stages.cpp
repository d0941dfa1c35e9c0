#include "runtime/explain/stages.h"

#include <fmt/format.h>

#include <array>

#include "codegen/jit.h"
#include "frontend/program/prediction.h"
#include "frontend/syntax/dump_ast.h"
#include "ir/print/text.h"
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
    StageInfo{"scheduled", "with every copy a kernel, and how each kernel runs"},
    StageInfo{"loops", "each kernel as a loop nest"},
    StageInfo{"plan", "with every buffer's place in memory"},
    StageInfo{"llvm", "LLVM IR"},
    StageInfo{"asm", "machine code of the target"},
};

/// Which pass makes a stage.
constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kPassOfStage = {{{"grad", "differentiate"},
                                                                                        {"simplified", "simplify"},
                                                                                        {"layout", "layout"},
                                                                                        {"fused", "fuse"},
                                                                                        {"scheduled", "schedule"},
                                                                                        {"loops", "vectorize"},
                                                                                        {"plan", "plan"}}};

struct Dumped {
  Graph graph;
  PassOptions options;
};

/// Whether each argument has a value, or one may be missing since its type says enough.
bool has_arguments(const Session& session, const CalculationRequest& request) {
  bool given = !request.arguments.empty() || request.function.find('.') != std::string::npos, untyped = false;
  for (const FunctionInfo& function : functions(session.checked())) {
    if (function.name != request.function) continue;
    bool all = true;
    for (const FunctionArgument& argument : function.arguments) {
      if (!argument.default_text.empty()) continue;
      all = false;
      untyped = untyped || argument.type.empty();
    }
    return all || given || untyped;
  }
  return true;
}

Dumped dumped(Session& session, const DumpRequest& request) {
  BuildOptions build = session.build_options();
  PassOptions options = build.passes(1, true);
  const CalculationRequest& of = request.of;
  if (of.function.empty()) {
    const BoundProgram& program = session.bind_training();
    options.capacity = session.prepared().batch;
    options.exact = request.variant == "train";
    return {options.exact ? training_graph(program) : evaluation_graph(program), options};
  }
  const BoundProgram& program = session.bind_for(of.function);
  if (!has_arguments(session, of)) {
    options.capacity = train_info(program).batch;
    options.exact = false;
    return {lower_prediction(program, of.function).graph, options};
  }
  options.capacity = 1;
  return {lower_call(program, of.function, given_arguments(of)).graph, options};
}

}  // namespace

std::span<const StageInfo> stages() { return kStages; }

std::string dump_stage(Session& session, std::string_view stage, const DumpRequest& request) {
  if (stage == "ast") return dump_ast(session.source());
  if (stage == "typed") return dump_typed(session.checked());
  auto [graph, options] = dumped(session, request);
  if (stage == "graph") return print(graph);
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

std::string dump_after(Session& session, std::string_view pass_or_all, const DumpRequest& request) {
  std::string text;
  PipelineObserver observer;
  observer.after = [&](const Pass& pass, const StageValue& program, bool changed) {
    if (pass_or_all != "all" && pass.name != pass_or_all) return;
    text += changed ? fmt::format("# after {}\n{}\n", pass.name, print(program))
                    : fmt::format("# after {} (unchanged)\n", pass.name);
  };
  auto [graph, options] = dumped(session, request);
  run_pipeline(std::move(graph), options, observer);
  return text;
}

}  // namespace nnc
