// nnc predict FILE WEIGHTS [IN]: a trained network on new rows.
#include <fmt/format.h>

#include <cstdio>
#include <memory>

#include "runtime/predict/prediction.h"
#include "tools/nnc/command.h"

namespace nnc {

void add_predict(CommandLine& line) {
  Subcommand command = line.add_subcommand("predict", "run a trained network on the rows of a file");
  auto flags = std::make_shared<ProgramFlags>();
  auto request = std::make_shared<PredictRequest>();
  flags->add_to(command);
  flags->add_threads(command, true);
  command.add_option("WEIGHTS", request->weights_file, "what 'nnc train' wrote").required().type_name("");
  command
      .add_option("IN", request->input,
                  "a CSV, IDX or NPY file, plain or .gz, or - for standard input\n(default: the program's test split)")
      .type_name("");
  command.add_option("--out", request->output, "where the CSV goes (default: standard output)").type_name("FILE");
  command
      .add_option("--fn", request->function,
                  "the function to run (default: 'export fn predict', else the model after the data's fields)")
      .type_name("NAME");
  command.add_option("--block", request->block, "rows at a time; the results are the same whatever it is")
      .type_name("N")
      .whole_number(1, 1 << 20);
  command.add_flag("--force", request->force, "replace --out's file even if nnc did not write it");
  command.footer(
      "A CSV file is written as the training's was. Columns are found by name, in any order, and others are ignored;\n"
      "without a header line, as the training's, it has that file's columns or just those that are wanted. They hold\n"
      "raw values: the scaling and the classes learnt in training are in WEIGHTS. An argument that goes into no\n"
      "field of the data is fed from the column of its name, or NAME_0, NAME_1, … for a tensor.\n"
      "Example: nnc predict examples/boston.nn boston.safetensors new_houses.csv --out prices.csv");
  command.on_chosen([command, flags, request] {
    request->note = [](const std::string& note) { fmt::print(stderr, "{}{}", note, note.ends_with('\n') ? "" : "\n"); };
    predict(flags->session(command.remaining()), *request);
    return ExitCode::done;
  });
}

}  // namespace nnc
