// nnc summary FILE: the model's layers, their parameters, and what a step costs.
#include <fmt/format.h>

#include <cstdio>
#include <memory>

#include "runtime/report/summary.h"
#include "runtime/train/session.h"
#include "tools/nnc/command.h"

namespace nnc {

void add_summary(CommandLine& line) {
  Subcommand command =
      line.add_subcommand("summary", "list a model's layers with shapes, parameters, memory and operations");
  auto flags = std::make_shared<ProgramFlags>();
  flags->add_to(command);
  command.on_chosen([command, flags] {
    Session session(flags->session(command.remaining()));
    std::string text = summarize(session);
    print_warnings(session, {});
    fmt::print("{}", text);
    return ExitCode::done;
  });
}

}  // namespace nnc
