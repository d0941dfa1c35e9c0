// nnc show FILE: the program with nothing left to defaults.
#include "frontend/format/show.h"

#include <fmt/format.h>

#include <cstdio>
#include <memory>

#include "runtime/train/session.h"
#include "tools/nnc/command.h"

namespace nnc {

void add_show(CommandLine& line) {
  Subcommand command = line.add_subcommand("show", "print a program with every default written out");
  auto flags = std::make_shared<ProgramFlags>();
  flags->add_to(command);
  command.footer(
      "Options and keys of `train` stand as the command line sets them; each setting of each call is named; comments\n"
      "say which definitions replace the library's. The text is a program itself: nnc show FILE > explicit.nn");
  command.on_chosen([command, flags] {
    Session session(flags->session(command.remaining()));
    std::fputs(session.warnings().c_str(), stderr);
    fmt::print("{}", show(session.checked()));
    return ExitCode::done;
  });
}

}  // namespace nnc
