#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <utility>

#include "runtime/io/data_error.h"
#include "runtime/train/session.h"
#include "support/cores.h"
#include "support/diagnostics.h"
#include "tools/nnc/command.h"

namespace nnc {

namespace {

constexpr uint64_t kLargestSeed = uint64_t{1}
                                  << 53;  // numbers of the language are doubles: beyond, two seeds would be one

}  // namespace

void usage_error(const std::string& message) {
  throw Failure(ExitCode::wrong_command, fmt::format("nnc: error: {}", message));
}

void ProgramFlags::add_to(Subcommand to, bool needs_file) {
  command = to;
  CommandArgument given = to.add_option("FILE", file, "the .nn file, or - for standard input").type_name("");
  if (needs_file) given.required();
  to.add_option("--data", data_directory,
                "where relative data paths are looked up (default: beside FILE, then $NNC_DATA)")
      .type_name("DIR");
  to.add_option("--precision", precision, "compile every f32, logit and prob as f32 or f64").type_name("f32|f64");
  to.add_option("--target", target, "the machine to make code for (default: native, this one)")
      .type_name("generic|avx2|avx512|neon|native");
  to.add_option("--seed", seed, "the seed of start weights, shuffling and dropout (default: the file's)")
      .type_name("N")
      .whole_number(0, kLargestSeed);
  to.allow_extras();
  to.footer([this] { return options_of_the_file(); });
}

void ProgramFlags::add_fuse_limit(Subcommand to) {
  to.add_option("--fuse-limit", fuse_limit, "stop after so many fusions, to bisect a miscompile")
      .type_name("N")
      .whole_number(0, 1'000'000);
}

void ProgramFlags::add_threads(Subcommand to, bool all) {
  threads = all ? 0 : 1;
  to.add_option("--threads", threads,
                fmt::format("threads that run a step together, with the same results (default: {})",
                            all ? "the file's, else the cores that this process may use" : "1"))
      .type_name("N")
      .whole_number(1, kMostThreads);
}

/// For `nnc train FILE --help`: what this file adds to the flags; nothing where it can't be read.
std::string ProgramFlags::options_of_the_file() const {
  if (file.empty() || file == "-") return "";
  try {
    return fmt::format("Options of {}:\n{}", escape_for_terminal(file), describe_options(file));
  } catch (const Failure&) {
    return "";
  }
}

std::vector<std::string> split_names(const std::string& list) {
  std::vector<std::string> names;
  for (size_t begin = 0; begin < list.size();) {
    size_t end = std::min(list.find(',', begin), list.size());
    names.push_back(list.substr(begin, end - begin));
    begin = end + 1;
  }
  return names;
}

namespace {

/// "--name value", "--name=value" → overrides; anything else is an error that names the nearest flag.
void read_extra(const std::vector<std::string>& extra, Overrides& overrides) {
  bool files_only = false;
  for (size_t i = 0; i < extra.size(); ++i) {
    const std::string& argument = extra[i];
    if (argument == "--" && !std::exchange(files_only, true))
      continue;  // what follows names files; the first was taken
    if (files_only) usage_error(fmt::format("unexpected argument {} after '--'", in_quotes(argument)));
    if (!argument.starts_with("--") || argument.size() < 3) {
      usage_error(
          fmt::format("unexpected argument {}\n help: a command takes one program, and values by name: --NAME VALUE",
                      in_quotes(argument)));
    }
    std::string name = argument.substr(2), value;
    if (size_t equals = name.find('='); equals != std::string::npos) {
      value = name.substr(equals + 1);
      name.resize(equals);
    } else if (i + 1 < extra.size()) {
      value = extra[++i];
    } else {
      usage_error(
          fmt::format("'--{}' needs a value: --{} VALUE", escape_for_terminal(name), escape_for_terminal(name)));
    }
    bool of_train = name.starts_with("train.");
    auto& into = of_train ? overrides.train : overrides.options;
    std::string key = of_train ? name.substr(6) : name;
    if (!into.emplace(key, value).second) usage_error(fmt::format("'--{}' is given twice", escape_for_terminal(name)));
  }
}

}  // namespace

SessionOptions ProgramFlags::session(const std::vector<std::string>& extra) const {
  SessionOptions options;
  options.file = file;
  options.data_directory = data_directory;
  options.fuse_limit = fuse_limit;
  options.threads = threads;
  if (std::error_code ignored; !data_directory.empty() && !std::filesystem::is_directory(data_directory, ignored)) {
    usage_error(fmt::format("--data: there is no folder {}", in_quotes(data_directory)));
  }
  if (command) {
    for (const std::string& name : command->info().long_names()) options.flags.push_back(name.substr(2));
  }
  if (!precision.empty()) {
    std::optional<Element> element = parse_element(precision);
    if (!element || (*element != Element::f32 && *element != Element::f64)) {
      usage_error(fmt::format("--precision is f32 or f64, not '{}'", escape_for_terminal(precision)));
    }
    options.overrides.precision = element;
  }
  if (target != "native") {
    options.tier = parse_tier(target);
    if (!options.tier) {
      usage_error(
          fmt::format("--target is generic, avx2, avx512, neon or native, not '{}'", escape_for_terminal(target)));
    }
  }
  if (!seed.empty()) options.overrides.train["seed"] = seed;
  read_extra(extra, options.overrides);
  return options;
}

void print_warnings(const Session& session, const std::vector<std::string>& more) {
  std::fputs(session.warnings().c_str(), stderr);
  if (session.is_bound()) std::fputs(session.prepared().warnings.c_str(), stderr);
  for (const std::string& warning : more) std::fputs((warning + "\n").c_str(), stderr);
}

std::string describe_options(const std::string& file) {
  SessionOptions plain;
  plain.file = file;
  Session session(plain);
  std::string text;
  for (const OptionInfo& option : options(session.checked())) {
    std::string range = option.range_text.empty() ? "" : " in " + option.range_text;
    text += fmt::format("  --{} {}{}  (default {})  {}\n", option.name, option.type, range, option.default_text,
                        option.doc);
  }
  return text.empty() ? "  (the file declares no options)\n" : text;
}

}  // namespace nnc
