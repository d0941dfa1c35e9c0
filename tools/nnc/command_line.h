// The command line: subcommands, what each takes, and what is wrong with a line. The library that reads it is included
// by command_line.cpp alone: it costs seconds wherever it is compiled.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "support/error.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace nnc {

/// An argument of a subcommand, by name (--seed) or by place (FILE). Copies mean the same argument.
class CommandArgument {
 public:
  explicit CommandArgument(CLI::Option& option) : option_(&option) {}
  CommandArgument required();
  /// What its value is called in the help: "FILE", "f32|f64"; empty where the argument's own name says it.
  CommandArgument type_name(const std::string& name);
  /// It takes a whole number of this range; anything else is a usage error that names it.
  CommandArgument whole_number(uint64_t least, uint64_t most);
  /// Not both of them in one line.
  CommandArgument excludes(CommandArgument other);
  /// Once the line is read: whether it has the argument.
  bool given() const;

 private:
  CLI::Option* option_;
};

/// An argument as the help describes it.
struct ArgumentInfo {
  std::vector<std::string> names;  ///< "--help", "-h"; or "FILE"
  std::string type;                ///< of its value: "DIR", "f32|f64"
  std::string description;
  bool by_place = false;
  bool takes_value = false;
};

struct CommandInfo {
  std::string name, description;
  std::vector<ArgumentInfo> arguments;
  bool allows_extras = false;  ///< flags of the program are none of the arguments

  /// Of the arguments by name, with their dashes; "--help" but not "-h".
  std::vector<std::string> long_names() const;
};

/// What a subcommand's file declares. Copies mean the same subcommand.
class Subcommand {
 public:
  Subcommand(CLI::App& app, std::function<ExitCode()>& chosen) : app_(&app), chosen_(&chosen) {}

  /// `name` is "--out", or "FILE" for one by place. Where the line has it, its value goes into `into`, which must live
  /// as long as the command line.
  CommandArgument add_option(const std::string& name, std::string& into, const std::string& description);
  CommandArgument add_option(const std::string& name, int64_t& into, const std::string& description);
  /// One or more values.
  CommandArgument add_option(const std::string& name, std::vector<std::string>& into, const std::string& description);
  void add_flag(const std::string& name, bool& into, const std::string& description);
  /// What fits no argument is no mistake: `remaining` has it.
  void allow_extras();
  std::vector<std::string> remaining() const;
  /// Stands below the help; as a function, it is made once the line is read.
  void footer(const std::string& text);
  void footer(std::function<std::string()> text);
  /// The work, where this subcommand is chosen.
  void on_chosen(std::function<ExitCode()> work);
  CommandInfo info() const;

 private:
  CLI::App* app_;
  std::function<ExitCode()>* chosen_;
};

/// Why a line can't be read.
struct Mistake {
  enum class Kind {
    no_subcommand,  ///< none that exists is named
    unexpected,     ///< a word that has no place, or a flag that is not there
    missing,        ///< a required argument
    repeated,
    needs_value,
    takes_no_value,
    other,
  };
  Kind kind = Kind::other;
  CommandInfo command;  ///< that was chosen, or nnc itself
  std::string what;     ///< the word or the argument's name; of `other`, a sentence
};

class CommandLine {
 public:
  CommandLine();
  ~CommandLine();
  CommandLine(const CommandLine&) = delete;
  CommandLine& operator=(const CommandLine&) = delete;

  Subcommand add_subcommand(const std::string& name, const std::string& description);
  /// Once, after all subcommands are there. Asked for help or the version, it prints them, and `run` has nothing to do.
  std::optional<Mistake> parse(int argc, char** argv);
  ExitCode run() const { return chosen_(); }

  CommandInfo info() const;  ///< of nnc itself
  std::vector<CommandInfo> subcommands() const;
  /// The help of this subcommand; of nnc itself where there is none of that name.
  std::string help(const std::string& subcommand) const;

 private:
  std::vector<std::string> with_joined_values(std::vector<std::string> words) const;

  std::unique_ptr<CLI::App> app_;
  std::function<ExitCode()> chosen_;
};

}  // namespace nnc
