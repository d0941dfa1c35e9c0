// nnc completion bash|zsh|fish: a script made from the very flags that the program parses, so that it is never stale.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <memory>
#include <utility>

#include "frontend/program/train_keys.h"
#include "support/diagnostics.h"
#include "tools/nnc/command.h"

namespace nnc {

namespace {

enum class Takes { nothing, file, words, text };

struct Flag {
  std::vector<std::string> names;  ///< "--help", "-h"
  std::string description;
  Takes takes = Takes::nothing;
  std::vector<std::string> words;  ///< that it may take
};

struct Command {
  std::string name, description;
  std::vector<Flag> flags;
  Flag positional;  ///< takes nothing where the command has none
};

/// "f32|f64" → two words; "FILE", "DIR" and the unnamed type of positionals → a file.
void read_type(const ArgumentInfo& argument, Flag& flag) {
  const std::string& type = argument.type;
  if (!argument.takes_value) return;
  if (type.find('|') != std::string::npos) {
    flag.takes = Takes::words;
    for (size_t begin = 0; begin <= type.size();) {
      size_t end = std::min(type.find('|', begin), type.size());
      std::string word = type.substr(begin, end - begin);
      if (std::islower(static_cast<unsigned char>(word[0])) != 0) flag.words.push_back(word);  // not PASS of "PASS|all"
      begin = end + 1;
    }
  } else {
    flag.takes = type == "FILE" || type == "DIR" || argument.by_place ? Takes::file : Takes::text;
  }
}

/// Every key of `train` that can be set by a flag: --train.batch.
std::vector<Flag> flags_of_train() {
  std::vector<Flag> flags;
  for (const TrainKey& key : train_keys()) {
    if (key.is_reserved()) continue;
    Flag flag{{fmt::format("--train.{}", key.name)}, fmt::format("train.{}: {}", key.name, key.type), Takes::text, {}};
    for (std::string_view words : {"true or false", "f32 or f64"}) {
      if (key.type != words) continue;
      flag.takes = Takes::words;
      flag.words = {std::string(words.substr(0, words.find(' '))), std::string(words.substr(words.rfind(' ') + 1))};
    }
    flags.push_back(std::move(flag));
  }
  return flags;
}

Command read_command(const CommandInfo& info) {
  Command command{info.name, info.description, {}, {}};
  for (const ArgumentInfo& argument : info.arguments) {
    Flag flag{argument.names, argument.description, Takes::nothing, {}};
    read_type(argument, flag);
    if (!argument.by_place) {
      command.flags.push_back(std::move(flag));
    } else if (command.positional.takes == Takes::nothing) {
      command.positional = std::move(flag);
    }
  }
  if (info.allows_extras) {
    for (Flag& flag : flags_of_train()) command.flags.push_back(std::move(flag));
  }
  return command;
}

std::vector<std::string> names(const Command& command) {
  std::vector<std::string> all;
  for (const Flag& flag : command.flags) all.insert(all.end(), flag.names.begin(), flag.names.end());
  return all;
}

std::vector<std::string> names(const std::vector<Command>& commands) {
  std::vector<std::string> all;
  for (const Command& command : commands) all.push_back(command.name);
  return all;
}

/// Inside single quotes of a POSIX shell.
std::string quoted(const std::string& text) {
  std::string result;
  for (char character : text) result += character == '\'' ? "'\\''" : std::string(1, character);
  return "'" + result + "'";
}

std::string bash(const Command& app, const std::vector<Command>& commands) {
  std::string values, flags, words;
  for (const Command& command : commands) {
    flags +=
        fmt::format("    {}) flags={} ;;\n", command.name, quoted(fmt::format("{}", fmt::join(names(command), " "))));
    if (command.positional.takes == Takes::words) {
      words += fmt::format("    {}) words={} ;;\n", command.name,
                           quoted(fmt::format("{}", fmt::join(command.positional.words, " "))));
    }
    for (const Flag& flag : command.flags) {
      for (const std::string& name : flag.names) {
        if (flag.takes == Takes::file) values += fmt::format("    '{} {}') return ;;\n", command.name, name);
        if (flag.takes != Takes::text && flag.takes != Takes::words) continue;
        values += fmt::format("    '{} {}') words={}; only_words=1 ;;\n", command.name, name,
                              quoted(fmt::format("{}", fmt::join(flag.words, " "))));
      }
    }
  }
  // An empty COMPREPLY leaves the word to bash's own completion of file names.
  return fmt::format(R"bash(# bash completion for nnc; in ~/.bashrc: source <(nnc completion bash)
_nnc() {{
  local current="${{COMP_WORDS[COMP_CWORD]}}" previous="${{COMP_WORDS[COMP_CWORD-1]}}" command="${{COMP_WORDS[1]}}"
  local words='' flags='' only_words=''
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W {} -- "$current"))
    return
  fi
  case "$command $previous" in
{}  esac
  if [ -z "$only_words" ]; then
    case "$command" in
{}    esac
    case "$command" in
{}    esac
    case "$current" in -*) words="$flags" ;; esac
  fi
  [ -z "$only_words$words" ] || compopt +o default +o bashdefault 2>/dev/null
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}}
complete -o bashdefault -o default -F _nnc nnc
)bash",
                     quoted(fmt::format("{} {}", fmt::join(names(commands), " "), fmt::join(names(app), " "))), values,
                     flags, words.empty() ? "    *) ;;\n" : words);
}

/// A description within the brackets of a zsh specification.
std::string zsh_text(const std::string& text) {
  std::string result;
  for (char character : text) {
    if (character == '[' || character == ']' || character == ':' || character == '\\') result += '\\';
    result += character;
  }
  return result;
}

std::string zsh_value(const Flag& flag) {
  switch (flag.takes) {
    case Takes::nothing: return "";
    case Takes::file: return ":file:_files";
    case Takes::words: return fmt::format(":value:({})", fmt::join(flag.words, " "));
    case Takes::text: return ":value: ";
  }
  return "";
}

std::string zsh(const Command& app, const std::vector<Command>& commands) {
  std::string list, cases;
  for (const Flag& flag : app.flags) {
    for (const std::string& name : flag.names) list += "    " + quoted(name + ":" + flag.description) + "\n";
  }
  for (const Command& command : commands) {
    list += "    " + quoted(command.name + ":" + command.description) + "\n";
    cases += fmt::format("    {})\n      _arguments", command.name);
    for (const Flag& flag : command.flags) {
      for (const std::string& name : flag.names) {
        cases += " \\\n        " + quoted(fmt::format("{}[{}]{}", name, zsh_text(flag.description), zsh_value(flag)));
      }
    }
    if (command.positional.takes != Takes::nothing) {
      cases += " \\\n        " +
               quoted("*" + (command.positional.takes == Takes::text ? ":value: " : zsh_value(command.positional)));
    }
    cases += " ;;\n";
  }
  return fmt::format(R"zsh(#compdef nnc
# zsh completion for nnc; in ~/.zshrc, after compinit: source <(nnc completion zsh)
_nnc() {{
  local -a commands
  commands=(
{}  )
  if (( CURRENT == 2 )); then
    _describe 'subcommand' commands
    return
  fi
  shift words
  (( CURRENT-- ))
  case "$words[1]" in
{}  esac
}}
if [ "$funcstack[1]" = _nnc ]; then _nnc "$@"; else compdef _nnc nnc; fi
)zsh",
                     list, cases);
}

std::string fish_quoted(const std::string& text) {
  std::string result;
  for (char character : text) {
    if (character == '\'' || character == '\\') result += '\\';
    result += character;
  }
  return "'" + result + "'";
}

std::string fish_flag(const Flag& flag, const std::string& condition) {
  std::string line = "complete -c nnc -n " + fish_quoted(condition);
  for (const std::string& name : flag.names)
    line += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
  if (flag.takes == Takes::file) line += " -r -F";
  if (flag.takes == Takes::text) line += " -x";
  if (flag.takes == Takes::words) line += " -x -a " + fish_quoted(fmt::format("{}", fmt::join(flag.words, " ")));
  return line + " -d " + fish_quoted(flag.description) + "\n";
}

std::string fish(const Command& app, const std::vector<Command>& commands) {
  std::string text =
      "# fish completion for nnc; nnc completion fish > ~/.config/fish/completions/nnc.fish\ncomplete -c nnc -f\n";
  for (const Flag& flag : app.flags) text += fish_flag(flag, "__fish_use_subcommand");
  for (const Command& command : commands) {
    text += fmt::format("complete -c nnc -n __fish_use_subcommand -a {} -d {}\n", command.name,
                        fish_quoted(command.description));
    std::string chosen = "__fish_seen_subcommand_from " + command.name;
    for (const Flag& flag : command.flags) text += fish_flag(flag, chosen);
    if (command.positional.takes == Takes::file) text += "complete -c nnc -n " + fish_quoted(chosen) + " -F\n";
    if (command.positional.takes == Takes::words) {
      text += fmt::format("complete -c nnc -n {} -a {}\n", fish_quoted(chosen),
                          fish_quoted(fmt::format("{}", fmt::join(command.positional.words, " "))));
    }
  }
  return text;
}

ExitCode run(const CommandLine& line, const std::string& shell) {
  Command whole = read_command(line.info());
  std::vector<Command> commands;
  for (const CommandInfo& command : line.subcommands()) commands.push_back(read_command(command));
  if (shell == "bash") {
    fmt::print("{}", bash(whole, commands));
  } else if (shell == "zsh") {
    fmt::print("{}", zsh(whole, commands));
  } else if (shell == "fish") {
    fmt::print("{}", fish(whole, commands));
  } else {
    std::string near = nearest(shell, {"bash", "zsh", "fish"});
    usage_error(fmt::format("there is completion for bash, zsh and fish, not for '{}'{}", escape_for_terminal(shell),
                            near.empty() ? "" : fmt::format("; did you mean '{}'?", near)));
  }
  return ExitCode::done;
}

}  // namespace

void add_completion(CommandLine& line) {
  Subcommand command = line.add_subcommand("completion", "print the completion script of a shell");
  auto shell = std::make_shared<std::string>();
  command.add_option("SHELL", *shell, "bash, zsh or fish").required().type_name("bash|zsh|fish");
  command.footer(
      "bash: add  source <(nnc completion bash)  to ~/.bashrc\n"
      "zsh:  add  source <(nnc completion zsh)  to ~/.zshrc, after compinit\n"
      "fish: nnc completion fish > ~/.config/fish/completions/nnc.fish");
  command.on_chosen([&line, shell] { return run(line, *shell); });
}

}  // namespace nnc
