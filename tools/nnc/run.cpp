// nnc run FILE FN --arg value: a calculation. nnc run FILE FN --weights W --prompt TEXT: a text that a network writes.
#include <fmt/format.h>

#include <charconv>
#include <cstdio>
#include <memory>
#include <utility>

#include "runtime/explain/calculation.h"
#include "runtime/io/literal.h"
#include "runtime/predict/text_writer.h"
#include "support/diagnostics.h"
#include "tools/nnc/command.h"

namespace nnc {

namespace {

struct RunFlags {
  std::string weights_file, prompt, length, temperature;
};

/// A number of the command line; `wanted` says which.
template <typename T>
T number_of(const std::string& flag, const std::string& text, T most, const std::string& wanted) {
  T value = 0;
  const char* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, value);
  if (read.ec == std::errc() && read.ptr == end && value >= 0 && value <= most) return value;
  usage_error(fmt::format("{}: '{}' is no {}", flag, escape_for_terminal(text), wanted));
}

void write_text(const SessionOptions& options, const std::string& function, const RunFlags& flags) {
  TextRequest request;
  request.function = function;
  request.weights_file = flags.weights_file;
  request.prompt = flags.prompt;
  if (!flags.length.empty()) {
    request.length = number_of<int64_t>("--length", flags.length, 100'000'000, "whole number from 0 to 100000000");
  }
  if (!flags.temperature.empty()) {
    request.temperature = number_of("--temperature", flags.temperature, 1e9, "number from 0 on");
  }
  request.note = [](const std::string& note) { fmt::print(stderr, "{}{}", note, note.ends_with('\n') ? "" : "\n"); };
  bool ends_line = false;
  write_text(options, request, [&](std::string_view piece) {
    fmt::print("{}", piece);
    std::fflush(stdout);  // one sees it write
    ends_line = piece.ends_with('\n');
  });
  if (!ends_line) fmt::print("\n");
}

void calculate(const SessionOptions& options, const CalculationRequest& request) {
  OpenCalculation open = open_calculation(options, request, false);
  Calculation found = calculation(*open.session, open.request);
  print_warnings(*open.session, found.warnings);
  for (const auto& [label, value] : evaluate(found)) {
    fmt::print("{}{}{}\n", label, label.empty() ? "" : " = ", literal_text(value));
  }
}

}  // namespace

void add_run(CommandLine& line) {
  Subcommand command = line.add_subcommand("run", "evaluate a function of a program, or let a network write text");
  auto flags = std::make_shared<ProgramFlags>();
  auto own = std::make_shared<RunFlags>();
  flags->add_to(command);
  flags->add_threads(command, true);
  command
      .add_option("--weights", own->weights_file,
                  "parameters from this file (default: the start weights; --prompt needs it)")
      .type_name("FILE");
  const CommandArgument prompt =
      command.add_option("--prompt", own->prompt, "what a text begins with that the network goes on with")
          .type_name("TEXT");
  command.add_option("--length", own->length, "with --prompt: characters to write behind it (default: 200)")
      .type_name("N");
  command
      .add_option("--temperature", own->temperature,
                  "with --prompt: below 1 the likely is likelier, 0 takes the likeliest (default: 1)")
      .type_name("T");
  command.footer(
      "nnc run FILE [FN] [--ARGUMENT VALUE …]\n"
      "FN may be left out where the file has one function. A value is a number, a list [1, 2, 3] or a list of\n"
      "lists [[1, 2], [3, 4]]; arguments that are not given take their defaults.\n"
      "Example: nnc run examples/apples.nn bill --count 3\n"
      "nnc run FILE [FN] --weights FILE --prompt TEXT\n"
      "FN (default: the model) takes T characters of a text and scores the next; --seed decides what is drawn.");
  command.on_chosen([command, flags, own, prompt] {
    std::vector<std::string> extra = command.remaining();
    std::string function;
    if (!extra.empty() && !extra.front().starts_with('-')) {
      function = extra.front();
      extra.erase(extra.begin());
    }
    if (prompt.given()) {
      if (own->weights_file.empty()) usage_error("--prompt: a network writes what it has learnt: --weights FILE");
      write_text(flags->session(extra), function, *own);
      return ExitCode::done;
    }
    // Without a prompt these are arguments of the function, as any other name is.
    for (const auto& [name, value] : {std::pair{"--length", own->length}, {"--temperature", own->temperature}}) {
      if (!value.empty()) extra.insert(extra.end(), {name, value});
    }
    CalculationRequest request;
    request.function = function;
    request.weights_file = own->weights_file;
    calculate(flags->session(extra), request);
    return ExitCode::done;
  });
}

}  // namespace nnc
