// The command line: one file a subcommand, one place that turns failures into messages and exit codes.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <optional>
#include <system_error>

#include "runtime/io/data_error.h"
#include "runtime/report/bug_report.h"
#include "support/default_arithmetic.h"
#include "support/diagnostics.h"
#include "tools/nnc/command.h"

namespace nnc {
namespace {

/// Every subcommand: its file adds it.
constexpr std::array kCommands = {
    add_train,   add_predict, add_eval, add_check, add_run,  add_explain, add_test,       add_fmt,
    add_summary, add_show,    add_dump, add_opt,   add_plot, add_data,    add_completion, add_profile,
};

std::string unexpected(const Mistake& mistake) {
  const CommandInfo& command = mistake.command;
  std::string word = mistake.what;
  word.resize(std::min(word.find('='), word.size()));
  if (!word.starts_with('-')) return fmt::format("unexpected argument {}", in_quotes(word));
  std::string near = nearest(word, command.long_names());
  std::string name = mistake.kind == Mistake::Kind::no_subcommand ? "nnc" : "nnc " + command.name;
  return fmt::format("'{}' has no flag {}{}", name, in_quotes(word),
                     near.empty() ? "" : fmt::format("; did you mean '{}'?", near));
}

std::string no_subcommand(const CommandLine& line, const Mistake& mistake, const std::vector<std::string>& arguments) {
  if (arguments.empty()) return "a subcommand is missing";
  if (arguments[0][0] == '-') return unexpected(mistake);
  std::string near = suggest_command(line, arguments[0]);
  return fmt::format("there is no subcommand {}{}", in_quotes(arguments[0]),
                     near.empty() ? "" : fmt::format("; did you mean '{}'?", near));
}

/// "'nnc eval' needs WEIGHTS: what 'nnc train' wrote"
std::string missing(const Mistake& mistake) {
  std::string description;
  for (const ArgumentInfo& argument : mistake.command.arguments) {
    if (argument.names.front() == mistake.what) description = ": " + argument.description;
  }
  return fmt::format("'nnc {}' needs {}{}", mistake.command.name, mistake.what,
                     description.substr(0, description.find('\n')));
}

/// A sentence of the library's that reads the arguments, begun as ours begin.
std::string as_it_is(std::string sentence) {
  bool word = sentence.size() > 1 && std::islower(static_cast<unsigned char>(sentence[1])) != 0;
  if (word) sentence[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(sentence[0])));
  return escape_for_terminal(sentence.substr(0, 1000));
}

std::string message_of(const CommandLine& line, const Mistake& mistake, const std::vector<std::string>& arguments) {
  switch (mistake.kind) {
    case Mistake::Kind::no_subcommand: return no_subcommand(line, mistake, arguments);
    case Mistake::Kind::unexpected: return unexpected(mistake);
    case Mistake::Kind::missing: return missing(mistake);
    case Mistake::Kind::repeated: return mistake.what + " is given more than once";
    case Mistake::Kind::needs_value: return mistake.what + " needs a value";
    case Mistake::Kind::takes_no_value: return mistake.what + " takes no value";
    case Mistake::Kind::other: break;
  }
  return as_it_is(mistake.what);
}

/// Asked for help, even beside a mistake: the help of the subcommand, if it is one.
bool print_help(const CommandLine& line, const std::vector<std::string>& arguments) {
  auto end = std::find(arguments.begin(), arguments.end(), "--");
  size_t word = !arguments.empty() && arguments[0] == "help" ? 1 : 0;  // `nnc help train`
  bool asked =
      word == 1 || std::any_of(arguments.begin(), end, [](const std::string& a) { return a == "-h" || a == "--help"; });
  if (!asked) return false;
  fmt::print("{}", line.help(arguments.size() > word ? arguments[word] : ""));
  return true;
}

ExitCode usage(const CommandLine& line, const Mistake& mistake, const std::vector<std::string>& arguments) {
  if (print_help(line, arguments)) return ExitCode::done;
  std::string help = "'nnc --help' lists the subcommands, 'nnc SUBCOMMAND --help' its flags";
  if (mistake.kind != Mistake::Kind::no_subcommand)
    help = fmt::format("'nnc {} --help' lists its flags", mistake.command.name);
  for (const std::string& argument : arguments) {
    std::error_code ignored;
    if (!argument.starts_with('-') || argument == "-" || !std::filesystem::exists(argument, ignored)) continue;
    help = fmt::format("for the file {} write ./{}", in_quotes(argument), escape_for_terminal(argument));
  }
  fmt::print(stderr, "nnc: error: {}\n help: {}\n", message_of(line, mistake, arguments), help);
  return ExitCode::wrong_command;
}

ExitCode run_command(int argc, char** argv) {
  CommandLine line;
  for (auto add : kCommands) add(line);
  if (std::optional<Mistake> mistake = line.parse(argc, argv))
    return usage(line, *mistake, {argv + std::min(argc, 1), argv + argc});
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
