#include "tools/nnc/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <iterator>
#include <string_view>
#include <utility>

#include "runtime/io/data_error.h"

namespace nnc {

namespace {

ArgumentInfo info_of(const CLI::Option& option) {
  ArgumentInfo info;
  for (const std::string& name : option.get_lnames()) info.names.push_back("--" + name);
  for (const std::string& name : option.get_snames()) info.names.push_back("-" + name);
  info.by_place = !option.nonpositional();
  if (info.by_place) info.names.push_back(option.get_name());
  info.type = option.get_type_name();
  info.type.resize(std::min(info.type.find(':'), info.type.size()));  // behind it stands what is checked
  info.description = option.get_description();
  info.takes_value = option.get_items_expected_max() > 0;
  return info;
}

CommandInfo info_of(const CLI::App& app) {
  CommandInfo info{app.get_name(), app.get_description(), {}, app.get_allow_extras()};
  for (const CLI::Option* option : app.get_options()) info.arguments.push_back(info_of(*option));
  return info;
}

/// The first word that the command has no place for.
std::string unexpected_word(const CLI::App& command, const std::vector<std::string>& words) {
  std::vector<std::string> extra = command.remaining();
  if (!extra.empty()) return extra.front();
  if (words.empty()) return "";
  return command.get_parent() == nullptr ? words.front() : words.back();
}

/// CLI11 has one type of error for four mistakes, and no error says of which argument it is. Whichever error comes out
/// the same when made again is the one.
bool same(const CLI::ParseError& error, const CLI::ParseError& made) {
  return std::string_view(error.what()) == made.what();
}

void find_missing(const CLI::App& command, const CLI::RequiredError& error, Mistake& mistake) {
  for (const CLI::Option* option : command.get_options()) {
    if (!same(error, CLI::RequiredError(option->get_name()))) continue;
    mistake.kind = Mistake::Kind::missing;
    mistake.what = option->get_name();
  }
}

void find_mismatch(const CLI::App& command, const CLI::ArgumentMismatch& error, Mistake& mistake) {
  using Error = CLI::ArgumentMismatch;
  auto found = [&](Mistake::Kind kind, const std::string& name) {
    mistake.kind = kind;
    mistake.what = name;
  };
  for (const CLI::Option* option : command.get_options()) {
    const std::string name = option->get_name();
    const int least = std::max(option->get_items_expected_min(), 1),
              most = std::max(option->get_items_expected_max(), 1);
    if (same(error, Error::AtMost(name, most, option->count()))) found(Mistake::Kind::repeated, name);
    if (same(error, Error::AtLeast(name, least, option->count())) ||
        same(error, Error::TypedAtLeast(name, least, option->get_type_name()))) {
      found(Mistake::Kind::needs_value, name);
    }
    for (const std::string& flag : option->get_lnames()) {
      if (same(error, Error::FlagOverride(flag))) found(Mistake::Kind::takes_no_value, "--" + flag);
    }
  }
}

Mistake mistake_of(const CLI::App& app, const CLI::ParseError& error, const std::vector<std::string>& words) {
  std::vector<CLI::App*> chosen = app.get_subcommands();
  if (chosen.empty()) return {Mistake::Kind::no_subcommand, info_of(app), unexpected_word(app, words)};
  const CLI::App& command = *chosen.front();
  Mistake mistake{Mistake::Kind::other, info_of(command), error.what()};
  if (dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr) {
    mistake.kind = Mistake::Kind::unexpected;
    mistake.what = unexpected_word(command, words);
  } else if (const auto* required = dynamic_cast<const CLI::RequiredError*>(&error)) {
    find_missing(command, *required, mistake);
  } else if (const auto* mismatch = dynamic_cast<const CLI::ArgumentMismatch*>(&error)) {
    find_mismatch(command, *mismatch, mistake);
  }
  return mistake;
}

}  // namespace

CommandArgument CommandArgument::required() {
  option_->required();
  return *this;
}

CommandArgument CommandArgument::type_name(const std::string& name) {
  option_->type_name(name);
  return *this;
}

CommandArgument CommandArgument::whole_number(uint64_t least, uint64_t most) {
  // Written anew without leading zeros, which CLI11 takes for octal.
  auto check = [least, most](std::string& text) {
    uint64_t value = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value < least || value > most) {
      return fmt::format("a whole number from {} to {} is wanted, not {}", least, most, in_quotes(text));
    }
    text = std::to_string(value);
    return std::string();
  };
  option_->transform(CLI::Validator(check, "", ""));
  return *this;
}

CommandArgument CommandArgument::excludes(CommandArgument other) {
  option_->excludes(other.option_);
  return *this;
}

std::vector<std::string> CommandInfo::long_names() const {
  std::vector<std::string> found;
  for (const ArgumentInfo& argument : arguments) {
    std::copy_if(argument.names.begin(), argument.names.end(), std::back_inserter(found),
                 [](const std::string& name) { return name.starts_with("--"); });
  }
  return found;
}

CommandArgument Subcommand::add_option(const std::string& name, std::string& into, const std::string& description) {
  return CommandArgument(*app_->add_option(name, into, description));
}

CommandArgument Subcommand::add_option(const std::string& name, int64_t& into, const std::string& description) {
  return CommandArgument(*app_->add_option(name, into, description));
}

CommandArgument Subcommand::add_option(const std::string& name, std::vector<std::string>& into,
                                       const std::string& description) {
  return CommandArgument(*app_->add_option(name, into, description));
}

void Subcommand::add_flag(const std::string& name, bool& into, const std::string& description) {
  app_->add_flag(name, into, description);
}

void Subcommand::allow_extras() { app_->allow_extras(); }

std::vector<std::string> Subcommand::remaining() const { return app_->remaining(); }

bool CommandArgument::given() const { return option_->count() > 0; }

void Subcommand::footer(const std::string& text) { app_->footer(text); }

void Subcommand::footer(std::function<std::string()> text) { app_->footer(std::move(text)); }

void Subcommand::on_chosen(std::function<ExitCode()> work) {
  app_->callback([chosen = chosen_, work = std::move(work)] { *chosen = work; });
}

CommandInfo Subcommand::info() const { return info_of(*app_); }

CommandLine::CommandLine()
    : app_(std::make_unique<CLI::App>(
          "nnc compiles .nn files: networks, their data and their loss as equations, to native code", "nnc")) {
  app_->require_subcommand(1);
  app_->set_version_flag("--version", "nnc " NNC_VERSION);
}

CommandLine::~CommandLine() = default;

Subcommand CommandLine::add_subcommand(const std::string& name, const std::string& description) {
  return {*app_->add_subcommand(name, description), chosen_};
}

/// The words with each flag of the program's own and its value as one, `--lr 0.1` as `--lr=0.1`: where an argument by
/// place may still come, the value would be taken for it.
std::vector<std::string> CommandLine::with_joined_values(std::vector<std::string> words) const {
  const CLI::App* command = nullptr;
  for (const CLI::App* one : std::as_const(*app_).get_subcommands({})) {
    if (!words.empty() && one->get_name() == words[0]) command = one;
  }
  if (command == nullptr || !command->get_allow_extras()) return words;
  const std::vector<std::string> known = info_of(*command).long_names();
  std::vector<std::string> joined;
  bool files_only = false;
  for (size_t i = 0; i < words.size(); ++i) {
    files_only = files_only || words[i] == "--";
    joined.push_back(words[i]);
    const bool own = !files_only && words[i].starts_with("--") && words[i].find('=') == std::string::npos &&
                     std::find(known.begin(), known.end(), words[i]) == known.end();
    if (own && i + 1 < words.size() && !words[i + 1].starts_with("--")) joined.back() += "=" + words[++i];
  }
  return joined;
}

std::optional<Mistake> CommandLine::parse(int argc, char** argv) {
  app_->footer("Start with: nnc train examples/xor.nn");  // only now: the subcommands would take it over
  for (CLI::App* command : app_->get_subcommands({})) {
    for (CLI::Option* option : command->get_options([](CLI::Option* o) { return o->get_items_expected_max() == 0; })) {
      option->multi_option_policy(CLI::MultiOptionPolicy::Throw);  // a flag twice is a slip, as an option twice is
      option->disable_flag_override();                             // and so is a value of one: --interp=3
    }
  }
  try {
    std::vector<std::string> words = with_joined_values({argv + std::min(argc, 1), argv + argc});
    std::reverse(words.begin(), words.end());
    app_->parse(std::move(words));
  } catch (const CLI::Success& asked) {  // --help, --version
    app_->exit(asked);
    chosen_ = [] { return ExitCode::done; };
  } catch (const CLI::ParseError& error) {
    return mistake_of(*app_, error, {argv + std::min(argc, 1), argv + argc});
  }
  return std::nullopt;
}

CommandInfo CommandLine::info() const { return info_of(*app_); }

std::vector<CommandInfo> CommandLine::subcommands() const {
  std::vector<CommandInfo> found;
  for (const CLI::App* command : std::as_const(*app_).get_subcommands({})) found.push_back(info_of(*command));
  return found;
}

std::string CommandLine::help(const std::string& subcommand) const {
  for (const CLI::App* command : std::as_const(*app_).get_subcommands({})) {
    if (command->get_name() == subcommand) return command->help("nnc");
  }
  return app_->help();
}

}  // namespace nnc
