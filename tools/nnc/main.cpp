// The command line: one file a subcommand, one place that turns failures into messages and exit codes.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <system_error>

#include "runtime/bug_report.h"
#include "runtime/data/data_error.h"
#include "support/default_arithmetic.h"
#include "support/diagnostics.h"
#include "tools/nnc/command.h"

namespace nnc {
namespace {

/// Every subcommand: its file adds it.
constexpr std::array kCommands = {
    add_train,   add_predict, add_eval, add_check, add_run,  add_explain, add_test,       add_fmt,
    add_summary, add_show,    add_dump, add_opt,   add_plot, add_data,    add_completion,
};

/// The flag that CLI11 complains of ("--seed: At Most 1 required but received 2"), for a message of our own.
std::string flag_of(const std::string& complaint) { return complaint.substr(0, complaint.find(':')); }

/// The first word that the subcommand has no place for.
std::string unexpected(const CLI::App& command, const std::vector<std::string>& arguments) {
  std::vector<std::string> extra = command.remaining(), flags;
  std::string word = !extra.empty() ? extra.front() : command.get_parent() == nullptr ? arguments[0] : arguments.back();
  word.resize(std::min(word.find('='), word.size()));
  if (!word.starts_with('-')) return fmt::format("unexpected argument {}", in_quotes(word));
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : option->get_lnames()) flags.push_back("--" + name);
  }
  std::string near = nearest(word, flags);
  std::string name = command.get_parent() == nullptr ? "nnc" : "nnc " + command.get_name();
  return fmt::format("'{}' has no flag {}{}", name, in_quotes(word),
                     near.empty() ? "" : fmt::format("; did you mean '{}'?", near));
}

std::string message_of(const CommandLine& line, const CLI::ParseError& error,
                       const std::vector<std::string>& arguments) {
  if (arguments.empty()) return "a subcommand is missing";
  if (arguments[0][0] != '-' && line.app.get_subcommands().empty()) {
    std::string near = suggest_command(line.app, arguments[0]);
    return fmt::format("there is no subcommand {}{}", in_quotes(arguments[0]),
                       near.empty() ? "" : fmt::format("; did you mean '{}'?", near));
  }
  if (line.app.get_subcommands().empty()) return unexpected(line.app, arguments);
  std::string message = error.what();
  const CLI::App* command = line.app.get_subcommands().front();
  if (constexpr std::string_view kRequired = " is required"; message.ends_with(kRequired)) {
    std::string name = message.substr(0, message.size() - kRequired.size());
    const CLI::Option* missing = command->get_option_no_throw(name);
    std::string what = missing == nullptr ? "" : ": " + missing->get_description();
    return fmt::format("'nnc {}' needs {}{}", command->get_name(), name, what.substr(0, what.find('\n')));
  }
  if (const auto* extras = dynamic_cast<const CLI::ExtrasError*>(&error); extras != nullptr) {
    return unexpected(*command, arguments);
  }
  if (message.find("At Most 1 required") != std::string::npos) return flag_of(message) + " is given more than once";
  bool valueless = message.find("required but received 0") != std::string::npos || message.ends_with(" missing");
  if (valueless) return flag_of(message) + " needs a value";
  if (size_t end = message.find(" was given a disallowed flag override"); end != std::string::npos) {
    return "--" + message.substr(0, end) + " takes no value";
  }
  bool word = message.size() > 1 && std::islower(static_cast<unsigned char>(message[1])) != 0;
  if (word) message[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(message[0])));
  return escape_for_terminal(message.substr(0, 1000));
}

/// Asked for help, even beside a mistake: the help of the subcommand, if it is one.
bool print_help(const CommandLine& line, const std::vector<std::string>& arguments) {
  auto end = std::find(arguments.begin(), arguments.end(), "--");
  bool word = !arguments.empty() && arguments[0] == "help";  // `nnc help train`
  bool asked =
      word || std::any_of(arguments.begin(), end, [](const std::string& a) { return a == "-h" || a == "--help"; });
  if (!asked) return false;
  const CLI::App* app = &line.app;
  for (const CLI::App* command : line.app.get_subcommands({})) {
    if (arguments.size() > (word ? 1 : 0) && command->get_name() == arguments[word ? 1 : 0]) app = command;
  }
  fmt::print("{}", app == &line.app ? app->help() : app->help("nnc"));
  return true;
}

ExitCode usage(const CommandLine& line, const CLI::ParseError& error, int argc, char** argv) {
  std::vector<std::string> arguments(argv + std::min(argc, 1), argv + argc);
  if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) {
    line.app.exit(error);  // --help, --version: prints what was asked for
    return ExitCode::done;
  }
  if (print_help(line, arguments)) return ExitCode::done;
  std::string help = "'nnc --help' lists the subcommands, 'nnc SUBCOMMAND --help' its flags";
  if (!line.app.get_subcommands().empty())
    help = fmt::format("'nnc {} --help' lists its flags", line.app.get_subcommands().front()->get_name());
  for (const std::string& argument : arguments) {
    std::error_code ignored;
    if (!argument.starts_with('-') || argument == "-" || !std::filesystem::exists(argument, ignored)) continue;
    help = fmt::format("for the file {} write ./{}", in_quotes(argument), escape_for_terminal(argument));
  }
  fmt::print(stderr, "nnc: error: {}\n help: {}\n", message_of(line, error, arguments), help);
  return ExitCode::wrong_command;
}

ExitCode run_command(int argc, char** argv) {
  CommandLine line;
  line.app.require_subcommand(1);
  line.app.set_version_flag("--version", "nnc " NNC_VERSION);
  for (auto add : kCommands) add(line);
  line.app.footer("Start with: nnc train examples/xor.nn");  // after them: they would take it over
  for (CLI::App* command : line.app.get_subcommands({})) {
    for (CLI::Option* option : command->get_options([](CLI::Option* o) { return o->get_items_expected_max() == 0; })) {
      option->multi_option_policy(CLI::MultiOptionPolicy::Throw);  // a flag twice is a slip, as an option twice is
      option->disable_flag_override();                             // and so is a value of one: --interp=3
    }
  }
  try {
    line.app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return usage(line, error, argc, argv);
  }
  return line.run();
}

/// A command with its failures turned into messages.
ExitCode run_and_report(int argc, char** argv) {
  DefaultArithmetic arithmetic;
  try {
    return run_command(argc, argv);
  } catch (const Failure& failure) {
    std::string text = failure.what();
    if (!text.ends_with('\n')) text += '\n';
    std::fputs(text.c_str(), stderr);
    return failure.code();
  } catch (const Unsupported& limit) {
    fmt::print(stderr, "{}\n", limit.what());
    return ExitCode::wrong_program;
  } catch (const std::bad_alloc&) {
    std::fputs("nnc: error: no memory\n", stderr);
    return ExitCode::system_refused;
  } catch (const std::filesystem::filesystem_error& refused) {
    fmt::print(stderr, "{}: error: {}\n", escape_for_terminal(refused.path1().string()), refused.code().message());
    return ExitCode::system_refused;
  } catch (const std::system_error& refused) {
    // A full disk or a closed pipe behind standard output is finish_output's to say.
    if (std::ferror(stdout) != 0) return ExitCode::done;
    fmt::print(stderr, "nnc: error: {}\n", escape_for_terminal(refused.what()));
    return ExitCode::system_refused;
  } catch (const std::exception& bug) {
    std::error_code ignored;
    std::string folder = std::filesystem::temp_directory_path(ignored).string();  // empty where TMPDIR is nonsense
    std::fputs(bug_report(bug, folder.empty() ? "/tmp" : folder).c_str(), stderr);
    return ExitCode::internal_bug;
  }
}

}  // namespace
}  // namespace nnc

int main(int argc, char** argv) {
  nnc::open_standard_streams();
  nnc::ExitCode code = nnc::on_a_large_stack([&] { return nnc::run_and_report(argc, argv); });
  return static_cast<int>(nnc::finish_output(code));
}
