// nnc test FILE…: trains each file and holds it to its own `expect`s.
#include <fmt/format.h>

#include <cstdio>
#include <memory>

#include "runtime/report/report.h"
#include "runtime/train/session.h"
#include "tools/nnc/command.h"

namespace nnc {

void add_test(CommandLine& line) {
  Subcommand command = line.add_subcommand("test", "train each file and compare with its 'expect's; writes no weights");
  auto files = std::make_shared<std::vector<std::string>>();
  auto flags = std::make_shared<ProgramFlags>();
  command.add_option("FILES", *files, "the .nn files").required().type_name("");
  command.add_option("--data", flags->data_directory, "where relative data paths are looked up").type_name("DIR");
  command.add_option("--seed", flags->seed, "the seed instead of each file's own").type_name("N");
  command.on_chosen([files, flags] {
    ExitCode worst = ExitCode::done;
    for (const std::string& file : *files) {
      flags->file = file;
      Session session(flags->session({}));
      TrainRequest request;
      request.write_weights = false;
      TrainResult result = session.train(request);
      bool met = result.outcome.end != TrainEnd::not_finite;
      for (const Expectation& expectation : result.expectations) {
        std::fputs((describe(expectation) + "\n").c_str(), stdout);
        met = met && expectation.met;
      }
      std::string line = fmt::format("{}: {} ({} epochs, {:.2f} s)\n", file, met ? "ok" : "FAILED",
                                     result.outcome.epochs, result.outcome.seconds);
      std::fputs(line.c_str(), stdout);  // what can't be printed stops no file's test
      if (result.outcome.end == TrainEnd::not_finite) worst = ExitCode::not_finite;
      if (!met && worst == ExitCode::done) worst = ExitCode::expectation_failed;
    }
    return worst;
  });
}

}  // namespace nnc
