// What every subcommand shares: how it enters the command line, and the flags that a program declares.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>
#include <vector>

#include "runtime/session.h"
#include "support/error.h"

namespace nnc {

/// A subcommand registers itself on the app and, when chosen, sets `run`; main calls it once the line is parsed.
struct CommandLine {
  CLI::App app;
  std::function<ExitCode()> run;
  CommandLine()
      : app("nnc compiles .nn files: networks, their data and their loss as equations, to native code", "nnc") {}
};

void add_train(CommandLine& line);
void add_predict(CommandLine& line);
void add_eval(CommandLine& line);
void add_check(CommandLine& line);
void add_run(CommandLine& line);
void add_explain(CommandLine& line);
void add_test(CommandLine& line);
void add_fmt(CommandLine& line);
void add_summary(CommandLine& line);
void add_show(CommandLine& line);
void add_dump(CommandLine& line);
void add_opt(CommandLine& line);
void add_plot(CommandLine& line);
void add_data(CommandLine& line);
void add_completion(CommandLine& line);

/// Flags common to the commands that take a program: --data, --precision, --target, --seed, and one for each `option`
/// and train key of the file, collected as extra arguments.
struct ProgramFlags {
  std::string file;
  std::string data_directory;
  std::string precision;
  std::string target = "native";
  std::string seed;
  int64_t fuse_limit = -1;
  const CLI::App* command = nullptr;  ///< that has these flags

  void add_to(CLI::App& app);
  void add_fuse_limit(CLI::App& app);
  std::string options_of_the_file() const;
  /// Session options from the flags and the arguments that CLI11 left over. Usage errors are Failures with exit 2.
  SessionOptions session(const std::vector<std::string>& extra) const;
};

/// "FILE" as usage text: the options that it declares, with type, range, default and doc.
std::string describe_options(const std::string& file);

/// "loss,accuracy" → {"loss", "accuracy"}.
std::vector<std::string> split_names(const std::string& list);

struct Pass;
/// The pass of this name; an unknown one is a usage error that lists them.
const Pass& known_pass(const std::string& name);

/// The subcommand that a word that is none of them probably means, by spelling or by meaning (fit → train); or empty.
std::string suggest_command(const CLI::App& app, const std::string& name);

/// The flag takes a whole number of this range; anything else is a usage error that names it.
void require_whole_number(CLI::Option& option, uint64_t least, uint64_t most);

/// Gives each standard stream that is closed a place to go. First in main.
void open_standard_streams();
/// Writes out what is left for standard output; `code`, or exit 3 with a message where that is refused.
ExitCode finish_output(ExitCode code);

/// Runs it on this thread's stack if that is large enough, else on a thread with one that is. Where the system refuses
/// that: exit 3 with a message.
ExitCode on_a_large_stack(const std::function<ExitCode()>& work);

/// To standard error: the session's warnings and then those of what it did.
void print_warnings(const Session& session, const std::vector<std::string>& more);

[[noreturn]] void usage_error(const std::string& message);

}  // namespace nnc
