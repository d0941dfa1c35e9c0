// nnc fmt FILE…: programs in their one form.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <memory>

#include "runtime/train/format_files.h"
#include "runtime/train/session.h"
#include "support/diagnostics.h"
#include "tools/nnc/command.h"

namespace nnc {

namespace {

struct FormatFlags {
  std::vector<std::string> files;
  bool check = false;
};

ExitCode run(const FormatFlags& flags) {
  if (std::find(flags.files.begin(), flags.files.end(), "-") != flags.files.end()) {
    if (flags.files.size() > 1) usage_error("'-' is standard input and stands alone");
    std::string before = read_source("-"), after = formatted("<stdin>", before);
    if (!flags.check) fmt::print("{}", after);
    if (flags.check && before != after) fmt::print("<stdin>: not formatted\n");
    return flags.check && before != after ? ExitCode::wrong_program : ExitCode::done;
  }
  FormatResult result = format_files(program_files(flags.files), flags.check);
  std::fputs(result.errors.c_str(), stderr);
  for (const std::string& file : result.changed)
    fmt::print("{}: {}\n", escape_for_terminal(file), flags.check ? "not formatted" : "formatted");
  if (result.failed > 0) return static_cast<ExitCode>(result.worst);
  return flags.check && !result.changed.empty() ? ExitCode::wrong_program : ExitCode::done;
}

}  // namespace

void add_fmt(CommandLine& line) {
  Subcommand command = line.add_subcommand("fmt", "write programs in their one form: spacing, line breaks, columns");
  auto flags = std::make_shared<FormatFlags>();
  command
      .add_option("FILE", flags->files, "the .nn files, or folders of them, or - for standard input to standard output")
      .required()
      .type_name("");
  command.add_flag("--check", flags->check, "change nothing; exit 1 and name the files that are not in that form");
  command.on_chosen([flags] { return run(*flags); });
}

}  // namespace nnc
