// What every subcommand shares: how it enters the command line, and the flags that a program declares.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "support/error.h"
#include "tools/nnc/command_line.h"

namespace nnc {

class Session;
struct SessionOptions;

// Each adds its subcommand, and what that does when it is chosen.
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
void add_profile(CommandLine& line);

/// Flags common to the commands that take a program: --data, --precision, --target, --seed, and one for each `option`
/// and train key of the file, collected as extra arguments.
struct ProgramFlags {
  std::string file;
  std::string data_directory;
  std::string precision;
  std::string target = "native";
  std::string seed;
  int64_t fuse_limit = -1;
  int64_t threads = 1;                ///< 0: what the program says, else as many as this process may keep busy
  std::optional<Subcommand> command;  ///< that has these flags

  void add_to(Subcommand to, bool needs_file = true);
  void add_fuse_limit(Subcommand to);
  /// `--threads`, by default all cores or, where the output is to be the same on every machine, one.
  void add_threads(Subcommand to, bool all);
  std::string options_of_the_file() const;
  /// Session options from the flags and the arguments that fit no flag. Usage errors are Failures with exit 2.
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
std::string suggest_command(const CommandLine& line, const std::string& name);

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
