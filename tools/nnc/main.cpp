// The command line: one file a subcommand, one place that turns failures into messages and exit codes.
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cctype>
#include <cstdio>
#include <exception>
#include <filesystem>

#include "runtime/bug_report.h"
#include "support/diagnostics.h"
#include "tools/nnc/command.h"

namespace nnc {
namespace {

/// Every subcommand: its file adds it.
constexpr std::array kCommands = {
    add_train, add_check, add_run, add_test, add_dump, add_opt, add_plot, add_data, add_completion,
};

ExitCode usage(const CommandLine& line, const CLI::ParseError& error, int argc, char** argv) {
  if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) {
    line.app.exit(error);  // --help, --version: prints what was asked for
    return ExitCode::done;
  }
  std::string message = error.what();
  if (!message.empty()) message[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(message[0])));
  if (argc < 2) message = "a subcommand is missing";
  if (argc > 1 && argv[1][0] != '-' && line.app.get_subcommands().empty()) {
    message = fmt::format("there is no subcommand '{}'", escape_for_terminal(argv[1]));
    std::string near = suggest_command(line.app, argv[1]);
    if (!near.empty()) message += fmt::format("; did you mean '{}'?", near);
  }
  fmt::print(stderr, "nnc: error: {}\n help: 'nnc --help' lists the subcommands, 'nnc SUBCOMMAND --help' its flags\n",
             message);
  return ExitCode::wrong_command;
}

ExitCode run_command(int argc, char** argv) {
  CommandLine line;
  line.app.require_subcommand(1);
  line.app.set_version_flag("--version", "nnc " NNC_VERSION);
  line.app.footer("Start with: nnc train examples/xor.nn");
  for (auto add : kCommands) add(line);
  try {
    line.app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return usage(line, error, argc, argv);
  }
  return line.run();
}

}  // namespace
}  // namespace nnc

int main(int argc, char** argv) {
  using nnc::ExitCode;
  ExitCode code = ExitCode::internal_bug;
  try {
    code = nnc::run_command(argc, argv);
  } catch (const nnc::Failure& failure) {
    std::string text = failure.what();
    if (!text.ends_with('\n')) text += '\n';
    std::fputs(text.c_str(), stderr);
    code = failure.code();
  } catch (const nnc::Unsupported& limit) {
    fmt::print(stderr, "{}\n", limit.what());
    code = ExitCode::wrong_program;
  } catch (const std::bad_alloc&) {
    fmt::print(stderr, "nnc: error: no memory\n");
    code = ExitCode::system_refused;
  } catch (const std::exception& bug) {
    std::fputs(nnc::bug_report(bug, std::filesystem::temp_directory_path().string()).c_str(), stderr);
  }
  if (std::fflush(stdout) != 0 && code == ExitCode::done) code = ExitCode::system_refused;
  return static_cast<int>(code);
}
