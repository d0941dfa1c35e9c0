// nnc check FILE: every mistake that can be found without training.
#include <fmt/format.h>

#include <cstdio>
#include <memory>

#include "runtime/explain/gradient_check.h"
#include "runtime/train/session.h"
#include "tools/nnc/command.h"

namespace nnc {

void add_check(CommandLine& line) {
  Subcommand command = line.add_subcommand("check", "find mistakes in a program and its data, without training");
  auto flags = std::make_shared<ProgramFlags>();
  auto list_options = std::make_shared<bool>(false);
  auto gradients = std::make_shared<bool>(false);
  flags->add_to(command);
  command.add_flag("--options", *list_options, "list the options that the file declares, and stop");
  command.add_flag("--gradients", *gradients, "compare backpropagation with central differences in f64");
  command.on_chosen([command, flags, list_options, gradients] {
    if (*list_options) {
      fmt::print("{}", describe_options(flags->file));
      return ExitCode::done;
    }
    Session session(flags->session(command.remaining()));
    std::fputs(session.warnings().c_str(), stderr);
    std::string missing = session.bind_if_present();
    if (missing.empty()) {
      std::fputs(session.prepared().warnings.c_str(), stderr);
    } else {
      fmt::print(
          "note: the data was not found, so what depends on it is not checked; name its folder with --data DIR "
          "or NNC_DATA\n");
      for (const std::string& what : unchecked(session.checked())) fmt::print("note: not checked: {}\n", what);
    }
    fmt::print("{}: no errors\n", escape_for_terminal(session.source().name()));
    if (!*gradients) return ExitCode::done;
    bool agree = true;
    for (const GradientReport& report : check_gradients(flags->session(command.remaining()))) {
      fmt::print("{}", report_text(flags->file, report));
      agree = agree && report.agrees();
    }
    return agree ? ExitCode::done : ExitCode::wrong_program;
  });
}

}  // namespace nnc
