// nnc data FILE: what is in a data file, or in the data of a program.
#include <fmt/format.h>

#include <memory>

#include "runtime/report/data_profile.h"
#include "tools/nnc/command.h"

namespace nnc {

void add_data(CommandLine& line) {
  Subcommand command = line.add_subcommand("data", "show rows, columns, types, ranges, classes and gaps of data");
  struct Flags {
    std::vector<std::string> files;
    std::string data_directory;
  };
  auto flags = std::make_shared<Flags>();
  command
      .add_option("FILES", flags->files,
                  "CSV, IDX or NPY files, plain or .gz, folders of IDX files, .nn files (their data), or - for CSV "
                  "from standard input")
      .required()
      .type_name("");
  command.add_option("--data", flags->data_directory, "where relative data paths of a .nn file are looked up")
      .type_name("DIR");
  command.on_chosen([flags] {
    for (const std::string& file : flags->files) {
      for (const DataProfile& profile : profile_data(file, flags->data_directory)) {
        fmt::print("{}", describe(profile));
      }
    }
    return ExitCode::done;
  });
}

}  // namespace nnc
