// nnc run FILE FN --arg value: a calculation.
#include <fmt/format.h>

#include <memory>

#include "runtime/explain/calculation.h"
#include "runtime/io/literal.h"
#include "tools/nnc/command.h"

namespace nnc {

void add_run(CommandLine& line) {
  Subcommand command = line.add_subcommand("run", "evaluate a function of a program");
  auto flags = std::make_shared<ProgramFlags>();
  auto request = std::make_shared<CalculationRequest>();
  flags->add_to(command);
  flags->add_threads(command, true);
  command.add_option("--weights", request->weights_file, "parameters from this file (default: the start weights)")
      .type_name("FILE");
  command.footer(
      "nnc run FILE [FN] [--ARGUMENT VALUE …]\n"
      "FN may be left out where the file has one function. A value is a number, a list [1, 2, 3] or a list of\n"
      "lists [[1, 2], [3, 4]]; arguments that are not given take their defaults.\n"
      "Example: nnc run examples/apples.nn bill --count 3");
  command.on_chosen([command, flags, request] {
    std::vector<std::string> extra = command.remaining();
    if (!extra.empty() && !extra.front().starts_with('-')) {
      request->function = extra.front();
      extra.erase(extra.begin());
    }
    OpenCalculation open = open_calculation(flags->session(extra), *request, false);
    Calculation found = calculation(*open.session, open.request);
    print_warnings(*open.session, found.warnings);
    for (const auto& [label, value] : evaluate(found)) {
      fmt::print("{}{}{}\n", label, label.empty() ? "" : " = ", literal_text(value));
    }
    return ExitCode::done;
  });
}

}  // namespace nnc
