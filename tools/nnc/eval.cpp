// nnc eval FILE WEIGHTS [IN]: the scores of a trained network.
#include <fmt/format.h>

#include <cstdio>
#include <memory>

#include "runtime/predict/evaluation.h"
#include "tools/nnc/command.h"

namespace nnc {

namespace {

struct EvalFlags : ProgramFlags {
  EvaluateRequest request;
  bool json = false;
};

}  // namespace

void add_eval(CommandLine& line) {
  Subcommand command = line.add_subcommand("eval", "loss, metrics and confused classes of a trained network");
  auto flags = std::make_shared<EvalFlags>();
  flags->add_to(command);
  flags->add_threads(command, true);
  command.add_option("WEIGHTS", flags->request.weights_file, "what 'nnc train' wrote").required().type_name("");
  command
      .add_option("IN", flags->request.input,
                  "a CSV file with the labels, plain or .gz, or the folder of an IDX data set\n(default: the "
                  "program's data)")
      .type_name("");
  command.add_option("--on", flags->request.split, "the split: test, valid or train (default: the first that is there)")
      .type_name("SPLIT");
  command.add_flag("--json", flags->json, "print JSON");
  command.footer("Example: nnc eval examples/mnist.nn mnist.safetensors --on test");
  command.on_chosen([command, flags] {
    flags->request.note = [](const std::string& note) {
      fmt::print(stderr, "{}{}", note, note.ends_with('\n') ? "" : "\n");
    };
    Evaluation found = evaluate(flags->session(command.remaining()), flags->request);
    fmt::print("{}", flags->json ? evaluation_json(found) : evaluation_text(found));
    return ExitCode::done;
  });
}

}  // namespace nnc
