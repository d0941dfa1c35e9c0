// nnc plot RUN.history.csv …: the curves of one or several runs, in the terminal or as SVG.
#include "runtime/report/plot.h"

#include <fmt/format.h>

#include <memory>

#include "runtime/io/files.h"
#include "runtime/io/terminal.h"
#include "runtime/train/outputs.h"
#include "tools/nnc/command.h"

namespace nnc {

namespace {

struct PlotFlags {
  std::vector<std::string> files;
  std::string columns, svg;
  bool logarithmic = false, force = false;
};

ExitCode run(const PlotFlags& flags) {
  PlotStyle style;
  style.svg = !flags.svg.empty();
  style.logarithmic = flags.logarithmic;
  style.colours = may_colour();
  style.width = terminal_width(style.width);
  if (style.svg) {
    Outputs outputs(flags.force);
    for (const std::string& file : flags.files) outputs.reads(file);
    outputs.writes("--svg", flags.svg, text_containing("Produced by GNUPLOT"));
  }
  Plot plot = read_plot(flags.files, split_names(flags.columns));
  std::string picture = draw(plot, style);
  if (style.svg) {
    write_atomically(flags.svg, picture);
    fmt::print("picture: {}\n", flags.svg);
  } else {
    fmt::print("{}", picture);
  }
  if (flags.columns.empty() && !plot.other_columns.empty()) {
    fmt::print("also there: {0} (--columns loss,{1})\n", fmt::join(plot.other_columns, ", "),
               plot.other_columns.front());
  }
  return ExitCode::done;
}

}  // namespace

void add_plot(CommandLine& line) {
  Subcommand command = line.add_subcommand("plot", "draw the history of runs, in the terminal or as SVG");
  auto flags = std::make_shared<PlotFlags>();
  command.add_option("FILES", flags->files, "history files (NAME.history.csv) or files of train --log")
      .required()
      .type_name("");
  command.add_option("--columns", flags->columns, "what to draw, e.g. loss,accuracy or valid.loss (default: loss)")
      .type_name("LIST");
  command.add_option("--svg", flags->svg, "write an SVG picture instead").type_name("FILE");
  command.add_flag("--log-scale", flags->logarithmic, "a logarithmic vertical axis");
  command.add_flag("--force", flags->force, "let --svg replace a file that is no picture of nnc's");
  command.on_chosen([flags] { return run(*flags); });
}

}  // namespace nnc
