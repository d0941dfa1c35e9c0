// nnc explain FILE [FN]: a calculation value by value, with its gradients; nnc explain E0312: the page of a code;
// nnc explain gelu: the entry of a name of the library.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <memory>

#include "frontend/format/library_page.h"
#include "runtime/explain/picture.h"
#include "runtime/explain/walkthrough.h"
#include "runtime/step/explain_code.h"
#include "tools/nnc/command.h"

namespace nnc {

namespace {

struct ExplainFlags : ProgramFlags {
  CalculationRequest request;
  int64_t sample = -1;
  bool expand = false;
  std::string svg;
};

/// What the library says of a word that is the name of no file; without a word, its names.
std::string page_of_library(const std::string& word) {
  if (word.empty()) return library_list();
  const bool is_name =
      std::all_of(word.begin(), word.end(), [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; });
  std::error_code unheard;
  return is_name && !std::filesystem::exists(word, unheard) ? library_entry(word) : "";
}

ExitCode explain(const ExplainFlags& flags, std::vector<std::string> extra) {
  if (looks_like_code(flags.file) && extra.empty()) {
    fmt::print("{}", code_page(flags.file));
    return ExitCode::done;
  }
  if (std::string page = extra.empty() ? page_of_library(flags.file) : ""; !page.empty()) {
    fmt::print("{}", page);
    return ExitCode::done;
  }
  CalculationRequest request = flags.request;
  if (!extra.empty() && !extra.front().starts_with('-')) {
    request.function = extra.front();
    extra.erase(extra.begin());
  }
  OpenCalculation open = open_calculation(flags.session(extra), request, true);
  Calculation found = calculation(*open.session, open.request);
  print_warnings(*open.session, found.warnings);
  Walkthrough walk = walk_through(found, open.session->source().name(), flags.expand);
  if (!flags.svg.empty()) write_atomically(flags.svg, walkthrough_picture(walk));
  fmt::print("{}", walkthrough_table(walk));
  return ExitCode::done;
}

}  // namespace

void add_explain(CommandLine& line) {
  Subcommand command = line.add_subcommand(
      "explain",
      "show a calculation or a loss value by value, with its gradients; an error code; or a name of the library");
  auto flags = std::make_shared<ExplainFlags>();
  flags->add_to(command, false);
  command.add_option("--sample", flags->sample, "the loss of this row of the training data, from 0 (default: a batch)")
      .type_name("N")
      .whole_number(0, INT32_MAX);
  command.add_option("--weights", flags->request.weights_file, "parameters from this file (default: the start weights)")
      .type_name("FILE");
  command.add_flag("--expand", flags->expand, "show what library functions are made of, node by node");
  command.add_option("--svg", flags->svg, "also draw it: values above the edges, gradients below").type_name("FILE");
  command.footer(
      "nnc explain FILE [FN] [--ARGUMENT VALUE …]\n"
      "Without FN: the loss of a file with 'train', else its only function. The gradient of a value says by how much\n"
      "the result changes when the value grows by 1.\n"
      "Examples: nnc explain examples/lectures/g1_apples.nn --count 3\n"
      "          nnc explain examples/xor.nn --sample 2\n"
      "          nnc explain E0312\n"
      "          nnc explain gelu\n"
      "Without FILE: the names of the library.");
  command.on_chosen([command, flags] {
    if (flags->sample >= 0) flags->request.sample = flags->sample;
    return explain(*flags, command.remaining());
  });
}

}  // namespace nnc
