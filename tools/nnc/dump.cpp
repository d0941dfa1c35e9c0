// nnc dump FILE --stage=fused: the program at any stage of its compilation.
#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "passes/pipeline.h"
#include "runtime/explain/stages.h"
#include "runtime/train/session.h"
#include "support/diagnostics.h"
#include "tools/nnc/command.h"

namespace nnc {

namespace {

struct DumpFlags : ProgramFlags {
  std::string stage = "graph", after;
  DumpRequest request;
};

void require_stage(const std::string& name) {
  std::vector<std::string> names;
  for (const StageInfo& stage : stages()) names.emplace_back(stage.name);
  if (std::find(names.begin(), names.end(), name) != names.end()) return;
  std::string near = nearest(name, names);
  usage_error(fmt::format("there is no stage '{}'; the stages are {}{}", escape_for_terminal(name),
                          fmt::join(names, ", "),
                          near.empty() ? "" : fmt::format("\n help: did you mean '{}'?", near)));
}

std::string stage_help() {
  std::string text =
      "Of a function: for the arguments that are given (--NAME VALUE) and its defaults, else for any number of rows.\n"
      "Stages, in the order of compilation:\n";
  for (const StageInfo& stage : stages()) text += fmt::format("  {:<11} {}\n", stage.name, stage.summary);
  return text;
}

ExitCode run(const DumpFlags& flags, const std::vector<std::string>& extra) {
  require_stage(flags.stage);
  DumpRequest request = flags.request;
  if (request.variant != "train" && request.variant != "evaluate") usage_error("--variant is train or evaluate");
  if (!flags.after.empty() && flags.after != "all") known_pass(flags.after);
  const bool of_the_file = flags.after.empty() && (flags.stage == "ast" || flags.stage == "typed");
  if (of_the_file && request.of.function.empty()) {
    Session session(flags.session(extra));
    fmt::print("{}", dump_stage(session, flags.stage, request));
    return ExitCode::done;
  }
  OpenCalculation open = open_calculation(flags.session(extra), request.of, true);
  request.of = open.request;
  fmt::print("{}", flags.after.empty() ? dump_stage(*open.session, flags.stage, request)
                                       : dump_after(*open.session, flags.after, request));
  return ExitCode::done;
}

}  // namespace

void add_dump(CommandLine& line) {
  Subcommand command = line.add_subcommand("dump", "print the program at any stage of its compilation");
  auto flags = std::make_shared<DumpFlags>();
  flags->add_to(command);
  flags->add_threads(command, false);
  command.add_option("--stage", flags->stage, "which stage (default: graph)").type_name("STAGE");
  flags->request.of.flag = "--fn";
  command
      .add_option("--fn", flags->request.of.function,
                  "a function instead of the step (default: the only one of a file without 'train')")
      .type_name("NAME");
  command.add_option("--variant", flags->request.variant, "train (exactly the batch) or evaluate (any number of rows)")
      .type_name("NAME");
  command.add_option("--dump-after", flags->after, "instead of a stage: after this pass, or all").type_name("PASS|all");
  flags->add_fuse_limit(command);
  command.footer(stage_help());
  command.on_chosen([command, flags] { return run(*flags, command.remaining()); });
}

}  // namespace nnc
